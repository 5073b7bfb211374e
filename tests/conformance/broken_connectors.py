"""Connectors that break one promise each, around one that keeps all."""

from collections.abc import Sequence
from typing import Any

import anyio

from connectycube.errors import ConnectError, StreamClosedError
from connectycube.frames import ChatAddress
from connectycube.transports.tcp import TcpConnector, TcpFrames


class WrappedConnector:
    """A good connector, to be broken."""

    async def connect(self, address: ChatAddress, /) -> "WrappedConnector":
        self.inner: TcpFrames = await TcpConnector().connect(address)
        return self

    @property
    def is_private(self) -> bool:
        return self.inner.is_private

    async def send(self, frame: str, /) -> None:
        await self.inner.send(frame)

    async def receive(self) -> str:
        return await self.inner.receive()

    async def restart(self) -> None:
        await self.inner.restart()

    async def aclose(self) -> None:
        await self.inner.aclose()


class FearsItself(WrappedConnector):
    @property
    def is_private(self) -> bool:
        return False


class CutsFrames(WrappedConnector):
    async def send(self, frame: str, /) -> None:
        await self.inner.send(frame.replace("🐎", "?"))


class SendsBackwards(WrappedConnector):
    async def send_all(self, frames: Sequence[str], /) -> None:
        await self.inner.send_all(frames[::-1])


class TidiesFrames(WrappedConnector):
    async def receive(self) -> str:
        return (await self.inner.receive()).replace("&amp;", "&")


class ForgetsWhenCancelled(WrappedConnector):
    async def receive(self) -> str:
        frame = await self.inner.receive()
        await anyio.sleep(0.002)
        return frame


class HearsTheOldStream(WrappedConnector):
    """What arrives after a restart is read as more of what was before."""

    async def restart(self) -> None:
        old = self.inner._cutter
        await self.inner.restart()
        self.inner._cutter = old


class RestartsQuietly(WrappedConnector):
    async def restart(self) -> None:
        await self.inner.restart()
        self.inner._cutter.elements.append("<stream:stream>")


class EndsOddly(WrappedConnector):
    async def receive(self) -> str:
        try:
            return await self.inner.receive()
        except StreamClosedError:
            raise anyio.EndOfStream from None


class SendsIntoTheVoid(WrappedConnector):
    async def send(self, frame: str, /) -> None:
        try:
            await self.inner.send(frame)
        except StreamClosedError:
            return


class LetsConnectErrorsThrough(WrappedConnector):
    async def connect(self, address: ChatAddress, /) -> "WrappedConnector":
        try:
            return await super().connect(address)
        except ConnectError:
            raise OSError from None


class HangsUp(WrappedConnector):
    async def aclose(self) -> None:
        await self.inner.abandon()


class AlwaysSaysGoodbye(WrappedConnector):
    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self.inner.aclose()


class ClosesNothing(WrappedConnector):
    def __init__(self) -> None:
        self.closed = False

    async def receive(self) -> str:
        if self.closed:
            raise StreamClosedError
        return await self.inner.receive()

    async def aclose(self) -> None:
        self.closed = True


class WaitsForGoodbye(WrappedConnector):
    async def aclose(self) -> None:
        try:
            await self.inner.send("</stream:stream>")
            while True:
                await self.inner.receive()
        except StreamClosedError:
            await self.inner.abandon()


class LeavesLinesBehind(WrappedConnector):
    left: list[Any]

    async def connect(self, address: ChatAddress, /) -> "WrappedConnector":
        try:
            stream = await anyio.connect_tcp(address.host, address.port)
        except OSError:
            raise ConnectError from None
        LeavesLinesBehind.left.append(stream)
        self.inner = TcpFrames(stream, address.domain)
        await self.inner.open()
        return self


class ShowsWhatItSent(WrappedConnector):
    said = ""

    async def send(self, frame: str, /) -> None:
        self.said = frame
        await self.inner.send(frame)

    def __repr__(self) -> str:
        return f"<line, said {self.said}>"
