"""
Event loops whose time stands still while anything can run, and jumps when nothing can.

Nobody waits for a deadline here, and an order in time is exact.
"""

import asyncio
import selectors
from typing import Any, Final

import pytest
from trio.testing import MockClock

# For many cases of one rule: a usual run takes one loop, a long one both.
ON_ONE_LOOP: Final = pytest.mark.parametrize(
    "anyio_backend", ["asyncio", pytest.param("trio", marks=pytest.mark.long)], indirect=True
)
# Nothing in these tests is meant to wait for longer: something waits for what never comes.
_TOO_LONG: Final = 1_000_000.0


class _JumpingSelector(selectors.DefaultSelector):
    """Skips the waits that it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(5.0 if timeout is None else 0)
        if timeout is None:
            assert ready, "every task waits, and nothing will ever wake one"
        elif not ready:
            self.skipped += timeout
            assert self.skipped < _TOO_LONG, "a task waits for ever"
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """Asyncio's own loop on a virtual clock."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        # A little is added each time a wait ends, since a timer may be asked for a bit too early.
        return self._jumping.skipped


def virtual_backends() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return both back ends as anyio's plugin takes them, each with a new virtual clock."""
    return {
        "asyncio": ("asyncio", {"loop_factory": JumpingLoop}),
        "trio": ("trio", {"clock": MockClock(autojump_threshold=0)}),
    }
