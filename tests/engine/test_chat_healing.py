"""A line is cut and another follows, within the same block."""

from functools import partial
from itertools import pairwise
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from connectycube.chat.connection import Account, ChatConnection
from connectycube.chat.events import (
    ChatMessage,
    Disconnected,
    Gap,
    Reconnected,
    Resumed,
    Sent,
)
from connectycube.chat.reconnect import Reconnect
from connectycube.errors import (
    AuthenticationError,
    ChatClosedError,
    ChatRefusedError,
    ChatTimeoutError,
    ConnectError,
    DeliveryUnknownError,
    SessionExpiredError,
)

from .chat_server import Resumes, Server, Shelf
from .chat_stage import ME, MESSAGE_ID, OddLine, conversation, message
from .stage import Together, begin
from .test_cancel_everywhere import Steps

pytestmark = pytest.mark.anyio
SLOW = Reconnect(base=8.0, uniform=lambda _, most: most)
QUICK = Reconnect(base=1.0, uniform=lambda _, most: most / 2)


async def up_to(chat: ChatConnection, kind: type) -> list[Any]:
    """Take events up to the first of a kind."""
    events: list[Any] = []
    while not events or not isinstance(events[-1], kind):
        events.append(await anext(chat))
    return events


async def test_a_cut_conversation_goes_on() -> None:
    """What was said before the cut, and between the lines, arrives once and in its order."""
    server = Server()
    async with conversation(server, reconnect=QUICK) as chat, Together() as group:
        await chat.send(8, "one")
        server.loses_acks = True
        sending = [begin(group, partial(chat.send, 8, "two"))]
        await anyio.wait_all_tasks_blocked()
        server.cut("the cable broke")
        disconnected = await anext(chat)
        server.loses_acks = False
        sending.append(begin(group, partial(chat.send, 8, "three")))
        resumed = await anext(chat)
        for each in sending:
            await each.done.wait()

        assert ["one", "two", "three"] == server.bodies
        assert server.ids[1:] == [each.value.message_id for each in sending]
        assert Disconnected(reason="the cable broke", unconfirmed=server.ids[1:2]) == disconnected
        assert (Resumed(), 1, 2) == (resumed, server.open_streams, len(server.streams))
    assert 0 == server.open_streams


@pytest.mark.parametrize("resumes", ["no", "never answers"])
async def test_where_it_cannot_go_on_a_new_one_begins(resumes: Resumes) -> None:
    """What was not confirmed is sent again with its id, and all may have been missed."""
    server = Server(resumes=resumes)
    async with conversation(server, reconnect=QUICK) as chat, Together() as group:
        server.loses_acks = True
        sending = begin(group, partial(chat.send, 8, "hello"))
        await anyio.wait_all_tasks_blocked()
        server.cut()
        server.loses_acks = False
        events = [await anext(chat) for _ in range(3)]
        await sending.done.wait()

    assert [Disconnected, Reconnected, Gap] == [type(event) for event in events]
    assert (["hello"] * 2, 1) == (server.bodies, len(set(server.ids)))
    # A refusal is answered on the same line; silence needs another one.
    assert {"no": 2, "never answers": 3}[resumes] == len(server.streams)


async def test_a_message_whose_confirmation_was_lost_is_not_sent_twice() -> None:
    server = Server()
    async with conversation(server, reconnect=QUICK) as chat, Together() as group:
        server.loses_acks = True
        sending = begin(group, partial(chat.send, 8, "hello"))
        await anyio.wait_all_tasks_blocked()
        server.cut()
        await up_to(chat, Resumed)
        await sending.done.wait()

    assert (["hello"], Sent(message_id=server.ids[0])) == (server.bodies, sending.value)


async def test_lines_are_tried_until_one_is_to_be_had() -> None:
    """Ever more slowly; the delays begin anew once there was one."""
    server = Server()
    moments = []

    async def noting(_refused: Account | None, /) -> Account:
        await anyio.lowlevel.checkpoint()
        moments.append(anyio.current_time())
        server.reachable = len(moments) not in (2, 3, 4)
        return ME

    async with conversation(server, account=noting, reconnect=QUICK) as chat:
        for _ in range(2):
            server.cut()
            await up_to(chat, Resumed)
    waits = [round(after - before, 1) for before, after in pairwise(moments)]

    assert [0.5, 1.0, 2.0, 4.0, 0.5] == waits


