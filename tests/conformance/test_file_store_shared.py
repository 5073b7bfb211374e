"""The store in a folder among threads and processes: one lease, and whole files at any time."""

import asyncio
import gc
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import anyio
import pytest
from anyio import from_thread

from connectycube import Session
from connectycube.stores._claim import Claim
from connectycube.stores._lock_file import in_turn, locked
from connectycube.stores.file import FileStore

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

KEY: Final = "k"
SESSION: Final = Session(token="canary-token", user_id=7)
OTHER: Final = Session(token="canary-other")
A_LONG_TIME: Final = 60.0
GENEROUS: Final = 60.0

# Whoever holds the lease makes a file that must not be there yet.
FIGHT: Final = """
import os, sys, anyio
from connectycube.stores._lock_file import in_turn, locked
from connectycube.stores.file import FileStore

folder, ring = sys.argv[1:]

async def main():
    store, won = FileStore(folder), 0
    for _ in range(200):
        async with store.lease("k", seconds=60.0) as mine:
            if mine:
                os.close(os.open(ring, os.O_CREAT | os.O_EXCL))
                won += 1
                await anyio.sleep(0.001)
                os.unlink(ring)
        await anyio.sleep(0.001)
    print(won)

anyio.run(main)
"""
HOLD: Final = """
import sys, anyio
from connectycube.stores._lock_file import in_turn, locked
from connectycube.stores.file import FileStore

async def main():
    async with FileStore(sys.argv[1]).lease("k", seconds=60.0) as mine:
        print(mine, flush=True)
        await anyio.sleep_forever()

anyio.run(main)
"""
SAVE: Final = """
import sys, anyio
from connectycube import Session
from connectycube.stores._lock_file import in_turn, locked
from connectycube.stores.file import FileStore

async def main():
    store = FileStore(sys.argv[1])
    print("ready", flush=True)
    for number in range(1_000_000):
        await store.save("k", Session(token="canary" * (1 + number % 999), user_id=number % 999))

anyio.run(main)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def store(folder: Path) -> FileStore:
    return FileStore(folder)


async def test_a_hundred_saves_at_once_leave_one_whole_session(
    store: FileStore, folder: Path
) -> None:
    sessions = [Session(token=f"canary-{number}" * 99, user_id=number) for number in range(100)]
    async with anyio.create_task_group() as group:
        for session in sessions:
            group.start_soon(store.save, KEY, session)

    assert await store.load(KEY) in sessions
    assert {".session", ".lock"} == {file.suffix for file in folder.iterdir()}


async def test_a_session_that_is_saved_meanwhile_is_not_deleted(
    store: FileStore, folder: Path
) -> None:
    """Whoever deletes a dead session never takes the one that came after it."""
    await store.save(KEY, SESSION)
    coming = [OTHER]

    def decrypt(data: bytes) -> bytes:
        if coming:
            from_thread.run(store.save, KEY, coming.pop())
        return data

    await FileStore(folder, encrypt=bytes, decrypt=decrypt).delete(KEY, SESSION.token)

    assert await store.load(KEY) == OTHER


async def test_cancelled_calls_leave_nothing_behind(store: FileStore, folder: Path) -> None:
    """Neither half a file, nor a temporary one, nor a lease that nobody holds."""
    chance = random.Random(5)  # noqa: S311 - a test must repeat itself

    async def act(number: int) -> None:
        with anyio.move_on_after(chance.random() * 0.01):
            async with store.lease(KEY, seconds=A_LONG_TIME):
                await store.save(KEY, Session(token="canary" * number, user_id=number))
                await store.delete(KEY, "canary" * (number - 1))

    for _ in range(10):
        async with anyio.create_task_group() as group:
            for number in range(2, 22):
                group.start_soon(act, number)

    kept = await store.load(KEY)
    assert kept is None or kept.token == "canary" * (kept.user_id or 0)
    assert {file.suffix for file in folder.iterdir()} <= {".session", ".lock"}
    async with store.lease(KEY, seconds=A_LONG_TIME) as mine:
        assert mine


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_tasks_that_asyncio_cancels_leave_nothing_behind(
    store: FileStore, folder: Path
) -> None:
    """Their threads go on alone, and end what they began."""
    chance = random.Random(7)  # noqa: S311 - a test must repeat itself

    async def act(number: int) -> None:
        async with store.lease(KEY, seconds=A_LONG_TIME):
            await store.save(KEY, Session(token="canary" * number, user_id=number))

    for _ in range(10):
        tasks = [asyncio.ensure_future(act(number)) for number in range(2, 22)]
        await asyncio.sleep(chance.random() * 0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    gc.collect()

    with anyio.fail_after(GENEROUS):
        while list(folder.glob("*.new")):  # noqa: ASYNC110 - a thread on its own tells nobody
            await anyio.sleep(0.01)
    kept = await store.load(KEY)
    assert kept is None or kept.token == "canary" * (kept.user_id or 0)


def test_a_claim_that_was_given_back_is_not_taken_any_more(tmp_path: Path) -> None:
    """As where the thread of a cancelled task comes late."""
    late, other = (Claim(tmp_path / "lock", A_LONG_TIME) for _ in range(2))
    late.give_back()

    assert [late.take(), other.take()] == [False, True]


@pytest.mark.parametrize(
    ("passed", "free"),
    [(0.0, False), (59.9, False), (60.0, True), (1e9, True), (-59.9, False), (-60.0, True)],
)
def test_a_claim_lasts_for_its_seconds(tmp_path: Path, passed: float, free: bool) -> None:  # noqa: FBT001 - a table
    """Give or take as much where the clock was set back, but never for ever."""
    assert Claim(tmp_path / "lock", A_LONG_TIME, wall=lambda: 1e9).take()

    assert free == Claim(tmp_path / "lock", A_LONG_TIME, wall=lambda: 1e9 + passed).take()


@pytest.mark.parametrize("damage", [b"", b"\xff", b"somebody", b"a b c", b"a nan 60", b"x" * 9999])
def test_a_damaged_claim_is_nobodys(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "lock").write_bytes(damage)

    assert Claim(tmp_path / "lock", A_LONG_TIME).take()


async def test_an_overdue_claim_is_taken_over_by_one_alone(tmp_path: Path) -> None:
    """Of twenty who find it at once."""
    for number in range(20):
        lock = tmp_path / f"{number}"
        assert Claim(lock, 1.0, wall=lambda: time.time() - A_LONG_TIME).take()
        taken: list[bool] = []

        async def take(lock: Path = lock, taken: list[bool] = taken) -> None:
            taken.append(await in_turn(Claim(lock, A_LONG_TIME).take))

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(take)

        assert sorted(taken) == [False] * 19 + [True]


@contextmanager
def running(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a script of ours, and see that it is over."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_eight_processes_one_holds_the_lease(folder: Path, tmp_path: Path) -> None:
    """Each asks two hundred times; one that met another holder would fail."""
    with ExitStack() as stack:
        ring = tmp_path / "ring"
        fighters = [stack.enter_context(running(FIGHT, folder, ring)) for _ in range(8)]
        told = [fighter.communicate(timeout=GENEROUS)[0] for fighter in fighters]

    assert [0] * 8 == [fighter.returncode for fighter in fighters]
    assert sum(map(int, told)) > 0
    assert not list(folder.glob("*.session"))


async def test_a_holder_that_is_killed_loses_the_lease_in_time(
    store: FileStore, folder: Path
) -> None:
    with running(HOLD, folder) as holder:
        assert line(holder) == "True"
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(GENEROUS)

    async with store.lease(KEY, seconds=A_LONG_TIME) as mine:
        assert not mine
    [lock] = folder.glob("*.lock")
    assert Claim(lock, A_LONG_TIME, wall=lambda: time.time() + A_LONG_TIME).take()


async def test_a_process_that_is_killed_while_it_saves_does_no_harm(
    store: FileStore, folder: Path
) -> None:
    """What it leaves is whole, locks nobody out, and is cleared away by the next save."""
    chance = random.Random(3)  # noqa: S311 - a test must repeat itself
    for _ in range(5):
        with running(SAVE, folder) as process:
            assert line(process) == "ready"
            await anyio.sleep(0.05 + chance.random() * 0.05)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(GENEROUS)

        kept = await store.load(KEY)
        assert kept is None or kept.token == "canary" * (1 + (kept.user_id or 0))
        with anyio.fail_after(GENEROUS):
            await store.save(KEY, SESSION)
        assert await store.load(KEY) == SESSION
        assert {".session", ".lock"} == {file.suffix for file in folder.iterdir()}


async def test_a_leftover_of_a_process_that_died_is_cleared_away(
    store: FileStore, folder: Path
) -> None:
    await store.save(KEY, SESSION)
    [file] = folder.glob("*.session")
    leftover = file.with_suffix(".new")
    leftover.write_bytes(b"half a")
    await store.save(KEY, OTHER)

    assert await store.load(KEY) == OTHER
    assert not leftover.exists()


async def test_a_caller_can_be_cancelled_while_somebody_else_holds_the_lock(
    store: FileStore, folder: Path
) -> None:
    await store.save(KEY, SESSION)
    [lock] = folder.glob("*.lock")
    with locked(lock), anyio.move_on_after(0.05) as scope:
        await store.save(KEY, OTHER)

    assert scope.cancelled_caught
    assert await store.load(KEY) == SESSION
