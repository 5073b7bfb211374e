"""
Counting what was sent and what arrived (XEP-0198).

https://xmpp.org/extensions/xep-0198.html
"""

import re
from collections import deque
from typing import Final

import attrs

from connectycube.chat.element import Element, write
from connectycube.chat.jid import number
from connectycube.values import frozen

MANAGEMENT: Final = "urn:xmpp:sm:3"
_STANZA: Final = r"\s*<(?:message|presence|iq)[\s/>]"
_WRAP: Final = 1 << 32
# So many stanzas of no note may pile up before we ask whether they arrived.
_UNASKED: Final = 100


@frozen(kw_only=True)
class Resumption:
    """
    What is needed to go on with a conversation whose line was cut.

    Attributes:
        id: how the service knows it.
        lasts: seconds that it will, where the service said so.
        handled: how many of its stanzas arrived.
        frames: ours that it has not confirmed, the oldest first.
    """

    id: str = attrs.field(repr=False)
    lasts: int | None = None
    handled: int = 0
    frames: list[str] = attrs.field(factory=list[str], repr=False)


class Acknowledgements:
    """The counters of one conversation, and what is not confirmed."""

    def __init__(self) -> None:
        self._is_counting = False  # from our `enable` on
        self._is_enabled = False  # from its answer on
        self._id = ""
        self._lasts: int | None = None
        self._confirmed = 0
        self._handled = 0
        self._waiting: deque[tuple[str, str | None]] = deque()
        self._is_asked = False
        self._is_due = False

    @property
    def unconfirmed(self) -> list[str]:
        """The ids of messages that the service has not confirmed."""
        return [message_id for _, message_id in self._waiting if message_id is not None]

    @property
    def resumption(self) -> Resumption | None:
        if not self._id:
            return None
        frames = [frame for frame, _ in self._waiting]
        return Resumption(id=self._id, lasts=self._lasts, handled=self._handled, frames=frames)

    def enable(self) -> str:
        """Begin to count what is sent, and return the frame that asks for it."""
        self._is_counting = True
        return write(Element("enable", MANAGEMENT, {"resume": "true"}))

    def enabled(self, answer: Element) -> None:
        """Begin to count what arrives."""
        self._is_enabled = True
        if answer.get("resume") in {"true", "1"}:
            self._id, self._lasts = answer.get("id"), number(answer.get("max"))

    def refused(self) -> None:
        """Count no more: the service does not."""
        self._is_counting = False
        self._waiting.clear()

    def sent(self, frame: str, message_id: str | None) -> None:
        """Note a stanza of ours; one without an id is not worth a question."""
        if self._is_counting:
            self._waiting.append((frame, message_id))
            self._is_due |= message_id is not None or len(self._waiting) % _UNASKED == 0

    def arrived(self, frame: str) -> None:
        """Count a frame, if it is a stanza: one that cannot be read has arrived all the same."""
        if self._is_enabled and re.match(_STANZA, frame):
            self._handled = (self._handled + 1) % _WRAP

    def question(self) -> str | None:
        """Return the frame that asks for a count, if it is time for one."""
        if not self._is_enabled or self._is_asked or not self._is_due:
            return None
        self._is_asked, self._is_due = True, False
        return f'<r xmlns="{MANAGEMENT}"/>'

    def answer(self) -> str | None:
        """Return the frame that tells how many stanzas arrived."""
        if not self._is_enabled:
            return None
        return f'<a xmlns="{MANAGEMENT}" h="{self._handled}"/>'

    def told(self, answer: Element) -> list[str]:
        """Take a count of the service, and return the ids of messages that it confirms."""
        self._is_asked = False
        count = number(answer.get("h"))
        if count is None:
            return []
        more = (count - self._confirmed) % _WRAP
        if more > len(self._waiting):
            return []  # an older count, or more than there was
        self._confirmed = count
        gone = [self._waiting.popleft() for _ in range(more)]
        return [message_id for _, message_id in gone if message_id is not None]
