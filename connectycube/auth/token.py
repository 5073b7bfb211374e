"""
Strategies of tokens that age: Firebase, an identity provider of one's own, Facebook, Twitter.

Each token is text or an async callable. A callable is asked at each sign-in, so its sessions are
renewed; a text is good for one sign-in, and its sessions are not.

https://developers.connectycube.com/server/auth
"""

import secrets
from typing import ClassVar

import attrs

from connectycube.auth.strategy import (
    Credentials,
    Secret,
    TokenUser,
    check_secret,
    reveal,
)
from connectycube.errors import SessionExpiredError
from connectycube.fields import check_text, masked
from connectycube.session import Session
from connectycube.values import frozen


@frozen(kw_only=True)
class _Firebase(TokenUser):
    _PROVIDER: ClassVar[str]

    project_id: str
    access_token: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_text(self.project_id, "project_id")
        check_secret(self.access_token, "access_token")

    async def credentials(self, previous: Session | None, /) -> Credentials:
        token = await _token(self.access_token, previous, "access_token")
        return Credentials(
            provider=self._PROVIDER,
            provider_keys={"project_id": self.project_id, "access_token": token},
        )


@frozen(kw_only=True)
class FirebasePhone(_Firebase):
    """A user whose telephone number Firebase verified; `access_token` is its ID token."""

    _PROVIDER = "firebase_phone"


@frozen(kw_only=True)
class FirebaseEmail(_Firebase):
    """A user whose e-mail address Firebase verified; `access_token` is its ID token."""

    _PROVIDER = "firebase_email"


@frozen
class CustomIdentity(TokenUser):
    """
    A user of the application's own user base, by a token of its own (CIdP).

    https://developers.connectycube.com/guides/custom-identity-provider
    """

    token: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_secret(self.token, "token")

    async def credentials(self, previous: Session | None, /) -> Credentials:
        # The service wants a password beside the token, and looks at neither its value nor keeps
        # it; without one it makes a session of nobody. A fresh one is of no use to anyone.
        return Credentials(
            login=await _token(self.token, previous, "token"), password=secrets.token_urlsafe(16)
        )


@frozen
class Facebook(TokenUser):
    """A user of Facebook, by an access token."""

    token: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_secret(self.token, "token")

    async def credentials(self, previous: Session | None, /) -> Credentials:
        token = await _token(self.token, previous, "token")
        return Credentials(provider="facebook", provider_keys={"token": token})


@frozen(kw_only=True)
class Twitter(TokenUser):
    """A user of Twitter, by an access token and its secret."""

    token: Secret = attrs.field(repr=masked)
    secret: Secret = attrs.field(repr=masked)

    def __attrs_post_init__(self) -> None:
        check_secret(self.token, "token")
        check_secret(self.secret, "secret")

    async def credentials(self, previous: Session | None, /) -> Credentials:
        token = await _token(self.token, previous, "token")
        secret = await reveal(self.secret, "secret")
        return Credentials(provider="twitter", provider_keys={"token": token, "secret": secret})


async def _token(secret: Secret, previous: Session | None, name: str) -> str:
    if previous is not None and isinstance(secret, str):
        raise SessionExpiredError(
            f"the session expired, and {name} was given as text: an async callable can be renewed"
        )
    return await reveal(secret, name)
