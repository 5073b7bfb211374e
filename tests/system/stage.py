"""What the client's stories play on: the emulator's real ports, and one transport to them."""

import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeVar, Unpack

import anyio
import attrs
import pytest

from connectycube import AiohttpTransport, ConnectyCube, LoginPassword, NoRetry
from connectycube.auth.strategy import AuthStrategy
from connectycube.client import Options
from connectycube.emulator import Emulator, RecordedRequest, Service
from connectycube.testing import FakeClock
from connectycube.transports.httpx2 import Httpx2Transport

T = TypeVar("T")
AUTH_KEY: Final = "canary-auth-key"
PASSWORD: Final = "canary-of-mar"
MAR: Final = LoginPassword("mar", PASSWORD)
SIM: Final = LoginPassword("sim", "canary-of-sim")
_TLS: Final = ssl.create_default_context()  # made once: it takes longer than most stories
PATIENCE: Final = 60.0  # for what takes a moment, on a machine that is busy with others


@attrs.frozen
class Ride:
    """A transport, and the event loop that it runs on."""

    kind: type[AiohttpTransport | Httpx2Transport]
    backend: str


RIDES: Final = [
    pytest.param(Ride(AiohttpTransport, "asyncio"), id="aiohttp-asyncio"),
    pytest.param(Ride(Httpx2Transport, "asyncio"), id="httpx2-asyncio"),
    pytest.param(Ride(Httpx2Transport, "trio"), id="httpx2-trio"),
]


class Stage:
    """A service on ports of its own, clients of it, and both sides' clocks at hand."""

    def __init__(self, emulator: Emulator, ride: Ride) -> None:
        self.emulator = emulator
        self.ride = ride
        self.transport = self.new_transport()
        self.clock = FakeClock()

    def client(self, who: AuthStrategy = MAR, /, **options: Unpack[Options]) -> ConnectyCube:
        """Return a client that repeats nothing, unless told otherwise, and owns nothing."""
        given: Options = {
            "app_id": self.emulator.app_id,
            "auth_key": AUTH_KEY,
            "auth": who,
            "base_url": self.emulator.base_url,
            "transport": self.transport,
            "retry": NoRetry(),
            "clock": self.clock.clock,
            **options,
        }
        return ConnectyCube(**given)

    def new_transport(self, *, limit: int = 100) -> AiohttpTransport | Httpx2Transport:
        """Return another transport of this kind, for whoever closes it."""
        return self.ride.kind(limit=limit, ssl_context=_TLS)

    def advance(self, seconds: float) -> None:
        """Let time pass for both sides."""
        self.clock.advance(seconds)
        self.emulator.clock.advance(seconds)

    @property
    def service(self) -> Service:
        return self.emulator.service

    @property
    def requests(self) -> list[RecordedRequest]:
        return self.emulator.requests

    @property
    def last(self) -> RecordedRequest:
        return self.requests[-1]

    @property
    def steps(self) -> list[str]:
        """Return the methods and paths of what was sent to the service."""
        return [f"{one.method} {one.path}" for one in self.requests]

    @property
    def strayed(self) -> list[str]:
        """Return the headers of ours that went to the object store, which has no use for them."""
        names = [name for one in self.emulator.store_requests for name in one.headers]
        return [name for name in names if name.lower().startswith("cb-")]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Return the JSON of what was sent to this path."""
        return [one.json for one in self.requests if one.path == path]


def token_of(cube: ConnectyCube) -> str | None:
    """Return the token that the client uses now."""
    return cube.session.token if cube.session else None


async def all_at_once(calls: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Make calls at the same time, and return their results in the order of the calls."""
    results: dict[int, T] = {}

    async def make(number: int, call: Callable[[], Awaitable[T]]) -> None:
        results[number] = await call()

    async with anyio.create_task_group() as tasks:
        for number, call in enumerate(calls):
            tasks.start_soon(make, number, call)
    return [results[number] for number in range(len(results))]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what happens in the emulator's thread, which has no event of ours to set."""
    with anyio.fail_after(PATIENCE):
        while not holds():  # noqa: ASYNC110 - see above
            await anyio.sleep(0.001)
