"""What was said while there was no line comes from the history: once, and in its order."""

from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import (
    Disconnected,
    Gap,
    MessageReceived,
    Overflow,
    Reconnected,
    Resumed,
)
from connectycube.models.message import Message

from .chat_server import Server, Shelf, kept, spoken
from .chat_stage import DIALOG_ID, conversation, message
from .test_chat_healing import QUICK, up_to

pytestmark = pytest.mark.anyio


def shown(events: list[Any]) -> list[str]:
    """Return the texts of messages, and the names of other events."""
    return [
        event.message.body if isinstance(event, MessageReceived) else type(event).__name__
        for event in events
    ]


async def taken(chat: ChatConnection, count: int) -> list[str]:
    return shown([await anext(chat) for _ in range(count)])


async def test_what_was_missed_is_brought_back() -> None:
    """What came before the cut is not, nor what the service sends by itself."""
    server, shelf = Server(resumes="no"), Shelf([kept(number) for number in range(1, 5)])
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        server.say(spoken(1))
        await anext(chat)
        server.cut()
        events = [await anext(chat) for _ in range(5)]
        server.say(spoken(4), spoken(5))
        more = await taken(chat, 1)

    assert ["Disconnected", "Reconnected", "2", "3", "4"] == shown(events)
    assert ["5"] == more
    brought = events[-1].message  # type: ignore[union-attr]
    assert (DIALOG_ID, True, True, 8) == (
        brought.dialog_id,
        brought.is_group,
        brought.is_delayed,
        brought.sender_id,
    )


async def test_it_is_looked_for_from_a_moment_before_the_cut() -> None:
    server, shelf = Server(resumes="no"), Shelf()
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        began = datetime.now(UTC).timestamp()
        await anyio.sleep(600)  # by the loop's clock, which is not this machine's
        server.cut()
        await up_to(chat, Reconnected)
        await chat.ping()
        await anyio.wait_all_tasks_blocked()

    [since] = shelf.since
    assert -90 < since.timestamp() - began < 0


async def test_where_the_conversation_goes_on_nothing_is_looked_for() -> None:
    server, shelf = Server(), Shelf([kept(1)])
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        server.cut()
        await up_to(chat, Resumed)
        server.say(spoken(2))
        more = await taken(chat, 1)

    assert (["2"], []) == (more, shelf.since)


async def test_what_comes_meanwhile_waits_for_what_is_older() -> None:
    """Each in the place that the history gives it; what is said elsewhere waits for nothing."""
    shelf = Shelf([kept(number) for number in range(1, 6)])
    server = Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        server.cut()
        await up_to(chat, Reconnected)
        shelf.held = anyio.Event()
        await chat.ping()
        server.say(spoken(3), spoken(6), edited(3), typing())
        await anyio.wait_all_tasks_blocked()
        before = await taken(chat, 1)
        shelf.held.set()
        after = await taken(chat, 7)

    assert ["Typing"] == before
    assert ["1", "2", "3", "4", "5", "6", "MessageEdited"] == after


async def test_what_belongs_to_an_earlier_conversation_is_let_be() -> None:
    """
    Dates are whole seconds, so of what was said as this one began it is not clear.

    What was delivered and did not come here, and what was sent and not from here, was before.
    """
    server = Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=(shelf := Shelf())) as chat:
        ours = await chat.send(DIALOG_ID, "from here")
        just_now: dict[str, Any] = {"date_sent": datetime.now(UTC), "delivered_ids": [8, 7]}
        shelf.kept = [
            kept(1, **just_now),
            kept(2, sender=7, **just_now),
            Message(id=ours.message_id, sender_id=7, text="from here", **just_now),
            kept(3, **{**just_now, "delivered_ids": []}),
            kept(4, **just_now),
            kept(5),
        ]
        server.cut()
        await up_to(chat, Reconnected)
        shelf.held = anyio.Event()
        await chat.ping()
        server.say(spoken(4), spoken(6))
        await anyio.wait_all_tasks_blocked()
        shelf.held.set()
        told = await taken(chat, 5)

    assert ["from here", "3", "4", "5", "6"] == told


def edited(number: int) -> str:
    return (
        f"<message xmlns='jabber:client' type='groupchat' id='{'e' * 24}'"
        f" from='21_{DIALOG_ID}@muc.chat.test/8'><body>new</body>"
        f"<replace xmlns='urn:xmpp:message-correct:0' id='{number:024x}' last='true'/></message>"
    )


