"""
Calls: turning one down over HTTP, where the chat is not connected.

https://developers.connectycube.com/server/videochat
"""

from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from connectycube._caller import Caller
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.errors import InvalidInputError
from connectycube.fields import check_text
from connectycube.models.user import UserLike, user_id

REJECT: Final = Endpoint("POST", "/calls/reject", NoneType, needs=Needs.USER, retry=Retry.NEVER)

Platform: TypeAlias = Literal["iOS", "Android", "Web"]


@attrs.frozen
class Calls:
    """Everything about calls over HTTP; `ConnectyCube.calls` is one."""

    _caller: Caller

    async def reject(
        self,
        recipient_id: UserLike,
        session_id: str,
        *,
        platform: Platform = "Web",
        user_info: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Turn a call down; whoever calls is told over the chat.

        Never repeated by itself; cancelled in flight, the caller may have been told or not.

        Args:
            recipient_id: the user who calls, or their id.
            session_id: the call's own, as its invitation tells it.
            platform: what the own application runs on.
            user_info: anything more to tell.

        Raises:
            InvalidInputError: no user, no call, or a platform that the service does not know.
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/server/videochat#reject-incoming-call-by-http
        """
        check_text(session_id, "session_id")
        if platform not in get_args(Platform):
            raise InvalidInputError(f"platform is one of {', '.join(get_args(Platform))}")
        body: dict[str, Any] = {
            "recipientId": user_id(recipient_id, "recipient_id"),
            "sessionID": session_id,
            "platform": platform,
        }
        if user_info is not None:
            if not isinstance(user_info, Mapping):
                raise InvalidInputError("user_info is a mapping")
            body["userInfo"] = dict(user_info)
        await self._caller.call(REJECT, body=body)
