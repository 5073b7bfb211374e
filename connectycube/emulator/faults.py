"""Scripted trouble: what a line or a service may do to a request."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Mapping
from fnmatch import translate
from typing import Literal, TypedDict, Unpack

import attrs

from .messages import Origin, WireResponse
from .store import error_answer

FaultKind = Literal["answer", "delay", "hang", "drop", "cut", "expire"]
FaultBody = bytes | str | Mapping[str, object] | list[object]


_NO_RESPONSE = WireResponse(status=0, headers={}, body=b"")


class Match(TypedDict, total=False):
    """Say which requests a fault meets."""

    method: str | None
    path: str | None
    """A shell-style pattern of the path without `.json`."""
    origin: Origin | None
    """Only requests to the API or only those to the object store; None for both."""
    times: int | None
    """How often; None for always."""
    after: int
    """How many matching requests pass first."""


@attrs.define(kw_only=True, eq=False)
class Fault:
    """One piece of trouble and whom it waits for."""

    kind: FaultKind
    method: str | None
    path: str | None
    origin: Origin | None
    remaining: int | None
    """How many requests it will still meet; None for all."""
    after: int
    """How many matching requests will still pass first."""
    seconds: float
    at: float
    processed: bool
    response: WireResponse = attrs.field(repr=False)
    pattern: re.Pattern[str] | None = attrs.field(repr=False)

    def matches(self, method: str, path: str, origin: Origin) -> bool:
        """Say whether this is a request that the fault is about."""
        if self.origin is not None and self.origin != origin:
            return False
        if self.method is not None and self.method != method:
            return False
        return self.pattern is None or self.pattern.match(path) is not None


@attrs.frozen(kw_only=True)
class Trouble:
    """What the faults have decided for one request."""

    delay: float = 0.0
    expire: bool = False
    instead: Fault | None = None
    """An answer, hang, drop or cut: at most one meets a request."""


NO_TROUBLE = Trouble()


class Faults:
    """
    Script trouble for the requests to come.

    Every method takes `method=`, `path=` (a shell-style pattern), `origin=` ("api", "store", or
    None for both), `times=` (1; None for always) and `after=` (matching requests that pass first).
    Delays and expiries combine with the rest;
    of the others the oldest meets a request and the next waits for the next one.
    """

    def __init__(self, *, lock: threading.RLock | None = None) -> None:
        self._lock = lock or threading.RLock()
        self._scripted: list[Fault] = []

    @property
    def scripted(self) -> tuple[Fault, ...]:
        """Return the faults that still wait for a request."""
        with self._lock:
            return tuple(self._scripted)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._scripted.clear()

    def status(
        self,
        code: int,
        *,
        body: FaultBody | None = None,
        headers: Mapping[str, str] | None = None,
        **match: Unpack[Match],
    ) -> Fault:
        """Answer with an error status; without a body with the one the contract knows for it."""
        if body is None and match.get("origin") == "store":
            said = error_answer(code, _STORE_CODES.get(code, "InternalError"), f"Error {code}")
            kind = {**said.headers, **(headers or {})}
            return self.answer(code, body=said.body, headers=kind, **match)
        chosen = _KNOWN_BODIES.get(code, {"errors": [f"Error {code}"]}) if body is None else body
        return self.answer(code, body=chosen, headers=headers, **match)

    def answer(
        self,
        status: int = 200,
        *,
        body: FaultBody = b"",
        headers: Mapping[str, str] | None = None,
        **match: Unpack[Match],
    ) -> Fault:
        """Answer with exactly this; the handler does not run."""
        content, kind = _as_bytes(body)
        sent = {"Content-Type": kind} if content else {}
        if headers:
            given = {name.lower() for name in headers}
            sent = {name: value for name, value in sent.items() if name.lower() not in given}
            sent.update(headers)
        response = WireResponse(status=status, headers=sent, body=content)
        return self._script(match, "answer", response=response)

    def delay(self, seconds: float, **match: Unpack[Match]) -> Fault:
        """Keep the answer back for so many seconds of real time."""
        return self._script(match, "delay", seconds=seconds)

    def hang(self, **match: Unpack[Match]) -> Fault:
        """Never answer; the handler does not run."""
        return self._script(match, "hang", seconds=math.inf)

    def drop(self, *, processed: bool = False, **match: Unpack[Match]) -> Fault:
        """Close the connection without an answer, before or after the handler ran."""
        return self._script(match, "drop", processed=processed)

    def cut(self, *, at: float = 0.5, **match: Unpack[Match]) -> Fault:
        """
        Break off the answer inside its body, at this fraction of it.

        An answer without a body has no inside: it is dropped.
        """
        if not 0 <= at < 1:
            raise ValueError("at is a fraction: 0 <= at < 1")
        return self._script(match, "cut", at=at)

    def expire(self, **match: Unpack[Match]) -> Fault:
        """Let the request's session expire just before the handler runs."""
        return self._script(match, "expire")

    def meet(self, method: str, path: str, origin: Origin = "api") -> Trouble:
        """Return what happens to this request, and use it up."""
        if not self._scripted:
            return NO_TROUBLE
        with self._lock:
            delay, expire, instead = 0.0, False, None
            for fault in self._scripted:
                if not fault.matches(method, path, origin):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.kind == "delay":
                    delay += fault.seconds
                elif fault.kind == "expire":
                    expire = True
                elif instead is None:
                    instead = fault
                else:
                    continue
                if fault.remaining is not None:
                    fault.remaining -= 1
            self._scripted = [fault for fault in self._scripted if fault.remaining != 0]
            return Trouble(delay=delay, expire=expire, instead=instead)

    def _script(
        self,
        match: Match,
        kind: FaultKind,
        *,
        seconds: float = 0.0,
        at: float = 0.0,
        processed: bool = False,
        response: WireResponse = _NO_RESPONSE,
    ) -> Fault:
        if unknown := match.keys() - Match.__annotations__.keys():
            raise TypeError(f"a fault has no {', '.join(sorted(unknown))}")
        method, path, times = match.get("method"), match.get("path"), match.get("times", 1)
        if (origin := match.get("origin")) not in (None, "api", "store"):
            raise ValueError("origin is api or store; None is both")
        if times is not None and times < 1:
            raise ValueError("times counts from 1; None is always")
        fault = Fault(
            kind=kind,
            method=None if method is None else method.upper(),
            path=path,
            origin=origin,
            remaining=times,
            after=match.get("after", 0),
            seconds=seconds,
            at=at,
            processed=processed,
            response=response,
            pattern=None if path is None else re.compile(translate(path)),
        )
        with self._lock:
            self._scripted.append(fault)
        return fault


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
    500: "InternalError",
    503: "SlowDown",
}


def _as_bytes(body: FaultBody) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        kind = "text/html" if body.lstrip().startswith("<") else "text/plain"
        return body.encode(), f"{kind}; charset=utf-8"
    return json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8"
