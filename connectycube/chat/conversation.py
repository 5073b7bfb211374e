"""
The conversation itself, without I/O: what it is up to, what is awaited, and until when.

It may go on over several lines, one after the other.

Where it goes from where is the table in `state`, and what a frame means depends on that alone.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

from connectycube.chat.acknowledgement import QUESTION, Acknowledgements, Resumption
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
    Kicked,
    LastActivity,
    MessageReceived,
)
from connectycube.chat.handshake import Handshake, Outgoing, Step
from connectycube.chat.horizon import Horizon
from connectycube.chat.jid import Addressing
from connectycube.chat.outbox import Outbox, Stanza
from connectycube.chat.outcome import (
    Answered,
    Confirmed,
    Ended,
    Failed,
    Lost,
    Online,
    Outcome,
    Overdue,
)
from connectycube.chat.reading import read_message
from connectycube.chat.reconnect import Remedy, remedy
from connectycube.chat.request import (
    PING,
    ChatRequest,
    ping,
    set_active,
    told_seconds,
    watch_last_activity,
)
from connectycube.chat.room import Rooms
from connectycube.chat.seen import Seen
from connectycube.chat.stanza import marker
from connectycube.chat.stanza_error import acceptance, condition, refusal
from connectycube.chat.state import TRANSITIONS, ChatOptions, State, Turn
from connectycube.errors import (
    ChatClosedError,
    ChatError,
    ChatRefusedError,
    InvalidInputError,
    OutboxFullError,
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
    One conversation, without I/O.

    Its first line is `opened`, and each line ends by `Ended`, which is final, or by `Lost`, after
    which another one may be. What was said and is not confirmed goes out again on that.

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
        reconnects: bool,
    ) -> None:
        self._addressing = Addressing(app_id=app_id, domain=address.domain, muc=address.muc)
        self._own_jid = self._addressing.user(user_id)
        self._user_id = user_id
        self._options = options
        self._object_id = object_id
        self._request_ids = (f"cc{number}" for number in itertools.count(1))
        self._state = State.CONNECTING
        self._handshake: Handshake | None = None
        self._reconnects = reconnects
        self._was_online = False
        self._refusals = 0  # of our password, since we were online
        self._rooms = Rooms(self._addressing, user_id)
        self._rejoins: dict[str, str] = {}
        self._outbox = Outbox()
        self._acknowledgements = Acknowledgements(self._outbox)
        self._is_asked = False
        self._behind: tuple[str, int] | None = None  # a ping, and how many it confirms
        self._seen = Seen()
        self._horizon = Horizon()
        self._heard_at = 0.0
        self._early: list[Element] = []
        self._outgoing: list[Outgoing] = []
        self._asked = Asked(self._addressing, options.request_timeout)
        self._expected: dict[str, float] = {}
        self._overdue_at: float | None = None  # or earlier
        self._watched: set[int] = set()
        self._is_active = True
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
        return self._outbox.unconfirmed

    @property
    def unsent(self) -> set[str]:
        """The ids of messages of which surely nothing has left."""
        return self._outbox.unsent

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be said before something is confirmed."""
        return len(self._outbox) >= self._options.max_unsent

    def missed_since(self, now: float, wall: float) -> datetime:
        """Return a moment before which nothing was missed; `wall` is now in seconds since 1970."""
        return self._horizon.since(self._heard_at, now, wall)

    @property
    def resumption(self) -> Resumption | None:
        """What is needed to go on after a cut, where the service offers that."""
        return self._acknowledgements.resumption

    def opened(self, password: str, *, is_private: bool, now: float) -> Told:
        """
        Begin on an open line: the first, or the next.

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
            resumes=self._acknowledgements.resumption is not None,
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
            element = _asked(frame) if frame.startswith("<r ") else parse(frame)
        except UnreadableFrameError:
            return []
        if element.name == "error" and element.namespace == STREAMS:
            return self._broken_off(element)
        if self._handshake is not None:
            return self._negotiate(self._handshake, element, now)
        return self._take(element)

    def frames_to_send(self, now: float) -> list[Outgoing]:
        """Hand over what is to be sent now, in this order."""
        frames, self._outgoing = self._outgoing, []
        if self._state is State.ONLINE:
            frames += self._outbox.take()
            if self._outbox.is_due and not self._is_asked:
                frames.append(self._question(now))
        return frames

    def deadline(self) -> float | None:
        """Return when `tick` is to be called, whatever happens until then."""
        first = self._asked.deadline()
        for limit in (self._step_until, self._ping_at, self._ack_until, self._overdue_at):
            if limit is not None and (first is None or limit < first):
                first = limit
        return first

    def tick(self, now: float) -> Told:
        """Draw the consequences of time."""
        if self._step_until is not None and now >= self._step_until:
            if self._handshake is not None and self._handshake.step is Step.SETTLING:
                return self._settled(now)  # nobody needs copies and counts to talk
            self._acknowledgements.forget()  # if that is what it had no answer to
            return self._end(ChatClosedError("the service did not answer the login in time"))
        if self._ack_until is not None and now >= self._ack_until:
            return self._end(ChatClosedError("the service did not say in time what has arrived"))
        told = [*self._failed(self._asked.expire(now)), *self._overdue(now)]
        if self._ping_at is not None and now >= self._ping_at:
            if self._ping_id is not None:
                return [*told, *self._end(ChatClosedError("the service gave no sign of life"))]
            self._ping_id = next(self._request_ids)
            self._queue(ping(self._addressing).element(self._ping_id), is_lasting=False)
            self._ping_at = now + self._options.ping_timeout
        return told

    def close(self) -> Told:
        """Say goodbye; the line may be closed once all is sent."""
        if self._state is not State.ONLINE:
            return self._end(ChatClosedError("the conversation was closed"))
        unavailable = Element("presence", attributes={"type": "unavailable"})
        self._queue(unavailable, is_lasting=False)
        self._outgoing += self._outbox.take()
        if (answer := self._acknowledgements.answer()) is not None:
            self._outgoing.append(answer)
        told = self._failed(self._asked.fail_all("the conversation was closed"))
        self._turn(Turn.LEFT)
        self._step_until = self._ping_at = self._ack_until = None
        return told

    def cut(self, reason: str) -> Told:
        """Learn that the line is gone."""
        return self._end(ChatClosedError(reason))

    def give_up(self, error: ChatError) -> Told:
        """Learn that there will be no other line."""
        self._reconnects = False
        return self._end(error)

    def say(
        self, element: Element, message_id: str | None = None, *, is_lasting: bool = True
    ) -> None:
        """
        Queue a stanza; one with an id is told of by `Confirmed`.

        Between two lines it waits for the next; one that is not lasting is dropped there.

        Raises:
            ChatClosedError: the conversation is over, or has not begun.
            InvalidInputError: it holds a name that is none in XML, or is too large.
            OutboxFullError: too much waits already.
        """
        self._check_open()
        if self._state is not State.ONLINE and not is_lasting:
            return
        if self.is_full:
            raise OutboxFullError("too much waits to be sent, or to be confirmed")
        self._queue(element, message_id, is_lasting=is_lasting)

    def expect(self, message_id: str, until: float | None) -> None:
        """Tell by `Overdue` if a message that was said is not confirmed by then."""
        if until is not None:
            self._expected[message_id] = until
            self._overdue_at = min(until, self._overdue_at or until)

    def recover(self, event: MessageReceived) -> Told:
        """Take a message from the history, as if it had arrived; one that is known is let be."""
        message = event.message
        is_own = message.sender_id == self._user_id
        # What goes from one user to another does not come back to the device that sent it.
        if is_own and not message.is_group and not self._is_foreign(message.id):
            return []
        return self._received(event)

    def ask(self, request: ChatRequest, now: float) -> str:
        """
        Queue a request and return its id, by which its answer is told.

        Raises:
            ChatClosedError: the conversation is over, or has not begun.
        """
        self._check_open()
        request_id = next(self._request_ids)
        self._queue(request.element(request_id), request_id=request_id)
        self._asked.add(request_id, request, now)
        return request_id

    def move(self, through: Callable[[str, str], Element], dialog_id: str, now: float) -> str:
        """
        Queue that the caller enters or leaves a room, and return the id of that request.

        Raises:
            ChatClosedError: the conversation is over, or has not begun.
            InvalidInputError: the id is no dialog's.
        """
        self._check_open()
        request_id = f"{next(self._request_ids)}:{through.__name__}"
        self._queue(through(dialog_id, request_id), request_id=request_id)
        self._asked.add(request_id, None, now)
        return request_id

    def _check_open(self) -> None:
        may_wait = self._reconnects and self._was_online
        if self._state is State.ONLINE or (
            may_wait and self._state not in {State.CLOSING, State.CLOSED}
        ):
            return
        raise ChatClosedError(f"the conversation is {self._state.value}")

    def _queue(
        self,
        element: Element,
        message_id: str | None = None,
        *,
        request_id: str | None = None,
        is_lasting: bool = True,
    ) -> None:
        frame = write(element)
        if len(frame) * 4 > LARGEST_SENT and len(frame.encode()) > LARGEST_SENT:
            raise InvalidInputError("this is larger than the chat carries")
        if message_id is not None:
            self._seen.add(message_id)
        self._outbox.add(Stanza(frame, message_id, request_id, is_lasting))

    def _answer(self, element: Element, *, is_lasting: bool = False) -> None:
        """Queue what nobody of ours asked for; if an endless id makes it too large, let it be."""
        with suppress(InvalidInputError):
            self._queue(element, is_lasting=is_lasting)

    def _question(self, now: float) -> str:
        """Return what asks how much has arrived: a service that does not count answers a ping."""
        self._is_asked, self._outbox.is_due = True, False
        self._ack_until = now + self._options.ack_timeout
        if self._acknowledgements.is_enabled:
            return QUESTION
        request, request_id = ping(self._addressing), next(self._request_ids)
        self._queue(request.element(request_id), is_lasting=False)
        self._asked.add(request_id, request, now)
        [frame] = self._outbox.take()
        # Each stream is read in order, so with this all before it has been.
        self._behind = request_id, self._outbox.sent
        return frame

    def _confirmed(self, message_ids: list[str]) -> Told:
        for message_id in message_ids:
            self._expected.pop(message_id, None)
        return [Confirmed(message_ids)] if message_ids else []

    def _overdue(self, now: float) -> Told:
        if self._overdue_at is None or now < self._overdue_at:
            return []
        over = [message_id for message_id, until in self._expected.items() if until <= now]
        for message_id in over:
            del self._expected[message_id]
        self._overdue_at = min(self._expected.values(), default=None)
        return [Overdue(message_id) for message_id in over]

    def _turn(self, turn: Turn) -> None:
        self._state = TRANSITIONS[self._state][turn]

    def _heard(self, now: float) -> None:
        self._heard_at = now
        if self._state is State.ONLINE:
            self._ping_id = None
            self._ping_at = now + self._options.ping_interval

    def _negotiate(self, handshake: Handshake, element: Element, now: float) -> Told:
        if element.name in {"message", "presence"}:
            if len(self._early) < _EARLY:
                self._early.append(element)
            return []
        before = handshake.step
        told: Told = []
        if before is Step.RESUMPTION and element.name in {"resumed", "failed"}:
            told += self._confirmed(self._acknowledgements.told(element))
        try:
            self._outgoing += handshake.receive(element)
        except ChatRefusedError as error:
            return [*told, *self._end(error)]
        if handshake.step is Step.OFFERS and self._state is State.NEGOTIATING:
            self._turn(Turn.ACCEPTED)
        if handshake.step is not before:
            self._step_until = now + self._options.step_timeout
        return [*told, *self._settled(now)] if handshake.step is Step.DONE else told

    def _settled(self, now: float) -> Told:
        handshake = self._handshake
        if handshake is None:
            return []
        self._handshake = self._step_until = None
        self._turn(Turn.SETTLED)
        self._heard(now)
        if handshake.is_resumed:
            self._acknowledgements.go_on()
            self._outbox.resume()
            told: Told = [Online(self._own_jid, is_resumed=True)]
        else:
            self._own_jid = handshake.jid
            told = [Online(self._own_jid), *self._renew(now)]
        if not self._was_online:
            self._horizon.begin(now)
        self._was_online, self._refusals = True, 0
        early, self._early = self._early, []
        for element in early:
            told += self._take(element)
        return told

    def _renew(self, now: float) -> Told:
        """Make a new conversation what the one before was; what waits comes behind that."""
        opening = [Element("presence")]
        left: list[str] = []
        if self._was_online:
            were, left = self._rooms.restart()
            for request_id, dialog_id in self._rejoins.items():
                self._rooms.forget(request_id)
                self._asked.remove(request_id)
                were.append(dialog_id)
            self._rejoins = {f"{next(self._request_ids)}:join": each for each in were}
            for request_id, dialog_id in self._rejoins.items():
                self._asked.add(request_id, None, now)
                opening.append(self._rooms.join(dialog_id, request_id))
            opening += [each.element(next(self._request_ids)) for each in self._wishes()]
        for request_id in left:
            self._asked.remove(request_id)
        self._outbox.renew(
            [Stanza(write(each), is_lasting=False) for each in opening], self._asked.awaits
        )
        return [Answered(request_id) for request_id in left]

    def _wishes(self) -> list[ChatRequest]:
        """Return what has to be asked for in each conversation."""
        wishes = [
            watch_last_activity(self._addressing, each, enable=True) for each in self._watched
        ]
        return wishes if self._is_active else [*wishes, set_active(active=False)]

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
            return self._received(event)
        return [event]

    def _received(self, event: MessageReceived) -> Told:
        self._mark_delivered(event)
        message = event.message
        # By its sender too, or one could hide what another writes behind the id of it.
        if message.id and not self._seen.add(message.sender_id, message.id):
            return []
        if message.sent_at is not None and not message.is_delayed:
            self._horizon.dated(message.sent_at, self._heard_at)
        return [event]

    def _is_foreign(self, message_id: str) -> bool:
        """Say whether another device of ours sent it, and copies of that are wanted."""
        return self._options.carbons and not self._seen.knows(message_id)

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
                ),
                is_lasting=True,
            )

    def _presence(self, presence: Element) -> Told:
        told: Told = []
        for each in self._rooms.receive(presence):
            if isinstance(each, Answered | Failed):
                self._asked.remove(each.request_id)
            told.append(self._rejoined(each))
        user_id = self._addressing.user_id(presence.get("from"))
        change: Any = presence.get("type") or "available"
        if user_id is not None and user_id != self._user_id and change in _CHANGES:
            told.append(ContactChanged(user_id=user_id, change=change))
        return told

    def _rejoined(self, told: ChatEvent | Outcome) -> ChatEvent | Outcome:
        """Return what came of entering a room: one that lets us in no more has put us out."""
        if isinstance(told, Answered | Failed):
            dialog_id = self._rejoins.pop(told.request_id, None)
            if dialog_id is not None and isinstance(told, Failed):
                return Kicked(dialog_id=dialog_id)
        return told

    def _iq(self, iq: Element) -> Told:
        if iq.get("type") in {"result", "error"}:
            answer = self._asked.answer(iq, self._own_jid)
            if answer is None:
                return self._activity(iq)
            if self._behind is not None and self._behind[0] == answer.request_id:
                return self._confirm_behind(self._behind[1])
            return [answer]
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
            if self._behind is None:
                self._ack_until, self._is_asked = None, False
            return self._confirmed(counts.told(nonza))
        elif nonza.name == "enabled":  # late, see `tick`
            counts.enabled(nonza)
        elif nonza.name == "failed":
            counts.forget()
        return []

    def _confirm_behind(self, count: int) -> Told:
        self._behind = self._ack_until = None
        self._is_asked = False
        return self._confirmed(self._acknowledgements.confirm(min(count, self._outbox.sent)))

    def _broken_off(self, error: Element) -> Told:
        text = error.named("text")
        words = "" if text is None else text.text
        if self._handshake is not None and self._handshake.step is Step.RESUMPTION:
            self._acknowledgements.forget()  # that did not please
        return self._end(ChatRefusedError(condition(error, _STREAM_ERRORS), words))

    def _failed(self, failed: list[Failed]) -> Told:
        for each in failed:
            self._rooms.forget(each.request_id)
        return [self._rejoined(each) for each in failed]

    def _end(self, error: ChatError) -> Told:
        if self._state is State.CLOSED or (self._state is State.CONNECTING and self._waits):
            return []
        was_left, was_online = self._state is State.CLOSING, self._state is State.ONLINE
        is_final = was_left or not self._helps(remedy(error))
        self._turn(Turn.ENDED if is_final else Turn.LOST)
        self._handshake = None
        self._outgoing.clear()
        self._early.clear()
        self._step_until = self._ping_at = self._ack_until = None
        self._ping_id = self._behind = None
        self._is_asked = False
        if not is_final:
            self._acknowledgements.pause()
            return [Lost(error, was_online)]
        told = self._failed(self._asked.fail_all(str(error)))
        return told if was_left else [*told, Ended(error)]

    @property
    def _waits(self) -> bool:
        """Whether there is no line, and another is to come."""
        return self._reconnects and (self._was_online or self._refusals > 0)

    def _helps(self, found: Remedy) -> bool:
        """Say whether the next line may do better."""
        if not self._reconnects or found is Remedy.NONE:
            return False
        if found is Remedy.TIME:
            return self._was_online
        self._refusals += 1
        return self._refusals == 1


@lru_cache(maxsize=8)
def _asked(frame: str) -> Element:
    """Read a question for our count: a service asks in the same words each time."""
    return parse(frame)
