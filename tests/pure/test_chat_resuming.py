"""A line is cut and another follows: what goes on, what is said again, and what is not."""
# ruff: noqa: E501 - a frame stands on one line, to be read as it is sent

from typing import Any

import pytest

from connectycube.chat.element import parse
from connectycube.chat.events import ChatMessage, Kicked, LastActivity, MessageReceived
from connectycube.chat.outcome import (
    Answered,
    Confirmed,
    Ended,
    Failed,
    Lost,
    Online,
    Overdue,
)
from connectycube.chat.protocol import State
from connectycube.errors import ChatClosedError, OutboxFullError

from .chat_talk import (
    BOUND,
    COPIED,
    COUNTED,
    DIALOG,
    ME,
    MECHANISMS,
    MESSAGE,
    MY_JID,
    OFFERS,
    OTHER_DIALOG,
    ROOM,
    SUCCESS,
    THEIR_JID,
    THEM,
    Talk,
    message,
    online,
)

PRESENCE = '<presence xmlns="jabber:client"/>'
RESUMED = '<resumed xmlns="urn:xmpp:sm:3" previd="sm-1" h="{}"/>'
REFUSED = '<failed xmlns="urn:xmpp:sm:3"><item-not-found/></failed>'
NO_PASSWORD = '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>'


def count(number: int) -> str:
    return f'<a xmlns="urn:xmpp:sm:3" h="{number}"/>'


def cut() -> Talk:
    """Return a conversation whose line was cut, with its presence confirmed."""
    talk = online(reconnects=True)
    talk.hears(count(1))
    [lost] = talk.cut()
    assert isinstance(lost, Lost)
    return talk


def asked_on_entering(talk: Talk) -> str:
    """Return the first thing that is asked behind the password."""
    talk.open()
    for frame in (MECHANISMS, SUCCESS):
        talk.hears(frame)
    talk.says()
    talk.hears(OFFERS)
    [asked] = talk.says()
    return str(asked)


def bodies(frames: list[Any]) -> list[str]:
    """Return what is in the messages among them."""
    return [parse(frame).text_of("body") or "" for frame in frames if "<body" in frame]


def test_a_cut_leads_to_another_line() -> None:
    """Nothing is decided but that this line is over."""
    talk = online(reconnects=True)
    talk.protocol.send_message(THEM, "1")
    talk.says()
    [lost] = talk.cut("gone")

    assert ("gone", True) == (str(lost.error), lost.was_online)
    assert (State.CONNECTING, None) == (talk.protocol.state, talk.protocol.deadline())
    assert ([], 1) == (talk.cut("gone again"), len(talk.protocol.unconfirmed))


def test_without_that_a_cut_is_the_end() -> None:
    [ended] = online().cut("gone")

    assert isinstance(ended, Ended)


def test_the_first_login_is_not_tried_again() -> None:
    """Whoever connects is told, and decides."""
    talk = Talk(reconnects=True)
    talk.open()
    [ended] = talk.cut("gone")

    assert (Ended, State.CLOSED) == (type(ended), talk.protocol.state)


def test_a_conversation_is_resumed() -> None:
    """By its name and what arrived; what the service lacks is said again, and nothing else."""
    talk = online(reconnects=True)
    talk.hears(message("<body>x</body>"))
    first, second = (talk.protocol.send_message(THEM, text) for text in ("1", "2"))
    talk.says()
    talk.cut()
    third = talk.protocol.send_message(THEM, "3")
    asked = asked_on_entering(talk)
    told = talk.hears(RESUMED.format(2))  # the presence, and the first message

    assert '<resume xmlns="urn:xmpp:sm:3" previd="sm-1" h="1"/>' == asked
    assert [Confirmed([first]), Online(MY_JID, is_resumed=True)] == told
    assert ["2", "3"] == bodies(talk.says())
    assert [Confirmed([second, third])] == talk.hears(count(4))


def test_what_was_confirmed_by_no_answer_is_by_the_next_line() -> None:
    """The answer itself was lost."""
    talk = cut()
    talk.login(RESUMED.format(1))
    message_id = talk.protocol.send_message(THEM, "1")
    talk.says()
    talk.cut()

    assert [Confirmed([message_id]), Online(MY_JID, is_resumed=True)] == talk.login(
        RESUMED.format(2)
    )
    assert [] == talk.says()


def test_what_arrives_is_counted_over_all_lines() -> None:
    """And only what is of the conversation: nothing of the login."""
    talk = cut()
    talk.login(RESUMED.format(1))
    talk.hears(message("<body>x</body>"))
    talk.hears('<r xmlns="urn:xmpp:sm:3"/>')

    assert count(1) in talk.says()


