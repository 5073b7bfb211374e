"""What a line over TCP refuses to take for a stream."""

import ssl
from typing import Final

import pytest

from connectycube.errors import StreamClosedError
from connectycube.frames import FrameStream
from connectycube.testing._chat_peer import Peer, TcpPeer, serving
from connectycube.transports.tcp import TcpConnector

pytestmark = pytest.mark.anyio

MESSAGE: Final = "<message xmlns='jabber:client' id='1'/>"

BAD_STREAMS: Final = {
    b"HTTP/1.1 400 Bad Request\r\n\r\n": "not XML",
    b"<html><body>": "does not begin as an XMPP stream",
    b"<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>": (
        "does not begin as an XMPP stream"
    ),
    b"<!DOCTYPE x [<!ENTITY a 'b'>]><stream:stream>": "a DTD",
}


@pytest.mark.parametrize("said", BAD_STREAMS)
async def test_what_does_not_begin_as_a_stream_is_refused(said: bytes) -> None:
    """Whatever answers there is no chat, and is not shown in the error."""

    async def talk(peer: Peer) -> None:
        assert isinstance(peer, TcpPeer)
        await peer.line.say(said)
        await peer.gone()

    async with serving(talk) as server:
        with pytest.raises(StreamClosedError, match=BAD_STREAMS[said]):
            await TcpConnector().connect(server.address)

        assert await server.until(lambda: server.open == 0)


async def heard_out(stream: FrameStream) -> None:
    while True:
        await stream.receive()


BAD_FRAMES: Final = {
    b"<message/><!-- hidden -->": "a comment",
    b"<message/><?php echo ?>": "a processing instruction",
    b"<message/> text <message/>": "text between elements",
    b"<message/><message>&secret;</message>": "not XML",
    b"<message/><message></iq>": "not XML",
    b"<message/><body>" + b"x" * 4_200_000: "too large",
    b"<message/>\xff": "not XML",
}


@pytest.mark.parametrize("said", BAD_FRAMES)
async def test_what_no_stream_may_hold_ends_it(said: bytes) -> None:
    """What came whole before is given, and the reason is kept for whoever asks again."""

    async def talk(peer: Peer) -> None:
        assert isinstance(peer, TcpPeer)
        await peer.open()
        await peer.line.say(said)
        await peer.gone()

    async with serving(talk) as server:
        stream = await TcpConnector().connect(server.address)
        came = await stream.receive()
        with pytest.raises(StreamClosedError, match=BAD_FRAMES[said]):
            await heard_out(stream)
        with pytest.raises(StreamClosedError, match=BAD_FRAMES[said]):
            await stream.send(MESSAGE)
        await stream.aclose()

        assert "<message/>" == came


@pytest.mark.parametrize(
    ("host", "encrypted"),
    [
        ("chat.connectycube.com", True),
        ("192.168.1.7", True),
        ("localhost.example.org", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_only_lines_to_this_machine_are_plain(host: str, *, encrypted: bool) -> None:
    """A local network is not private enough for a password."""
    assert encrypted is (TcpConnector()._context_for(host) is not None)


def test_a_given_context_is_used_even_here() -> None:
    context = ssl.create_default_context()

    assert context is TcpConnector(ssl_context=context)._context_for("localhost")
