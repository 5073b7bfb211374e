"""The emulator without a socket: a transport that calls it, on any event loop."""

from collections.abc import AsyncIterator, Mapping
from typing import Final, Self
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import anyio.to_thread

from connectycube.emulator.messages import WireRequest, WireResponse
from connectycube.emulator.service import Service
from connectycube.errors import ClosedError, TransportError
from connectycube.http import Body, Headers, Request

_CHUNK: Final = 64 * 1024


class EmulatorTransport:
    """
    Answers every request from an emulated service in this process.

    Delays and hangs are real waits; a dropped or cut answer is a `TransportError`, as on a line.

    Args:
        service: the emulated service; a new one by default. Its `world`, `clock`, `faults` and
            `requests` are there for tests.
    """

    def __init__(self, service: Service | None = None) -> None:
        self.service = Service() if service is None else service
        self._closed = False

    async def send(self, request: Request, /) -> "EmulatorResponse":
        if self._closed:
            raise ClosedError("this EmulatorTransport is closed")
        await anyio.lowlevel.checkpoint()
        url = urlsplit(request.url)
        wire = WireRequest(
            method=request.method,
            path=url.path,
            query=url.query,
            headers=request.headers,
            body=await _whole(request.body),
            origin=self.service.origin_of(request.url),
        )
        if self.service.may_wait:
            outcome = await anyio.to_thread.run_sync(self.service.receive, wire)
        else:
            outcome = self.service.receive(wire)
        await anyio.sleep(outcome.delay)
        if outcome.response is None:
            raise TransportError(f"{request.label}: the emulator dropped the connection")
        return EmulatorResponse(outcome.response, outcome.cut_at, request.label)

    async def aclose(self) -> None:
        self._closed = True


async def _whole(body: bytes | Body | None) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return b"".join([chunk async for chunk in body.open()])


class EmulatorResponse:
    """An answer of the emulator, cut where a fault says so."""

    def __init__(self, answer: WireResponse, cut_at: int | None, label: str) -> None:
        self._answer = answer
        self._cut_at = cut_at
        self._label = label

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return Headers(self._answer.headers)

    async def read(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        if self._cut_at is not None:
            raise TransportError(f"{self._label}: the emulator cut the answer")
        return self._answer.body

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return _Chunks(self._answer.body[: self._cut_at], self._cut_at is not None, self._label)

    async def aclose(self) -> None:
        """Do nothing: there is no connection to free."""


class _Chunks:
    """A body in chunks, and the end that a fault gave it."""

    def __init__(self, body: bytes, is_cut: bool, label: str) -> None:  # noqa: FBT001 - ours alone
        self._body = body
        self._is_cut = is_cut
        self._label = label
        self._start = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        if self._start < len(self._body):
            self._start += _CHUNK
            return self._body[self._start - _CHUNK : self._start]
        if self._is_cut:
            raise TransportError(f"{self._label}: the emulator cut the answer")
        raise StopAsyncIteration
