"""Who is connected to the chat: U7 and U8, in one path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.rendering import user_json
from connectycube.emulator.reply import Reply

from .paging import number_of

if TYPE_CHECKING:
    from connectycube.emulator.call import Call

# Both inferred: the documentation does not know this call.
_MOST = 100


def list_online_users(call: Call) -> Reply:
    """Show the users that are online (U7), or with `count` how many they are (U8)."""
    online = [user for user in call.world.users if user.is_online]
    asked = call.parameters
    if str(asked.get("count")).lower() in ("1", "true"):
        return Reply(payload={"count": len(online)})
    skip = number_of(asked.get("offset"), least=0, otherwise=0)
    limit = min(number_of(asked.get("limit"), least=1, otherwise=_MOST), _MOST)
    older = call.settings.older_objects
    shown = [user_json(user, older=older) for user in online[skip : skip + limit]]
    return Reply(payload={"users": shown})
