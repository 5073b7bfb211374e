"""
What hostile people say to the service, and through it to others, by real ports.

Whoever breaks the rules loses their own stream at most; nobody else's ends, and nothing crashes.
"""

import logging
import random
from typing import Any, Final

import pytest
from anyio import to_thread

from connectycube import (
    ChatConnection,
    InvalidInputError,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessageRefused,
    SystemMessage,
)
from connectycube.emulator import Emulator
from tests.system.test_emulator_chat_ports import HEADER, Stream, auth

from .stage import Person, Stage, before, gather, hear, settled

pytestmark = pytest.mark.anyio

PING: Final = "<iq type='get' id='last'><ping xmlns='urn:xmpp:ping'/></iq>"
Q: Final = '"'


def message(inside: str, attributes: str = "id='m'") -> str:
    return f"<message to='TO' type='chat' {attributes}>{inside}</message>"


def extra(inside: str) -> str:
    return message(f"<body>x</body><extraParams>{inside}</extraParams>")


# What ends the stream of whoever says it, and how it is told; `None`: the stream goes on.
ATTACKS: Final[dict[str, tuple[str | bytes, str | None]]] = {
    "entities": ("<!DOCTYPE m [<!ENTITY a 'aaaa'>]><message>&a;</message>", "not-well-formed"),
    "an unknown entity": (message("<body>&lol;</body>"), "not-well-formed"),
    "an instruction": ("<?x y?>", "restricted-xml"),
    "a comment": (message("<!-- x -->"), "restricted-xml"),
    "control characters": (message("<body>\x07</body>"), "not-well-formed"),
    "control characters by number": (message("<body>&#7;</body>"), "not-well-formed"),
    "half characters": (b"<message><body>\xed\xa0\x80</body></message>", "not-well-formed"),
    "bytes": (b"\xff\xfe\x00\x01", "not-well-formed"),
    "too deep": (extra("<a>" * 100 + "</a>" * 100), "policy-violation"),
    "too large": (message(f"<body>{'x' * 300_000}</body>"), "policy-violation"),
    "little that becomes much": (
        extra(f"<k xmlns:p='{'n' * 1000}'>{'<p:a/>' * 30_000}</k>"),
        "policy-violation",
    ),
    "a count without end": (
        f"<enable xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='{'9' * 5000}'/>",
        "bad-format",
    ),
    "a stream in a stream": ("<stream:stream to='x'/>", "unsupported-stanza-type"),
    "a login again": (
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>",
        "unsupported-stanza-type",
    ),
    "quotes": (message(f"<body>{Q * 250_000}</body>"), None),
    "ampersands": (message(f"<body><![CDATA[{'&' * 250_000}]]></body>"), None),
    "quotes in an attribute": (extra(f"<attachment data='{Q * 250_000}'/>"), None),
    "an id of quotes": (message("<body>x</body>", f"id='{Q * 100_000}'"), None),
    "no id": (message("<body>x</body>", ""), None),
    "many elements": (extra("<a/>" * 20_000), None),
    "many attributes": (
        extra(f"<attachment {' '.join(f'a{n}={Q}{Q}' for n in range(10_000))}/>"),
        None,
    ),
    "somebody else's name": (message("<body>x</body>", "from='TO'"), None),
    "a copy": (
        message(
            "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
            "<message xmlns='jabber:client' from='TO' to='TO' type='chat' id='n'><body>forged"
            "</body></message></forwarded></sent>"
        ),
        None,
    ),
    "an answer": ("<iq type='result' to='TO' id='cc1'/>", None),
    "a question": ("<iq type='get' to='TO' id='q'><query xmlns='jabber:iq:roster'/></iq>", None),
    "a room's word": (
        (
            "<presence to='TO'><x xmlns='http://jabber.org/protocol/muc#user'>"
            "<status code='301'/></x></presence>"
        ),
        None,
    ),
    "an odd address": ("<message to='@@@///&lt;' id='m'><body>x</body></message>", None),
    "an odd room": ("<presence to='21_zzz@muc.localhost/7'/>", None),
    "an odd list": (
        (
            "<iq type='set' id='p'><query xmlns='jabber:iq:privacy'><list name='x'><item type='jid'"
            " value='@' order='99999999999999999999' action='deny'/></list></query></iq>"
        ),
        None,
    ),
}


