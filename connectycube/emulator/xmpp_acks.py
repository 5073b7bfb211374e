"""Stream management (XEP-0198): who has what, and what must go again."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Final

import attrs

from .xmpp_parcel import Parcel
from .xmpp_xml import Element, StreamFault

_ROUND: Final = 2**32
_ASK_EVERY: Final = 5
_LONGEST: Final = 10  # digits of a count


@attrs.define(eq=False)
class Acks:
    """Count one stream's stanzas both ways, and keep those that nobody has confirmed."""

    id: str | None = None
    """What a client resumes by; None: it did not ask to."""
    received: int = 0
    confirmed: int = 0
    unconfirmed: deque[tuple[Element, Parcel | None]] = attrs.field(
        factory=deque["tuple[Element, Parcel | None]"], repr=False
    )

    has_asked: bool = False
    """It was asked what has arrived, and has not answered yet."""
    asks_since: datetime | None = None
    """When that was first noticed."""

    def keep(self, stanza: Element, parcel: Parcel | None) -> bool:
        """Remember what is sent; True when it is time to ask what has arrived."""
        self.unconfirmed.append((stanza, parcel))
        return len(self.unconfirmed) % _ASK_EVERY == 0

    def note_received(self) -> None:
        """Count a stanza of the client."""
        self.received = (self.received + 1) % _ROUND

    def confirm(self, count: str) -> None:
        """Forget what the client says it has; more than was sent ends the stream."""
        if not (count.isascii() and count.isdigit() and len(count) <= _LONGEST):
            raise StreamFault("bad-format")
        new = (int(count) - self.confirmed) % _ROUND
        if new > len(self.unconfirmed):
            raise StreamFault("undefined-condition", "handled-count-too-high")
        for _ in range(new):
            self.unconfirmed.popleft()
        self.confirmed = (self.confirmed + new) % _ROUND
