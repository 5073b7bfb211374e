"""Who may touch which messages, and the ids that calls name them and users by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.chat_records import DialogType, Role
from connectycube.emulator.refusals import based, field, not_found, not_permitted

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog, Message

_MOST_DIGITS = 18


def dialog_of(call: Call) -> Dialog:
    """Return the dialog that a call about its messages names."""
    dialog_id = call.parameters.get("chat_dialog_id")
    if not dialog_id:
        raise based(422, "chat_dialog_id is required")
    dialog = call.world.chat.dialog(str(dialog_id))
    if dialog is None:
        raise not_found()
    return dialog


def message_of(call: Call) -> tuple[Message, Dialog]:
    """Return the message of the path and its dialog, for somebody who is in the dialog."""
    chat = call.world.chat
    message = chat.message(call.arguments[0])
    dialog = chat.dialog(message.dialog_id) if message else None
    if message is None or dialog is None:
        raise not_found()
    require(call, dialog, Role.MEMBER)
    if call.user.id in message.deleted_for:
        raise not_found()
    return message, dialog


def require(call: Call, dialog: Dialog, role: Role) -> None:
    """Refuse whoever has a lower role in a dialog."""
    if call.world.chat.role(dialog, call.user.id) < role:
        raise not_permitted()


def others_of(call: Call, dialog: Dialog) -> list[int]:
    """Return who is in a dialog besides the caller; in a broadcast that is everybody."""
    if dialog.type is DialogType.BROADCAST:
        ids = [user.id for user in call.world.users]
    else:
        ids = dialog.occupants_ids
    return [one for one in ids if one != call.user.id]


def ids_of_path(call: Call) -> list[str]:
    """Return the ids that stand in a path, joined by commas, each once."""
    ids = (part.strip() for part in call.arguments[0].split(","))
    return list(dict.fromkeys(one for one in ids if one))


def user_id_of(call: Call, name: str) -> int:
    """Return the user id that a parameter holds, as a number or in digits."""
    value: Any = call.parameters.get(name)
    if value is None or value == "":
        raise field(name, "can't be blank")
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise field(name, "is not a number")
    if len(text) > _MOST_DIGITS:
        raise field(name, "is invalid")
    return int(text)