async def test_a_service_that_sends_us_away_is_not_pressed() -> None:
    """Each time it takes longer, though it lets us in; once that lasted, it is as at first."""
    server = Server()
    moments: list[float] = []
    shutdown = "<system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    async with conversation(server, reconnect=QUICK) as chat:
        for lasted in (0, 0, 0, 10):
            await anyio.sleep(lasted)
            server.say(f"<stream:error>{shutdown}</stream:error>")
            await up_to(chat, Disconnected)
            moments.append(-anyio.current_time())
            await up_to(chat, Resumed)
            moments[-1] += anyio.current_time()

    assert [0.5, 1.0, 2.0, 0.5] == [round(waited, 1) for waited in moments]


async def test_a_line_that_is_cut_soon_is_no_reason_to_wait_longer() -> None:
    """Also where it was cut in the middle of a login that the service had accepted."""
    is_cut = False

    def answer(frame: str) -> list[str] | None:
        if is_cut and frame.startswith("<iq"):
            server.cut()
            return []
        return None

    server = Server(answer, resumes="no")
    async with conversation(server, reconnect=QUICK, history=Shelf()) as chat:
        is_cut = True
        server.cut()
        await up_to(chat, Disconnected)
        began = anyio.current_time()
        with anyio.move_on_after(10.2):
            await anext(chat)
        lines = len(server.streams) - 1
        is_cut = False
        await up_to(chat, Reconnected)

    assert (20, True) == (lines, anyio.current_time() > began)


async def test_attempts_may_end() -> None:
    server = Server()
    attempts = Reconnect(attempts=2, uniform=lambda _, most: most)
    async with conversation(server, reconnect=attempts) as chat, Together() as group:
        server.reachable = False
        server.cut("gone")
        sending = begin(group, partial(chat.send, 8, "hello"))
        events = [event async for event in chat]
        await sending.done.wait()
        with pytest.raises(ChatClosedError, match="so many attempts"):
            await chat.ping()

    assert ["gone", "no line was to be had in so many attempts"] == [
        event.reason for event in events if isinstance(event, Disconnected)
    ]
    # Nothing of it has ever left.
    assert isinstance(sending.error, ChatClosedError)


async def test_the_first_line_is_not_tried_again() -> None:
    """Whoever connects decides what to do about that."""
    server = Server()
    server.reachable = False
    with pytest.raises(ConnectError):
        await conversation(server, reconnect=QUICK).__aenter__()


async def test_another_password_is_asked_for_once() -> None:
    server = Server()
    asked: list[Account | None] = []

    async def renewing(refused: Account | None, /) -> Account:
        await anyio.lowlevel.checkpoint()
        asked.append(refused)
        return ME

    async with conversation(server, account=renewing, reconnect=QUICK) as chat:
        server.refusals = 1
        server.cut()
        await up_to(chat, Resumed)

    assert [None, None, ME] == asked


async def test_two_refusals_are_the_end() -> None:
    server = Server()
    async with conversation(server, reconnect=QUICK) as chat, Together() as group:
        server.refusals = 2
        server.cut("gone")
        asking = begin(group, chat.ping)
        events = [event async for event in chat]
        await asking.done.wait()
        with pytest.raises(ChatClosedError, match="not-authorized") as caught:
            await chat.send(8, "hello")

    assert ["gone", "not-authorized"] == [event.reason for event in events]  # type: ignore[union-attr]
    assert isinstance(caught.value.__cause__, ChatRefusedError)
    assert isinstance(asking.error, ChatClosedError)
    assert (0, 3) == (server.open_streams, len(server.streams))


async def test_at_the_beginning_too_another_password_is_asked_for_once() -> None:
    server = Server(refusals=1)
    async with conversation(server, reconnect=QUICK) as chat:
        await chat.ping()
    server.refusals = 2
    with pytest.raises(ChatRefusedError, match="not-authorized"):
        await conversation(server, reconnect=QUICK).__aenter__()

    assert (0, 4) == (server.open_streams, len(server.streams))


