"""Workers that take events from their lanes: as many as there is work for, none where there is."""

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import anyio.abc

from connectycube.bots.context import Place
from connectycube.bots.history import History
from connectycube.bots.lanes import Lane, Lanes, Missed
from connectycube.chat.events import ChatEvent
from connectycube.errors import ConnectyCubeError

_log: Final = logging.getLogger("connectycube.bots")


class Dispatcher:
    """
    Lets events be handled: in each place one after another, in different places at once.

    Args:
        tasks: where workers run; each ends when no lane is ready.
        handle: handles an event; what it raises, but for cancellation, is for `failed`.
        failed: told of what must end everything, such as `SystemExit`.
        history: where missed messages are looked for; `None`: nowhere.
        max_concurrency: how many events are handled at once.
        max_queued: how many may wait in each place.
    """

    def __init__(
        self,
        tasks: anyio.abc.TaskGroup,
        handle: Callable[[ChatEvent], Awaitable[None]],
        failed: Callable[[BaseException], None],
        *,
        history: History | None,
        max_concurrency: int,
        max_queued: int,
    ) -> None:
        self._tasks = tasks
        self._handle = handle
        self._failed = failed
        self._history = history
        self._max_concurrency = max_concurrency
        self._workers = 0
        self._is_draining = False
        self._idle = anyio.Event()
        self.lanes: Lanes = Lanes(max_queued, has_history=history is not None)

    def accept(self, place: Place | None, event: ChatEvent) -> None:
        """Take an event, to be handled when its turn comes."""
        self.lanes.put(place, event)
        self._work_on()

    def look_back(self, place: Place, dialog_id: str, *, is_group: bool) -> None:
        """Handle what was missed in a place, before what waits there."""
        self.lanes.miss(place, dialog_id, is_group=is_group)
        self._work_on()

    async def drain(self) -> None:
        """Wait until all that was accepted is handled."""
        self._is_draining = True
        while self._workers:
            self._idle = anyio.Event()
            await self._idle.wait()

    def _work_on(self) -> None:
        if self.lanes.is_ready and self._workers < self._max_concurrency:
            self._workers += 1
            self._tasks.start_soon(self._work)

    async def _work(self) -> None:
        try:
            while (lane := self.lanes.take()) is not None:
                # Others that are ready need not wait for this one.
                self._work_on()
                await self._turn(lane)
                # Not where the turn was cut off: then what it held is unfinished.
                self.lanes.give_back(lane)
        finally:
            self._workers -= 1
            self._idle.set()

    async def _turn(self, lane: Lane) -> None:
        if lane.looks_back:
            await self._look_into_history(lane)
        if not lane.waiting:
            return
        lane.current = lane.waiting.popleft()
        try:
            await self._handle(lane.current)
        except anyio.get_cancelled_exc_class():
            if anyio.current_effective_deadline() == -math.inf:
                raise
            # Not ours: something that the handler waited for was cancelled by others.
            _log.error("a handler was cancelled from within")
        except Exception as error:  # noqa: BLE001 - an error of a handler's never ends the bot
            _log.error("an event was not handled: %s", type(error).__name__)
        except BaseException as error:  # noqa: BLE001 - told where `run` was called
            self._failed(error)

    async def _look_into_history(self, lane: Lane) -> None:
        dropped, lane.dropped = lane.dropped, 0
        if self._is_draining or self._history is None:
            lane.missed = Missed.NOTHING  # it stays unread, for the next time
            return
        if dropped:
            _log.warning("a dialog was too busy: %d messages are taken from its history", dropped)
        # Not after: what is said meanwhile waits here, and the history may have it too.
        lane.missed = Missed.NOTHING
        try:
            self.lanes.missed(lane, await self._history.unread(lane))
        except ConnectyCubeError as error:
            _log.warning("the history of a dialog was not read: %s", type(error).__name__)
