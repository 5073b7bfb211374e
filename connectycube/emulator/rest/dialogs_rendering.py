"""Dialogs as the service shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.chat_records import DialogType
from connectycube.emulator.rendering import Json, iso

if TYPE_CHECKING:
    from connectycube.emulator.chat_records import Dialog
    from connectycube.emulator.world import World

# Their occupants are too many to list.
_UNLISTED = (DialogType.PUBLIC, DialogType.BROADCAST)


def dialog_json(world: World, dialog: Dialog, user_id: int) -> Json:
    """Show a dialog as one of its users sees it."""
    chat = world.chat
    last = chat.last_message(dialog, user_id)
    is_private = dialog.type is DialogType.PRIVATE
    is_public = dialog.type is DialogType.PUBLIC
    room = f"{world.application.id}_{dialog.id}@{world.settings.muc_host}"
    preview = dialog.allow_preview
    shown: Json = {
        "_id": dialog.id,
        "user_id": dialog.owner_id,
        "created_at": iso(dialog.created_at),
        "updated_at": iso(dialog.updated_at),
        "type": int(dialog.type),
        "occupants_ids": [] if dialog.type in _UNLISTED else list(dialog.occupants_ids),
        "last_message": last.text if last else None,
        "last_message_date_sent": last.date_sent if last else None,
        "last_message_id": last.id if last else None,
        "last_message_user_id": last.sender_id if last else None,
        "last_message_status": chat.last_message_status(dialog, user_id),
        "name": dialog.name,
        "description": dialog.description,
        "photo": dialog.photo,
        "xmpp_room_jid": None if is_private else room,
        "admins_ids": list(dialog.admins_ids),
        "unread_messages_count": None if is_public else chat.unread_count(dialog, user_id),
        "pinned_messages_ids": list(dialog.pinned_messages_ids),
        "extensions": None if dialog.extensions is None else dict(dialog.extensions),
        "permissions": None if preview is None else {"allow_preview": preview},
    }
    if is_public:
        shown["occupants_count"] = len(dialog.occupants_ids)
    return shown