@pytest.mark.parametrize("kind", ATTACKS)
async def test_nobody_suffers_for_what_another_says(
    stage: Stage, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    attack, ending = ATTACKS[kind]
    mar, sim = stage.mar, stage.sim
    async with mar.talks() as victim, sim.talks() as friend:
        told = await to_thread.run_sync(assault, stage.emulator, stage.pat, mar.id, attack)
        await friend.send(mar.id, "good")
        events = await before(victim, "good")
        await settled(victim, friend)

    own = [event for event in events if isinstance(event, MessageReceived)]
    assert (f"<{ending} " in told) if ending else ('id="last"' in told)
    assert {stage.pat.id} >= {event.user_id for event in own}
    assert not any("forged" in event.message.body for event in own)
    assert [] == [event for event in events if not isinstance(event, MessageReceived)]
    assert [] == [one.message for one in caplog.records if one.levelno >= logging.ERROR]


def assault(emulator: Emulator, by: Person, whom: int, attack: str | bytes) -> str:
    """Say something to somebody, and return all that is answered, up to the end or a ping's."""
    if isinstance(attack, str):
        attack = attack.replace("TO", f"{whom}-21@localhost").encode()
    with Stream(emulator) as stream:
        stream.log_in(by.user)
        stream.line.sendall(attack + PING.encode())
        while not any(end in stream.seen for end in ('id="last"', "</stream:stream>")):
            data = stream.line.recv(65536)
            assert data, "the line ended without a word"
            stream.seen += data.decode()
        return stream.seen


BEGINNINGS: Final[dict[str, bytes]] = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "a DTD": b"<!DOCTYPE x><stream:stream>",
    "another root": b"<html xmlns='jabber:client'>",
    "no end": b"<stream:stream to='" + b"x" * 400_000,
    "a domain without end": HEADER.replace("localhost", "x" * 200_000).encode(),
    "a password of nothing": HEADER.encode()
    + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>=</auth>" * 9,
    "a password without a name": HEADER.encode()
    + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AAAA</auth>" * 9,
    "a resumption": HEADER.encode() + b"<resume xmlns='urn:xmpp:sm:3' previd='x' h='-1'/>",
    "a message": HEADER.encode() + b"<message to='x'><body>x</body></message>",
    "nothing at all": b"",
}


