"""What was said: what waits to be sent, and what was sent and is not confirmed, in its order."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

import attrs

# So many stanzas of no note may pile up before we ask whether they arrived.
_UNASKED: Final = 100


@attrs.define(eq=False)
class Stanza:
    """
    A stanza of ours.

    Attributes:
        message_id: whose confirmation is worth a question.
        request_id: what it asks; it is of no use once nobody waits for the answer.
        is_lasting: whether it is said again in a new conversation.
        was_sent: whether it may have left.
    """

    frame: str
    message_id: str | None = None
    request_id: str | None = None
    is_lasting: bool = True
    was_sent: bool = False


class Outbox:
    """
    Keeps stanzas until they are confirmed, over any number of lines.

    Attributes:
        is_due: whether it is time to ask what has arrived.
        lasting: how many there are that are said again in a new conversation.
    """

    def __init__(self) -> None:
        self.is_due = False
        self.lasting = 0
        self._sent: deque[Stanza] = deque()
        self._unsent: deque[Stanza] = deque()

    @property
    def has_unsent(self) -> bool:
        return bool(self._unsent)

    @property
    def sent(self) -> int:
        """How many were sent and are not confirmed."""
        return len(self._sent)

    @property
    def unconfirmed(self) -> list[str]:
        """The ids of messages that are not confirmed, the oldest first."""
        waiting = (*self._sent, *self._unsent)
        return [each.message_id for each in waiting if each.message_id is not None]

    @property
    def unsent(self) -> set[str]:
        """The ids of messages of which surely nothing has left."""
        waiting = (each.message_id for each in self._unsent if not each.was_sent)
        return {message_id for message_id in waiting if message_id is not None}

    @property
    def frames(self) -> list[str]:
        """What was sent and is not confirmed, the oldest first."""
        return [each.frame for each in self._sent]

    def add(self, stanza: Stanza) -> None:
        """Put a stanza behind all others."""
        self._unsent.append(stanza)
        self.lasting += stanza.is_lasting

    def take(self) -> list[str]:
        """Return what is to be sent now."""
        if not self._unsent:
            return []
        frames: list[str] = []
        for stanza in self._unsent:
            stanza.was_sent = True
            self._sent.append(stanza)
            self.is_due |= stanza.message_id is not None or len(self._sent) % _UNASKED == 0
            frames.append(stanza.frame)
        self._unsent.clear()
        return frames

    def confirm(self, count: int) -> list[str]:
        """Let go of so many that were sent, and return the ids of messages among them."""
        gone = [self._sent.popleft() for _ in range(count)]
        self.lasting -= sum(each.is_lasting for each in gone)
        return [each.message_id for each in gone if each.message_id is not None]

    def resume(self) -> None:
        """Send again what was sent: the conversation goes on, and its count with it."""
        self._unsent.extendleft(reversed(self._sent))
        self._sent.clear()

    def renew(self, opening: Iterable[Stanza], is_awaited: Callable[[str], bool]) -> None:
        """Send again what is of use in a new conversation, behind what opens it."""
        kept = [
            each
            for each in (*self._sent, *self._unsent)
            if each.is_lasting and (each.request_id is None or is_awaited(each.request_id))
        ]
        self._sent.clear()
        self._unsent = deque((*opening, *kept))
        self.lasting = len(kept)
