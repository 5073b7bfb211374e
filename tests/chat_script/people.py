"""Who is there, and who does not want to hear from whom."""

from typing import Final

from .stage import Stage

NAME: Final = "not-these"
UNAVAILABLE: Final = 503
A_WHILE: Final = 3600


async def ping(stage: Stage) -> None:
    """A ping is answered, which is all there is to it."""
    await stage.speaker.ping()


async def last_activity(stage: Stage) -> None:
    """Whoever is connected was active just now."""
    assert 0 == await stage.speaker.last_activity(stage.listener.user_id)


async def watched_activity(stage: Stage) -> None:
    """Who asked for it is told when somebody goes and comes, and is told no longer on request."""
    async with stage.guest() as guest:
        user_id = guest.user_id
        await stage.listener.watch(user_id, enable=True)
    gone = await stage.listener.inbox.expect("activity", user_id=user_id)
    async with stage.guest():
        back = await stage.listener.inbox.expect("activity", user_id=user_id)
        await stage.listener.watch(user_id, enable=False)
    async with stage.guest() as guest:
        await guest.ping()
    await stage.listener.ping()
    more = stage.listener.inbox.heard("activity")

    assert 0 < gone["seconds"] <= A_WHILE
    assert 0 == back["seconds"]
    assert [] == more


async def inactive_and_active(stage: Stage) -> None:
    """Whoever is not looking gets messages all the same."""
    await stage.listener.set_active(is_active=False)
    sent = await stage.speaker.send(stage.listener_place, "still there?")
    heard = await stage.listener.inbox.expect("message")
    await stage.listener.set_active(is_active=True)

    assert stage.message(stage.listener_place, sent, "still there?") == heard


async def block(stage: Stage) -> None:
    """Whom a list blocks is refused, and heard again once it holds no longer."""
    await stage.listener.block(NAME, stage.speaker.user_id, is_mutual=False)
    try:
        names = await stage.listener.privacy_names()
        blocked = await stage.listener.blocked(NAME)
        unheard = await stage.speaker.send(stage.listener_place, "unheard")
        refused = await stage.speaker.inbox.expect("refused")
    finally:
        await stage.listener.unblock(NAME)
    heard_again = await stage.speaker.send(stage.listener_place, "heard")
    heard = await stage.listener.inbox.expect("message")
    names_after = await stage.listener.privacy_names()

    assert ({NAME}, NAME) == names
    assert [stage.speaker.user_id] == blocked
    assert {"kind": "refused", "id": unheard, "code": UNAVAILABLE} == refused
    assert stage.message(stage.listener_place, heard_again, "heard") == heard
    assert (set(), None) == names_after


async def mutual_block(stage: Stage) -> None:
    """A block in both directions refuses also what its maker writes."""
    await stage.speaker.block(NAME, stage.listener.user_id, is_mutual=True)
    try:
        ids = [
            await stage.speaker.send(stage.listener_place, "unheard"),
            await stage.listener.send(stage.speaker_place, "unheard"),
        ]
        refused = [await one.inbox.expect("refused") for one in (stage.speaker, stage.listener)]
    finally:
        await stage.speaker.unblock(NAME)

    assert ids == [one["id"] for one in refused]


async def block_in_room(stage: Stage) -> None:
    """What a blocked user writes into a room does not arrive, and nobody is told."""
    await stage.listener.join(stage.dialog_id)
    await stage.speaker.join(stage.dialog_id)
    await stage.settle()  # a room's subject may be told, which looks like a message to the SDK
    await stage.listener.block(NAME, stage.speaker.user_id, is_mutual=False)
    try:
        await stage.speaker.send(stage.room, "unheard")
        await stage.speaker.inbox.expect("message")
        await stage.speaker.ping()
    finally:
        await stage.listener.unblock(NAME)
    sent = await stage.speaker.send(stage.room, "heard")
    heard = await stage.listener.inbox.expect("message")
    for one in (stage.speaker, stage.listener):
        await one.leave(stage.dialog_id)

    assert stage.message(stage.room, sent, "heard") == heard
