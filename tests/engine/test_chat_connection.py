"""A conversation from its first word to its last: what it tells, and that it leaves nothing."""

import asyncio
from functools import partial

import anyio
import anyio.lowlevel
import attrs
import pytest

from connectycube.chat.connection import Account
from connectycube.chat.events import Disconnected, MessageReceived
from connectycube.errors import (
    ChatClosedError,
    ChatRefusedError,
    ClosedError,
    ConnectError,
    DeliveryUnknownError,
    RequestTimeoutError,
    StreamClosedError,
)
from connectycube.frames import ChatAddress
from connectycube.testing.scripted_frames import ScriptedFrames, ScriptedStream

from .chat_stage import OddLine, conversation, message, rest, said
from .stage import Together, begin
from .test_cancel_everywhere import Steps

pytestmark = pytest.mark.anyio


async def test_a_block_logs_in_and_says_goodbye() -> None:
    server = ScriptedFrames()
    async with conversation(server) as chat:
        inside = (server.open_streams, chat.user_id)

    assert (1, 7) == inside
    assert ['<presence xmlns="jabber:client" type="unavailable"/>'] == said(server)
    assert (0, True) == (server.open_streams, server.streams[0].closed)


async def test_a_refused_login_is_raised_where_the_block_is_entered() -> None:
    server = ScriptedFrames(refuses=True)
    with pytest.raises(ChatRefusedError, match="not-authorized"):
        await conversation(server).__aenter__()

    assert 0 == server.open_streams


async def test_a_password_is_not_said_where_others_read_along() -> None:
    server = ScriptedFrames(is_private=False)
    with pytest.raises(ChatRefusedError):
        await conversation(server).__aenter__()

    assert ([], 0) == (server.sent, server.open_streams)


async def test_no_line_is_a_connect_error() -> None:
    server = ScriptedFrames()
    server.reachable = False
    with pytest.raises(ConnectError):
        await conversation(server).__aenter__()


async def test_a_line_that_does_not_come_is_given_up() -> None:
    """A connector of somebody else's may know no limit."""

    class Endless:
        async def connect(self, _address: ChatAddress, /) -> ScriptedStream:
            await anyio.sleep_forever()
            raise AssertionError

    with pytest.raises(RequestTimeoutError, match="not done within 15 s"):
        await conversation(Endless()).__aenter__()


async def test_a_server_that_says_nothing_is_given_up() -> None:
    server = ScriptedFrames(lambda _frame: [])
    with pytest.raises(ChatClosedError, match="did not answer the login in time"):
        await conversation(server).__aenter__()

    assert 0 == server.open_streams


async def test_a_cut_during_the_login_is_told() -> None:
    def answer(frame: str) -> list[str] | None:
        if frame.startswith("<auth"):
            server.cut("gone with the wind")
            return []
        return None

    server = ScriptedFrames(answer)
    with pytest.raises(ChatClosedError, match="gone with the wind"):
        await conversation(server).__aenter__()

    assert 0 == server.open_streams


async def test_a_failing_account_opens_no_line() -> None:
    async def nobody(_refused: Account | None, /) -> Account:
        raise ClosedError("nobody is there")

    server = ScriptedFrames()
    with pytest.raises(ClosedError, match="nobody is there"):
        await conversation(server, account=nobody).__aenter__()

    assert [] == server.streams


async def test_a_conversation_is_entered_once() -> None:
    chat = conversation(ScriptedFrames())
    async with chat:
        with pytest.raises(ClosedError, match="entered once"):
            await chat.__aenter__()


async def test_outside_of_its_block_nothing_can_be_said() -> None:
    chat = conversation(ScriptedFrames())
    with pytest.raises(ChatClosedError, match="not connected"):
        await chat.ping()
    async with chat:
        pass
    with pytest.raises(ChatClosedError, match="the chat was left"):
        await chat.ping()
    with pytest.raises(ChatClosedError, match="the chat was left"):
        await chat.typing(8)

    assert [] == await rest(chat)


