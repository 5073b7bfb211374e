"""gidgethub: one item of GitHub's interface, over aiohttp."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import aiohttp

from benchmarks.peers.shape import Call

_over_aiohttp: Any = import_module("gidgethub.aiohttp")


@asynccontextmanager
async def calling(base_url: str) -> AsyncIterator[Call]:
    async with aiohttp.ClientSession() as http:
        client = _over_aiohttp.GitHubAPI(http, "benchmark", oauth_token="t", base_url=base_url)  # noqa: S106 - no secret

        async def call() -> object:
            return await client.getitem("/users/v2?id=8881&limit=1")

        yield call
