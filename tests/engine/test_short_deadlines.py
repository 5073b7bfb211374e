"""Callers with less time than a sign-in takes do not keep it from ever being done."""

from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
import pytest

from connectycube import ConnectyCube, RequestTimeoutError, User

from .stage import SIGN_IN, UPDATE, Stage, Task, Together, begin, outcomes, rename

pytestmark = pytest.mark.anyio


def by_option(cube: ConnectyCube, seconds: float) -> Callable[[], Awaitable[User | None]]:
    return rename(cube.with_options(timeout=seconds))


def by_scope(cube: ConnectyCube, seconds: float) -> Callable[[], Awaitable[User | None]]:
    async def call() -> User | None:
        with anyio.move_on_after(seconds):
            return await cube.users.update(full_name="Mar Sim")
        return None

    return call


@pytest.mark.parametrize("limited", [by_option, by_scope])
async def test_a_hundred_impatient_callers_cost_one_sign_in(
    stage: Stage, limited: Callable[[ConnectyCube, float], Callable[[], Awaitable[User | None]]]
) -> None:
    """With 0.25 s each and a sign-in of 0.3 s, those who come later succeed."""
    cube, _ = await stage.expired()
    stage.line.delay(SIGN_IN, 0.3)
    tasks: list[Task] = []

    async with Together() as group:
        for _ in range(100):
            tasks.append(begin(group, limited(cube, 0.25)))
            await anyio.sleep(0.02)

    served = [isinstance(task.value, User) for task in tasks]
    assert stage.count(SIGN_IN) == 1
    assert sum(served) >= 97
    assert all(served[3:])
    failed = [task.error for task in tasks if task.error is not None]
    assert [RequestTimeoutError] * len(failed) == [type(error) for error in failed]


async def test_a_sign_in_longer_than_the_grace_is_given_up(stage: Stage) -> None:
    """When nobody is left who waits long enough, the work ends with its worker."""
    cube, _ = await stage.expired()
    stage.line.delay(SIGN_IN, 30.0)
    began = anyio.current_time()

    results = await outcomes([by_option(cube, 0.25)] * 10)

    assert [RequestTimeoutError] * 10 == [type(one) for one in results]
    assert anyio.current_time() - began < 0.25 + 1 + 0.1


async def test_a_waiter_takes_over_where_the_worker_gave_up(stage: Stage) -> None:
    """A patient caller is served, whoever was in front of it."""
    cube, _ = await stage.expired()
    delays = [30.0, 0.1]
    stage.line.delay(SIGN_IN, lambda: delays.pop(0))

    async with Together() as group:
        hasty = begin(group, by_option(cube, 0.25))
        await anyio.wait_all_tasks_blocked()
        patient = begin(group, by_option(cube, 10))

    assert isinstance(hasty.error, RequestTimeoutError)
    assert isinstance(patient.value, User)
    assert stage.count(SIGN_IN) == 2


@pytest.mark.parametrize("sign_in_takes", [0.0, 0.5])
async def test_a_call_cancelled_at_any_point_costs_no_second_sign_in(
    stage: Stage, sign_in_takes: float
) -> None:
    """Wherever a cancellation strikes the worker, another call is served by the same sign-in."""
    cube, _ = await stage.signed_in()
    if sign_in_takes:
        stage.line.delay(SIGN_IN, sign_in_takes)
    struck = 0
    for after in range(400):
        stage.expire()
        stage.line.sent.clear()
        async with Together() as group:
            first = begin(group, rename(cube, "First"))
            while not stage.line.sent:
                await anyio.lowlevel.checkpoint()
            second = begin(group, rename(cube, "Second"))
            for _ in range(after):
                await anyio.lowlevel.checkpoint()
            first.scope.cancel()

        assert isinstance(second.value, User), f"cancelled after {after}"
        assert stage.count(SIGN_IN) == 1, f"cancelled after {after}"
        assert stage.count(UPDATE) <= 4
        assert len(stage.live_tokens) == 1
        if first.value is not None:
            break
        struck += first.scope.cancelled_caught
        if sign_in_takes and after > 40:
            break
    assert struck > 10


async def test_a_worker_cancelled_before_the_answer_hands_its_session_on(stage: Stage) -> None:
    """The session that a cancelled call was making is the one that later calls use."""
    cube, _ = await stage.expired()
    gate = stage.line.hold(SIGN_IN, answered=True)

    async with Together() as group:
        worker = begin(group, rename(cube))
        await gate.reached()
        worker.scope.cancel()
        await anyio.wait_all_tasks_blocked()
        gate.open()
        await worker.done.wait()

    assert worker.scope.cancelled_caught
    assert cube.session is not None
    assert stage.live_tokens == [cube.session.token]
    await cube.users.update(full_name="Next")
    assert stage.count(SIGN_IN) == 1