def test_no_beginning_hurts(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever begins oddly is told so or left alone, and the next one comes in."""
    for beginning in BEGINNINGS.values():
        with Stream(emulator) as stream:
            stream.line.sendall(beginning)
    check_open(emulator, caplog)


def test_no_damage_on_the_line_hurts(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """Whole conversations with a few bytes changed, at any place."""
    user = emulator.world.add_user(login="pat", password="canary-of-pat")
    good = message("<body>x</body><markable xmlns='urn:xmpp:chat-markers:0'/>")
    wanted = f"{HEADER}{auth(emulator, user)}{HEADER}{good}{PING}</stream:stream>".encode()
    chance = random.Random(8)  # noqa: S311 - chance, not secrecy
    for _ in range(100):
        damaged = bytearray(wanted)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b"<>/'\"&= \x00\xffax")
        with Stream(emulator) as stream:
            stream.line.sendall(damaged)
    check_open(emulator, caplog)


def check_open(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """Expect that the next one comes in, and that nothing has crashed."""
    user = emulator.world.add_user(login="somebody")
    with Stream(emulator) as stream:
        assert "<jid>" in stream.log_in(user)
    assert [] == [one.message for one in caplog.records if one.levelno >= logging.ERROR]


async def test_who_is_not_in_a_group_neither_hears_nor_speaks_in_it(stage: Stage) -> None:
    """Nor do they change what was said there."""
    mar, sim, pat = stage.mar, stage.sim, stage.pat
    group = await mar.cube.chat.dialogs.create_group("Crew", [sim.id])
    async with mar.talks() as owner, sim.talks() as member, pat.talks() as stranger:
        sent = (await owner.send(group, "ours")).message_id
        assert sent == (await hear(member, MessageReceived)).message.id
        refused = [(await stranger.send(group, text)).message_id for text in ("mine", "again")]
        for to in (group, sim.id):
            await stranger.edit(to, sent, "forged")
            await stranger.delete(to, sent)
        await settled(stranger)
        back = await gather(stranger, MessageRefused, 6)
        await owner.send(group, "end")

        assert refused == [one.message_id for one in back[:2]]
        kinds = MessageReceived | MessageEdited | MessageDeleted
        heard = await before(member, "end")
        assert [] == [event for event in heard if isinstance(event, kinds)]
    [kept, _] = (await mar.cube.chat.messages.find(group, sort="date_sent")).items
    assert ("ours", sent) == (kept.text, kept.id)


# Every control character, both halves of a character alone, and what is none at all.
ILLEGAL: Final = (
    "".join(chr(code) for code in range(0x20) if chr(code) not in "\t\n\r")
    + "\ud800\udfff\ufffe\uffff"
)
LEGAL: Final = "\t\n\r <&>\"' ]]> \x7f\x85\x9f\u2028\ufffd \U0001f40e ٣ é"
MIXED: Final = "".join(LEGAL[n % len(LEGAL)] + char for n, char in enumerate(ILLEGAL)) + LEGAL
CLEAN: Final = "".join(char for char in MIXED if char not in ILLEGAL)


async def test_no_text_ends_a_stream_on_its_way_out(stage: Stage) -> None:
    """What XML cannot carry is left out, wherever it stands, and all else arrives to the letter."""
    mar, sim = stage.mar, stage.sim
    async with mar.talks() as one, sim.talks() as other:
        sent = await one.send(
            sim.id,
            MIXED,
            attachments=[{"type": "file", "name": MIXED, "own": MIXED}],
            extra={"text": MIXED, "deep": {"er": MIXED}},
        )
        first = (await hear(other, MessageReceived)).message
        await one.edit(sim.id, sent, MIXED)
        edited = await hear(other, MessageEdited)
        await one.send_system(sim.id, {"text": MIXED}, body=MIXED)
        system = await hear(other, SystemMessage)
        await check_unsayable(one, sim.id)
        await settled(one, other)

        [attached] = first.attachments
        assert (CLEAN, {"text": CLEAN, "deep": {"er": CLEAN}}) == (first.body, first.params)
        assert (CLEAN, {"own": CLEAN}) == (attached.name, attached.extra)
        assert (CLEAN, CLEAN) == (edited.body, system.body)
        assert {"text": CLEAN} == system.params
    [kept] = (await sim.cube.chat.messages.find(first.dialog_id or "")).items
    assert (sent.message_id, CLEAN, CLEAN) == (kept.id, kept.text, kept.params["text"])


UNSAYABLE: Final[list[dict[str, Any]]] = [
    {"a b": "x"},
    {"": "x"},
    {"0": "x"},
    {"a:b": "x"},
    {"xmlns": "x"},
    {"<x/>": "x"},
    {"a\x07": "x"},
    {"\ud800": "x"},
    {"deep": {"a b": "x"}},
    {"list": ["x"]},
    {"object": object()},
]


async def check_unsayable(chat: ChatConnection, to: int) -> None:
    for params in UNSAYABLE:
        with pytest.raises(InvalidInputError):
            await chat.send(to, "x", extra=params)
    for body in (ILLEGAL, "", "x" * 300_000):
        with pytest.raises(InvalidInputError):
            await chat.send(to, body)


async def test_no_text_of_rest_ends_a_stream(stage: Stage) -> None:
    """REST takes what XML cannot carry, and tells it to the chat without."""
    mar, sim = stage.mar, stage.sim
    legal = "".join(char for char in MIXED if not "\ud800" <= char <= "\udfff")  # JSON has none
    async with sim.talks() as other:
        dialog = await mar.cube.chat.dialogs.create_private(sim.id)
        made: Message = await mar.cube.chat.messages.create(
            dialog, legal, send_to_chat=True, params={"text": legal, "a b": "x"}
        )
        heard = (await hear(other, MessageReceived)).message
        await settled(other)

        assert (made.id, CLEAN) == (heard.id, heard.body)
        assert {"text": CLEAN} == heard.params
