"""Whoever takes events waits for nobody; whoever leaves, however it comes, leaves nothing."""

import asyncio
import os
import random
import sys
import threading
from pathlib import Path

import anyio
import pytest
import sniffio
import trio

from connectycube import ChatClosedError
from connectycube.chat.events import Disconnected, MessageReceived, Overflow
from tests.engine.test_cancel_everywhere import Steps
from tests.system.stage import until

from .stage import Stage, hear, settled

pytestmark = pytest.mark.anyio


def sockets() -> int:
    """Return how many sockets this process holds; nothing where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return 0
    count = 0
    for each in Path("/proc/self/fd").iterdir():
        try:
            count += os.readlink(each).startswith("socket:")  # noqa: PTH115 - it is no path
        except OSError:
            continue  # the one that the folder itself was read by
    return count


def tasks() -> int:
    """Return how many tasks there are on this event loop."""
    if sniffio.current_async_library() == "trio":
        return trio.lowlevel.current_statistics().tasks_living
    return len(asyncio.all_tasks())


async def test_a_request_within_the_loop_never_waits_for_the_loop(stage: Stage) -> None:
    """There is place for two events, and very many come before each answer."""
    async with stage.mar.talks() as mar, stage.sim.talks(max_pending=2) as sim:
        answered = 0
        for _ in range(5):
            for number in range(40):
                await mar.send(stage.sim.id, f"{number}")
            async for event in sim:
                if isinstance(event, MessageReceived):
                    await sim.ping()
                    await sim.reply(event, "yes")
                    assert 0 == await sim.last_activity(stage.mar.id)
                    answered += 1
                    break
        heard = [await hear(mar, MessageReceived) for _ in range(5)]

    assert 5 == answered
    assert ["yes"] * 5 == [one.message.body for one in heard]


async def test_a_slow_taker_may_lose_the_oldest(stage: Stage) -> None:
    async with stage.mar.talks() as mar, stage.sim.talks(max_pending=5) as sim:
        for number in range(50):
            await mar.send(stage.sim.id, f"{number}")
        await settled(mar, sim)
        events = [await sim.__anext__() for _ in range(6)]
        await mar.send(stage.sim.id, "more")
        more = await hear(sim, MessageReceived)

    assert Overflow(dropped=45) == events[0]
    bodies = [one.message.body for one in events if isinstance(one, MessageReceived)]
    assert ["45", "46", "47", "48", "49"] == bodies
    assert "more" == more.message.body


async def test_a_slow_taker_may_be_thrown_out(stage: Stage) -> None:
    """What came by then is still given; nobody else notices."""
    async with stage.mar.talks() as mar, stage.sim.talks(max_pending=5, overflow="close") as sim:
        for number in range(50):
            await mar.send(stage.sim.id, f"{number}")
        await until(lambda: stage.lines == 1)
        with pytest.raises(ChatClosedError):
            await sim.ping()
        events = [event async for event in sim]
        await mar.ping()

    bodies = [one.message.body for one in events if isinstance(one, MessageReceived)]
    assert ["0", "1", "2", "3", "4"] == bodies
    assert isinstance(events[-1], Disconnected)


async def test_a_cut_ends_the_conversation_for_everybody_who_waits(stage: Stage) -> None:
    """Where it is not to be healed."""
    async with stage.mar.talks(reconnect=None) as mar, stage.sim.talks() as sim:
        await settled(mar, sim)
        stage.emulator.chat_faults.cut(stage.mar.id)
        events = [event async for event in mar]
        with pytest.raises(ChatClosedError):
            await mar.send(stage.sim.id, "hello")
        await sim.ping()

    assert isinstance(events[-1], Disconnected)


async def test_a_service_that_goes_down_says_so(stage: Stage) -> None:
    async with stage.mar.talks(reconnect=None) as mar:
        await settled(mar)
        stage.emulator.chat_faults.shut_down()
        events = [event async for event in mar]

    assert "system-shutdown" in getattr(events[-1], "reason", "")


async def test_what_is_raised_in_the_block_comes_out_as_it_is(stage: Stage) -> None:
    async def raising() -> None:
        async with stage.mar.talks() as mar:
            await mar.ping()
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await raising()


async def talk(stage: Stage) -> None:
    """Connect, say and ask a few things, and leave."""
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        await mar.send(stage.sim.id, "hello")
        await sim.reply(await hear(sim, MessageReceived), "hello")
        await hear(mar, MessageReceived)
        await mar.ping()
        await mar.privacy.names()
        await sim.typing(stage.mar.id)


async def test_nothing_is_left_running(stage: Stage) -> None:
    """No socket and no thread stays behind a conversation, however many there were."""
    await talk(stage)
    await until(lambda: stage.lines == 0)
    before, threads, alive = sockets(), threading.active_count(), tasks()
    for _ in range(10):
        await talk(stage)

    await until(lambda: stage.lines == 0 and sockets() <= before)
    assert (True, alive) == (threads >= threading.active_count(), tasks())


@pytest.mark.parametrize("times", [50, pytest.param(500, marks=pytest.mark.long)])
async def test_cancelled_anywhere_nothing_stays_behind(stage: Stage, times: int) -> None:
    """At any await of a whole conversation, picked at random, for both who take part in it."""
    await talk(stage)  # so that everybody is signed in, and REST has its connections
    await until(lambda: stage.lines == 0)
    before, threads, alive = sockets(), threading.active_count(), tasks()
    whole = Steps(0, anyio.CancelScope())
    with whole.counted():
        async with anyio.create_task_group() as group:
            group.start_soon(talk, stage)
    chance = random.Random(8)  # noqa: S311 - the same story in each run
    cancelled = 0
    for _ in range(times):
        scope = anyio.CancelScope()
        steps = Steps(chance.randint(1, whole.taken), scope)
        with scope, steps.counted():
            async with anyio.create_task_group() as group:
                group.start_soon(talk, stage)
        cancelled += scope.cancelled_caught
        await until(lambda: stage.lines == 0)

    assert cancelled > times // 2
    await until(lambda: sockets() <= before)
    assert (True, alive) == (threads >= threading.active_count(), tasks())
    await talk(stage)
