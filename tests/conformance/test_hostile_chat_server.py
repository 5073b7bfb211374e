"""
What a hostile server says, or lets a hostile user say, over every line: refused, never a crash.

A message that ended the stream would be delivered again, and end it again, for ever.
"""

from typing import Any, Final

import pytest

from connectycube import ChatClosedError, ChatConnection, Disconnected, MessageReceived

from .connectors import LINES, Line
from .hostile_server import GOOD, ME, conversation, taken

pytestmark = pytest.mark.anyio

STRANGER: Final = "from='9-21@localhost/r'"
ROOM: Final = "21_6666c1d2a4b35e0017f0a922@muc.localhost"
NS: Final = "xmlns='jabber:client'"


@pytest.fixture(scope="module", params=LINES)
def line(request: pytest.FixtureRequest) -> Line:
    found: Line = request.param
    return found


@pytest.fixture(scope="module")
def anyio_backend(line: Line) -> Any:
    return line.backend


def message(inside: str, attributes: str = STRANGER) -> str:
    return f"<message {NS} type='chat' id='m' {attributes}>{inside}</message>"


def carbon(kind: str, attributes: str) -> str:
    copy = message("<body>forged</body>", f"from='{ME}/other' to='8-21@localhost'")
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{copy}</forwarded>"
    return message(f"<{kind} xmlns='urn:xmpp:carbons:2'>{forwarded}</{kind}>", attributes)


def presence(code: int, attributes: str) -> str:
    x = f"<x xmlns='http://jabber.org/protocol/muc#user'><status code='{code}'/></x>"
    return f"<presence {NS} {attributes}>{x}</presence>"


def nested(depth: int) -> str:
    return "<a>" * depth + "</a>" * depth


REACTION: Final = (
    "<reactions user_id='8' message_id='m'><reaction type='x' add='true'/></reactions>"
)
HEADLINE: Final = "<extraParams><moduleIdentifier>{}</moduleIdentifier>{}</extraParams>"

# Each means nothing, and changes nothing.
NOTHING: Final[dict[str, str]] = {
    "a message that is too deep": message(f"<body>x</body><extraParams>{nested(40)}</extraParams>"),
    "a message of thousands of floors": message(f"<body>x</body>{nested(20_000)}"),
    "a message of very many pieces": message(f"<body>x</body>{'x<a/>' * 120_000}"),
    "a message of very many prefixes": message(
        f"<k {' '.join(f'xmlns:p{n}={n!r}' for n in map(str, range(9_000)))}>{'<a/>' * 9_000}</k>"
    ),
    "an iq that is too deep": f"<iq {NS} type='get' id='i' {STRANGER}>{nested(100)}</iq>",
    "a copy sent by a stranger": carbon("sent", STRANGER),
    "a copy received by a stranger": carbon("received", STRANGER),
    "a copy by a neighbour": carbon("sent", "from='77-21@localhost'"),
    "a copy by a room": carbon("sent", f"from='{ROOM}/7'"),
    "a copy by who looks like us": carbon("sent", f"from='{ME}.example.org'"),
    "a copy by another domain": carbon("sent", "from='7-21@example.org'"),
    "a copy by another application": carbon("sent", "from='7-22@localhost'"),
    "a message of nobody": message("<body>x</body>", ""),
    "a message of another domain": message("<body>x</body>", "from='8-21@example.org'"),
    "a room of another domain": f"<message {NS} type='groupchat' id='m'"
    " from='21_6666c1d2a4b35e0017f0a922@muc.example.org/8'><body>x</body></message>",
    "a message of user nought": message("<body>x</body>", "from='0-21@localhost'"),
    "a user without end": message("<body>x</body>", f"from='{'9' * 5000}-21@localhost'"),
    "a user in other digits": message("<body>x</body>", "from='٣-21@localhost'"),
    "a room that we are told we are in": presence(110, f"from='{ROOM}/7'"),
    "a room that we are thrown out of": presence(301, f"from='{ROOM}/7' type='unavailable'"),
    "a room by a stranger": presence(110, f"from='{ROOM.replace('muc.', '')}/7'"),
    "somebody in a room unknown": presence(100, f"from='{ROOM}/9'"),
    "another's reaction": message(REACTION),
    "a system message without a name": message(HEADLINE.format("", "")).replace("chat", "headline"),
    "a signal that is a list": f"<message {NS} type='headline' {STRANGER}>"
    + HEADLINE.format("WebRTCVideoChat", "<signalType>a</signalType><signalType>b</signalType>")
    + "</message>",
    "an answer to nothing": f"<iq {NS} type='result' id='cc1' {STRANGER}/>",
    "an error about nothing": f"<iq {NS} type='error' id='cc1' {STRANGER}/>",
    "a question without an id": f"<iq {NS} type='get' {STRANGER}/>",
    "a question with an id without end": f"<iq {NS} type='get' id='{'&quot;' * 200_000}'/>",
    "a question of neither kind": f"<iq {NS} type='x' id='i'/>",
    "a count without end": f"<a xmlns='urn:xmpp:sm:3' h='{'9' * 5000}'/>",
    "a count of what never was": "<a xmlns='urn:xmpp:sm:3' h='4000000000'/>",
    "a count below nothing": "<a xmlns='urn:xmpp:sm:3' h='-1'/>",
    "counting again": "<enabled xmlns='urn:xmpp:sm:3'/>",
    "resumption that nobody asked for": "<resumed xmlns='urn:xmpp:sm:3' previd='x' h='7'/>",
    "a login that is over": "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "a refusal that is late": "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><x/></failure>",
    "features again": "<features xmlns='http://etherx.jabber.org/streams'/>",
    "nothing known": "<message xmlns='jabber:server'><body>x</body></message>",
    "a name without end": f"<{'a' * 500_000}/>",
}


