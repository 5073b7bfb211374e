"""hikari: the strategy that acquires a bot's token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from importlib import import_module
from typing import Any

import attrs

from benchmarks.peers.shape import FailedLoginError, Login, Renewing

_errors: Any = import_module("hikari.errors")
_rest: Any = import_module("hikari.impl.rest")


@attrs.frozen
class _Token:
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - no secret
    expires_in: timedelta = timedelta(hours=1)


class _Client:
    def __init__(self, login: Login) -> None:
        self._login = login

    async def authorize_client_credentials_token(self, **_: Any) -> _Token:
        try:
            return _Token(await self._login())
        except FailedLoginError as failed:
            if failed.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise _errors.InternalServerError(
                    url="", status=failed.status, headers={}, raw_body=b""
                ) from failed
            raise _errors.UnauthorizedError(url="", headers={}, raw_body=b"") from failed


@asynccontextmanager
async def renewing(login: Login) -> AsyncIterator[Renewing]:
    strategy = _rest.ClientCredentialsStrategy(1, "secret")
    client = _Client(login)

    async def get() -> object:
        return await strategy.acquire(client)

    def expire() -> None:
        strategy.invalidate(None)

    await get()
    yield Renewing(get, expire)