def test_a_refused_resumption_begins_a_new_conversation_on_the_same_line() -> None:
    """What waits is said behind what opens it, with the same ids."""
    talk = cut()
    ids = [talk.protocol.send_message(THEM, text) for text in ("1", "2")]
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, REFUSED):
        talk.hears(frame)
    bind = talk.says()[-1]
    told = [each for frame in (BOUND, COPIED, COUNTED) for each in talk.hears(frame)]
    said = talk.says()

    assert 'id="bind"' in bind
    assert [Online(MY_JID)] == told
    assert (PRESENCE, ids) == (said[-3], [parse(frame).get("id") for frame in said[-2:]])
    assert [Confirmed(ids)] == talk.hears(count(3))


def test_a_refusal_may_say_what_had_arrived() -> None:
    """Then it is not said again."""
    talk = online(reconnects=True)
    ids = [talk.protocol.send_message(THEM, text) for text in ("1", "2")]
    talk.says()
    talk.cut()
    refused = '<failed xmlns="urn:xmpp:sm:3" h="2"><item-not-found/></failed>'
    told = talk.login(refused, BOUND, COPIED, COUNTED)

    assert [Confirmed(ids[:1]), Online(MY_JID)] == told
    assert ["2"] == bodies(talk.says())


@pytest.mark.parametrize("how", ["silence", "error"])
def test_a_resumption_that_is_not_answered_is_not_asked_for_again(how: str) -> None:
    """The next line begins a new conversation."""
    talk = cut()
    talk.login("<nothing/>")
    if how == "silence":
        [lost] = talk.ticks(talk.now + 15)
    else:
        error = '<undefined-condition xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>'
        [lost] = talk.hears(f"<stream:error>{error}</stream:error>")

    assert (Lost, False) == (type(lost), lost.was_online)
    assert 'id="bind"' in asked_on_entering(talk)


def test_a_cut_while_resuming_changes_nothing() -> None:
    """The next line asks again."""
    talk = cut()
    talk.login("<nothing/>")
    [lost] = talk.cut()
    told = talk.login(RESUMED.format(1))

    assert not lost.was_online
    assert [Online(MY_JID, is_resumed=True)] == told


def test_what_is_said_between_two_lines_waits() -> None:
    """Marks and changes as well; that somebody types is not worth it."""
    talk = cut()
    talk.protocol.send_message(THEM, "1")
    talk.protocol.send_typing(THEM)
    talk.protocol.mark_read(THEM, MESSAGE)
    talk.protocol.delete_message(THEM, MESSAGE)
    nothing = talk.says()
    talk.login(RESUMED.format(1))
    names = [parse(frame).children[0].name for frame in talk.says()]

    assert ([], ["body", "displayed", "remove"]) == (nothing, names)


def test_what_has_passed_is_not_said_in_a_new_conversation() -> None:
    """Typing, and answers to what a line asked that is gone."""
    talk = online(reconnects=True)
    talk.protocol.send_typing(THEM)
    talk.hears('<iq type="get" id="x" from="chat.test"><ping xmlns="urn:xmpp:ping"/></iq>')
    talk.protocol.mark_read(THEM, MESSAGE)
    talk.says()
    talk.cut()
    talk.login(REFUSED, BOUND, COPIED, COUNTED)
    *_, presence, mark = talk.says()

    assert (PRESENCE, "displayed") == (presence, parse(mark).children[0].name)


def test_requests_wait_for_the_next_line() -> None:
    """Within their own time."""
    talk = online(reconnects=True, request_timeout=5.0)
    before = talk.protocol.last_activity(THEM, talk.now)
    talk.says()
    talk.cut()
    between = talk.protocol.last_activity(THEM, talk.now + 3)
    [failed] = talk.ticks(talk.now + 5)
    talk.login(REFUSED, BOUND, COPIED, COUNTED)
    asked = [parse(frame).get("id") for frame in talk.says() if "jabber:iq:last" in frame]
    answer = f'<iq type="result" id="{between}" from="{THEIR_JID}"><query xmlns="jabber:iq:last" seconds="3"/></iq>'

    assert (before, [between]) == (failed.request_id, asked)
    assert [Answered(between, 3)] == talk.hears(answer)


def in_room(talk: Talk, dialog: str = DIALOG) -> None:
    talk.protocol.join(dialog, talk.now)
    request_id = parse(talk.says()[-1]).get("id")
    talk.hears(entered(dialog, request_id))


def entered(dialog: str, request_id: str) -> str:
    room = ROOM.replace(DIALOG, dialog)
    return (
        f'<presence from="{room}/{ME}" id="{request_id}">'
        '<x xmlns="http://jabber.org/protocol/muc#user"><status code="110"/></x></presence>'
    )


