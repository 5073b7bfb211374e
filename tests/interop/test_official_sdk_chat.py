"""What the unmodified official SDK says over the chat and what our REST says are one thing."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from connectycube import ConnectyCube
from connectycube.emulator import Emulator
from connectycube.transports.httpx2 import Httpx2Transport
from connectycube.transports.tcp import TcpConnector
from tests.chat_script import Inbox, Place
from tests.chat_script.lines import Line

from .chat_partner import SdkPartner
from .chat_stage import ChatStage
from .stage import People

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(
    emulator: Emulator, people: People, anyio_backend: str, node: str, flows_folder: Path
) -> AsyncGenerator[ChatStage]:
    line = Line(anyio_backend, lambda _: TcpConnector())
    async with aclosing(Httpx2Transport()) as transport:
        yield ChatStage(emulator, people, line, node, flows_folder, transport)


@pytest.fixture
def hers(stage: ChatStage) -> ConnectyCube:
    return stage.client(stage.people.mara)


@pytest.fixture
async def sdk(stage: ChatStage) -> AsyncGenerator[SdkPartner]:
    async with stage.sdk(stage.people.jonas) as partner:
        yield partner


async def test_the_sdk_is_let_in_by_a_session_token(stage: ChatStage) -> None:
    jonas = stage.people.jonas
    token = stage.emulator.world.open_session(jonas, ts=0).token
    async with stage.sdk(jonas, token) as sdk:
        await sdk.ping()

    assert not jonas.is_online


async def test_the_sdk_is_told_that_it_is_refused(stage: ChatStage) -> None:
    with pytest.raises(AssertionError, match="not-authorized"):
        async with stage.sdk(stage.people.jonas, "canary: wrong"):
            pass


@pytest.mark.parametrize("in_group", [False, True])
async def test_history_holds_what_the_sdk_said(
    stage: ChatStage, hers: ConnectyCube, sdk: SdkPartner, *, in_group: bool
) -> None:
    """A message has one id, and its edits and what was taken back show in the history."""
    people = stage.people
    place = Place(stage.group()) if in_group else Place(stage.private(), people.mara.id)
    kept = await sdk.send(
        place,
        "Grüße <&>",
        params={"key": "value"},
        attachments=[{"type": "image", "uid": "A1", "size": "12"}],
    )
    edited, deleted = [await sdk.send(place, text) for text in ("first", "a mistake")]
    await sdk.edit(place, edited, "second", is_last=False, params={})
    await sdk.delete(place, deleted)
    await sdk.ping()
    counts = await hers.chat.messages.unread_counts(place.dialog_id)
    found = await hers.chat.messages.find(place.dialog_id, sort="date_sent")

    messages = {message.id: message for message in found.items}
    assert {kept: "Grüße <&>", edited: "second"} == {
        message.id: message.text for message in messages.values()
    }
    assert {people.jonas.id} == {message.sender_id for message in messages.values()}
    assert {"key": "value"} == messages[kept].extra
    assert [("image", "A1", 12)] == [
        (one.type, one.uid, one.size) for one in messages[kept].attachments
    ]
    assert 2 == counts.total


async def test_marks_of_the_sdk_are_in_the_history(
    stage: ChatStage, hers: ConnectyCube, sdk: SdkPartner
) -> None:
    """What it was delivered and what was read by its user is known of the message."""
    people = stage.people
    place = Place(stage.private(), people.mara.id)
    async with stage.ours(people.mara) as partner:
        sent = await partner.send(Place(place.dialog_id, people.jonas.id), "read this")
        await partner.inbox.expect("delivered", id=sent)
        await sdk.mark_read(place, people.mara.id, sent)
        await partner.inbox.expect("read", id=sent)
    [message] = (await hers.chat.messages.find(place.dialog_id)).items

    assert {people.mara.id, people.jonas.id} == set(message.delivered_ids)
    assert {people.mara.id, people.jonas.id} == set(message.read_ids)


async def test_the_sdk_hears_what_is_done_over_rest(
    stage: ChatStage, hers: ConnectyCube, sdk: SdkPartner
) -> None:
    """Messages, reactions, deletions, and messages between applications."""
    people, heard = stage.people, sdk.inbox
    dialog_id = stage.group()
    messages = hers.chat.messages
    her_own = {"user_id": people.mara.id, "dialog_id": dialog_id}
    written = await messages.create(dialog_id, "by REST", send_to_chat=True, params={"key": "v"})
    his = await sdk.send(Place(dialog_id), "to all")

    message = await heard.expect("message", id=written.id)
    await messages.add_reaction(written.id, "\N{THUMBS UP SIGN}")
    added = await heard.expect("reacted")
    await messages.remove_reaction(written.id, "\N{THUMBS UP SIGN}")
    removed = await heard.expect("reacted")
    await messages.delete(written.id, force=True)
    deleted = await heard.expect("deleted")
    system_id = await messages.send_system(people.jonas.id, step="one")
    system = await heard.expect("system")
    await hers.calls.reject(people.jonas.id, "a-session")
    rejected = await heard.expect("signal")

    assert ("by REST", {"key": "v"}, True) == (
        message["body"],
        message["params"],
        message["is_group"],
    )
    reacted = {"kind": "reacted", "id": written.id, **her_own}
    assert {**reacted, "added": ["\N{THUMBS UP SIGN}"], "removed": []} == added
    assert {**reacted, "added": [], "removed": ["\N{THUMBS UP SIGN}"]} == removed
    assert {"kind": "deleted", "id": written.id, **her_own} == deleted
    assert (system_id, people.mara.id, {"step": "one"}) == (
        system["id"],
        system["user_id"],
        system["params"],
    )
    assert ("reject", "a-session") == (rejected["type"], rejected["session_id"])
    assert his in {one.id for one in (await messages.find(dialog_id)).items}


async def test_messages_wait_for_whoever_is_away(stage: ChatStage) -> None:
    """In both directions, and each is delivered once."""
    people, private_id = stage.people, stage.private()
    async with stage.ours(people.mara) as partner:
        sent = await partner.send(Place(private_id, people.jonas.id), "for later")
        async with stage.sdk(people.jonas) as sdk:
            heard = await sdk.inbox.expect("message")
            delivered = await partner.inbox.expect("delivered")
            again = await heard_after(sdk.inbox, sdk)
    async with stage.sdk(people.jonas) as sdk:
        answer = await sdk.send(Place(private_id, people.mara.id), "an answer")
        async with stage.ours(people.mara) as partner:
            answered = await partner.inbox.expect("message", id=answer)

    assert (sent, "for later") == (heard["id"], heard["body"])
    assert sent == delivered["id"]
    assert [] == again
    assert "an answer" == answered["body"]


async def heard_after(inbox: Inbox, sdk: SdkPartner) -> list[str]:
    await sdk.ping()
    return [heard["body"] for heard in inbox.heard("message")]
