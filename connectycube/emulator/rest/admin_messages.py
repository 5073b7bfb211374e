"""Messages of the administration: M3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.rendering import Json, iso
from connectycube.emulator.reply import Reply

from .admin_lists import keyset_page
from .list_filters import ListField
from .message_rendering import message_json

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Message

_FIELDS: dict[str, ListField[Message]] = {
    "_id": ListField("text", lambda message: message.id),
    "chat_dialog_id": ListField("text", lambda message: message.dialog_id),
    "message": ListField("text", lambda message: message.text),
    "date_sent": ListField("moment", lambda message: message.date_sent),
    "sender_id": ListField("number", lambda message: message.sender_id),
    "recipient_id": ListField("number", lambda message: message.recipient_id),
    "created_at": ListField("moment", lambda message: message.created_at.timestamp()),
    "updated_at": ListField("moment", lambda message: message.updated_at.timestamp()),
}


def list_all_messages(call: Call) -> Reply:
    """Show the messages of every dialog, or of one; nobody has then read them (M3)."""
    chat = call.world.chat
    messages = [message for dialog in chat.dialogs for message in chat.messages_of(dialog)]
    return Reply(payload=keyset_page(call, messages, _FIELDS, _shown))


def _shown(message: Message) -> Json:
    return {
        **message_json(message),
        "edited_at": iso(message.edited_at),
        "deleted_for_ids": sorted(message.deleted_for),
    }
