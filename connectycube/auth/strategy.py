"""What a strategy is, and the credentials it produces."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

import attrs

from connectycube.errors import InvalidInputError
from connectycube.fields import masked
from connectycube.session import Session
from connectycube.values import frozen

Secret: TypeAlias = str | Callable[[], Awaitable[str]]
"""A secret, or an async callable that is asked for it each time it is needed."""


@frozen(kw_only=True)
class Credentials:
    """
    What a user proves themself with; both session endpoints consume it.

    Nothing at all asks for a session of the application alone.

    Attributes:
        login: with `password`; or `email` with `password`. A token of the application's own
            identity provider is sent as a login, with any password.
        guest: ask for a temporary user, called `full_name` where given.
        provider: `facebook`, `twitter`, `firebase_phone` or `firebase_email`, with the
            `provider_keys` that it asks for.

    Raises:
        InvalidInputError: half a pair, or two ways at once.

    https://developers.connectycube.com/server/auth
    """

    login: str | None = attrs.field(default=None, repr=masked)
    email: str | None = attrs.field(default=None, repr=masked)
    password: str | None = attrs.field(default=None, repr=masked)
    guest: bool = False
    full_name: str | None = None
    provider: str | None = None
    provider_keys: Mapping[str, str] | None = attrs.field(default=None, repr=masked)

    def __attrs_post_init__(self) -> None:
        ways = [self.login is not None, self.email is not None, self.guest, bool(self.provider)]
        if sum(ways) > 1:
            raise InvalidInputError("one of login, email, guest and provider, not several")
        if "" in (self.login, self.email, self.password, self.provider):
            raise InvalidInputError("login, email, password and provider must not be empty")
        if (self.login or self.email) and self.password is None:
            raise InvalidInputError("a login or e-mail goes with a password")
        if self.password is not None and not (self.login or self.email):
            raise InvalidInputError("a password goes with a login or e-mail")
        if self.full_name is not None and not self.guest:
            raise InvalidInputError("full_name is for guests")
        keys = self.provider_keys or {}
        if bool(self.provider) != bool(keys) or not all(keys.values()):
            raise InvalidInputError("a provider goes with its keys, none of them empty")

    def session_members(self) -> dict[str, Any]:
        """Return the members of `POST /session` that say who asks; none for the application."""
        if self.provider is not None:
            return self._provider_members()
        if self.guest:
            # The service wants the text "1" here.
            return {"user": _given(guest="1", full_name=self.full_name)}
        user = _given(login=self.login, email=self.email, password=self.password)
        return {"user": user} if user else {}

    def login_members(self) -> dict[str, Any]:
        """
        Return the body of `POST /login`, which is flat.

        Raises:
            InvalidInputError: there is no user to log in, or it is a guest, for whom the service
                has no such form.
        """
        if self.provider is not None:
            return self._provider_members()
        if self.guest:
            raise InvalidInputError("a guest cannot log in on a session: use create_session")
        if self.password is None:
            raise InvalidInputError("login needs a user, and these credentials name none")
        return _given(login=self.login, email=self.email, password=self.password)

    def _provider_members(self) -> dict[str, Any]:
        # Nested, always: `firebase_phone[project_id]` as a JSON key is not understood.
        name = self.provider if str(self.provider).startswith("firebase_") else "keys"
        return {"provider": self.provider, str(name): dict(self.provider_keys or {})}


class AuthStrategy(Protocol):
    """
    A way to obtain a session; any object with these three members serves.

    A strategy produces values and never sees a network of ours.
    """

    @property
    def identity(self) -> str | None:
        """Say who signs in: stable and not secret. `None`: the session is never stored."""
        ...

    async def credentials(self, previous: Session | None, /) -> Credentials | Session:
        """
        Produce what a new session is made of, or a session made elsewhere.

        Args:
            previous: the session that died, `None` where a first one is wanted.

        Raises:
            SessionExpiredError: a new session would not continue the previous one.
        """
        ...

    async def chat_password(self, session: Session, /) -> str:
        """Return what the chat accepts as this user's password; asked at each connect."""
        ...


class TokenUser:
    """What strategies without a password share: nothing to store, and the token opens the chat."""

    @property
    def identity(self) -> str | None:
        return None

    async def chat_password(self, session: Session, /) -> str:
        return session.token


async def reveal(secret: Secret, name: str) -> str:
    """
    Return a secret, asking its callable where it is one.

    Raises:
        InvalidInputError: what came is empty or no text.
    """
    value: object = secret if isinstance(secret, str) else secret()
    if isinstance(value, Awaitable):
        value = await value
    if not isinstance(value, str) or not value:
        raise InvalidInputError(f"{name} must be a non-empty text")
    return value


def check_secret(secret: object, name: str) -> None:
    """
    Refuse at once what can never become a secret.

    Raises:
        InvalidInputError: it is neither non-empty text nor callable.
    """
    if not (isinstance(secret, str) and secret) and not callable(secret):
        raise InvalidInputError(f"{name} must be a non-empty text or an async callable")


def _given(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}
