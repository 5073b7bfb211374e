"""A chat server of a few lines, in memory: it lets everybody in, and answers as it was told."""

import base64
import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import anyio
import anyio.lowlevel

from connectycube.errors import ConnectError, StreamClosedError
from connectycube.frames import ChatAddress

Answer: TypeAlias = Callable[[str], Iterable[str] | None]
_SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
_SM: Final = "urn:xmpp:sm:3"
_LOGIN: Final = (
    "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
    f"<mechanisms xmlns='{_SASL}'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
)
_INSIDE: Final = (
    "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
    f"<bind xmlns='{_BIND}'/><sm xmlns='{_SM}'/></stream:features>"
)


class ScriptedFrames:
    """
    A connector to a server that exists in memory alone, on any event loop.

    Every login is let in, and every request is answered by an empty success.

    Args:
        answer: what the server says to a frame, in place of that; `None` leaves it as it is.
        refuses: nobody is let in.
        is_private: what its lines say of themselves.

    Attributes:
        streams: the lines that were opened, the oldest first.
        open_streams: how many of them nobody has closed yet.
        reachable: whether there is a line to be had.
    """

    def __init__(
        self,
        answer: Answer = lambda _frame: None,
        *,
        refuses: bool = False,
        is_private: bool = True,
    ) -> None:
        self._answer = answer
        self._refuses = refuses
        self._is_private = is_private
        self.streams: list[ScriptedStream] = []
        self.open_streams = 0
        self.reachable = True

    @property
    def sent(self) -> list[str]:
        """What arrived on the newest line, the oldest first."""
        return self.streams[-1].sent

    async def connect(self, address: ChatAddress, /) -> "ScriptedStream":
        await anyio.lowlevel.checkpoint()
        if not self.reachable:
            raise ConnectError("no line to be had")
        stream = ScriptedStream(self, address.domain, is_private=self._is_private)
        self.streams.append(stream)
        self.open_streams += 1
        return stream

    def say(self, *frames: str) -> None:
        """Let the server say something on the newest line."""
        self.streams[-1].say(*frames)

    def cut(self, reason: str = "the line was cut") -> None:
        """Cut the newest line; what was said before is still heard."""
        self.streams[-1].cut(reason)

    def answers(self, frame: str) -> Iterable[str] | None:
        return self._answer(frame)

    def login_answer(self) -> str:
        if self._refuses:
            return f"<failure xmlns='{_SASL}'><not-authorized/></failure>"
        return f"<success xmlns='{_SASL}'/>"


class ScriptedStream:
    """
    One line of it.

    Attributes:
        sent: what arrived at the server, the oldest first.
        stalled: set it to a new event to let nothing more be sent before that is set.
        closed: whether `aclose` was called.
    """

    def __init__(self, server: ScriptedFrames, domain: str, *, is_private: bool) -> None:
        self._server = server
        self._domain = domain
        self._said = deque([_LOGIN])
        self._arrival = anyio.Event()
        self._cut: str | None = None
        self._name = ""
        self._stanzas: int | None = None
        self.is_private = is_private
        self.sent: list[str] = []
        self.stalled: anyio.Event | None = None
        self.closed = False

    def say(self, *frames: str) -> None:
        self._said.extend(frames)
        self._arrival.set()

    def cut(self, reason: str) -> None:
        self._cut = self._cut or reason
        self._arrival.set()

    async def send(self, frame: str, /) -> None:
        await anyio.lowlevel.checkpoint()
        if self.stalled is not None:
            await self.stalled.wait()
        if self._cut is not None:
            raise StreamClosedError(self._cut)
        self.sent.append(frame)
        said = self._server.answers(frame)
        self.say(*(self._usual(frame) if said is None else said))
        if self._stanzas is not None and _name(frame) in ("iq", "message", "presence"):
            self._stanzas += 1

    async def receive(self) -> str:
        await anyio.lowlevel.checkpoint()
        while not self._said:
            if self._cut is not None:
                raise StreamClosedError(self._cut)
            self._arrival = anyio.Event()
            await self._arrival.wait()
        return self._said.popleft()

    async def restart(self) -> None:
        await anyio.lowlevel.checkpoint()
        if self._cut is not None:
            raise StreamClosedError(self._cut)
        self.say(_INSIDE)

    async def aclose(self) -> None:
        if not self.closed:
            self.closed = True
            self._server.open_streams -= 1
        self.cut("the line is closed")

    def _usual(self, frame: str) -> Iterable[str]:
        name = _name(frame)
        if name == "auth":
            _, self._name, _ = base64.b64decode(_text(frame)).decode().split("\0")
            yield self._server.login_answer()
        elif name == "enable":
            self._stanzas = 0
            yield f"<enabled xmlns='{_SM}'/>"
        elif name == "r":
            yield f"<a xmlns='{_SM}' h='{self._stanzas or 0}'/>"
        elif name == "iq" and attribute(frame, "type") in ("get", "set"):
            yield self._result(frame)

    def _result(self, frame: str) -> str:
        inside = ""
        if _BIND in frame:
            inside = f"<bind xmlns='{_BIND}'><jid>{self._name}@{self._domain}/here</jid></bind>"
        return result(frame, inside)


def result(request: str, inside: str = "") -> str:
    """Make the answer that says yes to a request."""
    to = attribute(request, "to")
    sender = f" from='{to}'" if to else ""
    return (
        f"<iq xmlns='jabber:client' type='result' id='{attribute(request, 'id')}'{sender}>"
        f"{inside}</iq>"
    )


def attribute(frame: str, name: str) -> str:
    """Return an attribute of a frame's own tag; empty where it has none."""
    tag = frame.partition(">")[0]
    found = re.search(rf"\s{name}=(?:'([^']*)'|\"([^\"]*)\")", tag)
    return (found[1] or found[2] or "") if found else ""


def _name(frame: str) -> str:
    found = re.match(r"<([^\s/>]+)", frame)
    return found[1] if found else ""


def _text(frame: str) -> str:
    return frame.partition(">")[2].partition("<")[0]
