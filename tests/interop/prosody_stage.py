"""People who talk through Prosody, and the emulator that knows them."""

from pathlib import Path
from typing import Any, Final

import anyio
import attrs
import pytest

from connectycube import ConnectyCube, LoginPassword, NoRetry
from connectycube.auth.strategy import AuthStrategy
from connectycube.chat.connection import Account, ChatConnection
from connectycube.chat.state import ChatOptions
from connectycube.emulator import Emulator
from connectycube.emulator.records import User
from connectycube.frames import ChatAddress, Connector, FrameStream
from connectycube.http import HostsLike, Transport
from connectycube.transports.aiohttp_websocket import AiohttpConnector, WebSocketFrames
from connectycube.transports.tcp import TcpFrames
from tests.chat_script import OurPartner
from tests.chat_script.lines import LINES as CHAT_LINES
from tests.chat_script.lines import Line

from .chat_partner import SdkPartner, SdkSettings
from .prosody_server import DOMAIN, ProsodyServer
from .stage import APP_ID, AUTH_KEY, People

_SAFE_WEBSOCKET: Final = Line(
    "asyncio", lambda trust: AiohttpConnector(ssl_context=trust), is_tls=True
)
LINES: Final = [
    *CHAT_LINES,
    pytest.param(_SAFE_WEBSOCKET, id="websocket-tls-asyncio", marks=pytest.mark.long),
]


class Scissors:
    """A connector whose newest line can be cut, as a network does it: without a word."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._stream: TcpFrames | WebSocketFrames | None = None

    async def connect(self, address: ChatAddress, /) -> FrameStream:
        stream = await self._connector.connect(address)
        assert isinstance(stream, TcpFrames | WebSocketFrames)
        self._stream = stream
        return stream

    async def cut(self) -> None:
        assert self._stream is not None
        await self._stream.abandon()


@attrs.frozen(eq=False)
class ProsodyStage:
    """
    A server, and one line of ours to it.

    Attributes:
        people: who may sign in with their passwords.
    """

    emulator: Emulator
    people: People
    server: ProsodyServer
    line: Line
    transport: Transport

    @property
    def hosts(self) -> HostsLike:
        return self.server.tls if self.line.is_tls else self.server.plain

    @property
    def connector(self) -> Connector:
        return self.line.connector(self.server.trust)

    def client(self, who: AuthStrategy) -> ConnectyCube:
        """Return a client that owns nothing, with its chat on Prosody."""
        return ConnectyCube(
            APP_ID,
            AUTH_KEY,
            auth=who,
            base_url=self.emulator.base_url,
            hosts=self.hosts,
            transport=self.transport,
            chat_connector=self.connector,
            retry=NoRetry(),
        )

    def talks(self, user: User, **options: Any) -> ChatConnection:
        """Open one more device of a user's, by the password."""
        auth = LoginPassword(user.login or "", user.password or "")
        return self.client(auth).chat.connect(**options)

    def ours(self, user: User) -> OurPartner:
        """Return our client as a party of the script."""
        return OurPartner(lambda: self.talks(user))

    def sdk(self, user: User, node: str, folder: Path) -> SdkPartner:
        """Return the official SDK as one, always over a plain WebSocket."""
        given: dict[str, Any] = {
            "baseUrl": self.emulator.base_url,
            "hosts": attrs.asdict(self.emulator.hosts),
            "appId": APP_ID,
            "authKey": AUTH_KEY,
        }
        settings = SdkSettings(
            node=node,
            folder=folder,
            domain=DOMAIN,
            websocket=self.server.plain.chat_websocket,
            given=given,
            user_id=user.id,
            password=user.password or "",
        )
        return SdkPartner(settings)

    def tries(self, account: Account) -> ChatConnection:
        """Open a device by nothing but what is given."""

        async def known(_refused: Account | None, /) -> Account:
            await anyio.lowlevel.checkpoint()
            return account

        return ChatConnection(
            self.connector,
            ChatAddress.from_hosts(self.hosts),
            known,
            options=ChatOptions(),
            max_pending=100,
            overflow="close",
        )
