"""stream-chat: one user by its asynchronous client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.peers.shape import Call

_client: Any = import_module("stream_chat.async_chat")


@asynccontextmanager
async def calling(base_url: str) -> AsyncIterator[Call]:
    async with _client.StreamChatAsync("key", "secret" * 8, base_url=base_url) as client:

        async def call() -> object:
            return await client.query_users({"id": "8881"}, limit=1)

        yield call
