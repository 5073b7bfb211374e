"""One conversation while it lasts: its lines, one after the other, and who waits for what."""

import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import anyio
import anyio.abc
import anyio.lowlevel

from connectycube.chat.catching_up import CatchingUp
from connectycube.chat.events import (
    ChatEvent,
    Disconnected,
    Gap,
    MessageReceived,
    Reconnected,
    Resumed,
    Sent,
)
from connectycube.chat.history import History
from connectycube.chat.outcome import (
    Answered,
    Confirmed,
    Ended,
    Failed,
    Lost,
    Online,
    Outcome,
    Overdue,
)
from connectycube.chat.pending import PendingEvents
from connectycube.chat.protocol import ChatProtocol, Outgoing
from connectycube.chat.reconnect import Reconnect, Remedy, remedy
from connectycube.errors import (
    ChatClosedError,
    ChatError,
    ChatRefusedError,
    ConnectyCubeError,
    DeliveryUnknownError,
    InvalidInputError,
    OutboxFullError,
    StreamClosedError,
)
from connectycube.frames import FrameStream

T = TypeVar("T")
_GOODBYE: Final = 2.0
_LAST_WORDS: Final = 1.0
_log = logging.getLogger("connectycube.chat")

Login: TypeAlias = tuple[FrameStream, str]
"""An open line, and the password to be said on it."""


class Dial(Protocol):
    """Opens a line, and learns the password."""

    async def __call__(self, *, was_refused: bool) -> Login:
        """Do so; `was_refused`: the last password was."""
        ...


class _Answer:
    """What somebody waits for."""

    __slots__ = ("arrived", "error", "value")

    def __init__(self) -> None:
        self.arrived = anyio.Event()
        self.value: Any = None
        self.error: Exception | None = None

    def give(self, value: Any = None, error: Exception | None = None) -> None:
        if not self.arrived.is_set():
            self.value, self.error = value, error
            self.arrived.set()


class _Batch:
    """All that was queued since the last one was sent."""

    __slots__ = ("done", "went_out")

    def __init__(self) -> None:
        self.done = anyio.Event()
        self.went_out = False