def typing() -> str:
    return (
        f"<message xmlns='jabber:client' type='groupchat' from='21_{DIALOG_ID}@muc.chat.test/8'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )


async def test_a_cut_meanwhile_begins_it_again() -> None:
    """Nothing that came by then is lost, also where the next conversation goes on."""
    shelf = Shelf([kept(number) for number in range(1, 4)])
    server = Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        server.cut()
        await up_to(chat, Reconnected)
        shelf.held = anyio.Event()
        await chat.ping()
        server.say(spoken(3), spoken(4))
        await anyio.wait_all_tasks_blocked()
        server.resumes = "yes"
        server.cut()
        await up_to(chat, Resumed)
        shelf.held.set()
        told = await taken(chat, 4)

    assert ["1", "2", "3", "4"] == told
    assert 1 == len(set(shelf.since))


@pytest.mark.parametrize(("fails", "where"), [("dialogs", []), ("messages", [DIALOG_ID])])
async def test_a_history_that_does_not_answer_leaves_a_gap(fails: Any, where: list[str]) -> None:
    """It is told before what came meanwhile."""
    shelf = Shelf([kept(1)], fails=fails, held=anyio.Event())
    server = Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        server.cut()
        events = await up_to(chat, Reconnected)
        server.say(spoken(2))
        await chat.ping()
        shelf.held.set()  # type: ignore[union-attr]
        events += [await anext(chat) for _ in range(2)]

    assert ["Disconnected", "Reconnected", "Gap", "2"] == shown(events)
    assert Gap(dialog_ids=where) == events[2]


async def test_a_history_that_takes_too_long_leaves_a_gap() -> None:
    shelf, server = Shelf([kept(1)], held=anyio.Event()), Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        server.cut()
        await up_to(chat, Reconnected)
        began = anyio.current_time()
        event = await anext(chat)

    assert Gap() == event
    assert 29 < anyio.current_time() - began < 31


async def test_what_is_too_much_leaves_a_gap() -> None:
    """So many come back, and of the rest it is said where they are."""
    shelf = Shelf([kept(number) for number in range(1, 700)])
    server = Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf, max_pending=2000) as chat:
        server.cut()
        await up_to(chat, Reconnected)
        told = await taken(chat, 501)

    assert [*(f"{number}" for number in range(1, 501)), "Gap"] == told


async def test_what_comes_back_drops_nothing() -> None:
    """It waits for whoever takes the events, however long they take."""
    shelf = Shelf([kept(number) for number in range(1, 51)])
    server = Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf, max_pending=5) as chat:
        server.cut()
        await up_to(chat, Reconnected)
        told = []
        for _ in range(50):
            await anyio.sleep(5)
            told.append(await anext(chat))

    assert not any(isinstance(event, Overflow | Gap) for event in told)
    assert [f"{number}" for number in range(1, 51)] == shown(told)


async def test_too_much_meanwhile_ends_the_waiting() -> None:
    """Else a history that does not answer would fill the memory."""
    shelf, server = Shelf([kept(1)], held=anyio.Event()), Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf, max_pending=2000) as chat:
        server.cut()
        await up_to(chat, Reconnected)
        await chat.ping()
        server.say(*(message(number, f"{number}") for number in range(1001)))
        told = await taken(chat, 1002)

    assert ["Gap", *(f"{number}" for number in range(1001))] == told


async def test_at_the_end_what_was_held_back_is_told() -> None:
    shelf, server = Shelf([kept(1)], held=anyio.Event()), Server(resumes="no")
    conflict = "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    async with conversation(server, reconnect=QUICK, history=shelf) as chat:
        server.cut()
        await up_to(chat, Reconnected)
        await chat.ping()
        server.say(spoken(2), f"<stream:error>{conflict}</stream:error>")
        rest = [event async for event in chat]

    assert ["Gap", "2", "Disconnected"] == shown(rest)


async def test_without_a_history_there_is_a_gap() -> None:
    server = Server(resumes="no")
    async with conversation(server, reconnect=QUICK) as chat:
        server.cut()
        events = [await anext(chat) for _ in range(3)]

    assert [Disconnected, Reconnected, Gap] == [type(event) for event in events]


async def test_what_comes_back_is_marked_as_delivered() -> None:
    """As what comes by itself is, once."""
    shelf, server = Shelf([kept(1), kept(2, sender=7)]), Server(resumes="no")
    async with conversation(server, reconnect=QUICK, history=shelf, auto_delivered=True) as chat:
        for _ in range(2):
            server.cut()
            await up_to(chat, Reconnected)
            await chat.ping()
            await anyio.wait_all_tasks_blocked()
        await chat.ping()

    assert 1 == len({frame for frame in server.heard if "<received" in frame})
