"""Messages as the service shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.rendering import Json, iso

if TYPE_CHECKING:
    from connectycube.emulator.chat_records import Message


def message_json(message: Message, viewer_id: int | None = None) -> Json:
    """Show a message to one of its readers, custom parameters flat beside the others."""
    return {
        **message.params,
        "_id": message.id,
        "chat_dialog_id": message.dialog_id,
        "message": message.text,
        "sender_id": message.sender_id,
        "recipient_id": message.recipient_id,
        "date_sent": message.date_sent,
        "created_at": iso(message.created_at),
        "updated_at": iso(message.updated_at),
        "read_ids": list(message.read_ids),
        "delivered_ids": list(message.delivered_ids),
        "attachments": list(message.attachments),
        "reactions": _reactions(message, viewer_id),
        "views_count": message.views_count,
        # Samples of groups have 0 whoever read; that a private one turns 1 is inferred.
        "read": int(message.recipient_id in message.read_ids),
    }


def _reactions(message: Message, viewer_id: int | None) -> Json | None:
    if not message.reactions:
        return None
    return {
        "own": [emoji for emoji, ids in message.reactions.items() if viewer_id in ids],
        "total": {emoji: len(ids) for emoji, ids in message.reactions.items()},
    }
