"""One piece of work, shared by everyone who asks for it while it runs."""

import copy
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import anyio

from connectycube.errors import ConnectyCubeError

T = TypeVar("T")
GRACE: Final = 1.0


class Flight(Generic[T]):
    """The work in the air: who waits, waits for `landed`; without an outcome it was given up."""

    def __init__(self) -> None:
        self.landed = anyio.Event()
        self.values: list[T] = []
        self.error: Exception | None = None
        self.waiters = 0
        self.grace: anyio.CancelScope | None = None

    def check(self) -> None:
        """Raise what the work raised, as a copy for each who waited."""
        if self.error is not None:
            raise copied(self.error)


class SingleFlight(Generic[T]):
    """
    Does a piece of work once, however many ask for it at once.

    Args:
        grace: seconds for which a cancelled worker lets the work go on.
        needs_waiters: whether that is only worth it while somebody waits for the work.
    """

    def __init__(self, *, grace: float = GRACE, needs_waiters: bool = False) -> None:
        self._grace = grace
        self._needs_waiters = needs_waiters
        self._flight: Flight[T] | None = None

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """
        Do the work once for everyone who asks while it runs, and give each its outcome.

        Whatever the work raises, its worker gets as it was raised and each waiter as a copy.
        Cancelling a waiter concerns that waiter alone. A cancelled worker lets the work finish for
        at most a grace, then gives up, and the next waiter starts afresh.
        """
        while (flight := self._flight) is not None:
            await self._wait(flight)
            flight.check()
            if flight.values:
                return flight.values[0]
        return await self._lead(work)

    @property
    def flying(self) -> "Flight[T] | None":
        """The work that somebody does now, for those who only wait until it `landed`."""
        return self._flight

    async def _lead(self, work: Callable[[], Awaitable[T]]) -> T:
        flight = self._flight = Flight[T]()
        shield = anyio.CancelScope(shield=True)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._fly, flight, work, shield)
                try:
                    await flight.landed.wait()
                finally:
                    # Only a cancelled worker finds the work unfinished here. One that is cancelled
                    # again, as asyncio allows, gives up at once.
                    try:
                        with anyio.move_on_after(self._grace, shield=True) as flight.grace:
                            self._spare(flight)
                            await flight.landed.wait()
                    finally:
                        shield.cancel()
        except BaseExceptionGroup as group:
            # What the work raised that is no outcome, such as KeyboardInterrupt: as it was.
            raise (group.exceptions[0] if len(group.exceptions) == 1 else group) from None
        finally:
            self._land(flight)
        if flight.error is not None:
            raise flight.error
        return flight.values[0]

    async def _wait(self, flight: Flight[T]) -> None:
        flight.waiters += 1
        try:
            await flight.landed.wait()
        finally:
            flight.waiters -= 1
            self._spare(flight)

    def _spare(self, flight: Flight[T]) -> None:
        """End the grace of a cancelled worker as soon as it serves nobody."""
        if flight.grace is not None and self._needs_waiters and not flight.waiters:
            flight.grace.cancel()

    async def _fly(
        self, flight: Flight[T], work: Callable[[], Awaitable[T]], shield: anyio.CancelScope
    ) -> None:
        with shield:
            try:
                flight.values.append(await work())
            except Exception as error:  # noqa: BLE001 - an outcome like any other, raised to all
                flight.error = error
            except anyio.get_cancelled_exc_class():
                if shield.cancel_called:
                    raise
                # Something the work awaited was cancelled, and nobody who waits for the work.
                flight.error = ConnectyCubeError("the shared work was cancelled from within")
            self._land(flight)

    def _land(self, flight: Flight[T]) -> None:
        # A new one may be in the air already.
        if self._flight is flight:
            self._flight = None
        flight.landed.set()


def copied(error: Exception) -> Exception:
    """
    Copy an error for one more who gets it, with its cause and its notes.

    One instance raised in many tasks would gather all their tracebacks. An error that cannot be
    copied is given as it is.
    """
    try:
        twin = copy.copy(error)
    except Exception:  # noqa: BLE001 - a class of the application's own may refuse in any way
        return error
    if type(twin) is not type(error) or twin.args != error.args:
        return error
    if hasattr(error, "__notes__"):
        twin.__notes__ = list(error.__notes__)
    twin.__cause__ = error.__cause__
    twin.__suppress_context__ = error.__suppress_context__
    return twin.with_traceback(None)
