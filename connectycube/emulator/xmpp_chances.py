"""Chat faults that wait for their moment, and what has become of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

import attrs

if TYPE_CHECKING:
    from random import Random

    from .xmpp_parcel import Parcel
    from .xmpp_xml import Element

ChatFaultKind = Literal[
    "cut",
    "refuse",
    "refuse_login",
    "refuse_resumption",
    "lose_ack",
    "duplicate",
    "reorder",
]
Sending = tuple["Element", "Parcel | None"]
"""A stanza on its way to a device, and what it was written from."""


class Chances(TypedDict, total=False):
    """Say which of its chances a fault takes."""

    after: int
    """How many pass first."""
    probability: float
    """How likely each of the others is taken, by the generator that `ChatFaults.seed` starts."""
    times: int | None
    """How many in all, None for all; without it one, but all where `probability` is given."""


@attrs.frozen(kw_only=True)
class Struck:
    """A fault that has happened."""

    kind: ChatFaultKind
    user_id: int | None
    message_ids: tuple[str, ...] = ()
    """What was sent twice; or what was kept back, and what has overtaken it."""


@attrs.define(kw_only=True, eq=False)
class Chance:
    """A fault that has yet to happen, and to whom."""

    kind: ChatFaultKind
    user_id: int | None
    after: int
    probability: float
    remaining: int | None
    """How often it will still happen; None for always."""

    @classmethod
    def of(cls, kind: ChatFaultKind, user_id: int | None, chances: Chances) -> Chance:
        """Return the fault that waits for these chances; raises where that could not be meant."""
        if unknown := chances.keys() - Chances.__annotations__.keys():
            raise TypeError(f"a fault of the chat has no {', '.join(sorted(unknown))}")
        after, probability = chances.get("after", 0), chances.get("probability", 1.0)
        times = chances.get("times", None if "probability" in chances else 1)
        if after < 0 or (times is not None and times < 1):
            raise ValueError("after counts from 0, times from 1; times=None is always")
        if not 0 <= probability <= 1:
            raise ValueError("probability is one of 0 to 1")
        return cls(
            kind=kind, user_id=user_id, after=after, probability=probability, remaining=times
        )

    @property
    def is_over(self) -> bool:
        """Say that it will not happen any more."""
        return self.remaining == 0

    def strikes(self, kind: ChatFaultKind, user_id: int | None, random: Random) -> bool | None:
        """Say whether it happens now, and count that; None: this is no chance of it."""
        if kind != self.kind or self.user_id not in (None, user_id):
            return None
        if self.after:
            self.after -= 1
            return False
        if self.probability < 1 and random.random() >= self.probability:
            return False
        if self.remaining is not None:
            self.remaining -= 1
        return True
