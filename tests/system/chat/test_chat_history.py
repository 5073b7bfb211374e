"""One history: what the chat says is found over REST, and what REST does is told in the chat."""

from datetime import UTC

import pytest

from connectycube.chat.events import (
    CallSignal,
    Delivered,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionChanged,
    Read,
    SystemMessage,
)
from connectycube.models.message import Attachment

from .stage import Stage, before, hear, settled

pytestmark = pytest.mark.anyio
TEXT = 'Žluťoučký <b>kůň</b> & "🐎"\n]]>'


async def test_a_saved_message_is_the_same_in_the_history(stage: Stage) -> None:
    """By its id, and with all that it says."""
    photo = {"type": "image", "uid": "u-1", "size": 17, "name": 'a "b" <c>'}
    params = {"priority": "high", "nested": {"inner": "x & y"}}
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        sent = (await mar.send(stage.sim.id, TEXT, attachments=[photo], extra=params)).message_id
        heard = (await hear(sim, MessageReceived)).message
        # What is there once the service has taken it.

    dialog = await stage.sim.cube.chat.dialogs.get(heard.dialog_id or "")
    (kept,) = (await stage.sim.cube.chat.messages.find(dialog, mark_as_read=False)).items

    assert (sent, sent) == (heard.id, kept.id)
    assert (TEXT, TEXT) == (heard.body, kept.text)
    assert (stage.mar.id, stage.mar.id) == (heard.sender_id, kept.sender_id)
    assert params == heard.params
    assert params == {name: kept.params[name] for name in params}
    attachment = Attachment(type="image", uid="u-1", size=17, name='a "b" <c>')
    assert [attachment] == heard.attachments
    assert [("image", "u-1")] == [(one.type, one.uid) for one in kept.attachments]
    assert heard.sent_at is not None
    assert UTC == heard.sent_at.tzinfo
    assert (sent, TEXT) == (dialog.last_message_id, dialog.last_message)


async def test_what_is_not_to_be_saved_is_not_there(stage: Stage) -> None:
    """Nor is what destroys itself."""
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        await mar.send(stage.sim.id, "in passing", save_to_history=False)
        await mar.send(stage.sim.id, "burn this", destroy_after=9)
        first = (await hear(sim, MessageReceived)).message
        second = (await hear(sim, MessageReceived)).message
        kept = await stage.sim.cube.chat.messages.find(first.dialog_id or "")

    assert ("in passing", None) == (first.body, first.destroy_after)
    assert ("burn this", 9) == (second.body, second.destroy_after)
    assert [] == kept.items


async def test_marks_of_the_chat_count_over_rest(stage: Stage) -> None:
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        message_id = (await mar.send(stage.sim.id, "hello")).message_id
        heard = await hear(sim, MessageReceived)
        # By itself the chat says that it arrived.
        delivered = await hear(mar, Delivered)
        dialog_id = heard.dialog_id or ""
        unread = await stage.sim.cube.chat.messages.unread_counts(dialog_id)
        await sim.mark_read(heard)
        read = await hear(mar, Read)
        after = await stage.sim.cube.chat.messages.unread_counts(dialog_id)
        (kept,) = (await stage.mar.cube.chat.messages.find(dialog_id)).items

    user_id = stage.sim.id
    told = Delivered(message_id=message_id, user_id=user_id, dialog_id=dialog_id)
    assert told == delivered
    assert Read(message_id=message_id, user_id=user_id, dialog_id=dialog_id) == read
    assert (1, 0) == (unread.total, after.total)
    assert {stage.mar.id, stage.sim.id} == set(kept.read_ids)
    assert {stage.mar.id, stage.sim.id} == set(kept.delivered_ids)


async def test_marks_of_rest_count_too(stage: Stage) -> None:
    """A message of the history is marked over the chat, and one of the chat over REST."""
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        await mar.send(stage.sim.id, "hello")
        dialog_id = (await hear(sim, MessageReceived)).dialog_id or ""
        rest = stage.sim.cube.chat.messages
        await rest.mark_read(dialog_id)
        after = await rest.unread_counts(dialog_id)
        written = await stage.mar.cube.chat.messages.create(dialog_id, "by rest")
        page = await rest.find(dialog_id, mark_as_read=False)
        (found,) = [one for one in page.items if one.id == written.id]
        before_mark = await rest.unread_counts(dialog_id)
        await sim.mark_read(found)
        read = await hear(mar, Read)
        last = await rest.unread_counts(dialog_id)

    assert (0, 1, 0) == (after.total, before_mark.total, last.total)
    assert (written.id, stage.sim.id) == (read.message_id, read.user_id)


