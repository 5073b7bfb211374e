"""The emulator without a socket: a transport that calls it, on any event loop."""

from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Final, Self, Unpack
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import anyio.to_thread

from connectycube.emulator.calls import Calls
from connectycube.emulator.calls_wanted import CallFilter
from connectycube.emulator.faults import NO_TROUBLE
from connectycube.emulator.messages import Outcome, WireRequest, WireResponse
from connectycube.emulator.service import Service
from connectycube.errors import ClosedError, TransportError
from connectycube.http import Body, Headers, Request

_CHUNK: Final = 64 * 1024


class EmulatorTransport:
    """
    Answers every request from an emulated service in this process.

    Scripted faults mean what they mean on a line: delays, hangs, stalls and drips are real waits; a
    dropped or cut answer is a `TransportError`. Bodies are handed on as they would be sent.

    Args:
        service: the emulated service; a new one by default. Its `world`, `clock`, `faults` and
            `requests` are there for tests.
    """

    def __init__(self, service: Service | None = None) -> None:
        self.service: Service = Service() if service is None else service
        self._closed = False

    async def send(self, request: Request, /) -> "EmulatorResponse":
        if self._closed:
            raise ClosedError("this EmulatorTransport is closed")
        await anyio.lowlevel.checkpoint()
        service, url = self.service, urlsplit(request.url)
        wire = partial(
            WireRequest,
            method=request.method,
            path=url.path,
            query=url.query,
            headers=request.headers,
            origin=service.origin_of(request.url),
        )
        # Before the body is read, since that may be what does not happen.
        trouble = service.faults.meet(wire()) if service.faults.any_wait else NO_TROUBLE
        received = wire(body=await _whole(request.body)) if trouble.reads else wire()
        if service.may_wait:
            outcome = await anyio.to_thread.run_sync(service.receive, received, trouble)
        else:
            outcome = service.receive(received, trouble)
        await anyio.sleep(outcome.delay)
        if outcome.response is None:
            raise TransportError(f"{request.label}: the emulator dropped the connection")
        return EmulatorResponse(outcome, outcome.response, request.label)

    def calls(
        self, method: str | None = None, path: str | None = None, **given: Unpack[CallFilter]
    ) -> Calls:
        """
        Return the requests that arrived and fit, to be checked; see `Service.calls`.

        `transport.calls("POST", "/session").once()` fails with a message that names the nearest
        other call, and what it differs in.
        """
        return self.service.calls(method, path, **given)

    async def aclose(self) -> None:
        self._closed = True


async def _whole(body: bytes | Body | None) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return b"".join([chunk async for chunk in body.open()])


class EmulatorResponse:
    """An answer of the emulator, whose body comes as a fault lets it."""

    def __init__(self, outcome: Outcome, answer: WireResponse, label: str) -> None:
        self._outcome = outcome
        self._answer = answer
        self._label = label

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return Headers(self._answer.headers)

    async def read(self) -> bytes:
        if self._outcome.flow is None and self._outcome.cut_at is None:
            await anyio.lowlevel.checkpoint()
            return self._answer.body
        return b"".join([chunk async for chunk in self.iter_bytes()])

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return _Chunks(self._outcome, self._label)

    async def aclose(self) -> None:
        """Do nothing: there is no connection to free."""


class _Chunks:
    """A body in chunks, and the end that a fault gave it; a cancelled wait loses none."""

    def __init__(self, outcome: Outcome, label: str) -> None:
        self._pieces = outcome.pieces(_CHUNK)
        self._is_cut = outcome.cut_at is not None
        self._label = label
        self._waiting: tuple[float, bytes] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        while self._waiting is None:
            pause, piece = next(self._pieces, (0.0, None))
            if piece is None:
                raise self._end()
            if piece or pause:
                self._waiting = pause and anyio.current_time() + pause, bytes(piece)
        arrives, chunk = self._waiting
        if arrives:
            await anyio.sleep_until(arrives)
        self._waiting = None
        return chunk

    def _end(self) -> Exception:
        if self._is_cut:
            return TransportError(f"{self._label}: the emulator cut the answer")
        return StopAsyncIteration()
