"""Rooms: everybody of a dialog speaks and hears; who enters also sees who comes and goes."""

import pytest

from connectycube import StanzaError
from connectycube.chat.events import (
    Delivered,
    Kicked,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    MessageRefused,
    OccupantJoined,
    OccupantLeft,
    Read,
    Typing,
)
from connectycube.models.dialog import Dialog

from .stage import Stage, hear, settled

pytestmark = pytest.mark.anyio


async def group(stage: Stage) -> Dialog:
    return await stage.mar.cube.chat.dialogs.create_group("talk", [stage.sim.id, stage.pat.id])


async def test_who_is_in_the_dialog_hears_without_entering(stage: Stage) -> None:
    """The sender hears it too, from the room."""
    dialog = await group(stage)
    async with stage.mar.talks() as mar, stage.sim.talks() as sim, stage.pat.talks() as pat:
        sent = (await mar.send(dialog, "to all", extra={"priority": "high"})).message_id
        heard = [(await hear(one, MessageReceived)).message for one in (mar, sim, pat)]

    assert {(sent, dialog.id, stage.mar.id, "to all")} == {
        (one.id, one.dialog_id, one.sender_id, one.body) for one in heard
    }
    assert [{"priority": "high"}] * 3 == [one.params for one in heard]
    assert [True] * 3 == [one.is_group for one in heard]
    assert [None] * 3 == [one.recipient_id for one in heard]


async def test_a_reply_goes_back_to_the_room(stage: Stage) -> None:
    dialog = await group(stage)
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        await mar.send(dialog, "who is there?")
        await sim.reply(await hear(sim, MessageReceived), "me")
        while (answer := await hear(mar, MessageReceived)).user_id != stage.sim.id:
            pass

    assert (True, dialog.id, "me") == (
        answer.message.is_group,
        answer.dialog_id,
        answer.message.body,
    )


async def test_status_in_a_room(stage: Stage) -> None:
    """Typing, other texts and deletions go to all; marks go to the one who wrote."""
    dialog = await group(stage)
    async with stage.mar.talks() as mar, stage.sim.talks() as sim, stage.pat.talks() as pat:
        await mar.typing(dialog)
        await mar.typing(dialog, active=False)
        sent = (await mar.send(dialog, "hello")).message_id
        typing = [await hear(sim, Typing), await hear(sim, Typing)]
        received = await hear(pat, MessageReceived)
        delivered = await hear(mar, Delivered)
        await pat.mark_read(received)
        read = await hear(mar, Read)
        await mar.edit(dialog, sent, "Hello", is_last=True)
        edited = await hear(sim, MessageEdited)
        await mar.delete(dialog, sent)
        deleted = await hear(sim, MessageDeleted)
        found = await stage.sim.cube.chat.messages.find(dialog)

    states = [(one.user_id, one.dialog_id, one.is_typing) for one in typing]
    assert [(stage.mar.id, dialog.id, True), (stage.mar.id, dialog.id, False)] == states
    assert sent == delivered.message_id
    assert delivered.user_id in {stage.sim.id, stage.pat.id}
    assert (sent, stage.pat.id, dialog.id) == (read.message_id, read.user_id, read.dialog_id)
    assert (sent, "Hello", dialog.id) == (edited.message_id, edited.body, edited.dialog_id)
    assert (sent, dialog.id) == (deleted.message_id, deleted.dialog_id)
    assert [] == found.items


async def test_comings_and_goings(stage: Stage) -> None:
    dialog = await group(stage)
    async with stage.mar.talks() as mar:
        await mar.join(dialog)
        alone = await mar.occupants(dialog)
        async with stage.sim.talks() as sim:
            await sim.join(dialog)
            joined = await hear(mar, OccupantJoined)
            both = await sim.occupants(dialog)
            await sim.leave(dialog)
            left = await hear(mar, OccupantLeft)
            await sim.join(dialog)
            again = await hear(mar, OccupantJoined)
        # To leave the chat is to leave the room.
        gone = await hear(mar, OccupantLeft)
        await mar.leave(dialog)
        nobody = await mar.occupants(dialog)

    dialog_id, user_id = dialog.id, stage.sim.id
    assert [OccupantJoined(dialog_id=dialog_id, user_id=user_id)] * 2 == [joined, again]
    assert [OccupantLeft(dialog_id=dialog_id, user_id=user_id)] * 2 == [left, gone]
    assert [stage.mar.id] == alone
    assert {stage.mar.id, stage.sim.id} == set(both)
    assert [] == nobody


async def test_who_is_taken_out_is_told_by_whom(stage: Stage) -> None:
    dialog = await group(stage)
    async with stage.sim.talks() as sim:
        await sim.join(dialog)
        await stage.mar.cube.chat.dialogs.update(dialog, remove_occupants=[stage.sim.id])
        kicked = await hear(sim, Kicked)

    assert Kicked(dialog_id=dialog.id, by_id=stage.mar.id) == kicked


async def test_a_stranger_is_refused(stage: Stage) -> None:
    """Neither entering nor speaking is theirs, and the conversation goes on."""
    dialog = await stage.mar.cube.chat.dialogs.create_group("talk", [stage.sim.id])
    async with stage.pat.talks() as pat, stage.sim.talks() as sim:
        with pytest.raises(StanzaError) as caught:
            await pat.join(dialog)
        sent = (await pat.send(dialog, "let me in")).message_id
        refused = await hear(pat, MessageRefused)
        await pat.send(stage.sim.id, "hello")
        heard = await hear(sim, MessageReceived)

    assert "forbidden" == caught.value.condition
    assert (sent, dialog.id) == (refused.message_id, refused.dialog_id)
    assert "forbidden" == refused.condition
    assert "hello" == heard.message.body


async def test_a_room_that_is_not_there(stage: Stage) -> None:
    async with stage.mar.talks() as mar:
        with pytest.raises(StanzaError) as caught:
            await mar.join("65a0b1c2d3e4f5a6b7c8d9e0")
        await settled(mar)

    assert "item-not-found" == caught.value.condition


async def test_a_public_dialog_is_heard_by_who_subscribed(stage: Stage) -> None:
    dialog = await stage.mar.cube.chat.dialogs.create_public("news")
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        await stage.sim.cube.chat.dialogs.subscribe(dialog)
        await mar.send(dialog, "hello")
        heard = await hear(sim, MessageReceived)

    assert (dialog.id, "hello") == (heard.dialog_id, heard.message.body)