async def test_where_no_other_password_is_to_be_had_the_refusal_stands() -> None:
    server = Server(refusals=1)

    async def once(refused: Account | None, /) -> Account:
        await anyio.lowlevel.checkpoint()
        if refused is not None:
            raise SessionExpiredError
        return ME

    with pytest.raises(ChatRefusedError, match="not-authorized"):
        await conversation(server, account=once, reconnect=QUICK).__aenter__()


@pytest.mark.parametrize(
    "error", [AuthenticationError(status=401), ZeroDivisionError("canary")], ids=["ours", "theirs"]
)
async def test_who_cannot_sign_in_any_more_is_out(error: Exception) -> None:
    """Whatever an application's own code raises, it comes out as no group and no surprise."""
    server = Server()
    is_out = False

    async def account(_refused: Account | None, /) -> Account:
        await anyio.lowlevel.checkpoint()
        if is_out:
            raise error
        return ME

    async with conversation(server, account=account, reconnect=QUICK) as chat:
        is_out = True
        server.cut()
        events = [event async for event in chat]
        with pytest.raises(ChatClosedError):
            await chat.ping()

    assert [Disconnected, Disconnected] == [type(event) for event in events]


async def test_another_user_does_not_go_on_with_the_conversation() -> None:
    server = Server()
    accounts = [ME, Account(user_id=9, app_id=21, password="canary-of-nine")]

    async def account(_refused: Account | None, /) -> Account:
        await anyio.lowlevel.checkpoint()
        return accounts.pop(0)

    async with conversation(server, account=account, reconnect=QUICK) as chat:
        server.cut()
        *_, last = [event async for event in chat]

    assert "another one" in getattr(last, "reason", "")


async def test_a_conflict_is_the_end() -> None:
    """Another device took our name: to come back would only take it away again."""
    server = Server()
    conflict = "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    async with conversation(server, reconnect=QUICK) as chat:
        server.say(f"<stream:error>{conflict}</stream:error>")
        events = [event async for event in chat]

    assert ([Disconnected(reason="conflict")], 1) == (events, len(server.streams))


async def test_leaving_while_there_is_no_line_waits_for_none() -> None:
    """Whoever waits elsewhere learns of it."""
    server = Server()
    async with Together() as group:
        async with conversation(server, reconnect=SLOW) as chat:
            server.cut()
            await up_to(chat, Disconnected)
            sending = begin(group, partial(chat.send, 8, "hello"))
            asking = begin(group, chat.ping)
            await anyio.wait_all_tasks_blocked()
            left = anyio.current_time()
        took = anyio.current_time() - left
        await sending.done.wait()
        await asking.done.wait()

    assert (0, True) == (server.open_streams, took < 0.1)
    assert isinstance(sending.error, ChatClosedError)
    assert isinstance(asking.error, ChatClosedError)


async def test_leaving_while_a_line_is_being_opened_waits_for_none() -> None:
    server = Server()

    class Endless(OddLine):
        is_endless = False

        async def connect(self, address: Any, /) -> "OddLine":
            if self.is_endless:
                await anyio.sleep_forever()
            return await super().connect(address)

    line = Endless(server)
    async with conversation(line, reconnect=QUICK) as chat:
        line.is_endless = True
        server.cut()
        await up_to(chat, Disconnected)
        await anyio.sleep(1)
        left = anyio.current_time()

    assert anyio.current_time() - left < 0.1


async def test_between_two_lines_requests_wait_and_typing_is_dropped() -> None:
    """A mark that was read is said later; a request waits as long as its answer may take."""
    server = Server()
    read = ChatMessage(id=MESSAGE_ID, sender_id=8)
    async with conversation(server, reconnect=SLOW, request_timeout=5.0) as chat:
        server.cut()
        await up_to(chat, Disconnected)
        await chat.typing(8)
        await chat.mark_read(read)
        began = anyio.current_time()
        with pytest.raises(ChatTimeoutError):
            await chat.ping()
        took = anyio.current_time() - began
        await chat.ping()
        resumed = await anext(chat)

    names = ("<composing", "<displayed")
    assert [0, 1] == [sum(name in frame for frame in server.heard) for name in names]
    assert pytest.approx(5, abs=0.1) == took
    assert Resumed() == resumed


