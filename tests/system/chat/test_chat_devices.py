"""Several devices of one user, and none at all."""

import pytest

from connectycube.chat.events import (
    CallSignal,
    Delivered,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Read,
    SystemMessage,
    Typing,
)
from connectycube.chat.state import ChatOptions

from .stage import Stage, before, gather, hear, settled

pytestmark = pytest.mark.anyio
QUIET = ChatOptions(auto_delivered=False)


async def test_the_other_device_sees_what_one_sends(stage: Stage) -> None:
    """A message, its other text, that it is gone, and typing: all marked as copies."""
    dialog = await stage.mar.cube.chat.dialogs.create_private(stage.sim.id)
    async with stage.mar.talks() as one, stage.mar.talks() as two, stage.sim.talks() as sim:
        sent = (await one.send(dialog, "hello")).message_id
        await one.edit(dialog, sent, "Hello!", is_last=True)
        await one.delete(dialog, sent)
        await one.typing(dialog)
        copy = (await hear(two, MessageReceived)).message
        edited = await hear(two, MessageEdited)
        deleted = await hear(two, MessageDeleted)
        typing = await hear(two, Typing)
        plain = (await hear(sim, MessageReceived)).message

    assert (sent, stage.mar.id, stage.sim.id) == (copy.id, copy.sender_id, copy.recipient_id)
    assert (True, False) == (copy.is_carbon, plain.is_carbon)
    assert {(sent, True)} == {(one.message_id, one.is_carbon) for one in (edited, deleted)}
    assert (stage.mar.id, dialog.id, True) == (typing.user_id, typing.dialog_id, typing.is_carbon)


async def test_both_devices_hear_what_comes_and_marks_are_seen_by_the_other(stage: Stage) -> None:
    """Each hears a message once, none of them as a copy; that one has read it the other learns."""
    async with (
        stage.mar.talks(options=QUIET) as one,
        stage.mar.talks(options=QUIET) as two,
        stage.sim.talks() as sim,
    ):
        await sim.send(stage.mar.id, "hello")
        first, second = await hear(one, MessageReceived), await hear(two, MessageReceived)
        await one.mark_read(first)
        read = await hear(two, Read)
        told = await hear(sim, Read)
        await sim.send(stage.mar.id, "that is all")
        rest = [await before(device, "that is all") for device in (one, two)]

    assert first == second
    assert not first.message.is_carbon
    assert (first.message.id, stage.mar.id, True) == (read.message_id, read.user_id, read.is_carbon)
    assert (first.message.id, stage.mar.id, False) == (
        told.message_id,
        told.user_id,
        told.is_carbon,
    )
    assert [[], []] == rest


async def test_without_carbons_the_other_device_sees_nothing(stage: Stage) -> None:
    async with (
        stage.mar.talks() as one,
        stage.mar.talks(options=ChatOptions(carbons=False)) as two,
        stage.sim.talks() as sim,
    ):
        await one.send(stage.sim.id, "hello")
        await hear(sim, MessageReceived)
        await sim.send(stage.mar.id, "that is all")
        events = await before(two, "that is all")

    assert [] == [event for event in events if isinstance(event, MessageReceived)]


async def test_two_devices_have_names_of_their_own(stage: Stage) -> None:
    """A name that is asked for passes to the newcomer."""
    phone = ChatOptions(resource="phone")
    async with stage.mar.talks(options=phone) as one, stage.mar.talks() as other:
        await settled(one, other)
        resources = sorted(each.resource for each in stage.emulator.service.xmpp.sessions)
        async with stage.mar.talks(options=phone) as newcomer:
            ended = [event async for event in one]
            await settled(newcomer, other)

    assert 2 == len(set(resources))
    assert "phone" in resources
    assert "conflict" in getattr(ended[-1], "reason", "")


async def test_messages_wait_for_who_is_not_there(stage: Stage) -> None:
    """They come with the next device, in their order, and say that they waited."""
    async with stage.mar.talks() as mar:
        for number in range(5):
            await mar.send(stage.sim.id, f"{number}")
        await mar.send_system(stage.sim.id, {"step": "one"})
        await settled(mar)
        async with stage.sim.talks() as sim:
            heard = await gather(sim, MessageReceived, 5)
            # Marks of delivery go back all the same.
            marked = await gather(mar, Delivered, 5)

    assert ["0", "1", "2", "3", "4"] == [one.message.body for one in heard]
    assert [True] * 5 == [one.message.is_delayed for one in heard]
    assert [one.message.id for one in heard] == [one.message_id for one in marked]


async def test_each_waiting_message_comes_once(stage: Stage) -> None:
    async with stage.mar.talks() as mar:
        await mar.send(stage.sim.id, "first")
        await settled(mar)
        async with stage.sim.talks() as sim:
            await hear(sim, MessageReceived)
        async with stage.sim.talks() as sim:
            await mar.send(stage.sim.id, "second")
            events = await before(sim, "second")

    assert [] == events


async def test_old_news_of_calls_is_no_news(stage: Stage) -> None:
    """Whoever called is long gone; a system message waits like any other."""
    async with stage.mar.talks() as mar:
        await mar.send_call_signal(stage.sim.id, "call", "call-1")
        await mar.send_system(stage.sim.id, {"step": "one"})
        await settled(mar)
        async with stage.sim.talks() as sim:
            await mar.send(stage.sim.id, "that is all")
            events = await before(sim, "that is all")

    assert [] == [event for event in events if isinstance(event, CallSignal)]
    assert all(event.is_delayed for event in events if isinstance(event, SystemMessage))


async def test_a_device_that_leaves_is_not_there_any_more(stage: Stage) -> None:
    async with stage.mar.talks() as mar:
        async with stage.sim.talks() as sim:
            await settled(sim)
            here = await mar.last_activity(stage.sim.id)
        await settled(mar)
        stage.emulator.clock.advance(90)
        away = await mar.last_activity(stage.sim.id)

    assert 0 == here
    assert 90 <= away < 200
