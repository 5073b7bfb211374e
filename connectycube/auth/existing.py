"""
The strategy of whoever holds a session that was made elsewhere.

https://developers.connectycube.com/server/auth
"""

from collections.abc import Awaitable, Callable

import attrs

from connectycube.auth.strategy import TokenUser
from connectycube.errors import SessionExpiredError
from connectycube.session import Session
from connectycube.values import frozen


def _as_session(value: Session | str) -> Session:
    return value if isinstance(value, Session) else Session.from_token(value)


@frozen
class ExistingSession(TokenUser):
    """
    Whoever holds a session that was made elsewhere.

    Renewed by `renew`, an async callable that returns a session, where it is given.
    """

    session: Session = attrs.field(converter=_as_session)
    renew: Callable[[], Awaitable[Session]] | None = attrs.field(default=None, repr=False)

    async def credentials(self, previous: Session | None, /) -> Session:
        if previous is None:
            return self.session
        if self.renew is None:
            raise SessionExpiredError("the session expired, and nothing was given to renew it with")
        return await self.renew()
