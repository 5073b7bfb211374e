"""Cancellation the asyncio way: of a task, any number of times."""

import asyncio

import pytest

from connectycube._single_flight import SingleFlight

pytestmark = pytest.mark.asyncio


async def _begun(flight: SingleFlight[None]) -> asyncio.Task[None]:
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(flight.run(hang))
    await begun.wait()
    return task


async def test_a_task_cancelled_once_ends_after_the_grace() -> None:
    """`Task.cancel` is a cancellation like any other."""
    flight = SingleFlight[None](grace=0.01)
    task = await _begun(flight)

    task.cancel()
    done, _ = await asyncio.wait([task], timeout=2)

    assert {task} == done
    assert task.cancelled()


@pytest.mark.parametrize("times", [2, 3])
async def test_a_task_cancelled_again_still_ends(times: int) -> None:
    """Impatience during the grace must not leave a task that waits for ever."""
    flight = SingleFlight[None](grace=0.05)
    task = await _begun(flight)

    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    done, _ = await asyncio.wait([task], timeout=1)

    assert {task} == done
    assert task.cancelled()
    assert await flight.run(lambda: asyncio.sleep(0)) is None


async def test_wait_for_keeps_its_meaning() -> None:
    """The standard library's own time limit ends a call, and shared work is done once."""
    flight, runs = SingleFlight[int](), 0

    async def work() -> int:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.05)
        return runs

    async def impatient() -> int:
        return await asyncio.wait_for(flight.run(work), 0.01)

    first, second = await asyncio.gather(impatient(), flight.run(work), return_exceptions=True)

    assert isinstance(first, TimeoutError)
    assert second == 1
    assert runs == 1
