"""Limits that share one timer end their own blocks on time, and nobody else's."""

import asyncio
import math
from collections.abc import AsyncGenerator

import anyio
import anyio.lowlevel
import pytest
import pytest_asyncio

from connectycube.transports._asyncio_loop import AsyncioLoop, TimeLimit

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def limits() -> AsyncGenerator[AsyncioLoop]:
    limits = AsyncioLoop()
    yield limits
    limits.close()


def within(limits: AsyncioLoop, seconds: float) -> TimeLimit:
    return TimeLimit(limits, asyncio.get_running_loop().time() + seconds)


async def test_a_block_in_time_is_left_alone(limits: AsyncioLoop) -> None:
    with within(limits, 60.0) as limit:
        await asyncio.sleep(0)

    assert not limit.expired


async def test_blocks_end_in_the_order_of_their_times(limits: AsyncioLoop) -> None:
    """Whatever the order in which they began."""
    ended: list[float] = []

    async def wait(seconds: float) -> None:
        with within(limits, seconds) as limit:
            await asyncio.sleep(60.0)
        assert limit.expired
        ended.append(seconds)

    times = [0.05, 0.01, 0.09, 0.03, 0.07]
    await asyncio.gather(*map(wait, times))

    assert sorted(times) == ended
    task = asyncio.current_task()
    assert task is not None
    assert 0 == task.cancelling()


async def test_a_thousand_that_were_in_time_leave_nothing(limits: AsyncioLoop) -> None:
    async def work() -> None:
        with within(limits, 60.0):
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(1000)))

    assert {} == limits.held


async def test_time_that_is_up_already_ends_the_first_wait(limits: AsyncioLoop) -> None:
    with TimeLimit(limits, -math.inf) as limit:
        await asyncio.sleep(60.0)

    assert limit.expired


async def test_a_cancellation_outside_passes_through(limits: AsyncioLoop) -> None:
    """Also one that comes together with the end of the time."""
    for seconds in (60.0, 0.02):

        async def work(seconds: float) -> None:
            with within(limits, seconds):
                await asyncio.sleep(60.0)

        task = asyncio.create_task(work(seconds))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.02, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_errors_pass_through(limits: AsyncioLoop) -> None:
    with pytest.raises(KeyError), within(limits, 60.0):
        raise KeyError

    assert {} == limits.held


async def test_the_inner_of_two_ends_first(limits: AsyncioLoop) -> None:
    inner = within(limits, 0.01)
    with within(limits, 60.0) as outer:
        with inner:
            await asyncio.sleep(60.0)
        await asyncio.sleep(0)

    assert (True, False) == (inner.expired, outer.expired)


async def test_it_lives_with_scopes_of_anyio(limits: AsyncioLoop) -> None:
    """On either side, each ends its own block."""
    with anyio.move_on_after(60.0) as outer, within(limits, 0.01) as limit:
        await anyio.sleep(60.0)
    assert (False, True) == (outer.cancelled_caught, limit.expired)

    with within(limits, 60.0) as limit, anyio.move_on_after(0.01) as inner:
        await anyio.sleep(60.0)
    assert (True, False) == (inner.cancelled_caught, limit.expired)

    with anyio.move_on_after(0.01) as outer, within(limits, 60.0) as limit:
        await anyio.sleep(60.0)
    assert (True, False) == (outer.cancelled_caught, limit.expired)
    await anyio.lowlevel.checkpoint()


async def test_scopes_and_limits_that_end_at_once_leave_the_task_usable(
    limits: AsyncioLoop,
) -> None:
    """A hundred times, since it is a race."""
    for _ in range(100):
        ends = asyncio.get_running_loop().time() + 0.001
        with anyio.CancelScope(deadline=ends), TimeLimit(limits, ends):
            await anyio.sleep(60.0)
        await anyio.lowlevel.checkpoint()

    task = asyncio.current_task()
    assert task is not None
    assert 0 == task.cancelling()
