"""The way from an open line to a conversation, as a dialogue."""
# ruff: noqa: E501 - a frame stands on one line, to be read as it is sent

from typing import Any

import pytest

from connectycube.chat.element import parse
from connectycube.chat.events import MessageReceived
from connectycube.chat.outcome import Ended, Online
from connectycube.chat.protocol import RESTART, State
from connectycube.chat.state import TRANSITIONS, Turn
from connectycube.errors import ChatClosedError, ChatRefusedError, InvalidInputError

from .chat_talk import (
    BOUND,
    COPIED,
    COUNTED,
    LOGIN,
    MECHANISMS,
    MESSAGE,
    MY_JID,
    MY_USER,
    OFFERS,
    SUCCESS,
    Talk,
    message,
    online,
)

AUTH = f'<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">{LOGIN}</auth>'
BIND = '<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>'
COPY = '<iq xmlns="jabber:client" type="set" id="carbons"><enable xmlns="urn:xmpp:carbons:2"/></iq>'
COUNT = '<enable xmlns="urn:xmpp:sm:3" resume="true"/>'
PRESENCE = '<presence xmlns="jabber:client"/>'
REFUSED = (
    '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/><text>No.</text></failure>'
)


def test_a_login() -> None:
    """Login, address, copies and counts, and only then presence."""
    talk = Talk()
    dialogue: list[Any] = []
    states = []
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED, COUNTED):
        dialogue.append((talk.hears(frame), talk.says()))
        states.append(talk.protocol.state)

    assert [
        ([], [AUTH]),
        ([], [RESTART]),
        ([], [BIND]),
        ([], [COPY, COUNT]),
        ([], []),
        ([Online(MY_JID)], [PRESENCE]),
    ] == dialogue
    assert [
        State.NEGOTIATING,
        *[State.BINDING] * 4,
        State.ONLINE,
    ] == states
    assert MY_JID == talk.protocol.jid


@pytest.mark.parametrize(
    ("options", "frames"),
    [
        ({"carbons": False}, (MECHANISMS, SUCCESS, OFFERS, BOUND, COUNTED)),
        ({"stream_management": False}, (MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED)),
        ({}, (MECHANISMS, SUCCESS, OFFERS.replace("sm:3", "sm:2"), BOUND, COPIED)),
        ({"carbons": False, "stream_management": False}, (MECHANISMS, SUCCESS, OFFERS, BOUND)),
        ({"resource": "phone"}, (MECHANISMS, SUCCESS, OFFERS, BOUND, COUNTED, COPIED)),
        ({}, (MECHANISMS, SUCCESS, OFFERS, BOUND, '<iq type="error" id="carbons"/>', '<failed xmlns="urn:xmpp:sm:3"/>')),
        ({}, (MECHANISMS, "<message/>", "<iq/>", SUCCESS, SUCCESS, OFFERS, '<iq id="x"/>', BOUND, BOUND, "junk", COPIED, COUNTED)),
    ],
)  # fmt: skip
def test_other_ways_to_be_online(options: dict[str, Any], frames: tuple[str, ...]) -> None:
    """Copies and counts are nice to have; what was not awaited is let be."""
    talk = Talk(**options)
    told = talk.open()
    for frame in frames:
        assert [] == told
        told = talk.hears(frame)

    assert [Online(MY_JID)] == told
    assert PRESENCE == talk.says()[-1]


def test_a_resource_is_asked_for_by_name() -> None:
    """Where the application gives its device a name."""
    talk = Talk(resource="phone")
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS):
        talk.hears(frame)
    bind = parse(talk.says()[-1]).children[0]

    assert "phone" == bind.children[0].text


@pytest.mark.parametrize(
    ("frames", "condition"),
    [
        ([MECHANISMS, REFUSED], "not-authorized"),
        ([MECHANISMS.replace("PLAIN", "SCRAM-SHA-1")], "invalid-mechanism"),
        (["<stream:features/>"], "invalid-mechanism"),
        ([MECHANISMS, '<challenge xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>'], "malformed-request"),
        ([MECHANISMS, SUCCESS, OFFERS, '<iq type="error" id="bind"><error><conflict xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>'], "conflict"),
        ([MECHANISMS, SUCCESS, OFFERS, BOUND.replace("7-774", "9-774")], "undefined-condition"),
        ([MECHANISMS, SUCCESS, OFFERS, '<iq type="result" id="bind"/>'], "undefined-condition"),
        (['<stream:error><system-shutdown xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>'], "system-shutdown"),
        (['<error xmlns="http://etherx.jabber.org/streams"/>'], "undefined-condition"),
    ],
)  # fmt: skip
def test_a_refusal(frames: list[str], condition: str) -> None:
    """It ends the conversation, and says why."""
    talk = Talk()
    told = talk.open()
    for frame in frames:
        told = talk.hears(frame)
    [ended] = told

    assert isinstance(ended, Ended)
    assert isinstance(ended.error, ChatRefusedError)
    assert (condition, State.CLOSED) == (ended.error.condition, talk.protocol.state)
    assert [] == talk.hears(BOUND)


