"""Asyncio's loop as calls see it, with time limits that cost next to nothing while they hold."""

import asyncio
import math
from types import TracebackType
from typing import Final, Self

# A loop may wake a timer a little early.
_RESOLUTION: Final = 1e-3


class AsyncioLoop:
    """
    The running loop, and one timer for all the limits that hold on it.

    Most limits never end anything, so none has a timer of its own: this one is set for the first
    of them, and looks for the next when it wakes.
    """

    def __init__(self) -> None:
        self.held: dict[TimeLimit, None] = {}
        self.wakes_at: float = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def current(self) -> object:
        return asyncio.get_running_loop()

    def time(self) -> float:
        return asyncio.get_running_loop().time()

    def bound(self, until: float) -> "TimeLimit":
        return TimeLimit(self, until)

    def close(self) -> None:
        """Wake up no more; a limit that begins later sets the timer again."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self.wakes_at = None, math.inf

    def wake_at(self, when: float) -> None:
        self.close()
        self.wakes_at = when
        self._timer = asyncio.get_running_loop().call_at(when, self._wake)

    def _wake(self) -> None:
        now = asyncio.get_running_loop().time() + _RESOLUTION
        for limit in [limit for limit in self.held if limit.until <= now]:
            del self.held[limit]
            limit.expire()
        self.close()
        if self.held:
            self.wake_at(min(limit.until for limit in self.held))


class TimeLimit:
    """
    Ends a block of the current task at a time of its loop, and nothing else's.

    Attributes:
        until: when.
        expired: it did, and what it raised inside was taken back.
    """

    __slots__ = ("_cancelling", "_loop", "_task", "expired", "until")

    def __init__(self, loop: AsyncioLoop, until: float) -> None:
        self._loop = loop
        self.until: float = until

    def expire(self) -> None:
        self.expired: bool = True
        self._task.cancel()

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit holds inside a task")
        self._task = task
        self._cancelling = task.cancelling()
        self.expired = False
        loop = self._loop
        loop.held[self] = None
        if self.until < loop.wakes_at:
            loop.wake_at(self.until)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._loop.held.pop(self, None)
        if not self.expired:
            return False
        # Whoever else cancelled this task meanwhile is heard first.
        is_ours = self._task.uncancel() <= self._cancelling
        self.expired = is_ours and kind is not None and issubclass(kind, asyncio.CancelledError)
        return self.expired
