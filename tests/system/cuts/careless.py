"""A conversation as one might write it in an hour: it begins anew after each cut, and no more."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio

from connectycube import ConnectyCube
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, Reconnected, Sent
from connectycube.errors import ConnectyCubeError

from .network import WireConnector

_PAUSE: Final = 0.5


class CarelessChat:
    """See `Conversation`."""

    def __init__(self, cube: ConnectyCube, connector: WireConnector) -> None:
        self._cube = cube
        self._connector = connector
        self._chat: ChatConnection | None = None

    async def send(self, to: int | str, body: str, /, *, timeout: float) -> Sent:
        """Hope for the best."""
        with anyio.move_on_after(timeout):
            while self._chat is None:  # noqa: ASYNC110 - as careless as can be
                await anyio.sleep(_PAUSE)
            return await self._chat.send(to, body, timeout=timeout)
        return Sent(message_id="")

    async def join(self, dialog_id: str, /) -> None:
        assert self._chat is not None

        await self._chat.join(dialog_id)

    async def __aiter__(self) -> AsyncIterator[ChatEvent]:
        while True:
            try:
                async with self._cube.chat.connect(
                    reconnect=None, connector=self._connector
                ) as self._chat:
                    yield Reconnected()
                    async for event in self._chat:
                        yield event
            except ConnectyCubeError:
                await anyio.sleep(_PAUSE)


@asynccontextmanager
async def careless(cube: ConnectyCube, connector: WireConnector) -> AsyncGenerator[CarelessChat]:
    yield CarelessChat(cube, connector)
