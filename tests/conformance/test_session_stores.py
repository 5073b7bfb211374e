"""Every store of ours keeps the promises, and the check finds one that does not."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio.lowlevel
import attrs
import pytest

from connectycube import Session
from connectycube.session_store import SessionStore
from connectycube.stores.memory import MemoryStore
from connectycube.testing.session_store_check import check_session_store

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_store_in_memory_keeps_the_promises() -> None:
    await check_session_store(MemoryStore)


class Forgetful(MemoryStore):
    async def save(self, key: str, session: Session, /) -> None:
        """Keep nothing."""


class First(MemoryStore):
    async def save(self, key: str, session: Session, /) -> None:
        self._sessions.setdefault(key, session)


class Inventive(MemoryStore):
    async def load(self, key: str, /) -> Session | None:
        return self._sessions.get(key, Session.from_token("invented"))


class Careless(MemoryStore):
    async def save(self, key: str, session: Session, /) -> None:
        self._sessions[key] = attrs.evolve(session, expires_at=None)


class KeepsProfiles(MemoryStore):
    async def save(self, key: str, session: Session, /) -> None:
        self._sessions[key] = session


class IgnoresCase(MemoryStore):
    async def save(self, key: str, session: Session, /) -> None:
        await super().save(key.lower(), session)

    async def load(self, key: str, /) -> Session | None:
        return await super().load(key.lower())


class DeletesAnything(MemoryStore):
    async def delete(self, key: str, _token: str, /) -> None:
        self._sessions.pop(key, None)


class DeletesNothing(MemoryStore):
    async def delete(self, key: str, token: str, /) -> None:
        """Leave it there."""


class DeletesAll(MemoryStore):
    async def delete(self, key: str, token: str, /) -> None:
        if (kept := self._sessions.get(key)) is not None and kept.token == token:
            self._sessions.clear()


class Talkative(MemoryStore):
    def __repr__(self) -> str:
        return f"{[one.token for one in self._sessions.values()]}"


class LeasesToAll(MemoryStore):
    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:  # noqa: ARG002 - as broken as that
        yield True


class LeasesToNobody(MemoryStore):
    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:  # noqa: ARG002 - as broken as that
        yield False


class LooksThenLeaps(MemoryStore):
    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:
        looked = key not in self._claims
        await anyio.lowlevel.checkpoint()
        async with super().lease(key, seconds=seconds) as mine:
            yield mine or looked


class GivesBackWhenAllIsWell(MemoryStore):
    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:
        """Give back after an await that a cancellation ends."""
        mine = key not in self._claims
        self._claims.setdefault(key, (object(), seconds))
        try:
            yield mine
        finally:
            await anyio.lowlevel.checkpoint()
            if mine:
                del self._claims[key]


class LeasesForEver(MemoryStore):
    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:  # noqa: ARG002 - as broken as that
        mine = key not in self._claims
        self._claims.setdefault(key, (object(), 0.0))
        yield mine
        if mine:
            self._claims.pop(key, None)


class EndsAnyLease(MemoryStore):
    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:
        async with super().lease(key, seconds=seconds) as mine:
            yield mine
        if mine:
            self._claims.pop(key, None)


@pytest.mark.parametrize(
    ("make", "promise"),
    [
        (Forgetful, "what was saved is loaded"),
        (First, "replaces"),
        (Inventive, "loads None"),
        (Careless, "what was saved is loaded"),
        (KeepsProfiles, "no profile"),
        (IgnoresCase, "kept apart"),
        (DeletesAnything, "another token"),
        (DeletesNothing, "forgets"),
        (DeletesAll, "its own key"),
        (Talkative, "repr"),
        (LeasesToAll, "nobody else"),
        (LeasesToNobody, "a free key"),
        (LooksThenLeaps, "at once"),
        (GivesBackWhenAllIsWell, "is cancelled"),
        (LeasesForEver, "left by an error"),
        (EndsAnyLease, "too late"),
    ],
)
async def test_a_broken_promise_is_named(make: Callable[[], SessionStore], promise: str) -> None:
    """By the sentence that the store does not keep."""
    with pytest.raises(AssertionError, match=promise):
        await check_session_store(make)
