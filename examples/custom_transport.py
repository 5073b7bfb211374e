"""
A transport of one's own: HTTP/1.1 by hand, over a new connection for each request.

`check_transport` says what such a thing must still learn; the client then works over it as over
any other. For `https` it would need a `TLSStream` of anyio around its stream.
Run it as it stands: it talks to a local emulator.
"""

from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteStream
from anyio.streams.buffered import BufferedByteReceiveStream

from connectycube import (
    ClosedError,
    ConnectError,
    ConnectyCube,
    Headers,
    LoginPassword,
    Request,
    TransportError,
)
from connectycube.emulator import Emulator
from connectycube.testing import check_transport

BROKEN = (anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead, ValueError)


class PlainResponse:
    """One answer; it is the iterator of its body as well."""

    def __init__(self, stream: ByteStream, label: str) -> None:
        self._stream, self._label = stream, label
        self._incoming = BufferedByteReceiveStream(stream)
        self._left = 0  # of the body, or of the running chunk
        self.status, self.headers = 0, Headers()

    async def read_head(self) -> None:
        head = (await self._incoming.receive_until(b"\r\n\r\n", 65536)).decode("latin-1")
        first, *fields = head.split("\r\n")
        version, status, *_ = first.split(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError(version)
        named = [field.partition(":") for field in fields]
        self.status = int(status)
        self.headers = Headers({name: value.strip() for name, _, value in named})
        self._left = int(self.headers.get("Content-Length", "0"))

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self])

    def iter_bytes(self) -> "PlainResponse":
        return self

    def __aiter__(self) -> "PlainResponse":
        return self

    async def __anext__(self) -> bytes:
        try:
            while not self._left and "Transfer-Encoding" in self.headers:
                if size := await self._incoming.receive_until(b"\r\n", 100):
                    self._left = int(size, 16) or -1
            if self._left <= 0:
                raise StopAsyncIteration
            piece = await self._incoming.receive(self._left)
        except BROKEN:
            raise TransportError(f"{self._label}: the answer was cut") from None
        self._left -= len(piece)
        return piece

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()


class PlainTransport:
    """Keeps no connection, so there is none to be stale; it counts what it sends."""

    def __init__(self) -> None:
        self.sent, self._closed = 0, False

    async def send(self, request: Request, /) -> PlainResponse:
        if self._closed:
            raise ClosedError("this PlainTransport is closed")
        url = urlsplit(request.url)
        try:
            stream = await anyio.connect_tcp(url.hostname or "", url.port or 80)
        except OSError:
            raise ConnectError(f"{request.label}: no connection") from None
        response = PlainResponse(stream, request.label)
        try:
            await self._write(stream, request, f"{url.path or '/'}?{url.query}".rstrip("?"))
            await response.read_head()
        except BROKEN:
            await response.aclose()
            raise TransportError(f"{request.label}: no answer") from None
        except BaseException:
            await response.aclose()
            raise
        return response

    async def _write(self, stream: ByteStream, request: Request, target: str) -> None:
        headers = {"Host": urlsplit(request.url).netloc, **request.headers, "Connection": "close"}
        if isinstance(request.body, bytes):
            headers["Content-Length"] = str(len(request.body))
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.sent += 1
        await stream.send(f"{request.method} {target} HTTP/1.1\r\n{fields}\r\n".encode())
        if isinstance(request.body, bytes):
            await stream.send(request.body)
        elif request.body is not None:
            async for piece in request.body.open():
                await stream.send(piece)

    async def aclose(self) -> None:
        self._closed = True


async def main() -> None:
    await check_transport(PlainTransport)
    print("check_transport: every promise of the Protocol is kept")
    transport = PlainTransport()
    async with (
        Emulator() as emulator,
        ConnectyCube(
            emulator.app_id,
            emulator.auth_key,
            auth=LoginPassword("mara", "long-enough-1"),
            base_url=emulator.base_url,
            transport=transport,
        ) as cube,
    ):
        session = await cube.create_session()
        user = await cube.users.get(session.user_id or 0)
    await transport.aclose()
    print(f"users.get: {user.login}, user {user.id}, after {transport.sent} requests by hand")


if __name__ == "__main__":
    anyio.run(main)
