"""The session engine over real sockets: aiohttp on one side, the emulator's ports on the other."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any, Final

import pytest

from connectycube import (
    AiohttpTransport,
    Backoff,
    ConnectError,
    ConnectyCube,
    ConnectyCubeError,
    Guest,
    LoginPassword,
    NoRetry,
    RequestTimeoutError,
    SessionExpiredError,
    Transport,
    User,
)
from connectycube.emulator import Emulator
from connectycube.emulator.faults import Faults, Match

pytestmark = pytest.mark.asyncio

TIMEOUT: Final = 0.4
GRACE: Final = 1.0
SLACK: Final = 1.5  # a busy machine
HTML: Final = "<html><head><title>Oops</title></head><body>down</body></html>"

Fault = Callable[[Faults, Match], object]
FAULTS: dict[str, Fault] = {
    "hang": lambda faults, match: faults.hang(**match),
    "slow": lambda faults, match: faults.delay(30.0, **match),
    "reset before": lambda faults, match: faults.drop(**match),
    "reset after": lambda faults, match: faults.drop(processed=True, **match),
    "cut at once": lambda faults, match: faults.cut(at=0.0, **match),
    "cut": lambda faults, match: faults.cut(**match),
    "html": lambda faults, match: faults.answer(200, body=HTML, **match),
    "html 502": lambda faults, match: faults.answer(502, body=HTML, **match),
    "204": lambda faults, match: faults.answer(204, **match),
    "empty": lambda faults, match: faults.answer(200, **match),
    "half json": lambda faults, match: faults.answer(200, body=b'{"session": {"tok', **match),
    "bytes": lambda faults, match: faults.answer(200, body=b"\xff\xfe\x00", **match),
    "wrong coding": lambda faults, match: faults.answer(
        200, body=b"not gzip", headers={"Content-Encoding": "gzip"}, **match
    ),
    "redirect": lambda faults, match: faults.answer(
        302, headers={"Location": "https://elsewhere.example/"}, **match
    ),
    "odd redirect": lambda faults, match: faults.answer(
        307, headers={"Location": "http://[broken"}, **match
    ),
    "500": lambda faults, match: faults.status(500, **match),
    "503": lambda faults, match: faults.status(503, **match),
    "429": lambda faults, match: faults.status(429, headers={"Retry-After": "99"}, **match),
    "expired": lambda faults, match: faults.expire(**match),
    "401": lambda faults, match: faults.status(401, **match),
}

CALLS: dict[str, Callable[[ConnectyCube], Awaitable[Any]]] = {
    "create_session": lambda cube: cube.create_session(),
    "get_session": lambda cube: cube.get_session(),
    "destroy_session": lambda cube: cube.destroy_session(),
    "login": lambda cube: cube.login(identity("sim")),
    "logout": lambda cube: cube.logout(),
    "users.sign_up": lambda cube: cube.users.sign_up(login="nia", password="canary-of-nia"),
    "users.update": lambda cube: cube.users.update(full_name="Mar"),
    "users.get": lambda cube: cube.users.get(1001),
    "users.reset_password": lambda cube: cube.users.reset_password("mar@example.com"),
    "users.delete": lambda cube: cube.users.delete(),
}


def identity(name: str) -> LoginPassword:
    return LoginPassword(name, f"canary-of-{name}")


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    emulator = Emulator()
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture
def emulator(served: Emulator) -> Emulator:
    served.reset()
    return served


def client(emulator: Emulator, transport: Transport, name: str = "mar") -> ConnectyCube:
    return ConnectyCube(
        emulator.app_id,
        emulator.auth_key,
        auth=identity(name),
        base_url=emulator.base_url,
        transport=transport,
        retry=NoRetry(),
    )


async def outcome(call: Awaitable[Any]) -> tuple[Any, float]:
    began = time.monotonic()
    try:
        result = await call
    except Exception as error:  # noqa: BLE001 - what it came to is the subject
        result = error
    return result, time.monotonic() - began


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_every_call_ends_in_time_with_a_value_or_an_error_of_ours(
    emulator: Emulator, fault: Fault
) -> None:
    """Never a bare exception of aiohttp's, never a hang, whatever meets every request."""
    transport = AiohttpTransport()
    cubes = {name: client(emulator, transport, name.replace(".", "-")) for name in CALLS}
    await asyncio.gather(*(cube.create_session() for cube in cubes.values()))
    fault(emulator.faults, Match(times=None))

    ended = await asyncio.gather(
        *(outcome(CALLS[name](cube.with_options(timeout=TIMEOUT))) for name, cube in cubes.items())
    )

    for name, (result, seconds) in zip(CALLS, ended, strict=True):
        ours = not isinstance(result, Exception) or isinstance(result, ConnectyCubeError)
        assert ours, f"{name}: {result!r}"
        assert seconds < TIMEOUT + GRACE + SLACK, name
    await transport.aclose()


