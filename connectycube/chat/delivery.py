"""What is said, from then until it is confirmed, over any number of lines."""

from collections.abc import Callable, Iterable

from connectycube.chat.acknowledgement import QUESTION, Acknowledgements
from connectycube.chat.element import LARGEST_SENT, Element, write
from connectycube.chat.outbox import Outbox, Stanza
from connectycube.chat.outcome import Confirmed, Overdue
from connectycube.errors import InvalidInputError


class Delivery:
    """
    Keeps what was said in its order, asks what of it has arrived, and minds until when.

    Args:
        ask: makes a request whose answer shows that all before it has arrived, and returns its id.
        timeout: how long the answer to either question may take.
    """

    def __init__(self, ask: Callable[[float], tuple[str, Element]], timeout: float) -> None:
        self.outbox = Outbox()
        self.counts = Acknowledgements(self.outbox)
        self._ask = ask
        self._timeout = timeout
        self._is_asked = False
        self._behind: tuple[str, int] | None = None  # the request, and how many it confirms
        self._expected: dict[str, float] = {}
        self._overdue_at: float | None = None  # or earlier
        self.answer_until: float | None = None

    @property
    def overdue_at(self) -> float | None:
        """When it is to be seen whether somebody has waited long enough."""
        return self._overdue_at

    def add(
        self,
        element: Element,
        message_id: str | None = None,
        *,
        request_id: str | None = None,
        is_lasting: bool = True,
    ) -> None:
        """
        Put a stanza behind all others.

        Raises:
            InvalidInputError: it holds a name that is none in XML, or is too large.
        """
        frame = write(element)
        # No character takes more than four bytes.
        if len(frame) * 4 > LARGEST_SENT and len(frame.encode()) > LARGEST_SENT:
            raise InvalidInputError("this is larger than the chat carries")
        self.outbox.add(Stanza(frame, message_id, request_id, is_lasting))

    @property
    def has_frames(self) -> bool:
        """Whether there is something to take."""
        return self.outbox.has_unsent or (self.outbox.is_due and not self._is_asked)

    def take(self, now: float) -> list[str]:
        """Return what is to be sent now, with a question behind if it is time for one."""
        frames = self.outbox.take()
        if self.outbox.is_due and not self._is_asked:
            frames.append(self._question(now))
        return frames

    def expect(self, message_id: str, until: float) -> None:
        """Tell by `Overdue` if a message is not confirmed by then."""
        self._expected[message_id] = until
        if self._overdue_at is None or until < self._overdue_at:
            self._overdue_at = until

    def overdue(self, now: float) -> list[Overdue]:
        """Give up those that were expected by now."""
        if self._overdue_at is None or now < self._overdue_at:
            return []
        over = [message_id for message_id, until in self._expected.items() if until <= now]
        for message_id in over:
            del self._expected[message_id]
        self._overdue_at = min(self._expected.values(), default=None)
        return [Overdue(message_id) for message_id in over]

    def counted(self, answer: Element) -> list[Confirmed]:
        """Take a count of the service."""
        if self._behind is None:
            self._is_asked, self.answer_until = False, None
        return self._confirmed(self.counts.told(answer))

    def answered(self, request_id: str) -> list[Confirmed] | None:
        """Take the answer to a request; `None` where it is not one of ours."""
        if self._behind is None or self._behind[0] != request_id:
            return None
        _, count = self._behind
        self._behind = self.answer_until = None
        self._is_asked = False
        return self._confirmed(self.counts.confirm(min(count, self.outbox.sent)))

    def pause(self) -> None:
        """Learn that the line is gone, and with it what was asked on it."""
        self._is_asked = False
        self._behind = self.answer_until = None
        self.counts.pause()

    def go_on(self) -> None:
        """Send again what was sent, where the conversation is resumed."""
        self.counts.go_on()
        self.outbox.resume()

    def renew(self, opening: Iterable[Element], is_awaited: Callable[[str], bool]) -> None:
        """Send again what is of use in a new conversation, behind what opens it."""
        stanzas = [Stanza(write(each), is_lasting=False) for each in opening]
        self.outbox.renew(stanzas, is_awaited)

    def _question(self, now: float) -> str:
        self._is_asked, self.outbox.is_due = True, False
        self.answer_until = now + self._timeout
        if self.counts.is_enabled:
            return QUESTION
        # A service that does not count reads each stream in order all the same.
        request_id, element = self._ask(now)
        self.add(element, is_lasting=False)
        [frame] = self.outbox.take()
        self._behind = request_id, self.outbox.sent
        return frame

    def _confirmed(self, message_ids: list[str]) -> list[Confirmed]:
        for message_id in message_ids:
            self._expected.pop(message_id, None)
        return [Confirmed(message_ids)] if message_ids else []
