"""
A client's sessions in a store: found there before one is made, and made once for all who share it.

A store that fails is done without: each process then renews for itself.
"""

import hmac
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import anyio
import orjson

from connectycube.auth.strategy import AuthStrategy, Credentials
from connectycube.session import App, Session
from connectycube.session_store import SessionStore

T = TypeVar("T")
_log = logging.getLogger("connectycube.session")
# A process that dies while it renews holds up the others for so long.
LEASE: Final = 15.0
_POLL: Final = 0.05
# A store that takes longer is no help.
_PATIENCE: Final = 2.0


class SharedSessions:
    """What one client does with the store that it shares with others."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._failed = False
        # Where the session that is in use now is kept.
        self._kept: tuple[str, str] | None = None

    @staticmethod
    def key(
        app: App, base_url: str, strategy: AuthStrategy, credentials: Credentials
    ) -> str | None:
        """
        Return the key that sessions of these credentials are kept under, `None` for never.

        Whoever names a user without their secret gets another key. It is a digest under the
        application's own keys: the store alone tells neither who signs in nor by what.
        """
        if strategy.identity is None:
            return None
        kind = type(strategy)
        told = [
            base_url,
            app.app_id,
            f"{kind.__module__}.{kind.__qualname__}",
            strategy.identity,
            credentials.session_members(),
        ]
        secret = f"{app.auth_secret or ''}:{app.auth_key or ''}".encode()
        return hmac.digest(secret, orjson.dumps(told, option=orjson.OPT_SORT_KEYS), "sha256").hex()

    async def obtain(
        self, key: str, dead: Session | None, make: Callable[[], Awaitable[Session]]
    ) -> tuple[Session, bool]:
        """
        Return the session that is kept, or make one and keep it; and whether it was found.

        Args:
            key: where it is kept.
            dead: the session that it replaces.
            make: has the service make one; of all who ask at once, one is asked to.
        """
        while True:
            if (found := await self._found(key, dead)) is not None:
                return found, True
            async with self._lease(key) as mine:
                if mine:
                    # Somebody may have been quicker, and be done.
                    if (found := await self._found(key, dead)) is not None:
                        return found, True
                    session = await make()
                    await self.keep(key, session)
                    return session, False
            await anyio.sleep(_POLL)

    async def keep(self, key: str, session: Session) -> None:
        """Keep a session that was just made."""
        self._kept = key, session.token
        await self._try(lambda: self._store.save(key, session))

    async def forget(self, token: str) -> None:
        """Remove a session that is dead or that nobody should continue."""
        if self._kept is not None and self._kept[1] == token:
            key, self._kept = self._kept[0], None
            await self._try(lambda: self._store.delete(key, token))

    async def _found(self, key: str, dead: Session | None) -> Session | None:
        found = await self._try(lambda: self._store.load(key))
        if found is None or (dead is not None and found.token == dead.token):
            return None
        self._kept = key, found.token
        return found

    @asynccontextmanager
    async def _lease(self, key: str) -> AsyncGenerator[bool]:
        lease: Callable[..., Any] | None = getattr(self._store, "lease", None)
        claim = None if lease is None or self._failed else lease(key, seconds=LEASE)
        mine = None if claim is None else await self._try(claim.__aenter__)
        try:
            yield True if mine is None else bool(mine)
        finally:
            if claim is not None and mine is not None:
                with anyio.CancelScope(shield=True):
                    await self._try(lambda: claim.__aexit__(None, None, None))

    async def _try(self, use: Callable[[], Awaitable[T]]) -> T | None:
        failure = "it does not answer"
        with anyio.move_on_after(_PATIENCE):
            try:
                result = await use()
            except Exception as error:  # noqa: BLE001 - a store may fail in any way
                failure = type(error).__name__
            else:
                self._failed = False
                return result
        if not self._failed:
            _log.warning("the session store fails (%s): sessions are made without it", failure)
        self._failed = True
        return None
