"""What an actor has heard, until somebody looks at it."""

from collections.abc import Callable

import anyio

from connectycube.chat.events import ChatEvent


class Inbox:
    """
    Events as they came; belongs to one event loop.

    Attributes:
        events: everything that came, the oldest first.
    """

    def __init__(self) -> None:
        self.events: list[ChatEvent] = []
        self._unseen: list[ChatEvent] = []
        # Made where it is awaited: an event is of one kind of loop.
        self._changed: anyio.Event | None = None
        self._is_over = False

    def put(self, event: ChatEvent) -> None:
        """Add what came."""
        self.events.append(event)
        self._unseen.append(event)
        self._stir()

    def end(self) -> None:
        """Say that nothing more will come."""
        self._is_over = True
        self._stir()

    async def take(self, fits: Callable[[ChatEvent], bool], timeout: float) -> ChatEvent | None:
        """
        Return the oldest event that fits and was not taken before, waiting for it where it must.

        `None` where none comes within so many seconds, or none ever will.
        """
        with anyio.move_on_after(timeout):
            while True:
                for number, event in enumerate(self._unseen):
                    if fits(event):
                        return self._unseen.pop(number)
                if self._is_over:
                    return None
                self._changed = self._changed or anyio.Event()
                await self._changed.wait()
        return None

    def _stir(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            changed.set()
