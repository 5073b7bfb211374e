"""The doors of the emulator's chat: TCP, TLS, WebSocket."""

import asyncio
import base64
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

import aiohttp
import pytest
import trustme

from connectycube.emulator import Emulator
from connectycube.emulator.records import User

HEADER = (
    "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
OPEN = f'<open xmlns="{FRAMING}" to="localhost" version="1.0"/>'
BIND = (
    '<iq type="set" id="b" xmlns="jabber:client">'
    '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>r</resource></bind></iq>'
)
PRESENCE = '<presence xmlns="jabber:client"/>'
CA = trustme.CA()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("127.0.0.1").configure_cert(context)
    with Emulator(chat_tls=context) as emulator:
        yield emulator


def auth(emulator: Emulator, user: User) -> str:
    token = emulator.world.open_session(user, ts=0).token
    text = base64.b64encode(f"\0{user.id}-{emulator.app_id}\0{token}".encode()).decode()
    return f'<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">{text}</auth>'


class Stream:
    """A raw XML stream."""

    def __init__(self, emulator: Emulator, *, tls: bool = False) -> None:
        self.emulator = emulator
        port = emulator.chat_tls_port if tls else emulator.chat_port
        assert port is not None
        self.line = socket.create_connection(("127.0.0.1", port), timeout=30)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            CA.configure_trust(context)
            self.line = context.wrap_socket(self.line, server_hostname="127.0.0.1")
        self.seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()

    def say(self, text: str, until: str) -> str:
        """Send text, and return what comes up to and with this."""
        self.line.sendall(text.encode())
        return self.wait(until)

    def wait(self, until: str) -> str:
        while until not in self.seen:
            data = self.line.recv(65536)
            assert data, f"closed before {until!r}"
            self.seen += data.decode()
        before, _, self.seen = self.seen.partition(until)
        return before + until

    def rest(self) -> str:
        """Return what comes up to the end."""
        while data := self.line.recv(65536):
            self.seen += data.decode()
        return self.seen

    def log_in(self, user: User) -> str:
        self.say(HEADER, "</features>")
        self.say(auth(self.emulator, user), "<success")
        self.say(HEADER, "</features>")
        bound = self.say(BIND, "</iq>")
        self.say(PRESENCE, "<presence")
        self.wait(">")
        return bound


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_stream_goes_through_to_a_bound_device(emulator: Emulator, *, tls: bool) -> None:
    user = emulator.world.add_user(login="mar")
    with Stream(emulator, tls=tls) as stream:
        bound = stream.log_in(user)

        assert f"<jid>{user.id}-21@localhost/r</jid>" in bound
        assert user.is_online
        assert "" == stream.say("</stream:stream>", "</stream:stream>")[: -len("</stream:stream>")]
        assert "" == stream.rest()
    assert not user.is_online


def test_the_header_and_the_features_are_as_every_client_expects(emulator: Emulator) -> None:
    with Stream(emulator) as stream:
        answer = stream.say(HEADER, "</features>")

    header = (
        r"<\?xml version='1.0'\?><stream:stream xmlns=\"jabber:client\" xmlns:stream=\"[^>]+\">"
    )
    assert re.match(header, answer)
    assert 'from="localhost"' in answer
    assert '<features xmlns="http://etherx.jabber.org/streams"><mechanisms' in answer


def test_messages_cross_from_a_thread_to_the_lines(emulator: Emulator) -> None:
    """What a test or a call over HTTP causes arrives without anything else happening."""
    user, other = (emulator.world.add_user(login=name) for name in ("mar", "sim"))
    with Stream(emulator) as stream:
        stream.log_in(user)
        emulator.world.chat.deliver_system(other.id, user.id, {"step": "one"})
        emulator.service.xmpp.settle()

        assert "<step>one</step>" in stream.wait("</message>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!-- x -->", "restricted-xml"),
        ("<a>\x07</a>", "not-well-formed"),
        ("<a>" + "x" * 300_000, "policy-violation"),
        ("<iq xmlns='jabber:client'/>", "not-authorized"),
    ],
)
def test_what_cannot_be_read_ends_the_stream(emulator: Emulator, text: str, expected: str) -> None:
    with Stream(emulator) as stream:
        stream.say(HEADER, "</features>")
        stream.line.sendall(text.encode())

        assert stream.wait("</stream:stream>").startswith(
            '<error xmlns="http://etherx.jabber.org/streams"><' + expected
        )


