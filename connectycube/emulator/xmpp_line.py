"""One line to a client, whatever it runs over."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

from .xmpp_namespaces import FRAMING, STREAM_ERRORS, STREAMS
from .xmpp_xml import Element, StreamFault, make

if TYPE_CHECKING:
    from collections.abc import Callable

    from .xmpp_session import Session

Stage = Literal["connected", "greeted", "authenticated", "ready", "bound", "closed"]


def _nobody() -> None:
    pass


class Line:
    """
    Hold how far a line has come, and what is to be written to it.

    The begin and end of a stream are the elements `open` and `close`, as on a WebSocket.
    `on_output` is called, from any thread, when there is something to write or nothing to come.
    """

    def __init__(self, on_output: Callable[[], None] = _nobody) -> None:
        self.stage: Stage = "connected"
        self.domain = "localhost"
        """What the client calls this service."""
        self.user_id: int | None = None
        self.session: Session | None = None
        self.refused = 0
        """How many times a password was wrong."""
        self.is_deaf = False
        """Half-open: what comes is not read, what goes is not sent, and nobody is told."""
        self.is_cut: bool = False
        """The line is to be closed without a word."""
        self._on_output = on_output
        self._out: deque[Element] = deque()

    @property
    def is_closed(self) -> bool:
        """Say whether nothing comes after what is still to be written."""
        return self.stage == "closed"

    def write(self, element: Element) -> None:
        """Put an element on the line."""
        if not self.is_closed and not self.is_deaf:
            self._out.append(element)
            self._on_output()

    def take(self) -> list[Element]:
        """Return what is to be written now; another thread may be writing more."""
        taken: list[Element] = []
        while self._out:
            taken.append(self._out.popleft())
        return taken

    def close(self, fault: StreamFault | None = None) -> None:
        """Say goodbye, and why."""
        if fault is not None:
            reason = make("error", STREAMS, None, make(fault.condition, STREAM_ERRORS))
            if fault.text is not None:
                reason.children.append(make("text", STREAM_ERRORS, None, fault.text))
            self.write(reason)
        self.write(make("close", FRAMING))
        self.stage = "closed"
        self.session = None
        self._on_output()

    def cut(self) -> None:
        """Break it without a word."""
        self._out.clear()
        self.is_cut = True
        self.stage = "closed"
        self.session = None
        self._on_output()
