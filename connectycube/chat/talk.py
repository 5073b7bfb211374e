"""One conversation while it lasts: a protocol, its line, and the tasks that keep them going."""

import logging
import math
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeVar

import anyio

from connectycube.chat.events import ChatEvent, Disconnected
from connectycube.chat.outcome import Answered, Ended, Failed, Online, Outcome
from connectycube.chat.pending import PendingEvents
from connectycube.chat.protocol import ChatProtocol, Outgoing
from connectycube.errors import ChatClosedError, ChatError, StreamClosedError
from connectycube.frames import FrameStream

T = TypeVar("T")
_GOODBYE: Final = 2.0
_LAST_WORDS: Final = 1.0
_log = logging.getLogger("connectycube.chat")


class _Answer:
    """What somebody waits for."""

    def __init__(self) -> None:
        self.arrived = anyio.Event()
        self.value: Any = None
        self.error: ChatError | None = None


class _Batch:
    """All that was queued since the last one was sent."""

    def __init__(self) -> None:
        self.done = anyio.Event()
        self.went_out = False


class Talk:
    """
    Three tasks: one reads, one writes, one keeps the time. They never raise.

    Decisions are the protocol's and are made without an await; these tasks carry them out.
    """

    def __init__(self, protocol: ChatProtocol, stream: FrameStream, pending: PendingEvents) -> None:
        self._protocol = protocol
        self._stream = stream
        self._pending = pending
        self._tasks = anyio.create_task_group()
        self._scopes: list[anyio.CancelScope] = []
        self._answers: dict[str, _Answer] = {}
        self._error: ChatError | None = None
        self._decided = anyio.Event()  # online, or over
        self._work = anyio.Event()
        self._batch = _Batch()
        self._hearing = anyio.CancelScope()
        self._heard = anyio.Event()
        self._alarm = anyio.CancelScope()
        self._parted = anyio.Event()

    # -- its beginning and its end

    async def start(self, password: str) -> None:
        """Log in; whatever prevents it leaves nothing behind."""
        await self._tasks.__aenter__()
        try:
            for child in (self._read, self._write, self._keep_time):
                # Shielded, so that there is somebody to say goodbye when all is cancelled.
                scope = anyio.CancelScope(shield=True)
                self._scopes.append(scope)
                self._tasks.start_soon(_within, scope, child)
            private = self._stream.is_private
            self._take(
                self._protocol.opened(password, is_private=private, now=anyio.current_time())
            )
            await self._decided.wait()
            if self._error is not None:
                raise self._error
        except BaseException:
            await self.leave()
            raise

    async def leave(self) -> None:
        """Say goodbye and stop everything, within a bounded moment, whatever happened before."""
        try:
            with anyio.CancelScope(shield=True, deadline=anyio.current_time() + _GOODBYE):
                self._pending.end()
                self._take(self._protocol.close())
                self._end(ChatClosedError("the chat was left"))
                await self._parted.wait()
        finally:
            for scope in self._scopes:
                scope.cancel()
            try:
                # What was raised in the block comes out of it as it is, not in a group.
                await self._tasks.__aexit__(None, None, None)
            finally:
                with anyio.CancelScope(shield=True, deadline=anyio.current_time() + _GOODBYE):
                    await self._stream.aclose()

    # -- what calls use

    async def ask(self, ask: Callable[[ChatProtocol, float], str]) -> Any:
        """Make a request, and wait for its answer, which the protocol awaits so long."""
        self._check()
        request_id = ask(self._protocol, anyio.current_time())
        answer = self._answers[request_id] = _Answer()
        self._stir()
        try:
            await answer.arrived.wait()
        finally:
            self._answers.pop(request_id, None)
        if answer.error is not None:
            raise answer.error
        return answer.value

    async def tell(self, tell: Callable[[ChatProtocol], T]) -> T:
        """Say something, and wait until it is on its way; cancelling does not take it back."""
        self._check()
        told = tell(self._protocol)
        batch = self._batch
        self._stir()
        await batch.done.wait()
        if not batch.went_out:
            self._check()
        return told

    def _check(self) -> None:
        if self._error is not None:
            raise ChatClosedError(_reason(self._error))

    # -- the tasks

    async def _read(self) -> None:
        with self._hearing:
            await self._while_it_lasts(self._read_frame)
        self._heard.set()

    async def _read_frame(self) -> None:
        frame = await self._stream.receive()
        self._take(self._protocol.receive(frame, anyio.current_time()))

    async def _write(self) -> None:
        await self._while_it_lasts(self._write_batch)
        # The last words, such as why it is over; where the line is cut there are none.
        await self._safely(self._write_batch)
        # Whoever comes now waits for nothing.
        self._batch.done.set()
        # The line reads by itself while it is closed.
        await self._heard.wait()
        await self._safely(self._stream.aclose)
        self._parted.set()

    async def _write_batch(self) -> None:
        """Send what is queued, or wait for it."""
        self._work = anyio.Event()
        batch, self._batch = self._batch, _Batch()
        frames = self._protocol.frames_to_send(anyio.current_time())
        try:
            await self._send(frames)
            batch.went_out = True
        except StreamClosedError:
            # What had arrived by then is still heard: often it says why.
            with anyio.move_on_after(_LAST_WORDS):
                await self._heard.wait()
            raise
        finally:
            batch.done.set()
        if not frames and self._error is None:
            await self._work.wait()

    async def _send(self, frames: Iterable[Outgoing]) -> None:
        """Send in one go what can be."""
        texts: list[str] = []
        for frame in frames:
            if isinstance(frame, str):
                texts.append(frame)
                continue
            if texts:
                await self._stream.send(*texts)
            texts = []
            await self._stream.restart()
        if texts:
            await self._stream.send(*texts)

    async def _keep_time(self) -> None:
        await self._while_it_lasts(self._await_deadline)

    async def _await_deadline(self) -> None:
        with anyio.CancelScope(deadline=self._deadline()) as self._alarm:
            await anyio.sleep_forever()
        if self._error is None:
            self._take(self._protocol.tick(anyio.current_time()))

    async def _while_it_lasts(self, step: Callable[[], Awaitable[None]]) -> None:
        while self._error is None:
            await self._safely(step)

    async def _safely(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - a line of somebody else's may raise anything
            reason = _reason(error)
            self._take(self._protocol.cut(reason))
            self._end(ChatClosedError(reason))

    # -- what they have in common

    def _take(self, outcomes: Iterable[ChatEvent | Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case Answered(request_id=request_id, value=value):
                    self._answer(request_id, value, None)
                case Failed(request_id=request_id, error=error):
                    self._answer(request_id, None, error)
                case Online():
                    self._decided.set()
                case Ended(error=error):
                    self._end(error)
                case _:
                    self._tell_of(outcome)
        self._stir()
        # That a deadline has moved on is noticed when the alarm rings in vain.
        deadline = self._deadline()
        self._alarm.deadline = min(self._alarm.deadline, deadline)

    def _answer(self, request_id: str, value: Any, error: ChatError | None) -> None:
        if (answer := self._answers.get(request_id)) is not None:
            answer.value, answer.error = value, error
            answer.arrived.set()

    def _tell_of(self, event: ChatEvent) -> None:
        if not self._pending.put(event):
            self._take(self._protocol.close())
            self._end(ChatClosedError("events came faster than they were taken"))

    def _end(self, error: ChatError) -> None:
        """Let everybody know; what is queued still goes out."""
        if self._error is not None:
            return
        self._error = error
        reason = _reason(error)
        _log.debug("over: %s", reason)
        self._pending.end(Disconnected(reason=reason, unconfirmed=self._protocol.unconfirmed))
        for answer in self._answers.values():
            if not answer.arrived.is_set():
                answer.error = ChatClosedError(reason)
                answer.arrived.set()
        self._decided.set()
        self._hearing.cancel()
        self._alarm.cancel()
        self._stir()

    def _stir(self) -> None:
        self._work.set()

    def _deadline(self) -> float:
        deadline = self._protocol.deadline()
        return math.inf if deadline is None else deadline


async def _within(scope: anyio.CancelScope, child: Callable[[], Awaitable[None]]) -> None:
    with scope:
        await child()


def _reason(error: Exception) -> str:
    if isinstance(error, StreamClosedError | ChatClosedError):
        return error.reason
    return str(error) if isinstance(error, ChatError) else f"the line broke: {type(error).__name__}"
