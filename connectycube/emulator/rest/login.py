"""Login and logout: A4 and A5, a user put on a session and taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.rendering import user_json
from connectycube.emulator.reply import Reply

from .identities import user_of_credentials
from .providers import user_of_provider

if TYPE_CHECKING:
    from connectycube.emulator.call import Call


def login(call: Call) -> Reply:
    """Put a user on the caller's session; the token stays (A4)."""
    body = call.parameters
    by_provider = body.get("provider") is not None
    user = user_of_provider(call, body) if by_provider else user_of_credentials(call, body)
    call.world.bind(call.own_session, user)
    return Reply(status=202, payload={"user": user_json(user, older=call.settings.older_objects)})


def logout(call: Call) -> Reply:
    """Take the user off; the token lives on as an application session (A5, inferred today)."""
    call.world.bind(call.own_session, None)
    return Reply()
