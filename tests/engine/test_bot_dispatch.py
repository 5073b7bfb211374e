"""Events on their way through a running bot: order, concurrency, limits, and what goes wrong."""

import asyncio
import logging

import anyio
import anyio.lowlevel
import pytest

from connectycube import ChatClosedError, ChatConnection, ChatMessage, ClosedError, MessageReceived
from connectycube.bots import HandlerTimeoutError, Rest, Router, Throttle
from connectycube.chat.events import Typing

from .bot_stage import BotStage, said, typing
from .chat_stage import DIALOG_ID
from .stage import Together

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage() -> BotStage:
    return BotStage()


class Log(list[str]):
    """Handlers that take their time, and what they did when."""

    def __init__(self, seconds: float = 1.0) -> None:
        super().__init__()
        self.router = Router()
        self.seconds = seconds
        self.at_once = 0
        self.most_at_once = 0
        self.router.message()(self.handler)

    async def handler(self, message: ChatMessage) -> None:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.append(f"{message.body} begins")
        try:
            await anyio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        self.append(f"{message.body} ends")


async def test_an_echo_answers_where_it_was_told(stage: BotStage) -> None:
    router = Router()

    @router.message()
    async def echo(event: MessageReceived, chat: ChatConnection) -> None:
        await chat.reply(event, event.message.body)

    async with Together() as group:
        await group.start(stage.bot(router).run)
        stage.server.say(said(1, "hello"), said(2, "all", room=DIALOG_ID))
        await anyio.wait_all_tasks_blocked()
        sent = [frame for frame in stage.server.sent if "<body>" in frame]
        group.cancel_scope.cancel()

    assert {"hello", "all"} == set(stage.replies)
    assert 'to="8-21@chat.test"' in sent[stage.replies.index("hello")]
    assert f'to="21_{DIALOG_ID}@muc.chat.test"' in sent[stage.replies.index("all")]


async def test_one_dialog_is_handled_in_its_order(stage: BotStage) -> None:
    log = Log()
    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(*(said(number, str(number)) for number in range(3)))
        await anyio.sleep(10)
        bot.stop()

    assert ["0 begins", "0 ends", "1 begins", "1 ends", "2 begins", "2 ends"] == log
    assert [0, 1, 2] == stage.marked


async def test_different_dialogs_are_handled_at_once(stage: BotStage) -> None:
    """A user in private and a group that the user writes in are two."""
    log = Log()
    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"), said(2, "b", by=9), said(3, "c", room=DIALOG_ID))
        await anyio.sleep(0.5)
        begun = [*log]
        await anyio.sleep(1)
        bot.stop()

    assert ["a begins", "b begins", "c begins"] == sorted(begun)
    assert 6 == len(log)


async def test_so_many_are_handled_at_once_and_no_more(stage: BotStage) -> None:
    log = Log()
    bot = stage.bot(log.router, max_concurrency=3)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(*(said(number, str(number), by=100 + number) for number in range(10)))
        await anyio.sleep(3.9)
        after_three = len(log)
        await anyio.sleep(1)
        bot.stop()

    assert (3, 9 + 10, 20) == (log.most_at_once, after_three, len(log))


async def test_an_idle_bot_keeps_no_task(stage: BotStage) -> None:
    """Its run and those of the chat are all there is; a worker ends with its work."""
    log = Log()
    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        await anyio.wait_all_tasks_blocked()
        idle = len(anyio.get_running_tasks())
        stage.server.say(*(said(number, "x", by=number + 1) for number in range(50)))
        await anyio.sleep(0.5)
        busy = len(anyio.get_running_tasks())
        await anyio.sleep(5)
        again = len(anyio.get_running_tasks())
        bot.stop()

    assert (idle, idle + bot.max_concurrency) == (again, busy)


async def test_other_events_wait_behind_the_messages_of_their_user(stage: BotStage) -> None:
    log = Log()

    @log.router.event(Typing)
    async def typed() -> None:
        log.append("typing")

    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"), typing(), typing(by=9))
        await anyio.sleep(2)
        bot.stop()

    assert ["a begins", "typing", "a ends", "typing"] == log


async def test_one_s_own_echo_from_a_group_is_nothing_to_it(stage: BotStage) -> None:
    log = Log()
    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "mine", by=stage.me, room=DIALOG_ID), said(2, "other"))
        await anyio.sleep(2)
        bot.stop()

    assert (["other begins", "other ends"], [2]) == (log, stage.marked)


async def test_what_came_twice_is_handled_once(stage: BotStage) -> None:
    log = Log()
    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"), said(1, "a"))
        await anyio.sleep(3)
        bot.stop()

    assert ["a begins", "a ends"] == log


async def test_an_error_ends_neither_bot_nor_dialog_and_is_logged_without_its_text(
    stage: BotStage, caplog: pytest.LogCaptureFixture
) -> None:
    """The error's class and place are told; what people wrote is not."""
    router = Router()

    @router.message()
    async def fail(message: ChatMessage, chat: ChatConnection, event: MessageReceived) -> None:
        if "bad" in message.body:
            raise ValueError(message.body)
        await chat.reply(event, "good")

    bot = stage.bot(router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "bad canary"), said(2, "fine"))
        await anyio.wait_all_tasks_blocked()
        bot.stop()

    [record] = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert "connectycube.bots" == record.name
    assert "ValueError, at " in record.getMessage()
    assert "test_bot_dispatch.py" in record.getMessage()
    assert (["good"], [1, 2]) == (stage.replies, stage.marked)


