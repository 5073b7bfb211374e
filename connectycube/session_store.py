"""Where sessions are kept between clients and processes: a Protocol, and one that may do more."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from connectycube.session import Session


class SessionStore(Protocol):
    """
    Keeps sessions by key; any object with these three methods serves.

    A key is text of the client's making, which names nobody and holds no secret. Only what
    `Session.to_dict` gives is kept: whoever reads the store can act as its users until their
    sessions die, and never learns a password. A store that cannot be reached raises what it likes.
    """

    async def load(self, key: str, /) -> Session | None:
        """Return what was saved last, `None` where there is nothing that can be read."""
        ...

    async def save(self, key: str, session: Session, /) -> None:
        """Keep a session in place of the one before, wholly or not at all."""
        ...

    async def delete(self, key: str, token: str, /) -> None:
        """Forget the session if it still has that token; another one's is left alone."""
        ...


class LeasingStore(SessionStore, Protocol):
    """A store through which a fleet of processes renews a session once."""

    def lease(self, key: str, /, *, seconds: float) -> AbstractAsyncContextManager[bool]:
        """
        Claim a key for as long as the block runs, without waiting.

        The block gets whether the claim is its own. A holder that dies keeps others out for
        `seconds` at most; one that takes longer ends nobody else's claim.
        """
        ...