async def test_a_goodbye_is_not_said_on_a_lost_line() -> None:
    """A service that hears one forgets the conversation, and it could not go on."""
    server = Server(lambda frame: [] if "urn:xmpp:ping" in frame else None)
    line = OddLine(server)
    goodbyes = []

    async def closing() -> None:
        await anyio.lowlevel.checkpoint()
        goodbyes.append(True)

    async with conversation(line, reconnect=QUICK) as chat:
        line.closing = closing
        await up_to(chat, Resumed)
        lost = list(goodbyes)

    assert ([], [True]) == (lost, goodbyes)


async def test_a_half_open_line_is_replaced_within_thirty_seconds() -> None:
    """By default: nothing arrives any more, and nothing is refused."""
    server = Server(lambda frame: [] if "urn:xmpp:ping" in frame else None)
    async with conversation(server, reconnect=QUICK) as chat:
        began = anyio.current_time()
        await up_to(chat, Resumed)
        took = anyio.current_time() - began

    assert 20 < took < 30


async def test_a_message_on_a_half_open_line_is_sent_on_the_next() -> None:
    """Within the time that `send` has by default."""
    server = Server()
    async with conversation(server, reconnect=QUICK) as chat:
        server.loses_acks = True
        first, server.streams[0].say = server.streams[0], lambda *_frames: None  # type: ignore[method-assign]
        sent = await chat.send(8, "hello")

    assert (True, [sent.message_id]) == (first.closed, list(dict.fromkeys(server.ids)))


async def test_a_line_that_takes_nothing_is_replaced_within_thirty_seconds() -> None:
    """Though the other side goes on talking."""
    server = Server()
    async with conversation(server, reconnect=QUICK) as chat, Together() as group:
        first = server.streams[0]
        first.stalled = anyio.Event()
        began = anyio.current_time()
        sending = begin(group, partial(chat.send, 8, "hello", timeout=60.0))
        with anyio.move_on_after(40):
            while sending.value is None:
                first.say(message(int(anyio.current_time() * 10)))
                await anyio.sleep(1)
        took = anyio.current_time() - began

    assert (["hello"], True) == (server.bodies, took < 30)


async def test_what_a_line_raises_is_no_reason_to_give_up() -> None:
    """Somebody else's connector may raise anything."""
    server = Server()
    line = OddLine(server)

    async def breaking() -> None:
        await anyio.lowlevel.checkpoint()
        raise ExceptionGroup("inside", [ValueError("canary")])

    async with conversation(line, reconnect=QUICK) as chat:
        line.receiving = breaking
        server.say(message(1))
        [disconnected] = await up_to(chat, Disconnected)
        line.receiving = None
        await up_to(chat, Resumed)

    assert "the line broke: ExceptionGroup" == disconnected.reason


async def test_cancelled_at_any_await_nothing_stays_behind() -> None:
    """A cut, a backoff, another login, resending: wherever it ends, no line is open."""
    finished = False
    for at in range(1, 1000):
        server = Server()
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


async def _story(server: Server) -> None:
    async with conversation(server, reconnect=QUICK) as chat:
        await chat.send(8, "one")
        server.cut()
        await chat.send(8, "two")
        server.resumes = "no"
        server.cut()
        await chat.send(8, "three")


async def test_what_is_sent_when_all_ends_is_unknown() -> None:
    """It may have arrived; what never left surely has not."""
    server = Server()
    async with conversation(server, reconnect=QUICK) as chat, Together() as group:
        server.loses_acks = True
        sent = begin(group, partial(chat.send, 8, "one"))
        await anyio.wait_all_tasks_blocked()
        server.refusals = 2
        server.cut()
        await up_to(chat, Disconnected)
        unsent = begin(group, partial(chat.send, 8, "two"))
        await sent.done.wait()
        await unsent.done.wait()

    assert isinstance(sent.error, DeliveryUnknownError)
    assert server.ids == [sent.error.message_id]
    assert isinstance(unsent.error, ChatClosedError)
