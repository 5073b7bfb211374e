"""The chat's doors: the streams of TCP, and the frames of a WebSocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from aiohttp import WSMsgType, web

from .hosts import ADDRESS
from .xmpp_namespaces import CLIENT, FRAMING, STREAMS
from .xmpp_xml import LARGEST, Element, Reader, StreamFault, parse

if TYPE_CHECKING:
    from ssl import SSLContext

    from .xmpp import Xmpp
    from .xmpp_line import Line

_CHUNK: Final = 64 * 1024
_GRACE: Final = 1.0  # seconds for the last words, which the other end may never read
_LAST_WORDS: Final = 0.02  # seconds for them when the server stops
_TICK: Final = 0.5  # seconds between looks at what time has made due
_PROTOCOL: Final = "xmpp"


class _Wire(Protocol):
    """Move elements over one open connection."""

    async def read(self) -> tuple[list[Element], StreamFault | None] | None:
        """Return what came, and what is wrong behind it; None at the end."""

    async def write(self, elements: list[Element]) -> None:
        """Send elements; raises `OSError` where nobody takes them."""

    async def close(self, *, is_cut: bool) -> None:
        """Close the connection; a cut one loses what is still on its way."""


async def converse(xmpp: Xmpp, wire: _Wire) -> None:
    """Let a client speak with the chat until one of them has had enough."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        # The loop may be closing, and then nobody needs to know.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(news.set)

    line = xmpp.connect(wake)
    try:
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(_listen(xmpp, wire, line))
            with suppress(OSError):
                while True:
                    is_last = line.is_closed  # asked first: closing comes behind the last words
                    if elements := line.take():
                        if delay := xmpp.faults.delay_of(line):
                            await _keep_back(line, news, delay)
                        # What is still on its way is lost where the line was cut meanwhile.
                        if not line.is_cut:
                            await wire.write(elements)
                    elif is_last:
                        break
                    else:
                        await news.wait()
                        news.clear()
            listening.cancel()
    finally:
        xmpp.lost(line)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_GRACE):
                await wire.close(is_cut=line.is_cut)


async def _keep_back(line: Line, news: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until the line is cut."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not line.is_cut:
                news.clear()
                await news.wait()


async def _listen(xmpp: Xmpp, wire: _Wire, line: Line) -> None:
    with suppress(OSError):
        while (read := await wire.read()) is not None:
            elements, fault = read
            for element in elements:
                xmpp.receive(line, element)
            if fault is not None:
                xmpp.fail(line, fault)
    xmpp.lost(line)


class ChatPorts:
    """The chat's own ports: one without TLS, and one with it where there is a certificate."""

    def __init__(self, xmpp: Xmpp) -> None:
        self._xmpp = xmpp
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, port: int, tls: SSLContext | None = None) -> int:
        """Open a port and return its number."""
        server = await asyncio.start_server(self._serve, ADDRESS, port, ssl=tls)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def watch(self) -> None:
        """Do what time makes due, for as long as this runs."""
        while True:
            await asyncio.sleep(_TICK)
            if self._xmpp.sessions:
                self._xmpp.settle()

    async def close(self) -> None:
        """Say goodbye to everybody, and close the ports."""
        self._xmpp.faults.shut_down()
        for server in self._servers:
            server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_WORDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine: some task runs it
        self._tasks.add(task)
        try:
            # Only `close` cancels, and asyncio would report that as a fault of ours.
            with suppress(asyncio.CancelledError):
                await converse(self._xmpp, StreamWire(reader, writer))
        finally:
            self._tasks.discard(task)


class StreamWire:
    """Carry elements in an XML stream over TCP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._xml = Reader()

    async def read(self) -> tuple[list[Element], StreamFault | None] | None:
        data = await self._reader.read(_CHUNK)
        return self._xml.feed(data) if data else None

    async def write(self, elements: list[Element]) -> None:
        self._writer.write("".join(map(self._written, elements)).encode())
        await self._writer.drain()

    async def close(self, *, is_cut: bool) -> None:
        if is_cut:
            self._writer.transport.abort()
            return
        self._writer.close()
        await self._writer.wait_closed()

    def _written(self, element: Element) -> str:
        if element.xmlns != FRAMING:
            # A client begins its stream anew behind this.
            if element.name == "success":
                self._xml = Reader()
            return str(element)
        if element.name == "close":
            return "</stream:stream>"
        # The one prefix: every server writes it, since the whole stream hangs on it.
        header = Element("stream:stream", CLIENT, {"xmlns:stream": STREAMS, **element.attributes})
        return f"<?xml version='1.0'?>{str(header).removesuffix('/>')}>"


class FrameWire:
    """Carry elements as frames of a WebSocket (RFC 7395)."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self._socket = socket

    async def read(self) -> tuple[list[Element], StreamFault | None] | None:
        message = await self._socket.receive()
        if message.type is WSMsgType.BINARY:
            return [], StreamFault("bad-format")
        if message.type is not WSMsgType.TEXT:
            return None
        try:
            return [parse(message.data)], None
        except StreamFault as fault:
            return [], fault

    async def write(self, elements: list[Element]) -> None:
        for element in elements:
            await self._socket.send_str(str(element))

    async def close(self, *, is_cut: bool) -> None:
        if is_cut and self._request.transport is not None:
            self._request.transport.abort()
        await self._socket.close()


async def serve_websocket(xmpp: Xmpp, request: web.Request) -> web.StreamResponse:
    """Take a WebSocket that speaks XMPP, and no other."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    if _PROTOCOL not in (one.strip() for one in offered):
        return web.Response(status=400, text="the chat speaks the sub-protocol xmpp only\n")
    socket = web.WebSocketResponse(
        # What is a little too large is told so; what is far too large is not read at all.
        protocols=(_PROTOCOL,),
        max_msg_size=2 * LARGEST,
        timeout=_GRACE,
        compress=False,
    )
    await socket.prepare(request)
    await converse(xmpp, FrameWire(request, socket))
    return socket
