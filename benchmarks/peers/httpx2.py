"""httpx2: another HTTP library, bare."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from benchmarks.peers.shape import Call


@asynccontextmanager
async def calling(base_url: str) -> AsyncIterator[Call]:
    async with httpx2.AsyncClient(trust_env=False) as client:

        async def call() -> object:
            url = f"{base_url}/users/v2?id=8881&limit=1"
            return (await client.get(url, headers={"CB-Token": "t"})).json()

        yield call
