"""Calls: C25, the one signal of a call that may come over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.parameters import as_object
from connectycube.emulator.refusals import field
from connectycube.emulator.reply import Reply

from .message_access import user_id_of

if TYPE_CHECKING:
    from connectycube.emulator.call import Call

_PLATFORMS = ("iOS", "Android", "Web")
_CANONICAL = {name.lower(): name for name in _PLATFORMS}


def reject_call(call: Call) -> Reply:
    """Tell a caller that the call is not taken (C25); the refusals are inferred."""
    given = call.parameters
    recipient_id = user_id_of(call, "recipientId")
    session_id = given.get("sessionID")
    if not isinstance(session_id, str) or not session_id:
        raise field("sessionID", "can't be blank")
    # The documentation capitalises these, the official SDK does not.
    platform = _CANONICAL.get(str(given.get("platform")).lower())
    if platform is None:
        raise field("platform", f"must be one of {', '.join(_PLATFORMS)}")
    user_info = given.get("userInfo")
    if user_info is not None and as_object(user_info) is None:
        raise field("userInfo", "must be an object")
    call.world.chat.deliver(
        "reject",
        call.user.id,
        [recipient_id],
        sessionID=session_id,
        platform=platform,
        userInfo=user_info,
    )
    return Reply(payload={})
