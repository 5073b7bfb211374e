"""What is simulated, and what came of it."""

from collections.abc import Iterable
from random import Random
from typing import Any

import attrs

from connectycube import ConnectyCube

from .ledger import Verdict
from .network import WireConnector
from .person import Connect, Tap
from .variants import Variant


def _connect(cube: ConnectyCube, connector: WireConnector) -> Any:
    return cube.chat.connect(connector=connector)


@attrs.frozen(kw_only=True)
class Plan:
    """
    What is simulated.

    Attributes:
        seconds: of talk.
        cuts: during these.
        pause: seconds between what one person says, on average.
        timeout: seconds until a sender is told that nobody knows whether a message arrived.
        quiet: seconds after the talk in which lines are not cut any more.
        tap: stands between the chat and the applications.
        connect: how each client comes to its conversation.
    """

    variant: Variant
    seed: int
    seconds: float = 60.0
    cuts: int = 50
    pause: float = 2.0
    timeout: float = 60.0
    quiet: float = 75.0
    tap: Tap = lambda event: (event,)
    connect: Connect = _connect


@attrs.frozen(kw_only=True)
class Figures:
    """What came of it; durations are in seconds."""

    cuts: int
    said: int
    shown: int
    unknown: int
    gaps: int
    resumed: int
    reconnected: int
    back: list[float]
    found: list[float]
    struck: dict[str, int]
    verdict: Verdict
    odd: list[str]

    @property
    def back_95(self) -> float:
        """How long all but one in twenty outages lasted at most."""
        return percentile(self.back)

    def __str__(self) -> str:
        verdict = self.verdict
        return (
            f"cuts {self.cuts}, said {self.said}, shown {self.shown}, unknown {self.unknown},"
            f" gaps {self.gaps},"
            f" resumed {self.resumed}, reconnected {self.reconnected}, lost {len(verdict.lost)},"
            f" twice {len(verdict.twice)}, disordered {len(verdict.disordered)},"
            f" false sent {len(verdict.false_sent)}, other {len(verdict.other)},"
            f" odd {len(self.odd)}, back p95 {self.back_95:.2f} s,"
            f" max {max(self.back, default=0.0):.2f} s,"
            f" found max {max(self.found, default=0.0):.2f} s"
        )


def percentile(values: Iterable[float], share: float = 0.95) -> float:
    """Return the value that this share of all is not above; 0 where there are none."""
    ordered = sorted(values)
    return ordered[max(0, round(share * len(ordered) + 0.5) - 1)] if ordered else 0.0


def dice(seed: int, purpose: str) -> Random:
    """Return a dice of its own for each purpose, so that one does not disturb another."""
    return Random(f"{seed} {purpose}")  # noqa: S311 - no secret