@pytest.mark.parametrize("frame", NOTHING.values(), ids=NOTHING)
async def test_what_means_nothing_changes_nothing(line: Line, frame: str) -> None:
    """What follows is heard, and requests are still answered."""
    async with conversation(line.kind(), frame, GOOD) as (chat, _):
        [event] = await taken(chat)
        await chat.ping()

        assert isinstance(event, MessageReceived)
        assert "good" == event.message.body


# The longest that servers let anybody say, each character spelled as long as can be.
LONG: Final[dict[str, tuple[str, str]]] = {
    "text": ("<body>{}</body>", "&quot;"),
    "numbers": ("<body>{}</body>", "&#x22;"),
    "attributes": ("<body>x</body><extraParams><attachment data='{}'/></extraParams>", "&quot;"),
}


@pytest.mark.parametrize("kind", LONG)
async def test_nobody_can_say_so_much_that_it_ends_the_stream(line: Line, kind: str) -> None:
    """Half a megabyte of quotes is three on its way to us."""
    around, character = LONG[kind]
    frame = message(around.format(character * 500_000))
    async with conversation(line.kind(), frame, GOOD) as (chat, _):
        long, good = await taken(chat, 2)

        assert isinstance(long, MessageReceived)
        assert isinstance(good, MessageReceived)
        told = long.message.body, *(one.data or "" for one in long.message.attachments)
        assert 500_000 == max(map(len, told))


MARKED: Final = {
    "no id": ("type='chat'", None),
    "an id of its own kind": ("type='chat' id='purple-1'", "purple-1"),
    "an id without end": (f"type='chat' id='{'&quot;' * 100_000}'", None),
}


@pytest.mark.parametrize("kind", MARKED)
async def test_a_message_with_an_odd_id_can_be_marked(line: Line, kind: str) -> None:
    """What cannot be named is let be, by us and by an application that marks whatever comes."""
    attributes, named = MARKED[kind]
    frame = f"<message {NS} {STRANGER} {attributes}><body>x</body></message>"
    async with conversation(line.kind(), frame) as (chat, heard):
        [event] = await taken(chat)
        assert isinstance(event, MessageReceived)
        await chat.mark_read(event)
        await chat.reply(event, "answer")
        await chat.ping()

        marks = [each for each in heard if "chat-markers" in each]
        assert (0 if named is None else 2) == len(marks)
        assert named is None or all(f'id="{named}"' in each for each in marks)


FORGERS: Final = ("9-21@localhost/r", "8-22@localhost", "8-21@example.org", "localhost.example.org")


async def test_only_who_was_asked_can_answer(line: Line) -> None:
    """Ids are easy to guess, so an answer of anybody else is none."""
    seconds = "<query xmlns='jabber:iq:last' seconds='666'/>"
    forged = [
        f"<iq {NS} id='{{}}' type='{kind}' from='{by}'>{seconds}</iq>"
        for by in FORGERS
        for kind in ("result", "error")
    ]
    async with conversation(line.kind(), forged=forged) as (chat, _):
        await chat.ping()

        assert 5 == await chat.last_activity(8)


# These end the stream on TCP, where they are the stream; on a WebSocket they are one odd frame.
BROKEN: Final[dict[str, str]] = {
    "entities": "<!DOCTYPE m [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><message>&b;</message>",
    "an entity from elsewhere": "<!DOCTYPE m [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><m>&a;</m>",
    "an unknown entity": message("<body>&lol;</body>"),
    "a comment": message("<!-- x --><body>x</body>"),
    "an instruction": message("<?x y?><body>x</body>"),
    "control characters": message("<body>\x07</body>"),
    "control characters by number": message("<body>&#7;</body>"),
    "a tag that is not closed": "<message><body></message>",
    "a prefix of nothing": "<x:message xmlns='jabber:client'><x:body>x</x:body></message>",
    "attributes twice": "<message id='1' id='2'/>",
    "text alone": "hello",
    "a markup of its own": message("<![CDATA[x]]>]]>"),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_what_is_no_xmpp_is_refused(line: Line, kind: str) -> None:
    """Either it is let be or it ends the stream, as an event, and for whoever goes on using it."""
    async with conversation(line.kind(), BROKEN[kind], GOOD) as (chat, _):
        [event] = await taken(chat)

        if isinstance(event, MessageReceived):
            assert "good" == event.message.body
            await chat.ping()
        else:
            assert isinstance(event, Disconnected)
            await check_over(chat)


LINE_NOISE: Final = {
    "other bytes": b"\xff\xfe\x00\x01" * 100,
    "half a frame": b"\x81\x7e\xff\xff<message",
    "another stream": b"<stream:stream xmlns:stream='x'><stream:stream><!DOCTYPE x>",
    "a frame without end": b"\x81\x7f\x00\x00\x00\xff\x00\x00\x00\x00",
    "a frame of gibberish": b"\x81\x04\xff\xfe\xfd\xfc",
    "an element without end": b"<message><body>" + b"x" * 5_000_000,
    "an attribute without end": b"<message a='" + b"x" * 5_000_000,
}


@pytest.mark.parametrize("kind", LINE_NOISE)
async def test_noise_ends_the_conversation_as_an_event(line: Line, kind: str) -> None:
    """The server hangs up behind it, so whoever has not ended it by then learns of that."""
    async with conversation(line.kind(), LINE_NOISE[kind], hangs_up=True) as (chat, _):
        [event] = await taken(chat)

        assert isinstance(event, Disconnected)
        await check_over(chat)


async def check_over(chat: ChatConnection) -> None:
    assert [] == await taken(chat)
    with pytest.raises(ChatClosedError):
        await chat.ping()
