"""A server that says byte for byte what it is told, on any event loop: for misbehaving."""

import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Self, TypeAlias

import anyio
from anyio.abc import AnyByteStream, SocketAttribute, SocketStream, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSStream

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_LARGEST_HEAD: Final = 65536
PATIENCE: Final = 5.0
_HUNG_UP: Final = (
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    anyio.IncompleteRead,
    ssl.SSLError,
)


class Line:
    """One accepted connection."""

    def __init__(self, stream: AnyByteStream) -> None:
        self._stream = stream
        self._incoming = BufferedByteReceiveStream(stream)

    async def request(self) -> bytes:
        """Read one request, and give its head and body as they came."""
        head = await self.head()
        for field in head.decode("latin-1").lower().split("\r\n"):
            if field.startswith("content-length:"):
                return head + await self._incoming.receive_exactly(int(field.partition(":")[2]))
        return head

    async def head(self) -> bytes:
        """Read the head of a request, and leave its body."""
        return await self._incoming.receive_until(b"\r\n\r\n", _LARGEST_HEAD) + b"\r\n\r\n"

    async def start(self) -> bytes:
        """Read whatever comes first."""
        return await self._incoming.receive(1)

    async def gone(self) -> None:
        """Wait until the other side hangs up."""
        with suppress(*_HUNG_UP):
            while True:
                await self._incoming.receive()

    async def say(self, text: bytes) -> None:
        await self._stream.send(text)

    async def reset(self) -> None:
        """Cut the connection, as a machine does that goes down."""
        raw = self._stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - not Django's
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self._stream.aclose()


Talk: TypeAlias = Callable[[Line], Awaitable[object]]


class RawServer:
    """
    Talks on each connection as it was told, and counts them.

    Args:
        talk: what to say; the connection is closed when it returns.
        ssl_context: for TLS, of the server's side.

    Attributes:
        connections: how many were accepted, in all.
        open: how many are open on our side.
    """

    def __init__(self, talk: Talk, *, ssl_context: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._ssl_context = ssl_context
        self._tasks: TaskGroup = anyio.create_task_group()
        self.connections: int = 0
        self.open: int = 0

    async def __aenter__(self) -> Self:
        self._listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        self.port: int = self._listener.extra(SocketAttribute.local_port)  # noqa: S610 - not Django's
        scheme = "http" if self._ssl_context is None else "https"
        self.url: str = f"{scheme}://127.0.0.1:{self.port}"
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._listener.serve, self._accept)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._tasks.cancel_scope.cancel()
        try:
            # What went wrong inside must come out as it is, not in a group.
            await self._tasks.__aexit__(None, None, None)
        finally:
            with anyio.CancelScope(shield=True):
                await self._listener.aclose()

    async def until(self, holds: Callable[[], bool]) -> bool:
        """Wait, as long as is reasonable, for something to hold, and say whether it does."""
        with anyio.move_on_after(PATIENCE):
            while not holds():  # noqa: ASYNC110 - what holds is seen from many sides
                await anyio.sleep(0.005)
        return holds()

    async def _accept(self, stream: SocketStream) -> None:
        self.connections += 1
        self.open += 1
        try:
            with suppress(*_HUNG_UP):
                await self._talk(Line(await self._dressed(stream)))
        finally:
            self.open -= 1
            with anyio.CancelScope(shield=True):
                await stream.aclose()

    async def _dressed(self, stream: SocketStream) -> AnyByteStream:
        if self._ssl_context is None:
            return stream
        return await TLSStream.wrap(
            stream, server_side=True, ssl_context=self._ssl_context, standard_compatible=False
        )


class Answering:
    """Answers every request alike, and keeps the requests."""

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.requests: list[bytes] = []

    async def __call__(self, line: Line) -> None:
        while True:
            self.requests.append(await line.request())
            await line.say(self.answer)