async def test_a_usage_is_told_to_whoever_needs_it(stage: BotStage) -> None:
    router = Router()

    @router.command("say")
    async def say(event: MessageReceived, chat: ChatConnection, words: Rest) -> None:
        await chat.reply(event, words)

    bot = stage.bot(router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "/say"), said(2, "/say  it &lt;now&gt;"))
        await anyio.wait_all_tasks_blocked()
        bot.stop()

    assert ["Usage: /say WORDS...", "it &lt;now&gt;"] == stage.replies


async def test_a_handler_that_takes_too_long_is_cut_off(stage: BotStage) -> None:
    """By the bot's limit or its own; the dialog goes on, and error handlers are told."""
    router = Router()
    errors: list[HandlerTimeoutError] = []
    ended: list[float] = []

    @router.message()
    async def slow() -> None:
        try:
            await anyio.sleep(60)
        finally:
            ended.append(anyio.current_time() - begun)

    @router.event(Typing, timeout=9)
    async def slower() -> None:
        await slow()

    @router.error(HandlerTimeoutError)
    async def told(error: HandlerTimeoutError) -> None:
        errors.append(error)

    bot = stage.bot(router, handler_timeout=2)
    async with Together() as group:
        await group.start(bot.run)
        begun = anyio.current_time()
        stage.server.say(said(1, "a"), said(2, "b"), typing(by=9))
        await anyio.sleep(20)
        bot.stop()

    assert pytest.approx([2, 4, 9], abs=0.1) == ended
    assert [2, 2, 9] == [error.seconds for error in errors]
    assert "slow" in errors[0].handler


async def test_a_timeout_of_the_handler_s_own_is_an_error_like_any(stage: BotStage) -> None:
    router = Router()
    errors: list[Exception] = []

    @router.message()
    async def slow() -> None:
        with anyio.fail_after(1):
            await anyio.sleep(5)

    @router.error(Exception)
    async def told(error: Exception) -> None:
        errors.append(error)

    bot = stage.bot(router, handler_timeout=2)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.sleep(5)
        bot.stop()

    assert [TimeoutError] == [type(error) for error in errors]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_others_cancelled_is_an_error_like_any() -> None:
    """On asyncio a handler may wait for a task that somebody else cancels."""
    stage, router = BotStage(), Router()

    @router.message()
    async def wait(message: ChatMessage, chat: ChatConnection, event: MessageReceived) -> None:
        if message.body == "wait":
            task = asyncio.ensure_future(asyncio.sleep(60))
            task.cancel()
            await task
        await chat.reply(event, message.body)

    bot = stage.bot(router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "wait"), said(2, "go on"))
        await anyio.wait_all_tasks_blocked()
        await anyio.sleep(1)
        bot.stop()

    assert (["go on"], []) == (stage.replies, bot.unfinished)


async def test_an_exit_ends_it_and_comes_out_as_it_is(stage: BotStage) -> None:
    router = Router()

    @router.message()
    async def leave() -> None:
        raise SystemExit(3)

    bot = stage.bot(router)
    error: BaseException | None = None

    async def run(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        nonlocal error
        try:
            await bot.run(task_status=task_status)
        except BaseException as caught:  # noqa: BLE001 - whatever it is, it is looked at below
            error = caught

    async with Together() as group:
        await group.start(run)
        stage.server.say(said(1, "a"))

    assert isinstance(error, SystemExit)
    assert (3, 0) == (error.code, stage.server.open_streams)


async def test_the_end_of_the_conversation_is_raised(stage: BotStage) -> None:
    """After what was accepted is handled."""
    log = Log()
    bot = stage.bot(log.router)
    server = stage.server

    async def cut() -> None:
        await anyio.sleep(1)
        server.say(said(1, "a"))
        server.cut("the cable broke")

    async with Together() as group:
        group.start_soon(cut)
        with pytest.raises(ChatClosedError, match="the cable broke"):
            await bot.run()

    assert (["a begins", "a ends"], []) == (log, bot.unfinished)


async def test_a_bot_runs_once_at_a_time_and_again(stage: BotStage) -> None:
    log = Log()
    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        online = bot.user_id
        with pytest.raises(ClosedError, match="runs already"):
            await bot.run()
        bot.stop()
    with pytest.raises(ClosedError, match="not online"):
        assert bot.user_id
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(said(1, "a"))
        await anyio.sleep(2)
        bot.stop()

    assert stage.me == online
    assert ["a begins", "a ends"] == log


async def test_who_says_too_much_is_told_once(stage: BotStage) -> None:
    """And again only after something got through; others are not held up."""
    log = Log(0)

    async def slow_down(chat: ChatConnection, event: MessageReceived) -> None:
        await chat.reply(event, "slowly")

    log.router.outer_middleware()(Throttle(per_second=1, burst=2, on_limit=slow_down))
    bot = stage.bot(log.router)
    async with Together() as group:
        await group.start(bot.run)
        stage.server.say(*(said(number, str(number)) for number in range(5)))
        stage.server.say(said(10, "other", by=9))
        await anyio.sleep(1.5)
        stage.server.say(said(5, "5"), said(6, "6"))
        await anyio.sleep(1)
        bot.stop()

    assert ["0", "1", "other", "5"] == [one.split()[0] for one in log if one.endswith("ends")]
    assert ["slowly", "slowly"] == stage.replies
    assert [0, 1, 2, 3, 4, 5, 6] == sorted(set(stage.marked) - {10})
