"""google-auth: OAuth 2 credentials that are refreshed before a request."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import attrs

from benchmarks.peers.shape import FailedLoginError, Login, Renewing

_oauth2: Any = import_module("google.oauth2._credentials_async")


@attrs.frozen
class _Answer:
    status: int
    body: bytes

    async def content(self) -> bytes:
        return self.body


@asynccontextmanager
async def renewing(login: Login) -> AsyncIterator[Renewing]:
    async def request(*_: Any, **__: Any) -> _Answer:
        try:
            token = await login()
        except FailedLoginError as failed:
            return _Answer(failed.status, b'{"error":"invalid_grant"}')
        return _Answer(200, json.dumps({"access_token": token, "expires_in": 3600}).encode())

    held = _oauth2.Credentials(
        None,
        refresh_token="refresh",  # noqa: S106 - no secret
        token_uri="https://peer.example/token",  # noqa: S106 - an address
        client_id="client",
        client_secret="secret",  # noqa: S106 - no secret
    )

    async def get() -> object:
        await held.before_request(request, "GET", "https://peer.example/", {})
        return held.token

    def expire() -> None:
        held.token = None

    await get()
    yield Renewing(get, expire)
