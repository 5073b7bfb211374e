"""What was sent is counted, so that it can be told what arrived (XEP-0198)."""

import re

import pytest

from connectycube.chat.outcome import Confirmed
from connectycube.chat.protocol import State

from .chat_talk import (
    BOUND,
    COPIED,
    COUNTED,
    MECHANISMS,
    OFFERS,
    SUCCESS,
    THEIR_JID,
    THEM,
    Talk,
    message,
    online,
)

ASK = '<r xmlns="urn:xmpp:sm:3"/>'


def count(number: object) -> str:
    return f'<a xmlns="urn:xmpp:sm:3" h="{number}"/>'


def test_messages_are_confirmed() -> None:
    """One question stands behind what was said, however much it was."""
    talk = online()
    first, second = talk.protocol.send_message(THEM, "1"), talk.protocol.send_message(THEM, "2")
    said = talk.protocol.frames_to_send(talk.now)
    waiting = talk.protocol.unconfirmed
    told = talk.hears(count(3))  # presence was the first

    assert [ASK] == [each for each in said if each == ASK] == said[-1:]
    assert ([first, second], [Confirmed([first, second])]) == (waiting, told)
    assert [] == talk.protocol.unconfirmed


def test_one_question_at_a_time() -> None:
    """What is said meanwhile is asked about afterwards, and only then."""
    talk = online()
    talk.protocol.send_message(THEM, "1")
    talk.protocol.frames_to_send(talk.now)
    second = talk.protocol.send_message(THEM, "2")
    meanwhile = talk.protocol.frames_to_send(talk.now)
    told = talk.hears(count(2))
    afterwards = talk.protocol.frames_to_send(talk.now)

    assert (1, [ASK]) == (len(meanwhile), afterwards)
    assert 1 == len(told)
    assert [Confirmed([second])] == talk.hears(count(3))


def test_a_service_that_counts_wrong_is_not_asked_for_ever() -> None:
    """A question needs something new that was said."""
    talk = online()
    talk.protocol.send_message(THEM, "1")
    talk.protocol.frames_to_send(talk.now)

    assert [] == talk.hears(count(0))
    assert [] == talk.protocol.frames_to_send(talk.now)


@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "", 1 << 32, "9" * 5000])
def test_an_odd_count(number: object) -> None:
    """Nothing is confirmed by it."""
    talk = online()
    message_id = talk.protocol.send_message(THEM, "1")
    talk.says()

    assert ([], [message_id]) == (talk.hears(count(number)), talk.protocol.unconfirmed)


def test_an_older_count() -> None:
    """Counts that come out of order take nothing back."""
    talk = online()
    ids = [talk.protocol.send_message(THEM, str(number)) for number in range(3)]
    talk.says()
    told = [talk.hears(count(number)) for number in (3, 2, 3, 4)]

    assert [[Confirmed(ids[:2])], [], [], [Confirmed(ids[2:])]] == told


def test_marks_and_states_are_not_asked_about() -> None:
    """Unless there are very many of them."""
    talk = online()
    said = []
    for _ in range(98):
        talk.protocol.send_typing(THEM)
        said += talk.protocol.frames_to_send(talk.now)
    talk.protocol.send_typing(THEM)  # with the presence they are a hundred
    said_then = talk.protocol.frames_to_send(talk.now)

    assert (98, ASK) == (len(said), said_then[-1])
    assert [] == talk.hears(count(100))


def test_what_arrived_is_told_when_asked() -> None:
    """Stanzas count, also those that we cannot read; the rest does not."""
    talk = online()
    for frame in (
        message("<body>x</body>"),
        '<iq type="result" id="x"/>',
        "\n<presence/>",
        "<message><!-- no --></message>",
        "<messages/>",
        count(0),
        ASK,
    ):
        talk.hears(frame)

    assert count(4) in talk.says()


def pong(question: str) -> str:
    """Answer a ping."""
    [request_id] = re.findall(r' id="(cc[^"]*)"', question)
    return f'<iq type="result" from="chat.test" id="{request_id}"/>'


def test_a_service_that_does_not_count() -> None:
    """Then a ping behind what was said confirms it, and the conversation cannot be resumed."""
    talk = Talk()
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED, '<failed xmlns="urn:xmpp:sm:3"/>'):
        talk.hears(frame)
    talk.says()
    ids = [talk.protocol.send_message(THEM, text) for text in ("1", "2")]
    talk.hears(ASK)
    *said, question = talk.protocol.frames_to_send(talk.now)
    more = talk.protocol.send_message(THEM, "3")
    said += talk.protocol.frames_to_send(talk.now)

    assert State.ONLINE is talk.protocol.state
    assert (3, True) == (len(said), "urn:xmpp:ping" in str(question))
    assert ([*ids, more], None) == (talk.protocol.unconfirmed, talk.protocol.resumption)
    assert [Confirmed(ids)] == talk.hears(pong(str(question)))
    assert [more] == talk.protocol.unconfirmed


def test_a_ping_that_somebody_else_answers() -> None:
    """Nothing is confirmed by it."""
    talk = Talk(stream_management=False)
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED):
        talk.hears(frame)
    message_id = talk.protocol.send_message(THEM, "1")
    *_, question = talk.protocol.frames_to_send(talk.now)

    assert [] == talk.hears(pong(str(question)).replace("chat.test", THEIR_JID))
    assert [message_id] == talk.protocol.unconfirmed


def test_what_resuming_needs() -> None:
    """The name of the conversation, what arrived, and what was not confirmed, word for word."""
    talk = online()
    talk.hears(message("<body>x</body>"))
    talk.protocol.send_message(THEM, "1")
    [frame] = talk.says()
    talk.hears(count(1))
    talk.cut("gone")
    kept = talk.protocol.resumption

    assert kept is not None
    assert ("sm-1", 300, 1, [frame]) == (kept.id, kept.lasts, kept.handled, kept.frames)
    assert 1 == len(talk.protocol.unconfirmed)


def test_a_service_that_cannot_resume() -> None:
    """It counts, and that is all."""
    talk = Talk()
    talk.open()
    plain = '<enabled xmlns="urn:xmpp:sm:3"/>'
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED, plain):
        talk.hears(frame)

    assert (State.ONLINE, None) == (talk.protocol.state, talk.protocol.resumption)


def test_counting_that_begins_late() -> None:
    """A service that takes its time to agree is taken at its word."""
    talk = Talk(step_timeout=5.0)
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND):
        talk.hears(frame)
    talk.ticks(talk.now + 5)
    message_id = talk.protocol.send_message(THEM, "1")
    talk.says()
    talk.hears(COUNTED)

    assert [Confirmed([message_id])] == talk.hears(count(2))


def test_counting_that_is_refused_late() -> None:
    """Then the ping confirms that stands behind what was said."""
    talk = Talk(step_timeout=5.0)
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND):
        talk.hears(frame)
    talk.ticks(talk.now + 5)
    message_id = talk.protocol.send_message(THEM, "1")
    *_, question = talk.protocol.frames_to_send(talk.now)
    talk.hears('<failed xmlns="urn:xmpp:sm:3"/>')

    assert [Confirmed([message_id])] == talk.hears(pong(str(question)))
    assert [] == talk.protocol.unconfirmed
