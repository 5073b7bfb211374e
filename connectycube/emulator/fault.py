"""One piece of trouble, apart from whom it meets."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from operator import index
from typing import Literal, TypeAlias

import attrs

from . import damage
from .messages import Outcome, WireResponse
from .store import error_answer

FaultKind = Literal[
    "status",
    "answer",
    "rate_limit",
    "redirect",
    "huge",
    "delay",
    "expire",
    "hang",
    "drop",
    "cut",
    "stall",
    "drip",
    "garble",
    "mistype",
]
FaultBody: TypeAlias = bytes | str | Mapping[str, object] | list[object]

_REDIRECTS = (301, 302, 303, 307, 308)


@attrs.frozen(kw_only=True)
class Fault:
    """
    What happens to a request: a step of `Faults.script`, made by the methods of this class.

    They are those of `Faults` under the same names, without the words that choose requests.
    """

    kind: FaultKind
    processed: bool = True
    """The handler runs, so the request has its effect."""
    reads: bool = True
    """The body of the request is read."""
    delay_between: tuple[float, float] = (0.0, 0.0)
    """The bounds of a delay, in seconds."""
    shape: Callable[[damage.Met], Outcome] | None = attrs.field(default=None, repr=False)
    """What becomes of the answer; None leaves it alone, so it goes together with others."""

    @classmethod
    def status(
        cls,
        code: int,
        *,
        body: FaultBody | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fault:
        """Answer with an error status; see `Faults.status`."""
        if body is not None:
            return cls._instead("status", _response(code, body, headers))
        return cls(kind="status", processed=False, shape=partial(_known, _code(code), headers))

    @classmethod
    def answer(
        cls,
        status: int = 200,
        *,
        body: FaultBody = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Fault:
        """Answer with exactly this; the handler does not run."""
        return cls._instead("answer", _response(status, body, headers))

    @classmethod
    def rate_limit(cls, retry_after: int | None = None, *, as_date: bool = False) -> Fault:
        """Answer with 429; see `Faults.rate_limit`."""
        if retry_after is not None and index(retry_after) < 0:
            raise ValueError("retry_after is a number of seconds to come")
        return cls(
            kind="rate_limit",
            processed=False,
            shape=partial(_limited, retry_after, as_date=as_date),
        )

    @classmethod
    def redirect(cls, location: str, *, code: int = 302) -> Fault:
        """Answer with a redirect to any URL; the handler does not run."""
        if code not in _REDIRECTS:
            raise ValueError(f"code is one of {', '.join(map(str, _REDIRECTS))}")
        return cls._instead("redirect", _response(code, b"", {"Location": location}))

    @classmethod
    def huge(cls, mebibytes: int, *, status: int = 200, gzip: bool = False) -> Fault:
        """Answer with a body of so many MiB; see `Faults.huge`."""
        if index(mebibytes) < 1:
            raise ValueError("mebibytes counts from 1")
        shape = partial(damage.swollen, mebibytes, _code(status), gzip=gzip)
        return cls(kind="huge", processed=False, shape=shape)

    @classmethod
    def delay(cls, seconds: float, *, up_to: float | None = None) -> Fault:
        """Keep the answer back for so many seconds of real time."""
        longest = seconds if up_to is None else up_to
        if not 0 <= seconds <= longest:
            raise ValueError("a delay is a time, and no more than up_to")
        return cls(kind="delay", delay_between=(seconds, longest))

    @classmethod
    def expire(cls) -> Fault:
        """Let the request's session expire just before the handler runs."""
        return cls(kind="expire")

    @classmethod
    def hang(cls) -> Fault:
        """Never answer; the handler does not run."""
        return cls(kind="hang", processed=False, shape=partial(damage.hung, math.inf))

    @classmethod
    def drop(cls, *, processed: bool = False, read: bool = True) -> Fault:
        """Reset the connection without an answer; see `Faults.drop`."""
        if processed and not read:
            raise ValueError("what was not read cannot be processed")
        return cls(kind="drop", processed=processed, reads=read, shape=damage.dropped)

    @classmethod
    def cut(cls, *, at: float = 0.5) -> Fault:
        """Break off the answer inside its body, at this fraction of it."""
        return cls(kind="cut", shape=partial(damage.cut, _fraction(at)))

    @classmethod
    def stall(cls, *, at: float = 0.5, seconds: float = math.inf) -> Fault:
        """Send the answer up to this fraction of its body, and the rest so much later."""
        return cls(kind="stall", shape=partial(damage.stalled, _fraction(at), _time(seconds)))

    @classmethod
    def drip(cls, seconds: float, *, size: int = 1) -> Fault:
        """Send the body in pieces of so many bytes, with so many seconds between them."""
        if index(size) < 1:
            raise ValueError("size counts from 1")
        return cls(kind="drip", shape=partial(damage.dripped, _time(seconds), size))

    @classmethod
    def garble(cls, *, spoiled: damage.Spoiled = "utf-8") -> Fault:
        """Damage one byte of the body; see `Faults.garble`."""
        if spoiled not in ("utf-8", "json"):
            raise ValueError("spoiled is utf-8 or json")
        return cls(kind="garble", shape=partial(damage.garbled, spoiled))

    @classmethod
    def mistype(
        cls, content_type: str = "text/html; charset=utf-8", *, body: FaultBody | None = None
    ) -> Fault:
        """Give the answer a wrong `Content-Type`, and with a `body` also that."""
        content = None if body is None else _as_bytes(body)[0]
        return cls(kind="mistype", shape=partial(damage.mistyped, content_type, content))

    @classmethod
    def _instead(cls, kind: FaultKind, response: WireResponse) -> Fault:
        return cls(kind=kind, processed=False, shape=partial(damage.answered, response))


