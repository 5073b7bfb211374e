"""The event loop as calls see it: by anyio, or by what a transport of one loop knows better."""

from contextlib import AbstractContextManager
from typing import Final

import anyio
import anyio.lowlevel

from connectycube.http import EventLoop, Transport


class _AnyLoop:
    """Whichever loop runs; asking which one it is takes longer than what is asked of it."""

    def current(self) -> object:
        return anyio.lowlevel.current_token()

    def time(self) -> float:
        return anyio.current_time()

    def bound(self, until: float) -> AbstractContextManager[object, bool]:
        return anyio.CancelScope(deadline=until)


_ANY_LOOP: Final = _AnyLoop()


def event_loop_of(transport: Transport) -> EventLoop:
    """Return the loop by the shortest way."""
    return getattr(transport, "event_loop", None) or _ANY_LOOP
