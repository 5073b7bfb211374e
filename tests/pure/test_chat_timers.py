"""Time: what is awaited, and until when. The clock is the test's own."""

import pytest

from connectycube.chat.outcome import Confirmed, Ended, Failed, Online
from connectycube.chat.protocol import State
from connectycube.errors import ChatTimeoutError

from .chat_talk import BOUND, MECHANISMS, MY_JID, OFFERS, SUCCESS, THEM, Talk, online

STEPS = (MECHANISMS, SUCCESS, OFFERS, BOUND)


@pytest.mark.parametrize("done", range(4))
def test_each_step_of_the_login_has_its_time(done: int) -> None:
    """It counts from the step before."""
    talk = Talk(step_timeout=5.0)
    talk.open()
    for frame in STEPS[:done]:
        talk.now += 3
        talk.hears(frame)
    until = talk.protocol.deadline()

    assert talk.now + 5 == until
    assert [] == talk.ticks(talk.now + 4.9)
    [ended] = talk.ticks(talk.now + 5)
    assert "the service did not answer the login in time" == str(ended.error)
    assert (State.CLOSED, None) == (talk.protocol.state, talk.protocol.deadline())


def test_chatter_is_no_step() -> None:
    """Who says anything but what is awaited gains no time."""
    talk = Talk(step_timeout=5.0)
    talk.open()
    talk.now += 4
    talk.hears("<message/>")

    assert 105.0 == talk.protocol.deadline()


def test_nobody_waits_for_copies_and_counts() -> None:
    """A service that is silent on them is online without."""
    talk = Talk(step_timeout=5.0)
    talk.open()
    for frame in STEPS:
        talk.hears(frame)

    assert [Online(MY_JID)] == talk.ticks(talk.now + 5)


def test_a_request_has_its_time() -> None:
    """The older one ends first; the younger has its own."""
    talk = online(request_timeout=5.0, ping_interval=1000.0)
    first = talk.protocol.last_activity(THEM, talk.now)
    second = talk.protocol.last_activity(THEM, talk.now + 2)

    assert talk.now + 5 == talk.protocol.deadline()
    assert [] == talk.ticks(talk.now + 4.9)
    for request_id, passed in ((first, 5), (second, 7)):
        [failed] = talk.ticks(talk.now + passed)
        assert isinstance(failed, Failed)
        assert request_id == failed.request_id
        assert isinstance(failed.error, ChatTimeoutError)


def test_silence_is_questioned() -> None:
    """A ping goes out, and any word is a sign of life."""
    talk = online(ping_interval=60.0, ping_timeout=10.0)
    assert talk.now + 60 == talk.protocol.deadline()
    told = talk.ticks(talk.now + 60)
    ping = talk.asks()
    talk.now += 65
    talk.hears("<message/>")

    assert ([], "ping", "chat.test") == (told, ping.children[0].name, ping.get("to"))
    assert talk.now + 60 == talk.protocol.deadline()


def test_no_sign_of_life() -> None:
    """Then the line is dead, and what was asked fails with it."""
    talk = online(ping_interval=60.0, ping_timeout=10.0, request_timeout=1000.0)
    request_id = talk.protocol.last_activity(THEM, talk.now)
    talk.ticks(talk.now + 60)

    assert talk.now + 70 == talk.protocol.deadline()
    failed, ended = talk.ticks(talk.now + 70)
    assert request_id == failed.request_id
    assert isinstance(ended, Ended)
    assert "the service gave no sign of life" == str(ended.error)


def test_every_word_puts_the_ping_off() -> None:
    """Only silence is questioned."""
    talk = online(ping_interval=60.0)
    talk.now += 50
    talk.hears("junk")

    assert talk.now + 60 == talk.protocol.deadline()


def test_messages_that_are_not_confirmed() -> None:
    """A service that owes us a count is given time, and then given up."""
    talk = online(ack_timeout=30.0, ping_interval=60.0)
    talk.protocol.send_message(THEM, "1")
    talk.protocol.frames_to_send(talk.now)

    assert talk.now + 30 == talk.protocol.deadline()
    [ended] = talk.ticks(talk.now + 30)
    assert "the service did not say in time what has arrived" == str(ended.error)
    assert 1 == len(talk.protocol.unconfirmed)


def test_messages_that_are_confirmed_in_time() -> None:
    """Nothing is awaited any more but silence."""
    talk = online(ack_timeout=30.0, ping_interval=60.0)
    talk.protocol.send_message(THEM, "1")
    talk.protocol.frames_to_send(talk.now)
    [sent] = talk.hears('<a xmlns="urn:xmpp:sm:3" h="2"/>')

    assert isinstance(sent, Confirmed)
    assert talk.now + 60 == talk.protocol.deadline()


def test_nothing_is_awaited_before_the_line_is_open() -> None:
    """Nor does anything that is heard then count."""
    talk = Talk()

    assert (None, [], []) == (talk.protocol.deadline(), talk.hears(BOUND), talk.ticks(1e9))
