"""Scripted trouble on the chat's lines."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol, Unpack

from .xmpp_chances import Chance, Chances, ChatFaultKind, Sending, Struck
from .xmpp_xml import StreamFault

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from .xmpp_line import Line
    from .xmpp_parcel import Parcel
    from .xmpp_session import Session
    from .xmpp_xml import Element


class ForgetDevices(Protocol):
    """Let all devices go for good, those that were lost too."""

    def __call__(self, *, keeps_unconfirmed: bool) -> None: ...


class ChatFaults:
    """
    Break the chat on purpose.

    `user_id` says to whose lines; None means to all. What does not happen at once waits for its
    moment, in the order given, and takes the words of `Chances`: `after=` (so many pass first),
    `probability=` (0 to 1) and `times=`. Any thread may call any of this.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._waiting: list[Chance] = []
        self._delays: dict[int | None, tuple[float, float]] = {}
        self._lines: Callable[[], Iterable[Line]] = tuple
        self._lose: Callable[[Line], None] = _ignore
        self._forget: ForgetDevices = _forget_nobody
        self.struck: list[Struck] = []
        """What has happened of what had to wait, the oldest first."""
        self.seed()

    def attach(
        self,
        *,
        lines: Callable[[], Iterable[Line]],
        lose: Callable[[Line], None],
        forget: ForgetDevices,
    ) -> None:
        """Say which lines there are, how to lose one, and how to forget all devices."""
        self._lines = lines
        self._lose = lose
        self._forget = forget

    def seed(self, number: int = 0) -> None:
        """Start the generator behind `probability` and random delays anew; it starts with 0."""
        self._random = random.Random(number)  # noqa: S311 - a dice, no secret

    # What happens now.

    def cut(self, user_id: int | None = None, **chances: Unpack[Chances]) -> None:
        """Break lines without a word: now, or with `Chances` instead of reading a stanza."""
        if chances:
            self._script("cut", user_id, chances)
            return
        with self._lock:
            for line in self._meant(user_id):
                self.break_line(line)

    def hang(self, user_id: int | None = None) -> None:
        """Leave lines open that carry nothing any more, in either direction; new ones work."""
        with self._lock:
            for line in self._meant(user_id):
                line.is_deaf = True

    def end_stream(
        self, condition: str, text: str | None = None, *, user_id: int | None = None
    ) -> None:
        """End streams with this error; they can be resumed where that was agreed."""
        with self._lock:
            for line in self._meant(user_id):
                self._lose(line)
                line.close(StreamFault(condition, text))

    def shut_down(self) -> None:
        """End all streams as a service does that goes down: it forgets who was there."""
        with self._lock:
            self._forget(keeps_unconfirmed=True)
            for line in self._meant(None):
                line.close(StreamFault("system-shutdown"))

    def restart(self) -> None:
        """
        Break all lines as a service does that crashes, and is back at once.

        It forgets who was there, and with them what nobody had confirmed. What waits for those who
        were away is still there, and so are history and privacy lists.
        """
        with self._lock:
            self._forget(keeps_unconfirmed=False)
            for line in self._meant(None):
                line.cut()

    def delay(
        self, seconds: float, *, up_to: float | None = None, user_id: int | None = None
    ) -> None:
        """Keep what goes to clients back for so many seconds, or for a random time up to."""
        with self._lock:
            self._delays[user_id] = (seconds, seconds if up_to is None else up_to)

    # What waits for its moment.

    def refuse(self, times: int | None = 1) -> None:
        """Break so many new lines as soon as they say something; None: all from now on."""
        self._script("refuse", None, {"times": times})

    def refuse_logins(self, user_id: int | None = None, **chances: Unpack[Chances]) -> None:
        """Call right passwords wrong."""
        self._script("refuse_login", user_id, chances)

    def refuse_resumption(self, user_id: int | None = None, **chances: Unpack[Chances]) -> None:
        """Let the device go that somebody wants to take up again, as if it came too late."""
        self._script("refuse_resumption", user_id, chances)

    def lose_acks(self, user_id: int | None = None, **chances: Unpack[Chances]) -> None:
        """Let answers to "what have you got?" vanish."""
        self._script("lose_ack", user_id, chances)

    def duplicate(self, user_id: int | None = None, **chances: Unpack[Chances]) -> None:
        """Send messages twice."""
        self._script("duplicate", user_id, chances)

    def reorder(self, user_id: int | None = None, **chances: Unpack[Chances]) -> None:
        """Keep messages back, each until the next for the same device has gone, or a while."""
        self._script("reorder", user_id, chances)

    def clear(self) -> None:
        """Forget what has not happened yet, and delays; lines that hang stay so."""
        with self._lock:
            self._waiting.clear()
            self._delays.clear()

    # What the chat asks.

    def strikes(self, kind: ChatFaultKind, user_id: int | None) -> bool:
        """Say whether a fault of this kind happens now, and use it up."""
        if not self._waiting:
            return False
        has_struck = self._has_struck(kind, user_id)
        if has_struck:
            self._note(kind, user_id)
        return has_struck

    def delay_of(self, line: Line) -> float:
        """Return for how many seconds that is kept back which goes out on a line now."""
        if not self._delays:
            return 0.0
        with self._lock:
            shortest, longest = self._delays.get(line.user_id, self._delays.get(None, (0.0, 0.0)))
            return shortest if shortest == longest else self._random.uniform(shortest, longest)

    def shape(self, session: Session, stanza: Element, parcel: Parcel | None) -> list[Sending]:
        """Return what is sent for a stanza."""
        sent = (stanza, parcel)
        if stanza.name != "message":
            return [sent]
        if session.held is not None:
            held, session.held = session.held, None
            self._note("reorder", session.user_id, held[0].get("id"), stanza.get("id"))
            return [sent, held]
        if not self._waiting:
            return [sent]
        if self._has_struck("reorder", session.user_id):
            session.held = sent
            return []
        if self._has_struck("duplicate", session.user_id):
            self._note("duplicate", session.user_id, stanza.get("id"))
            return [sent, sent]
        return [sent]

    def break_line(self, line: Line) -> None:
        """Break a line for both of its ends."""
        self._lose(line)
        line.cut()

    def _has_struck(self, kind: ChatFaultKind, user_id: int | None) -> bool:
        for chance in self._waiting:
            outcome = chance.strikes(kind, user_id, self._random)
            if chance.is_over:
                self._waiting.remove(chance)
            if outcome is not None:
                return outcome
        return False

    def _note(self, kind: ChatFaultKind, user_id: int | None, *message_ids: str) -> None:
        self.struck.append(Struck(kind=kind, user_id=user_id, message_ids=message_ids))

    def _meant(self, user_id: int | None) -> list[Line]:
        return [one for one in self._lines() if user_id is None or one.user_id == user_id]

    def _script(self, kind: ChatFaultKind, user_id: int | None, chances: Chances) -> None:
        with self._lock:
            self._waiting.append(Chance.of(kind, user_id, chances))


def _ignore(_: Line) -> None:
    pass


def _forget_nobody(*, keeps_unconfirmed: bool) -> None:
    del keeps_unconfirmed
