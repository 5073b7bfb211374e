"""slack_sdk: one user by its web client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import aiohttp

from benchmarks.peers.shape import Call

_web: Any = import_module("slack_sdk.web.async_client")


@asynccontextmanager
async def calling(base_url: str) -> AsyncIterator[Call]:
    # Without a session of its own it would open a connection for each call.
    async with aiohttp.ClientSession() as http:
        client = _web.AsyncWebClient("t", base_url=f"{base_url}/slack/", session=http)

        async def call() -> object:
            return await client.users_info(user="8881")

        yield call
