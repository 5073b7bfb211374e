"""One line of a conversation while it lasts: one task reads, one writes; neither raises."""

import math
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

import anyio
import anyio.lowlevel

from connectycube.chat.handshake import Outgoing
from connectycube.chat.hearing import Told
from connectycube.chat.protocol import ChatProtocol
from connectycube.errors import StreamClosedError
from connectycube.frames import FrameStream

GOODBYE: Final = 2.0
_LAST_WORDS: Final = 1.0
_AT_ONCE: Final = 500  # frames


class _Batch:
    """All that was queued since the last one was sent; seldom does anybody wait for it."""

    __slots__ = ("_done", "_is_done", "went_out")

    def __init__(self) -> None:
        self._done: anyio.Event | None = None
        self._is_done = False
        self.went_out = False

    def end(self) -> None:
        self._is_done = True
        if self._done is not None:
            self._done.set()

    async def wait(self) -> None:
        if not self._is_done:
            self._done = self._done or anyio.Event()
            await self._done.wait()
        else:
            await anyio.lowlevel.checkpoint()


class Line:
    """
    Carries what the protocol says, and what comes, until it is over.

    Args:
        protocol: decides what is sent, and what it means that something came.
        stream: closed at the end.
        take: takes what the protocol tells.
        cut: told that the stream is over, and why.
        minded: called when something is sent, which may have to be answered in time.

    Attributes:
        is_lost: whether it ended in the middle, and another may follow.
        writing_since: since when a batch is being sent; never, where none is.
        goodbye_timeout: seconds that closing it may take.
    """

    def __init__(
        self,
        protocol: ChatProtocol,
        stream: FrameStream,
        *,
        take: Callable[[Told], None],
        cut: Callable[[Exception], None],
        minded: Callable[[], None],
    ) -> None:
        self._protocol = protocol
        self._stream = stream
        self._take = take
        self._cut = cut
        self._minded = minded
        self.is_lost: bool = False
        self.writing_since: float = math.inf
        self.goodbye_timeout: float = GOODBYE
        self._is_over = False
        self._tasks = anyio.create_task_group()
        self._work = anyio.Event()
        self._batch = _Batch()
        self._heard = anyio.Event()
        self._hearing = anyio.CancelScope()
        # Not every line can, so it is looked for and not demanded.
        self._send_all: Callable[[Sequence[str]], Awaitable[None]] | None = getattr(
            stream, "send_all", None
        )

    async def run(self, begin: Callable[[bool], None]) -> None:
        """
        Talk on it to its end, and close it.

        Args:
            begin: begins the conversation; it is told whether nobody else can read along.
        """
        try:
            async with self._tasks:
                begin(self._stream.is_private)
                self._tasks.start_soon(self._read)
                await self._write()
                self._tasks.cancel_scope.cancel()
        finally:
            await self._close()

    def start_soon(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let something run as long as the line lasts."""
        self._tasks.start_soon(work)

    def stir(self) -> None:
        """Let what is queued be sent."""
        self._work.set()

    async def sent(self) -> bool:
        """Wait until what is queued now is on its way, and say whether it went out."""
        batch = self._batch
        self.stir()
        await batch.wait()
        return batch.went_out

    def lose(self) -> None:
        """Be over at once."""
        self.is_lost = self._is_over = True
        self._batch.end()
        self._tasks.cancel_scope.cancel()

    def finish(self) -> None:
        """Be over when what is queued is sent."""
        self._is_over = True
        self._hearing.cancel()
        self.stir()

    async def _read(self) -> None:
        with anyio.CancelScope() as self._hearing:
            while not self._is_over:
                try:
                    frame = await self._stream.receive()
                except Exception as error:  # noqa: BLE001 - a line of somebody else's may raise anything
                    self._cut(error)
                    break
                self._take(self._protocol.receive(frame, anyio.current_time()))
        self._heard.set()

    async def _write(self) -> None:
        while not self._is_over:
            await self._write_batch()
        # The last words, such as why it is over; where the line is cut there are none.
        await self._write_batch()
        # Whoever comes now waits for nothing.
        self._batch.end()
        # The line reads by itself while it is closed.
        self._hearing.cancel()
        await self._heard.wait()

    async def _write_batch(self) -> None:
        """Send what is queued, or wait for it."""
        if self._work.is_set():
            self._work = anyio.Event()
        batch, self._batch = self._batch, _Batch()
        try:
            frames = self._protocol.frames_to_send(anyio.current_time())
            if not frames:
                batch.end()
                if not self._is_over:
                    await self._work.wait()
                return
            self.writing_since = anyio.current_time()
            self._minded()
            await self._send(frames)
            batch.went_out = True
        except StreamClosedError as error:
            # What had arrived by then is still heard: often it says why.
            with anyio.move_on_after(_LAST_WORDS):
                await self._heard.wait()
            self._cut(error)
        except Exception as error:  # noqa: BLE001 - as for reading
            self._cut(error)
        finally:
            self.writing_since = math.inf
            batch.end()

    async def _send(self, frames: list[Outgoing]) -> None:
        texts = [frame for frame in frames if isinstance(frame, str)]
        if self._send_all is not None and 1 < len(texts) == len(frames):
            for at in range(0, len(texts), _AT_ONCE):
                await self._send_all(texts[at : at + _AT_ONCE])
            return
        for frame in frames:
            await (self._stream.send(frame) if isinstance(frame, str) else self._stream.restart())

    async def _close(self) -> None:
        deadline = anyio.current_time() + self.goodbye_timeout
        with anyio.CancelScope(shield=True, deadline=deadline) as scope:
            if self.is_lost:
                # A service that hears a goodbye forgets the conversation.
                scope.cancel()
            with suppress(Exception):
                await self._stream.aclose()
