"""authlib: an OAuth 2 client that keeps its token alive."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import httpx2

from benchmarks.peers.shape import FailedLoginError, Login, Renewing

_client: Any = import_module("authlib.integrations.httpx_client")


@asynccontextmanager
async def renewing(login: Login) -> AsyncIterator[Renewing]:
    async def answer(_: httpx2.Request) -> httpx2.Response:
        try:
            token = await login()
        except FailedLoginError as failed:
            return httpx2.Response(failed.status, json={"error": "invalid_client"})
        held = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
        return httpx2.Response(200, json=held)

    async with _client.AsyncOAuth2Client(
        "client",
        "secret",
        token_endpoint="https://peer.example/token",  # noqa: S106 - an address
        grant_type="client_credentials",
        transport=httpx2.MockTransport(answer),
    ) as client:
        await client.fetch_token()

        async def get() -> object:
            await client.ensure_active_token(client.token)
            return client.token

        def expire() -> None:
            client.token["expires_at"] = int(time.time()) - 1

        yield Renewing(get, expire)
