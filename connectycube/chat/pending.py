"""Events between the line and whoever takes them: never more than so many."""

from collections import deque
from typing import Final, Literal, TypeAlias

import anyio
import anyio.lowlevel

from connectycube.chat.events import ChatEvent, Disconnected, Overflow
from connectycube.errors import InvalidInputError

OverflowPolicy: TypeAlias = Literal["drop_oldest", "close"]
_POLICIES: Final = ("drop_oldest", "close")
_TURN: Final = 16  # events that may be taken in a row


class PendingEvents:
    """
    Takes events at once, and gives them in their order.

    Args:
        most: how many may wait.
        overflow: past that the oldest is dropped, and an `Overflow` stands in its place, or
            nothing more is taken.

    Raises:
        InvalidInputError: an option that cannot be right.
    """

    def __init__(self, most: int, overflow: OverflowPolicy) -> None:
        if type(most) is not int or most < 1:
            raise InvalidInputError("max_pending must be a positive integer")
        if overflow not in _POLICIES:
            raise InvalidInputError(f"overflow must be one of {', '.join(_POLICIES)}")
        self._most = most
        self._drops = overflow == "drop_oldest"
        self._events: deque[ChatEvent] = deque()
        self._dropped = 0
        self._over = False
        self._arrival = anyio.Event()
        self._departure: anyio.Event | None = None
        self._given = 0

    def put(self, event: ChatEvent) -> bool:
        """Take an event; say no where there is no place for it, by the policy."""
        if self._over:
            return True  # nobody waits for it
        if len(self._events) >= self._most:
            if not self._drops:
                return False
            self._events.popleft()
            self._dropped += 1
        self._events.append(event)
        self._arrival.set()
        return True

    def end(self, last: Disconnected | None = None) -> None:
        """Take nothing more; what waits is still given, and then this."""
        if self._over:
            return
        if last is not None:
            self._events.append(last)
        self._over = True
        self._arrival.set()

    async def place(self) -> None:
        """Wait until one more may be put, and nothing is dropped for it."""
        while len(self._events) >= self._most and not self._over:
            self._departure = self._departure or anyio.Event()
            await self._departure.wait()

    async def take(self) -> ChatEvent | None:
        """Wait for the next event; `None` at the end. Cancelling a wait loses none."""
        self._given = (self._given + 1) % _TURN
        if self._given:
            await anyio.lowlevel.checkpoint_if_cancelled()
        else:
            await anyio.lowlevel.checkpoint()  # for others, who have work to do as well
        while not (self._events or self._dropped or self._over):
            if self._arrival.is_set():
                self._arrival = anyio.Event()  # any number may wait for one
            await self._arrival.wait()
        if self._departure is not None:
            self._departure.set()
            self._departure = None
        if self._dropped:
            # What was dropped was older than all that waits.
            dropped, self._dropped = self._dropped, 0
            return Overflow(dropped=dropped)
        return self._events.popleft() if self._events else None
