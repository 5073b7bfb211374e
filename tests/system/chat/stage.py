"""What the chat's stories play on: the emulator's real ports, a line to them, people who talk."""

import ssl
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, TypeVar

import anyio
import attrs
import pytest
import trustme

from connectycube import AiohttpTransport, ConnectyCube, LoginPassword, NoRetry
from connectycube.auth.strategy import AuthStrategy
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, MessageReceived
from connectycube.emulator import Emulator
from connectycube.emulator.records import User
from connectycube.frames import Connector
from connectycube.transports.aiohttp_websocket import AiohttpConnector
from connectycube.transports.httpx2 import Httpx2Transport
from connectycube.transports.tcp import TcpConnector
from tests.system.stage import AUTH_KEY

E = TypeVar("E")
PATIENCE: Final = 30.0  # for one thing to be heard, on a machine that is busy with others
NAMES: Final = ("mar", "sim", "pat")
_CA: Final = trustme.CA()
_REST_TLS: Final = ssl.create_default_context()  # made once: it takes longer than most stories


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _CA.configure_trust(context)
    return context


def certified() -> ssl.SSLContext:
    """Return what the emulator shows whoever comes by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _CA.issue_cert("127.0.0.1").configure_cert(context)
    return context


@attrs.frozen
class Line:
    """A way to the chat, and the event loop that it runs on."""

    name: str
    backend: str
    connector: Callable[[], Connector]
    has_tls: bool = False
    is_usual: bool = True
    """Whether a usual run takes it: each line and each loop once, where a long one takes all."""


_TLS: Final = _trusting()
LINES: Final = (
    Line("tcp", "asyncio", TcpConnector, is_usual=False),
    Line("tcp", "trio", TcpConnector),
    Line("tls", "asyncio", lambda: TcpConnector(ssl_context=_TLS), has_tls=True),
    Line("tls", "trio", lambda: TcpConnector(ssl_context=_TLS), has_tls=True, is_usual=False),
    Line("websocket", "asyncio", AiohttpConnector),
)


def on(lines: Iterable[Line]) -> list[Any]:
    """Return them as the parameters of a fixture."""
    return [
        pytest.param(
            line,
            id=f"{line.name}-{line.backend}",
            marks=() if line.is_usual else pytest.mark.long,
        )
        for line in lines
    ]


@attrs.frozen(eq=False)
class Person:
    """Somebody with an account, and an application on it."""

    user: User
    cube: ConnectyCube

    @property
    def id(self) -> int:
        return self.user.id

    def talks(self, **options: Any) -> ChatConnection:
        """Open one more device."""
        return self.cube.chat.connect(**options)


class Stage:
    """A service on ports of its own, and people who speak over one kind of line."""

    def __init__(self, emulator: Emulator, line: Line) -> None:
        self.emulator = emulator
        self.line = line
        self.transport: AiohttpTransport | Httpx2Transport = (
            Httpx2Transport(ssl_context=_REST_TLS)
            if line.backend == "trio"
            else AiohttpTransport(ssl_context=_REST_TLS)
        )
        people = [self.person(name) for name in NAMES]
        self.mar, self.sim, self.pat = people

    def client(self, who: AuthStrategy) -> ConnectyCube:
        """Return a client that repeats nothing, and owns nothing."""
        return ConnectyCube(
            self.emulator.app_id,
            AUTH_KEY,
            auth=who,
            base_url=self.emulator.base_url,
            hosts=self.emulator.hosts,
            transport=self.transport,
            chat_connector=self.line.connector(),
            retry=NoRetry(),
        )

    def person(self, name: str) -> Person:
        password = f"canary-of-{name}"
        user = self.emulator.world.add_user(login=name, password=password)
        return Person(user, self.client(LoginPassword(name, password)))

    @property
    def lines(self) -> int:
        """Return how many devices are connected; one that was cut may wait to be resumed."""
        sessions = self.emulator.service.xmpp.sessions
        return sum(one.line is not None for one in sessions)


@asynccontextmanager
async def opened(emulator: Emulator, line: Line) -> AsyncGenerator[Stage]:
    stage = Stage(emulator, line)
    async with aclosing(stage.transport):
        yield stage


async def hear(chat: ChatConnection, kind: type[E]) -> E:
    """Take events up to the next of this kind, and return it."""
    with anyio.fail_after(PATIENCE):
        async for event in chat:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the conversation ended before a {kind.__name__}")


async def gather(chat: ChatConnection, kind: type[E], count: int) -> list[E]:
    """Take events up to so many of this kind, and return these."""
    return [await hear(chat, kind) for _ in range(count)]


async def settled(*chats: ChatConnection) -> None:
    """
    Wait until the service has done all that was said so far.

    Each stream is read in order, so what was said before a ping is done before its answer.
    """
    for chat in chats:
        await chat.ping()


async def before(chat: ChatConnection, last: str) -> list[ChatEvent]:
    """Return the events up to the message of this text, which is the last."""
    events: list[ChatEvent] = []
    with anyio.fail_after(PATIENCE):
        async for event in chat:
            if isinstance(event, MessageReceived) and event.message.body == last:
                return events
            events.append(event)
    raise AssertionError(f"the conversation ended before {last!r}")
