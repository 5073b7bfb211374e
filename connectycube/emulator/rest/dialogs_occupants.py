"""Coming, going, and who is there: C8, C9 and C13; and each one's notifications, C11 and C12."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.chat_records import DialogType
from connectycube.emulator.refusals import based, field, not_found
from connectycube.emulator.rendering import user_json
from connectycube.emulator.reply import Reply

from .dialogs_access import dialog_of
from .dialogs_members import BLANK
from .dialogs_rendering import dialog_json
from .list_filters import is_on, window

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog

_SWITCH = ("0", "1", "true", "false")


def subscribe_to_dialog(call: Call) -> Reply:
    """Let the caller into a public dialog, also for a second time (C8)."""
    dialog = call.world.chat.dialog(call.arguments[0])
    if dialog is None:
        raise not_found()
    _check_is_open(call, dialog)
    call.world.chat.add_occupants(dialog, [call.user.id])
    return Reply(payload=dialog_json(call.world, dialog, call.user.id))


def unsubscribe_from_dialog(call: Call) -> Reply:
    """Let the caller out of a public dialog; who is not in it finds none (C9)."""
    dialog = dialog_of(call)
    _check_is_open(call, dialog)
    if call.user.id not in dialog.occupants_ids:
        raise not_found()
    call.world.chat.remove_occupants(dialog, [call.user.id])
    return Reply()


def list_dialog_occupants(call: Call) -> Reply:
    """Show a page of the users who are in a dialog, those left out who are deleted (C13)."""
    dialog = dialog_of(call)
    users = [user for one in dialog.occupants_ids if (user := call.world.user(one)) is not None]
    limit, skip = window(call.parameters)
    older = call.settings.older_objects
    items = [user_json(user, older=older) for user in users[skip : skip + limit]]
    return Reply(payload={"items": items})


def update_dialog_notifications(call: Call) -> Reply:
    """Turn the caller's notifications of a dialog on or off (C11)."""
    dialog = dialog_of(call)
    enabled = call.parameters.get("enabled")
    if enabled is None or enabled == "":
        raise field("enabled", BLANK)
    if str(enabled).lower() not in _SWITCH:
        raise field("enabled", "is invalid")
    if is_on(enabled):
        dialog.silent_for.discard(call.user.id)
    else:
        dialog.silent_for.add(call.user.id)
    return _notifications(call, dialog)


def get_dialog_notifications(call: Call) -> Reply:
    """Say whether the caller's notifications of a dialog are on (C12)."""
    return _notifications(call, dialog_of(call))


def _check_is_open(call: Call, dialog: Dialog) -> None:
    is_open = dialog.type is DialogType.PUBLIC or (
        dialog.type is DialogType.GROUP and call.settings.groups_are_open
    )
    if not is_open:
        # The words and the status are inferred.
        raise based(403, "Subscribing is possible only for 'public' chat dialogs")


def _notifications(call: Call, dialog: Dialog) -> Reply:
    enabled = int(call.user.id not in dialog.silent_for)
    return Reply(payload={"notifications": {"enabled": enabled}})
