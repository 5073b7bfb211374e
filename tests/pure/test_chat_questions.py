"""An answer that is lost is asked for again, long before the line is given up (XEP-0198)."""

from connectycube.chat.outcome import Confirmed

from .chat_talk import THEM, Talk, online

ASK = '<r xmlns="urn:xmpp:sm:3"/>'


def asked(*, times: int = 1) -> tuple[Talk, str]:
    """Say something, and ask about it so often, as time passes."""
    talk = online(ack_timeout=30.0, ping_interval=600.0)
    message_id = talk.protocol.send_message(THEM, "1")
    talk.protocol.frames_to_send(talk.now)
    for _ in range(times - 1):
        talk.now += 5
        talk.ticks(talk.now)
        assert [ASK] == talk.protocol.frames_to_send(talk.now)
    return talk, message_id


def test_a_question_is_repeated() -> None:
    """Each time after five seconds, and not before."""
    talk, message_id = asked(times=3)
    talk.ticks(talk.now + 4.9)

    assert [] == talk.protocol.frames_to_send(talk.now + 4.9)
    assert [Confirmed([message_id])] == talk.hears('<a xmlns="urn:xmpp:sm:3" h="2"/>')
    assert [] == talk.protocol.frames_to_send(talk.now + 60)


def test_the_clock_is_to_be_asked_when_it_is_time_to_repeat_one() -> None:
    talk, _ = asked()

    assert talk.now + 5 == talk.protocol.deadline()


def test_repeating_does_not_put_off_the_end() -> None:
    """It counts from the first question how long a service may owe the answer."""
    talk, _ = asked(times=5)
    began = talk.now - 20

    assert [] == talk.ticks(began + 29)
    assert [] != talk.ticks(began + 30)


def test_nothing_is_repeated_on_a_line_that_is_gone() -> None:
    talk, _ = asked()
    talk.cut()

    assert [] == talk.protocol.frames_to_send(talk.now + 6)
