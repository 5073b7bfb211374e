"""One run of a bot, from its connecting to its leaving."""

import logging
import math
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import TYPE_CHECKING, Final

import anyio
import anyio.abc

from connectycube.bots.context import is_own, place_of
from connectycube.bots.dispatcher import Dispatcher
from connectycube.bots.handling import Handling
from connectycube.bots.history import History
from connectycube.bots.routes import Routes
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, Gap, MessageReceived, Overflow
from connectycube.errors import ChatError, ConnectyCubeError

if TYPE_CHECKING:
    from connectycube.bots.bot import Bot

_LAST_WORDS: Final = 0.05  # seconds that each of them gets even where time is up
_log: Final = logging.getLogger("connectycube.bots")


class Running:
    """
    What there is of a bot while it runs.

    Attributes:
        user_id: who it is, once it is online.
        unfinished: what was accepted and not handled, once it is over.
    """

    def __init__(
        self,
        bot: "Bot",
        routes: Routes,
        connect: Callable[[], AbstractAsyncContextManager[ChatConnection]],
    ) -> None:
        self._bot = bot
        self._routes = routes
        self._connect = connect
        self._all = anyio.CancelScope()
        self._listening = anyio.CancelScope()
        self._working: anyio.CancelScope | None = None
        self._is_stopping = False
        self._deadline = math.inf
        self._failure: BaseException | None = None
        self.user_id: int | None = None
        self.unfinished: list[ChatEvent] = []

    async def run(self, *, handle_signals: bool, task_status: anyio.abc.TaskStatus[None]) -> None:
        if not handle_signals or sys.platform == "win32":
            await self._converse(task_status)
        else:
            async with anyio.create_task_group() as tasks:
                await tasks.start(self._hear_signals)
                await self._converse(task_status)
                tasks.cancel_scope.cancel()
        if self._failure is not None:
            raise self._failure

    def stop(self, *, drain: bool) -> None:
        if self._working is None:
            self._all.cancel()  # nothing was accepted yet
            return
        if not self._is_stopping:
            self._is_stopping = True
            self._deadline = anyio.current_time() + self._bot.drain_timeout
            self._listening.cancel()
        if not drain:
            self._deadline = -math.inf
            self._working.cancel()

    def fail(self, error: BaseException) -> None:
        """End at once, and raise this where the bot was run."""
        self._failure = self._failure or error
        self.stop(drain=False)

    async def _hear_signals(self, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                self.stop(drain=not self._is_stopping)

    async def _converse(self, task_status: anyio.abc.TaskStatus[None]) -> None:
        # Whatever fails is raised by `run`, and so never in a group.
        with self._all:
            try:
                async with self._connect() as chat:
                    self.user_id = chat.user_id
                    await self._work(chat, task_status)
                    await self._confirm(chat)
            except Exception as error:  # noqa: BLE001 - as said
                self._failure = self._failure or error

    async def _work(self, chat: ChatConnection, task_status: anyio.abc.TaskStatus[None]) -> None:
        """Handle events until it is stopped, or the conversation is over."""
        bot = self._bot
        history = History(bot.cube, chat.user_id, bot.catch_up) if bot.catch_up else None
        handling = Handling(bot, chat, self._routes)
        tasks = anyio.create_task_group()
        dispatcher = Dispatcher(
            tasks,
            handling.handle,
            self.fail,
            history=history,
            max_concurrency=bot.max_concurrency,
            max_queued=bot.max_queued,
        )
        try:
            async with tasks:
                self._working = tasks.cancel_scope
                task_status.started()
                with self._listening:
                    await self._listen(chat, dispatcher, history)
                if not self._is_stopping:
                    self.stop(drain=True)
                with anyio.CancelScope(deadline=self._deadline):
                    await dispatcher.drain()
                tasks.cancel_scope.cancel()
        finally:
            self._report(dispatcher.lanes.unfinished)

    async def _listen(
        self, chat: ChatConnection, dispatcher: Dispatcher, history: History | None
    ) -> None:
        try:
            await self._catch_up(dispatcher, history)
            async for event in chat:
                if isinstance(event, Gap | Overflow):
                    await self._catch_up(dispatcher, history)
                if self._routes.takes(type(event), own=is_own(event, chat.user_id)):
                    dispatcher.accept(place_of(event, chat.user_id), event)
            # Nobody stopped it: whatever is asked now is told why the conversation is over.
            await chat.ping()
        except ChatError as error:
            self._failure = error

    async def _catch_up(self, dispatcher: Dispatcher, history: History | None) -> None:
        """Look for what was said while nobody heard it; live events wait for that."""
        if history is None or not self._routes.takes(MessageReceived, own=False):
            return
        try:
            async for unread in history.dialogs():
                dispatcher.look_back(unread.place, unread.dialog_id, is_group=unread.is_group)
        except ConnectyCubeError as error:
            _log.warning("what was missed is not known: %s", type(error).__name__)

    async def _confirm(self, chat: ChatConnection) -> None:
        """Wait until the service has all that was said: it answers in order. Then say goodbye."""
        with anyio.move_on_after(self._left), suppress(ChatError):
            await chat.ping()
        chat.goodbye_timeout = min(chat.goodbye_timeout, self._left)

    @property
    def _left(self) -> float:
        return max(self._deadline - anyio.current_time(), _LAST_WORDS)

    def _report(self, unfinished: list[ChatEvent]) -> None:
        self.unfinished = unfinished
        if unfinished:
            # Ids alone: whose they are is known, and what they say is not told.
            ids = [one.message.id for one in unfinished if isinstance(one, MessageReceived)]
            _log.warning("%d events were not finished; messages: %s", len(unfinished), ids)
