"""Until when surely nothing was missed, by the service's own time."""

from datetime import UTC, datetime
from typing import Final

from connectycube.values import frozen

# Dates are whole seconds, and some senders date by clocks of their own.
_MARGIN: Final = 60.0
_GRAIN: Final = 1.0


@frozen(kw_only=True)
class Missed:
    """
    Since when something may have been missed.

    Attributes:
        since: nothing before this moment was.
        begun: what is older may belong to a conversation before this one.
    """

    since: datetime
    begun: datetime


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

    def missed(self, heard_at: float, now: float, wall: float) -> Missed:
        """
        Return since when something may have been missed.

        Args:
            heard_at: when something was heard last, by the same clock as `now`.
            wall: what time it is now, in seconds since 1970.
        """
        begun = self._at(self._begun, now, wall)
        since = max(self._at(heard_at, now, wall) - _MARGIN, begun - _GRAIN)
        return Missed(
            since=datetime.fromtimestamp(since, UTC),
            begun=datetime.fromtimestamp(begun + _GRAIN, UTC),
        )

    def _at(self, then: float, now: float, wall: float) -> float:
        by_clock = wall - (now - then)
        if self._dated is None:
            return by_clock
        sent_at, arrived = self._dated
        return min(by_clock, sent_at + (then - arrived))
