"""Users of the administration: M11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.refusals import user_not_found
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from connectycube.emulator.call import Call


def delete_any_user(call: Call) -> Reply:
    """Remove any user and all its sessions (M11)."""
    user_id = call.arguments[0]
    user = call.world.user(int(user_id)) if user_id.isdecimal() else None
    if user is None:
        raise user_not_found()
    call.world.remove_user(user.id)
    return Reply(payload={"success": True})