async def test_an_edit_and_a_deletion_change_the_history(stage: Stage) -> None:
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        dialog = await stage.mar.cube.chat.dialogs.create_private(stage.sim.id)
        kept = (await mar.send(dialog, "frist")).message_id
        gone = (await mar.send(dialog, "oops")).message_id
        await mar.edit(dialog, kept, "first", is_last=False, extra={"why": "typo"})
        await mar.delete(dialog, gone)
        edited = await hear(sim, MessageEdited)
        deleted = await hear(sim, MessageDeleted)
        found = await stage.sim.cube.chat.messages.find(dialog)

    assert [(kept, "first")] == [(one.id, one.text) for one in found.items]
    assert (
        MessageEdited(
            message_id=kept,
            user_id=stage.mar.id,
            dialog_id=dialog.id,
            body="first",
            params={"why": "typo"},
        )
        == edited
    )
    assert MessageDeleted(message_id=gone, user_id=stage.mar.id, dialog_id=dialog.id) == deleted


@pytest.mark.parametrize("is_group", [False, True], ids=["private", "group"])
async def test_what_rest_does_to_messages_is_told(stage: Stage, *, is_group: bool) -> None:
    """Written, reacted to, deleted: who is connected learns of it; another text waits there."""
    dialogs, messages = stage.mar.cube.chat.dialogs, stage.mar.cube.chat.messages
    dialog = (
        await dialogs.create_group("talk", [stage.sim.id])
        if is_group
        else await dialogs.create_private(stage.sim.id)
    )
    async with stage.sim.talks() as sim:
        written = await messages.create(
            dialog, "by rest", send_to_chat=True, params={"priority": "high"}
        )
        received = await hear(sim, MessageReceived)
        await messages.update(written, dialog_id=dialog, text="by REST")
        (kept,) = (await stage.sim.cube.chat.messages.find(dialog, mark_as_read=False)).items
        await messages.add_reaction(written, "🐎")
        added = await hear(sim, ReactionChanged)
        await messages.remove_reaction(written, "🐎")
        removed = await hear(sim, ReactionChanged)
        await messages.delete(written, force=True)
        deleted = await hear(sim, MessageDeleted)

    message = received.message
    assert (written.id, "by rest", is_group) == (message.id, message.body, message.is_group)
    assert "high" == message.params["priority"]
    assert (written.id, "by REST") == (kept.id, kept.text)
    assert (["🐎"], []) == (added.added, added.removed)
    assert ([], ["🐎"]) == (removed.added, removed.removed)
    assert written.id == added.message_id == removed.message_id == deleted.message_id
    told = {(one.user_id, one.dialog_id) for one in (received, added, removed, deleted)}
    assert {(stage.mar.id, dialog.id)} == told


async def test_what_is_only_kept_is_not_told(stage: Stage) -> None:
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        written = await stage.mar.cube.chat.messages.create(stage.sim.id, "kept")
        await mar.send(stage.sim.id, "that is all")
        events = await before(sim, "that is all")
        found = await stage.sim.cube.chat.messages.find(written.dialog_id or "")

    assert [] == events
    assert ["kept", "that is all"] == sorted(one.text or "" for one in found.items)


async def test_system_messages_arrive_from_both_sides(stage: Stage) -> None:
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        by_rest = await stage.mar.cube.chat.messages.send_system(stage.sim.id, step="one")
        first = await hear(sim, SystemMessage)
        by_chat = await mar.send_system(stage.sim.id, {"step": {"inner": "two"}}, body="psst")
        second = await hear(sim, SystemMessage)

    assert SystemMessage(user_id=stage.mar.id, message_id=by_rest, params={"step": "one"}) == first
    assert (
        SystemMessage(
            user_id=stage.mar.id, message_id=by_chat, body="psst", params={"step": {"inner": "two"}}
        )
        == second
    )


async def test_signals_of_calls_arrive_from_both_sides(stage: Stage) -> None:
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        offer = {"callType": "1", "sdp": "v=0\r\n", "opponentsIDs": {"opponentID": "7"}}
        await sim.send_call_signal(stage.mar.id, "call", "call-1", offer)
        call = await hear(mar, CallSignal)
        await stage.mar.cube.calls.reject(stage.sim.id, "call-1", user_info={"busy": "1"})
        reject = await hear(sim, CallSignal)

    assert (stage.sim.id, "call", "call-1") == (call.user_id, call.type, call.session_id)
    assert "1" == call.params["callType"]
    assert (stage.mar.id, "reject", "call-1") == (reject.user_id, reject.type, reject.session_id)
    assert "Web" == reject.params["platform"]


async def test_unread_messages_of_a_group_are_counted(stage: Stage) -> None:
    """Of each one's own, and not of the sender's."""
    dialog = await stage.mar.cube.chat.dialogs.create_group("talk", [stage.sim.id, stage.pat.id])
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        for number in range(3):
            await mar.send(dialog, f"{number}")
        heard = [await hear(sim, MessageReceived) for _ in range(3)]
        await sim.mark_read(heard[0])
        await settled(sim)
        unread = [
            (await one.cube.chat.messages.unread_counts(dialog)).total
            for one in (stage.mar, stage.sim, stage.pat)
        ]

    assert ["0", "1", "2"] == [one.message.body for one in heard]
    assert [0, 2, 3] == unread