def _response(
    status: int, body: FaultBody, headers: Mapping[str, str] | None = None
) -> WireResponse:
    content, kind = _as_bytes(body)
    sent = {"Content-Type": kind} if content else {}
    if headers:
        given = {name.lower() for name in headers}
        sent = {name: value for name, value in sent.items() if name.lower() not in given}
        sent.update(headers)
    return WireResponse(status=_code(status), headers=sent, body=content)


def _known(code: int, headers: Mapping[str, str] | None, met: damage.Met) -> Outcome:
    """Answer as the part of the service that was asked does."""
    if met.request.origin == "store":
        said = error_answer(code, _STORE_CODES.get(code, "InternalError"), f"Error {code}")
        return damage.answered(_response(code, said.body, {**said.headers, **(headers or {})}), met)
    body = _KNOWN_BODIES.get(code, {"errors": [f"Error {code}"]})
    return damage.answered(_response(code, body, headers), met)


def _limited(retry_after: int | None, met: damage.Met, *, as_date: bool) -> Outcome:
    if retry_after is None:
        return _known(429, None, met)
    ends = damage.http_date(met.now + timedelta(seconds=retry_after))
    return _known(429, {"Retry-After": ends if as_date else str(retry_after)}, met)


def _fraction(at: float) -> float:
    if not 0 <= at < 1:
        raise ValueError("at is a fraction: 0 <= at < 1")
    return at


def _time(seconds: float) -> float:
    if not seconds >= 0:
        raise ValueError("seconds is a time: 0 or more")
    return seconds


def _code(status: int) -> int:
    if not 200 <= index(status) <= 599:  # noqa: PLR2004 - HTTP
        raise ValueError("a status is one of 200 to 599")
    return status


def _as_bytes(body: FaultBody) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        kind = "text/html" if body.lstrip().startswith("<") else "text/plain"
        return body.encode(), f"{kind}; charset=utf-8"
    return json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8"


_KNOWN_BODIES: dict[int, FaultBody] = {
    400: {"errors": "Bad request"},
    401: {"errors": {"base": ["Required session does not exist"]}},
    403: {"errors": {"base": ["Forbidden. Need user."]}},
    404: {"errors": ["The resource wasn't found"]},
    429: {"errors": ["Too many requests"]},
    500: "Internal Server Error",
    502: b"",
    503: (
        "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>"
    ),
    504: b"",
}

_STORE_CODES = {
    400: "InvalidRequest",
    403: "AccessDenied",
    404: "NoSuchKey",
    429: "TooManyRequests",
    500: "InternalError",
    503: "SlowDown",
}
