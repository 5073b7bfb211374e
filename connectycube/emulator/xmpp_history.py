"""What a stanza changes in the state that it shares with REST."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from .chat_records import DialogType, Role
from .xmpp_extra import EXTRA, attachments, custom, date_sent, value
from .xmpp_namespaces import CHAT_STATES, CORRECT, DELETE, DESTROY, MARKERS

if TYPE_CHECKING:
    from .chat_records import Dialog, Message
    from .world import World
    from .xmpp_xml import Element

Meaning = Literal["content", "edit", "removal", "delivered", "read", "typing", "other"]
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{24}")
_BY_CHILD: Final[tuple[tuple[str, str, Meaning], ...]] = (
    ("replace", CORRECT, "edit"),
    ("remove", DELETE, "removal"),
    ("received", MARKERS, "delivered"),
    ("displayed", MARKERS, "read"),
    ("composing", CHAT_STATES, "typing"),
    ("paused", CHAT_STATES, "typing"),
)


def meaning(stanza: Element) -> Meaning:
    """Say what a message is about."""
    for name, xmlns, what in _BY_CHILD:
        if stanza.child(name, xmlns) is not None:
            return what
    extra = stanza.child(EXTRA)
    has_content = stanza.child("body") is not None or bool(attachments(extra))
    return "content" if has_content else "other"


def store(world: World, dialog: Dialog, sender_id: int, stanza: Element) -> None:
    """Put a message into the history where its sender asks for it; one sent again is there."""
    extra = stanza.child(EXTRA)
    vanishes = stanza.child("destroy", DESTROY) is not None
    if value(extra, "save_to_history") != "1" or vanishes:
        return
    message_id = stanza.get("id")
    if not _OBJECT_ID.fullmatch(message_id):
        message_id = world.object_id()
    if world.chat.message(message_id) is not None:
        return
    body = stanza.child("body")
    sent = date_sent(extra)
    world.chat.add_message(
        dialog,
        sender_id,
        None if body is None else body.text,
        id=message_id,
        date_sent=sent or int(world.now().timestamp()),
        attachments=attachments(extra),
        params=custom(extra),
    )


def change(world: World, user_id: int, stanza: Element, what: Meaning) -> bool:
    """Do what a status stanza says to the message it names; False where that is not allowed."""
    named = next((one for one in stanza.elements if (one.name, one.xmlns, what) in _BY_CHILD), None)
    message = None if named is None else world.chat.message(named.get("id"))
    dialog = None if message is None else world.chat.dialog(message.dialog_id)
    # What was never stored is only passed on.
    if message is None or dialog is None:
        return True
    chat = world.chat
    role = chat.role(dialog, user_id)
    if what == "edit":
        if message.sender_id != user_id:
            return False
        body = stanza.child("body")
        chat.edit(message, None if body is None else body.text)
    elif what == "removal":
        if not _may_remove(dialog, message, user_id, role):
            return False
        chat.delete_for_all(message)
    elif role >= Role.MEMBER:
        if what == "delivered":
            chat.mark_delivered(message, user_id)
        else:
            chat.view(message, user_id)
    return True


def _may_remove(dialog: Dialog, message: Message, user_id: int, role: Role) -> bool:
    if dialog.type is DialogType.BROADCAST or message.sender_id != user_id:
        return role >= Role.ADMIN and dialog.type is not DialogType.PRIVATE
    return role >= Role.MEMBER
