"""One piece of work for all who ask, whoever of them is cancelled."""

from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
import pytest

from connectycube._single_flight import SingleFlight

from .stage import Together, begin, outcomes

pytestmark = pytest.mark.anyio


class Work:
    """Counts how often it is begun and ended; `steps` checkpoints, then some seconds."""

    def __init__(self, *, steps: int = 0, seconds: float = 0.0) -> None:
        self.steps = steps
        self.seconds = seconds
        self.begun = 0
        self.ended = 0
        self.cancelled = 0

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        try:
            for _ in range(self.steps):
                await anyio.lowlevel.checkpoint()
            if self.seconds:
                await anyio.sleep(self.seconds)
        except anyio.get_cancelled_exc_class():
            self.cancelled += 1
            raise
        self.ended += 1
        return number


def asking(
    flight: SingleFlight[int], work: Callable[[], Awaitable[int]]
) -> Callable[[], Awaitable[int]]:
    return lambda: flight.run(work)


async def test_all_who_ask_share_one_run() -> None:
    """Whoever asks while the work runs gets its outcome."""
    work, flight = Work(steps=3), SingleFlight[int]()

    results = await outcomes([asking(flight, work)] * 100)

    assert {1} == set(results)
    assert work.begun == 1


async def test_whoever_asks_afterwards_starts_anew() -> None:
    """An outcome is for those who waited, not for those who come later."""
    work, flight = Work(), SingleFlight[int]()

    assert await flight.run(work) == 1
    assert await flight.run(work) == 2


async def test_a_worker_cancelled_at_any_point_lets_short_work_finish() -> None:
    """Wherever the cancellation strikes, the work is done once and the waiters get it."""
    for after in range(200):
        work, flight = Work(steps=10), SingleFlight[int]()
        async with Together() as group:
            worker = begin(group, asking(flight, work))
            while not work.begun:
                await anyio.lowlevel.checkpoint()
            waiter = begin(group, asking(flight, work))
            for _ in range(after):
                await anyio.lowlevel.checkpoint()
            worker.scope.cancel()

        assert (1, 1, 1) == (work.begun, work.ended, waiter.value), f"cancelled after {after}"
        if worker.value is not None:
            break
    else:
        pytest.fail("the worker was never quicker than its cancellation")

    assert after > 5, "the cancellation must have struck inside"


async def test_work_of_a_worker_cancelled_before_it_began_is_not_lost() -> None:
    """A worker whose deadline has passed already still hands over what it started."""
    work, flight = Work(steps=3), SingleFlight[int]()

    with anyio.move_on_after(0):
        await flight.run(work)

    assert (work.begun, work.ended) in [(0, 0), (1, 1)]
    assert await flight.run(work) == work.begun


@pytest.mark.parametrize(("seconds", "expected"), [(0.9, 1), (1.9, 2)])
async def test_a_cancelled_worker_gives_up_after_the_grace(seconds: float, expected: int) -> None:
    """Work that takes longer is ended, and the next waiter starts afresh."""
    work, flight = Work(seconds=seconds), SingleFlight[int]()
    async with Together() as group:
        worker = begin(group, asking(flight, work))
        await anyio.wait_all_tasks_blocked()
        waiters = [begin(group, asking(flight, work)) for _ in range(10)]
        await anyio.wait_all_tasks_blocked()
        cancelled_at = anyio.current_time()
        worker.scope.cancel()
        await worker.done.wait()
        waited = anyio.current_time() - cancelled_at

    assert [expected] * 10 == [waiter.value for waiter in waiters]
    assert expected == work.begun
    assert expected - 1 == work.cancelled
    assert waited <= 1.01


async def test_cancelled_waiters_disturb_nobody() -> None:
    """A waiter's end is its own, and at once."""
    work, flight = Work(seconds=0.5), SingleFlight[int]()
    async with Together() as group:
        worker = begin(group, asking(flight, work))
        await anyio.wait_all_tasks_blocked()
        waiters = [begin(group, asking(flight, work)) for _ in range(10)]
        await anyio.wait_all_tasks_blocked()
        cancelled_at = anyio.current_time()
        for waiter in waiters[:9]:
            waiter.scope.cancel()
        for waiter in waiters[:9]:
            await waiter.done.wait()
        assert anyio.current_time() - cancelled_at < 0.01

    assert [None] * 9 + [1] == [waiter.value for waiter in waiters]
    assert (1, 1, 0) == (worker.value, work.ended, work.cancelled)


