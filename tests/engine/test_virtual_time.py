"""The ground that these tests stand on."""

import time

import anyio
import pytest

pytestmark = pytest.mark.anyio


async def test_time_jumps_over_waits() -> None:
    """An hour passes at once, in order, and exactly."""
    began, virtual = time.monotonic(), anyio.current_time()
    order: list[float] = []

    async def wait(seconds: float) -> None:
        await anyio.sleep(seconds)
        order.append(seconds)

    async with anyio.create_task_group() as group:
        for seconds in (3600, 0.02, 1):
            group.start_soon(wait, seconds)

    assert [0.02, 1, 3600] == order
    assert pytest.approx(3600, abs=0.1) == anyio.current_time() - virtual
    assert time.monotonic() - began < 5


async def test_a_deadline_ends_what_never_comes() -> None:
    """A wait for ever ends at its deadline."""
    with anyio.move_on_after(30) as scope:
        await anyio.sleep_forever()

    assert scope.cancelled_caught
