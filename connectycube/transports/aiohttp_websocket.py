"""
The chat's other line: a WebSocket, for networks that let little else out; asyncio alone.

The framing is that of RFC 7395: each message is one element.
"""

import os
import re
import ssl
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import anyio
import anyio.lowlevel

from connectycube.addresses import is_this_machine
from connectycube.errors import ConnectError, InvalidInputError, StreamClosedError
from connectycube.frames import ChatAddress
from connectycube.transports._elements import LARGEST_ELEMENT, quoted

_FRAMING: Final = "urn:ietf:params:xml:ns:xmpp-framing"
_OPEN: Final = f"<open xmlns='{_FRAMING}' to='%s' version='1.0'/>"
_CLOSE: Final = f"<close xmlns='{_FRAMING}'/>"
_START_TAG: Final = re.compile(r"\s*<([^\s/>]++)(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_GOODBYE: Final = 1.0
_FAILURES: Final = (aiohttp.ClientError, OSError, TimeoutError)


class AiohttpConnector:
    """
    Opens lines over WebSockets. `ws://` may lead to this machine alone.

    Args:
        proxy: URL of an HTTP proxy; it may hold a user and a password.
        ssl_context: context for `wss`, such as one that trusts a private authority.
        connect_timeout: seconds for the connection, TLS and the WebSocket's own handshake;
            `ConnectError` when they pass.

    Raises:
        InvalidInputError: a time that allows nothing.
    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        connect_timeout: float = 10.0,
    ) -> None:
        if not connect_timeout > 0:  # NaN is refused as well
            raise InvalidInputError("connect_timeout must be positive")
        self._proxy = proxy
        self._ssl_context = ssl_context
        self._connect_timeout = connect_timeout

    async def connect(self, address: ChatAddress, /) -> "WebSocketFrames":
        _check(address.websocket_url)
        session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_stay,),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        try:
            socket = await self._connected(session, address.websocket_url)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await session.close()
            raise
        frames = WebSocketFrames(session, socket, address.domain)
        try:
            await frames.open()
        except BaseException:
            await frames.abandon()
            raise
        return frames

    async def _connected(
        self, session: aiohttp.ClientSession, url: str
    ) -> "aiohttp.ClientWebSocketResponse[bool]":
        try:
            with anyio.fail_after(self._connect_timeout):
                return await session.ws_connect(
                    url,
                    protocols=("xmpp",),
                    proxy=self._proxy,
                    ssl=self._ssl_context or True,
                    max_msg_size=LARGEST_ELEMENT,
                )
        except _FAILURES as error:
            raise ConnectError(f"no WebSocket: {_reason(error)}") from None


class WebSocketFrames:
    """One line; see `FrameStream`."""

    # Plain lines lead to this machine alone.
    is_private = True

    def __init__(
        self,
        session: aiohttp.ClientSession,
        socket: "aiohttp.ClientWebSocketResponse[bool]",
        domain: str,
    ) -> None:
        self._session = session
        self._socket = socket
        self._domain = domain
        self._over: str | None = None
        self._unwritable: str | None = None
        self._closed = False

    async def open(self) -> None:
        """Open the stream, and wait until the server has done the same."""
        if self._socket.protocol != "xmpp":
            raise ConnectError("no WebSocket: the server does not speak XMPP over it")
        await self.restart()
        name, _ = await self._next()
        if name != "open":
            reason = "the server sent what is refused: it does not begin as an XMPP stream"
            raise StreamClosedError(self._end(reason))

    async def restart(self) -> None:
        await self._write(_OPEN % quoted(self._domain))

    async def send(self, frame: str, /) -> None:
        await self._write(_declared(frame))

    async def receive(self) -> str:
        while True:
            name, frame = await self._next()
            if name != "open":  # else it answers a restart
                return frame

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            with anyio.move_on_after(_GOODBYE), suppress(*_FAILURES):
                await anyio.lowlevel.checkpoint()  # who was cancelled before says no goodbye
                if self._over is None:
                    await self._part()
                await self._socket.close()
        finally:
            await self.abandon()

    async def abandon(self) -> None:
        """Close the line at once."""
        self._closed = True
        self._end("the line is closed")
        with anyio.CancelScope(shield=True) as scope:
            scope.cancel()  # it would wait for the server's goodbye
            await self._socket.close()
        with anyio.CancelScope(shield=True):
            await self._session.close()

    async def _part(self) -> None:
        """Say goodbye and hear out the server: what it says unheard would undo what we sent."""
        with suppress(StreamClosedError):
            await self._write(_CLOSE)
            while True:
                await self._next()

    async def _next(self) -> tuple[str, str]:
        """Return the name of the next element, and the element."""
        if self._over is not None:
            raise StreamClosedError(self._over)
        message = await self._socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            frame: str = message.data
            found = _START_TAG.match(frame)
            name = found[1] if found else ""
            if name != "close" or _FRAMING not in frame:
                return name, frame
            reason = "the server closed the stream"
        elif message.type is aiohttp.WSMsgType.BINARY:
            reason = "the server sent what is refused: no text"
        else:
            reason = f"the line was cut: WebSocket closed ({self._socket.close_code})"
        raise StreamClosedError(self._end(reason))

    async def _write(self, frame: str) -> None:
        reason = self._over or self._unwritable
        if reason is not None:
            raise StreamClosedError(reason)
        try:
            await self._socket.send_str(frame)
        except _FAILURES as error:
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


class _Redirected(aiohttp.ClientError):
    """A WebSocket is asked for where it is known to be, and nowhere else."""


async def _stay(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    response = await handler(request)
    if response.status // 100 == 3:  # noqa: PLR2004 - HTTP
        response.close()
        raise _Redirected
    return response


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidInputError("hosts.chat_websocket is no URL") from None
    if parts.scheme not in ("ws", "wss") or not host:
        raise InvalidInputError("hosts.chat_websocket must be a wss:// URL")
    if parts.scheme == "ws" and not is_this_machine(host):
        raise InvalidInputError(
            "hosts.chat_websocket may be ws:// only for this machine: passwords travel in it"
        )


def _declared(frame: str) -> str:
    """Let an element name its namespace itself, since no stream around it does."""
    found = _START_TAG.match(frame)
    if found is None or re.search(r"\sxmlns\s*=", found[0]):
        return frame
    at = found.end(1)
    return f"{frame[:at]} xmlns='jabber:client'{frame[at:]}"


def _reason(error: BaseException) -> str:
    """Name an error by its class and the system's own words; its own may show the address."""
    words = None
    if isinstance(error, aiohttp.ClientConnectorError):
        words = error.os_error.strerror
    elif isinstance(error, aiohttp.WSServerHandshakeError):
        words = f"status {error.status}"
    elif isinstance(error, OSError) and error.errno:
        words = os.strerror(error.errno)
    return f"{type(error).__name__.lstrip('_')} ({words})" if words else type(error).__name__