@pytest.mark.parametrize("fault", ["reset before", "cut", "503", "500"])
async def test_a_short_trouble_is_repeated_away(emulator: Emulator, fault: str) -> None:
    """With the default policy a caller does not notice it."""
    transport = AiohttpTransport()
    cube = client(emulator, transport).with_options(retry=Backoff(base=0.01))
    await cube.create_session()
    FAULTS[fault](emulator.faults, Match(times=2))

    user = await cube.users.update(full_name="Mar")

    assert user.full_name == "Mar"
    await transport.aclose()


async def test_a_thousand_calls_on_an_expired_session_sign_in_once(emulator: Emulator) -> None:
    """The storm over a real pool, which is smaller than the storm."""
    transport = AiohttpTransport(limit=50)
    cube = client(emulator, transport)
    await cube.create_session()
    emulator.world.expire_sessions()
    emulator.requests.clear()

    users = await asyncio.gather(
        *(cube.users.update(full_name=f"Mar {number}") for number in range(1_000))
    )

    assert [f"Mar {number}" for number in range(1_000)] == [user.full_name for user in users]
    methods = [request.method for request in emulator.requests]
    assert methods.count("POST") == 1
    assert methods.count("PUT") <= 2_000
    await transport.aclose()


async def test_cancelled_calls_leave_a_pool_that_works(emulator: Emulator) -> None:
    """A hundred calls that hang and are given up do not use the connections up."""
    transport = AiohttpTransport(limit=5)
    cube = client(emulator, transport)
    await cube.create_session()
    emulator.faults.hang(method="PUT", path="/users/*", times=None)
    impatient = cube.with_options(timeout=0.05)

    ended = await asyncio.gather(
        *(outcome(impatient.users.update(full_name="Mar")) for _ in range(100))
    )
    emulator.faults.clear()
    user = await cube.users.update(full_name="Mar")

    assert {RequestTimeoutError} == {type(result) for result, _ in ended}
    assert user.full_name == "Mar"
    await transport.aclose()


async def test_nobody_there_is_a_connect_error() -> None:
    """Nothing was sent, and the error says so."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

    async with ConnectyCube(
        21, "canary-key", base_url=f"http://127.0.0.1:{port}", retry=NoRetry()
    ) as cube:
        with pytest.raises(ConnectError):
            await cube.create_session()


async def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    """An open line without an answer ends at the limit."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        async with ConnectyCube(
            21, "canary-key", base_url=f"http://127.0.0.1:{port}", timeout=0.2
        ) as cube:
            result, seconds = await outcome(cube.create_session())

    assert isinstance(result, RequestTimeoutError)
    assert seconds < 0.2 + SLACK


async def test_a_guest_whose_day_is_over_is_refused(emulator: Emulator) -> None:
    """The clock of the service, moved over a real line."""
    transport = AiohttpTransport()
    cube = client(emulator, transport)
    await cube.create_session(Guest("Gil"))
    emulator.clock.advance(86_460)

    result, _ = await outcome(cube.users.update(full_name="Gil"))

    assert isinstance(result, SessionExpiredError)
    assert emulator.world.users == []
    await transport.aclose()


async def test_closing_during_a_call_ends_it_with_an_error_of_ours(emulator: Emulator) -> None:
    """Whoever closes the client under a call gets no bare exception out of it."""
    cube = ConnectyCube(
        emulator.app_id,
        emulator.auth_key,
        auth=identity("mar"),
        base_url=emulator.base_url,
        timeout=2.0,
    )
    await cube.create_session()
    emulator.faults.hang(method="PUT", path="/users/*", times=None)
    call = asyncio.create_task(outcome(cube.users.update(full_name="Mar")))
    while not any(request.method == "PUT" for request in emulator.requests):  # noqa: ASYNC110 - seen by another thread
        await asyncio.sleep(0)

    await cube.aclose()
    result, seconds = await call

    assert isinstance(result, ConnectyCubeError)
    assert not isinstance(result, User)
    assert seconds < 2.0 + SLACK
