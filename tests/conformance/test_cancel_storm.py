"""Calls that are cancelled at random, by the thousand, leave nothing and break nothing."""

import asyncio
import gc
import random
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import pytest

from connectycube import ConnectyCube, ExistingSession, NoRetry, Session
from connectycube.testing.raw_server import Line, RawServer

from .transports import RIDES, Ride

pytestmark = pytest.mark.anyio

AT_ONCE: Final = 50
CONNECTIONS: Final = 10
LONGEST: Final = 0.03
BODY: Final = b'{"items":[{"id":7,"login":"mara"}],"skip":0,"limit":1,"total_entries":1}'
HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture(scope="module", params=RIDES)
def ride(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def anyio_backend(ride: Ride) -> Any:
    return ride.backend


@pytest.fixture(autouse=True)
def _nothing_unclosed(check_canary: Callable[[], None]) -> Iterator[None]:
    """Fail where a connection is left to the garbage collector."""
    yield
    check_canary()
    gc.collect()


class Slow:
    """Takes its time before an answer, and in the middle of it."""

    def __init__(self) -> None:
        self._chance = random.Random(11)  # noqa: S311 - a test must repeat itself
        self.is_slow = True

    async def __call__(self, line: Line) -> None:
        while True:
            await line.request()
            for part in (HEAD % len(BODY), BODY[:9], BODY[9:]):
                if self.is_slow:
                    await anyio.sleep(self._chance.random() * LONGEST / 4)
                await line.say(part)


def left() -> tuple[int, int]:
    """Count the file descriptors and the tasks of this process."""
    return len(list(Path("/dev/fd").iterdir())), len(anyio.get_running_tasks())


async def impatient(cube: ConnectyCube, seconds: float, *, native: bool) -> None:
    """Give up a call after a while: by a scope, or as asyncio itself does it."""
    if native:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await cube.users.get(7)
    else:
        with anyio.move_on_after(seconds):
            await cube.users.get(7)


@asynccontextmanager
async def client(ride: Ride, url: str) -> AsyncGenerator[ConnectyCube]:
    session = Session.from_token("canary-token", user_id=7)
    async with (
        aclosing(ride.kind(limit=CONNECTIONS)) as transport,
        ConnectyCube(
            21,
            "canary-auth-key",
            auth=ExistingSession(session),
            base_url=url,
            transport=transport,
            retry=NoRetry(),
        ) as cube,
    ):
        yield cube


def no_more_than(before: tuple[int, int]) -> bool:
    return all(now <= then for now, then in zip(left(), before, strict=True))


async def storm(ride: Ride, calls: int) -> None:
    chance = random.Random(7)  # noqa: S311 - a test must repeat itself
    slow = Slow()
    on_asyncio = ride.backend != "trio"
    async with RawServer(slow) as server:
        async with client(ride, server.url) as cube:
            await cube.users.get(7)  # now the loop and the server have all that they keep
        assert await server.until(lambda: server.open == 0)
        before = left()
        async with client(ride, server.url) as cube:
            for batch in range(calls // AT_ONCE):
                native = on_asyncio and batch % 2 == 0
                async with anyio.create_task_group() as group:
                    for _ in range(AT_ONCE):
                        seconds = chance.random() * LONGEST
                        group.start_soon(partial(impatient, cube, seconds, native=native))
            slow.is_slow = False
            logins = [(await cube.users.get(7)).login for _ in range(20)]
            open_at_most = server.open <= CONNECTIONS

        assert ["mara"] * 20 == logins
        assert open_at_most
        # The last of the first client may have been on its way out when it was counted.
        assert await server.until(lambda: no_more_than(before)), f"{left()} are left, not {before}"


async def test_a_storm_leaves_nothing(ride: Ride) -> None:
    """After 500 calls given up at random, 20 of 20 succeed, and all is closed in the end."""
    await storm(ride, 500)


@pytest.mark.long
async def test_a_long_storm_leaves_nothing(ride: Ride) -> None:
    """The same after 10,000."""
    await storm(ride, 10_000)
