"""One conversation while it lasts: its lines, one after the other, and who waits for what."""

import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import anyio
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
from connectycube.chat.hearing import Told
from connectycube.chat.history import History
from connectycube.chat.horizon import Missed
from connectycube.chat.line import GOODBYE, Line
from connectycube.chat.outcome import Answered, Confirmed, Ended, Failed, Lost, Online, Overdue
from connectycube.chat.pending import PendingEvents
from connectycube.chat.protocol import ChatProtocol
from connectycube.chat.reconnect import Reconnect
from connectycube.chat.redial import Dial, Login, Redial
from connectycube.chat.waiting import Wait, Waiting, closed
from connectycube.errors import (
    ChatClosedError,
    ChatError,
    ConnectyCubeError,
    InvalidInputError,
    OutboxFullError,
    StreamClosedError,
)

T = TypeVar("T")
_log = logging.getLogger("connectycube.chat")


class Talk:
    """
    Two tasks that never raise: one goes from line to line, one keeps the time.

    Decisions are the protocol's and are made without an await; these tasks carry them out.

    Attributes:
        goodbye_timeout: seconds that saying goodbye may take, and then closing the line.
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
        self._redial = Redial(dial, reconnect)
        self._longest_silence = longest_silence
        self._wall = wall
        self._catching_up = (
            None
            if history is None
            else CatchingUp(
                history,
                user_id=user_id,
                recover=self._recover,
                tell=self._put,
                place=pending.place,
            )
        )
        self._missed: Missed | None = None
        self._tasks = anyio.create_task_group()
        self._scopes: list[anyio.CancelScope] = []
        self._waiting = Waiting()
        self._queue = anyio.Lock()  # of those who wait for a place in the outbox
        self._space: anyio.Event | None = None  # for the first of them
        self._error: Exception | None = None
        self._decided = anyio.Event()  # online, or over
        self._parted = anyio.Event()
        self._alarm = anyio.CancelScope()
        self._pause = anyio.CancelScope()
        self._line: Line | None = None  # the one that is open, or was last
        self._is_online = False
        self.goodbye_timeout: float = GOODBYE

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
            if self._line is not None:
                self._line.goodbye_timeout = self.goodbye_timeout
            deadline = anyio.current_time() + self.goodbye_timeout
            with anyio.CancelScope(shield=True, deadline=deadline):
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
        wait = self._waiting.answers[request_id] = Wait()
        self._go_on()
        try:
            return await wait.over()
        finally:
            self._waiting.answers.pop(request_id, None)

    async def tell(self, tell: Callable[[ChatProtocol], T]) -> T:
        """
        Say something, and wait until it is on its way; cancelling does not take it back.

        Between two lines it waits for the next, and nobody waits for that.
        """
        self._check()
        await self._place(None)
        told = tell(self._protocol)
        if not self._is_online or self._line is None:
            await anyio.lowlevel.checkpoint()
        elif not await self._line.sent():
            self._check()
        return told

    async def deliver(self, tell: Callable[[ChatProtocol], str], timeout: float | None) -> Sent:
        """Say a message, and wait until the service has it; cancelling does not take it back."""
        if timeout is not None and not timeout > 0:  # NaN is refused as well
            raise InvalidInputError("timeout is positive, or None")
        self._check()
        until = None if timeout is None else anyio.current_time() + timeout
        await self._place(until)
        message_id = tell(self._protocol)
        wait = self._waiting.deliveries[message_id] = Wait()
        self._stir()
        if until is not None:
            self._protocol.expect(message_id, until)
            if until < self._alarm.deadline:  # noqa: PLR1730 - setting it is dear
                self._alarm.deadline = until
        try:
            await wait.over()
        except BaseException:
            if wait.is_good:
                self._tell_of(Sent(message_id=message_id))  # nobody else says so
            raise
        finally:
            self._waiting.deliveries.pop(message_id, None)
        return Sent(message_id=message_id)

    async def _place(self, until: float | None) -> None:
        """Wait until there is place for one more; between two lines nobody makes any."""
        if not self._protocol.is_full and not self._queue.locked():
            return
        with anyio.CancelScope(deadline=math.inf if until is None else until) as scope:
            async with self._queue:  # whoever came first goes first
                while self._is_online and self._protocol.is_full:
                    self._space = anyio.Event()
                    await self._space.wait()
        self._check()
        if scope.cancelled_caught or self._protocol.is_full:
            raise OutboxFullError("too much waits to be sent, or to be confirmed")

    def _check(self) -> None:
        if self._error is not None:
            raise closed(self._error, _reason(self._error))

    # -- one line after the other

    async def _converse(self, login: Login | None) -> None:
        while login is not None:
            stream, password = login
            self._line = Line(
                self._protocol,
                stream,
                take=self._take,
                cut=self._cut,
                minded=self._mind_deadlines,
            )
            await self._line.run(partial(self._begin, password))
            self._is_online = False
            login = await self._next_line()
        self._parted.set()

    async def _next_line(self) -> Login | None:
        """Open another line, however often that takes; `None`: it is over."""
        if self._error is not None:
            return None
        with anyio.CancelScope() as self._pause:
            try:
                # Who has not been online yet is told, and decides.
                return await self._redial.line(is_patient=self._decided.is_set())
            except Exception as error:  # noqa: BLE001 - it asks the application's own code too
                # Where no other password was to be had, what was said of the first one stands.
                self._end(self._redial.refusal or error)
                self._protocol.give_up(ChatClosedError(_reason(error)))
        return None

    def _begin(self, password: str, is_private: bool) -> None:  # noqa: FBT001 - of one call
        if self._error is not None:
            return
        now = anyio.current_time()
        try:
            self._take(self._protocol.opened(password, is_private=is_private, now=now))
        except InvalidInputError as error:
            self._end(error)

    async def _keep_time(self) -> None:
        while self._error is None:
            with anyio.CancelScope(deadline=self._deadline()) as self._alarm:
                await anyio.sleep_forever()
            now = anyio.current_time()
            if self._error is None:
                if now >= self._stuck_at():
                    self._cut(ChatClosedError("the line takes nothing that is sent"))
                self._take(self._protocol.tick(now))

    # -- what they have in common

    def _cut(self, error: Exception) -> None:
        reason = _reason(error)
        self._take(self._protocol.cut(reason))
        if self._line is None or not self._line.is_lost:
            self._end(ChatClosedError(reason))

    def _take(self, told: Told) -> None:
        for outcome in told:
            match outcome:
                case MessageReceived():
                    self._tell_of(outcome)
                case Confirmed(message_ids=message_ids):
                    self._confirm(message_ids)
                case Answered() | Failed():
                    self._waiting.answer(outcome)
                case Overdue():
                    self._waiting.give_up(outcome)
                case Online() | Lost() | Ended():
                    self._turn(outcome)
                case _:
                    self._tell_of(outcome)
        self._stir()
        if not self._is_online:  # else nothing that comes brings a deadline nearer
            self._mind_deadlines()

    def _turn(self, outcome: Online | Lost | Ended) -> None:
        match outcome:
            case Online(is_resumed=is_resumed):
                self._come_up(is_resumed=is_resumed)
            case Lost():
                self._lose(outcome)
            case Ended(error=error):
                self._end(error)

    def _confirm(self, message_ids: list[str]) -> None:
        for message_id in message_ids:
            if not self._waiting.confirm(message_id):
                self._tell_of(Sent(message_id=message_id))
        self._make_place()

    def _tell_of(self, event: ChatEvent) -> None:
        if self._catching_up is None or not self._catching_up.holds(event):
            self._put(event)

    def _put(self, event: ChatEvent) -> None:
        if not self._pending.put(event):
            self._take(self._protocol.close())
            self._end(ChatClosedError("events came faster than they were taken"))

    def _recover(self, event: MessageReceived, is_doubtful: bool) -> bool:  # noqa: FBT001 - of one call
        told = self._protocol.recover(event, is_doubtful=is_doubtful)
        if told:
            self._put(event)
        self._go_on()
        return bool(told)

    def _come_up(self, *, is_resumed: bool) -> None:
        self._is_online = True
        self._redial.online()
        if not self._decided.is_set():
            self._decided.set()
            return
        self._put(Resumed() if is_resumed else Reconnected())
        missed, self._missed = self._missed, None
        if self._catching_up is None:
            if not is_resumed:
                self._put(Gap())
            return
        if not is_resumed and missed is not None:
            self._catching_up.missed(missed)
        # What the cut interrupted is begun again even where nothing more was missed.
        if self._catching_up.is_pending and self._line is not None:
            self._line.start_soon(partial(self._catch_up, self._catching_up))

    async def _catch_up(self, catching_up: CatchingUp) -> None:
        # Once this is answered the service knows us to be here, and sends what comes from then on.
        with suppress(ChatError):
            await self.ask(lambda protocol, now: protocol.ping(now))
        await catching_up.run()

    def _lose(self, lost: Lost) -> None:
        reason = _reason(lost.error)
        _log.debug("the line is lost: %s", reason)
        self._is_online = False
        self._redial.lost(lost)
        if lost.was_online:
            self._missed = self._protocol.missed(anyio.current_time(), self._wall())
            self._put(Disconnected(reason=reason, unconfirmed=self._protocol.unconfirmed))
        self._make_place()
        if self._line is not None:
            self._line.lose()

    def _end(self, error: Exception) -> None:
        """Let everybody know; what is queued still goes out."""
        if self._error is not None:
            return
        self._error = error
        self._is_online = False
        reason = _reason(error)
        _log.debug("over: %s", reason)
        if self._catching_up is not None:
            self._catching_up.finish()
        self._pending.end(Disconnected(reason=reason, unconfirmed=self._protocol.unconfirmed))
        self._waiting.end(error, reason, self._protocol.unsent)
        self._decided.set()
        self._make_place()
        self._pause.cancel()
        self._alarm.cancel()
        if self._line is not None:
            self._line.finish()

    def _make_place(self) -> None:
        if self._space is not None:
            self._space.set()
            self._space = None

    def _go_on(self) -> None:
        """Let what was decided be sent, and mind until when."""
        self._stir()
        self._mind_deadlines()

    def _mind_deadlines(self) -> None:
        # That a deadline has moved on is noticed when the alarm rings in vain.
        if (deadline := self._deadline()) < self._alarm.deadline:
            self._alarm.deadline = deadline

    def _stir(self) -> None:
        if self._line is not None and self._protocol.has_frames:
            self._line.stir()

    def _deadline(self) -> float:
        deadline = self._protocol.deadline()
        return self._stuck_at() if deadline is None else min(deadline, self._stuck_at())

    def _stuck_at(self) -> float:
        """Return when what is being sent has taken too long."""
        since = math.inf if self._line is None else self._line.writing_since
        return since + self._longest_silence


async def _within(scope: anyio.CancelScope, child: Callable[[], Awaitable[None]]) -> None:
    with scope:
        await child()


def _reason(error: Exception) -> str:
    if isinstance(error, StreamClosedError | ChatClosedError):
        return error.reason
    if isinstance(error, ConnectyCubeError):
        return str(error)
    return f"the line broke: {type(error).__name__}"
