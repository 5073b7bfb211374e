"""Transfers that are given up, over real sockets: in storms, half-way, and by the store."""

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import anyio
import anyio.lowlevel
import pytest

from connectycube import (
    Backoff,
    ConnectyCube,
    LoginPassword,
    NoRetry,
    RetryPolicy,
)
from connectycube.emulator import Emulator

pytestmark = pytest.mark.asyncio

MAR: Final = LoginPassword("mar", "canary-of-mar")
CONTENT: Final = bytes(range(256)) * 4000  # all that the emulator keeps whole
QUICK: Final = Backoff(base=0.0, rate_limit_base=0.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(auth_key="canary-auth-key") as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Iterator[Emulator]:
    server.reset()
    yield server
    ours = [
        name
        for one in server.store_requests
        for name in one.headers
        if name.lower().startswith("cb-")
    ]
    assert [] == ours


def client(emulator: Emulator, retry: RetryPolicy | None = None) -> ConnectyCube:
    return ConnectyCube(
        emulator.app_id,
        emulator.auth_key,
        auth=MAR,
        base_url=emulator.base_url,
        retry=retry or NoRetry(),
    )


async def impatient(call: Callable[[], Awaitable[object]], seconds: float, *, scoped: bool) -> None:
    """Cancel a call after a while: by a scope, or as asyncio does it."""
    if scoped:
        with anyio.move_on_after(seconds):
            await call()
        return
    try:
        async with asyncio.timeout(seconds):
            await call()
    except TimeoutError:
        pass


@pytest.mark.parametrize("scoped", [True, False], ids=["scope", "native"])
async def test_a_storm_of_cancelled_transfers_leaves_a_working_client(
    emulator: Emulator, tmp_path: Path, *, scoped: bool
) -> None:
    """After fifty of each, twenty of twenty calls succeed, and no handle or part is left."""
    chance = random.Random(7)  # noqa: S311 - a test must repeat itself
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    target = tmp_path / "target"
    target.mkdir()
    async with client(emulator) as cube:
        blob = await cube.storage.upload(path)
        for _ in range(5):
            async with asyncio.TaskGroup() as group:
                for number in range(10):
                    calls: list[Callable[[], Awaitable[object]]] = [
                        lambda: cube.storage.upload(path),
                        lambda number=number: cube.storage.download(  # type: ignore[misc]
                            blob.uid, target / f"{number}"
                        ),
                    ]
                    for call in calls:
                        seconds = chance.random() * 0.06
                        group.create_task(impatient(call, seconds, scoped=scoped))
        parts = [one.name for one in target.iterdir() if one.name.endswith(".part")]
        whole = [one.read_bytes() == CONTENT for one in target.iterdir()]
        sizes = [(await cube.storage.upload(b"1234")).size for _ in range(20)]
        orphans = [one for one in emulator.world.files if one.completed_at is None]
        gc.collect()

    assert ([4] * 20, []) == (sizes, orphans)
    assert [] == parts
    assert all(whole)


async def test_uploads_cancelled_at_the_store_are_removed(emulator: Emulator) -> None:
    """Fifty hang there at once; all are given up, and all their records go."""
    emulator.faults.hang(origin="store", times=50)
    async with client(emulator) as cube:
        await cube.create_session()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(give_up_at_the_store(cube, emulator)) for _ in range(50)]
        left = len(emulator.world.files)
        sizes = [(await cube.storage.upload(b"1234")).size for _ in range(20)]

    assert (0, [4] * 20, 50) == (left, sizes, len(tasks))


async def give_up_at_the_store(cube: ConnectyCube, emulator: Emulator) -> None:
    """Start an upload, and cancel it once the store has all the others too."""
    upload = asyncio.ensure_future(cube.storage.upload(b"1234"))
    # The server is another thread, which has no event of ours to set.
    while len(emulator.store_requests) < 50:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload


async def test_a_stream_left_early_frees_its_connection(emulator: Emulator) -> None:
    """More often than there are connections in the pool."""
    async with client(emulator) as cube:
        blob = await cube.storage.upload(CONTENT)
        for _ in range(120):
            async with cube.storage.stream(blob.uid) as chunks:
                assert CONTENT.startswith(await anext(chunks))
        assert CONTENT == await cube.storage.download(blob.uid)


async def test_an_early_refusal_does_not_disturb_the_next_attempt(tmp_path: Path) -> None:
    """A store that answers before it has read everything; the file is read from its start again."""
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT * 8)
    refused = 0
    bodies: list[int] = []

    async def store(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        if refused < 2:
            refused += 1
            await reader.read(100_000)
            writer.write(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n")
        else:
            body = await reader.readexactly(length)
            bodies.append(body.count(CONTENT))
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(store, "127.0.0.1", 0, limit=1024)
    port = listener.sockets[0].getsockname()[1]
    with Emulator(auth_key="canary-auth-key") as emulator:
        emulator.service.store_url = f"http://127.0.0.1:{port}"
        async with client(emulator, QUICK) as cube:
            blob = await cube.storage.upload(path)
    listener.close()
    await listener.wait_closed()

    assert (len(CONTENT) * 8, [8], 2) == (blob.size, bodies, refused)
