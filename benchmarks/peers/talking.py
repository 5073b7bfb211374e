"""What a client of the chat offers to whoever measures it."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import attrs

BODY: Final = "good & well, thank you"
EXTRA: Final = {"priority": "high"}
USER_ID: Final = 7


@attrs.frozen
class Place:
    """
    Where a client goes.

    Attributes:
        tls: the context for TLS from the first byte; `None` for none.
    """

    port: int
    tls: ssl.SSLContext | None


def context(authority: str | Path) -> ssl.SSLContext:
    """Return a context that trusts this authority; one for all, as it takes long to make."""
    return ssl.create_default_context(cafile=str(authority))


class Talker(Protocol):
    """A client that is logged in."""

    async def send(self, user_id: int, body: str) -> None:
        """Send a message, and return when it is known to have arrived."""

    async def listen(self) -> None:
        """Hear messages until this is cancelled."""


Hear: TypeAlias = Callable[[str], None]
Opener: TypeAlias = Callable[[Place, Hear], AbstractAsyncContextManager[Talker]]


@attrs.define
class Counted:
    """Counts what an application hears, and wakes who waits for the last of it."""

    left: int = 0
    done: asyncio.Event = attrs.field(factory=asyncio.Event)

    def hear(self, _body: str) -> None:
        self.left -= 1
        if not self.left:
            self.done.set()

    async def after(self, ask: Callable[[], Awaitable[None]], count: int) -> None:
        """Ask for so many, and wait until they are here."""
        self.left = count
        self.done.clear()
        await ask()
        await self.done.wait()


def opener(name: str) -> Opener:
    """
    Load a peer's `talking`, or what is named behind a dot.

    Raises:
        ImportError: its library is not installed.
    """
    module, _, way = name.partition(".")
    loaded: Opener = getattr(import_module(f"benchmarks.peers.{module}"), way or "talking")
    return loaded
