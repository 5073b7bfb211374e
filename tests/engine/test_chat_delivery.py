"""A message that is said to be sent was taken by the service; of any other that is not said."""

import copy
import pickle
from functools import partial

import anyio
import pytest

from connectycube.chat.events import Disconnected, Resumed, Sent
from connectycube.errors import (
    ChatClosedError,
    ChatError,
    DeliveryUnknownError,
    InvalidInputError,
    OutboxFullError,
)
from connectycube.testing.scripted_frames import ScriptedFrames

from .chat_server import Server, between
from .chat_stage import conversation, message
from .stage import Together, begin
from .test_chat_healing import QUICK, SLOW, up_to

pytestmark = pytest.mark.anyio


async def test_a_send_returns_when_the_service_has_the_message() -> None:
    """No sooner; and no event tells of it once more."""
    server = Server()
    async with conversation(server) as chat, Together() as group:
        server.loses_acks = True
        sending = begin(group, partial(chat.send, 8, "hello"))
        await anyio.wait_all_tasks_blocked()
        before = sending.value
        server.say("<a xmlns='urn:xmpp:sm:3' h='2'/>")
        await sending.done.wait()
        server.say(message(1))
        event = await anext(chat)

    assert (None, Sent(message_id=server.ids[0])) == (before, sending.value)
    assert "MessageReceived" == type(event).__name__


@pytest.mark.parametrize("counts", [True, False])
async def test_many_are_confirmed_by_few_questions(*, counts: bool) -> None:
    """One stands behind all that was said at once, by a count or by a ping."""
    server = Server()
    async with conversation(server, stream_management=counts) as chat, Together() as group:
        sending = [begin(group, partial(chat.send, 8, f"{number}")) for number in range(50)]
        for each in sending:
            await each.done.wait()
        texts = [between(frame, "<body>", "</body>") for frame in server.sent if "<body>" in frame]
        asked = [frame for frame in server.sent if "<r " in frame or "urn:xmpp:ping" in frame]

    assert {f"{number}" for number in range(50)} == set(texts)
    assert 50 == len(texts)
    assert len(asked) <= 2


async def test_a_service_that_does_not_count_is_asked_by_a_ping() -> None:
    """There is no false sent where it is silent, and all is said again on the next line."""
    silent = True
    server = ScriptedFrames(
        lambda frame: [] if silent and "urn:xmpp:ping" in frame else None,
    )
    async with (
        conversation(server, reconnect=QUICK, stream_management=False) as chat,
        Together() as group,
    ):
        sending = begin(group, partial(chat.send, 8, "hello"))
        await anyio.wait_all_tasks_blocked()
        before = sending.value
        silent = False
        server.cut()
        await sending.done.wait()
        ids = [
            frame.partition(' id="')[2][:24]
            for stream in server.streams
            for frame in stream.sent
            if "<body>" in frame
        ]

    assert (None, [sending.value.message_id] * 2) == (before, ids)


async def test_a_send_that_takes_too_long_is_unknown_and_told_of_later() -> None:
    server = Server()
    async with conversation(server, ack_timeout=100.0) as chat, Together() as group:
        server.loses_acks = True
        began = anyio.current_time()
        sending = begin(group, partial(chat.send, 8, "hello", timeout=3.0))
        await sending.done.wait()
        took = anyio.current_time() - began
        server.say("<a xmlns='urn:xmpp:sm:3' h='2'/>")
        event = await anext(chat)

    assert isinstance(sending.error, DeliveryUnknownError)
    assert pytest.approx(3, abs=0.1) == took
    assert Sent(message_id=sending.error.message_id) == event


async def test_a_send_may_wait_for_ever() -> None:
    server = Server()
    server.loses_acks = True
    async with conversation(server, ack_timeout=1e5) as chat, Together() as group:
        sending = begin(group, partial(chat.send, 8, "hello", timeout=None))
        await anyio.sleep(1000)
        before = sending.done.is_set()
        server.say("<a xmlns='urn:xmpp:sm:3' h='2'/>")
        await sending.done.wait()

    assert (False, True) == (before, sending.value is not None)


async def test_a_cancelled_send_is_sent_and_told_of() -> None:
    """Also where no line is to be had just then."""
    server = Server()
    async with conversation(server, reconnect=QUICK) as chat, Together() as group:
        server.cut()
        sending = begin(group, partial(chat.send, 8, "hello"))
        await anyio.wait_all_tasks_blocked()
        sending.scope.cancel()
        await sending.done.wait()
        *_, sent = await up_to(chat, Sent)

    assert (["hello"], [sent.message_id]) == (server.bodies, server.ids)


