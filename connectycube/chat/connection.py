"""The realtime chat: one conversation, as long as its block, and an iterator of its events."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import attrs

from connectycube._deadline import Deadline
from connectycube.chat.calls import ChatCalls
from connectycube.chat.events import ChatEvent, Sent
from connectycube.chat.history import History
from connectycube.chat.pending import OverflowPolicy, PendingEvents
from connectycube.chat.protocol import ChatProtocol
from connectycube.chat.reconnect import Reconnect
from connectycube.chat.redial import Login
from connectycube.chat.state import ChatOptions
from connectycube.chat.talk import Talk
from connectycube.errors import ChatClosedError, ChatRefusedError, ClosedError
from connectycube.fields import masked
from connectycube.frames import ChatAddress, Connector
from connectycube.values import frozen

T = TypeVar("T")


@frozen(kw_only=True)
class Account:
    """Who talks, and what they prove it with."""

    user_id: int
    app_id: int
    password: str = attrs.field(repr=masked)


class AccountSource(Protocol):
    """Tells who talks; asked anew for each line."""

    async def __call__(self, refused: Account | None, /) -> Account:
        """
        Return the account.

        Args:
            refused: one that the chat just refused, so that its password may be renewed.
        """
        ...


class ChatConnection(ChatCalls):
    """
    A conversation, for one `async with` block; within it, an iterator of events.

    Nothing waits for whoever takes the events, so a request may be made right where they are
    taken. Why the conversation ended is told where its user waits.

    A cut is healed within the block: `Disconnected`, then `Resumed`, or `Reconnected` and what the
    history knows of the time between. The iteration ends, with `Disconnected` as the last event,
    where no other line can help or none is wanted, and when the block is left.

    Args:
        connector: opens the lines.
        address: where to.
        account: asked for when the block is entered, and for each line after that.
        options: of the conversation itself.
        max_pending: how many events may wait to be taken.
        overflow: past that, `drop_oldest` drops and says so by an `Overflow` event; `close` ends
            the conversation.
        reconnect: how a cut is healed; `None`: it is the end.
        history: where messages are looked for that were missed.
        wall: what time it is, in seconds since 1970.

    Attributes:
        goodbye_timeout: seconds that saying goodbye may take when the block is left, and then
            closing the line; a line that takes nothing any more is left when they are over.

    Raises:
        InvalidInputError: an option that cannot be right.
    """

    goodbye_timeout: float = 2.0

    def __init__(
        self,
        connector: Connector,
        address: ChatAddress,
        account: AccountSource,
        *,
        options: ChatOptions,
        max_pending: int,
        overflow: OverflowPolicy,
        reconnect: Reconnect | None = None,
        history: History | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._connector = connector
        self._address = address
        self._source = account
        self._options = options
        self._pending = PendingEvents(max_pending, overflow)
        self._reconnect = reconnect
        self._history = history
        self._wall = wall
        self._account: Account | None = None
        self._talk: Talk | None = None
        self._entered = False

    async def __aenter__(self) -> Self:
        if self._entered:
            raise ClosedError("a chat is entered once: connect() makes another")
        self._entered = True
        login = await self._dial(was_refused=False)
        protocol = ChatProtocol(
            self._address,
            user_id=self.user_id,
            app_id=self._app_id,
            options=self._options,
            reconnects=self._reconnect is not None,
        )
        talk = Talk(
            protocol,
            self._pending,
            self._dial,
            user_id=self.user_id,
            reconnect=self._reconnect,
            history=self._history,
            longest_silence=self._options.ping_interval + self._options.ping_timeout,
            wall=self._wall,
        )
        await talk.start(login)
        self._talk = talk
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._talk is not None:
            self._talk.goodbye_timeout = self.goodbye_timeout
            await self._talk.leave()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatEvent:
        """Wait for the next event; cancelling the wait loses none."""
        event = await self._pending.take()
        if event is None:
            raise StopAsyncIteration
        return event

    async def _dial(self, *, was_refused: bool) -> Login:
        """Open a line, and learn the password that is right now."""
        before = self._account
        account = await self._source(before if was_refused else None)
        if before is None:
            self.user_id: int = account.user_id
            self._app_id = account.app_id
        elif account.user_id != before.user_id:
            raise ChatRefusedError("conflict", "the client's user is another one now")
        self._account = account
        with Deadline("chat: connect", self._options.step_timeout):
            return await self._connector.connect(self._address), account.password

    async def _ask(self, ask: Callable[[ChatProtocol, float], str]) -> Any:
        return await self._current().ask(ask)

    async def _tell(self, tell: Callable[[ChatProtocol], T]) -> T:
        return await self._current().tell(tell)

    async def _deliver(self, tell: Callable[[ChatProtocol], str], timeout: float | None) -> Sent:
        return await self._current().deliver(tell, timeout)

    def _current(self) -> Talk:
        if self._talk is None:
            raise ChatClosedError("the chat is not connected: it is used within `async with`")
        return self._talk
