"""aiogram: one chat, as a typed model."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from benchmarks.peers.shape import Call

_bot: Any = import_module("aiogram")
_session: Any = import_module("aiogram.client.session.aiohttp")
_server: Any = import_module("aiogram.client.telegram")


@asynccontextmanager
async def calling(base_url: str) -> AsyncIterator[Call]:
    api = _server.TelegramAPIServer(
        base=base_url + "/telegram/bot{token}/{method}", file=base_url + "/telegram/{path}"
    )
    async with _bot.Bot("1:t", session=_session.AiohttpSession(api=api)) as bot:

        async def call() -> object:
            return await bot.get_me()

        yield call
