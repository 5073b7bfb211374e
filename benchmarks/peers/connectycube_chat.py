"""Ours on the chat, by its public names alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.chat_server import APP_ID, HOST
from benchmarks.instant import InstantService, Tokens
from benchmarks.peers.talking import EXTRA, Hear, Place
from connectycube import (
    ChatConnection,
    ChatOptions,
    ConnectyCube,
    Disconnected,
    Hosts,
    LoginPassword,
    MessageReceived,
    Overflow,
    TcpConnector,
)

# Nobody else's client marks by itself what it hears.
_OPTIONS = ChatOptions(auto_delivered=False)
_service = InstantService(Tokens())


class _Ours:
    def __init__(self, chat: ChatConnection, hear: Hear) -> None:
        self._chat = chat
        self._hear = hear

    async def send(self, user_id: int, body: str) -> None:
        await self._chat.send(user_id, body, extra=EXTRA)

    async def listen(self) -> None:
        async for event in self._chat:
            match event:
                case MessageReceived(message=message):
                    self._hear(message.body)
                case Disconnected() | Overflow():  # whoever waits would do so for ever
                    raise RuntimeError(event)


@asynccontextmanager
async def talking(place: Place, hear: Hear) -> AsyncIterator[_Ours]:
    address = f"{HOST}:{place.port}"
    async with (
        ConnectyCube(
            APP_ID,
            "auth-key",
            auth=LoginPassword("cubeuser", "awesomepwd"),
            transport=_service,
            hosts=Hosts(chat=address),
            chat_connector=TcpConnector(ssl_context=place.tls),
        ) as cube,
        cube.chat.connect(reconnect=None, options=_OPTIONS) as chat,
    ):
        yield _Ours(chat, hear)
