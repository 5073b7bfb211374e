"""One run for all who ask under one key, and a pause for those who click fast."""

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from connectycube import InvalidInputError
from connectycube.assist import SingleFlight

from .stage import Together, begin, outcomes

pytestmark = pytest.mark.anyio


class Work:
    """Takes some seconds, and counts."""

    def __init__(self, seconds: float = 0.0, *, result: str = "done") -> None:
        self.seconds = seconds
        self.result = result
        self.begun = self.ended = 0

    async def __call__(self) -> str:
        self.begun += 1
        await anyio.sleep(self.seconds)
        self.ended += 1
        return self.result


def asking(
    flight: SingleFlight[str], work: Callable[[], Awaitable[str]], key: str = "key"
) -> Callable[[], Awaitable[str]]:
    return partial(flight.run, key, work)


async def test_twenty_callers_share_one_run() -> None:
    """Whoever asks under the same key meanwhile gets what the one run brings."""
    flight, work = SingleFlight[str](), Work(1)

    results = await outcomes([asking(flight, work)] * 20)

    assert ["done"] * 20 == results
    assert (1, 0) == (work.begun, len(flight))


async def test_another_key_is_another_run() -> None:
    """Keys know nothing of each other."""
    flight, work = SingleFlight[str](), Work(1)

    await outcomes([asking(flight, work, key) for key in "aabbcc"])

    assert 3 == work.begun


async def test_who_asks_afterwards_starts_anew() -> None:
    """Nothing is kept: that is for others to do."""
    flight, work = SingleFlight[str](), Work()

    await flight.run("key", work)
    await flight.run("key", work)

    assert 2 == work.begun


async def test_an_error_reaches_everybody_and_is_not_kept() -> None:
    """All twenty get it from one attempt; the next caller tries again."""
    flight, begun = SingleFlight[str](), 0

    async def fail() -> str:
        nonlocal begun
        begun += 1
        await anyio.lowlevel.checkpoint()
        raise TimeoutError("the model is busy")

    results = await outcomes([asking(flight, fail)] * 20)

    assert ["the model is busy"] * 20 == [str(one) for one in results]
    assert 20 == len({id(one) for one in results})
    assert 1 == begun
    assert "done" == await flight.run("key", Work())


async def test_a_cancelled_waiter_concerns_itself_alone() -> None:
    """The others get what they wait for, from the same run."""
    flight, work = SingleFlight[str](), Work(5)
    async with Together() as group:
        callers = [begin(group, asking(flight, work)) for _ in range(20)]
        await anyio.wait_all_tasks_blocked()
        for caller in callers[1:10]:
            caller.scope.cancel()
        for caller in callers[1:10]:
            await caller.done.wait()

    assert ["done"] + [None] * 9 + ["done"] * 10 == [caller.value for caller in callers]
    assert 1 == work.begun


@pytest.mark.parametrize(("grace", "runs"), [(1.0, 2), (10.0, 1)])
async def test_others_go_on_without_a_cancelled_worker(grace: float, runs: int) -> None:
    """For the grace the run goes on for them; then one of them starts afresh."""
    flight, work = SingleFlight[str](grace=grace), Work(5)
    async with Together() as group:
        callers = [begin(group, asking(flight, work))]
        await anyio.wait_all_tasks_blocked()  # trio starts tasks in any order, and he is to work
        callers += [begin(group, asking(flight, work)) for _ in range(19)]
        await anyio.sleep(1)
        callers[0].scope.cancel()

    assert [None] + ["done"] * 19 == [caller.value for caller in callers]
    assert (runs, 1) == (work.begun, work.ended)


async def test_a_lonely_worker_is_cancelled_at_once() -> None:
    """Work that nobody waits for is not worth a grace, whenever its waiters left."""
    flight, work = SingleFlight[str](grace=60), Work(100)
    began = anyio.current_time()
    with anyio.move_on_after(1):
        await flight.run("key", work)
    alone = anyio.current_time() - began
    async with Together() as group:
        callers = [begin(group, asking(flight, work)) for _ in range(3)]
        for caller in callers:
            await anyio.sleep(1)
            caller.scope.cancel()
    together = anyio.current_time() - began - alone

    assert pytest.approx(1, abs=0.01) == alone
    assert pytest.approx(3, abs=0.01) == together
    assert (2, 0, 0) == (work.begun, work.ended, len(flight))


async def test_work_begins_when_nobody_has_asked_for_a_while() -> None:
    """Each click begins the pause anew; then the last one's work is done, for all."""
    flight = SingleFlight[str](debounce=0.3)
    works = [Work(result=f"draft {number}") for number in range(5)]
    began = anyio.current_time()
    async with Together() as group:
        callers = []
        for work in works:
            callers.append(begin(group, asking(flight, work)))
            await anyio.sleep(0.2)
    took = anyio.current_time() - began

    assert ["draft 4"] * 5 == [caller.value for caller in callers]
    assert [0, 0, 0, 0, 1] == [work.begun for work in works]
    assert pytest.approx(4 * 0.2 + 0.3, abs=0.01) == took


async def test_a_click_that_is_cancelled_in_the_pause_begins_nothing() -> None:
    """The work is never begun for somebody who is gone, and the next click waits a whole pause."""
    flight, work = SingleFlight[str](debounce=0.3), Work()
    began = anyio.current_time()
    with anyio.move_on_after(0.1):
        await flight.run("key", work)

    assert 0 == work.begun
    assert "done" == await flight.run("key", work)
    assert pytest.approx(0.4, abs=0.01) == anyio.current_time() - began


async def test_a_pause_outlives_the_click_that_began_it() -> None:
    """Whoever clicked later gets what was asked for, within the same pause."""
    flight, work = SingleFlight[str](debounce=0.3, grace=0), Work()
    began = anyio.current_time()
    async with Together() as group:
        first = begin(group, asking(flight, work))
        await anyio.sleep(0.1)
        second = begin(group, asking(flight, work))
        await anyio.sleep(0.1)
        first.scope.cancel()
        await second.done.wait()

    assert (None, "done", 1) == (first.value, second.value, work.begun)
    assert pytest.approx(0.4, abs=0.01) == anyio.current_time() - began


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, True, "1", None])
@pytest.mark.parametrize("name", ["debounce", "grace"])
async def test_seconds_that_cannot_be_are_refused(name: str, seconds: Any) -> None:
    """A pause is a number of seconds."""
    with pytest.raises(InvalidInputError, match=f"{name} must be a number of seconds"):
        SingleFlight[str](**{name: seconds})
