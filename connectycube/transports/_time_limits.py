"""Time limits on asyncio that cost next to nothing while they hold: one timer for them all."""

import asyncio
import math
from types import TracebackType
from typing import Final, Self

# A loop's clock may wake a timer a little early.
_RESOLUTION: Final = 1e-3


class TimeLimits:
    """Cancels the tasks whose time is up; most never are, so they share a timer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._held: dict[TimeLimit, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = math.inf

    def hold(self, limit: "TimeLimit") -> None:
        self._held[limit] = None
        if limit.until < self._wakes_at:
            self._wake_at(limit.until)

    def release(self, limit: "TimeLimit") -> None:
        self._held.pop(limit, None)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _wake_at(self, when: float) -> None:
        self.close()
        self._wakes_at = when
        self._timer = self.loop.call_at(when, self._wake)

    def _wake(self) -> None:
        # The next one may have come long after the one that this timer was set for, which is gone.
        now = self.loop.time() + _RESOLUTION
        for limit in [limit for limit in self._held if limit.until <= now]:
            self.release(limit)
            limit.expire()
        self._timer, self._wakes_at = None, math.inf
        if self._held:
            self._wake_at(min(limit.until for limit in self._held))


class TimeLimit:
    """
    Ends a block of the current task at a time of its loop, and nothing else's.

    Attributes:
        until: when.
        expired: it did, and what it raised inside was taken back.
    """

    __slots__ = ("_cancelling", "_limits", "_task", "expired", "until")

    def __init__(self, limits: TimeLimits, until: float) -> None:
        self._limits = limits
        self.until = until
        self.expired = False

    def expire(self) -> None:
        self.expired = True
        self._task.cancel()

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit holds inside a task")
        self._task = task
        self._cancelling = task.cancelling()
        self._limits.hold(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._limits.release(self)
        if not self.expired:
            return False
        # Whoever else cancelled this task meanwhile is heard first.
        is_ours = self._task.uncancel() <= self._cancelling
        self.expired = is_ours and kind is not None and issubclass(kind, asyncio.CancelledError)
        return self.expired
