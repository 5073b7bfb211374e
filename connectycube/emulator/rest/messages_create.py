"""Sending over HTTP: C17, a message, and C21, a system message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.chat_records import DialogType, Role
from connectycube.emulator.refusals import based, field
from connectycube.emulator.reply import Reply

from .list_filters import is_on
from .message_access import dialog_of, others_of, require, user_id_of
from .message_attachments import read_attachments
from .message_rendering import message_json

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog

# What the caller says of the message, and what only the service says. The rest is the user's own.
_GIVEN = frozenset(
    ("chat_dialog_id", "recipient_id", "message", "attachments", "send_to_chat", "markable")
)
_SERVICES_OWN = frozenset(
    (
        "_id",
        "sender_id",
        "date_sent",
        "created_at",
        "updated_at",
        "read_ids",
        "delivered_ids",
        "read",
        "reactions",
        "views_count",
        "edited_at",
        "deleted_for_ids",
    )
)


def create_message(call: Call) -> Reply:
    """Store a message, and on demand deliver it too (C17)."""
    given = call.parameters
    text = given.get("message")
    if text is not None and not isinstance(text, str):
        raise field("message", "must be a string")
    attachments = read_attachments(given.get("attachments"))
    own = _GIVEN | _SERVICES_OWN
    params = {key: value for key, value in given.items() if key not in own}
    dialog = _target(call)
    require(call, dialog, Role.ADMIN if dialog.type is DialogType.BROADCAST else Role.MEMBER)
    chat, user_id = call.world.chat, call.user.id
    message = chat.add_message(dialog, user_id, text, attachments=attachments, params=params)
    if is_on(given.get("send_to_chat")):
        markable = is_on(given.get("markable"))
        others = others_of(call, dialog)
        chat.deliver("message", user_id, others, dialog=dialog, message=message, markable=markable)
    return Reply(status=201, payload=message_json(message, user_id))


def send_system_message(call: Call) -> Reply:
    """Send any keys to a user, who need not have a dialog with the caller (C21)."""
    recipient_id = user_id_of(call, "recipientId")
    params = {key: value for key, value in call.parameters.items() if key != "recipientId"}
    message_id = call.world.chat.deliver_system(call.user.id, recipient_id, params)
    answer = {"messageId": message_id, "recipientId": recipient_id, "extensionParams": params}
    return Reply(payload=answer)


def _target(call: Call) -> Dialog:
    given = call.parameters
    if given.get("chat_dialog_id"):
        return dialog_of(call)  # it wins where both are given (inferred)
    if given.get("recipient_id") in (None, ""):
        raise based(422, "chat_dialog_id or recipient_id is required")
    recipient_id = user_id_of(call, "recipient_id")
    if recipient_id == call.user.id:
        raise field("recipient_id", "is invalid")
    return call.world.chat.private_dialog(call.user.id, recipient_id)
