"""How a bot ends: what it accepted is handled, in bounded time, and the rest is left for later."""

import logging

import anyio
import anyio.lowlevel
import pytest

from connectycube import ChatConnection, ChatMessage, MessageReceived
from connectycube.bots import Bot, Router
from connectycube.chat.reconnect import Reconnect

from .bot_stage import BotStage, said
from .stage import Together

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage() -> BotStage:
    return BotStage(reconnect=Reconnect())


def slow_echo(seconds: float = 1.0) -> Router:
    router = Router()

    @router.message()
    async def echo(event: MessageReceived, message: ChatMessage, chat: ChatConnection) -> None:
        await anyio.sleep(seconds)
        await chat.reply(event, message.body)

    return router


def ids(bot: Bot) -> list[int]:
    return [int(one.message.id, 16) for one in bot.unfinished if isinstance(one, MessageReceived)]


def said_last(stage: BotStage) -> str:
    """Return the last that was said, without what counts and confirms."""
    return [one for one in stage.server.sent if not one.startswith(("<r ", "<a "))][-1]


async def stopped_after(bot: Bot, stage: BotStage, seconds: float, *frames: str) -> float:
    """Run a bot, let it hear something, stop it after a while, and return what that took."""
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(*frames)
        await anyio.sleep(seconds)
        began = anyio.current_time()
        bot.stop()
    return anyio.current_time() - began


async def test_what_was_accepted_is_handled_and_then_it_leaves(stage: BotStage) -> None:
    """The goodbye comes after the last reply and its mark."""
    bot = stage.bot(slow_echo())
    took = await stopped_after(bot, stage, 0.5, said(1, "a"), said(2, "b"), said(3, "c", by=9))

    assert (["a", "b", "c"], [1, 2, 3], []) == (
        sorted(stage.replies),
        sorted(stage.marked),
        bot.unfinished,
    )
    assert pytest.approx(1.5, abs=0.1) == took
    assert "unavailable" in said_last(stage)
    assert 0 == stage.server.open_streams


async def test_what_arrives_later_is_not_accepted(stage: BotStage) -> None:
    """It is not marked as read, so that it is found the next time."""
    bot = stage.bot(slow_echo())
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.sleep(0.5)
        bot.stop()
        stage.server.say(said(2, "late"))

    assert (["a"], [1], []) == (stage.replies, stage.marked, bot.unfinished)


async def test_what_is_not_finished_in_time_is_cut_off_and_told(
    stage: BotStage, caplog: pytest.LogCaptureFixture
) -> None:
    """What was begun comes first; neither is marked as read."""
    bot = stage.bot(slow_echo(2), drain_timeout=3)
    took = await stopped_after(bot, stage, 0.5, *(said(n, f"canary{n}"[-1]) for n in range(1, 5)))

    assert pytest.approx(3, abs=0.3) == took
    assert (["1"], [1], [2, 3, 4]) == (stage.replies, stage.marked, ids(bot))
    [record] = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert f"3 events were not finished; messages: ['{2:024x}'" in record.getMessage()


async def test_a_second_stop_is_no_other(stage: BotStage) -> None:
    """The time that there is counts from the first."""
    bot = stage.bot(slow_echo(60), drain_timeout=3)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.wait_all_tasks_blocked()
        began = anyio.current_time()
        bot.stop()
        await anyio.sleep(2)
        bot.stop()

    assert pytest.approx(3, abs=0.3) == anyio.current_time() - began


async def test_it_can_be_stopped_at_once(stage: BotStage) -> None:
    bot = stage.bot(slow_echo(60))
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"), said(2, "b"))
        await anyio.wait_all_tasks_blocked()
        began = anyio.current_time()
        bot.stop()
        bot.stop(drain=False)

    assert pytest.approx(0, abs=0.3) == anyio.current_time() - began
    assert ([1, 2], 0) == (ids(bot), stage.server.open_streams)


async def test_cancelled_it_ends_at_once(stage: BotStage) -> None:
    """As a task of a service that is going down for another reason."""
    bot = stage.bot(slow_echo(60))
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.wait_all_tasks_blocked()
        began = anyio.current_time()
        group.cancel_scope.cancel()

    assert pytest.approx(0, abs=0.3) == anyio.current_time() - began
    assert ([1], 0) == (ids(bot), stage.server.open_streams)


async def test_stopped_before_it_is_online_it_just_ends(stage: BotStage) -> None:
    stage.server.streams.clear()
    bot = stage.bot(slow_echo())
    async with Together() as group:
        group.start_soon(bot.run)
        while bot._running is None:
            await anyio.lowlevel.checkpoint()
        bot.stop()

    assert ([], 0) == (bot.unfinished, stage.server.open_streams)


async def test_stopping_what_does_not_run_does_nothing(stage: BotStage) -> None:
    stage.bot(Router()).stop()


async def test_a_handler_may_stop_its_bot(stage: BotStage) -> None:
    """And is finished before it ends."""
    router = Router()

    @router.message()
    async def stop(bot: Bot, chat: ChatConnection, event: MessageReceived) -> None:
        bot.stop()
        await anyio.sleep(1)
        await chat.reply(event, "bye")

    bot = stage.bot(router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "stop"))

    assert (["bye"], [1], []) == (stage.replies, stage.marked, bot.unfinished)


async def test_a_reply_that_nobody_confirms_is_waited_for_no_longer(stage: BotStage) -> None:
    """The line is dead: it ends in its time all the same, and the message is unfinished."""
    bot = stage.bot(slow_echo(), drain_timeout=3)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.wait_all_tasks_blocked()
        stage.server.streams[-1].stalled = anyio.Event()
        began = anyio.current_time()
        bot.stop()

    assert [1] == ids(bot)
    assert anyio.current_time() - began < 3.5


async def test_without_a_line_it_ends_in_its_time(stage: BotStage) -> None:
    """What was to be said goes nowhere, and is unfinished."""
    bot = stage.bot(slow_echo(), drain_timeout=3)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.wait_all_tasks_blocked()
        stage.server.reachable = False
        stage.server.cut("the cable broke")
        began = anyio.current_time()
        bot.stop()

    assert [1] == ids(bot)
    assert anyio.current_time() - began < 3.5


async def test_a_cut_while_it_stops_is_healed(stage: BotStage) -> None:
    """What was accepted is answered on the next line."""
    bot = stage.bot(slow_echo(2))
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.wait_all_tasks_blocked()
        bot.stop()
        stage.server.cut("the cable broke")

    assert (["a"], [1], []) == (stage.replies, stage.marked, bot.unfinished)
    assert 2 == len(stage.server.streams)
