"""
The conversation itself, without I/O: what it is up to, what is awaited, and until when.

Where it goes from where is the table in `state`, and what a frame means depends on that alone.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeAlias

from connectycube.chat.acknowledgement import Acknowledgements, Resumption
from connectycube.chat.asked import Asked
from connectycube.chat.element import (
    LARGEST_SENT,
    STREAMS,
    Element,
    UnreadableFrameError,
    parse,
    write,
)
from connectycube.chat.events import (
    ChatEvent,
    ContactChanged,
    LastActivity,
    MessageReceived,
    Sent,
)
from connectycube.chat.handshake import Handshake, Outgoing, Step
from connectycube.chat.jid import Addressing
from connectycube.chat.outcome import Answered, Ended, Failed, Online, Outcome
from connectycube.chat.reading import read_message
from connectycube.chat.request import PING, ChatRequest, ping, told_seconds
from connectycube.chat.room import Rooms
from connectycube.chat.stanza import marker
from connectycube.chat.stanza_error import acceptance, condition, refusal
from connectycube.chat.state import TRANSITIONS, ChatOptions, State, Turn
from connectycube.errors import (
    ChatClosedError,
    ChatError,
    ChatRefusedError,
    InvalidInputError,
)
from connectycube.frames import ChatAddress

Told: TypeAlias = "list[ChatEvent | Outcome]"


_STREAM_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-streams"
_CHANGES: Final = frozenset(
    {"available", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed"}
)
# What came early is kept for when we are online, up to this many stanzas.
_EARLY: Final = 1000


class Conversation:
    """
    One conversation over one line, without I/O.

    Each method returns what is to be told, and may leave frames to be sent: send all of
    `frames_to_send` after every call. `now` is any clock's reading in seconds that never goes back.
    """

    def __init__(
        self,
        address: ChatAddress,
        *,
        user_id: int,
        app_id: int,
        options: ChatOptions,
        object_id: Callable[[], str],
    ) -> None:
        self._addressing = Addressing(app_id=app_id, domain=address.domain, muc=address.muc)
        self._own_jid = self._addressing.user(user_id)
        self._user_id = user_id
        self._options = options
        self._object_id = object_id
        self._request_ids = (f"cc{number}" for number in itertools.count(1))
        self._state = State.CONNECTING
        self._handshake: Handshake | None = None
        self._rooms = Rooms(self._addressing, user_id)
        self._acknowledgements = Acknowledgements()
        self._early: list[Element] = []
        self._outgoing: list[Outgoing] = []
        self._asked = Asked(self._addressing, options.request_timeout)
        self._watched: set[int] = set()
        self._ping_id: str | None = None
        self._step_until: float | None = None
        self._ping_at: float | None = None  # or until when its answer may take
        self._ack_until: float | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def jid(self) -> str:
        """The caller's address, a full one once online."""
        return self._own_jid

    @property
    def rooms(self) -> frozenset[str]:
        """The dialogs whose rooms the caller is in."""
        return self._rooms.joined

    @property
    def unconfirmed(self) -> list[str]:
        """The ids of messages that the service has not confirmed, the oldest first."""
        return self._acknowledgements.unconfirmed

    @property
    def resumption(self) -> Resumption | None:
        """What is needed to go on after a cut, where the service offers that."""
        return self._acknowledgements.resumption

    def opened(self, password: str, *, is_private: bool, now: float) -> Told:
        """
        Begin on an open line.

        Raises:
            InvalidInputError: the password holds what none can.
        """
        account = self._own_jid.partition("@")[0]
        options = self._options
        handshake = Handshake(
            account,
            password,
            resource=options.resource,
            carbons=options.carbons,
            acknowledgements=self._acknowledgements if options.stream_management else None,
        )
        if not is_private:  # PLAIN shows the password to whoever reads along
            return self._end(ChatRefusedError("encryption-required", "the line is not encrypted"))
        self._handshake = handshake
        self._turn(Turn.OPENED)
        self._step_until = now + options.step_timeout
        return []

    def receive(self, frame: str, now: float) -> Told:
        """Take an element of the service; one that is unreadable or unasked for is let be."""
        if self._state in {State.CONNECTING, State.CLOSED}:
            return []
        self._acknowledgements.arrived(frame)
        self._heard(now)
        try:
            element = parse(frame)
        except UnreadableFrameError:
            return []
        if element.name == "error" and element.namespace == STREAMS:
            return self._broken_off(element)
        if self._handshake is not None:
            return self._negotiate(self._handshake, element, now)
        return self._take(element)

    def frames_to_send(self, now: float) -> list[Outgoing]:
        """Hand over what is to be sent now, in this order."""
        question = self._acknowledgements.question() if self._state is State.ONLINE else None
        if question is not None:
            self._outgoing.append(question)
            self._ack_until = now + self._options.ack_timeout
        frames, self._outgoing = self._outgoing, []
        return frames

    def deadline(self) -> float | None:
        """Return when `tick` is to be called, whatever happens until then."""
        limits = (self._step_until, self._ping_at, self._ack_until, self._asked.deadline())
        return min((limit for limit in limits if limit is not None), default=None)

    def tick(self, now: float) -> Told:
        """Draw the consequences of time."""
        if self._step_until is not None and now >= self._step_until:
            if self._handshake is not None and self._handshake.step is Step.SETTLING:
                return self._settled(now)  # nobody needs copies and counts to talk
            return self._end(ChatClosedError("the service did not answer the login in time"))
        if self._ack_until is not None and now >= self._ack_until:
            return self._end(ChatClosedError("the service did not say in time what has arrived"))
        told = self._failed(self._asked.expire(now))
        if self._ping_at is not None and now >= self._ping_at:
            if self._ping_id is not None:
                return [*told, *self._end(ChatClosedError("the service gave no sign of life"))]
            self._ping_id = next(self._request_ids)
            self._queue(ping(self._addressing).element(self._ping_id))
            self._ping_at = now + self._options.ping_timeout
        return told

    def close(self) -> Told:
        """Say goodbye; the line may be closed once all is sent."""
        if self._state is not State.ONLINE:
            return self._end(ChatClosedError("the conversation was closed"))
        self._queue(Element("presence", attributes={"type": "unavailable"}))
        if (answer := self._acknowledgements.answer()) is not None:
            self._outgoing.append(answer)
        told = self._failed(self._asked.fail_all("the conversation was closed"))
        self._turn(Turn.LEFT)
        self._step_until = self._ping_at = self._ack_until = None
        return told

    def cut(self, reason: str) -> Told:
        """Learn that the line is gone."""
        return self._end(ChatClosedError(reason))

    def say(self, element: Element, message_id: str | None = None) -> None:
        """
        Queue a stanza; one with an id is confirmed by `Sent`.

        Raises:
            ChatClosedError: the conversation is not online.
            InvalidInputError: it holds a name that is none in XML.
        """
        self._check_online()
        self._queue(element, message_id)

    def ask(self, request: ChatRequest, now: float) -> str:
        """
        Queue a request and return its id, by which its answer is told.

        Raises:
            ChatClosedError: the conversation is not online.
        """
        self._check_online()
        request_id = next(self._request_ids)
        self._queue(request.element(request_id))
        self._asked.add(request_id, request, now)
        return request_id

    def move(self, through: Callable[[str, str], Element], dialog_id: str, now: float) -> str:
        """
        Queue that the caller enters or leaves a room, and return the id of that request.

        Raises:
            ChatClosedError: the conversation is not online.
            InvalidInputError: the id is no dialog's.
        """
        self._check_online()
        request_id = f"{next(self._request_ids)}:{through.__name__}"
        self._queue(through(dialog_id, request_id))
        self._asked.add(request_id, None, now)
        return request_id

    def _check_online(self) -> None:
        if self._state is not State.ONLINE:
            raise ChatClosedError(f"the conversation is {self._state.value}")

    def _queue(self, element: Element, message_id: str | None = None) -> None:
        frame = write(element)
        if len(frame.encode()) > LARGEST_SENT:
            raise InvalidInputError("this is larger than the chat carries")
        self._outgoing.append(frame)
        self._acknowledgements.sent(frame, message_id)

    def _answer(self, element: Element) -> None:
        """Queue what nobody of ours asked for; if an endless id makes it too large, let it be."""
        with suppress(InvalidInputError):
            self._queue(element)

    def _turn(self, turn: Turn) -> None:
        self._state = TRANSITIONS[self._state][turn]

    def _heard(self, now: float) -> None:
        if self._state is State.ONLINE:
            self._ping_id = None
            self._ping_at = now + self._options.ping_interval

    def _negotiate(self, handshake: Handshake, element: Element, now: float) -> Told:
        if element.name in {"message", "presence"}:
            if len(self._early) < _EARLY:
                self._early.append(element)
            return []
        before = handshake.step
        try:
            self._outgoing += handshake.receive(element)
        except ChatRefusedError as error:
            return self._end(error)
        if handshake.step is Step.OFFERS and self._state is State.NEGOTIATING:
            self._turn(Turn.ACCEPTED)
        if handshake.step is not before:
            self._step_until = now + self._options.step_timeout
        return self._settled(now) if handshake.step is Step.DONE else []

    def _settled(self, now: float) -> Told:
        if self._handshake is not None:
            self._own_jid = self._handshake.jid
        self._handshake = self._step_until = None
        self._turn(Turn.SETTLED)
        self._heard(now)
        self._queue(Element("presence"))
        early, self._early = self._early, []
        told: Told = [Online(self._own_jid)]
        for element in early:
            told += self._take(element)
        return told

    def _take(self, stanza: Element) -> Told:
        match stanza.namespace, stanza.name:
            case "jabber:client", "message":
                return self._message(stanza)
            case "jabber:client", "presence":
                return self._presence(stanza)
            case "jabber:client", "iq":
                return self._iq(stanza)
            case "urn:xmpp:sm:3", _:
                return self._count(stanza)
        return []

    def _message(self, stanza: Element) -> Told:
        event = read_message(stanza, self._addressing, own_jid=self._own_jid)
        if event is None:
            return []
        if isinstance(event, MessageReceived):
            self._mark_delivered(event)
        return [event]

    def _mark_delivered(self, event: MessageReceived) -> None:
        message = event.message
        wanted = message.is_markable or self._options.auto_delivered
        is_own = message.is_carbon or message.sender_id == self._user_id
        # Without an id there is nothing to mark.
        if wanted and message.id and not is_own and self._state is State.ONLINE:
            self._answer(
                marker(
                    self._addressing,
                    "received",
                    message.sender_id,
                    message.id,
                    dialog_id=message.dialog_id,
                    stanza_id=self._object_id(),
                )
            )

    def _presence(self, presence: Element) -> Told:
        told = self._rooms.receive(presence)
        for each in told:
            if isinstance(each, Answered | Failed):
                self._asked.remove(each.request_id)
        user_id = self._addressing.user_id(presence.get("from"))
        change: Any = presence.get("type") or "available"
        if user_id is not None and user_id != self._user_id and change in _CHANGES:
            told.append(ContactChanged(user_id=user_id, change=change))
        return told

    def _iq(self, iq: Element) -> Told:
        if iq.get("type") in {"result", "error"}:
            answer = self._asked.answer(iq, self._own_jid)
            return self._activity(iq) if answer is None else [answer]
        if iq.get("type") not in {"get", "set"} or not iq.get("id"):
            return []
        activity = self._activity(iq)
        is_fine = activity or (iq.get("type") == "get" and iq.child("ping", PING) is not None)
        self._answer(acceptance(iq) if is_fine else refusal(iq))
        return activity

    def _activity(self, iq: Element) -> Told:
        user_id, seconds = self._addressing.user_id(iq.get("from")), told_seconds(iq)
        if user_id is None or seconds is None or user_id not in self._watched:
            return []
        return [LastActivity(user_id=user_id, seconds=seconds)]

    def _count(self, nonza: Element) -> Told:
        counts = self._acknowledgements
        if nonza.name == "r":
            if (answer := counts.answer()) is not None:
                self._outgoing.append(answer)
        elif nonza.name == "a":
            self._ack_until = None
            if sent := counts.told(nonza):
                return [Sent(message_ids=sent)]
        elif nonza.name == "enabled":  # late, see `tick`
            counts.enabled(nonza)
        elif nonza.name == "failed":
            counts.refused()
        return []

    def _broken_off(self, error: Element) -> Told:
        text = error.named("text")
        words = "" if text is None else text.text
        return self._end(ChatRefusedError(condition(error, _STREAM_ERRORS), words))

    def _failed(self, failed: list[Failed]) -> Told:
        for each in failed:
            self._rooms.forget(each.request_id)
        return list(failed)

    def _end(self, error: ChatError) -> Told:
        if self._state is State.CLOSED:
            return []
        was_left = self._state is State.CLOSING
        self._turn(Turn.ENDED)
        self._handshake = None
        self._outgoing.clear()
        self._early.clear()
        self._step_until = self._ping_at = self._ack_until = None
        told = self._failed(self._asked.fail_all(str(error)))
        return told if was_left else [*told, Ended(error)]
