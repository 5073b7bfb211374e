"""
Strategies of tokens that age: Firebase, an identity provider of one's own, Facebook, Twitter.

Each token is text or an async callable. A callable is asked at each sign-in, so its sessions are
renewed; a text is good for one sign-in, and its sessions are not.

https://developers.connectycube.com/server/auth
"""

import secrets

import attrs

from connectycube.auth.strategy import Credentials, Secret, check_secret, check_text, reveal
from connectycube.errors import SessionExpiredError
from connectycube.fields import masked
from connectycube.session import Session


@attrs.frozen(kw_only=True)
class FirebasePhone:
    """A user whose telephone number Firebase verified; `access_token` is its ID token."""

    project_id: str
    access_token: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_text(self.project_id, "project_id")
        check_secret(self.access_token, "access_token")

    @property
    def identity(self) -> str | None:
        return None

    async def credentials(self, previous: Session | None, /) -> Credentials:
        token = await _token(self.access_token, previous, "access_token")
        return Credentials(
            provider="firebase_phone",
            provider_keys={"project_id": self.project_id, "access_token": token},
        )

    async def chat_password(self, session: Session, /) -> str:
        return session.token


@attrs.frozen(kw_only=True)
class FirebaseEmail:
    """A user whose e-mail address Firebase verified; `access_token` is its ID token."""

    project_id: str
    access_token: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_text(self.project_id, "project_id")
        check_secret(self.access_token, "access_token")

    @property
    def identity(self) -> str | None:
        return None

    async def credentials(self, previous: Session | None, /) -> Credentials:
        token = await _token(self.access_token, previous, "access_token")
        return Credentials(
            provider="firebase_email",
            provider_keys={"project_id": self.project_id, "access_token": token},
        )

    async def chat_password(self, session: Session, /) -> str:
        return session.token


@attrs.frozen
class CustomIdentity:
    """
    A user of the application's own user base, by a token of its own (CIdP).

    https://developers.connectycube.com/guides/custom-identity-provider
    """

    token: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_secret(self.token, "token")

    @property
    def identity(self) -> str | None:
        return None

    async def credentials(self, previous: Session | None, /) -> Credentials:
        # The service wants a password beside the token, and looks at neither its value nor keeps
        # it; without one it makes a session of nobody. A fresh one is of no use to anyone.
        return Credentials(
            login=await _token(self.token, previous, "token"), password=secrets.token_urlsafe(16)
        )

    async def chat_password(self, session: Session, /) -> str:
        return session.token


@attrs.frozen
class Facebook:
    """A user of Facebook, by an access token."""

    token: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_secret(self.token, "token")

    @property
    def identity(self) -> str | None:
        return None

    async def credentials(self, previous: Session | None, /) -> Credentials:
        token = await _token(self.token, previous, "token")
        return Credentials(provider="facebook", provider_keys={"token": token})

    async def chat_password(self, session: Session, /) -> str:
        return session.token


@attrs.frozen(kw_only=True)
class Twitter:
    """A user of Twitter, by an access token and its secret."""

    token: Secret = attrs.field(repr=masked)
    secret: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_secret(self.token, "token")
        check_secret(self.secret, "secret")

    @property
    def identity(self) -> str | None:
        return None

    async def credentials(self, previous: Session | None, /) -> Credentials:
        token = await _token(self.token, previous, "token")
        secret = await reveal(self.secret, "secret")
        return Credentials(provider="twitter", provider_keys={"token": token, "secret": secret})

    async def chat_password(self, session: Session, /) -> str:
        return session.token


async def _token(secret: Secret, previous: Session | None, name: str) -> str:
    if previous is not None and isinstance(secret, str):
        raise SessionExpiredError(
            f"the session expired, and {name} was given as text: an async callable can be renewed"
        )
    return await reveal(secret, name)
