"""Rooms: entering, leaving, being thrown out, and who else comes and goes."""
# ruff: noqa: E501 - a frame stands on one line, to be read as it is sent

from typing import Any

import pytest

from connectycube.chat.element import parse
from connectycube.chat.events import Kicked, OccupantJoined, OccupantLeft
from connectycube.chat.outcome import Answered
from connectycube.errors import ChatTimeoutError, StanzaError

from .chat_talk import DIALOG, ME, MY_JID, OTHER_DIALOG, ROOM, THEM, Talk, online

X = "http://jabber.org/protocol/muc#user"


def presence(user_id: Any, *codes: int, kind: str = "", room: str = ROOM, inner: str = "") -> str:
    statuses = "".join(f'<status code="{code}"/>' for code in codes)
    attribute = f' type="{kind}"' if kind else ""
    return (
        f'<presence from="{room}/{user_id}" to="{MY_JID}"{attribute}>'
        f'<x xmlns="{X}"><item/>{statuses}{inner}</x></presence>'
    )


def inside() -> Talk:
    talk = online()
    talk.protocol.join(DIALOG, talk.now)
    talk.hears(presence(ME, 110))
    talk.says()
    return talk


def test_joining() -> None:
    """Nothing of the room's past is wanted; the roll is no news, and 110 is the answer."""
    talk = online()
    request_id = talk.protocol.join(DIALOG, talk.now)
    asked = talk.asks()
    told = [talk.hears(presence(THEM)), talk.hears(presence(ME, 100, 110))]

    assert request_id.endswith(":join")
    assert (
        parse(
            f'<presence to="{ROOM}/7" id="{request_id}"><x xmlns="http://jabber.org/protocol/muc">'
            '<history maxstanzas="0"/></x></presence>'
        )
        == asked
    )
    assert [[], [Answered(request_id)]] == told
    assert {DIALOG} == talk.protocol.rooms


def test_joining_twice() -> None:
    """Whoever waits for the same room gets the same answer."""
    talk = online()
    ids = [talk.protocol.join(DIALOG, talk.now), talk.protocol.join(DIALOG, talk.now)]

    assert [Answered(each) for each in ids] == talk.hears(presence(ME, 110))


@pytest.mark.parametrize("has_id", [True, False])
def test_a_refused_join(*, has_id: bool) -> None:
    """The room says why; the caller is not in it."""
    talk = online()
    request_id = talk.protocol.join(DIALOG, talk.now)
    attribute = f'id="{request_id}"' if has_id else ""
    [failed] = talk.hears(
        f'<presence from="{ROOM}/7" type="error" {attribute}><error code="403" type="auth">'
        '<forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text>No.</text></error></presence>'
    )

    assert isinstance(failed.error, StanzaError)
    assert ("forbidden", 403, "No.") == (
        failed.error.condition,
        failed.error.code,
        failed.error.text,
    )
    assert (frozenset(), []) == (talk.protocol.rooms, talk.hears(presence(ME, 110)))


def test_others_come_and_go() -> None:
    """Each coming is told once, whatever else changes about them."""
    talk = inside()
    told = [
        talk.hears(presence(THEM)),
        talk.hears(presence(THEM)),
        talk.hears(presence(THEM, kind="unavailable")),
        talk.hears(presence(THEM)),
    ]

    joined = OccupantJoined(dialog_id=DIALOG, user_id=THEM)
    assert [[joined], [], [OccupantLeft(dialog_id=DIALOG, user_id=THEM)], [joined]] == told


def test_leaving() -> None:
    """It is asked for, and answered with 110."""
    talk = inside()
    request_id = talk.protocol.leave(DIALOG, talk.now)
    asked = talk.asks()
    told = talk.hears(presence(ME, 110, kind="unavailable"))

    assert parse(f'<presence to="{ROOM}/7" id="{request_id}" type="unavailable"/>') == asked
    assert ([Answered(request_id)], frozenset()) == (told, talk.protocol.rooms)


@pytest.mark.parametrize(
    ("codes", "inner", "by_id"),
    [
        ((301, 110), '<item><actor jid="9-774@chat.test/tab"/></item>', 9),
        ((301,), f'<item><actor jid="{ROOM}/9"/></item>', 9),
        ((307,), '<item><actor nick="9"/></item>', 9),
        ((321,), '<item><actor jid="9-774@evil.test"/></item>', None),
        ((110, 332), "", None),
        ((110,), "", None),
    ],
)
def test_being_thrown_out(codes: tuple[int, ...], inner: str, by_id: int | None) -> None:
    """Told with who did it, where that is known."""
    talk = inside()
    frame = presence(ME, *codes, kind="unavailable", inner=inner).replace("<item/>", "")

    assert [Kicked(dialog_id=DIALOG, by_id=by_id)] == talk.hears(frame)
    assert frozenset() == talk.protocol.rooms


def test_being_thrown_out_while_leaving() -> None:
    """Gone is gone, so that leaving has its answer too."""
    talk = inside()
    request_id = talk.protocol.leave(DIALOG, talk.now)
    told = talk.hears(presence(ME, 301, 110, kind="unavailable"))

    assert [Kicked(dialog_id=DIALOG), Answered(request_id)] == told


@pytest.mark.parametrize(
    "frame",
    [
        presence(ME, kind="unavailable"),
        presence(ME, 110),
        presence("mara"),
        presence(0),
        presence(THEM, kind="subscribe"),
        presence(THEM, room=f"774_{OTHER_DIALOG}@muc.chat.test"),
        presence(ME, 301, room=f"774_{OTHER_DIALOG}@muc.chat.test", kind="unavailable"),
        presence(ME, 301, room=f"774_{DIALOG}@evil.test", kind="unavailable"),
        presence(ME, 301, room=f"775_{DIALOG}@muc.chat.test", kind="unavailable"),
        presence(ME, 301, room=f"774_{DIALOG}@chat.test", kind="unavailable"),
        f'<presence from="{ROOM}/7" type="error" id="x"><error/></presence>',
        f'<presence from="{ROOM}"/>',
    ],
)
def test_what_is_nothing(frame: str) -> None:
    """Another device of ours, strangers, and rooms that we are not in."""
    talk = inside()

    assert ([], frozenset({DIALOG})) == (talk.hears(frame), talk.protocol.rooms)


def test_one_room_of_two_gives_up() -> None:
    """Who waits for the other one waits on."""
    talk = online()
    talk.protocol.join(DIALOG, talk.now)
    other = talk.protocol.join(OTHER_DIALOG, talk.now + 5)
    talk.ticks(talk.now + 15)
    other_room = f"774_{OTHER_DIALOG}@muc.chat.test"

    assert [Answered(other)] == talk.hears(presence(ME, 110, room=other_room))


def test_an_other_room_is_left() -> None:
    """Whoever leaves a room that we are not in is nobody to us."""
    other_room = f"774_{OTHER_DIALOG}@muc.chat.test"

    assert [] == inside().hears(presence(THEM, kind="unavailable", room=other_room))


def test_no_room_is_entered_unasked() -> None:
    """A stranger's room cannot pull us in."""
    talk = online()

    assert ([], frozenset()) == (talk.hears(presence(ME, 110)), talk.protocol.rooms)


def test_a_join_that_nobody_answers() -> None:
    """It fails in time, and a late answer is nobody's."""
    talk = online()
    request_id = talk.protocol.join(DIALOG, talk.now)
    [failed] = talk.ticks(talk.now + 15)

    assert request_id == failed.request_id
    assert isinstance(failed.error, ChatTimeoutError)
    assert ([], frozenset()) == (talk.hears(presence(ME, 110)), talk.protocol.rooms)
