"""Every transport through a proxy, and to the emulator."""

import gc
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from connectycube.emulator import Emulator
from connectycube.errors import TransportError
from connectycube.http import Headers
from connectycube.testing.raw_server import Answering, RawServer

from .transports import RIDES, Ride, asking, assert_nothing_sent, fetched, talking

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


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


# -- proxies


async def test_a_request_goes_through_the_proxy(ride: Ride) -> None:
    """With a proxy no request goes anywhere else; the proxy's password goes to it alone."""
    talk, target = Answering(), Answering()
    async with RawServer(talk) as proxy, RawServer(target) as server:
        url = f"http://user:canary@127.0.0.1:{proxy.port}"
        async with aclosing(ride.kind(proxy=url)) as transport:
            assert (200, b"ok") == await fetched(transport, asking(f"{server.url}/x?a=%2C"))

        head = talk.requests[0].split(b"\r\n")
        assert f"GET {server.url}/x?a=%2C HTTP/1.1".encode() == head[0]
        assert b"CB-Token: canary-token" in head
        assert b"Proxy-Authorization: Basic dXNlcjpjYW5hcnk=" in head
        assert [] == target.requests


async def test_a_tunnel_shows_the_proxy_no_token(ride: Ride) -> None:
    """For `https` a proxy learns the host, and nothing of the request."""
    talk = Answering(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
    async with RawServer(talk) as proxy:
        async with aclosing(ride.kind(proxy=f"http://127.0.0.1:{proxy.port}")) as transport:
            await assert_nothing_sent(transport, "https://api.example.org/x?token=canary")

        assert talk.requests
        for sent in talk.requests:
            assert sent.startswith(b"CONNECT api.example.org:443 HTTP/1.1\r\n")
            assert b"canary" not in sent


@pytest.mark.parametrize("url", ["http://api.example.org/", "https://api.example.org/"])
async def test_a_proxy_that_is_not_there_is_a_connect_error(
    ride: Ride, closed_port: int, url: str
) -> None:
    """Without its proxy nothing is sent, not even directly."""
    proxy = f"http://user:canary@127.0.0.1:{closed_port}"
    async with aclosing(ride.kind(proxy=proxy)) as transport:
        await assert_nothing_sent(transport, url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_is_reached_without_the_environment_s_proxy(
    ride: Ride, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a machine has set for others does not lead our tokens astray."""
    talk, target = Answering(), Answering()
    async with RawServer(talk) as proxy, talking(ride.kind, target) as (server, transport):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        await fetched(transport, asking(f"http://{host}:{server.port}/"))

        assert (0, 1) == (len(talk.requests), len(target.requests))


# -- the emulator


async def test_the_emulator_answers(ride: Ride) -> None:
    """A real exchange: request, answer and headers are whole."""
    with Emulator() as emulator:
        body = {"application_id": emulator.app_id, "auth_key": emulator.auth_key}
        request = asking(
            f"{emulator.base_url}/session",
            "POST",
            headers=Headers({"Content-Type": "application/json"}),
            body=json.dumps(body).encode(),
        )
        async with aclosing(ride.kind()) as transport:
            response = await transport.send(request)
            session = json.loads(await response.read())["session"]
            await response.aclose()

        assert 201 == response.status
        assert emulator.app_id == session["application_id"]
        assert response.headers["CB-TOKEN-EXPIRATIONDATE"]


@pytest.mark.parametrize("fault", ["drop", "cut"])
async def test_the_emulator_fails_on_demand(ride: Ride, fault: str) -> None:
    """A dropped or cut answer of the emulator is a transport error, and the next is whole."""
    with Emulator() as emulator:
        getattr(emulator.faults, fault)()
        async with aclosing(ride.kind()) as transport:
            with pytest.raises(TransportError):
                await fetched(transport, asking(f"{emulator.base_url}/session"))

            assert 401 == (await fetched(transport, asking(f"{emulator.base_url}/session")))[0]
        assert 2 == len(emulator.requests)
