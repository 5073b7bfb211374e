"""What is a WebSocket's own among the chat's lines."""

from importlib.util import find_spec
from typing import Any, Final

import attrs
import pytest

from connectycube.errors import ConnectError, InvalidInputError, StreamClosedError
from connectycube.frames import ChatAddress
from connectycube.testing._chat_peer import Peer, WebSocketPeer, serving
from connectycube.testing.raw_server import Line as RawLine
from connectycube.testing.raw_server import RawServer
from connectycube.transports.aiohttp_websocket import AiohttpConnector

pytestmark = pytest.mark.anyio

MESSAGE: Final = "<message xmlns='jabber:client' id='1'/>"
_LOOPS: Final = ["asyncio"] + ["uvloop"] * (find_spec("uvloop") is not None)


@pytest.fixture(scope="module", params=_LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return ("asyncio", {"use_uvloop": request.param == "uvloop"})


async def test_a_plain_websocket_to_elsewhere_is_refused() -> None:
    """A password is never sent in the open."""
    address = ChatAddress(
        domain="a.example",
        muc="muc.a.example",
        host="a.example",
        websocket_url="ws://a.example:5291/",
    )
    with pytest.raises(InvalidInputError, match="only for this machine"):
        await AiohttpConnector().connect(address)


@pytest.mark.parametrize("protocol", [None, "sama"])
async def test_a_websocket_of_another_protocol_is_no_line(protocol: str | None) -> None:

    async def talk(peer: Peer) -> None:
        assert isinstance(peer, WebSocketPeer)
        await peer.upgrade(protocol=protocol)
        await peer.gone()

    async with serving(talk) as server:
        with pytest.raises(ConnectError, match="does not speak XMPP"):
            await AiohttpConnector().connect(server.address)

        assert await server.until(lambda: server.open == 0)


async def test_a_redirect_is_not_followed() -> None:
    """It could lead out into the open."""
    visits: list[str] = []

    async def elsewhere(peer: Peer) -> None:
        visits.append(await peer.open())

    async with serving(elsewhere) as other:

        async def talk(raw: RawLine) -> None:
            await raw.head()
            there = other.address.websocket_url.replace("ws:", "http:")
            await raw.say(
                f"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode()
            )
            await raw.gone()

        async with RawServer(talk) as server:
            address = attrs.evolve(other.address, websocket_url=f"ws://127.0.0.1:{server.port}/")
            with pytest.raises(ConnectError, match="Redirected"):
                await AiohttpConnector().connect(address)

            assert ([], 0) == (visits, other.websocket.connections)


async def test_bytes_on_a_websocket_end_it() -> None:
    """XMPP is text."""

    async def talk(peer: Peer) -> None:
        assert isinstance(peer, WebSocketPeer)
        await peer.open()
        await peer.send(2, b"\x00\x01")
        await peer.gone()

    async with serving(talk) as server:
        stream = await AiohttpConnector().connect(server.address)
        with pytest.raises(StreamClosedError, match="no text"):
            await stream.receive()
        await stream.aclose()

        assert await server.until(lambda: server.open == 0)


async def test_elements_on_a_websocket_name_their_namespace() -> None:
    """There is no stream around them that would."""
    heard: list[str] = []
    frames = ["<presence/>", "<message to='a>b' xmlns='urn:x'/>", "<iq id=\"xmlns='1'\">x</iq>"]

    async def talk(peer: Peer) -> None:
        await peer.open()
        for _ in frames:
            heard.append(await peer.hear())  # noqa: PERF401 - what came before a failure is kept
        await peer.say(MESSAGE)
        await peer.gone()

    async with serving(talk) as server:
        stream = await AiohttpConnector().connect(server.address)
        for frame in frames:
            await stream.send(frame)
        await stream.receive()
        await stream.aclose()

    assert [
        "<presence xmlns='jabber:client'/>",
        "<message to='a>b' xmlns='urn:x'/>",
        "<iq xmlns='jabber:client' id=\"xmlns='1'\">x</iq>",
    ] == heard
