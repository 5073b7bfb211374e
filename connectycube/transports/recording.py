"""
Recording what goes over the line, and playing it back without one.

A recording is a cassette: one readable file of JSON, for the project's own tests. Secrets never
reach it: in their place stand placeholders, the same secret having the same one throughout.
"""

import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final, Self

import anyio.lowlevel
import attrs

from connectycube.errors import ClosedError, ConnectError, InvalidInputError, TransportError
from connectycube.http import CallObserver, Headers, Request, Response, Transport
from connectycube.transports import _cassette
from connectycube.transports._cassette import Exchange, Recorded
from connectycube.transports._matching import differences
from connectycube.transports._tap import TappedBody, TappedResponse, observer_of

_CHUNK: Final = 64 * 1024


class RecordingTransport:
    """
    Records every exchange, and writes the cassette when it is closed.

    Requests and answers pass unchanged. A body of more than 1 MiB is recorded by its size and
    digest alone, and so is the content of an upload of more than 1 KiB. A request that was
    cancelled, or refused before it was sent, is not recorded.

    Closing it closes the transport that it wraps. Until then the cassette exists in memory alone.

    Args:
        transport: moves the requests.
        path: of the cassette; what stands there is replaced in one step.

    Raises:
        InvalidInputError: there is no directory that the cassette could be written to.
    """

    def __init__(self, transport: Transport, path: str | os.PathLike[str]) -> None:
        self.observer: CallObserver | None = observer_of(transport)
        self._transport = transport
        self._path = Path(path)
        self._exchanges: list[Exchange] = []
        self._is_written = False
        if not self._path.name or not self._path.parent.is_dir():
            raise InvalidInputError("a cassette is written to a directory that exists")

    async def send(self, request: Request, /) -> Response:
        exchange = Exchange(attrs.evolve(request, body=None))  # the body may be large
        # Here and now: the order of a cassette is that in which requests were made.
        self._exchanges.append(exchange)
        if isinstance(request.body, bytes):
            sent = exchange.new_sent()
            sent.feed(request.body)
            sent.end(None)
        elif request.body is not None:
            request = attrs.evolve(request, body=TappedBody(request.body, exchange.new_sent))
        try:
            response = await self._transport.send(request)
        except TransportError as error:
            kind = ConnectError if isinstance(error, ConnectError) else TransportError
            exchange.error = kind.__name__
            raise
        exchange.status, exchange.headers = response.status, Headers(response.headers)
        return TappedResponse(response, exchange.received)

    async def aclose(self) -> None:
        try:
            if not self._is_written:
                # Short, and not to be lost to a cancellation.
                _cassette.write(self._path, self._exchanges)
                self._is_written = True
        finally:
            await self._transport.aclose()


class ReplayTransport:
    """
    Answers requests from a cassette, on any event loop and without a line.

    A request is answered as a recorded one was that has its method, URL (the order of a query does
    not matter), session and JSON body. Each recorded one answers once, in the order of recording.
    Where a secret stood any will do; nonces, timestamps and signatures may differ. What failed
    fails again.

    An `AssertionError`, which no retry hides, meets a request that was not recorded.

    Args:
        path: of the cassette, which is read now.

    Raises:
        InvalidInputError: the file is no cassette.
        OSError: it cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._left = _cassette.read(Path(path))
        self._closed = False

    @property
    def unused(self) -> list[str]:
        """Return the recorded requests that nobody has made yet, as `METHOD URL`."""
        return [f"{one.method} {one.url}" for one in self._left]

    async def send(self, request: Request, /) -> Response:
        if self._closed:
            raise ClosedError("this ReplayTransport is closed")
        recorded = self._take(request)
        await anyio.lowlevel.checkpoint()
        if request.body is not None and not isinstance(request.body, bytes):
            async for _ in request.body.open():
                pass  # it is read as on a line, and its size may be told of
        if recorded.error is not None:
            kind = ConnectError if recorded.error == ConnectError.__name__ else TransportError
            raise kind(f"{request.label}: no answer, as it was recorded")
        return _ReplayedResponse(recorded, request.label)

    async def aclose(self) -> None:
        self._closed = True

    def _take(self, request: Request) -> Recorded:
        nearest: tuple[Recorded, list[str]] | None = None
        for number, recorded in enumerate(self._left):
            different = differences(recorded, request)
            if not different:
                return self._left.pop(number)
            if nearest is None or len(different) < len(nearest[1]):
                nearest = recorded, different
        message = f"{request.label or request.method}: no such request is left in the cassette"
        if nearest is not None:
            near, parts = nearest
            message += f"; the nearest, {near.method} {near.url}, has another {' and '.join(parts)}"
        raise AssertionError(message)


class _ReplayedResponse:
    """An answer of a cassette."""

    def __init__(self, recorded: Recorded, label: str) -> None:
        self._recorded = recorded
        self._label = label
        length = recorded.content is not None and {"Content-Length": str(len(recorded.content))}
        self._headers = Headers({**recorded.headers, **(length or {})})

    @property
    def status(self) -> int:
        return self._recorded.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.iter_bytes()])

    def iter_bytes(self) -> AsyncIterator[bytes]:
        if self._recorded.content is None:
            raise AssertionError(f"{self._label}: the body was too large for the cassette")
        return _Chunks(self._recorded.content, self._recorded.is_whole, self._label)

    async def aclose(self) -> None:
        """Do nothing: there is no connection to free."""


class _Chunks:
    """A body in chunks, up to where the recorded one was read."""

    def __init__(self, body: bytes, is_whole: bool, label: str) -> None:  # noqa: FBT001 - ours alone
        self._body = body
        self._is_whole = is_whole
        self._label = label
        self._start = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        if self._start < len(self._body):
            self._start += _CHUNK
            return self._body[self._start - _CHUNK : self._start]
        if not self._is_whole:
            raise TransportError(f"{self._label}: the recorded body ends here, and is not whole")
        raise StopAsyncIteration
