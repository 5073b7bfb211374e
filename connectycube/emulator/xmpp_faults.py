"""Scripted trouble on the chat's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import attrs

from .xmpp_xml import StreamFault

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable

    from .xmpp_line import Line
    from .xmpp_parcel import Parcel
    from .xmpp_session import Session
    from .xmpp_xml import Element

Kind = Literal["cut", "refuse", "lose_ack", "duplicate", "reorder"]


class Lose(Protocol):
    """Take a line from its device, which may come back unless it is for good."""

    def __call__(self, line: Line, /, *, is_for_good: bool = False) -> None: ...


@attrs.define(kw_only=True)
class _Waiting:
    """A fault that has yet to happen: to whom, after how many chances, how often."""

    kind: Kind
    user_id: int | None
    after: int = 0
    times: int = 1


class ChatFaults:
    """
    Break the chat on purpose.

    `user_id` says to whose lines; None means to all. What does not happen at once waits for its
    moment, each in the order given. Any thread may call any of this.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._waiting: list[_Waiting] = []
        self._lines: Callable[[], Iterable[Line]] = tuple
        self._lose: Lose = _ignore

    def attach(self, *, lines: Callable[[], Iterable[Line]], lose: Lose) -> None:
        """Say which lines there are, and how to lose one."""
        self._lines = lines
        self._lose = lose

    def cut(self, user_id: int | None = None, *, after: int | None = None) -> None:
        """Break lines without a word: now, or instead of reading the stanza after so many more."""
        if after is not None:
            self._script("cut", user_id, after=after)
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
        """End all streams as a service does that goes down and forgets who was there."""
        with self._lock:
            for line in self._meant(None):
                self._lose(line, is_for_good=True)
                line.close(StreamFault("system-shutdown"))

    def refuse(self, times: int = 1) -> None:
        """Break so many new lines as soon as they say something."""
        self._script("refuse", None, times=times)

    def lose_acks(self, user_id: int | None = None, *, times: int = 1) -> None:
        """Let so many answers to "what have you got?" vanish."""
        self._script("lose_ack", user_id, times=times)

    def duplicate(self, user_id: int | None = None, *, times: int = 1) -> None:
        """Send so many messages twice."""
        self._script("duplicate", user_id, times=times)

    def reorder(self, user_id: int | None = None, *, times: int = 1) -> None:
        """Keep so many messages back, each until the next for the same device has gone."""
        self._script("reorder", user_id, times=times)

    def clear(self) -> None:
        """Forget what has not happened yet; lines that hang stay so."""
        with self._lock:
            self._waiting.clear()

    # What the chat asks.

    def strikes(self, kind: Kind, user_id: int | None) -> bool:
        """Say whether a fault of this kind happens now, and use it up."""
        for fault in self._waiting:
            if fault.kind != kind or fault.user_id not in (None, user_id):
                continue
            if fault.after:
                fault.after -= 1
                return False
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
            return True
        return False

    def shape(
        self, session: Session, stanza: Element, parcel: Parcel | None
    ) -> list[tuple[Element, Parcel | None]]:
        """Return what is sent for a stanza."""
        sent = (stanza, parcel)
        if stanza.name != "message":
            return [sent]
        if session.held is not None:
            held, session.held = session.held, None
            return [sent, held]
        if self.strikes("reorder", session.user_id):
            session.held = sent
            return []
        return [sent, sent] if self.strikes("duplicate", session.user_id) else [sent]

    def break_line(self, line: Line) -> None:
        """Break a line for both of its ends."""
        self._lose(line)
        line.cut()

    def _meant(self, user_id: int | None) -> list[Line]:
        return [one for one in self._lines() if user_id is None or one.user_id == user_id]

    def _script(self, kind: Kind, user_id: int | None, *, after: int = 0, times: int = 1) -> None:
        with self._lock:
            self._waiting.append(_Waiting(kind=kind, user_id=user_id, after=after, times=times))


def _ignore(_: Line, /, *, is_for_good: bool = False) -> None:
    del is_for_good
