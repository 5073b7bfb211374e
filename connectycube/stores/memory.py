"""Sessions kept in this process: for clients that share an identity, and for tests."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs

from connectycube.session import Session


class MemoryStore:
    """Keeps sessions for as long as the process lives; any number of clients may share it."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._claims: dict[str, tuple[object, float]] = {}

    async def load(self, key: str, /) -> Session | None:
        return self._sessions.get(key)

    async def save(self, key: str, session: Session, /) -> None:
        self._sessions[key] = attrs.evolve(session, user=None)

    async def delete(self, key: str, token: str, /) -> None:
        kept = self._sessions.get(key)
        if kept is not None and kept.token == token:
            del self._sessions[key]

    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:
        """Claim a key for as long as the block runs, at most so long against other clients."""
        claim, now = object(), time.monotonic()
        _, ends = self._claims.get(key, (None, now))
        if ends > now:
            yield False
            return
        self._claims[key] = claim, now + seconds
        try:
            yield True
        finally:
            if self._claims.get(key, (None, 0.0))[0] is claim:
                del self._claims[key]

    def __repr__(self) -> str:
        return f"<MemoryStore of {len(self._sessions)} sessions>"
