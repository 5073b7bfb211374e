"""The default line of the chat: TCP with TLS from the first byte, on asyncio and on trio."""

import ssl
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Final

import anyio
from anyio.abc import ByteStream

from connectycube.addresses import is_this_machine
from connectycube.errors import ConnectError, InvalidInputError, StreamClosedError
from connectycube.frames import ChatAddress
from connectycube.transports._elements import BadStreamError, ElementCutter, quoted

_HEADER: Final = (
    "<?xml version='1.0'?><stream:stream to='%s' version='1.0' xml:lang='en'"
    " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
_END: Final = b"</stream:stream>"
_GOODBYE: Final = 1.0
_GONE: Final = (
    anyio.BrokenResourceError,
    anyio.BusyResourceError,  # TLS wants to answer by itself while a frame is on its way
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    OSError,
)


class TcpConnector:
    """
    Opens lines over TCP, with TLS from the first byte on.

    Without a context, lines to this machine alone are plain: a local emulator has no certificate.

    Args:
        ssl_context: context for TLS, such as one that trusts a private authority.
        connect_timeout: seconds for the connection and TLS; `ConnectError` when they pass.

    Raises:
        InvalidInputError: a time that allows nothing.
    """

    def __init__(
        self, *, ssl_context: ssl.SSLContext | None = None, connect_timeout: float = 10.0
    ) -> None:
        if not connect_timeout > 0:  # NaN is refused as well
            raise InvalidInputError("connect_timeout must be positive")
        self._ssl_context = ssl_context
        self._connect_timeout = connect_timeout

    async def connect(self, address: ChatAddress, /) -> "TcpFrames":
        stream = await self._connected(address, self._context_for(address.host))
        frames = TcpFrames(stream, address.domain)
        try:
            await frames.open()
        except BaseException:
            await frames.abandon()
            raise
        return frames

    def _context_for(self, host: str) -> ssl.SSLContext | None:
        if self._ssl_context is None and not is_this_machine(host):
            return _default_context()
        return self._ssl_context

    async def _connected(self, address: ChatAddress, context: ssl.SSLContext | None) -> ByteStream:
        try:
            with anyio.fail_after(self._connect_timeout):
                if context is None:
                    return await anyio.connect_tcp(address.host, address.port)
                return await anyio.connect_tcp(
                    address.host,
                    address.port,
                    ssl_context=context,
                    tls_standard_compatible=False,  # XMPP says its own goodbye
                )
        except _GONE as error:
            where = f"{address.host}:{address.port}"
            raise ConnectError(f"no connection to {where}: {_reason(error)}") from None


class TcpFrames:
    """One line; see `FrameStream`."""

    # Plain lines lead to this machine alone.
    is_private = True

    def __init__(self, stream: ByteStream, domain: str) -> None:
        self._stream = stream
        self._header = (_HEADER % quoted(domain)).encode()
        self._cutter = ElementCutter()
        self._over: str | None = None
        self._unwritable: str | None = None
        self._closed = False

    async def open(self) -> None:
        """Open the stream, and wait until the server has done the same."""
        await self.restart()
        while not self._cutter.begun:
            await self._read()

    async def restart(self) -> None:
        self._cutter = ElementCutter()
        await self._write(self._header)

    async def send(self, frame: str, /) -> None:
        await self._write(frame.encode())

    async def send_all(self, frames: Sequence[str], /) -> None:
        await self._write("".join(frames).encode())

    async def receive(self) -> str:
        # What came whole before the end is given first.
        while not self._cutter.elements:
            await self._read()
        return self._cutter.elements.popleft()

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            if self._unwritable is None and (self._over is None or self._cutter.ended):
                with anyio.move_on_after(_GOODBYE), suppress(*_GONE):
                    await self._part()
        finally:
            await self.abandon()

    async def abandon(self) -> None:
        """Close the line at once."""
        self._closed = True
        self._end("the line is closed")
        self._cutter.elements.clear()
        # Shielded, for what is not sent yet is dropped at the second step only. Neither waits.
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()

    async def _part(self) -> None:
        """Say goodbye and hear out the server: what it says unheard would undo what we sent."""
        await self._stream.send(_END)
        while not self._cutter.ended:
            with suppress(BadStreamError):
                self._cutter.elements.clear()
                self._cutter.feed(await self._stream.receive())

    async def _read(self) -> None:
        if self._over is not None:
            raise StreamClosedError(self._over)
        try:
            data = await self._stream.receive()
            self._cutter.feed(data)  # which may be another by now: see `restart`
        except BadStreamError as error:
            self._end(f"the server sent what is refused: {error}")
        except _GONE as error:
            self._end(f"the line was cut: {_reason(error)}")
        if self._cutter.ended:
            self._end("the server closed the stream")

    async def _write(self, data: bytes) -> None:
        reason = self._over or self._unwritable
        if reason is not None:
            raise StreamClosedError(reason)
        try:
            await self._stream.send(data)
        except _GONE as error:
            # What has arrived may still be read.
            self._unwritable = f"the line was cut: {_reason(error)}"
            raise StreamClosedError(self._unwritable) from None
        except BaseException:
            self._unwritable = "the line was cut: a cancelled frame may have gone in part"
            raise

    def _end(self, reason: str) -> str:
        """Keep the first reason: others follow from it."""
        self._over = self._over or reason
        return self._over


@cache
def _default_context() -> ssl.SSLContext:
    """Load the machine's authorities once: that takes longer than all the rest of connecting."""
    return ssl.create_default_context()


def _reason(error: Exception) -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__} ({words})" if words else type(error).__name__
