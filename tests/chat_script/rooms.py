"""What is said and seen in a dialog's room."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from .stage import Stage


@asynccontextmanager
async def _both_inside(stage: Stage) -> AsyncGenerator[None]:
    """Let both be in the room, the listener first, who has forgotten how the speaker came."""
    await stage.listener.join(stage.dialog_id)
    await stage.speaker.join(stage.dialog_id)
    await stage.settle()
    try:
        yield
    finally:
        await stage.speaker.leave(stage.dialog_id)
        await stage.listener.leave(stage.dialog_id)


async def coming_and_going(stage: Stage) -> None:
    """Who is in a room sees others enter and leave."""
    await stage.listener.join(stage.dialog_id)
    await stage.speaker.join(stage.dialog_id)
    joined = await stage.listener.inbox.expect("joined")
    await stage.speaker.leave(stage.dialog_id)
    left = await stage.listener.inbox.expect("left")
    await stage.listener.leave(stage.dialog_id)

    assert {"kind": "joined", **stage.by_speaker(stage.dialog_id)} == joined
    assert {"kind": "left", **stage.by_speaker(stage.dialog_id)} == left


async def occupants(stage: Stage) -> None:
    async with _both_inside(stage):
        both = await stage.speaker.occupants(stage.dialog_id)
    await stage.speaker.join(stage.dialog_id)
    one = await stage.speaker.occupants(stage.dialog_id)
    await stage.speaker.leave(stage.dialog_id)

    assert {stage.speaker.user_id, stage.listener.user_id} == set(both)
    assert [stage.speaker.user_id] == one


async def message_in_room(stage: Stage) -> None:
    """Everybody in the room gets a message once, its sender too."""
    params, attached = {"key": "value"}, {"type": "file", "uid": "F1"}
    async with _both_inside(stage):
        ids = [
            await stage.speaker.send(stage.room, "to <all>", params=params, attachments=[attached]),
            await stage.speaker.send(stage.room, "more"),
        ]
        heard = [
            [await one.inbox.expect("message") for _ in ids]
            for one in (stage.listener, stage.speaker)
        ]

    first = stage.message(stage.room, ids[0], "to <all>")
    first = {**first, "params": params, "attachments": [attached]}
    expected = [first, stage.message(stage.room, ids[1], "more")]
    assert [expected, expected] == heard


async def typing_in_room(stage: Stage) -> None:
    async with _both_inside(stage):
        for is_typing in (True, False):
            await stage.speaker.typing(stage.room, is_typing=is_typing)
            heard = await stage.listener.inbox.expect("typing", user_id=stage.speaker.user_id)

            typing = {"kind": "typing", "is_typing": is_typing}
            assert {**typing, **stage.by_speaker(stage.dialog_id)} == heard


async def marks_in_room(stage: Stage) -> None:
    """Marks go to the sender of a message himself, and say which dialog they are about."""
    async with _both_inside(stage):
        sent = await stage.speaker.send(stage.room, "read this")
        delivered = await stage.speaker.inbox.expect("delivered")
        await stage.listener.mark_read(stage.room, stage.speaker.user_id, sent)
        read = await stage.speaker.inbox.expect("read")

    marks = [{"kind": kind, "id": sent} for kind in ("delivered", "read")]
    expected = [{**mark, **stage.by_listener(stage.dialog_id)} for mark in marks]
    assert expected == [delivered, read]


async def edit_in_room(stage: Stage) -> None:
    async with _both_inside(stage):
        sent = await stage.speaker.send(stage.room, "first")
        await stage.speaker.edit(stage.room, sent, "second", is_last=True, params={"why": "typo"})
        heard = await stage.listener.inbox.expect("edited")

    edited = {"kind": "edited", "id": sent, **stage.by_speaker(stage.dialog_id)}
    said = {"body": "second", "is_last": True, "params": {"why": "typo"}}
    assert {**edited, **said} == heard


async def delete_in_room(stage: Stage) -> None:
    async with _both_inside(stage):
        sent = await stage.speaker.send(stage.room, "a mistake")
        await stage.speaker.delete(stage.room, sent)
        heard = await stage.listener.inbox.expect("deleted")

    assert {"kind": "deleted", "id": sent, **stage.by_speaker(stage.dialog_id)} == heard


async def message_without_joining(stage: Stage) -> None:
    """A dialog's people get its messages wherever they are."""
    sent = await stage.speaker.send(stage.room, "to all")

    heard = [await one.inbox.expect("message") for one in (stage.listener, stage.speaker)]

    assert [stage.message(stage.room, sent, "to all")] * 2 == heard
