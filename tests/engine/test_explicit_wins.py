"""What the application itself decides during a renewal wins over it."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from connectycube import (
    ConnectyCube,
    ForbiddenError,
    SessionExpiredError,
    SignedOutError,
    User,
)

from .stage import END, MAR, SIGN_IN, SIM, UPDATE, Stage, Together, begin, rename

pytestmark = pytest.mark.anyio


async def set_session(cube: ConnectyCube, stage: Stage) -> None:
    cube.set_session(await stage.elsewhere(MAR))


async def create_session(cube: ConnectyCube, _: Stage) -> None:
    await cube.create_session()


async def login(cube: ConnectyCube, _: Stage) -> None:
    await cube.login(MAR)


@pytest.mark.parametrize("decide", [set_session, create_session, login])
@pytest.mark.parametrize("answered", [False, True], ids=["on its way", "answered"])
async def test_an_explicit_session_wins_over_a_renewal(
    stage: Stage, decide: Callable[[ConnectyCube, Stage], Awaitable[None]], *, answered: bool
) -> None:
    """The renewal never overwrites it, its session is destroyed, and the waiting calls use ours."""
    cube, dead = await stage.expired()
    gate = stage.line.hold(SIGN_IN, answered=answered)
    async with Together() as group:
        calls = [begin(group, rename(cube)) for _ in range(10)]
        await gate.reached()
        await decide(cube, stage)
        chosen = cube.session
        gate.open()

    assert chosen is not None
    assert cube.session is not None
    assert chosen.token == cube.session.token
    assert [True] * 10 == [isinstance(call.value, User) for call in calls]
    assert [dead.token] * 10 + [chosen.token] * 10 == stage.tokens(UPDATE)
    assert stage.live_tokens == [chosen.token]
    [discarded] = stage.tokens(END)
    assert discarded not in (chosen.token, dead.token)


@pytest.mark.parametrize("answered", [False, True], ids=["on its way", "answered"])
async def test_destroy_session_wins_over_a_renewal(stage: Stage, *, answered: bool) -> None:
    """The client stays signed out, and what the renewal made is destroyed."""
    cube, _ = await stage.expired()
    gate = stage.line.hold(SIGN_IN, answered=answered)
    async with Together() as group:
        calls = [begin(group, rename(cube)) for _ in range(10)]
        await gate.reached()
        await cube.destroy_session()
        gate.open()

    assert cube.session is None
    assert [SignedOutError] * 10 == [type(call.error) for call in calls]
    assert stage.live_tokens == []
    assert stage.count(END) == 1
    with pytest.raises(SignedOutError):
        await cube.users.update(full_name="Afterwards")
    assert stage.count(SIGN_IN) == 1


async def test_logout_wins_over_a_renewal(stage: Stage) -> None:
    """The user is not brought back: what the renewal made is destroyed."""
    cube, _ = await stage.expired()
    gate = stage.line.hold(SIGN_IN, answered=True)
    async with Together() as group:
        call = begin(group, rename(cube))
        await gate.reached()
        await cube.logout()
        gate.open()

    assert isinstance(call.error, ForbiddenError | SessionExpiredError)
    assert [None] * len(stage.live_tokens) == [one.user_id for one in stage.service.world.sessions]
    assert cube.session is None or cube.session.user_id is None


async def test_destroy_session_wins_over_a_slow_create_session(stage: Stage) -> None:
    """Whoever signs out while a sign-in runs stays signed out."""
    cube = stage.client()
    gate = stage.line.hold(SIGN_IN, answered=True)
    async with Together() as group:
        creating = begin(group, cube.create_session)
        await gate.reached()
        await cube.destroy_session()
        gate.open()

    assert isinstance(creating.error, SignedOutError)
    assert cube.session is None
    assert stage.live_tokens == []


async def test_destroy_session_wins_over_a_slow_login(stage: Stage) -> None:
    """A login that ends afterwards leaves nobody signed in."""
    cube = stage.client()
    gate = stage.line.hold("POST /login", answered=True)
    async with Together() as group:
        entering = begin(group, lambda: cube.login(MAR))
        await gate.reached()
        await cube.destroy_session()
        gate.open()

    assert isinstance(entering.error, SignedOutError)
    assert cube.session is None
    assert stage.live_tokens == []


async def test_waiters_of_a_void_renewal_do_not_wait_for_its_clean_up(stage: Stage) -> None:
    """They go on with the chosen session while the unused one is being destroyed."""
    cube, _ = await stage.expired()
    gate = stage.line.hold(SIGN_IN, answered=True)
    stage.service.faults.hang(method="DELETE", path="/session", times=None)
    async with Together() as group:
        begin(group, rename(cube))
        await gate.reached()
        call = begin(group, rename(cube.with_options(timeout=2)))
        await anyio.wait_all_tasks_blocked()
        cube.set_session(await stage.elsewhere(MAR))
        gate.open()

    assert isinstance(call.value, User), repr(call.error)


async def test_clean_up_does_not_hold_a_call_past_its_time(stage: Stage) -> None:
    """A service that does not answer the DELETE costs the worker no more than the grace."""
    cube, _ = await stage.expired(timeout=0.5)
    gate = stage.line.hold(SIGN_IN, answered=True)
    stage.service.faults.hang(method="DELETE", path="/session", times=None)
    began = anyio.current_time()

    async def open_later() -> None:
        await gate.reached()
        cube.set_session(await stage.elsewhere(MAR))
        gate.open()

    async with Together() as group:
        call = begin(group, rename(cube))
        begin(group, open_later)
        await call.done.wait()
        took = anyio.current_time() - began

    assert took <= 0.5 + 1.0 + 0.1


async def test_a_call_is_not_resent_as_somebody_else(stage: Stage) -> None:
    """A call of Mar's that meets a 401 after Sim signed in must not become Sim's."""
    cube, dead = await stage.expired()
    sims = await stage.elsewhere(SIM)
    late = stage.line.hold(UPDATE, answered=True)
    async with Together() as group:
        call = begin(group, rename(cube))
        await late.reached()
        cube.set_session(sims)
        late.open()

    assert isinstance(call.error, SessionExpiredError)
    assert [dead.token] == stage.tokens(UPDATE)
    assert cube.session is not None
    assert sims.token == cube.session.token


@pytest.mark.parametrize("leave", ["logout", "delete", "destroy"])
async def test_leaving_one_session_does_not_touch_the_next(stage: Stage, leave: str) -> None:
    """A late answer about the old session says nothing about one that was set meanwhile."""
    cube, _ = await stage.signed_in()
    leaving: dict[str, tuple[str, Callable[[], Awaitable[Any]]]] = {
        "logout": ("DELETE /login", cube.logout),
        "delete": ("DELETE /users/{user_id}", cube.users.delete),
        "destroy": (END, cube.destroy_session),
    }
    label, call = leaving[leave]
    sims = await stage.elsewhere(SIM)
    gate = stage.line.hold(label, answered=True)
    async with Together() as group:
        begin(group, call)
        await gate.reached()
        cube.set_session(sims)
        gate.open()

    assert cube.session is not None
    assert (sims.token, sims.user_id) == (cube.session.token, cube.session.user_id)
    user = await cube.users.update(full_name="Sim")
    assert sims.user_id == user.id


async def test_destroy_session_again_tries_the_one_that_could_not_be_ended(stage: Stage) -> None:
    """Signed out at once, and the request can be repeated until the service has heard of it."""
    cube, session = await stage.signed_in()
    stage.service.faults.status(500, method="DELETE", path="/session")

    with pytest.raises(Exception, match="500"):
        await cube.destroy_session()
    assert cube.session is None
    await cube.destroy_session()
    await cube.destroy_session()

    assert [session.token] * 2 == stage.tokens(END)
    assert stage.live_tokens == []


async def test_a_session_that_is_gone_counts_as_destroyed(stage: Stage) -> None:
    """A 401 to the DELETE is what was asked for; it is neither renewed nor resent."""
    cube, _ = await stage.expired()

    await cube.destroy_session()

    assert stage.labels == [END]
    assert cube.session is None
