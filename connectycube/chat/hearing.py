"""What the stanzas of the service mean to us, and what we answer by ourselves."""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from connectycube.chat.asked import Asked
from connectycube.chat.element import Element
from connectycube.chat.events import ChatEvent, ContactChanged, LastActivity, MessageReceived
from connectycube.chat.horizon import Horizon
from connectycube.chat.jid import Addressing
from connectycube.chat.outcome import Outcome
from connectycube.chat.reading import read_message
from connectycube.chat.request import PING, told_seconds
from connectycube.chat.seen import Seen
from connectycube.chat.standing import Standing
from connectycube.chat.stanza import marker
from connectycube.chat.stanza_error import acceptance, refusal
from connectycube.chat.state import ChatOptions

Told: TypeAlias = "list[ChatEvent | Outcome]"
_CHANGES: Final = frozenset(
    {"available", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed"}
)


class Answer(Protocol):
    """Takes what nobody of ours asked for; a lasting one is said again in a new conversation."""

    def __call__(self, element: Element, /, *, is_lasting: bool) -> None: ...


class Hearing:
    """
    Takes messages, presences and requests.

    Args:
        answer: takes what is said in return.

    Attributes:
        jid: the caller's address, a full one once online.
        now: when something was heard last.
        seen: the messages that were told of, and ours.
        horizon: what time it was at the service.
    """

    def __init__(
        self,
        addressing: Addressing,
        user_id: int,
        options: ChatOptions,
        *,
        asked: Asked,
        standing: Standing,
        object_id: Callable[[], str],
        answer: Answer,
    ) -> None:
        self.jid = addressing.user(user_id)
        self.now = 0.0
        self.seen = Seen()
        self.horizon = Horizon()
        self._addressing = addressing
        self._user_id = user_id
        self._options = options
        self._asked = asked
        self._standing = standing
        self._object_id = object_id
        self._answer = answer

    def message(self, stanza: Element) -> Told:
        event = read_message(stanza, self._addressing, own_jid=self.jid)
        if event is None:
            return []
        return self.received(event) if isinstance(event, MessageReceived) else [event]

    def received(self, event: MessageReceived) -> Told:
        """Take a message, and tell of it unless that was done before."""
        self._mark_delivered(event)
        message = event.message
        # By its sender too, or one could hide what another writes behind the id of it.
        if message.id and not self.seen.add(message.sender_id, message.id):
            return []
        if message.sent_at is not None and not message.is_delayed:
            self.horizon.dated(message.sent_at, self.now)
        return [event]

    def recovered(self, event: MessageReceived, *, is_doubtful: bool) -> Told:
        """Take a message of the history, as far as it would have arrived here."""
        message = event.message
        is_from_here = self.seen.knows(message.id)
        if self.seen.knows(message.sender_id, message.id) or (is_doubtful and not is_from_here):
            return []
        # What goes from one user to another does not come back to the device that sent it.
        comes_back = message.is_group or (self._options.carbons and not is_from_here)
        if message.sender_id == self._user_id and not comes_back:
            return []
        return self.received(event)

    def presence(self, presence: Element) -> Told:
        told = self._standing.presence(presence)
        user_id = self._addressing.user_id(presence.get("from"))
        change: Any = presence.get("type") or "available"
        if user_id is not None and user_id != self._user_id and change in _CHANGES:
            told.append(ContactChanged(user_id=user_id, change=change))
        return told

    def iq(self, iq: Element) -> Told:
        if iq.get("type") in {"result", "error"}:
            answer = self._asked.answer(iq, self.jid)
            return self._activity(iq) if answer is None else [answer]
        if iq.get("type") not in {"get", "set"} or not iq.get("id"):
            return []
        activity = self._activity(iq)
        is_fine = activity or (iq.get("type") == "get" and iq.child("ping", PING) is not None)
        self._answer(acceptance(iq) if is_fine else refusal(iq), is_lasting=False)
        return activity

    def _mark_delivered(self, event: MessageReceived) -> None:
        message = event.message
        wanted = message.is_markable or self._options.auto_delivered
        is_own = message.is_carbon or message.sender_id == self._user_id
        # Without an id there is nothing to mark.
        if wanted and message.id and not is_own:
            mark = marker(
                self._addressing,
                "received",
                message.sender_id,
                message.id,
                dialog_id=message.dialog_id,
                stanza_id=self._object_id(),
            )
            self._answer(mark, is_lasting=True)

    def _activity(self, iq: Element) -> Told:
        user_id, seconds = self._addressing.user_id(iq.get("from")), told_seconds(iq)
        if user_id is None or seconds is None or user_id not in self._standing.watched:
            return []
        return [LastActivity(user_id=user_id, seconds=seconds)]
