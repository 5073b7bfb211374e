"""Who waits for an answer, or for a message to be confirmed."""

from typing import Any

import anyio

from connectycube.chat.outcome import Answered, Failed, Overdue
from connectycube.errors import ChatClosedError, ChatError, ChatRefusedError, DeliveryUnknownError


class Wait:
    """What one of them waits for."""

    __slots__ = ("_arrived", "_error", "_value")

    def __init__(self) -> None:
        self._arrived = anyio.Event()
        self._value: Any = None
        self._error: ChatError | None = None

    @property
    def is_good(self) -> bool:
        """Whether it has come, and is no error."""
        return self._arrived.is_set() and self._error is None

    def give(self, value: Any = None, error: ChatError | None = None) -> None:
        """End the wait; what was given first stands."""
        if not self._arrived.is_set():
            self._value, self._error = value, error
            self._arrived.set()

    async def over(self) -> Any:
        """Wait, and return what came of it, or raise it."""
        await self._arrived.wait()
        if self._error is not None:
            raise self._error
        return self._value


class Waiting:
    """
    All of them.

    Attributes:
        answers: by the id of the request.
        deliveries: by the id of the message.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Wait] = {}
        self.deliveries: dict[str, Wait] = {}

    def answer(self, outcome: Answered | Failed) -> None:
        """Give a request what came of it."""
        if (wait := self.answers.get(outcome.request_id)) is not None:
            if isinstance(outcome, Failed):
                wait.give(error=outcome.error)
            else:
                wait.give(outcome.value)

    def confirm(self, message_id: str) -> bool:
        """Say that a message has arrived, and whether anybody waited for that."""
        if (wait := self.deliveries.get(message_id)) is None:
            return False
        wait.give()
        return True

    def give_up(self, outcome: Overdue) -> None:
        """Say that a message was not confirmed in time."""
        if (wait := self.deliveries.get(outcome.message_id)) is not None:
            wait.give(error=DeliveryUnknownError(outcome.message_id))

    def end(self, error: Exception, reason: str, unsent: set[str]) -> None:
        """
        Say that it is all over.

        Args:
            unsent: the messages of which surely nothing has left.
        """
        for wait in self.answers.values():
            wait.give(error=closed(error, reason))
        for message_id, wait in self.deliveries.items():
            over: ChatError = closed(error, reason)
            if message_id not in unsent:
                unknown = DeliveryUnknownError(message_id, reason)
                unknown.__cause__ = over.__cause__
                over = unknown
            wait.give(error=over)


def closed(error: Exception, reason: str) -> ChatClosedError:
    """Return what is raised where the chat is used after this end."""
    over = ChatClosedError(reason)
    if isinstance(error, ChatRefusedError):
        over.__cause__ = error
    return over
