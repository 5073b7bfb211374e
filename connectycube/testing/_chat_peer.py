"""The server's end of a chat line, over TCP or a WebSocket, that says what it is told."""

import base64
import hashlib
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, Protocol, TypeAlias

import anyio

from connectycube.frames import ChatAddress
from connectycube.testing.raw_server import PATIENCE, Line, RawServer

STREAM: Final = (
    b"<?xml version='1.0'?><stream:stream from='localhost' id='1' version='1.0'"
    b" xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
FRAMING: Final = "urn:ietf:params:xml:ns:xmpp-framing"
_LARGEST: Final = 4 * 1024 * 1024
_CLOSE, _TEXT = 8, 1


class Peer(Protocol):
    """The server's end of one line; what hangs up at the other end ends the talk quietly."""

    async def open(self) -> str:
        """Await the opening of a stream, answer it, and return it."""
        ...

    async def hear(self) -> str:
        """Return the next element, or what ends the stream."""
        ...

    async def say(self, *frames: str) -> None:
        """Say elements in one go."""
        ...

    async def dribble(self, frame: str) -> None:
        """Say an element in as many pieces as can be."""
        ...

    async def end(self) -> None:
        """End the stream politely."""
        ...

    async def reset(self) -> None:
        """Cut the line, as a machine does that goes down."""
        ...

    async def gone(self) -> None:
        """Wait until the other end hangs up, and answer its goodbye."""
        ...


Talk: TypeAlias = Callable[[Peer], Awaitable[object]]


class TcpPeer:
    """Over TCP."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._incoming = line._incoming  # noqa: SLF001 - same kit

    async def open(self) -> str:
        opening = ""
        while not opening.startswith("<stream:stream"):
            opening = await self._tag()
        await self.line.say(STREAM)
        return opening

    async def hear(self) -> str:
        tag = await self._tag()
        if tag.endswith("/>") or tag.startswith("</"):
            return tag
        end = f"</{tag[1:-1].split(maxsplit=1)[0]}>"
        rest = await self._incoming.receive_until(end.encode(), _LARGEST)
        return tag + rest.decode() + end

    async def say(self, *frames: str) -> None:
        await self.line.say("".join(frames).encode())

    async def dribble(self, frame: str) -> None:
        for byte in frame.encode():
            await self.line.say(bytes([byte]))

    async def end(self) -> None:
        await self.line.say(b"</stream:stream>")

    async def reset(self) -> None:
        await self.line.reset()

    async def gone(self) -> None:
        await _gone(self)

    async def _tag(self) -> str:
        return (await self._incoming.receive_until(b">", _LARGEST)).decode().strip() + ">"


class WebSocketPeer:
    """Over a WebSocket, as little of it as is needed."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._incoming = line._incoming  # noqa: SLF001 - same kit
        self._upgraded = False

    async def upgrade(self, *, protocol: str | None = "xmpp") -> str:
        """Take the request for a WebSocket, and return it."""
        head = (await self.line.head()).decode()
        fields = dict(each.split(": ", 1) for each in head.split("\r\n")[1:] if ": " in each)
        key = {name.lower(): value for name, value in fields.items()}["sec-websocket-key"]
        digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode())  # noqa: S324 - RFC 6455
        chosen = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        await self.line.say(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {base64.b64encode(digest.digest()).decode()}\r\n"
            f"{chosen}\r\n".encode()
        )
        self._upgraded = True
        return head

    async def open(self) -> str:
        if not self._upgraded:
            await self.upgrade()
        opening = await self.hear()
        await self.say(f"<open xmlns='{FRAMING}' from='localhost' id='1' version='1.0'/>")
        return opening

    async def hear(self) -> str:
        operation, data = await self._message()
        if operation == _CLOSE:
            await self.send(_CLOSE, data)
            raise anyio.EndOfStream
        return data.decode()

    async def say(self, *frames: str) -> None:
        await self.line.say(b"".join(_packed(_TEXT, frame.encode()) for frame in frames))

    async def dribble(self, frame: str) -> None:
        for byte in _packed(_TEXT, frame.encode()):
            await self.line.say(bytes([byte]))

    async def end(self) -> None:
        await self.say(f"<close xmlns='{FRAMING}'/>")

    async def reset(self) -> None:
        await self.line.reset()

    async def gone(self) -> None:
        await _gone(self)

    async def send(self, operation: int, data: bytes) -> None:
        """Send a message of any kind."""
        await self.line.say(_packed(operation, data))

    async def _message(self) -> tuple[int, bytes]:
        first, size = await self._incoming.receive_exactly(2)
        length = size & 127
        if length > 125:  # noqa: PLR2004 - RFC 6455
            octets = 2 if length == 126 else 8  # noqa: PLR2004 - RFC 6455
            length = int.from_bytes(await self._incoming.receive_exactly(octets))
        mask = await self._incoming.receive_exactly(4)
        data = await self._incoming.receive_exactly(length) if length else b""
        repeated = (mask * (length // 4 + 1))[:length]
        return first & 15, (int.from_bytes(data) ^ int.from_bytes(repeated)).to_bytes(length)


async def _gone(peer: Peer) -> None:
    while True:
        if (await peer.hear()).startswith(("</stream", "<close")):
            await peer.end()


def _packed(operation: int, data: bytes) -> bytes:
    first = bytes([128 | operation])
    if len(data) < 126:  # noqa: PLR2004 - RFC 6455
        return first + bytes([len(data)]) + data
    octets, mark = (2, 126) if len(data) < 1 << 16 else (8, 127)
    return first + bytes([mark]) + len(data).to_bytes(octets) + data


class ChatServer:
    """
    Two doors of one server on this machine.

    Attributes:
        tcp: what answers over TCP.
        websocket: what answers over WebSockets.
        address: leads to both.
    """

    def __init__(self, tcp: RawServer, websocket: RawServer, patience: float) -> None:
        self._patience = patience
        self.tcp = tcp
        self.websocket = websocket
        self.address = ChatAddress(
            domain="localhost",
            muc="muc.localhost",
            host="127.0.0.1",
            port=tcp.port,
            websocket_url=f"ws://127.0.0.1:{websocket.port}/",
        )

    @property
    def open(self) -> int:
        """How many lines are open on our side."""
        return self.tcp.open + self.websocket.open

    async def until(self, holds: Callable[[], bool]) -> bool:
        """Wait, as long as is reasonable, for something to hold, and say whether it does."""
        with anyio.move_on_after(self._patience):
            return await self.tcp.until(holds)
        return holds()


@asynccontextmanager
async def serving(
    talk: Talk, *, ssl_context: ssl.SSLContext | None = None, patience: float = PATIENCE
) -> AsyncGenerator[ChatServer]:
    """Give a server that talks on each line as it was told."""

    async def over_tcp(line: Line) -> None:
        await talk(TcpPeer(line))

    async def over_websocket(line: Line) -> None:
        await talk(WebSocketPeer(line))

    async with AsyncExitStack() as stack:
        tcp = await stack.enter_async_context(RawServer(over_tcp, ssl_context=ssl_context))
        websocket = await stack.enter_async_context(
            RawServer(over_websocket, ssl_context=ssl_context)
        )
        yield ChatServer(tcp, websocket, patience)