@pytest.mark.parametrize("frame", [REFUSED, SUCCESS, BOUND, COUNTED, "<success/>"])
def test_what_nobody_awaits(frame: str) -> None:
    """An answer to what was not asked changes nothing."""
    talk = Talk()
    talk.open()

    assert ([], [], State.NEGOTIATING) == (talk.hears(frame), talk.says(), talk.protocol.state)


def test_no_password_for_whoever_reads_along() -> None:
    """PLAIN is never spoken on a line that others can read."""
    talk = Talk()
    [ended] = talk.open(is_private=False)
    talk.hears(MECHANISMS)

    assert "encryption-required" == ended.error.condition
    assert ([], State.CLOSED) == (talk.says(), talk.protocol.state)


@pytest.mark.parametrize("password", ["", "canary\0", "canary\ud800"])
def test_what_is_no_password(password: str) -> None:
    """It is refused before it could break the line."""
    with pytest.raises(InvalidInputError):
        Talk().protocol.opened(password, is_private=True, now=0.0)


def test_what_came_early_is_told_once_online() -> None:
    """Messages between login and address wait, and come behind `Online`."""
    talk = Talk()
    talk.open()
    told = []
    for frame in (
        MECHANISMS,
        SUCCESS,
        message("<body>early</body>"),
        OFFERS,
        BOUND,
        COPIED,
        COUNTED,
    ):
        told += talk.hears(frame)

    assert [Online, MessageReceived] == [type(each) for each in told]
    assert 2 == len(talk.says()[-2:])


def test_a_flood_before_the_login_is_bounded() -> None:
    """Nobody can fill the memory by talking early."""
    talk = Talk()
    talk.open()
    told = []
    for number in range(1500):
        told += talk.hears(message("<body>x</body>").replace(MESSAGE, f"{number:024x}"))
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED, COUNTED):
        told += talk.hears(frame)

    assert 1001 == len(told)


def test_the_end_is_told_once() -> None:
    """Whatever comes after it."""
    talk = online()
    told = [talk.cut("gone"), talk.cut("again"), talk.close()]

    assert [1, 0, 0] == [len(each) for each in told]
    [ended] = told[0]
    assert "gone" == ended.error.reason


def test_goodbye() -> None:
    """Presence goes, what arrived is told, and no end comes as a surprise."""
    talk = online()
    told = talk.close()
    said = talk.says()

    assert ([], State.CLOSING) == (told, talk.protocol.state)
    assert [
        '<presence xmlns="jabber:client" type="unavailable"/>',
        '<a xmlns="urn:xmpp:sm:3" h="0"/>',
    ] == said
    assert ([], None) == (talk.cut("closed"), talk.protocol.deadline())
    assert State.CLOSED is talk.protocol.state


def test_goodbye_before_the_login() -> None:
    """There is nobody to say it to."""
    talk = Talk()
    talk.open()
    [ended] = talk.close()

    assert isinstance(ended.error, ChatClosedError)
    assert ([], State.CLOSED) == (talk.says(), talk.protocol.state)


def test_a_broken_stream() -> None:
    """The service's reason is kept."""
    talk = online()
    [ended] = talk.hears(
        '<stream:error><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>'
        '<text xmlns="urn:ietf:params:xml:ns:xmpp-streams">Replaced</text></stream:error>'
    )

    assert ("conflict", "conflict: Replaced") == (ended.error.condition, str(ended.error))


def test_the_address_before_the_login() -> None:
    """It is known but for the device."""
    assert MY_USER == Talk().protocol.jid


def test_every_state_can_end() -> None:
    """And a closed conversation goes nowhere."""
    assert set(State) == set(TRANSITIONS)
    assert {Turn.ENDED: State.CLOSED}.items() <= TRANSITIONS[State.CLOSING].items()
    assert [State.CLOSED] == [
        state for state, ways in TRANSITIONS.items() if Turn.ENDED not in ways
    ]
