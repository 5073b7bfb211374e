"""What applications say and ask, and what of it reaches the server."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatMessage, LastActivity, MessageReceived
from connectycube.chat.privacy import Block
from connectycube.errors import ChatTimeoutError, InvalidInputError, StanzaError
from connectycube.models.dialog import Dialog, DialogType
from connectycube.models.message import Attachment, Message
from connectycube.testing.scripted_frames import ScriptedFrames, attribute, result

from .chat_stage import DIALOG_ID, MESSAGE_ID, conversation, message, said

pytestmark = pytest.mark.anyio

ROOM: Final = f"21_{DIALOG_ID}@muc.chat.test"
ITEMS: Final = "http://jabber.org/protocol/disco#items"
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
Call = Callable[[ChatConnection], Awaitable[Any]]


async def spoken(call: Call, server: ScriptedFrames | None = None) -> tuple[str, Any]:
    """Make one call, and return the one frame that it sent, and what it gave."""
    server = server or ScriptedFrames()
    async with conversation(server) as chat:
        given = await call(chat)
        frames = said(server)
    assert 1 == len(frames)
    return frames[0], given


GROUP: Final = Dialog(id=DIALOG_ID, type=DialogType.GROUP)
PRIVATE: Final = Dialog(id=DIALOG_ID, type=DialogType.PRIVATE, occupants_ids=[7, 8])
SENT_TO: Final[list[tuple[Any, str, str, str]]] = [
    (8, "8-21@chat.test", "chat", ""),
    (DIALOG_ID, ROOM, "groupchat", DIALOG_ID),
    (GROUP, ROOM, "groupchat", DIALOG_ID),
    (PRIVATE, "8-21@chat.test", "chat", DIALOG_ID),
]


@pytest.mark.parametrize(("to", "address", "kind", "dialog_id"), SENT_TO)
async def test_a_message_goes_to_users_and_to_dialogs(
    to: Any, address: str, kind: str, dialog_id: str
) -> None:
    """A private dialog has no room: its messages go to the other side, and name it."""
    frame, given = await spoken(lambda chat: chat.send(to, "hello"))

    assert (address, kind, given.message_id) == tuple(
        attribute(frame, name) for name in ("to", "type", "id")
    )
    assert "<body>hello</body>" in frame
    assert "<save_to_history>1</save_to_history>" in frame
    assert (f"<dialog_id>{dialog_id}</dialog_id>" in frame) is bool(dialog_id)


async def test_a_message_says_all_that_it_is_given() -> None:
    frame, _ = await spoken(
        lambda chat: chat.send(
            8,
            "look",
            attachments=[Attachment(type="image", uid="u1"), {"type": "file", "id": "2"}],
            save_to_history=False,
            extra={"colour": "red", "deep": {"er": "yes"}},
            markable=True,
            silent=True,
        )
    )

    for part in ('uid="u1"', 'type="file"', "<colour>red</colour>", "<er>yes</er>", "<markable"):
        assert part in frame
    assert "<silent>1</silent>" in frame
    assert "save_to_history" not in frame


async def test_a_message_that_destroys_itself_is_not_kept() -> None:
    frame, _ = await spoken(lambda chat: chat.send(8, "psst", destroy_after=10))

    assert 'after="10"' in frame
    assert "save_to_history" not in frame


BAD: Final[dict[str, Call]] = {
    "a user's id": lambda chat: chat.send(0, "hello"),
    "dialog_id": lambda chat: chat.send("nonsense", "hello"),
    "other side": lambda chat: chat.send(
        Dialog(id=DIALOG_ID, type=DialogType.PRIVATE, occupants_ids=[7]), "hello"
    ),
    "message_id": lambda chat: chat.edit(8, "nonsense", "hello"),
    "a reply answers": lambda chat: chat.reply(Message(id=MESSAGE_ID), "hello"),  # type: ignore[arg-type]
    "a mark is for": lambda chat: chat.mark_read(MESSAGE_ID),  # type: ignore[arg-type]
    "positive integer": lambda chat: chat.mark_read(Message(id=MESSAGE_ID)),
    "name": lambda chat: chat.send(8, "hello", extra={"not a name": "1"}),
}


@pytest.mark.parametrize("why", BAD)
async def test_what_cannot_be_said_is_refused_before_it_is_queued(why: str) -> None:
    server = ScriptedFrames()
    async with conversation(server) as chat:
        with pytest.raises(InvalidInputError, match=why):
            await BAD[why](chat)
        await chat.ping()

        assert 1 == len(said(server))


# What another device of the caller wrote.
OWN: Final = ChatMessage(id=MESSAGE_ID, sender_id=7, recipient_id=9, is_carbon=True)
ANSWERED: Final[list[tuple[ChatMessage, str, bool]]] = [
    (ChatMessage(id=MESSAGE_ID, sender_id=8, dialog_id=DIALOG_ID), "8-21@chat.test", True),
    (ChatMessage(id=MESSAGE_ID, sender_id=8), "8-21@chat.test", False),
    (ChatMessage(id=MESSAGE_ID, sender_id=8, dialog_id=DIALOG_ID, is_group=True), ROOM, True),
    (
        ChatMessage(id=MESSAGE_ID, sender_id=7, recipient_id=9, is_carbon=True),
        "9-21@chat.test",
        False,
    ),
]


@pytest.mark.parametrize(("answered", "address", "named"), ANSWERED)
@pytest.mark.parametrize("as_event", [True, False])
async def test_a_reply_goes_where_the_message_came_from(
    answered: ChatMessage, address: str, *, named: bool, as_event: bool
) -> None:
    to = MessageReceived(message=answered) if as_event else answered
    frame, _ = await spoken(lambda chat: chat.reply(to, "yes"))

    assert address == attribute(frame, "to")
    assert (f"<dialog_id>{DIALOG_ID}</dialog_id>" in frame) is named


MARKED: Final = ChatMessage(id=MESSAGE_ID, sender_id=8, dialog_id=DIALOG_ID, is_group=True)
SAID: Final[list[tuple[Call, str, list[str]]]] = [
    (
        lambda chat: chat.edit(8, MESSAGE_ID, "new", is_last=True),
        "8-21@chat.test",
        ["<replace", f'id="{MESSAGE_ID}"', 'last="true"', "<body>new</body>"],
    ),
    (
        lambda chat: chat.edit(GROUP, Message(id=MESSAGE_ID), "new", extra={"a": "b"}),
        ROOM,
        ["<replace", 'last="false"', "<a>b</a>"],
    ),
    (lambda chat: chat.delete(8, MESSAGE_ID), "8-21@chat.test", ["<remove", f'id="{MESSAGE_ID}"']),
    (lambda chat: chat.typing(8), "8-21@chat.test", ["<composing"]),
    (lambda chat: chat.typing(GROUP, False), ROOM, ["<paused"]),
    (
        lambda chat: chat.mark_delivered(MARKED),
        "8-21@chat.test",
        ["<received", f'id="{MESSAGE_ID}"', DIALOG_ID],
    ),
    (
        lambda chat: chat.mark_read(MessageReceived(message=MARKED)),
        "8-21@chat.test",
        ["<displayed", f'id="{MESSAGE_ID}"', DIALOG_ID],
    ),
    (
        lambda chat: chat.mark_read(Message(id=MESSAGE_ID, sender_id=8, dialog_id=DIALOG_ID)),
        "8-21@chat.test",
        ["<displayed", f'id="{MESSAGE_ID}"', DIALOG_ID],
    ),
    (
        lambda chat: chat.send_system(8, {"kind": "poke"}, body="hm"),
        "8-21@chat.test",
        ['type="headline"', "SystemNotifications", "<kind>poke</kind>", "<body>hm</body>"],
    ),
    (
        lambda chat: chat.send_call_signal(8, "call", "s1", {"sdp": "v=0"}),
        "8-21@chat.test",
        ['type="headline"', "WebRTCVideoChat", "<signalType>call", "<sessionID>s1", "<sdp>v=0"],
    ),
]


@pytest.mark.parametrize(("call", "address", "parts"), SAID)
async def test_what_is_said_reaches_the_server(call: Call, address: str, parts: list[str]) -> None:
    frame, _ = await spoken(call)

    assert address == attribute(frame, "to")
    for part in parts:
        assert part in frame


def answering(inside: str) -> ScriptedFrames:
    """Give a server that says this to requests, once somebody is in."""
    return ScriptedFrames(
        lambda frame: [result(frame, inside)] if attribute(frame, "id").startswith("cc") else None
    )


ASKED: Final[list[tuple[Call, str, list[str], Any]]] = [
    (lambda chat: chat.ping(), "", ["urn:xmpp:ping"], None),
    (lambda chat: chat.last_activity(8), "<query xmlns='jabber:iq:last' seconds='12'/>",
     ["jabber:iq:last"], 12),
    (lambda chat: chat.subscribe_last_activity(8), "",
     ["status_streaming", 'user_jid="8-21@chat.test"', 'enable="true"'], None),
    (lambda chat: chat.unsubscribe_last_activity(8), "", ['enable="false"'], None),
    (lambda chat: chat.set_active(True), "", ["mobile#v2", 'enable="false"'], None),
    (lambda chat: chat.set_active(False), "", ['enable="true"'], None),
    (lambda chat: chat.occupants(GROUP),
     f"<query xmlns='{ITEMS}'><item jid='{ROOM}/7'/><item jid='{ROOM}/8'/></query>",
     [ITEMS], [7, 8]),
]  # fmt: skip


@pytest.mark.parametrize(("call", "inside", "parts", "expected"), ASKED)
async def test_what_is_asked_is_answered(
    call: Call, inside: str, parts: list[str], expected: Any
) -> None:
    frame, given = await spoken(call, answering(inside))

    assert expected == given
    for part in parts:
        assert part in frame


async def test_a_refused_request_is_raised() -> None:
    def answer(frame: str) -> list[str] | None:
        if "jabber:iq:last" not in frame:
            return None
        refusal = f"<error code='403' type='auth'><forbidden xmlns='{STANZAS}'/></error>"
        return [result(frame, refusal).replace("'result'", "'error'")]

    async with conversation(ScriptedFrames(answer)) as chat:
        with pytest.raises(StanzaError, match="forbidden"):
            await chat.last_activity(8)


async def test_an_unanswered_request_is_given_up() -> None:
    server = ScriptedFrames(lambda frame: [] if "jabber:iq:last" in frame else None)
    async with conversation(server, request_timeout=3) as chat:
        with pytest.raises(ChatTimeoutError):
            await chat.last_activity(8)
        await chat.ping()  # the conversation goes on


def presence(kind: str, status: int, request: str) -> str:
    return (
        f"<presence xmlns='jabber:client' from='{ROOM}/7' id='{attribute(request, 'id')}'{kind}>"
        f"<x xmlns='http://jabber.org/protocol/muc#user'><status code='{status}'/></x></presence>"
    )


async def test_rooms_are_entered_and_left() -> None:
    def answer(frame: str) -> list[str] | None:
        if not attribute(frame, "to").startswith(ROOM):
            return None
        is_leaving = attribute(frame, "type") == "unavailable"
        return [presence(" type='unavailable'" if is_leaving else "", 110, frame)]

    server = ScriptedFrames(answer)
    async with conversation(server) as chat:
        await chat.join(GROUP)
        await chat.leave(DIALOG_ID)
        frames = said(server)

    assert [f"{ROOM}/7"] * 2 == [attribute(frame, "to") for frame in frames]
    assert ["", "unavailable"] == [attribute(frame, "type") for frame in frames]


async def test_somebody_watched_comes_as_events() -> None:
    server = ScriptedFrames()
    async with conversation(server) as chat:
        await chat.subscribe_last_activity(8)
        server.say(
            "<iq xmlns='jabber:client' type='set' id='s1' from='8-21@chat.test'>"
            "<query xmlns='jabber:iq:last' seconds='0'/></iq>"
        )
        event = await anext(chat)

    assert LastActivity(user_id=8, seconds=0) == event


async def test_a_default_privacy_list_is_changed_out_of_force() -> None:
    """The service lets nobody change a list that holds."""
    names = "<query xmlns='jabber:iq:privacy'><default name='foes'/><list name='foes'/></query>"
    server = ScriptedFrames(lambda frame: [result(frame, names)] if 'type="get"' in frame else None)
    async with conversation(server) as chat:
        found = await chat.privacy.names()
        await chat.privacy.set("foes", [Block(user_id=8)])
        await chat.privacy.set("others", [Block(user_id=8, is_mutual=True)])
        await chat.privacy.delete("others")
        frames = said(server)

    assert (["foes"], "foes") == (found.names, found.default)
    steps = ["get", "get", "<default/>", '<list name="foes">', '<default name="foes"/>']
    steps += ["get", '<list name="others">', '<list name="others"/>']
    assert len(steps) == len(frames)
    for step, frame in zip(steps, frames, strict=True):
        assert step in frame


async def test_a_privacy_list_is_read() -> None:
    inside = (
        "<query xmlns='jabber:iq:privacy'><list name='foes'>"
        "<item type='jid' value='8-21@chat.test' action='deny' order='1'/>"
        "<item type='jid' value='muc.chat.test/8' action='deny' order='2'/></list></query>"
    )
    async with conversation(answering(inside)) as chat:
        found = await chat.privacy.get("foes")

    assert ("foes", [Block(user_id=8, is_mutual=True)]) == (found.name, found.blocks)


async def test_by_default_what_arrives_is_marked_by_itself() -> None:
    server = ScriptedFrames()
    async with conversation(server, auto_delivered=True) as chat:
        server.say(message(5))
        await anext(chat)
        await chat.ping()
        frames = said(server)

    assert [True, False] == ["<received" in frame for frame in frames]
