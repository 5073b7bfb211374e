"""Changing messages: C18, some of them, and C19, all of a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.chat_records import Role
from connectycube.emulator.refusals import based, field, not_found, not_permitted
from connectycube.emulator.reply import Reply

from .list_filters import is_on
from .message_access import dialog_of, ids_of_path, require

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Message


def update_messages(call: Call) -> Reply:
    """Note that messages were read or delivered, or write another text (C18)."""
    ids = frozenset(ids_of_path(call))
    found = [message for message in _messages(call) if message.id in ids]
    if not found:
        raise not_found()
    is_marked = _is_marked(call)
    if "message" in call.parameters:
        _edit(call, found)
    elif not is_marked:
        raise _nothing_given()
    _mark(call, found)
    return Reply()


def update_all_messages(call: Call) -> Reply:
    """Note that every message of a dialog was read or delivered; texts stay (C19)."""
    found = _messages(call)
    if not _is_marked(call):
        raise _nothing_given()
    if not found:
        raise not_found()
    _mark(call, found)
    return Reply()


def _messages(call: Call) -> list[Message]:
    dialog = dialog_of(call)
    require(call, dialog, Role.MEMBER)
    return call.world.chat.messages_of(dialog, call.user.id)


def _is_marked(call: Call) -> bool:
    return any(is_on(call.parameters.get(name)) for name in ("read", "delivered"))


def _mark(call: Call, messages: list[Message]) -> None:
    chat, user_id = call.world.chat, call.user.id
    for message in messages:
        if is_on(call.parameters.get("delivered")):
            chat.mark_delivered(message, user_id)
        if is_on(call.parameters.get("read")):
            chat.view(message, user_id)


def _edit(call: Call, messages: list[Message]) -> None:
    text = call.parameters["message"]
    if text is not None and not isinstance(text, str):
        raise field("message", "must be a string")
    if any(message.sender_id != call.user.id for message in messages):
        raise not_permitted()  # inferred, and for admins too
    for message in messages:
        call.world.chat.edit(message, text)


def _nothing_given() -> Exception:
    return based(422, "read, delivered or message is required")  # inferred
