"""A bot whose server is a script, and a service that it finds its history in."""

from typing import Any, Final

import anyio
import attrs

from connectycube import ConnectyCube, LoginPassword, NoRetry
from connectycube.bots import Bot, Router
from connectycube.chat.connection import Account
from connectycube.chat.reconnect import Reconnect
from connectycube.testing import EmulatorTransport, ScriptedFrames

from .chat_stage import conversation

BOT: Final = LoginPassword("bot", "canary-of-bot")


def said(number: int, body: str, *, by: int = 8, room: str | None = None) -> str:
    """Let somebody say something, in private or in a dialog with a room."""
    if room is None:
        kind, place = "chat", f"{by}-21@chat.test/x"
    else:
        kind, place = "groupchat", f"21_{room}@muc.chat.test/{by}"
    dialog_id = room or f"{by:024x}"
    return (
        f"<message xmlns='jabber:client' type='{kind}' from='{place}' id='{number:024x}'>"
        f"<body>{body}</body><extraParams><dialog_id>{dialog_id}</dialog_id></extraParams>"
        "</message>"
    )


def typing(by: int = 8) -> str:
    return (
        f"<message xmlns='jabber:client' type='chat' from='{by}-21@chat.test/x'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )


@attrs.define(eq=False)
class BotStage:
    """
    A scripted server, and what the bot said to it.

    Attributes:
        me: who the bot is.
        options: of the conversation.
    """

    server: ScriptedFrames = attrs.field(factory=ScriptedFrames)
    transport: EmulatorTransport = attrs.field(factory=EmulatorTransport)
    me: int = 7
    reconnect: Reconnect | None = None

    def bot(self, router: Router, *, catch_up: int = 0, **options: Any) -> Bot:
        cube = ConnectyCube(
            21,
            self.transport.service.auth_key,
            auth=BOT,
            base_url="http://localhost",
            transport=self.transport,
            retry=NoRetry(),
        )
        return Bot(cube, router, connect=self._connect, catch_up=catch_up, **options)

    def _connect(self) -> Any:
        async def account(_refused: Account | None, /) -> Account:
            await anyio.lowlevel.checkpoint()
            return Account(user_id=self.me, app_id=21, password="canary-password")

        return conversation(self.server, account=account, reconnect=self.reconnect)

    @property
    def replies(self) -> list[str]:
        """What the bot said on all lines, the oldest first."""
        frames = [frame for stream in self.server.streams for frame in stream.sent]
        return [
            frame.partition("<body>")[2].partition("</body>")[0]
            for frame in frames
            if "<body>" in frame
        ]

    @property
    def marked(self) -> list[int]:
        """The numbers of messages that were marked as read."""
        frames = [frame for stream in self.server.streams for frame in stream.sent]
        return [
            int(frame.partition("<displayed")[2].partition('id="')[2].partition('"')[0], 16)
            for frame in frames
            if "<displayed" in frame
        ]