class Talk:
    """
    Tasks that never raise: one reads, one writes, one keeps the time; and what heals a cut.

    Decisions are the protocol's and are made without an await; these tasks carry them out.
    """

    def __init__(
        self,
        protocol: ChatProtocol,
        pending: PendingEvents,
        dial: Dial,
        *,
        user_id: int,
        reconnect: Reconnect | None,
        history: History | None,
        longest_silence: float,
        wall: Callable[[], float],
    ) -> None:
        self._protocol = protocol
        self._pending = pending
        self._dial = dial
        self._reconnect = reconnect
        self._longest_silence = longest_silence
        self._wall = wall
        self._catching_up = (
            None
            if history is None
            else CatchingUp(history, user_id=user_id, recover=self._recover, tell=self._put)
        )
        self._delays: Iterator[float] | None = None
        self._refusal: ChatRefusedError | None = None
        self._missed_since: datetime | None = None
        self._tasks = anyio.create_task_group()
        self._scopes: list[anyio.CancelScope] = []
        self._answers: dict[str, _Answer] = {}
        self._deliveries: dict[str, _Answer] = {}
        self._error: Exception | None = None
        self._decided = anyio.Event()  # online, or over
        self._parted = anyio.Event()
        self._alarm = anyio.CancelScope()
        self._pause = anyio.CancelScope()
        self._space: anyio.Event | None = None
        # Of the line that is open now, or was last.
        self._line: anyio.abc.TaskGroup | None = None
        self._is_up = False
        self._is_lost = False
        self._work = anyio.Event()
        self._batch = _Batch()
        self._heard = anyio.Event()
        self._hearing = anyio.CancelScope()
        self._writing_since = math.inf

    # -- its beginning and its end

    async def start(self, login: Login) -> None:
        """Log in; whatever prevents it leaves nothing behind."""
        await self._tasks.__aenter__()
        try:
            for child in (lambda: self._converse(login), self._keep_time):
                # Shielded, so that there is somebody to say goodbye when all is cancelled.
                scope = anyio.CancelScope(shield=True)
                self._scopes.append(scope)
                self._tasks.start_soon(_within, scope, child)
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
            # What was raised in the block comes out of it as it is, not in a group.
            await self._tasks.__aexit__(None, None, None)

    # -- what calls use

    async def ask(self, ask: Callable[[ChatProtocol, float], str]) -> Any:
        """Make a request, and wait for its answer, which the protocol awaits so long."""
        self._check()
        request_id = ask(self._protocol, anyio.current_time())
        answer = self._answers[request_id] = _Answer()
        self._stir()
        self._mind_deadlines()
        try:
            await answer.arrived.wait()
        finally:
            self._answers.pop(request_id, None)
        if answer.error is not None:
            raise answer.error
        return answer.value

    async def tell(self, tell: Callable[[ChatProtocol], T]) -> T:
        """
        Say something, and wait until it is on its way; cancelling does not take it back.

        Between two lines it waits for the next, and nobody waits for that.
        """
        self._check()
        await self._room(None)
        told = tell(self._protocol)
        batch = self._batch
        self._stir()
        if self._is_up:
            await batch.done.wait()
            if not batch.went_out:
                self._check()
        else:
            await anyio.lowlevel.checkpoint()
        return told

    async def deliver(self, tell: Callable[[ChatProtocol], str], timeout: float | None) -> Sent:
        """Say a message, and wait until the service has it; cancelling does not take it back."""
        if timeout is not None and not timeout > 0:  # NaN is refused as well
            raise InvalidInputError("timeout is positive, or None")
        self._check()
        until = None if timeout is None else anyio.current_time() + timeout
        if self._protocol.is_full:
            await self._room(until)
        message_id = tell(self._protocol)
        answer = self._deliveries[message_id] = _Answer()
        self._protocol.expect(message_id, until)
        self._stir()
        if until is not None and until < self._alarm.deadline:
            self._alarm.deadline = until
        try:
            await answer.arrived.wait()
        except BaseException:
            if answer.arrived.is_set() and answer.error is None:
                self._tell_of(Sent(message_id=message_id))  # nobody else says so
            raise
        finally:
            self._deliveries.pop(message_id, None)
        if answer.error is not None:
            raise answer.error
        return Sent(message_id=message_id)

    async def _room(self, until: float | None) -> None:
        """Wait until there is place for one more; between two lines nobody makes any."""
        if not self._protocol.is_full:
            return
        with anyio.CancelScope(deadline=math.inf if until is None else until):
            while self._is_up and self._protocol.is_full:
                self._space = self._space or anyio.Event()
                await self._space.wait()
        self._check()
        if self._protocol.is_full:
            raise OutboxFullError("too much waits to be sent, or to be confirmed")

    def _check(self) -> None:
        if self._error is not None:
            raise _closed(self._error)

    # -- one line after the other

    async def _converse(self, login: Login | None) -> None:
        while login is not None:
            await self._live(*login)
            login = None if self._error is not None else await self._next_line()
        self._parted.set()

    async def _next_line(self) -> Login | None:
        """Open another line, however often that takes; `None`: it is over."""
        while self._error is None:
            delay = self._next_delay()
            if delay is None:
                self._give_up(ChatClosedError("no line was to be had in so many attempts"))
                break
            with anyio.CancelScope() as self._pause:
                await anyio.sleep(delay)
                try:
                    return await self._dial(was_refused=self._refusal is not None)
                except Exception as error:  # noqa: BLE001 - it asks the application's own code too
                    _log.debug("no line: %s", _reason(error))
                    if remedy(error) is not Remedy.TIME:
                        self._give_up(error)
        return None

    def _next_delay(self) -> float | None:
        if self._refusal is not None:
            return 0.0  # it is not the line that failed
        if self._reconnect is None:
            return None
        if self._delays is None:
            self._delays = self._reconnect.delays()
        return next(self._delays, None)

    def _give_up(self, error: Exception) -> None:
        # Where no other password was to be had, what the service said of the first one stands.
        self._end(self._refusal or error)
        self._protocol.give_up(ChatClosedError(_reason(error)))

    async def _live(self, stream: FrameStream, password: str) -> None:
        """Talk on one line, until it is over, and close it."""
        self._is_lost = False
        self._batch = _Batch()
        self._heard = anyio.Event()
        try:
            async with anyio.create_task_group() as self._line:
                self._begin(stream, password)
                self._line.start_soon(self._read, stream)
                await self._write(stream)
                self._line.cancel_scope.cancel()
        finally:
            self._is_up = False
            await self._close(stream)

    def _begin(self, stream: FrameStream, password: str) -> None:
        if self._error is not None:
            return
        now = anyio.current_time()
        try:
            told = self._protocol.opened(password, is_private=stream.is_private, now=now)
        except InvalidInputError as error:
            self._end(error)
        else:
            self._take(told)

    async def _close(self, stream: FrameStream) -> None:
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + _GOODBYE) as scope:
            if self._is_lost:
                # A service that hears a goodbye forgets the conversation.
                scope.cancel()
            with suppress(Exception):
                await stream.aclose()

    # -- the tasks

    async def _read(self, stream: FrameStream) -> None:
        with anyio.CancelScope() as self._hearing:
            while self._goes_on:
                try:
                    frame = await stream.receive()
                except Exception as error:  # noqa: BLE001 - a line of somebody else's may raise anything
                    self._cut(error)
                    break
                self._take(self._protocol.receive(frame, anyio.current_time()))
        self._heard.set()

    async def _write(self, stream: FrameStream) -> None:
        while self._goes_on:
            await self._write_batch(stream)
        # The last words, such as why it is over; where the line is cut there are none.
        await self._write_batch(stream)
        # Whoever comes now waits for nothing.
        self._batch.done.set()
        # The line reads by itself while it is closed.
        self._hearing.cancel()
        await self._heard.wait()

    async def _write_batch(self, stream: FrameStream) -> None:
        """Send what is queued, or wait for it."""
        self._work = anyio.Event()
        batch, self._batch = self._batch, _Batch()
        try:
            frames = self._protocol.frames_to_send(anyio.current_time())
            if not frames:
                batch.done.set()
                if self._goes_on:
                    await self._work.wait()
                return
            self._writing_since = anyio.current_time()
            await _send(stream, frames)
            batch.went_out = True
        except StreamClosedError as error:
            # What had arrived by then is still heard: often it says why.
            with anyio.move_on_after(_LAST_WORDS):
                await self._heard.wait()
            self._cut(error)
        except Exception as error:  # noqa: BLE001 - as for reading
            self._cut(error)
        finally:
            self._writing_since = math.inf
            batch.done.set()

    async def _keep_time(self) -> None:
        while self._error is None:
            with anyio.CancelScope(deadline=self._deadline()) as self._alarm:
                await anyio.sleep_forever()
            now = anyio.current_time()
            if self._error is None:
                if now >= self._writing_since + self._longest_silence:
                    self._take(self._protocol.cut("the line takes nothing that is sent"))
                self._take(self._protocol.tick(now))

    # -- what they have in common

    @property
    def _goes_on(self) -> bool:
        return self._error is None and not self._is_lost

    def _cut(self, error: Exception) -> None:
        if self._is_lost:
            return
        reason = _reason(error)
        self._take(self._protocol.cut(reason))
        if self._goes_on:
            self._end(ChatClosedError(reason))

    def _take(self, outcomes: Iterable[ChatEvent | Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case MessageReceived():
                    self._tell_of(outcome)
                case Confirmed(message_ids=message_ids):
                    self._confirm(message_ids)
                case Answered() | Failed() | Overdue():
                    self._answer(outcome)
                case Online() | Lost() | Ended():
                    self._turn(outcome)
                case _:
                    self._tell_of(outcome)
        self._stir()
        self._mind_deadlines()

    def _turn(self, outcome: Online | Lost | Ended) -> None:
        match outcome:
            case Online(is_resumed=is_resumed):
                self._come_up(is_resumed=is_resumed)
            case Lost():
                self._lose(outcome)
            case Ended(error=error):
                self._end(error)

    def _answer(self, outcome: Answered | Failed | Overdue) -> None:
        if isinstance(outcome, Overdue):
            answer = self._deliveries.get(outcome.message_id)
            error: ChatError | None = DeliveryUnknownError(outcome.message_id)
        else:
            answer = self._answers.get(outcome.request_id)
            error = outcome.error if isinstance(outcome, Failed) else None
        if answer is not None:
            answer.give(outcome.value if isinstance(outcome, Answered) else None, error)

    def _confirm(self, message_ids: list[str]) -> None:
        for message_id in message_ids:
            answer = self._deliveries.get(message_id)
            if answer is None:
                self._tell_of(Sent(message_id=message_id))
            else:
                answer.give()
        self._make_space()

    def _tell_of(self, event: ChatEvent) -> None:
        if self._catching_up is None or not self._catching_up.holds(event):
            self._put(event)

    def _put(self, event: ChatEvent) -> None:
        if not self._pending.put(event):
            self._take(self._protocol.close())
            self._end(ChatClosedError("events came faster than they were taken"))

    def _recover(self, event: MessageReceived) -> bool:
        told = self._protocol.recover(event)
        if told:
            self._put(event)
        self._stir()
        return bool(told)

    def _come_up(self, *, is_resumed: bool) -> None:
        self._is_up = True
        self._delays, self._refusal = None, None
        if not self._decided.is_set():
            self._decided.set()
            return
        self._put(Resumed() if is_resumed else Reconnected())
        since, self._missed_since = self._missed_since, None
        if self._catching_up is None:
            if not is_resumed:
                self._put(Gap())
            return
        if not is_resumed and since is not None:
            self._catching_up.missed(since)
        # What the cut interrupted is begun again even where nothing more was missed.
        if self._catching_up.is_pending and self._line is not None:
            self._line.start_soon(self._catch_up, self._catching_up)

    async def _catch_up(self, catching_up: CatchingUp) -> None:
        # Once this is answered the service knows us to be here, and sends what comes from then on.
        with suppress(ChatError):
            await self.ask(lambda protocol, now: protocol.ping(now))
        await catching_up.run()

    def _lose(self, lost: Lost) -> None:
        self._is_lost, self._is_up = True, False
        reason = _reason(lost.error)
        _log.debug("the line is lost: %s", reason)
        if isinstance(lost.error, ChatRefusedError) and remedy(lost.error) is Remedy.PASSWORD:
            self._refusal = lost.error
        if lost.was_online:
            now = anyio.current_time()
            self._missed_since = self._protocol.missed_since(now, self._wall())
            self._put(Disconnected(reason=reason, unconfirmed=self._protocol.unconfirmed))
        self._release()
        if self._line is not None:
            self._line.cancel_scope.cancel()

    def _end(self, error: Exception) -> None:
        """Let everybody know; what is queued still goes out."""
        if self._error is not None:
            return
        self._error = error
        reason = _reason(error)
        _log.debug("over: %s", reason)
        if self._catching_up is not None:
            self._catching_up.finish()
        self._pending.end(Disconnected(reason=reason, unconfirmed=self._protocol.unconfirmed))
        unsent = self._protocol.unsent
        for answer in self._answers.values():
            answer.give(error=_closed(error))
        for message_id, answer in self._deliveries.items():
            closed = _closed(error)
            if message_id not in unsent:
                unknown = DeliveryUnknownError(message_id, closed.reason)
                unknown.__cause__ = closed.__cause__
                answer.give(error=unknown)
            else:
                answer.give(error=closed)
        self._decided.set()
        self._hearing.cancel()
        self._pause.cancel()
        self._alarm.cancel()
        self._release()
        self._stir()

    def _release(self) -> None:
        """Let go of those who wait for the line."""
        self._batch.done.set()
        self._make_space()

    def _make_space(self) -> None:
        if self._space is not None:
            self._space.set()
            self._space = None

    def _stir(self) -> None:
        self._work.set()

    def _mind_deadlines(self) -> None:
        # That a deadline has moved on is noticed when the alarm rings in vain.
        if (deadline := self._deadline()) < self._alarm.deadline:
            self._alarm.deadline = deadline

    def _deadline(self) -> float:
        deadline = self._protocol.deadline()
        blocked = self._writing_since + self._longest_silence
        return blocked if deadline is None else min(deadline, blocked)


async def _within(scope: anyio.CancelScope, child: Callable[[], Awaitable[None]]) -> None:
    with scope:
        await child()


async def _send(stream: FrameStream, frames: Iterable[Outgoing]) -> None:
    """Send frames in one go, but for what stands between two streams."""
    texts: list[str] = []
    for frame in frames:
        if isinstance(frame, str):
            texts.append(frame)
            continue
        if texts:
            await stream.send(*texts)
            texts = []
        await stream.restart()
    if texts:
        await stream.send(*texts)


def _closed(error: Exception) -> ChatClosedError:
    """Return what is raised where the chat is used after this end."""
    closed = ChatClosedError(_reason(error))
    if isinstance(error, ChatRefusedError):
        closed.__cause__ = error
    return closed


def _reason(error: Exception) -> str:
    if isinstance(error, StreamClosedError | ChatClosedError):
        return error.reason
    if isinstance(error, ConnectyCubeError):
        return str(error)
    return f"the line broke: {type(error).__name__}"