def joins(talk: Talk) -> dict[str, str]:
    """Return which rooms are asked to let us in, by the request."""
    frames = [parse(frame) for frame in talk.says() if "jabber.org/protocol/muc" in frame]
    return {frame.get("id"): frame.get("to") for frame in frames}


def renewed(talk: Talk) -> dict[str, str]:
    talk.cut()
    talk.login(REFUSED, BOUND, COPIED, COUNTED)
    return joins(talk)


def test_rooms_are_entered_again_in_a_new_conversation() -> None:
    """However often the line is cut meanwhile; of the answers nobody need hear."""
    talk = online(reconnects=True)
    in_room(talk)
    in_room(talk, OTHER_DIALOG)
    first, second = renewed(talk), renewed(talk)
    told = [talk.hears(entered(DIALOG, request_id)) for request_id in second][:1]

    assert [2, 2] == [len(set(asked.values())) for asked in (first, second)]
    assert not set(first) & set(second)
    assert all(not isinstance(each, Kicked) for one in told for each in one)
    assert {DIALOG} == talk.protocol.rooms


def test_rooms_are_kept_where_the_conversation_goes_on() -> None:
    talk = online(reconnects=True)
    in_room(talk)
    talk.cut()
    talk.login(RESUMED.format(2))

    assert {} == joins(talk)
    assert {DIALOG} == talk.protocol.rooms


def test_a_room_that_lets_us_in_no_more_has_put_us_out() -> None:
    talk = online(reconnects=True)
    in_room(talk)
    [request_id] = renewed(talk)
    refusal = (
        f'<presence type="error" from="{ROOM}/{ME}" id="{request_id}">'
        '<error><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></presence>'
    )

    assert [Kicked(dialog_id=DIALOG)] == talk.hears(refusal)
    assert {} == renewed(talk)


def test_a_room_that_does_not_answer_has_put_us_out() -> None:
    talk = online(reconnects=True, request_timeout=5.0)
    in_room(talk)
    renewed(talk)

    assert [Kicked(dialog_id=DIALOG)] == talk.ticks(talk.now + 5)


def test_a_room_that_was_being_left_is_left() -> None:
    """A new conversation is in no room."""
    talk = online(reconnects=True)
    in_room(talk)
    request_id = talk.protocol.leave(DIALOG, talk.now)
    talk.says()
    talk.cut()
    told = talk.login(REFUSED, BOUND, COPIED, COUNTED)

    assert [Online(MY_JID), Answered(request_id)] == told
    assert ({}, frozenset()) == (joins(talk), talk.protocol.rooms)


def test_whom_we_watch_and_whether_we_look_is_said_again() -> None:
    talk = online(reconnects=True)
    for each in (THEM, 9):
        talk.protocol.watch_last_activity(each, enable=True, now=talk.now)
    talk.protocol.watch_last_activity(9, enable=False, now=talk.now)
    talk.protocol.set_active(active=False, now=talk.now)
    talk.says()
    talk.ticks(talk.now + 15)  # their answers do not come
    talk.cut()
    talk.login(REFUSED, BOUND, COPIED, COUNTED)
    asked = [parse(frame).children[0] for frame in talk.says() if frame.startswith("<iq")]
    watched = [each.get("user_jid") for each in asked if each.name == "subscribe"]
    activity = (
        f'<iq type="set" id="x" from="{THEIR_JID}"><query xmlns="jabber:iq:last" seconds="0"/></iq>'
    )

    assert ["8-774@chat.test"] == watched
    assert ["true"] == [each.get("enable") for each in asked if each.name == "mobile"]
    assert [LastActivity(user_id=THEM, seconds=0)] == talk.hears(activity)


def test_a_message_that_comes_twice_is_told_of_once() -> None:
    """It is marked as delivered each time: the mark may be what was lost."""
    talk = online(auto_delivered=True)
    told = [talk.hears(message("<body>x</body>")) for _ in range(2)]

    assert [1, 0] == [len(each) for each in told]
    assert 2 == len(talk.says())


def test_an_id_is_its_sender_s_own() -> None:
    """Nobody hides a message behind one of theirs."""
    talk = online()
    told = [
        talk.hears(message("<body>x</body>", sender=sender))
        for sender in (THEIR_JID, "9-774@chat.test")
    ]

    assert [1, 1] == [len(each) for each in told]


def test_messages_without_an_id_are_all_told_of() -> None:
    talk = online()
    nameless = message("<body>x</body>").replace(f' id="{MESSAGE}"', "")

    assert [1, 1] == [len(talk.hears(nameless)) for _ in range(2)]


