"""Where actors live: an event loop in a thread of its own, so that any test can wait for them."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TypeVar

import anyio
import anyio.to_thread
from anyio.from_thread import BlockingPortal, start_blocking_portal

T = TypeVar("T")


class Backstage:
    """
    A thread with an event loop, begun when first needed.

    What runs there is another party to the test: it goes on while the test's own loop, of
    whatever kind, is busy or has none yet.
    """

    def __init__(self) -> None:
        self._running = ExitStack()
        self._portal: BlockingPortal | None = None

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something there and wait for it here; cancelled here, it is cancelled there."""
        future: Future[T] = self._open().start_task_soon(work)
        return await settled(future)

    def begin(self, work: Callable[[], Awaitable[None]]) -> Future[None]:
        """Begin something there that goes on by itself."""
        return self._open().start_task_soon(work)

    def call(self, function: Callable[[], object]) -> None:
        """Call a plain function there, and wait for it."""
        self._open().call(function)

    def close(self) -> None:
        """End the loop and its thread, once all that was begun is over. May be called twice."""
        self._portal = None
        self._running.close()

    def _open(self) -> BlockingPortal:
        if self._portal is None:
            self._portal = self._running.enter_context(start_blocking_portal("asyncio"))
        return self._portal


async def settled(future: Future[T]) -> T:
    """Wait for what another thread brings; cancelled, it is told so."""
    try:
        # A limiter of its own: waiting holds up no other work in threads.
        return await anyio.to_thread.run_sync(
            future.result, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
    finally:
        future.cancel()
