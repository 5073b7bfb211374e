"""Our own limit and a cancellation from outside are told apart, wherever they strike."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from connectycube import Backoff, ConnectyCube, RequestTimeoutError

from .stage import ASK, DELETE, END, SIGN_IN, UPDATE, Stage, Together, begin, outcomes, rename

pytestmark = pytest.mark.anyio

Call = Callable[[ConnectyCube], Awaitable[Any]]
CALLS: dict[str, tuple[str, Call]] = {
    "update": (UPDATE, lambda cube: cube.users.update(full_name="Mar")),
    "delete": (DELETE, lambda cube: cube.users.delete()),
    "create_session": (SIGN_IN, lambda cube: cube.create_session()),
    "get_session": (ASK, lambda cube: cube.get_session()),
    "destroy_session": (END, lambda cube: cube.destroy_session()),
    "logout": ("DELETE /login", lambda cube: cube.logout()),
}


@pytest.mark.parametrize(("label", "call"), CALLS.values(), ids=CALLS.keys())
async def test_our_own_limit_is_a_typed_error(stage: Stage, label: str, call: Call) -> None:
    """After `timeout` the call ends, and says which one it was."""
    cube, _ = await stage.signed_in(timeout=3.0)
    stage.line.hold(label)
    began = anyio.current_time()

    with pytest.raises(RequestTimeoutError, match=label.partition("{")[0]):
        await call(cube)

    assert pytest.approx(3.0, abs=0.01) == anyio.current_time() - began


@pytest.mark.parametrize(("label", "call"), CALLS.values(), ids=CALLS.keys())
async def test_a_cancellation_from_outside_passes_through(
    stage: Stage, label: str, call: Call
) -> None:
    """It is nobody's error: the caller's own scope catches it, and no time is lost."""
    cube, _ = await stage.signed_in(timeout=3.0)
    stage.line.hold(label)
    began = anyio.current_time()

    with anyio.move_on_after(1.0) as scope:
        await call(cube)

    assert scope.cancelled_caught
    assert pytest.approx(1.0, abs=0.01) == anyio.current_time() - began


@pytest.mark.parametrize("stuck", [SIGN_IN, UPDATE])
async def test_outside_and_own_limits_at_once_count_as_outside(stage: Stage, stuck: str) -> None:
    """Whoever cancelled the caller must not be answered with an error."""
    cube, _ = await stage.expired(timeout=1.0)
    stage.line.hold(stuck)

    with anyio.move_on_after(1.0) as scope:
        await cube.users.update(full_name="Mar")

    assert scope.cancelled_caught


async def test_a_cancellation_during_a_renewal_passes_through(stage: Stage) -> None:
    """The worker lingers for the grace at most, then ends cancelled; so do waiters, at once."""
    cube, _ = await stage.expired()
    stage.line.hold(SIGN_IN, times=9)
    began = anyio.current_time()

    with anyio.move_on_after(1.0) as scope:
        await outcomes([rename(cube)] * 5)

    assert scope.cancelled_caught
    assert anyio.current_time() - began <= 2.01


async def test_a_waiter_leaves_when_its_own_time_is_up(stage: Stage) -> None:
    """Waiting for a renewal counts, and the renewal goes on for the others."""
    cube, _ = await stage.expired()
    gate = stage.line.hold(SIGN_IN)
    async with Together() as group:
        worker = begin(group, rename(cube))
        await gate.reached()
        began = anyio.current_time()
        waiter = begin(group, rename(cube.with_options(timeout=0.5)))
        await waiter.done.wait()
        waited = anyio.current_time() - began
        gate.open()

    assert isinstance(waiter.error, RequestTimeoutError)
    assert waited <= 0.51
    assert worker.error is None
    assert stage.count(SIGN_IN) == 1


async def test_one_limit_covers_everything(stage: Stage) -> None:
    """Attempt, renewal, pauses and resend share the call's time."""
    cube, _ = await stage.expired(timeout=3.0, retry=Backoff(base=0.5))
    stage.line.delay(UPDATE, 1.2)
    stage.line.delay(SIGN_IN, 1.2)
    began = anyio.current_time()

    [result] = await outcomes([rename(cube)])

    assert isinstance(result, RequestTimeoutError)
    assert pytest.approx(3.0, abs=0.01) == anyio.current_time() - began


async def test_an_attempt_has_a_limit_of_its_own(stage: Stage) -> None:
    """A lost answer costs one attempt, not the call."""
    cube, _ = await stage.signed_in(retry=Backoff(attempt_timeout=2.0, base=0.01))
    stage.line.hold(UPDATE)
    began = anyio.current_time()

    user = await cube.users.update(full_name="Mar")

    assert user.full_name == "Mar"
    assert stage.count(UPDATE) == 2
    assert 2.0 <= anyio.current_time() - began <= 2.1


async def test_without_a_limit_a_call_waits(stage: Stage) -> None:
    """`timeout=None` means what it says."""
    cube, _ = await stage.signed_in(timeout=None)
    gate = stage.line.hold(UPDATE)
    async with Together() as group:
        call = begin(group, rename(cube))
        await anyio.sleep(80_000)
        gate.open()

    assert call.error is None


async def test_a_renewal_cancelled_at_the_client_s_end_leaves_it_usable(stage: Stage) -> None:
    """After any cancellation the next call finds a client that works."""
    cube, _ = await stage.expired()
    stage.line.hold(SIGN_IN)
    with anyio.move_on_after(0.5):
        await cube.users.update(full_name="Cancelled")

    assert (await cube.users.update(full_name="Mar")).full_name == "Mar"
