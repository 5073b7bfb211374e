"""What each chat line refuses, and that nothing is said where others could read along."""

import ssl
from typing import Final

import anyio
import attrs
import pytest
import trustme

from connectycube.errors import ConnectError, InvalidInputError, StreamClosedError
from connectycube.frames import ChatAddress
from connectycube.testing._chat_peer import Peer, serving
from connectycube.testing.raw_server import Line as RawLine
from connectycube.testing.raw_server import RawServer

from .connectors import LINES, Line

pytestmark = pytest.mark.anyio

AUTHORITY: Final = trustme.CA()
ELSEWHERE: Final = trustme.CA()
MESSAGE: Final = "<message xmlns='jabber:client' id='1'/>"


@pytest.fixture(scope="module", params=LINES)
def line(request: pytest.FixtureRequest) -> Line:
    found: Line = request.param
    return found


@pytest.fixture(scope="module")
def anyio_backend(line: Line) -> object:
    return line.backend


def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def encrypted(address: ChatAddress) -> ChatAddress:
    return attrs.evolve(address, websocket_url=address.websocket_url.replace("ws:", "wss:"))


async def polite(peer: Peer) -> None:
    await peer.open()
    await peer.say(MESSAGE)
    await peer.gone()


async def test_a_line_with_tls_is_taken(line: Line) -> None:
    """With its authority in the context, a private service is reached."""
    async with serving(polite, ssl_context=certified(AUTHORITY)) as server:
        connector = line.kind(ssl_context=trusting())
        stream = await connector.connect(encrypted(server.address))
        came = await stream.receive()
        await stream.aclose()

        assert (MESSAGE, True) == (came, stream.is_private)
        assert await server.until(lambda: server.open == 0)


async def test_an_unknown_authority_hears_nothing(line: Line) -> None:
    """A certificate of somebody else's is a ConnectError, and no stream is opened."""
    heard: list[str] = []

    async def talk(peer: Peer) -> None:
        heard.append(await peer.open())

    async with serving(talk, ssl_context=certified(ELSEWHERE)) as server:
        with pytest.raises(ConnectError, match=r"^no \w+"):
            await line.kind(ssl_context=trusting()).connect(encrypted(server.address))

        assert [] == heard
        assert await server.until(lambda: server.open == 0)


async def test_a_connector_without_time_is_refused(line: Line) -> None:
    with pytest.raises(InvalidInputError, match="connect_timeout"):
        line.kind(connect_timeout=0)


async def test_a_server_that_never_answers_is_given_up(line: Line) -> None:
    """A server that takes the connection and says nothing to TLS or HTTP is no line."""

    async def silent(raw: RawLine) -> None:
        await raw.gone()

    async with RawServer(silent) as server:
        address = ChatAddress(
            domain="localhost",
            muc="muc.localhost",
            host="127.0.0.1",
            port=server.port,
            websocket_url=f"wss://127.0.0.1:{server.port}/",
        )
        connector = line.kind(ssl_context=trusting(), connect_timeout=0.05)
        with pytest.raises(ConnectError, match="TimeoutError"):
            await connector.connect(address)

        assert await server.until(lambda: server.open == 0)


async def test_a_frame_cancelled_half_way_ends_the_line(line: Line) -> None:
    """What would follow it could be read as a part of it."""

    async def deaf(peer: Peer) -> None:
        await peer.open()
        await anyio.sleep_forever()

    frame = f"<message xmlns='jabber:client'><body>{'x' * 900_000}</body></message>"
    async with serving(deaf) as server:
        stream = await line.kind().connect(server.address)
        with anyio.move_on_after(0.3):
            while True:
                await stream.send(frame)
        with pytest.raises(StreamClosedError, match="cancelled frame"):
            await stream.send(MESSAGE)
        with anyio.fail_after(5):
            await stream.aclose()
        with pytest.raises(StreamClosedError, match="the line"):
            await stream.send(MESSAGE)
