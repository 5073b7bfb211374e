"""A client belongs to one event loop, until it is closed."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from connectycube import ClosedError, ConnectyCube

from .stage import MAR, SIM, Stage, outcomes

CALLS: list[Callable[[ConnectyCube], Awaitable[Any]]] = [
    lambda cube: cube.users.get(1),
    lambda cube: cube.users.update(full_name="Mar"),
    lambda cube: cube.users.delete(),
    lambda cube: cube.users.sign_up(login="nia", password="canary-of-nia"),
    lambda cube: cube.users.reset_password("mar@example.com"),
    lambda cube: cube.create_session(),
    lambda cube: cube.get_session(),
    lambda cube: cube.destroy_session(),
    lambda cube: cube.login(MAR),
    lambda cube: cube.logout(),
]


@pytest.mark.anyio
@pytest.mark.parametrize("call", CALLS)
async def test_a_closed_client_says_so(
    stage: Stage, call: Callable[[ConnectyCube], Awaitable[Any]]
) -> None:
    """Nothing is sent, and the transport that was passed in stays open."""
    cube, _ = await stage.signed_in()
    stage.line.sent.clear()
    await cube.aclose()
    await cube.aclose()

    [result] = await outcomes([lambda: call(cube)])

    assert isinstance(result, ClosedError)
    assert stage.labels == []
    assert (await stage.client(SIM).create_session()).user_id is not None


@pytest.mark.anyio
@pytest.mark.parametrize("made", ["before", "after"])
async def test_a_view_of_a_closed_client_is_closed(stage: Stage, made: str) -> None:
    """`with_options` is the same client with other limits."""
    cube, _ = await stage.signed_in()
    view = cube.with_options(timeout=5)
    await cube.aclose()
    if made == "after":
        view = cube.with_options(timeout=5)

    [result] = await outcomes([lambda: view.users.get(1)])

    assert isinstance(result, ClosedError)


@pytest.mark.anyio
async def test_a_context_manager_closes(stage: Stage) -> None:
    """Leaving the block is the end of the client."""
    async with stage.client() as cube:
        await cube.users.update(full_name="Mar")

    with pytest.raises(ClosedError):
        await cube.users.update(full_name="Mar")


@pytest.mark.parametrize("first", ["asyncio", "trio"])
@pytest.mark.parametrize("second", ["asyncio", "trio"])
@pytest.mark.parametrize("call", CALLS)
def test_a_second_event_loop_is_refused_by_name(
    first: str, second: str, call: Callable[[ConnectyCube], Awaitable[Any]]
) -> None:
    """Before anything is sent, by an error that says what to do instead."""
    stage = Stage()
    cube = stage.client()
    anyio.run(cube.create_session, backend=first)
    stage.line.sent.clear()

    with pytest.raises(ClosedError, match="event loop"):
        anyio.run(call, cube, backend=second)

    assert stage.labels == []


def test_a_view_belongs_to_its_client_s_loop() -> None:
    """`with_options` shares the session, and so the loop."""
    stage = Stage()
    cube = stage.client()
    anyio.run(cube.create_session)

    with pytest.raises(ClosedError, match="event loop"):
        anyio.run(cube.with_options(timeout=5).create_session)


def test_a_client_may_be_made_where_no_loop_runs() -> None:
    """It is bound at its first call, also by a session that was set before."""
    stage = Stage()
    maker = stage.client()
    session = anyio.run(maker.create_session)
    cube = stage.client()
    cube.set_session(session)

    async def update() -> str | None:
        return (await cube.users.update(full_name="Mar")).full_name

    assert anyio.run(update) == "Mar"
