"""Lines to the emulator's chat that exist in memory alone: slow, and cut in every way."""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final, Literal, TypeAlias

import anyio
import anyio.lowlevel

from connectycube.emulator.xmpp import Xmpp
from connectycube.emulator.xmpp_namespaces import FRAMING
from connectycube.emulator.xmpp_xml import Element, Reader
from connectycube.errors import ConnectError, StreamClosedError
from connectycube.frames import ChatAddress

CutKind: TypeAlias = Literal["told", "unnoticed", "silent"]
"""
How a line is cut: both ends are told; the service is told later, and hears what was on its way; or
nobody is told, and the line carries nothing any more.
"""
_STORED: Final = "<save_to_history>1</save_to_history>"
_UNNOTICED_FOR: Final = 15.0  # seconds until the service's machine gives up a line
_SHORTEST, _LONGEST = 0.005, 0.080  # seconds for one way


class Network:
    """
    Carries elements, each in its time and in order, for as long as `run` runs.

    Attributes:
        is_down: whether there are no new lines to be had.
    """

    def __init__(self, xmpp: Xmpp, random: Random) -> None:
        self.xmpp = xmpp
        self.is_down = False
        self._random = random
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._news = anyio.Event()

    async def run(self) -> None:
        while True:
            self._news = anyio.Event()
            while self._due and self._due[0][0] <= anyio.current_time():
                _, _, act = heapq.heappop(self._due)
                act()
            with anyio.CancelScope(deadline=self._due[0][0] if self._due else math.inf):
                await self._news.wait()

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self._due, (moment, next(self._count), act))
        self._news.set()

    def latency(self) -> float:
        """Return how long something is on its way now."""
        return self._random.uniform(_SHORTEST, _LONGEST)


class WireConnector:
    """
    One person's way to the chat, which remembers the newest of its lines.

    Args:
        dates: what time it is for this person, who writes so into messages, as some SDKs do.

    Attributes:
        on_given_up: called when a line is closed that had fallen silent.
    """

    def __init__(self, network: Network, dates: Callable[[], float] | None = None) -> None:
        self._network = network
        self._dates = dates
        self.newest: WireStream | None = None
        self.on_given_up: Callable[[], None] = _nobody

    async def connect(self, address: ChatAddress, /) -> "WireStream":
        await anyio.sleep(2 * self._network.latency())
        if self._network.is_down:
            raise ConnectError("nobody listens")
        stream = WireStream(
            self._network, address.domain, dates=self._dates, on_given_up=self.on_given_up
        )
        self.newest = stream
        try:
            await stream.restart()
            await stream.greeted.wait()
        except BaseException:
            await stream.aclose()
            raise
        stream.check()
        return stream

    @property
    def is_open(self) -> bool:
        """Whether there is a line to be cut."""
        return self.newest is not None and not self.newest.is_over

    def cut(self, kind: CutKind) -> None:
        """Cut the newest line."""
        if self.newest is not None:
            self.newest.cut(kind)


class WireStream:
    """
    One line: see `FrameStream`.

    Attributes:
        greeted: set once the service has opened its stream, or the line is over.
    """

    is_private = True

    def __init__(
        self,
        network: Network,
        domain: str,
        *,
        dates: Callable[[], float] | None,
        on_given_up: Callable[[], None],
    ) -> None:
        self._network = network
        self._dates = dates
        self._on_given_up = on_given_up
        self._line = network.xmpp.connect(self._pump)
        self._domain = domain
        self._reader = Reader()
        self._arrived: deque[str] = deque()
        self._arrival = anyio.Event()
        self._free = [0.0, 0.0]
        self._over: str | None = None
        self._is_silent = False
        self.greeted = anyio.Event()

    @property
    def is_over(self) -> bool:
        """Whether it is cut or closed, or carries nothing any more."""
        return self._over is not None or self._is_silent

    def check(self) -> None:
        if self._over is not None and not self._arrived:
            raise StreamClosedError(self._over)

    async def send(self, frame: str, /) -> None:
        await anyio.lowlevel.checkpoint()
        if self._over is not None:
            raise StreamClosedError(self._over)
        if self._dates is not None and _STORED in frame and "<date_sent>" not in frame:
            date = f"<date_sent>{int(self._dates())}</date_sent>"
            frame = frame.replace(_STORED, _STORED + date)
        self._carry(frame.encode())

    async def receive(self) -> str:
        await anyio.lowlevel.checkpoint()
        while not self._arrived:
            self.check()
            self._arrival = anyio.Event()
            await self._arrival.wait()
        return self._arrived.popleft()

    async def restart(self) -> None:
        header = (
            f"<stream:stream to='{self._domain}' version='1.0' xmlns='jabber:client'"
            " xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        await anyio.lowlevel.checkpoint()
        self.check()
        self._at_service(self._begin_anew)
        self._carry(header.encode())

    async def aclose(self) -> None:
        if self._over is None and self._is_silent:
            self._on_given_up()
            self._end("the line is closed")
        elif self._over is None:
            self._carry(b"</stream:stream>")
            self._at_service(lambda: self._network.xmpp.lost(self._line))
            self._end("the line is closed")

    def cut(self, kind: CutKind) -> None:
        """Cut it."""
        if kind == "silent":
            self._is_silent = self._line.is_deaf = True
            return
        if kind == "told":
            self._network.xmpp.lost(self._line)
        else:
            later = anyio.current_time() + _UNNOTICED_FOR
            self._network.at(later, lambda: self._network.xmpp.lost(self._line))
        self._end("the line was cut")

    # To the service.

    def _carry(self, data: bytes) -> None:
        self._at_service(lambda: self._hear(data))

    def _at_service(self, act: Callable[[], None]) -> None:
        self._network.at(self._next_moment(0), act)

    def _begin_anew(self) -> None:
        self._reader = Reader()

    def _hear(self, data: bytes) -> None:
        elements, fault = self._reader.feed(data)
        for element in elements:
            self._network.xmpp.receive(self._line, element)
        if fault is not None:
            self._network.xmpp.fail(self._line, fault)

    # From the service.

    def _pump(self) -> None:
        delay = self._network.xmpp.faults.delay_of(self._line)
        for element in self._line.take():
            moment = self._next_moment(1, delay)
            self._network.at(moment, lambda element=element: self._arrive(element))  # type: ignore[misc]
        if self._line.is_cut and not self._is_silent:
            self._end("the line was cut")

    def _arrive(self, element: Element) -> None:
        # What was on its way when the line was cut never arrives.
        if self.is_over:
            return
        if element.xmlns != FRAMING:
            self._arrived.append(str(element))
            self._arrival.set()
        elif element.name == "close":
            self._end("the service has ended the stream")
        self.greeted.set()

    def _end(self, reason: str) -> None:
        self._over = self._over or reason
        self._arrival.set()
        self.greeted.set()

    def _next_moment(self, direction: int, delay: float = 0.0) -> float:
        """Return when something arrives that leaves now: behind what has left before it."""
        moment = anyio.current_time() + self._network.latency() + delay
        self._free[direction] = moment = max(moment, self._free[direction])
        return moment


def _nobody() -> None:
    pass
