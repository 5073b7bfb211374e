"""Slow takers: nothing waits for them, and they get what they chose."""

import itertools

import anyio
import pytest

from connectycube.chat.events import Disconnected, MessageReceived, Overflow
from connectycube.errors import ChatClosedError, InvalidInputError
from connectycube.testing.scripted_frames import ScriptedFrames

from .chat_stage import conversation, message, rest, said
from .stage import Together, begin

pytestmark = pytest.mark.anyio


async def test_the_oldest_are_dropped_and_the_gap_is_told_in_its_place() -> None:
    server = ScriptedFrames()
    async with conversation(server, max_pending=3) as chat:
        server.say(*(message(number, f"{number}") for number in range(10)))
        await chat.ping()  # it is answered after all of them
        first = [await anext(chat) for _ in range(4)]
        server.say(message(10))
        server.cut()
        then = await rest(chat)

    assert Overflow(dropped=7) == first[0]
    assert ["7", "8", "9"] == [e.message.body for e in first if isinstance(e, MessageReceived)]
    assert [MessageReceived, Disconnected] == [type(event) for event in then]


async def test_a_conversation_may_end_instead() -> None:
    """What was there is still given, and then why it is over."""
    server = ScriptedFrames()
    async with conversation(server, max_pending=3, overflow="close") as chat:
        server.say(*(message(number) for number in range(10)))
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(ChatClosedError, match="faster than they were taken"):
            await chat.ping()
        events = await rest(chat)

    assert [MessageReceived] * 3 + [Disconnected] == [type(event) for event in events]
    assert 'type="unavailable"' in said(server)[-1]
    assert 0 == server.open_streams


async def test_a_request_within_the_loop_never_waits_for_the_loop() -> None:
    """The queue is full and more comes before the answer: the answer is heard all the same."""

    def answer(frame: str) -> list[str] | None:
        if "ping" not in frame:
            return None
        server.say(*(message(next(numbers)) for _ in range(50)))
        return None

    numbers = itertools.count(2)
    server = ScriptedFrames(answer)
    pings = 0
    async with conversation(server, max_pending=2) as chat:
        server.say(message(1))
        async for event in chat:
            if isinstance(event, MessageReceived):
                await chat.ping()
                await chat.reply(event, "hello")
                pings += 1
            if pings == 5:
                break

    assert 5 == pings


async def test_everybody_who_takes_gets_events_of_their_own() -> None:
    server = ScriptedFrames()
    async with conversation(server) as chat, Together() as group:
        takers = [begin(group, chat.__anext__) for _ in range(3)]
        await anyio.wait_all_tasks_blocked()
        server.say(*(message(number, f"{number}") for number in range(3)))
        for taker in takers:
            await taker.done.wait()

    assert {"0", "1", "2"} == {taker.value.message.body for taker in takers}


@pytest.mark.parametrize("most", [0, -1, True, 1.5, None, "5"])
def test_a_queue_needs_a_place(most: object) -> None:
    with pytest.raises(InvalidInputError, match="max_pending"):
        conversation(ScriptedFrames(), max_pending=most)  # type: ignore[arg-type]


def test_a_policy_is_one_of_two() -> None:
    with pytest.raises(InvalidInputError, match="drop_oldest, close"):
        conversation(ScriptedFrames(), overflow="drop")  # type: ignore[arg-type]