async def test_when_everybody_is_cancelled_nothing_stays_behind() -> None:
    """No background work outlives the calls, and the next one starts afresh."""
    work, flight = Work(seconds=60), SingleFlight[int]()
    began = anyio.current_time()
    with anyio.move_on_after(0.1):
        await outcomes([asking(flight, work)] * 10)

    assert pytest.approx(1.1, abs=0.05) == anyio.current_time() - began
    assert work.begun == work.cancelled
    work.seconds = 0
    assert await flight.run(work) == work.begun


async def test_an_error_is_given_to_each_as_its_own() -> None:
    """Waiters get copies with cause and notes; nobody gathers another's traceback."""
    flight = SingleFlight[int]()

    async def fail() -> int:
        await anyio.lowlevel.checkpoint()
        error = KeyError("away", 7)
        error.add_note("noted")
        raise error from OSError("why")

    results = await outcomes([asking(flight, fail)] * 20)

    errors = [one for one in results if isinstance(one, KeyError)]
    assert len(errors) == 20
    assert {("away", 7)} == {one.args for one in errors}
    assert {("noted",)} == {tuple(one.__notes__) for one in errors}
    assert {"OSError('why')"} == {repr(one.__cause__) for one in errors}
    assert len({id(one) for one in errors}) == 20


async def test_what_one_notes_on_its_error_is_its_own() -> None:
    """A caller may add to the error it got; the others do not see it."""
    flight = SingleFlight[int]()

    async def fail() -> int:
        await anyio.lowlevel.checkpoint()
        error = KeyError("away")
        error.add_note("noted")
        raise error

    results = await outcomes([asking(flight, fail)] * 3)
    errors = [one for one in results if isinstance(one, KeyError)]
    errors[-1].add_note("mine")

    assert [1, 1, 2] == [len(one.__notes__) for one in errors]


class StubbornError(Exception):
    """Cannot be copied: its arguments are not what it was made with."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("stubborn")
        self.both = one, two


class RefusingError(Exception):
    """Refuses to be copied."""

    def __reduce__(self) -> str:
        raise RuntimeError("no copies")


@pytest.mark.parametrize("error", [StubbornError(1, 2), RefusingError("kept")])
async def test_an_error_that_cannot_be_copied_arrives_all_the_same(error: Exception) -> None:
    """A class of the application's own may be made in any way."""
    flight = SingleFlight[int]()

    async def fail() -> int:
        await anyio.lowlevel.checkpoint()
        raise error

    results = await outcomes([asking(flight, fail)] * 3)

    assert [(type(error), error.args)] * 3 == [
        (type(one), one.args) for one in results if isinstance(one, Exception)
    ]


async def test_an_error_after_its_worker_left_reaches_the_waiters() -> None:
    """A worker that is cancelled takes nothing with it."""
    flight, go = SingleFlight[int](), anyio.Event()

    async def fail() -> int:
        await go.wait()
        raise LookupError("gone")

    async with Together() as group:
        worker = begin(group, asking(flight, fail))
        await anyio.wait_all_tasks_blocked()
        waiter = begin(group, asking(flight, fail))
        await anyio.wait_all_tasks_blocked()
        worker.scope.cancel()
        await anyio.wait_all_tasks_blocked()
        go.set()

    assert isinstance(waiter.error, LookupError)
    assert worker.error is None
    assert worker.scope.cancelled_caught


async def test_a_worker_that_interrupts_leaves_the_next_one_free() -> None:
    """What is no ordinary error ends the worker alone; waiters start afresh."""
    flight, work = SingleFlight[int](), Work()

    class Interrupt(BaseException):
        pass

    async def interrupted() -> int:
        await anyio.lowlevel.checkpoint()
        raise Interrupt

    with pytest.raises(Interrupt):
        await flight.run(interrupted)

    assert await flight.run(work) == 1
