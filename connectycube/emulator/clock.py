"""The emulator's own time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """
    Tell the time, which runs on from `start` and can be moved.

    A frozen clock stands still between moves.
    """

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        self._start = start
        self._frozen = frozen
        self._lock = threading.Lock()
        self._moved = 0.0
        self._begin()

    def now(self) -> datetime:
        """Return the current moment, aware and in UTC."""
        with self._lock:
            ran = 0.0 if self._frozen else time.monotonic() - self._began
            return self._base + timedelta(seconds=ran + self._moved)

    def advance(self, seconds: float) -> None:
        """Move the clock by so many seconds; a negative number moves it back."""
        with self._lock:
            self._moved += seconds

    def reset(self) -> None:
        """Go back to the start; without a given start that is the real time."""
        with self._lock:
            self._moved = 0.0
            self._begin()

    def _begin(self) -> None:
        self._base = (self._start or datetime.now(UTC)).astimezone(UTC)
        self._began = time.monotonic()

    def __repr__(self) -> str:
        return f"Clock({self.now().isoformat(timespec='seconds')})"
