"""Sessions: what one is, how long it lives, and what its strategy and its hook get to see."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final, Self

import attrs

from connectycube.errors import InvalidInputError, SessionExpiredError
from connectycube.fields import header_text, masked
from connectycube.models.user import User
from connectycube.values import frozen

# https://developers.connectycube.com/server/auth: two hours from the last request, guests a day.
SESSION_LIFETIME: Final = 2 * 60 * 60.0
GUEST_LIFETIME: Final = 24 * 60 * 60.0
_MARGIN: Final = 60.0
# A date further off than a year is a mistake, and may be past what a date can be.
_LONGEST: Final = 366 * 24 * 60 * 60.0


@frozen(kw_only=True)
class App:
    """An application and its keys; a client has those of users or that of administrators."""

    app_id: int | None = None
    auth_key: str | None = attrs.field(default=None, repr=masked)
    auth_secret: str | None = attrs.field(default=None, repr=masked)
    admin_key: str | None = attrs.field(default=None, repr=masked)


@frozen(kw_only=True)
class Clock:
    """Where time is read: `monotonic` for lifetimes, `wall` (seconds since 1970) for dates."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


@frozen(kw_only=True)
class Session:
    """
    A session of the service: a token, and whose it is.

    Attributes:
        token: opaque; whoever holds it is the user.
        user_id: `None` for a session of the application alone, or where it is not known.
        user: the user as the service told it, where it did.
        application_id: `None` where the session was made from a bare token.
        expires_at: when the service will have forgotten it, by this machine's clock; each request
            moves it on. `None` where nothing is known.
    """

    token: str = attrs.field(repr=masked)
    user_id: int | None = attrs.field(default=None, metadata={"may_misfit": True})
    user: User | None = attrs.field(default=None, repr=False, metadata={"may_misfit": True})
    application_id: int | None = attrs.field(default=None, metadata={"may_misfit": True})
    expires_at: datetime | None = attrs.field(default=None, metadata={"may_misfit": True})

    @staticmethod
    def told_as(data: dict[str, Any]) -> dict[str, Any]:
        """Take 0 for nobody: older backends say so where newer ones say null."""
        return {**data, "user_id": data.get("user_id") or None}

    @classmethod
    def from_token(
        cls, token: str, user_id: int | None = None, expires_at: datetime | None = None
    ) -> Self:
        """
        Make a session of a token from elsewhere.

        Raises:
            InvalidInputError: the token is empty, or `expires_at` has no time zone.
        """
        header_text(token, "a session token")
        if expires_at is not None and expires_at.tzinfo is None:
            raise InvalidInputError("expires_at needs a time zone, such as datetime.now(UTC)")
        return cls(token=token, user_id=user_id, expires_at=expires_at)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """
        Restore what `to_dict` gave.

        Raises:
            InvalidInputError: the mapping is not of that form.
        """
        try:
            expires_at = data.get("expires_at")
            session = cls.from_token(
                data["token"],
                _stored_id(data, "user_id"),
                datetime.fromisoformat(expires_at) if expires_at else None,
            )
            return attrs.evolve(session, application_id=_stored_id(data, "application_id"))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InvalidInputError("this is no session as to_dict() gives it") from None

    def to_dict(self) -> dict[str, Any]:
        """Give the session as a JSON-ready mapping; it holds the token, so keep it as a secret."""
        return {
            "token": self.token,
            "user_id": self.user_id,
            "application_id": self.application_id,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
        }

    def is_expired(self, leeway: float = 0.0, *, now: datetime | None = None) -> bool:
        """
        Say whether `expires_at` has passed, or will within `leeway` seconds.

        A session with no known end counts as alive: only the service can tell.
        """
        if self.expires_at is None:
            return False
        return (now or datetime.now(UTC)) + timedelta(seconds=leeway) >= self.expires_at


@frozen(kw_only=True)
class ExpiredSession:
    """
    What `on_session_expired` gets.

    Attributes:
        session: the dead session.
        error: how its end was noticed.
    """

    session: Session
    error: SessionExpiredError
    _renew: Callable[[], Awaitable[Session]] = attrs.field(repr=False, alias="renew")

    async def renew(self) -> Session:
        """Return the session that the client's own strategy makes in place of the dead one."""
        return await self._renew()


def _stored_id(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None or type(value) is int:
        return value
    raise ValueError(name)


SessionExpiredHook = Callable[[ExpiredSession], Awaitable[Session | None]]


def default_lifetime(session: Session) -> float:
    """Return the documented lifetime in seconds, for answers that do not name one."""
    return (
        GUEST_LIFETIME if session.user is not None and session.user.is_guest else SESSION_LIFETIME
    )


def margin(lifetime: float) -> float:
    """Return how many seconds before its end a session is no longer sent."""
    return min(_MARGIN, lifetime / 10)


def announced_lifetime(headers: Mapping[str, str]) -> float | None:
    """
    Return the seconds that an answer grants its session, `None` where it names none.

    Both ends are the service's own time, so that our clock may be wrong by a day.
    """
    ends = headers.get("CB-Token-ExpirationDate")
    date = headers.get("Date")
    return _span(date, ends) if ends and date else None


@lru_cache(maxsize=64)
def _span(date: str, ends: str) -> float | None:
    try:
        end = datetime.fromisoformat(ends.removesuffix("UTC").strip()).replace(tzinfo=UTC)
        seconds = (end - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if 0 < seconds <= _LONGEST else None
