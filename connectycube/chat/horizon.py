"""Until when surely nothing was missed, by the service's own time."""

from datetime import UTC, datetime
from typing import Final

# Dates are whole seconds, and some senders date by clocks of their own.
_MARGIN: Final = 60.0
_GRAIN: Final = 1.0


class Horizon:
    """
    Tells what time it was at the service when something was last heard.

    This machine's clock may be wrong, and so may the date of a message that its sender chose, so
    the earlier of both counts: too early costs a look at what is known already.
    """

    def __init__(self) -> None:
        self._begun = 0.0
        self._dated: tuple[float, float] | None = None

    def begin(self, now: float) -> None:
        """Note that the conversation begins: what was before is none of its business."""
        self._begun = now

    def dated(self, sent_at: datetime, now: float) -> None:
        """Note the date of a message that arrived just now."""
        self._dated = sent_at.timestamp(), now

    def since(self, heard_at: float, now: float, wall: float) -> datetime:
        """
        Return a moment before which nothing was missed.

        Args:
            heard_at: when something was heard last, by the same clock as `now`.
            wall: what time it is now, in seconds since 1970.
        """
        moment = max(
            self._at(heard_at, now, wall) - _MARGIN, self._at(self._begun, now, wall) - _GRAIN
        )
        return datetime.fromtimestamp(moment, UTC)

    def _at(self, then: float, now: float, wall: float) -> float:
        by_clock = wall - (now - then)
        if self._dated is None:
            return by_clock
        sent_at, arrived = self._dated
        return min(by_clock, sent_at + (then - arrived))
