"""The connections of one transport, opened for httpcore2 and owned by us."""

import ssl
from collections.abc import Iterable
from typing import Any, cast

import anyio
import anyio.lowlevel
import httpcore2


class Sockets(httpcore2.AsyncNetworkBackend):
    """
    Opens connections, and closes every one that is left, whatever a pool believes to hold.

    A pool gives up a connection that is cancelled during TLS without closing it, and one that is
    cancelled between that and its first request stays in the pool, where nobody can use it.
    """

    def __init__(self) -> None:
        # It serves trio as well. The name may stand for a placeholder, where anyio is missing.
        self._network = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())
        self.open: set[_Socket] = set()
        self.is_closed = False

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        stream = await self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        made = _Socket(stream, self)
        await made.check()
        return made

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)

    async def aclose(self) -> None:
        self.is_closed = True
        with anyio.CancelScope(shield=True):
            for stream in list(self.open):
                await stream.aclose()


class _Socket(httpcore2.AsyncNetworkStream):
    """One connection, with TLS around it once it was started."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, sockets: Sockets) -> None:
        self._stream = stream
        self._sockets = sockets
        sockets.open.add(self)

    async def check(self) -> None:
        """Close it where it came too late, at the last await before it is put to use."""
        try:
            if self._sockets.is_closed:
                raise httpcore2.ConnectError("closed meanwhile")
            await anyio.lowlevel.checkpoint_if_cancelled()
        except BaseException:
            await self._abandon()
            raise

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        self._sockets.open.discard(self)
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            self._stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._abandon()
            raise
        await self.check()
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    async def _abandon(self) -> None:
        with anyio.CancelScope(shield=True):
            await self.aclose()
