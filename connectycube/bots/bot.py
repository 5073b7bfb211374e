"""A bot: a user of the chat whose part is played by handlers."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import anyio
import anyio.abc

from connectycube.bots.commands import CommandHelp
from connectycube.bots.context import Context
from connectycube.bots.conversation import Conversation, checked_timeout
from connectycube.bots.conversation_store import ConversationStore, MemoryConversationStore
from connectycube.bots.injection import check_values
from connectycube.bots.router import Router
from connectycube.bots.running import Running
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent
from connectycube.errors import ClosedError, InvalidInputError
from connectycube.fields import checked_flag

if TYPE_CHECKING:
    from connectycube.client import ConnectyCube


class Bot:
    """
    Lets a router's handlers take part in the chat, as the client's user.

    **Order.** What is said in one dialog is handled in its order, one after another; different
    dialogs are handled at once, at most `max_concurrency`.

    **Nothing is lost.** The service's own history is the ledger: a message is marked as read when
    it has been handled, and one that is unread is handled again. So a bot begins with what it
    missed while it was away, and looks into the history where a connection could not be healed
    without a gap, or where messages of a dialog came faster than they could be kept. What a
    handler raises counts as handled; what was cut off does not. A handler that was killed between
    its reply and its mark will see the message again: at least once, not exactly once. Messages
    that their sender did not save to the history, and public dialogs, for which the service counts
    nothing, are handled while they are heard, and not looked for.

    **Its end.** See `stop`.

    Args:
        cube: a client of the bot's user; it stays open.
        router: where events go. Any number of bots may share one.
        values: the application's own, for handlers to ask for: by name, where the key is a text, or
            by annotation, where it is a class.
        store: keeps conversations; by default in memory, for as long as the bot lives.
        connect: opens the chat; by default `cube.chat.connect`.
        max_concurrency: how many events are handled at once.
        max_queued: how many may wait in each dialog. Past that messages are taken from the history
            when their time comes, and other events are dropped.
        handler_timeout: seconds that a handler may take; past that it is cut off, which is a
            `HandlerTimeoutError` for error handlers.
        drain_timeout: seconds that there are to finish in, when it stops.
        catch_up: how many unread messages of a dialog are looked for in its history; 0: none.
        mark_read: whether messages are marked as read once they are handled.

    Raises:
        HandlerSignatureError: a handler asks for what nobody provides.
        InvalidInputError: an option that cannot be right.

    https://github.com/ConnectyCube/connectycube-chatbot-template
    """

    def __init__(
        self,
        cube: "ConnectyCube",
        router: Router,
        *,
        values: Mapping[str | type, Any] | None = None,
        store: ConversationStore | None = None,
        connect: Callable[[], AbstractAsyncContextManager[ChatConnection]] | None = None,
        max_concurrency: int = 32,
        max_queued: int = 100,
        handler_timeout: float | None = None,
        drain_timeout: float = 8.0,
        catch_up: int = 1000,
        mark_read: bool = True,
    ) -> None:
        self.cube = cube
        self.values: Mapping[str | type, Any] = dict(values or {})
        check_values(self.values)
        self.handler_timeout: float | None = checked_timeout(handler_timeout)
        self.drain_timeout: float = checked_timeout(drain_timeout) or 0.0
        self.max_concurrency: int = _count(max_concurrency, "max_concurrency", least=1)
        self.max_queued: int = _count(max_queued, "max_queued", least=1)
        self.catch_up: int = _count(catch_up, "catch_up", least=0)
        self.mark_read: bool = checked_flag(mark_read, "mark_read")
        if self.catch_up and not self.mark_read:
            raise InvalidInputError("without marks nobody knows what to catch up on: catch_up=0")
        self._routes = router.compiled(frozenset(self.values))
        self._store = store
        self._connect = connect
        self._running: Running | None = None
        self._unfinished: list[ChatEvent] = []

    @property
    def commands(self) -> list[CommandHelp]:
        """The commands of its router, as for a help text."""
        return list(self._routes.commands)

    @property
    def user_id(self) -> int:
        """
        Who it is, while it is online.

        Raises:
            ClosedError: it is not.
        """
        if self._running is None or self._running.user_id is None:
            raise ClosedError("this bot is not online")
        return self._running.user_id

    @property
    def unfinished(self) -> list[ChatEvent]:
        """What it had accepted and not handled when it ended last."""
        return list(self._unfinished)

    async def run(
        self,
        *,
        handle_signals: bool = False,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """
        Connect, and let events be handled until `stop` is called.

        In a service it is one task of a task group, which `start` returns from once it is online.
        Cancelled, it ends at once, as by `stop(drain=False)`.

        Args:
            handle_signals: for scripts: SIGTERM and SIGINT stop it, and a second one ends it at
                once. On Windows asyncio knows no way to do so, and Ctrl-C cancels.

        Raises:
            ClosedError: it runs already.
            ChatClosedError: the conversation is over, and was not healed.
            ConnectyCubeError: it could not connect; as `cube.chat.connect`.
        """
        if self._running is not None:
            raise ClosedError("this bot runs already")
        self._unfinished = []
        connect = self._connect or self.cube.chat.connect
        self._running = Running(self, self._routes, connect)
        try:
            await self._running.run(handle_signals=handle_signals, task_status=task_status)
        finally:
            self._unfinished = self._running.unfinished
            self._running = None

    def stop(self, *, drain: bool = True) -> None:
        """
        Let `run` end; call it in the event loop.

        From now on nothing more is accepted: what arrives stays unread, for the next time. What was
        accepted is handled for at most `drain_timeout` seconds, replies go out, and the bot leaves
        the chat. What could not be finished by then is cut off, logged, told by `unfinished`, and
        stays unread too.

        Args:
            drain: `False` cuts off at once.
        """
        if self._running is not None:
            self._running.stop(drain=drain)

    async def conversation_of(self, context: Context) -> Conversation:
        """Return how far the talk with an event's user is; handlers ask for `conversation`."""
        if self._store is None:
            self._store = MemoryConversationStore()
        key = f"{context.chat.user_id}/{context.place}/{context.user_id}"
        return await Conversation.load(self._store, key)


def _count(value: object, name: str, *, least: int) -> int:
    if type(value) is not int or value < least:
        raise InvalidInputError(f"{name} must be a whole number, {least} or more")
    return value
