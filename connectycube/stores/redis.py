"""Sessions kept in Redis: for a fleet of processes on many machines (extra: `redis`; asyncio)."""

import asyncio
import base64
import binascii
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final, Self

import anyio

from connectycube.errors import ClosedError, InvalidInputError
from connectycube.session import Session
from connectycube.stores._entry import SessionFormat, entry_name

try:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        "RedisStore needs the extra `redis`: pip install 'connectycube[redis]'", name=_error.name
    ) from _error

# Each request moves a session's end on, and nobody writes that down: it may outlive its date.
_MARGIN: Final = 2 * 60 * 60.0
# Guests live longest of all, for a day.
_UNKNOWN: Final = 24 * 60 * 60.0
_GIVE_BACK_GRACE: Final = 2.0
# https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/: only one's own.
_DELETE_IF_SAME: Final = """
if redis.call("GET", KEYS[1]) == ARGV[1] then
  return redis.call("DEL", KEYS[1])
end
return 0
"""


class RedisStore:
    """
    Keeps sessions in Redis, each until some hours after it ends; on asyncio alone.

    Needs the extra `redis`. A client that is passed in stays open; one made by `from_url` is closed
    by `aclose`. What the client raises, such as `redis.ConnectionError`, is passed on.

    Args:
        redis: a client of `redis.asyncio`.
        prefix: what the names of all entries begin with; the rest is a digest of the key.
        encrypt: turns what would be sent to Redis into what is.
        decrypt: turns it back, or raises what it likes.

    Raises:
        InvalidInputError: one of `encrypt` and `decrypt` is missing.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        prefix: str = "connectycube:",
        encrypt: Callable[[bytes], bytes] | None = None,
        decrypt: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._redis = redis
        self._prefix = prefix
        self._format = SessionFormat(encrypt, decrypt)
        self._owns_redis = False
        self._is_closed = False

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        prefix: str = "connectycube:",
        encrypt: Callable[[bytes], bytes] | None = None,
        decrypt: Callable[[bytes], bytes] | None = None,
    ) -> Self:
        """
        Make a store with a client of its own, such as for `redis://localhost:6379/0`.

        Raises:
            InvalidInputError: no URL of a Redis server, or as for the class.
        """
        try:
            redis = Redis.from_url(url)
        except ValueError:
            # Its text may quote the URL, which may hold a password.
            raise InvalidInputError("this is no redis://, rediss:// or unix:// URL") from None
        store = cls(redis, prefix=prefix, encrypt=encrypt, decrypt=decrypt)
        store._owns_redis = True
        return store

    async def load(self, key: str, /) -> Session | None:
        self._check_usable()
        name = self._name("session", key)
        value = await self._redis.get(name)
        return None if value is None else self._read(value, name)

    async def save(self, key: str, session: Session, /) -> None:
        self._check_usable()
        # Text, whatever a cipher gives: some clients decode all that they get.
        value = base64.b64encode(self._format.write(session))
        seconds = _kept_for(session, datetime.now(UTC))
        await self._redis.set(self._name("session", key), value, px=_milliseconds(seconds))

    async def delete(self, key: str, token: str, /) -> None:
        self._check_usable()
        name = self._name("session", key)
        while (value := await self._redis.get(name)) is not None:
            kept = self._read(value, name)
            if kept is None or kept.token != token:
                return
            # Saved anew since it was read? It may still be the same token.
            if await self._redis.eval(_DELETE_IF_SAME, 1, name, value):
                return

    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:
        """Claim a key among all that use the server and the prefix, for so many seconds at most."""
        self._check_usable()
        name, owner = self._name("lease", key), secrets.token_hex(16)
        mine: bool | None = None
        try:
            mine = bool(await self._redis.set(name, owner, nx=True, px=_milliseconds(seconds)))
            yield mine
        finally:
            # After a cancellation nobody knows, and asking costs little.
            if mine is not False:
                await self._give_back(name, owner)

    async def aclose(self) -> None:
        """Close the client that `from_url` made; one that was passed in is its maker's."""
        if self._owns_redis and not self._is_closed:
            self._is_closed = True
            await self._redis.aclose()

    def __repr__(self) -> str:
        return f"<RedisStore at {self._prefix!r}>"

    async def _give_back(self, name: str, owner: str) -> None:
        # What cannot be given back ends by itself, and is no fault of the block's.
        with anyio.move_on_after(_GIVE_BACK_GRACE, shield=True), suppress(RedisError, OSError):
            await self._redis.eval(_DELETE_IF_SAME, 1, name, owner)

    def _name(self, kind: str, key: str) -> str:
        return f"{self._prefix}{kind}:{entry_name(key)}"

    def _read(self, value: bytes | str, name: str) -> Session | None:
        try:
            data = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            self._format.warn(name, error)
            return None
        return self._format.read(data, name)

    def _check_usable(self) -> None:
        if self._is_closed:
            raise ClosedError("this RedisStore is closed")
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise ClosedError(
                "a RedisStore runs on asyncio alone: use a FileStore on trio"
            ) from None


def _kept_for(session: Session, now: datetime) -> float:
    """Return the seconds after which nobody will want a session."""
    if session.expires_at is None:
        return _UNKNOWN
    return max(0.0, (session.expires_at - now).total_seconds()) + _MARGIN


def _milliseconds(seconds: float) -> int:
    """Redis counts in whole ones, and nothing may end before it begins."""
    return max(1, round(seconds * 1000))
