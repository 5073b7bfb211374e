"""Transfers that are given up, over real sockets: in storms, half-way, and by the store."""

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import pytest

from connectycube import Backoff, ConnectyCube
from connectycube.testing.raw_server import Line, RawServer

from .stage import Stage, until

pytestmark = pytest.mark.anyio

CONTENT: Final = bytes(range(256)) * 4000  # all that the emulator keeps whole
QUICK: Final = Backoff(base=0.0, rate_limit_base=0.0)


async def impatient(call: Callable[[], Awaitable[object]], seconds: float, *, native: bool) -> None:
    """Give up a call after a while: by a scope, or as asyncio itself does it."""
    if native:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await call()
    else:
        with anyio.move_on_after(seconds):
            await call()


async def test_a_storm_of_cancelled_transfers_leaves_a_working_client(
    stage: Stage, tmp_path: Path
) -> None:
    """After sixty of each, twenty of twenty calls succeed, and no handle or part is left."""
    chance = random.Random(7)  # noqa: S311 - a test must repeat itself
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    target = tmp_path / "target"
    target.mkdir()
    async with stage.client() as cube:
        blob = await cube.storage.upload(path)
        for batch in range(6):
            give_up = partial(impatient, native=stage.ride.backend == "asyncio" and batch % 2 == 0)
            async with anyio.create_task_group() as tasks:
                for number in range(10):
                    upload = partial(cube.storage.upload, path)
                    download = partial(cube.storage.download, blob.uid, target / f"{number}")
                    tasks.start_soon(give_up, upload, chance.random() * 0.06)
                    tasks.start_soon(give_up, download, chance.random() * 0.06)
        parts = [one.name for one in target.iterdir() if one.name.endswith(".part")]
        whole = [one.read_bytes() == CONTENT for one in target.iterdir()]
        sizes = [(await cube.storage.upload(b"1234")).size for _ in range(20)]
        orphans = [one for one in stage.service.world.files if one.completed_at is None]
        gc.collect()

    assert ([4] * 20, []) == (sizes, orphans)
    assert [] == parts
    assert all(whole)


async def test_uploads_cancelled_at_the_store_are_removed(stage: Stage) -> None:
    """Fifty hang there at once; all are given up, and all their records go."""
    stage.emulator.faults.hang(origin="store", times=50)
    async with stage.client() as cube:
        await cube.create_session()
        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(give_up_at_the_store, cube, stage)
        left = len(stage.service.world.files)
        sizes = [(await cube.storage.upload(b"1234")).size for _ in range(20)]

    assert (0, [4] * 20) == (left, sizes)


async def give_up_at_the_store(cube: ConnectyCube, stage: Stage) -> None:
    """Start an upload, and cancel it once the store has all the others too."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cube.storage.upload, b"1234")
        await until(lambda: len(stage.emulator.store_requests) >= 50)
        tasks.cancel_scope.cancel()


async def test_a_stream_left_early_frees_its_connection(stage: Stage) -> None:
    """More often than there are connections in the pool."""
    async with stage.client() as cube:
        blob = await cube.storage.upload(CONTENT)
        for _ in range(120):
            async with cube.storage.stream(blob.uid) as chunks:
                assert CONTENT.startswith(await anext(chunks))
        assert CONTENT == await cube.storage.download(blob.uid)


class Hasty:
    """A store that twice answers before it has read everything."""

    def __init__(self) -> None:
        self.refused = 0
        self.bodies: list[int] = []

    async def __call__(self, line: Line) -> None:
        if self.refused < 2:
            self.refused += 1
            await line.head()
            await line.start()
            await line.say(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n")
        else:
            self.bodies.append((await line.request()).count(CONTENT))
            await line.say(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


async def test_an_early_refusal_does_not_disturb_the_next_attempt(
    stage: Stage, tmp_path: Path
) -> None:
    """The file is read from its start again."""
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT * 8)
    store = Hasty()
    async with RawServer(store) as server:
        stage.service.store_url = server.url
        async with stage.client(retry=QUICK) as cube:
            blob = await cube.storage.upload(path)
        await stage.transport.aclose()

    assert (len(CONTENT) * 8, [8], 2) == (blob.size, store.bodies, store.refused)
