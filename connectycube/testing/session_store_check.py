"""Does a session store keep its Protocol's promises?"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import anyio.lowlevel
import attrs

from connectycube.models.user import User
from connectycube.session import Session
from connectycube.session_store import SessionStore
from connectycube.testing.promise import promise

_ENDS: Final = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
_FIRST: Final = Session(token="token-first", user_id=7, application_id=21, expires_at=_ENDS)  # noqa: S106 - nobody's
_SECOND: Final = Session(token="token-second")  # noqa: S106 - nobody's
_KEYS: Final = ("a", "A", "a/b", "../a", "a\\b", "key with spaces", "%2e", "ключ", "x" * 300)
_LEASE: Final = 0.5
_AT_ONCE: Final = 20
# A store that waits for a lease would wait for as long as it is held, which is for ever here.
_PATIENCE: Final = 10.0


async def check_session_store(make: Callable[[], SessionStore]) -> None:
    """
    Check what a store keeps, replaces, forgets, and, where it can, leases.

    Args:
        make: gives a new and empty store, on whatever event loop runs.

    Raises:
        AssertionError: a promise of `SessionStore`, or of `LeasingStore`, is broken.
    """
    await _keeps(make())
    await _keeps_apart(make())
    await _deletes_by_token(make())
    await _saves_at_once(make())
    await _shows_nothing(make())
    if hasattr(make(), "lease"):
        await _leases(make())
        await _leases_to_one(make())
        await _ends_with_its_block(make())
        await _outlives_holders(make())
        await _leaves_others_alone(make())


async def _keeps(store: SessionStore) -> None:
    promise(await store.load("k") is None, "an unknown key loads None")
    await store.save("k", _FIRST)
    _same(await store.load("k"), _FIRST, "what was saved is loaded")
    await store.save("k", _SECOND)
    _same(await store.load("k"), _SECOND, "what is saved replaces what was there")
    await store.save("k", attrs.evolve(_FIRST, user=User(id=7, email="someone@example.org")))
    kept = await store.load("k")
    promise(kept is not None and kept.user is None, "a store keeps no profile of a user")


async def _keeps_apart(store: SessionStore) -> None:
    for number, key in enumerate(_KEYS):
        await store.save(key, Session(token=f"token-{number}"))
    for number, key in enumerate(_KEYS):
        kept = await store.load(key)
        promise(
            kept is not None and kept.token == f"token-{number}",
            "keys are kept apart, whatever characters they hold",
        )


async def _deletes_by_token(store: SessionStore) -> None:
    await store.delete("k", _FIRST.token)
    await store.save("k", _FIRST)
    await store.save("other", _FIRST)
    await store.delete("k", _SECOND.token)
    _same(await store.load("k"), _FIRST, "delete leaves a session with another token alone")
    await store.delete("k", _FIRST.token)
    promise(await store.load("k") is None, "delete forgets the session with that token")
    _same(await store.load("other"), _FIRST, "delete concerns its own key alone")


async def _saves_at_once(store: SessionStore) -> None:
    sessions = [Session(token=f"token-{number}" * 50, user_id=number) for number in range(_AT_ONCE)]
    async with anyio.create_task_group() as group:
        for session in sessions:
            group.start_soon(store.save, "k", session)
    kept = await store.load("k")
    whole = kept is not None and (kept.token, kept.user_id) in [
        (session.token, session.user_id) for session in sessions
    ]
    promise(whole, "of several saves at once one is kept, whole")


async def _shows_nothing(store: SessionStore) -> None:
    await store.save("k", _FIRST)
    promise(_FIRST.token not in repr(store), "the store's repr shows no token")


async def _leases(store: Any) -> None:
    async with store.lease("k", seconds=60.0) as mine:
        promise(mine is True, "a free key is leased")
        async with store.lease("k", seconds=60.0) as twice:
            promise(twice is False, "a leased key is leased to nobody else")
        async with store.lease("k", seconds=60.0) as twice:
            promise(twice is False, "who was refused a lease gives none back")
        async with store.lease("other", seconds=60.0) as other:
            promise(other is True, "a lease concerns its own key alone")
        await store.save("k", _FIRST)
        promise(await store.load("k") is not None, "a leased key can be saved and loaded")
    async with store.lease("k", seconds=60.0) as again:
        promise(again is True, "a lease is over when its block is")


async def _leases_to_one(store: Any) -> None:
    all_tried = anyio.Event()
    tries: list[bool] = []

    async def take() -> None:
        async with store.lease("k", seconds=60.0) as mine:
            tries.append(mine)
            if len(tries) == _AT_ONCE:
                all_tried.set()
            await all_tried.wait()

    with anyio.move_on_after(_PATIENCE):
        async with anyio.create_task_group() as group:
            for _ in range(_AT_ONCE):
                group.start_soon(take)
    promise(len(tries) == _AT_ONCE, "a lease is refused without waiting")
    promise(tries.count(True) == 1, "of several who ask at once one gets the lease")


async def _ends_with_its_block(store: Any) -> None:
    try:
        async with store.lease("k", seconds=60.0):
            raise _Trouble
    except _Trouble:
        pass
    async with store.lease("k", seconds=60.0) as again:
        promise(again is True, "a lease is over when its block is left by an error")
    with anyio.CancelScope() as scope:
        async with store.lease("k", seconds=60.0):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    async with store.lease("k", seconds=60.0) as again:
        promise(again is True, "a lease is over when its block is cancelled")


async def _outlives_holders(store: Any) -> None:
    dead = store.lease("k", seconds=_LEASE)
    await dead.__aenter__()
    try:
        await anyio.sleep(_LEASE * 1.5)
        async with store.lease("k", seconds=60.0) as mine:
            promise(mine is True, "a lease that was never given back ends after its seconds")
    finally:
        await dead.__aexit__(None, None, None)  # and finds nothing to give back


async def _leaves_others_alone(store: Any) -> None:
    late = store.lease("k", seconds=_LEASE)
    await late.__aenter__()
    await anyio.sleep(_LEASE * 1.5)
    async with store.lease("k", seconds=60.0):
        await late.__aexit__(None, None, None)
        async with store.lease("k", seconds=60.0) as another:
            promise(another is False, "who comes too late gives nobody else's lease back")


class _Trouble(Exception):  # noqa: N818 - nothing is wrong
    """What ends a block before its time."""


def _same(kept: Session | None, saved: Session, what: str) -> None:
    promise(kept is not None and kept.to_dict() == saved.to_dict(), what)