async def test_a_send_that_is_cancelled_while_it_is_confirmed_is_told_of() -> None:
    """Whoever is cancelled does not learn of it otherwise."""
    server = Server()
    async with conversation(server) as chat, Together() as group:
        server.loses_acks = True
        sending = begin(group, partial(chat.send, 8, "hello"))
        await anyio.wait_all_tasks_blocked()
        chat._talk._take(  # type: ignore[union-attr]
            chat._talk._protocol.receive("<a xmlns='urn:xmpp:sm:3' h='2'/>", 0.0)  # type: ignore[union-attr]
        )
        sending.scope.cancel()
        await sending.done.wait()
        told = [sending.value] if sending.value is not None else [await anext(chat)]

    assert [Sent(message_id=server.ids[0])] == told


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan")])
async def test_a_time_that_allows_nothing_is_refused(timeout: float) -> None:
    server = Server()
    async with conversation(server) as chat:
        with pytest.raises(InvalidInputError, match="timeout"):
            await chat.send(8, "hello", timeout=timeout)

    assert [] == server.bodies


async def test_what_waits_is_bounded_while_there_is_no_line() -> None:
    """What is too much is refused, and surely not sent."""
    server = Server()
    async with conversation(server, reconnect=SLOW, max_unsent=3) as chat, Together() as group:
        server.cut()
        await up_to(chat, Disconnected)
        sending = []
        for number in range(3):
            sending.append(begin(group, partial(chat.send, 8, f"{number}")))
            await anyio.wait_all_tasks_blocked()
        with pytest.raises(OutboxFullError):
            await chat.send(8, "more")
        with pytest.raises(OutboxFullError):
            await chat.delete(8, "65a0b1c2d3e4f5a6b7c8d9e0")
        await up_to(chat, Resumed)
        for each in sending:
            await each.done.wait()
        await chat.send(8, "at last")

    assert ["0", "1", "2", "at last"] == server.bodies


async def test_on_a_line_who_says_much_waits_for_their_place() -> None:
    """Nobody is refused, and the order stays."""
    server = Server()
    async with conversation(server, max_unsent=3) as chat, Together() as group:
        server.loses_acks = True
        sending = []
        for number in range(10):
            sending.append(begin(group, partial(chat.send, 8, f"{number}")))
            await anyio.wait_all_tasks_blocked()
        before = list(server.bodies)
        server.loses_acks = False
        server.say("<a xmlns='urn:xmpp:sm:3' h='4'/>")
        for each in sending:
            await each.done.wait()

    assert ["0", "1", "2"] == before
    assert [f"{number}" for number in range(10)] == server.bodies


async def test_a_place_that_does_not_come_in_time_is_none() -> None:
    server = Server()
    async with conversation(server, max_unsent=1, ack_timeout=100.0) as chat, Together() as group:
        server.loses_acks = True
        begin(group, partial(chat.send, 8, "one", timeout=50.0))
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(OutboxFullError):
            await chat.send(8, "two", timeout=2.0)
        group.cancel_scope.cancel()

    assert ["one"] == server.bodies


async def test_a_place_that_a_cut_takes_away_is_none() -> None:
    server = Server()
    async with conversation(server, reconnect=SLOW, max_unsent=1) as chat, Together() as group:
        server.loses_acks = True
        begin(group, partial(chat.send, 8, "one"))
        await anyio.wait_all_tasks_blocked()
        waiting = begin(group, partial(chat.send, 8, "two"))
        await anyio.wait_all_tasks_blocked()
        server.cut()
        await waiting.done.wait()
        group.cancel_scope.cancel()

    assert isinstance(waiting.error, OutboxFullError)


async def test_a_sent_message_can_be_changed_by_what_send_returned() -> None:
    server = Server()
    async with conversation(server) as chat:
        sent = await chat.send(8, "hello")
        await chat.edit(8, sent, "Hello!")
        await chat.delete(8, sent)
        await chat.ping()

    changes = [frame for frame in server.heard if "<replace" in frame or "<remove" in frame]
    assert 2 == len(changes)
    assert all(f'id="{sent.message_id}"' in frame for frame in changes)


async def test_what_is_unknown_survives_being_copied() -> None:
    error = DeliveryUnknownError("65a0b1c2d3e4f5a6b7c8d9e0", "gone")
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert (error.message_id, str(error)) == (twin.message_id, str(twin))
        assert isinstance(twin, ChatError)


async def test_a_message_of_a_cut_conversation_is_unknown() -> None:
    """Where a cut is the end; what is said afterwards is refused."""
    server = Server()
    async with conversation(server, reconnect=None) as chat, Together() as group:
        server.loses_acks = True
        sending = begin(group, partial(chat.send, 8, "hello"))
        await anyio.wait_all_tasks_blocked()
        server.cut("gone")
        await sending.done.wait()
        with pytest.raises(ChatClosedError, match="gone"):
            await chat.send(8, "more")

    assert isinstance(sending.error, DeliveryUnknownError)
    assert "gone" in str(sending.error)


async def test_leaving_does_not_wait_for_what_nobody_confirms() -> None:
    """And does not say that it was sent."""
    server = Server()
    async with Together() as group:
        async with conversation(server) as chat:
            server.loses_acks = True
            sending = begin(group, partial(chat.send, 8, "hello"))
            await anyio.wait_all_tasks_blocked()
        await sending.done.wait()

    assert isinstance(sending.error, DeliveryUnknownError)
