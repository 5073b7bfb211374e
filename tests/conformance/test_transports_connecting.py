"""Where every transport cannot connect, or may not, nothing is sent and nothing is left."""

import gc
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any

import anyio
import pytest

from connectycube.errors import ConnectyCubeError, InvalidInputError
from connectycube.http import Headers
from connectycube.testing.raw_server import Answering, Line

from .transports import RIDES, Ride, asking, assert_nothing_sent, talking

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


# -- nothing was sent


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """Listen without ever accepting, with no room left to queue."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for caller in callers:
            caller.close()


async def test_an_unknown_name_is_a_connect_error(ride: Ride) -> None:
    """A host without an address gets nothing."""
    async with aclosing(ride.kind()) as transport:
        await assert_nothing_sent(transport, "http://nobody.invalid/")


async def test_a_deaf_host_is_a_connect_error(ride: Ride, deaf_port: int) -> None:
    """A connection that is not made in time is given up by the transport itself."""
    async with aclosing(ride.kind(connect_timeout=0.05)) as transport:
        await assert_nothing_sent(transport, f"http://127.0.0.1:{deaf_port}/")


async def answer_in_plain_text(line: Line) -> None:
    await line.start()
    await line.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def hang_up(line: Line) -> None:
    await line.start()


async def reset(line: Line) -> None:
    await line.start()
    await line.reset()


@pytest.mark.parametrize("talk", [answer_in_plain_text, hang_up, reset])
async def test_a_failed_handshake_is_a_connect_error(
    ride: Ride, talk: Callable[[Line], Awaitable[object]]
) -> None:
    """Without TLS no byte of the request leaves."""
    async with talking(ride.kind, talk) as (server, transport):
        await assert_nothing_sent(transport, f"https://127.0.0.1:{server.port}/")

        assert await server.until(lambda: server.open == 0)


async def test_a_silent_handshake_is_a_connect_error(ride: Ride) -> None:
    """The time to connect includes TLS."""
    async with talking(ride.kind, Line.gone, connect_timeout=0.05) as (server, transport):
        await assert_nothing_sent(transport, f"https://127.0.0.1:{server.port}/")

        assert await server.until(lambda: server.open == 0)


async def test_a_handshake_that_is_cancelled_leaves_nothing(ride: Ride) -> None:
    """A connection that is given up during TLS is closed, and holds no place."""
    async with talking(ride.kind, Line.gone, limit=2) as (server, transport):
        for made in range(1, 6):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(transport.send, asking(f"https://127.0.0.1:{server.port}/"))
                assert await server.until(lambda made=made: server.connections == made)  # type: ignore[misc]
                tasks.cancel_scope.cancel()
            assert await server.until(lambda: server.open == 0)


async def test_connecting_can_be_cancelled(ride: Ride, deaf_port: int) -> None:
    """A connection that is still being made is given up, and holds no place."""
    async with aclosing(ride.kind(limit=2)) as transport:
        for _ in range(3):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(transport.send, asking(f"http://127.0.0.1:{deaf_port}/"))
                await anyio.sleep(0.01)
                tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/", "http://[::1/", "ftp://127.0.0.1/", "/users", "http://"]
)
async def test_an_address_that_is_none_is_an_error_of_ours(ride: Ride, url: str) -> None:
    """No library's own error ever leaves the transport."""
    async with aclosing(ride.kind()) as transport:
        with pytest.raises(ConnectyCubeError):
            await transport.send(asking(url))


@pytest.mark.parametrize("value", ["canary\r\nX-Other: 1", "canary\n", "canary\x00"])
async def test_a_header_that_would_be_two_is_refused(ride: Ride, value: str) -> None:
    """A line end in a header is not sent, and not shown."""
    talk = Answering()
    async with talking(ride.kind, talk) as (server, transport):
        with pytest.raises(InvalidInputError):
            await transport.send(asking(server.url, headers=Headers({"CB-Token": value})))

        assert [] == talk.requests
