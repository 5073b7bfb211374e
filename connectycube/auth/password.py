"""
Strategies that carry all they need: names and passwords, or nobody at all.

https://developers.connectycube.com/server/auth
"""

import attrs

from connectycube.auth.strategy import (
    AuthStrategy,
    Credentials,
    Secret,
    TokenUser,
    check_secret,
    reveal,
)
from connectycube.errors import InvalidInputError, SessionExpiredError
from connectycube.fields import check_text, masked
from connectycube.models.user import User
from connectycube.session import Session
from connectycube.values import frozen


@frozen
class AppOnly:
    """A session of the application alone: enough to sign users up, too little for most else."""

    @property
    def identity(self) -> str | None:
        return "application"

    async def credentials(self, previous: Session | None, /) -> Credentials:
        # A session from a bare token may be a user's: replacing it would lose that user silently.
        if previous is not None and (
            previous.user_id is not None or previous.application_id is None
        ):
            raise SessionExpiredError(
                "the session expired, and an application session cannot stand in for a user's"
            )
        return Credentials()

    async def chat_password(self, _session: Session, /) -> str:
        raise InvalidInputError("an application session has no user who could chat")


@frozen
class LoginPassword:
    """
    A user by login and password, created on the fly where the application allows it.

    `password` may be an async callable; it is asked at each sign-in.
    """

    login: str
    password: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_text(self.login, "login")
        check_secret(self.password, "password")

    @property
    def identity(self) -> str | None:
        return self.login

    async def credentials(self, _previous: Session | None, /) -> Credentials:
        return Credentials(login=self.login, password=await reveal(self.password, "password"))

    async def chat_password(self, _session: Session, /) -> str:
        return await reveal(self.password, "password")


@frozen
class EmailPassword:
    """
    A user by e-mail and password, created on the fly where the application allows it.

    `password` may be an async callable; it is asked at each sign-in.
    """

    email: str
    password: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_text(self.email, "email")
        check_secret(self.password, "password")

    @property
    def identity(self) -> str | None:
        return self.email

    async def credentials(self, _previous: Session | None, /) -> Credentials:
        return Credentials(email=self.email, password=await reveal(self.password, "password"))

    async def chat_password(self, _session: Session, /) -> str:
        return await reveal(self.password, "password")


@frozen
class Guest(TokenUser):
    """
    A temporary user, whom the service forgets after a day.

    Never renewed: a new session would be another user.
    """

    full_name: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.full_name is not None:
            check_text(self.full_name, "full_name")

    async def credentials(self, previous: Session | None, /) -> Credentials:
        if previous is not None:
            raise SessionExpiredError(
                "the guest's session expired, and a new one would be another user"
            )
        return Credentials(guest=True, full_name=self.full_name)


def after_change(
    strategy: AuthStrategy, *, before: User | None, after: User, password: str | None
) -> AuthStrategy:
    """
    Return the strategy that still signs its user in after their profile changed.

    The old one would fail at the next renewal or, where the application creates users on the fly,
    sign in somebody new under the old name. A password that comes from a callable is its own care.

    Args:
        before: the user as last known.
        after: the user as the service answered.
        password: the new password, `None` where it stayed.
    """
    known = before or after
    match strategy:
        case LoginPassword(login=login) if _same(login, known.login):
            changed: LoginPassword | EmailPassword = attrs.evolve(
                strategy, login=after.login or login
            )
        case EmailPassword(email=email) if _same(email, known.email):
            changed = attrs.evolve(strategy, email=after.email or email)
        case _:
            return strategy
    if password is not None and isinstance(changed.password, str):
        return attrs.evolve(changed, password=password)
    return changed


def _same(one: str, other: str | None) -> bool:
    return other is not None and one.casefold() == other.casefold()
