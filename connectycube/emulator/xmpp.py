"""The server side of the conversation: elements in, elements out, no I/O."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .xmpp_deliveries import send_delivery
from .xmpp_faults import ChatFaults
from .xmpp_hub import Hub
from .xmpp_iq import receive_iq
from .xmpp_line import Line
from .xmpp_messages import receive_message
from .xmpp_namespaces import CLIENT, FRAMING, MANAGEMENT, PING
from .xmpp_negotiation import enable, end_session, negotiate
from .xmpp_presence import receive_presence
from .xmpp_rooms import remove_strangers
from .xmpp_xml import Element, StreamFault, make

if TYPE_CHECKING:
    import threading

    from .world import World
    from .xmpp_session import Session

_STANZAS: Final[dict[str, Callable[[Hub, Session, Element], None]]] = {
    "iq": receive_iq,
    "message": receive_message,
    "presence": receive_presence,
}


class Xmpp:
    """
    Hold the chat's lines, and answer what comes over them.

    Whoever has a real line gives it a `Line`, brings its elements to `receive`, and writes what
    `Line.take` returns. Everything is done under the service's lock, so any thread may call.
    """

    def __init__(self, world: World, *, lock: threading.RLock) -> None:
        self.faults: ChatFaults = ChatFaults(lock)
        self._lock = lock
        self._world = world
        self._hub = Hub(world, self.faults)
        self._lines: list[Line] = []
        self._awaited: list[Session] = []
        """Devices that were lost; some may be back."""
        self._delivered = 0
        self.faults.attach(lines=self._open_lines, lose=self._lost, forget=self._forget)

    @property
    def sessions(self) -> list[Session]:
        """Return the devices that are connected, or lost and awaited."""
        with self._lock:
            return list(self._hub.sessions)

    def connect(self, on_output: Callable[[], None] | None = None) -> Line:
        """Open a line; see `Line.on_output`."""
        with self._lock:
            line = Line() if on_output is None else Line(on_output)
            self._lines.append(line)
            return line

    def receive(self, line: Line, element: Element) -> None:
        """Do what an element says."""
        with self._lock:
            if line.is_closed or line.is_deaf:
                return
            if self._is_broken(line):
                self.faults.break_line(line)
                return
            self._let_go_of_late()
            self._deliver()
            try:
                self._step(line, element)
            except StreamFault as fault:
                self._end(line, fault)

    def fail(self, line: Line, fault: StreamFault) -> None:
        """End a stream whose client has sent what cannot be read."""
        with self._lock:
            if not line.is_closed and not line.is_deaf:
                self._end(line, fault)

    def lost(self, line: Line) -> None:
        """Note that a line is gone; who asked to resume may do so for a while."""
        with self._lock:
            if not line.is_closed:
                self.faults.break_line(line)

    def settle(self, actor_id: int | None = None) -> None:
        """Do what has become due: by calls over HTTP, the last of them `actor_id`'s, or by time."""
        with self._lock:
            self._let_go_of_late()
            self._let_go_of_removed()
            self._look_after_lines()
            self._deliver()
            remove_strangers(self._hub, actor_id)

    def ping(self, user_id: int) -> int:
        """Ask the devices of a user whether they are there; their `pongs` count the answers."""
        with self._lock:
            devices = self._hub.sessions_of(user_id)
            for session in devices:
                named = {"type": "get", "id": self._world.object_id(), "from": session.domain}
                to = {"to": session.address}
                session.send(make("iq", CLIENT, named | to, make("ping", PING)))
            return len(devices)

    def reset(self) -> None:
        """End all streams for good and forget everything."""
        with self._lock:
            self._hub.clear()
            self.faults.clear()
            self.faults.struck.clear()
            self.faults.seed()
            for line in self._open_lines():
                line.close(StreamFault("system-shutdown"))
            self._lines.clear()
            self._awaited.clear()
            self._delivered = 0

    def _open_lines(self) -> list[Line]:
        self._lines = [one for one in self._lines if not one.is_closed]
        return self._lines

    def _is_broken(self, line: Line) -> bool:
        if line.stage == "connected":
            return self.faults.strikes("refuse", None)
        return line.stage == "bound" and self.faults.strikes("cut", line.user_id)

    def _step(self, line: Line, element: Element) -> None:
        session = line.session
        if (element.name, element.xmlns) == ("close", FRAMING):
            if session is not None:
                end_session(self._hub, session)
            line.close()
        elif session is None:
            negotiate(self._hub, line, element)
        elif element.xmlns == CLIENT and element.name in _STANZAS:
            if session.acks is not None:
                session.acks.note_received()
            _STANZAS[element.name](self._hub, session, element)
        elif element.xmlns == MANAGEMENT:
            self._manage(line, session, element)
        else:
            raise StreamFault("unsupported-stanza-type")

    def _manage(self, line: Line, session: Session, element: Element) -> None:
        acks = session.acks
        if element.name == "enable":
            enable(self._hub, session, line, element)
        elif acks is None or element.name not in ("r", "a"):
            raise StreamFault("unsupported-stanza-type")
        elif element.name == "a":
            acks.confirm(element.get("h"))
            acks.has_asked, acks.asks_since = False, None
        elif not self.faults.strikes("lose_ack", session.user_id):
            line.write(make("a", MANAGEMENT, {"h": acks.received}))

    def _end(self, line: Line, fault: StreamFault) -> None:
        if line.session is not None:
            end_session(self._hub, line.session)
        line.close(fault)

    def _lost(self, line: Line) -> None:
        session = line.session
        if session is None or session.line is not line:
            return
        line.session = None
        acks = session.acks
        if acks is None or acks.id is None:
            end_session(self._hub, session)
            return
        session.line, session.lost_at = None, self._world.now()
        self._awaited.append(session)
        lost = [one for one in self._hub.bound(session.user_id) if one.lost_at is not None]
        for oldest in lost[: max(0, len(lost) - self._world.settings.sm_most_lost)]:
            end_session(self._hub, oldest)

    def _forget(self, *, keeps_unconfirmed: bool) -> None:
        """Let all devices go for good."""
        sessions = self.sessions
        for session in sessions:
            if not keeps_unconfirmed:
                session.drop_unconfirmed()
            # Nobody is told that the others go: there is nobody left to be told.
            session.line = None
        for session in sessions:
            end_session(self._hub, session)
        self._awaited.clear()

    def _deliver(self) -> None:
        deliveries = self._world.chat.deliveries
        self._delivered = min(self._delivered, len(deliveries))
        while self._delivered < len(deliveries):
            self._delivered += 1
            send_delivery(self._hub, deliveries[self._delivered - 1])

    def _let_go_of_late(self) -> None:
        """Let go of the devices that were lost for too long."""
        if not self._awaited:
            return
        oldest = self._world.now() - timedelta(seconds=self._world.settings.sm_resume_seconds)
        awaited = [one for one in self._awaited if one.lost_at is not None]
        late = [one for one in awaited if one.lost_at is not None and one.lost_at <= oldest]
        self._awaited = [one for one in awaited if one not in late]
        for session in late:
            end_session(self._hub, session)

    def _look_after_lines(self) -> None:
        """Send on what a fault has kept back for long enough, and end what does not come along."""
        now = self._world.now()
        settings = self._world.settings
        longest = timedelta(seconds=settings.sm_ack_seconds)
        for session in self.sessions:
            session.let_go_of_held()
            acks, line = session.acks, session.line
            if acks is None:
                continue
            if len(acks.unconfirmed) > settings.sm_queue_size:
                end_session(self._hub, session)
                if line is not None:
                    line.close(StreamFault("policy-violation", "Too many unacknowledged stanzas"))
            elif line is not None and acks.has_asked:
                acks.asks_since = acks.asks_since or now
                if now - acks.asks_since >= longest:
                    self.faults.break_line(line)

    def _let_go_of_removed(self) -> None:
        """Let go of the devices whose users are no more."""
        for session in self.sessions:
            if self._world.user(session.user_id) is not None:
                continue
            line = session.line
            end_session(self._hub, session)
            if line is not None:
                line.close(StreamFault("not-authorized"))
