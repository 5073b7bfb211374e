"""The dialog that a path names, and who may touch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.chat_records import Role
from connectycube.emulator.chat_rights import Right, may
from connectycube.emulator.refusals import not_found, not_permitted

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog


def dialog_of(call: Call) -> Dialog:
    """Return the dialog of the path; one that the caller is not in counts as unknown."""
    dialog = call.world.chat.dialog(call.arguments[0])
    if dialog is None or role_of(call, dialog) is Role.NONE:
        raise not_found()
    return dialog


def role_of(call: Call, dialog: Dialog) -> Role:
    """Return what the caller is in a dialog."""
    return call.world.chat.role(dialog, call.user.id)


def has(call: Call, dialog: Dialog, right: Right) -> bool:
    """Say whether the caller has a right in a dialog."""
    return may(right, dialog.type, role_of(call, dialog))


def require(call: Call, dialog: Dialog, right: Right) -> None:
    """Refuse a caller who lacks a right."""
    if not has(call, dialog, right):
        raise not_permitted()
