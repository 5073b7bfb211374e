"""Half an hour in a minute: time stands still while anything can run, else it jumps."""

import asyncio
import selectors
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import anyio
from trio.testing import MockClock

from connectycube import Clock
from connectycube.emulator import Clock as EmulatorClock

_START: Final = datetime(2024, 6, 10, 9, tzinfo=UTC)
_STUCK: Final = 30.0


class _JumpingSelector(selectors.DefaultSelector):
    """Skips the waits that it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(_STUCK if timeout is None else 0)
        if timeout is None and not ready:
            raise RuntimeError("every task waits, and nothing will ever wake one")
        if timeout is not None and not ready:
            self.skipped += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """Asyncio's own loop on a virtual clock."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.skipped


class LoopClock(EmulatorClock):
    """The emulator's clock, moving with the event loop's, so that sessions grow old."""

    def now(self) -> datetime:
        return _START + timedelta(seconds=anyio.current_time())


CLIENT_CLOCK: Final = Clock(
    monotonic=anyio.current_time, wall=lambda: _START.timestamp() + anyio.current_time()
)


def jumping(backend: str) -> dict[str, Any]:
    """Return what `anyio.run` takes to run this backend on a new virtual clock."""
    if backend == "trio":
        return {"backend": "trio", "backend_options": {"clock": MockClock(autojump_threshold=0)}}
    return {"backend": "asyncio", "backend_options": {"loop_factory": JumpingLoop}}
