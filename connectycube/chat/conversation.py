"""
The conversation itself, without I/O: what it is up to, what is awaited, and until when.

It may go on over several lines, one after the other. Where it goes from where is the table in
`state`, and what a frame means depends on that alone.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from connectycube.chat.acknowledgement import MANAGEMENT, Resumption
from connectycube.chat.asked import Asked
from connectycube.chat.delivery import Delivery
from connectycube.chat.element import STREAMS, Element, UnreadableFrameError, parse
from connectycube.chat.events import MessageReceived
from connectycube.chat.handshake import Handshake, Outgoing, Step
from connectycube.chat.hearing import Hearing, Told
from connectycube.chat.horizon import Missed
from connectycube.chat.jid import Addressing
from connectycube.chat.outcome import Answered, Ended, Failed, Lost, Online
from connectycube.chat.reconnect import Remedy, remedy
from connectycube.chat.request import ChatRequest, ping
from connectycube.chat.standing import Standing
from connectycube.chat.stanza_error import condition
from connectycube.chat.state import TRANSITIONS, ChatOptions, State, Turn
from connectycube.errors import (
    ChatClosedError,
    ChatError,
    ChatRefusedError,
    InvalidInputError,
    OutboxFullError,
)
from connectycube.frames import ChatAddress

_STREAM_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-streams"
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
        self._options = options
        self._object_id = object_id
        self._request_ids = (f"cc{number}" for number in itertools.count(1))
        self._state = State.CONNECTING
        self._reconnects = reconnects
        self._was_online = False
        self._refusals = 0  # of our password, since we were online
        self._asked = Asked(self._addressing, options.request_timeout)
        self._standing = Standing(self._addressing, user_id, self._asked)
        self._delivery = Delivery(self._probe, options.ack_timeout)
        self._hearing = Hearing(
            self._addressing,
            user_id,
            options,
            asked=self._asked,
            standing=self._standing,
            object_id=object_id,
            answer=self._answer,
        )
        # Of the line that is open now.
        self._handshake: Handshake | None = None
        self._early: list[Element] = []
        self._outgoing: list[Outgoing] = []
        self._ping_id: str | None = None
        self._step_until: float | None = None
        self._ping_at: float | None = None  # or until when its answer may take

    @property
    def state(self) -> State:
        return self._state

    @property
    def jid(self) -> str:
        """The caller's address, a full one once online."""
        return self._hearing.jid

    @property
    def rooms(self) -> frozenset[str]:
        """The dialogs whose rooms the caller is in."""
        return self._standing.rooms.joined

    @property
    def unconfirmed(self) -> list[str]:
        """The ids of messages that the service has not confirmed, the oldest first."""
        return self._delivery.outbox.unconfirmed

    @property
    def unsent(self) -> set[str]:
        """The ids of messages of which surely nothing has left."""
        return self._delivery.outbox.unsent

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be said before something is confirmed."""
        return self._delivery.outbox.lasting >= self._options.max_unsent

    @property
    def resumption(self) -> Resumption | None:
        """What is needed to go on after a cut, where the service offers that."""
        return self._delivery.counts.resumption

    def missed(self, now: float, wall: float) -> Missed:
        """Return since when something may have been missed; `wall` is in seconds since 1970."""
        return self._hearing.horizon.missed(self._hearing.now, now, wall)

    # -- a line: its beginning, what comes and goes on it, its end

    def opened(self, password: str, *, is_private: bool, now: float) -> Told:
        """
        Begin on an open line: the first, or the next.

        Raises:
            InvalidInputError: the password holds what none can.
        """
        options, counts = self._options, self._delivery.counts
        handshake = Handshake(
            self.jid.partition("@")[0],
            password,
            resource=options.resource,
            carbons=options.carbons,
            acknowledgements=counts if options.stream_management else None,
            resumes=counts.resumption is not None,
        )
        if not is_private:  # PLAIN shows the password to whoever reads along
            return self._end(ChatRefusedError("encryption-required", "the line is not encrypted"))
        self._handshake = handshake
        self._turn(Turn.OPENED)
        self._step_until = now + options.step_timeout
        return []

    def receive(self, frame: str, now: float) -> Told:
        """Take an element of the service; one that is unreadable or unasked for is let be."""
        if self._state is State.CONNECTING or self._state is State.CLOSED:
            return []
        self._delivery.counts.arrived(frame)
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

    @property
    def has_frames(self) -> bool:
        """Whether there is something to be sent now."""
        if self._outgoing:
            return True
        return self._state is State.ONLINE and self._delivery.has_frames

    def frames_to_send(self, now: float) -> list[Outgoing]:
        """Hand over what is to be sent now, in this order."""
        frames, self._outgoing = self._outgoing, []
        if self._state is State.ONLINE:
            frames += self._delivery.take(now)
        return frames

    def deadline(self) -> float | None:
        """Return when `tick` is to be called, whatever happens until then."""
        first = self._asked.deadline()
        delivery = self._delivery
        limits = self._step_until, self._ping_at, delivery.answer_until, delivery.overdue_at
        for limit in limits:  # asked for at each message, so without a generator
            if limit is not None and (first is None or limit < first):
                first = limit
        return first

    def tick(self, now: float) -> Told:
        """Draw the consequences of time."""
        if self._step_until is not None and now >= self._step_until:
            return self._step_is_over(now)
        answer_until = self._delivery.answer_until
        if answer_until is not None and now >= answer_until:
            return self._end(ChatClosedError("the service did not say in time what has arrived"))
        told = self._standing.failed(self._asked.expire(now))
        told += self._delivery.overdue(now)
        if self._ping_at is not None and now >= self._ping_at:
            if self._ping_id is not None:
                return [*told, *self._end(ChatClosedError("the service gave no sign of life"))]
            self._ping_id, question = self._ping()
            self._delivery.add(question, is_lasting=False)
            self._ping_at = now + self._options.ping_timeout
        return told

    def close(self) -> Told:
        """Say goodbye; the line may be closed once all is sent."""
        if self._state is not State.ONLINE:
            return self._end(ChatClosedError("the conversation was closed"))
        unavailable = Element("presence", attributes={"type": "unavailable"})
        self._delivery.add(unavailable, is_lasting=False)
        self._outgoing += self._delivery.outbox.take()
        if (answer := self._delivery.counts.answer()) is not None:
            self._outgoing.append(answer)
        told = self._standing.failed(self._asked.fail_all("the conversation was closed"))
        self._turn(Turn.LEFT)
        self._step_until = self._ping_at = None
        self._delivery.pause()
        return told

    def cut(self, reason: str) -> Told:
        """Learn that the line is gone."""
        return self._end(ChatClosedError(reason))

    def give_up(self, error: ChatError) -> Told:
        """Learn that there will be no other line."""
        self._reconnects = False
        return self._end(error)

    # -- what is said and asked

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
        self._delivery.add(element, message_id, is_lasting=is_lasting)
        if message_id is not None:
            self._hearing.seen.add(message_id)

    def expect(self, message_id: str, until: float) -> None:
        """Tell by `Overdue` if a message that was said is not confirmed by then."""
        self._delivery.expect(message_id, until)

    def recover(self, event: MessageReceived, *, is_doubtful: bool = False) -> Told:
        """
        Take a message from the history, as if it had arrived; one that is known is let be.

        Args:
            is_doubtful: whether it may be of a conversation before this one.
        """
        return self._hearing.recovered(event, is_doubtful=is_doubtful)

    def ask(self, request: ChatRequest, now: float) -> str:
        """
        Queue a request and return its id, by which its answer is told.

        Raises:
            ChatClosedError: the conversation is over, or has not begun.
        """
        self._check_open()
        request_id = next(self._request_ids)
        self._delivery.add(request.element(request_id), request_id=request_id)
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
        self._delivery.add(through(dialog_id, request_id), request_id=request_id)
        self._asked.add(request_id, None, now)
        return request_id

    def _check_open(self) -> None:
        if self._state is State.ONLINE or (self._waits and self._state is not State.CLOSING):
            return
        raise ChatClosedError(f"the conversation is {self._state.value}")

    def _answer(self, element: Element, /, *, is_lasting: bool) -> None:
        """Queue what nobody of ours asked for; if an endless id makes it too large, let it be."""
        if self._state is State.ONLINE:
            with suppress(InvalidInputError):
                self._delivery.add(element, is_lasting=is_lasting)

    def _ping(self) -> tuple[str, Element]:
        request_id = next(self._request_ids)
        return request_id, ping(self._addressing).element(request_id)

    def _probe(self, now: float) -> tuple[str, Element]:
        """Make a ping whose answer the service alone can give."""
        request_id, element = self._ping()
        self._asked.add(request_id, ping(self._addressing), now)
        return request_id, element

    # -- where it goes from here

    def _turn(self, turn: Turn) -> None:
        self._state = TRANSITIONS[self._state][turn]

    def _heard(self, now: float) -> None:
        self._hearing.now = now
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
        if before is Step.RESUMPTION and element.namespace == MANAGEMENT:
            told += self._delivery.counted(element)
        try:
            self._outgoing += handshake.receive(element)
        except ChatRefusedError as error:
            return [*told, *self._end(error)]
        if handshake.step is Step.OFFERS and self._state is State.NEGOTIATING:
            self._turn(Turn.ACCEPTED)
        if handshake.step is not before:
            self._step_until = now + self._options.step_timeout
        return [*told, *self._settled(handshake, now)] if handshake.step is Step.DONE else told

    def _step_is_over(self, now: float) -> Told:
        handshake = self._handshake
        if handshake is not None and handshake.step is Step.SETTLING:
            return self._settled(handshake, now)  # nobody needs copies and counts to talk
        self._give_up_resuming()
        return self._end(ChatClosedError("the service did not answer the login in time"))

    def _settled(self, handshake: Handshake, now: float) -> Told:
        self._handshake = self._step_until = None
        self._turn(Turn.SETTLED)
        self._heard(now)
        if handshake.is_resumed:
            self._delivery.go_on()
            told: Told = [Online(self.jid, is_resumed=True)]
        else:
            self._hearing.jid = handshake.jid
            told = [Online(self.jid), *self._renew(now)]
        if not self._was_online:
            self._hearing.horizon.begin(now)
        self._was_online, self._refusals = True, 0
        early, self._early = self._early, []
        for element in early:
            told += self._take(element)
        return told

    def _renew(self, now: float) -> Told:
        """Make a new conversation what the one before was; what waits comes behind that."""
        opening, left = [Element("presence")], list[str]()
        if self._was_online:
            more, left = self._standing.renew(lambda: next(self._request_ids), now)
            opening += more
        self._delivery.renew(opening, self._asked.awaits)
        return [Answered(request_id) for request_id in left]

    def _take(self, stanza: Element) -> Told:
        match stanza.namespace, stanza.name:
            case "jabber:client", "message":
                return self._hearing.message(stanza)
            case "jabber:client", "presence":
                return self._hearing.presence(stanza)
            case "jabber:client", "iq":
                return self._iq(stanza)
            case "urn:xmpp:sm:3", _:
                return self._count(stanza)
        return []

    def _iq(self, iq: Element) -> Told:
        told = self._hearing.iq(iq)
        if len(told) == 1 and isinstance(told[0], Answered | Failed):
            confirmed = self._delivery.answered(told[0].request_id)
            return told if confirmed is None else list(confirmed)
        return told

    def _count(self, nonza: Element) -> Told:
        counts = self._delivery.counts
        match nonza.name:
            case "r" if (answer := counts.answer()) is not None:
                self._outgoing.append(answer)
            case "a":
                return list(self._delivery.counted(nonza))
            case "enabled":  # late, see `_step_is_over`
                counts.enabled(nonza)
            case "failed":
                counts.forget()
        return []

    def _broken_off(self, error: Element) -> Told:
        text = error.named("text")
        words = "" if text is None else text.text
        self._give_up_resuming()
        return self._end(ChatRefusedError(condition(error, _STREAM_ERRORS), words))

    def _give_up_resuming(self) -> None:
        """Ask for no resumption again, if that is what was not answered well."""
        if self._handshake is not None and self._handshake.step is Step.RESUMPTION:
            self._delivery.counts.forget()

    def _end(self, error: ChatError) -> Told:
        """Leave the line, for another one where that may help."""
        if self._state is State.CLOSED or (self._state is State.CONNECTING and self._waits):
            return []
        was_left, was_online = self._state is State.CLOSING, self._state is State.ONLINE
        was_let_in = was_online or self._state is State.BINDING
        is_final = was_left or not self._helps(remedy(error))
        self._turn(Turn.ENDED if is_final else Turn.LOST)
        self._handshake = self._step_until = self._ping_at = self._ping_id = None
        self._outgoing.clear()
        self._early.clear()
        self._delivery.pause()
        if not is_final:
            return [Lost(error, was_online, was_let_in)]
        told = self._standing.failed(self._asked.fail_all(str(error)))
        return told if was_left else [*told, Ended(error)]

    @property
    def _waits(self) -> bool:
        """Whether there may be another line."""
        if self._state is State.CLOSED:
            return False
        return self._reconnects and (self._was_online or self._refusals > 0)

    def _helps(self, found: Remedy) -> bool:
        """Say whether the next line may do better."""
        if not self._reconnects or found is Remedy.NONE:
            return False
        if found is Remedy.TIME:
            return self._was_online
        self._refusals += 1
        return self._refusals == 1
