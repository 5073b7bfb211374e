"""The store in Redis, against a real server: its promises, its clean-up, and what it needs."""

import base64
import gc
import itertools
import logging
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import anyio.lowlevel
import attrs
import pytest
import redis
from cryptography.fernet import Fernet
from redis.asyncio import ConnectionPool, Redis

from connectycube import ClosedError, InvalidInputError, Session
from connectycube.stores.redis import RedisStore, _kept_for
from connectycube.testing.session_store_check import check_session_store

from .redis_server import redis_server

pytestmark = pytest.mark.anyio

HOUR: Final = 60 * 60
NOW: Final = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
KEY: Final = "canary key\0é"
SESSION: Final = Session(token="canary-token", user_id=7, application_id=21, expires_at=NOW)
OTHER: Final = Session(token="canary-other")
A_LONG_TIME: Final = 60.0
GENEROUS: Final = 60.0


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(params=[False, True], ids=["bytes", "text"])
async def client(url: str, request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """Give a client, once as it is and once as one that decodes its answers."""
    client = Redis.from_url(url, decode_responses=request.param)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def store(client: Redis) -> RedisStore:
    return RedisStore(client)


async def test_it_keeps_the_promises(client: Redis) -> None:
    numbers = itertools.count()

    await check_session_store(lambda: RedisStore(client, prefix=f"{next(numbers)}:"))


async def test_it_keeps_the_promises_encrypted(client: Redis) -> None:
    numbers, cipher = itertools.count(), Fernet(Fernet.generate_key())

    def make() -> RedisStore:
        prefix = f"{next(numbers)}:"
        return RedisStore(client, prefix=prefix, encrypt=cipher.encrypt, decrypt=cipher.decrypt)

    await check_session_store(make)


async def test_another_client_finds_what_was_saved(store: RedisStore, url: str) -> None:
    await store.save(KEY, SESSION)
    other = RedisStore.from_url(url)

    assert await other.load(KEY) == SESSION
    await other.aclose()


async def test_names_begin_with_the_prefix_and_tell_no_key(client: Redis) -> None:
    store = RedisStore(client, prefix="a prefix/")
    await store.save(KEY, SESSION)
    async with store.lease(KEY, seconds=A_LONG_TIME):
        names = [name if isinstance(name, str) else name.decode() for name in await client.keys()]

    assert len(names) == 2
    assert all(name.startswith("a prefix/") and "canary" not in name for name in names)
    assert repr(store) == "<RedisStore at 'a prefix/'>"


@pytest.mark.parametrize(
    ("ends", "kept"),
    [
        (NOW + timedelta(hours=2), 4 * HOUR),
        (NOW + timedelta(days=365), (365 * 24 + 2) * HOUR),
        (NOW, 2 * HOUR),
        (NOW - timedelta(days=3), 2 * HOUR),
        (None, 24 * HOUR),
    ],
)
def test_a_session_is_kept_past_its_end(ends: datetime | None, kept: float) -> None:
    """Each request moves the end on, and nobody saves that."""
    session = Session(token="canary-token", expires_at=ends)

    assert kept == _kept_for(session, NOW)


async def test_redis_forgets_sessions_and_leases_by_itself(
    store: RedisStore, client: Redis
) -> None:
    """A session of unknown end after a day, a lease after its seconds, at the latest."""
    await store.save(KEY, OTHER)
    [session] = await client.keys("*session*")
    async with store.lease(KEY, seconds=A_LONG_TIME):
        [lease] = await client.keys("*lease*")

        assert 23 * HOUR < await client.ttl(session) <= 24 * HOUR
        assert 0 < await client.ttl(lease) <= A_LONG_TIME


async def test_a_lease_may_be_shorter_than_redis_counts(store: RedisStore) -> None:
    async with store.lease(KEY, seconds=0.0) as mine:
        assert mine


@pytest.mark.parametrize("damage", [b"", b"canary", b"Y2FuYXJ5", b"W10=", b"\xc3\xa9"])
async def test_a_damaged_entry_counts_as_none(
    store: RedisStore, client: Redis, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    """It is told once, without its content, and the next session is saved in its place."""
    await store.save(KEY, SESSION)
    [name] = await client.keys("*")
    await client.set(name, damage)

    assert [await store.load(KEY), await store.load(KEY)] == [None, None]
    assert 1 == sum(one.levelno >= logging.WARNING for one in caplog.records)
    await store.delete(KEY, SESSION.token)
    await store.save(KEY, SESSION)
    assert await store.load(KEY) == SESSION


async def test_encrypted_content_holds_no_token(client: Redis) -> None:
    """Whatever bytes the cipher gives, and whatever the client makes of bytes."""

    def turn(data: bytes) -> bytes:
        return bytes(byte ^ 0xA5 for byte in data)

    store = RedisStore(client, encrypt=turn, decrypt=turn)
    await store.save(KEY, SESSION)
    [name] = await client.keys("*")
    value = await client.get(name)

    assert value is not None
    assert SESSION.token.encode() not in base64.b64decode(value)
    assert await store.load(KEY) == SESSION


async def test_what_cannot_be_decrypted_counts_as_none(
    client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    await RedisStore(client, encrypt=first.encrypt, decrypt=first.decrypt).save(KEY, SESSION)
    store = RedisStore(client, encrypt=second.encrypt, decrypt=second.decrypt)

    assert [await store.load(KEY), await store.load(KEY)] == [None, None]
    assert 1 == sum(one.levelno >= logging.WARNING for one in caplog.records)


def test_half_a_pair_of_callables_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="together"):
        RedisStore.from_url("redis://localhost", encrypt=bytes)


async def test_a_session_that_is_saved_meanwhile_is_not_deleted(store: RedisStore) -> None:
    """A process that deletes a dead session never takes the one that came after it."""
    for _ in range(50):
        await store.save(KEY, SESSION)
        async with anyio.create_task_group() as group:
            group.start_soon(store.delete, KEY, SESSION.token)
            group.start_soon(store.save, KEY, OTHER)

        assert await store.load(KEY) == OTHER


@pytest.mark.parametrize(
    ("again", "left"), [(OTHER, OTHER), (attrs.evolve(SESSION, expires_at=None), None)]
)
async def test_what_is_saved_between_look_and_delete_is_looked_at(
    client: Redis, url: str, again: Session, left: Session | None
) -> None:
    """The same token in other bytes is deleted, another token is not."""
    plain = RedisStore(client)
    await plain.save(KEY, again)
    [name] = await client.keys("*")
    coming = [value for value in await client.mget(name) if value is not None]
    await plain.save(KEY, SESSION)

    def decrypt(data: bytes) -> bytes:
        if coming:
            with redis.Redis.from_url(url) as quick:
                quick.set(name, coming.pop())
        return data

    await RedisStore(client, encrypt=bytes, decrypt=decrypt).delete(KEY, SESSION.token)

    assert left == await plain.load(KEY)
    assert not coming


async def test_a_hundred_saves_at_once_leave_one_whole_session(store: RedisStore) -> None:
    sessions = [Session(token=f"canary-{number}" * 99, user_id=number) for number in range(100)]
    async with anyio.create_task_group() as group:
        for session in sessions:
            group.start_soon(store.save, KEY, session)

    assert await store.load(KEY) in sessions


async def test_cancelled_calls_leave_a_store_that_works(store: RedisStore) -> None:
    """A lease that a cancelled call took without knowing ends after its seconds."""
    chance = random.Random(5)  # noqa: S311 - a test must repeat itself

    async def act(number: int) -> None:
        with anyio.move_on_after(chance.random() * 0.02):
            async with store.lease(KEY, seconds=1.0):
                await store.save(KEY, Session(token="canary" * number, user_id=number))
                await store.delete(KEY, "canary" * (number - 1))

    for _ in range(10):
        async with anyio.create_task_group() as group:
            for number in range(2, 22):
                group.start_soon(act, number)
    gc.collect()

    kept = await store.load(KEY)
    assert kept is None or kept.token == "canary" * (kept.user_id or 0)
    with anyio.fail_after(GENEROUS):
        while not await has_lease(store):  # noqa: ASYNC110 - a lease that ends tells nobody
            await anyio.sleep(0.05)


async def has_lease(store: RedisStore) -> bool:
    async with store.lease(KEY, seconds=A_LONG_TIME) as mine:
        return mine


async def test_a_cancelled_block_gives_its_lease_back_over_a_new_connection(
    store: RedisStore, client: Redis
) -> None:
    """Also where that takes more than to write a few bytes."""
    with anyio.CancelScope() as scope:
        async with store.lease(KEY, seconds=A_LONG_TIME):
            await client.connection_pool.disconnect()
            scope.cancel()
            await anyio.lowlevel.checkpoint()

    assert await has_lease(store)


async def test_a_lease_that_cannot_be_given_back_is_no_fault_of_the_block(url: str) -> None:
    """It ends by itself; what the block did counts."""
    client = Redis.from_url(url)
    await client.flushall()
    async with RedisStore(client).lease(KEY, seconds=A_LONG_TIME) as mine:
        await client.aclose()
        client.connection_pool = ConnectionPool.from_url("unix:///nowhere/canary.sock")

    assert mine


async def test_a_server_that_is_not_there_is_told_as_redis_tells_it() -> None:
    store = RedisStore.from_url("unix:///nowhere/redis.sock")

    with pytest.raises(redis.ConnectionError):
        await store.load(KEY)
    with pytest.raises(redis.ConnectionError):
        await store.lease(KEY, seconds=A_LONG_TIME).__aenter__()
    await store.aclose()


async def test_a_client_of_its_own_is_closed_and_stays_closed(url: str) -> None:
    store = RedisStore.from_url(url)
    await store.save(KEY, SESSION)
    await store.aclose()
    await store.aclose()

    with pytest.raises(ClosedError, match="closed"):
        await store.load(KEY)


async def test_a_client_that_was_passed_in_stays_open(store: RedisStore) -> None:
    await store.aclose()
    await store.save(KEY, SESSION)

    assert await store.load(KEY) == SESSION


@pytest.mark.parametrize("url", ["http://canary@host", "redis://u:canary@host:port", "canary"])
def test_what_is_no_url_of_redis_is_refused_without_being_told(url: str) -> None:
    with pytest.raises(InvalidInputError, match="redis://"):
        RedisStore.from_url(url)


def test_on_trio_it_says_that_it_is_for_asyncio() -> None:
    async def main() -> None:
        store = RedisStore.from_url("redis://localhost")
        with pytest.raises(ClosedError, match="asyncio alone"):
            await store.load(KEY)
        with pytest.raises(ClosedError, match="asyncio alone"):
            await store.lease(KEY, seconds=A_LONG_TIME).__aenter__()

    anyio.run(main, backend="trio")


def test_without_redis_installed_the_extra_is_named() -> None:
    script = "import sys; sys.modules['redis'] = None; import connectycube.stores.redis"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "pip install 'connectycube[redis]'" in done.stderr.splitlines()[-1]
