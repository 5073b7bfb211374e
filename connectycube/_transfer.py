"""
File content to and from the object store, which is not the service: no header of ours goes there.

Redirects are followed here and nowhere else.
"""

import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Self
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

import anyio
import attrs

from connectycube._deadline import Deadline
from connectycube._gateway import Gateway, close, noted, read
from connectycube._source import OpenSource, Reading
from connectycube.codec import encode, load
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import (
    InvalidInputError,
    RequestTimeoutError,
    TransportError,
    api_error,
)
from connectycube.http import Headers, Request, Response
from connectycube.models.blob import Progress
from connectycube.multipart import Form, form
from connectycube.retry import Attempt, RetryPolicy

ProgressHook = Callable[[Progress], object]
UPLOAD_CONTENT: Final = Endpoint("POST", "(object store)", type(None), needs=Needs.NOTHING)
FETCH_CONTENT: Final = Endpoint("GET", "(object store)", type(None), needs=Needs.NOTHING)

_CLOSE_GRACE: Final = 1.0
_MAX_REDIRECTS: Final = 3
# Enough at a time to be worth a thread's while, and never long in coming.
_GATHERED: Final = 1024 * 1024
_PATIENCE: Final = 0.05
_CODE: Final = re.compile(r"<Code>([^<]*)</Code>")
_MESSAGE: Final = re.compile(r"<Message>([^<]*)</Message>")


async def upload(
    gateway: Gateway,
    params: str,
    source: OpenSource,
    *,
    filename: str,
    content_type: str,
    stall: float | None,
    progress: ProgressHook | None,
) -> None:
    """
    Send content to the object store by the signed form that the service gave.

    Args:
        params: URL whose query holds the form's fields.
        stall: seconds without a byte moving before an attempt is given up.

    Raises:
        TransportError: the store gave no usable answer.
        ApiError: the store refused.
        InvalidInputError: the source does not hold the bytes it promised.
    """
    target = _checked_url(params, gateway, UPLOAD_CONTENT)
    # A plus sign is itself here: policy and signature are base64.
    fields = parse_qsl(target.query.replace("+", "%2B"), keep_blank_values=True)
    body = _FormBody(
        form(dict(fields), filename=filename, content_type=content_type), source, progress
    )
    request = Request(
        method="POST",
        url=target._replace(query="", fragment="").geturl(),
        headers=Headers(
            {"Content-Type": body.form.content_type, "Content-Length": str(body.length)}
        ),
        body=body,
        label=UPLOAD_CONTENT.label,
    )

    async def send(number: int, scope: anyio.CancelScope) -> Attempt:
        body.moved = lambda: _postpone(scope, stall)
        try:
            response = await gateway.transport.send(request)
            return await read(response, UPLOAD_CONTENT, number)
        finally:
            with anyio.move_on_after(_CLOSE_GRACE, shield=True):
                await body.aclose()

    retry = _WhileReadable(gateway.retry, body, stall)
    attempt = await attrs.evolve(gateway, retry=retry).repeat(UPLOAD_CONTENT, send, timeout=stall)
    if body.error is not None:
        raise body.error
    if attempt.error is not None or not 200 <= attempt.status < 300:  # noqa: PLR2004
        raise _failure(UPLOAD_CONTENT, attempt)


class _FormBody:
    """
    A form around a source, which counts what goes out.

    Attributes:
        error: what the source raised. A transport may tell it as it likes; the caller gets it raw.
        moved: called when a piece was taken.
    """

    def __init__(self, form: Form, source: OpenSource, progress: ProgressHook | None) -> None:
        self.form = form
        self.source = source
        self.progress = progress
        self.length = len(form.head) + source.length + len(form.tail)
        self.error: Exception | None = None
        self.moved: Callable[[], None] = lambda: None
        self._reading: Reading | None = None

    def open(self) -> AsyncIterator[bytes]:
        self.error = None
        self._reading = self.source.open()
        return _FormPieces(self, self._reading)

    async def aclose(self) -> None:
        """End the reading that an attempt began."""
        if self._reading is not None:
            await self._reading.aclose()


class _FormPieces:
    """The head of a form, the pieces of its file, and its tail."""

    def __init__(self, body: _FormBody, reading: Reading) -> None:
        self._body = body
        self._pieces = reading
        self._sent = -1  # the head stands before the first byte
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._ended:
            raise StopAsyncIteration
        if self._sent < 0:
            self._sent = 0
            return self._body.form.head
        try:
            return await self._next_piece()
        except Exception as error:
            self._body.error = error
            raise

    async def _next_piece(self) -> bytes:
        self._body.moved()
        total = self._body.source.length
        piece = await anext(self._pieces, None)
        if piece is None:
            if self._sent < total:
                raise InvalidInputError(f"the source held {self._sent} bytes, not {total}")
            self._ended = True
            return self._body.form.tail
        self._sent += len(piece)
        if self._sent > total:
            raise InvalidInputError(f"the source holds more than its {total} bytes")
        if self._body.progress is not None:
            self._body.progress(Progress(self._sent, total))
        return piece


@attrs.frozen
class _WhileReadable:
    """A policy that ends where the source cannot be read again, or a pause would be a stall."""

    _policy: RetryPolicy
    _body: _FormBody
    _stall: float | None

    def delay(self, attempt: Attempt, /) -> float | None:
        readable = self._body.error is None and self._body.source.can_reopen
        delay = self._policy.delay(attempt) if readable else None
        # Nothing moves during a pause either.
        too_long = delay is not None and self._stall is not None and delay > self._stall
        return None if too_long else delay


def _postpone(scope: anyio.CancelScope, stall: float | None) -> None:
    if stall is not None:
        scope.deadline = anyio.current_time() + stall


