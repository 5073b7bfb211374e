"""The realtime chat: one conversation, as long as its block, and an iterator of its events."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import attrs

from connectycube._deadline import Deadline
from connectycube.chat.calls import ChatCalls
from connectycube.chat.events import ChatEvent
from connectycube.chat.pending import OverflowPolicy, PendingEvents
from connectycube.chat.protocol import ChatOptions, ChatProtocol
from connectycube.chat.talk import Talk
from connectycube.errors import ChatClosedError, ClosedError
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


class ChatConnection(ChatCalls):
    """
    A conversation, for one `async with` block; within it, an iterator of events.

    Nothing waits for whoever takes the events, so a request may be made right where they are
    taken. Why the conversation ended is told where its user waits.

    The iteration ends when the line is cut, with `Disconnected` as the last event, or when the
    block is left.

    Args:
        connector: opens the line.
        address: where to.
        account: asked for when the block is entered.
        options: of the conversation itself.
        max_pending: how many events may wait to be taken.
        overflow: past that, `drop_oldest` drops and says so by an `Overflow` event; `close` ends
            the conversation.

    Raises:
        InvalidInputError: an option that cannot be right.
    """

    def __init__(
        self,
        connector: Connector,
        address: ChatAddress,
        account: Callable[[], Awaitable[Account]],
        *,
        options: ChatOptions,
        max_pending: int,
        overflow: OverflowPolicy,
    ) -> None:
        self._connector = connector
        self._address = address
        self._account = account
        self._options = options
        self._pending = PendingEvents(max_pending, overflow)
        self._talk: Talk | None = None
        self._entered = False

    async def __aenter__(self) -> Self:
        if self._entered:
            raise ClosedError("a chat is entered once: connect() makes another")
        self._entered = True
        account = await self._account()
        self.user_id: int = account.user_id
        protocol = ChatProtocol(
            self._address, user_id=account.user_id, app_id=account.app_id, options=self._options
        )
        with Deadline("chat: connect", self._options.step_timeout):
            stream = await self._connector.connect(self._address)
        talk = Talk(protocol, stream, self._pending)
        await talk.start(account.password)
        self._talk = talk
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._talk is not None:
            await self._talk.leave()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ChatEvent:
        """Wait for the next event; cancelling the wait loses none."""
        event = await self._pending.take()
        if event is None:
            raise StopAsyncIteration
        return event

    async def _ask(self, ask: Callable[[ChatProtocol, float], str]) -> Any:
        return await self._current().ask(ask)

    async def _tell(self, tell: Callable[[ChatProtocol], T]) -> T:
        return await self._current().tell(tell)

    def _current(self) -> Talk:
        if self._talk is None:
            raise ChatClosedError("the chat is not connected: it is used within `async with`")
        return self._talk
