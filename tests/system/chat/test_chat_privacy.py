"""Whom one does not want to hear, and who is there."""

import pytest

from connectycube import InvalidInputError, StanzaError
from connectycube.chat.events import LastActivity, MessageReceived, MessageRefused
from connectycube.chat.privacy import Block, PrivacyList, PrivacyNames

from .stage import Stage, before, hear, settled

pytestmark = pytest.mark.anyio


async def test_a_blocked_sender_is_told_so(stage: Stage) -> None:
    """Until the block ends; the other direction stays open."""
    async with stage.mar.talks() as mar, stage.sim.talks() as sim:
        await mar.privacy.set("quiet", [Block(user_id=stage.sim.id)])
        await mar.privacy.set_default("quiet")
        sent = (await sim.send(stage.mar.id, "hello?")).message_id
        refused = await hear(sim, MessageRefused)
        await mar.send(stage.sim.id, "I hear nothing")
        heard = await hear(sim, MessageReceived)
        await mar.privacy.set_default(None)
        await sim.send(stage.mar.id, "at last")
        events = await before(mar, "at last")

    assert (sent, 503, "service-unavailable", stage.mar.id) == (
        refused.message_id,
        refused.code,
        refused.condition,
        refused.user_id,
    )
    assert "Service not available." == refused.text
    assert "I hear nothing" == heard.message.body
    assert [] == [event for event in events if isinstance(event, MessageReceived)]


async def test_a_mutual_block_works_both_ways(stage: Stage) -> None:
    async with stage.mar.talks() as mar, stage.sim.talks():
        await mar.privacy.set("quiet", [Block(user_id=stage.sim.id, is_mutual=True)])
        await mar.privacy.set_default("quiet")
        sent = (await mar.send(stage.sim.id, "hello?")).message_id
        refused = await hear(mar, MessageRefused)

    assert (sent, stage.sim.id) == (refused.message_id, refused.user_id)


async def test_a_blocked_voice_is_not_heard_in_a_group(stage: Stage) -> None:
    """And its owner is told nothing."""
    dialog = await stage.mar.cube.chat.dialogs.create_group("talk", [stage.sim.id, stage.pat.id])
    async with stage.mar.talks() as mar, stage.sim.talks() as sim, stage.pat.talks() as pat:
        await mar.privacy.set("quiet", [Block(user_id=stage.sim.id)])
        await mar.privacy.set_default("quiet")
        await sim.send(dialog, "hello")
        assert "hello" == (await hear(pat, MessageReceived)).message.body
        await pat.send(dialog, "that is all")
        heard = await before(mar, "that is all")
        told = await before(sim, "that is all")

    assert [] == [event for event in heard if isinstance(event, MessageReceived)]
    assert [] == [event for event in told if isinstance(event, MessageRefused)]


async def test_lists_are_written_and_read(stage: Stage) -> None:
    blocks = [
        Block(user_id=stage.sim.id),
        Block(user_id=stage.pat.id, is_mutual=True),
        Block(user_id=4711, action="allow"),
    ]
    async with stage.mar.talks() as mar:
        nothing = await mar.privacy.names()
        await mar.privacy.set("one", blocks)
        await mar.privacy.set("two", blocks[:1])
        await mar.privacy.set_default("one")
        names = await mar.privacy.names()
        read = await mar.privacy.get("one")
        await mar.privacy.set("one", blocks[1:])
        kept = await mar.privacy.names()
        changed = await mar.privacy.get("one")
        await mar.privacy.delete("two")
        await mar.privacy.set_default(None)
        await mar.privacy.delete("one")
        last = await mar.privacy.names()
        with pytest.raises(StanzaError) as caught:
            await mar.privacy.get("one")
        with pytest.raises(InvalidInputError):
            await mar.privacy.set("one", [])

    assert PrivacyNames() == nothing == last
    assert (["one", "two"], "one") == (sorted(names.names), names.default)
    assert "one" == kept.default
    assert PrivacyList(name="one", blocks=blocks) == read
    assert PrivacyList(name="one", blocks=blocks[1:]) == changed
    assert "item-not-found" == caught.value.condition


async def test_the_activity_of_others_is_told_to_who_asked(stage: Stage) -> None:
    async with stage.mar.talks() as mar:
        await mar.subscribe_last_activity(stage.sim.id)
        async with stage.sim.talks() as sim:
            await settled(sim)
            came = await hear(mar, LastActivity)
        went = await hear(mar, LastActivity)
        await mar.unsubscribe_last_activity(stage.sim.id)
        async with stage.sim.talks() as sim:
            await sim.send(stage.mar.id, "that is all")
            rest = await before(mar, "that is all")

    assert LastActivity(user_id=stage.sim.id, seconds=0) == came
    assert stage.sim.id == went.user_id
    assert [] == [event for event in rest if isinstance(event, LastActivity)]


async def test_an_application_goes_to_the_background(stage: Stage) -> None:
    """Then pushes come although it is connected."""
    async with stage.mar.talks() as mar:
        await mar.set_active(False)
        behind = [one.is_inactive for one in stage.emulator.service.xmpp.sessions]
        await mar.set_active(True)
        before_eyes = [one.is_inactive for one in stage.emulator.service.xmpp.sessions]

    assert ([True], [False]) == (behind, before_eyes)


async def test_both_sides_ping(stage: Stage) -> None:
    async with stage.mar.talks() as mar:
        await mar.ping()
        asked = stage.emulator.service.xmpp.ping(stage.mar.id)
        await settled(mar)
        await settled(mar)
        pongs = [one.pongs for one in stage.emulator.service.xmpp.sessions]

    assert (1, [1]) == (asked, pongs)