def test_a_cut_line_ends_without_a_word(emulator: Emulator) -> None:
    user = emulator.world.add_user(login="mar")
    with Stream(emulator) as stream:
        stream.log_in(user)
        emulator.chat_faults.cut(user.id)

        with suppress(ConnectionResetError):
            stream.rest()
        assert "" == stream.seen


def test_what_goes_to_clients_comes_as_late_as_told(emulator: Emulator) -> None:
    """Where the line is cut meanwhile it does not come at all."""
    mar, sim = (emulator.world.add_user(login=name) for name in ("mar", "sim"))
    ping = '<iq type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>'
    to = f"{mar.id}-{emulator.app_id}@localhost"
    with Stream(emulator) as stream, Stream(emulator) as other:
        stream.log_in(mar)
        other.log_in(sim)
        emulator.chat_faults.delay(0.3, user_id=mar.id)
        began = time.monotonic()
        stream.say(ping, "/>")
        took = time.monotonic() - began
        emulator.chat_faults.delay(300, user_id=mar.id)
        other.say(f'<message to="{to}" id="late"><body>late</body></message>{ping}', "/>")
        emulator.chat_faults.cut(mar.id)
        with suppress(ConnectionResetError):
            stream.rest()

    assert 0.3 <= took
    assert "" == stream.seen


def test_stopping_says_goodbye(emulator: Emulator) -> None:
    """Also a line that hangs is closed."""
    mar, sim = (emulator.world.add_user(login=name) for name in ("mar", "sim"))
    with Stream(emulator) as stream, Stream(emulator) as hanging:
        stream.log_in(mar)
        hanging.log_in(sim)
        emulator.chat_faults.hang(sim.id)
        emulator.stop()

        assert "system-shutdown" in stream.rest()
        with suppress(ConnectionResetError):
            hanging.rest()
    assert (False, False) == (mar.is_online, sim.is_online)


def test_the_addresses_name_the_doors(emulator: Emulator) -> None:
    assert f"ws://127.0.0.1:{emulator.port}/_chat" == emulator.chat_url
    assert f"127.0.0.1:{emulator.chat_tls_port}" == emulator.hosts.chat
    with Emulator() as plain:
        assert (f"127.0.0.1:{plain.chat_port}", None) == (plain.hosts.chat, plain.chat_tls_port)


@pytest.mark.asyncio
async def test_frames_go_through_to_a_bound_device(emulator: Emulator) -> None:
    user = emulator.world.add_user(login="mar")
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(emulator.chat_url, protocols=["xmpp"]) as frames,
    ):
        got = []
        for text, answers in (
            (OPEN, 2),
            (auth(emulator, user), 1),
            (OPEN, 2),
            (BIND, 1),
            (PRESENCE, 1),
            (f'<close xmlns="{FRAMING}"/>', 1),
        ):
            await frames.send_str(text)
            got += [await frames.receive_str(timeout=30) for _ in range(answers)]
        end = await frames.receive(timeout=30)

    assert "xmpp" == frames.protocol
    names = [re.findall(r"^<(\w+)", frame)[0] for frame in got]
    assert "open features success open features iq presence close" == " ".join(names)
    assert aiohttp.WSMsgType.CLOSE == end.type
    assert not user.is_online


@pytest.mark.asyncio
@pytest.mark.parametrize("frame", ["<open", b"<open/>"], ids=["torn", "binary"])
async def test_an_odd_frame_ends_the_stream(emulator: Emulator, frame: str | bytes) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(emulator.chat_url, protocols=["xmpp"]) as frames,
    ):
        await (frames.send_str(frame) if isinstance(frame, str) else frames.send_bytes(frame))

        assert (await frames.receive_str(timeout=30)).startswith("<error")
        assert "<close" == (await frames.receive_str(timeout=30))[:6]


@pytest.mark.asyncio
@pytest.mark.parametrize("protocols", [(), ("other",)])
async def test_another_sub_protocol_is_refused(
    emulator: Emulator, protocols: tuple[str, ...]
) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(emulator.chat_url, protocols=protocols)

    assert 400 == caught.value.status


@pytest.mark.asyncio
async def test_a_cut_websocket_ends_without_a_word(emulator: Emulator) -> None:
    user = emulator.world.add_user(login="mar")
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(emulator.chat_url, protocols=["xmpp"]) as frames,
    ):
        for text, answers in ((OPEN, 2), (auth(emulator, user), 1)):
            await frames.send_str(text)
            for _ in range(answers):
                await frames.receive_str(timeout=30)
        await asyncio.to_thread(emulator.chat_faults.cut)
        end = await frames.receive(timeout=30)

    assert end.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
