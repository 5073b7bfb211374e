"""What was sent is counted, so that it can be told what arrived (XEP-0198)."""

import pytest

from connectycube.chat.events import Sent
from connectycube.chat.protocol import State

from .chat_talk import (
    BOUND,
    COPIED,
    COUNTED,
    MECHANISMS,
    OFFERS,
    SUCCESS,
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
    assert ([first, second], [Sent(message_ids=[first, second])]) == (waiting, told)
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
    assert [Sent(message_ids=[second])] == talk.hears(count(3))


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

    assert ([], [message_id]) == (talk.hears(count(number)), talk.protocol.unconfirmed)


def test_an_older_count() -> None:
    """Counts that come out of order take nothing back."""
    talk = online()
    ids = [talk.protocol.send_message(THEM, str(number)) for number in range(3)]
    told = [talk.hears(count(number)) for number in (3, 2, 3, 4)]

    assert [[Sent(message_ids=ids[:2])], [], [], [Sent(message_ids=ids[2:])]] == told


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


def test_a_service_that_does_not_count() -> None:
    """Then nothing is confirmed, and nothing is kept."""
    talk = Talk()
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND, COPIED, '<failed xmlns="urn:xmpp:sm:3"/>'):
        talk.hears(frame)
    talk.says()
    talk.protocol.send_message(THEM, "1")
    talk.hears(ASK)

    assert State.ONLINE is talk.protocol.state
    assert 1 == len(talk.protocol.frames_to_send(talk.now))
    assert ([], None) == (talk.protocol.unconfirmed, talk.protocol.resumption)


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
    talk.hears(COUNTED)

    assert [Sent(message_ids=[message_id])] == talk.hears(count(2))


def test_counting_that_is_refused_late() -> None:
    """What was kept for it is let go."""
    talk = Talk(step_timeout=5.0)
    talk.open()
    for frame in (MECHANISMS, SUCCESS, OFFERS, BOUND):
        talk.hears(frame)
    talk.ticks(talk.now + 5)
    talk.protocol.send_message(THEM, "1")
    talk.hears('<failed xmlns="urn:xmpp:sm:3"/>')

    assert [] == talk.protocol.unconfirmed
