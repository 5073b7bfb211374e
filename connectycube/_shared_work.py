"""Pieces of work that those who ask for the same thing at once share."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from connectycube._per_key import PerKey
from connectycube._single_flight import SingleFlight
from connectycube.errors import RequestTimeoutError

T = TypeVar("T")


class SharedWork(Generic[T]):
    """Does a piece of work once for all who ask for the same one while it runs."""

    def __init__(self) -> None:
        self._flights = PerKey(SingleFlight[T])

    def __len__(self) -> int:
        """Return how many pieces are under way."""
        return len(self._flights)

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """
        Do the work, or wait for what somebody does under the same key.

        An error reaches them all, but for a time limit, which is only the worker's own: one of the
        others works then. About cancellation see `SingleFlight.run`.
        """
        # Not only until the work is done: somebody who waited may have to take it over.
        with self._flights.using(key) as flight:
            return await _done(flight, work)


async def _done(flight: SingleFlight[T], work: Callable[[], Awaitable[T]]) -> T:
    is_ours = False

    async def ours() -> T:
        nonlocal is_ours
        is_ours = True
        return await work()

    while True:
        try:
            return await flight.run(ours)
        except RequestTimeoutError:
            if is_ours:
                raise
