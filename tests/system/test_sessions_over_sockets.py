"""The session engine over real sockets: every transport, and the emulator's ports."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import aclosing, closing
from functools import partial
from typing import Any, Final

import anyio
import pytest

from connectycube import (
    Backoff,
    ConnectError,
    ConnectyCube,
    ConnectyCubeError,
    Guest,
    LoginPassword,
    RequestTimeoutError,
    SessionExpiredError,
)
from connectycube.emulator.faults import Faults, Match

from .stage import PATIENCE, Stage, all_at_once, until

pytestmark = pytest.mark.anyio

TIMEOUT: Final = 0.4
HTML: Final = "<html><head><title>Oops</title></head><body>down</body></html>"

Fault = Callable[[Faults, Match], object]
FAULTS: dict[str, Fault] = {
    "hang": lambda faults, match: faults.hang(**match),
    "slow": lambda faults, match: faults.delay(PATIENCE * 2, **match),
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


async def outcome(call: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a call gives or raises; the `TimeoutError` is ours, and says that it hangs."""
    try:
        with anyio.fail_after(PATIENCE):
            return await call()
    except Exception as error:  # noqa: BLE001 - what it came to is the subject
        return error


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_every_call_ends_in_time_with_a_value_or_an_error_of_ours(
    stage: Stage, fault: Fault
) -> None:
    """Never a bare exception of a library's, never a hang, whatever meets every request."""
    cubes = {name: stage.client(identity(name.replace(".", "-"))) for name in CALLS}
    await all_at_once(cube.create_session for cube in cubes.values())
    fault(stage.emulator.faults, Match(times=None))

    ended = await all_at_once(
        partial(outcome, partial(CALLS[name], cube.with_options(timeout=TIMEOUT)))
        for name, cube in cubes.items()
    )

    foreign = {
        name: result
        for name, result in zip(CALLS, ended, strict=True)
        if isinstance(result, Exception) and not isinstance(result, ConnectyCubeError)
    }
    assert {} == foreign


@pytest.mark.parametrize("fault", ["reset before", "cut", "503", "500"])
async def test_a_short_trouble_is_repeated_away(stage: Stage, fault: str) -> None:
    """With the default policy a caller does not notice it."""
    cube = stage.client(retry=Backoff(base=0.01))
    await cube.create_session()
    FAULTS[fault](stage.emulator.faults, Match(times=2))

    user = await cube.users.update(full_name="Mar")

    assert "Mar" == user.full_name


@pytest.mark.parametrize("calls", [300, pytest.param(1_000, marks=pytest.mark.long)])
async def test_many_calls_on_an_expired_session_sign_in_once(stage: Stage, calls: int) -> None:
    """The storm over a real pool, which is smaller than the storm."""
    names = [f"Mar {number}" for number in range(calls)]
    async with aclosing(stage.new_transport(limit=50)) as transport:
        cube = stage.client(transport=transport)
        await cube.create_session()
        stage.service.world.expire_sessions()
        stage.requests.clear()

        users = await all_at_once(partial(cube.users.update, full_name=name) for name in names)

    methods = [request.method for request in stage.requests]
    assert names == [user.full_name for user in users]
    assert 1 == methods.count("POST")
    assert methods.count("PUT") <= 2 * calls


async def test_cancelled_calls_leave_a_pool_that_works(stage: Stage) -> None:
    """A hundred calls that hang and are given up do not use the connections up."""
    async with aclosing(stage.new_transport(limit=5)) as transport:
        cube = stage.client(transport=transport)
        await cube.create_session()
        stage.emulator.faults.hang(method="PUT", path="/users/*", times=None)
        impatient = cube.with_options(timeout=0.05)

        ended = await all_at_once(
            [partial(outcome, partial(impatient.users.update, full_name="Mar"))] * 100
        )
        stage.emulator.faults.clear()
        user = await cube.users.update(full_name="Mar")

    assert {RequestTimeoutError} == {type(result) for result in ended}
    assert "Mar" == user.full_name


async def test_nobody_there_is_a_connect_error(stage: Stage) -> None:
    """Nothing was sent, and the error says so."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

    with pytest.raises(ConnectError):
        await stage.client(base_url=f"http://127.0.0.1:{port}").create_session()


async def test_a_server_that_accepts_and_says_nothing_is_given_up(stage: Stage) -> None:
    """An open line without an answer ends at the limit."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        cube = stage.client(base_url=f"http://127.0.0.1:{port}", timeout=0.2)

        assert RequestTimeoutError is type(await outcome(cube.create_session))


async def test_a_guest_whose_day_is_over_is_refused(stage: Stage) -> None:
    """The clock of the service, moved over a real line."""
    cube = stage.client()
    await cube.create_session(Guest("Gil"))
    stage.emulator.clock.advance(86_460)

    with pytest.raises(SessionExpiredError):
        await cube.users.update(full_name="Gil")

    assert [] == stage.service.world.users


async def test_closing_during_a_call_ends_it_with_an_error_of_ours(stage: Stage) -> None:
    """Whoever closes client and transport under a call gets no bare exception out of it."""
    ended: list[Any] = []
    cube = stage.client(timeout=2.0)
    await cube.create_session()
    stage.emulator.faults.hang(method="PUT", path="/users/*", times=None)

    async def update() -> None:
        ended.append(await outcome(partial(cube.users.update, full_name="Mar")))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(update)
        await until(lambda: any(request.method == "PUT" for request in stage.requests))
        await cube.aclose()
        await stage.transport.aclose()

    [error] = ended
    assert isinstance(error, ConnectyCubeError)
