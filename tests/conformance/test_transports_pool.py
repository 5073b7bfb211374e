"""How every transport keeps its connections: bounded by origin, on one loop, to its end."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import anyio
import pytest

from connectycube.errors import ClosedError, TransportError
from connectycube.http import Headers
from connectycube.testing.raw_server import OK, Answering, Line, RawServer

from .transports import RIDES, Ride, asking, fetched, talking

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=RIDES)
def ride(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def anyio_backend(ride: Ride) -> Any:
    return ride.backend


@pytest.fixture(autouse=True)
def _nothing_unclosed(check_canary: Callable[[], None]) -> Iterator[None]:
    """Fail where a connection or an iterator is left to the garbage collector."""
    yield
    check_canary()  # lets go of the errors, whose frames may hold what was forgotten
    gc.collect()


# -- the pool


async def test_a_read_answer_frees_its_connection(ride: Ride) -> None:
    """One connection serves call after call."""
    async with talking(ride.kind, Answering()) as (server, transport):
        for _ in range(5):
            await fetched(transport, asking(server.url))

        assert 1 == server.connections


async def test_an_unread_answer_takes_its_connection_along(ride: Ride) -> None:
    """What was not read is dropped with its connection, so the next call cannot read it."""
    half = Answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with talking(ride.kind, half) as (server, transport):
        for _ in range(2):
            response = await transport.send(asking(server.url))
            assert b"half" == await anext(response.iter_bytes())
            await response.aclose()

        assert await server.until(lambda: server.open == 0)
        assert 2 == server.connections


class Gate:
    """Holds answers back until told."""

    def __init__(self) -> None:
        self.is_open = anyio.Event()
        self.waiting = 0

    async def __call__(self, line: Line) -> None:
        while True:
            await line.head()
            self.waiting += 1
            await self.is_open.wait()
            await line.say(OK)


async def test_the_pool_is_bounded(ride: Ride) -> None:
    """More calls to one origin than connections wait for one, and all are answered."""
    gate = Gate()
    told: list[tuple[int, bytes]] = []

    async with talking(ride.kind, gate, limit=2) as (server, transport):

        async def ask(number: int) -> None:
            told.append(await fetched(transport, asking(f"{server.url}/{number}")))

        async with anyio.create_task_group() as tasks:
            for number in range(7):
                tasks.start_soon(ask, number)
            assert await server.until(lambda: gate.waiting == 2)
            gate.is_open.set()

        assert [(200, b"ok")] * 7 == told
        assert 2 == server.connections


class Silent:
    """Never answers."""

    def __init__(self) -> None:
        self.waiting = 0

    async def __call__(self, line: Line) -> None:
        await line.head()
        self.waiting += 1
        await line.gone()


class Endless:
    """A body that begins and does not go on."""

    length = 1000

    async def open(self) -> Any:
        yield b"begun"
        await anyio.sleep_forever()


async def test_uploads_at_one_origin_hold_up_no_call_at_another(ride: Ride) -> None:
    """With every connection to the store in use, the API still answers."""
    limit, store = 2, Silent()
    stuck, told = False, list[tuple[int, bytes]]()
    async with (
        RawServer(store) as elsewhere,
        talking(ride.kind, Answering(), limit=limit) as (api, transport),
    ):
        async with anyio.create_task_group() as tasks:
            headers = Headers({"Content-Length": "1000"})
            for _ in range(limit + 3):
                upload = asking(elsewhere.url, "PUT", headers=headers, body=Endless())
                tasks.start_soon(transport.send, upload)
            stuck = await elsewhere.until(lambda: store.waiting == limit)
            told = [await fetched(transport, asking(api.url)) for _ in range(3)]
            tasks.cancel_scope.cancel()

        assert stuck
        assert [(200, b"ok")] * 3 == told
        assert await elsewhere.until(lambda: elsewhere.open == 0)


# -- cancellation as asyncio does it


async def test_calls_cancelled_by_asyncio_leave_nothing(ride: Ride) -> None:
    """Wherever in its life a task is cancelled, the pool stays whole."""
    if ride.backend == "trio":
        pytest.skip("trio has no such thing")
    async with talking(ride.kind, Answering(), limit=5) as (server, transport):
        for steps in range(40):
            tasks = [
                asyncio.create_task(fetched(transport, asking(f"{server.url}/ok")))
                for _ in range(8)
            ]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError | tuple) for one in outcomes)

        assert [(200, b"ok")] * 20 == [
            await fetched(transport, asking(server.url)) for _ in range(20)
        ]
        assert server.open <= 5


# -- its loop, and its end


async def test_a_second_loop_is_refused_by_name(ride: Ride) -> None:
    """A transport belongs to the loop of its first use, and stays whole when that is forgotten."""
    async with talking(ride.kind, Answering()) as (server, transport):
        await fetched(transport, asking(server.url))
        name = ride.kind.__name__

        async def use() -> None:
            with pytest.raises(ClosedError, match=f"{name} belongs to another event loop"):
                await fetched(transport, asking(server.url))
            with pytest.raises(ClosedError, match=f"{name} belongs to another event loop"):
                await transport.aclose()

        await anyio.to_thread.run_sync(lambda: anyio.run(use))

        assert (200, b"ok") == await fetched(transport, asking(server.url))


async def test_a_call_that_waits_when_its_transport_closes_is_not_sent(ride: Ride) -> None:
    """Whoever still waits for a place is told, and no connection is opened after the close."""
    silent = Silent()
    errors: list[type[Exception]] = []

    async with RawServer(silent) as server, aclosing(ride.kind(limit=1)) as transport:

        async def ask() -> None:
            try:
                await fetched(transport, asking(server.url))
            except (ClosedError, TransportError) as error:
                errors.append(type(error))

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask)
            assert await server.until(lambda: silent.waiting == 1)
            await transport.aclose()

        assert await server.until(lambda: server.open == 0)
        assert (3, 1) == (len(errors), server.connections)
