"""
Counting what was sent and what arrived (XEP-0198).

https://xmpp.org/extensions/xep-0198.html
"""

import re
from typing import Final

import attrs

from connectycube.chat.element import Element, write
from connectycube.chat.jid import number
from connectycube.chat.outbox import Outbox
from connectycube.values import frozen

MANAGEMENT: Final = "urn:xmpp:sm:3"
QUESTION: Final = f'<r xmlns="{MANAGEMENT}"/>'
_STANZA: Final = re.compile(r"\s*<(?:message|presence|iq)[\s/>]")
_WRAP: Final = 1 << 32


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
    """
    The counters of one conversation, which may go on over several lines.

    Attributes:
        is_enabled: whether both sides count on this line.
    """

    def __init__(self, outbox: Outbox) -> None:
        self.is_enabled = False
        self._outbox = outbox
        self._id = ""
        self._lasts: int | None = None
        self._confirmed = 0
        self._handled = 0

    @property
    def resumption(self) -> Resumption | None:
        if not self._id:
            return None
        return Resumption(
            id=self._id, lasts=self._lasts, handled=self._handled, frames=self._outbox.frames
        )

    def enable(self) -> str:
        """Begin to count what is sent, and return the frame that asks for it."""
        self.forget()
        return write(Element("enable", MANAGEMENT, {"resume": "true"}))

    def enabled(self, answer: Element) -> None:
        """Begin to count what arrives."""
        self.is_enabled = True
        if answer.get("resume") in {"true", "1"}:
            self._id, self._lasts = answer.get("id"), number(answer.get("max"))

    def forget(self) -> None:
        """Count no more, or from the beginning."""
        self.is_enabled = False
        self._id, self._lasts, self._confirmed, self._handled = "", None, 0, 0

    def pause(self) -> None:
        """Count nothing for now: what a new line begins with is not of the conversation."""
        self.is_enabled = False

    def go_on(self) -> None:
        """Count on, where the service agreed to resume."""
        self.is_enabled = True

    def resume(self) -> str:
        """Return the frame that asks to go on where the line was cut."""
        named = {"previd": self._id, "h": str(self._handled)}
        return write(Element("resume", MANAGEMENT, named))

    def arrived(self, frame: str) -> None:
        """Count a frame, if it is a stanza: one that cannot be read has arrived all the same."""
        if self.is_enabled and _STANZA.match(frame):
            self._handled = (self._handled + 1) % _WRAP

    def answer(self) -> str | None:
        """Return the frame that tells how many stanzas arrived."""
        if not self.is_enabled:
            return None
        return f'<a xmlns="{MANAGEMENT}" h="{self._handled}"/>'

    def told(self, answer: Element) -> list[str]:
        """Take a count of the service, and return the ids of messages that it confirms."""
        count = number(answer.get("h"))
        if count is None:
            return []
        more = (count - self._confirmed) % _WRAP
        if more > self._outbox.sent:
            return []  # an older count, or more than there was
        return self.confirm(more)

    def confirm(self, count: int) -> list[str]:
        """Take so many more as arrived, and return the ids of messages among them."""
        self._confirmed = (self._confirmed + count) % _WRAP
        return self._outbox.confirm(count)
