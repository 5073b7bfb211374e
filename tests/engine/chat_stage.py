"""A conversation with a scripted server, and what it can say."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio

from connectycube.chat.connection import Account, AccountSource, ChatConnection
from connectycube.chat.events import ChatEvent
from connectycube.chat.history import History
from connectycube.chat.pending import OverflowPolicy
from connectycube.chat.reconnect import Reconnect
from connectycube.chat.state import ChatOptions
from connectycube.frames import ChatAddress, Connector
from connectycube.testing.scripted_frames import ScriptedFrames

ADDRESS: Final = ChatAddress(
    domain="chat.test",
    muc="muc.chat.test",
    host="chat.test",
    websocket_url="wss://chat.test/",
)
ME: Final = Account(user_id=7, app_id=21, password="canary-password")
MESSAGE_ID: Final = "65a0b1c2d3e4f5a6b7c8d9e0"
DIALOG_ID: Final = "65a0b1c2d3e4f5a6b7c8d9ff"
FULL_LOGIN: Final = 5  # frames until a conversation is online


class OddLine:
    """
    A line to a scripted server that can be made to misbehave.

    Attributes:
        sending: done in place of sending, once it is set; the others alike.
    """

    def __init__(self, server: ScriptedFrames) -> None:
        self._server = server
        self.sending: Callable[[], Awaitable[None]] | None = None
        self.receiving: Callable[[], Awaitable[None]] | None = None
        self.closing: Callable[[], Awaitable[None]] | None = None

    async def connect(self, address: ChatAddress, /) -> "OddLine":
        self._stream = await self._server.connect(address)
        return self

    @property
    def is_private(self) -> bool:
        return True

    async def send(self, frame: str, /) -> None:
        if self.sending is not None:
            await self.sending()
        await self._stream.send(frame)

    async def receive(self) -> str:
        frame = await self._stream.receive()
        if self.receiving is not None:
            await self.receiving()
        return frame

    async def restart(self) -> None:
        await self._stream.restart()

    async def aclose(self) -> None:
        await self._stream.aclose()
        if self.closing is not None:
            await self.closing()


def conversation(
    server: Connector,
    *,
    account: AccountSource | None = None,
    max_pending: int = 100,
    overflow: OverflowPolicy = "drop_oldest",
    reconnect: Reconnect | None = None,
    history: History | None = None,
    **options: Any,
) -> ChatConnection:
    async def me(_refused: Account | None, /) -> Account:
        await anyio.lowlevel.checkpoint()
        return ME

    return ChatConnection(
        server,
        ADDRESS,
        account or me,
        options=ChatOptions(**{"auto_delivered": False, **options}),
        max_pending=max_pending,
        overflow=overflow,
        reconnect=reconnect,
        history=history,
    )


def message(number: int = 0, body: str = "hello") -> str:
    """Let user 8 write something."""
    return (
        f"<message xmlns='jabber:client' type='chat' from='8-21@chat.test/x' id='{number:024x}'>"
        f"<body>{body}</body><extraParams><dialog_id>{DIALOG_ID}</dialog_id></extraParams>"
        "</message>"
    )


def said(server: ScriptedFrames) -> list[str]:
    """Return what the server heard after the login, without what counts and confirms."""
    return [frame for frame in server.sent[FULL_LOGIN:] if not frame.startswith(("<r ", "<a "))]


async def rest(chat: ChatConnection) -> list[ChatEvent]:
    """Take events to the end."""
    return [event async for event in chat]
