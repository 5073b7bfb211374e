"""One run for all who ask for the same thing at once, such as by many clicks."""

import math
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

import anyio
import attrs

from connectycube import _single_flight
from connectycube._per_key import PerKey
from connectycube.errors import InvalidInputError

T = TypeVar("T")


@attrs.define(eq=False, repr=False)
class _Wish(Generic[T]):
    """What is wanted under a key: the latest work, and when it has been quiet for long enough."""

    flight: _single_flight.SingleFlight[T]
    work: Callable[[], Awaitable[T]] = attrs.field(init=False)
    due: float = attrs.field(init=False)

    async def fulfil(self) -> T:
        """Wait until nobody has asked for a while, then do what was asked for last."""
        while (pause := self.due - anyio.current_time()) > 0:  # noqa: ASYNC110 - it is a pause
            await anyio.sleep(pause)
        return await self.work()


class SingleFlight(Generic[T]):
    """
    Does a piece of work once for all who ask under the same key while it runs.

    Nothing of it is kept: who asks when it is done starts anew. It belongs to one event loop.

    Args:
        debounce: seconds in which nobody may have asked before the work begins; then the work that
            was asked for last is done, for all. Who never stops asking never gets it.
        grace: seconds for which the work of a cancelled caller goes on as long as others wait.

    Raises:
        InvalidInputError: seconds that cannot be.
    """

    def __init__(self, *, debounce: float = 0.0, grace: float = _single_flight.GRACE) -> None:
        self._debounce = _checked_seconds(debounce, "debounce")
        grace = _checked_seconds(grace, "grace")
        flight = partial(_single_flight.SingleFlight[T], grace=grace, needs_waiters=True)
        self._wishes = PerKey[_Wish[T]](lambda: _Wish(flight()))

    def __len__(self) -> int:
        """Return how many pieces of work are asked for now."""
        return len(self._wishes)

    async def run(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """
        Do the work, or wait for what somebody does under the same key.

        What the work raises reaches all who wait, and is not kept. Cancelling a caller concerns
        that caller alone: where it was the one who did the work, the others have it for the grace,
        and one of them starts afresh if that was too short. Work that asks for its own key waits
        for itself.
        """
        with self._wishes.using(key) as wish:
            wish.work, wish.due = work, anyio.current_time() + self._debounce
            return await wish.flight.run(wish.fulfil)


def _checked_seconds(seconds: object, name: str) -> float:
    if (
        isinstance(seconds, int | float)
        and not isinstance(seconds, bool)
        and 0 <= seconds < math.inf
    ):
        return seconds
    raise InvalidInputError(f"{name} must be a number of seconds, from 0 on")