async def test_a_cut_ends_the_iteration_and_says_why() -> None:
    """What came before is given first."""
    server = ScriptedFrames()
    async with conversation(server) as chat:
        server.say(message(1), message(2))
        server.cut("the cable broke")
        events = await rest(chat)
        with pytest.raises(ChatClosedError, match="the cable broke"):
            await chat.send(8, "too late")

    assert [MessageReceived, MessageReceived, Disconnected] == [type(event) for event in events]
    assert Disconnected(reason="the cable broke") == events[-1]
    assert 0 == server.open_streams


async def test_what_nobody_confirmed_is_told_at_the_cut() -> None:
    server = ScriptedFrames(lambda frame: [] if frame.startswith("<r ") else None)
    async with conversation(server) as chat, Together() as group:
        sending = []
        for body in ("one", "two"):
            sending.append(begin(group, partial(chat.send, 8, body)))
            await anyio.wait_all_tasks_blocked()
        server.cut()
        events = await rest(chat)
        for task in sending:
            await task.done.wait()
    errors = [task.error for task in sending]
    unknown = [one.message_id for one in errors if isinstance(one, DeliveryUnknownError)]

    assert [Disconnected(reason="the line was cut", unconfirmed=unknown)] == events
    assert 2 == len(unknown)


async def test_a_cut_reaches_whoever_waits() -> None:
    server = ScriptedFrames(lambda frame: [] if "ping" in frame else None)
    async with conversation(server) as chat, Together() as group:
        waiting = [begin(group, chat.ping) for _ in range(3)]
        await anyio.wait_all_tasks_blocked()
        server.cut("the cable broke")
        for task in waiting:
            await task.done.wait()

    assert ["the cable broke"] * 3 == [
        task.error.reason for task in waiting if isinstance(task.error, ChatClosedError)
    ]


async def test_leaving_reaches_whoever_waits_elsewhere() -> None:
    """A task outside of the block learns that it is over, and none hangs."""
    server = ScriptedFrames(lambda frame: [] if "ping" in frame else None)
    async with Together() as group:
        async with conversation(server) as chat:
            asking, listening = begin(group, chat.ping), begin(group, chat.__anext__)
            await anyio.wait_all_tasks_blocked()
        await asking.done.wait()
        await listening.done.wait()

    assert isinstance(asking.error, ChatClosedError)
    assert isinstance(listening.error, StopAsyncIteration | RuntimeError)


async def test_what_is_raised_in_the_block_comes_out_as_it_is() -> None:
    server = ScriptedFrames()
    with pytest.raises(ZeroDivisionError) as caught:
        async with conversation(server):
            raise ZeroDivisionError from KeyError("why")

    assert isinstance(caught.value.__cause__, KeyError)
    assert 0 == server.open_streams


async def test_a_group_of_the_user_s_own_stays_one() -> None:
    group = ExceptionGroup("mine", [ValueError("one"), KeyError("two")])
    with pytest.raises(ExceptionGroup) as caught:
        async with conversation(ScriptedFrames()):
            raise group

    assert caught.value is group


async def breaking() -> None:
    await anyio.lowlevel.checkpoint()
    raise ExceptionGroup("inside", [ValueError("canary")])


@pytest.mark.parametrize("while_sending", [True, False])
async def test_a_line_that_breaks_its_promises_ends_the_conversation(
    *, while_sending: bool
) -> None:
    """Whatever a line of somebody else's raises is told like a cut, and never in a group."""
    server = ScriptedFrames()
    line = OddLine(server)
    async with conversation(line) as chat:
        if while_sending:
            line.sending = breaking
            with pytest.raises(DeliveryUnknownError, match="the line broke: ExceptionGroup"):
                await chat.send(8, "hello")
        else:
            line.receiving = breaking
            server.say(message())
        events = await rest(chat)

    assert [Disconnected(reason="the line broke: ExceptionGroup")] == [
        attrs.evolve(event, unconfirmed=[]) for event in events if isinstance(event, Disconnected)
    ]
    assert 0 == server.open_streams


