"""Deleting messages: C20, for oneself or for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.chat_records import DialogType, Role
from connectycube.emulator.reply import Reply

from .list_filters import is_on
from .message_access import ids_of_path, others_of

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog, Message


def delete_messages(call: Call) -> Reply:
    """Delete messages, and say of each what became of it; one is answered as many are (C20)."""
    outcome: dict[str, list[str]] = {
        "SuccessfullyDeleted": [],
        "NotFound": [],
        "WrongPermissions": [],
    }
    for message_id in ids_of_path(call):
        outcome[_delete(call, message_id)].append(message_id)
    return Reply(payload={name: {"ids": ids} for name, ids in outcome.items()})


def _delete(call: Call, message_id: str) -> str:
    chat = call.world.chat
    message = chat.message(message_id)
    dialog = chat.dialog(message.dialog_id) if message else None
    if message is None or dialog is None or call.user.id in message.deleted_for:
        return "NotFound"
    is_for_all = is_on(call.parameters.get("force"))
    if not _may_delete(call, dialog, message, is_for_all=is_for_all):
        return "WrongPermissions"
    if is_for_all:
        chat.delete_for_all(message)
        others = others_of(call, dialog)
        chat.deliver("removal", call.user.id, others, dialog=dialog, message=message)
    else:
        chat.delete_for(message, call.user.id)
    return "SuccessfullyDeleted"


def _may_delete(call: Call, dialog: Dialog, message: Message, *, is_for_all: bool) -> bool:
    role = call.world.chat.role(dialog, call.user.id)
    if dialog.type is DialogType.BROADCAST:
        return role >= Role.ADMIN
    if not is_for_all or message.sender_id == call.user.id:
        return role >= Role.MEMBER
    return role >= Role.ADMIN and dialog.type is not DialogType.PRIVATE