def refused(talk: Talk) -> type:
    """Let the service refuse a password, and return what is told."""
    talk.open()
    talk.hears(MECHANISMS)
    [told] = talk.hears(NO_PASSWORD)
    return type(told)


def test_another_password_is_tried_once() -> None:
    """Then it is over; once it was right, the next refusal is another story."""
    talk = cut()
    first = refused(talk)
    talk.login(RESUMED.format(1))
    talk.cut()

    assert [Lost, Lost, Ended] == [first, refused(talk), refused(talk)]


def test_the_first_login_has_another_password_too() -> None:
    talk = Talk(reconnects=True)

    assert [Lost, Ended] == [refused(talk), refused(talk)]


@pytest.mark.parametrize(
    ("condition", "expected"), [("conflict", Ended), ("system-shutdown", Lost), ("reset", Lost)]
)
def test_why_the_service_ends_a_stream_matters(condition: str, expected: type) -> None:
    talk = online(reconnects=True)
    error = f'<{condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>'
    [told] = talk.hears(f"<stream:error>{error}</stream:error>")

    assert expected is type(told)


def test_what_waits_is_bounded() -> None:
    """On a line as well as between two; what we answer by ourselves is not refused."""
    talk = online(reconnects=True, max_unsent=3)
    for number in range(3):
        talk.protocol.send_message(THEM, f"{number}")
    full = talk.protocol.is_full
    with pytest.raises(OutboxFullError):
        talk.protocol.send_message(THEM, "more")
    talk.hears('<iq type="get" id="x" from="chat.test"><ping xmlns="urn:xmpp:ping"/></iq>')
    said = talk.says()
    talk.hears(count(4))

    assert (True, False, 4) == (full, talk.protocol.is_full, len(said))


def test_somebody_waits_no_longer_than_they_like() -> None:
    """The message goes on waiting."""
    talk = online(reconnects=True, ping_interval=1000.0)
    ids = [talk.protocol.send_message(THEM, text) for text in ("1", "2", "3")]
    for message_id, seconds in zip(ids, (9, 5, 7), strict=True):
        talk.protocol.expect(message_id, talk.now + seconds)
    talk.cut()
    told = [talk.ticks(talk.now + seconds) for seconds in (4, 5, 8)]

    assert [[], [Overdue(ids[1])], [Overdue(ids[2])]] == told
    assert (talk.now + 9, ids) == (talk.protocol.deadline(), talk.protocol.unconfirmed)


def test_what_is_confirmed_is_not_expected_any_more() -> None:
    talk = online()
    message_id = talk.protocol.send_message(THEM, "1")
    talk.protocol.expect(message_id, talk.now + 5)
    talk.says()
    talk.hears(count(2))

    assert [] == talk.ticks(talk.now + 5)


def test_there_may_be_no_other_line() -> None:
    """Then what was asked fails, and nothing is taken any more."""
    talk = cut()
    request_id = talk.protocol.ping(talk.now)
    failed, ended = talk.protocol.give_up(ChatClosedError("enough"))

    assert isinstance(failed, Failed)
    assert (request_id, "enough") == (failed.request_id, str(failed.error))
    assert isinstance(ended, Ended)
    with pytest.raises(ChatClosedError):
        talk.protocol.send_message(THEM, "more")


def recovered(talk: Talk, sender: int, message_id: str, **told: Any) -> int:
    """Return how often a message of the history is told of."""
    kept = ChatMessage(id=message_id, sender_id=sender, dialog_id=DIALOG, is_delayed=True, **told)
    return len(talk.protocol.recover(MessageReceived(message=kept)))


def test_what_the_history_has_is_told_of_unless_it_is_known() -> None:
    """What came by itself, what we sent from here, and what was told of before."""
    talk = online(reconnects=True, auto_delivered=True)
    ours = talk.protocol.send_message(THEM, "1")
    in_group = talk.protocol.send_message(DIALOG, "2")
    talk.hears(message("<body>x</body>"))
    talk.says()
    other = "f" * 24

    assert 0 == recovered(talk, THEM, MESSAGE)
    assert 0 == recovered(talk, ME, ours)
    assert 1 == recovered(talk, ME, in_group, is_group=True)  # a room says back what it is told
    assert 1 == recovered(talk, ME, other)  # another device's
    assert 1 == recovered(talk, THEM, other)
    assert 0 == recovered(talk, THEM, other)
    [mark] = talk.says()
    assert ("8-774@chat.test", "received") == (parse(mark).get("to"), parse(mark).children[0].name)


def test_without_copies_our_other_devices_are_not_heard_of() -> None:
    talk = online(reconnects=True, carbons=False)

    assert 0 == recovered(talk, ME, "f" * 24)
