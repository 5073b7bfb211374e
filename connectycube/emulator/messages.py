"""What crosses the line, as it was sent: requests in, answers out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

import attrs

from .multipart import Chunk, FormError, Part, read_form

Origin: TypeAlias = Literal["api", "store"]
Piece: TypeAlias = tuple[float, Chunk]
"""Bytes of a body, and the seconds to wait before they are sent; `math.inf` is for ever."""

LARGEST_KEPT = 1024 * 1024
"""Bytes of a body that a record still keeps."""

_SIZE_OF_BODY = attrs.Factory(lambda sent: len(sent.body), takes_self=True)


class Headers(Mapping[str, str]):
    """Hold headers by name in any case; the repr shows names only."""

    __slots__ = ("_held",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._held = {name.lower(): (name, value) for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        return self._held[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._held.values())

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


@attrs.frozen
class WireRequest:
    """A request as it came: path percent-encoded, query raw and without the question mark."""

    method: str
    path: str
    query: str = attrs.field(default="", repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    origin: Origin = "api"
    """Which of the service's origins it was sent to; see `Service.origin_of`."""
    size: int = attrs.field(default=_SIZE_OF_BODY, repr=False)
    """Bytes that the body has, also where it is not here but in the parts of a form."""
    _form: list[Part] | None = attrs.field(default=None, repr=False)

    @cached_property
    def form(self) -> list[Part]:
        """Return the parts of a multipart form in their order; raises `FormError`."""
        if self._form is not None:
            return self._form
        return read_form(Headers(self.headers).get("Content-Type", ""), self.body)


@attrs.frozen
class WireResponse:
    """A complete answer, before any fault of the line."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Outcome:
    """
    What the line does with a request.

    First `delay` seconds pass; `math.inf` means that nothing ever comes.
    Without a response the connection is closed unanswered.
    With `cut_at` the headers promise the whole body, that many bytes come, and the line closes.
    With `flow` the body does not come at once: see `pieces`.
    """

    delay: float = 0.0
    response: WireResponse | None = None
    cut_at: int | None = None
    flow: Callable[[], Iterator[Piece]] | None = attrs.field(default=None, repr=False)

    def pieces(self, size: int) -> Iterator[Piece]:
        """Give the body as it comes: what comes at once is cut into pieces of this size."""
        if self.flow is not None:
            yield from self.flow()
        elif self.response is not None:
            body = memoryview(self.response.body)[: self.cut_at]
            for at in range(0, len(body), size):
                yield 0.0, body[at : at + size]


@attrs.frozen
class RecordedRequest:
    """A request that arrived, kept for tests to look at."""

    method: str
    path: str
    raw_query: str = attrs.field(repr=False)
    headers: Headers = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    """The whole body, or nothing of one that is larger than a megabyte."""
    origin: Origin = attrs.field(default="api", repr=False)
    size: int = attrs.field(default=_SIZE_OF_BODY, repr=False)
    """Bytes that the body had, as far as it was read."""
    _form: list[Part] | None = attrs.field(default=None, repr=False)
    fault: str | None = attrs.field(default=None, kw_only=True, repr=False)
    """
    The kind of the scripted fault that it met.

    Of several it is the one that shaped the answer, else an expiry, else a delay.
    """
    processed: bool = attrs.field(default=True, kw_only=True, repr=False)
    """The service worked on it, whatever became of the answer."""
    user_id: int | None = attrs.field(default=None, kw_only=True, repr=False)
    """The user of the session that it came with, at that moment."""

    @classmethod
    def of(
        cls,
        request: WireRequest,
        headers: Headers,
        *,
        fault: str | None = None,
        processed: bool = True,
        user_id: int | None = None,
    ) -> RecordedRequest:
        """Record a request, but for contents too large to be kept."""
        is_here = request.size == len(request.body)
        return cls(
            request.method,
            request.path,
            request.query,
            headers,
            request.body if request.size <= LARGEST_KEPT else b"",
            request.origin,
            request.size,
            None if is_here and request.size <= LARGEST_KEPT else _kept_form(request),
            fault=fault,
            processed=processed,
            user_id=user_id,
        )

    @cached_property
    def query(self) -> Mapping[str, str | list[str]]:
        """Return the decoded pairs; a repeated key holds a list."""
        pairs: dict[str, str | list[str]] = {}
        for key, value in parse_qsl(self.raw_query, keep_blank_values=True):
            known = pairs.get(key)
            if known is None:
                pairs[key] = value
            elif isinstance(known, list):
                known.append(value)
            else:
                pairs[key] = [known, value]
        return pairs

    @cached_property
    def json(self) -> Any:
        """Return the parsed body, or None where it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @cached_property
    def form(self) -> list[Part]:
        """
        Return the parts of a multipart form in their order; none where it is not one.

        A part larger than a megabyte has its size and no content.
        """
        if self._form is not None:
            return self._form
        try:
            return read_form(self.headers.get("Content-Type", ""), self.body)
        except FormError:
            return []


def _kept_form(request: WireRequest) -> list[Part]:
    try:
        parts = request.form
    except FormError:
        return []
    return [
        part if part.size <= LARGEST_KEPT else attrs.evolve(part, content=b"", size=part.size)
        for part in parts
    ]
