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
    async with asyncio.timeout(1):
        await flight.run(lambda: asyncio.sleep(0))


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


async def test_work_that_is_cancelled_from_within_ends_for_all() -> None:
    """A hook may await a task of its own that somebody cancels: nobody then waits for ever."""
    flight = SingleFlight[int](grace=0.05)

    async def hook() -> int:
        inner = asyncio.create_task(asyncio.sleep(60))
        asyncio.get_running_loop().call_soon(inner.cancel)
        await inner
        return 1

    async def served() -> int:
        return 2

    tasks = [asyncio.create_task(flight.run(hook)) for _ in range(3)]
    done, stuck = await asyncio.wait(tasks, timeout=1)

    assert stuck == set()
    assert [] == [
        one for one in done if not one.cancelled() and isinstance(one.exception(), IndexError)
    ]
    assert await flight.run(served) == 2