async def test_a_half_open_line_is_noticed() -> None:
    """Nothing arrives any more and nothing is refused: silence itself is the sign."""
    server = ScriptedFrames(lambda frame: [] if "ping" in frame else None)
    async with conversation(server, ping_interval=60, ping_timeout=10) as chat:
        started = anyio.current_time()
        events = await rest(chat)
        took = anyio.current_time() - started

    assert [Disconnected(reason="the service gave no sign of life")] == events
    assert pytest.approx(70, abs=0.5) == took


async def test_a_stalled_line_holds_nobody_up_for_ever() -> None:
    """What cannot be written does not keep the time from passing."""
    server = ScriptedFrames()
    async with conversation(server) as chat, Together() as group:
        server.streams[0].stalled = anyio.Event()
        sending = begin(group, lambda: chat.send(8, "hello"))
        events = await rest(chat)
        await anyio.wait_all_tasks_blocked()
        left = anyio.current_time()
        group.cancel_scope.cancel()

    assert ["Disconnected"] == [type(event).__name__ for event in events]
    assert sending.value is None
    assert anyio.current_time() - left < 10
    assert 0 == server.open_streams


async def test_a_line_that_will_not_close_holds_nobody_up_for_ever() -> None:
    line = OddLine(ScriptedFrames())
    async with conversation(line):
        line.closing = anyio.sleep_forever
        left = anyio.current_time()

    assert anyio.current_time() - left < 10


async def test_a_cancelled_call_is_sent_all_the_same() -> None:
    """Half a frame would break the line, so cancelling ends the wait alone."""
    server = ScriptedFrames()
    async with conversation(server) as chat, Together() as group:
        stream = server.streams[0]
        stream.stalled = anyio.Event()
        sending = begin(group, lambda: chat.send(8, "hello"))
        await anyio.wait_all_tasks_blocked()
        sending.scope.cancel()
        await sending.done.wait()
        stream.stalled.set()
        await chat.ping()

    assert ["<body>hello</body>" in frame for frame in said(server)][:1] == [True]


async def test_a_cancelled_wait_for_an_event_loses_none() -> None:
    server = ScriptedFrames()
    async with conversation(server) as chat:
        for _ in range(3):
            with anyio.move_on_after(1):
                await anext(chat)
        server.say(message(1))
        event = await anext(chat)

    assert isinstance(event, MessageReceived)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_native_cancellation_is_heard() -> None:
    """Asyncio's own time limits work around a block, and nothing stays behind."""
    server = ScriptedFrames()
    tasks = len(asyncio.all_tasks())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), conversation(server) as chat:
            await rest(chat)

    assert (0, tasks) == (server.open_streams, len(asyncio.all_tasks()))


async def test_cancelled_at_any_await_nothing_stays_behind() -> None:
    """Connecting, logging in, talking, leaving: wherever it ends, the line is closed."""
    finished = False
    for at in range(1, 1000):
        server = ScriptedFrames()
        scope = anyio.CancelScope()
        steps = Steps(at, scope)
        with scope, steps.counted():
            async with anyio.create_task_group() as group:
                group.start_soon(_story, server)
        await anyio.wait_all_tasks_blocked()

        assert 0 == server.open_streams
        if steps.taken < at:
            finished = True
            break

    assert finished


async def _story(server: ScriptedFrames) -> None:
    async with conversation(server) as chat:
        server.say(message(1))
        async for event in chat:
            assert isinstance(event, MessageReceived)
            await chat.reply(event, "hello")
            await chat.ping()
            break


async def gone() -> None:
    await anyio.lowlevel.checkpoint()
    raise StreamClosedError("gone")


async def test_a_cut_that_only_the_writer_notices_is_told() -> None:
    server = ScriptedFrames()
    line = OddLine(server)
    async with conversation(line) as chat:
        line.sending = gone
        with pytest.raises(DeliveryUnknownError, match="gone"):
            await chat.send(8, "hello")
        events = await rest(chat)

    assert ["gone"] == [event.reason for event in events if isinstance(event, Disconnected)]
    assert 0 == server.open_streams
