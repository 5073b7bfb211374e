"""Deleting dialogs and their history: C5 to C7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.chat_records import Role
from connectycube.emulator.chat_rights import Right
from connectycube.emulator.refusals import not_found, not_permitted
from connectycube.emulator.reply import Reply

from .dialogs_access import dialog_of, has, require, role_of
from .list_filters import is_on

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog


def delete_dialogs(call: Call) -> Reply:
    """
    Delete one dialog (C5), or several by their ids (C6).

    Without force they only leave the caller's list, and are not found there a second time.
    """
    ids = list(dict.fromkeys(part.strip() for part in call.arguments[0].split(",")))
    if len(ids) == 1:
        dialog = dialog_of(call)
        if _is_gone(call, dialog):
            raise not_found()
        if not _delete(call, dialog):
            raise not_permitted()
        return Reply()
    outcomes: dict[str, list[str]] = {
        "SuccessfullyDeleted": [],
        "NotFound": [],
        "WrongPermissions": [],
    }
    for one in filter(None, ids):
        outcomes[_outcome(call, one)].append(one)
    return Reply(payload={name: {"ids": found} for name, found in outcomes.items()})


def clear_dialog_history(call: Call) -> Reply:
    """Let all messages of a dialog vanish, for the caller or for everybody (C7)."""
    dialog = dialog_of(call)
    if _is_forced(call):
        require(call, dialog, Right.DELETE_FOR_ALL)
        call.world.chat.clear_history(dialog)
    else:
        call.world.chat.clear_history(dialog, call.user.id)
    return Reply()


def _outcome(call: Call, dialog_id: str) -> str:
    dialog = call.world.chat.dialog(dialog_id)
    if dialog is None or _is_gone(call, dialog):
        return "NotFound"
    return "SuccessfullyDeleted" if _delete(call, dialog) else "WrongPermissions"


def _delete(call: Call, dialog: Dialog) -> bool:
    """Delete a dialog; False where the caller may not."""
    if _is_forced(call):
        if not has(call, dialog, Right.DELETE_FOR_ALL):
            return False
        call.world.chat.remove_dialog(dialog)
        return True
    if role_of(call, dialog) is Role.NONE:
        return False
    call.world.chat.hide_dialog(dialog, call.user.id)
    return True


def _is_gone(call: Call, dialog: Dialog) -> bool:
    return not _is_forced(call) and call.user.id in dialog.hidden_for


def _is_forced(call: Call) -> bool:
    return is_on(call.parameters.get("force"))
