"""What each fault makes of an answer: plain functions from one that it met to an outcome."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from .content_coding import accepts_gzip, gzipped
from .messages import Headers, Outcome, WireRequest, WireResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .messages import Piece
    from .multipart import Chunk

Spoiled: TypeAlias = Literal["utf-8", "json"]

_NO_ANSWER = WireResponse(status=0, headers={}, body=b"")
_MEBIBYTE = b"x" * 1024 * 1024
_JSON = "application/json; charset=utf-8"


@attrs.frozen
class Met:
    """A request that met a fault, and what the service said to it."""

    request: WireRequest
    headers: Headers
    now: datetime
    answer: WireResponse = _NO_ANSWER
    """Nothing where the fault keeps the handler from running."""


def answered(response: WireResponse, met: Met) -> Outcome:
    """Say this instead."""
    headers = {"Date": http_date(met.now), **response.headers}
    return Outcome(response=attrs.evolve(response, headers=headers))


def dropped(_met: Met) -> Outcome:
    """Say nothing, and close the line."""
    return Outcome()


def hung(seconds: float, met: Met) -> Outcome:
    """Keep the whole answer back."""
    return Outcome(delay=seconds, response=met.answer if met.answer is not _NO_ANSWER else None)


def cut(at: float, met: Met) -> Outcome:
    """Close the line inside the body; an answer without one has no inside."""
    body = met.answer.body
    return Outcome(response=met.answer, cut_at=int(len(body) * at)) if body else dropped(met)


def stalled(at: float, seconds: float, met: Met) -> Outcome:
    """Wait inside the body; an answer without one is kept back as a whole."""
    body = memoryview(met.answer.body)
    if not body:
        return hung(seconds, met)
    first = int(len(body) * at)
    return Outcome(
        response=met.answer, flow=lambda: iter(((0.0, body[:first]), (seconds, body[first:])))
    )


def dripped(seconds: float, size: int, met: Met) -> Outcome:
    """Let the body come in small pieces."""
    return Outcome(response=met.answer, flow=partial(_drops, met.answer.body, seconds, size))


def garbled(spoiled: Spoiled, met: Met) -> Outcome:
    """Damage one byte, so that the length stays right."""
    body = bytearray(met.answer.body)
    if body and spoiled == "utf-8":
        body[len(body) // 2] = 0xFF  # stands in no UTF-8
    elif body:
        body[-1:] = b","  # no JSON ends so
    return Outcome(response=attrs.evolve(met.answer, body=bytes(body)))


def mistyped(content_type: str, body: bytes | None, met: Met) -> Outcome:
    """Put another label on the answer, and other contents in where there are some."""
    dropped_too = {"content-type"} if body is None else {"content-type", "content-length"}
    kept = {name: v for name, v in met.answer.headers.items() if name.lower() not in dropped_too}
    answer = attrs.evolve(met.answer, headers={**kept, "Content-Type": content_type})
    return Outcome(response=answer if body is None else attrs.evolve(answer, body=body))


def swollen(mebibytes: int, status: int, met: Met, *, gzip: bool) -> Outcome:
    """Answer with a JSON string of exactly so many MiB, made while it is sent."""
    text = partial(_text, mebibytes)
    is_packed = gzip and accepts_gzip(met.headers)
    coding = (
        {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if is_packed
        else {"Content-Length": str(mebibytes * len(_MEBIBYTE))}
    )
    response = WireResponse(status=status, headers={"Content-Type": _JSON, **coding}, body=b"")
    outcome = answered(response, met)
    if met.request.method == "HEAD":
        return outcome
    flow = partial(_at_once, (lambda: gzipped(text())) if is_packed else text)
    return attrs.evolve(outcome, flow=flow)


def http_date(moment: datetime) -> str:
    """Write a moment as headers do."""
    return format_datetime(moment, usegmt=True)


def _drops(body: bytes, seconds: float, size: int) -> Iterator[Piece]:
    whole = memoryview(body)
    for at in range(0, len(body), size):
        yield seconds if at else 0.0, whole[at : at + size]


def _text(mebibytes: int) -> Iterator[Chunk]:
    yield b'"'
    for _ in range(mebibytes - 1):
        yield _MEBIBYTE
    yield memoryview(_MEBIBYTE)[:-2]
    yield b'"'


def _at_once(chunks: Callable[[], Iterable[Chunk]]) -> Iterator[Piece]:
    return ((0.0, chunk) for chunk in chunks())