def _failure(endpoint: Endpoint[Any], attempt: Attempt) -> Exception:
    """Return what went wrong: on the line, or in the words of the store or of the service."""
    if attempt.error is not None:
        return noted(attempt.error, attempt)
    text = attempt.body.decode(errors="replace")
    found = [pattern.search(text) for pattern in (_CODE, _MESSAGE)]
    told = ": ".join(match[1] for match in found if match)
    body = load(attempt.body)
    error = api_error(endpoint.label, attempt.status, {"errors": [told]} if told else body)
    error.raw = text if told else error.raw
    return noted(error, attempt)


class Download:
    """
    The content of a file as it arrives: `async with` it, then iterate over its chunks.

    Attributes:
        total: bytes in all, `None` where the store does not say; known inside the block.
    """

    def __init__(
        self,
        open_first: Callable[[], Awaitable[tuple[Response, str]]],
        gateway: Gateway,
        *,
        stall: float | None,
        progress: ProgressHook | None,
    ) -> None:
        self._open_first = open_first
        self._gateway = gateway
        self._stall = stall
        self._progress = progress
        self._response: Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._gathered: list[bytes] = []
        self._received = 0
        self.total: int | None = None

    async def __aenter__(self) -> Self:
        response, url = await self._open_first()
        hops = 0
        while 300 <= response.status < 400:  # noqa: PLR2004
            await close(response)
            hops += 1
            if hops > _MAX_REDIRECTS:
                raise TransportError(f"{FETCH_CONTENT.label}: more than {_MAX_REDIRECTS} redirects")
            url = _redirected(url, response.headers.get("Location"), self._gateway)
            request = Request(method="GET", url=url, label=FETCH_CONTENT.label)
            with Deadline(FETCH_CONTENT.label, self._stall):
                response = await open_answer(self._gateway, request, FETCH_CONTENT)
        self._response = response
        self._chunks = response.iter_bytes()
        length = response.headers.get("Content-Length", "")
        encoded = response.headers.get("Content-Encoding", "identity") != "identity"
        self.total = int(length) if length.isdecimal() and not encoded else None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._response is None:
            return
        try:
            # An iterator that stops half-way, where it is a generator, must not be left to chance.
            if (aclose := getattr(self._chunks, "aclose", None)) is not None:
                await aclose()
        finally:
            await close(self._response)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        return b"".join(await self.pieces())

    async def pieces(self) -> list[bytes]:
        """
        Return the next chunk as it came, in pieces.

        Raises:
            StopAsyncIteration: there is no more.
            TransportError: less came than was promised.
        """
        await self._gather()
        pieces, self._gathered = self._gathered, []
        if not pieces:
            if self.total is not None and self._received != self.total:
                raise TransportError(
                    f"{FETCH_CONTENT.label}: {self._received} bytes came of {self.total}"
                )
            raise StopAsyncIteration
        self._received += sum(map(len, pieces))
        if self._progress is not None:
            self._progress(Progress(self._received, self.total))
        return pieces

    async def _gather(self) -> None:
        """Join the small pieces that a transport gives; a cancelled call leaves them for later."""
        if self._chunks is None:
            raise InvalidInputError("a download is read inside its `async with` block")
        started = anyio.current_time()
        size = sum(map(len, self._gathered))
        deadline = math.inf if self._stall is None else started + self._stall
        with anyio.CancelScope(deadline=deadline) as scope:
            while size < _GATHERED and anyio.current_time() - started < _PATIENCE:
                piece = await anext(self._chunks, b"")
                if not piece:
                    return
                self._gathered.append(piece)
                size += len(piece)
        if scope.cancelled_caught:
            raise RequestTimeoutError(f"{FETCH_CONTENT.label}: nothing came for {self._stall:g} s")


def _redirected(url: str, location: str | None, gateway: Gateway) -> str:
    target = ""
    with suppress(ValueError):
        named = urlsplit(location or "")
        # Joined, "https://" would be the very URL that sent us on.
        if location and (named.hostname or not (named.scheme or location.startswith("//"))):
            target = urljoin(url, location)
    return _checked_url(target, gateway, FETCH_CONTENT).geturl()


def _checked_url(url: str, gateway: Gateway, endpoint: Endpoint[Any]) -> SplitResult:
    """
    Return a URL that content may go to: https, or http where the service itself is local.

    Raises:
        TransportError: the service, or a store, named something else.
    """
    local = gateway.base_url.startswith("http://")
    with suppress(ValueError):
        parts = urlsplit(url)
        allowed = parts.scheme == "https" or (local and parts.scheme == "http")
        if allowed and parts.hostname and parts.port != 0:
            return parts
    raise TransportError(f"{endpoint.label}: the service names no https URL for the content")


async def open_file(
    gateway: Gateway, endpoint: Endpoint[Any], *, token: str, path: Mapping[str, Any]
) -> tuple[Response, str]:
    """Ask the service for a file; return the open answer, mostly a redirect, and its URL."""
    request = encode(gateway.app, gateway.base_url, endpoint, token=token, path=path)
    return await open_answer(gateway, request, endpoint), request.url


async def open_answer(gateway: Gateway, request: Request, endpoint: Endpoint[Any]) -> Response:
    """Send a request and return its answer open, unless it says no."""
    opened: list[Response] = []

    async def send(number: int, _scope: anyio.CancelScope) -> Attempt:
        response = await gateway.transport.send(request)
        if response.status < 400:  # noqa: PLR2004
            opened.append(response)
            return Attempt(number, endpoint, response.status, response.headers)
        return await read(response, endpoint, number)

    attempt = await gateway.repeat(endpoint, send)
    if not opened:
        raise _failure(endpoint, attempt)
    return opened[-1]
