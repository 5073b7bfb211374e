"""
Many bots in one process, each with a line of its own: what one more takes, and how fast they hear.

`python -m benchmarks.chat_bots GIVEN` runs them, and prints what was measured.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import attrs

from benchmarks.chat_server import ALL_AT_ONCE, ONE_BY_ONE, Ports
from benchmarks.open_files import allow
from benchmarks.peers.talking import Opener, Place, Talker, context, opener

_CONNECTING: Final = 50  # at once
_PATIENCE: Final = 300.0


@attrs.frozen
class Given:
    """What to run: so many of a peer's, over TLS."""

    peer: str
    count: int
    port: int
    authority: str


@attrs.frozen
class Told:
    """
    What it took.

    Attributes:
        connected: how many were, which the limit of open files may make fewer.
        kib: for one more, once some were there.
        connecting_cpu: milliseconds for one.
        connecting: seconds until all were there.
        heard: milliseconds from the server's writing a message until its bot had it, with nothing
            else going on, and `heard_late` what one of a hundred took.
        all_heard: milliseconds until everybody had one of as many that were sent at once.
    """

    connected: int
    kib: float
    connecting_cpu: float
    connecting: float
    heard: float
    heard_late: float
    all_heard: float


def measured(peer: str, count: int, ports: Ports) -> Told:
    """Run so many bots in a process of their own."""
    given = Given(peer, count, ports.tls, str(ports.authority))
    command = [sys.executable, "-m", "benchmarks.chat_bots", json.dumps(attrs.asdict(given))]
    done = subprocess.run(  # noqa: S603 - ours
        command, stdout=subprocess.PIPE, text=True, check=True, timeout=_PATIENCE
    )
    return Told(**json.loads(done.stdout))


class _Bots:
    """Those that are connected."""

    def __init__(self, opening: Opener, place: Place, tasks: asyncio.TaskGroup) -> None:
        self._opening = opening
        self._place = place
        self._tasks = tasks
        self._turns = asyncio.Semaphore(_CONNECTING)
        self._all_heard = asyncio.Event()
        self._times: list[float] = []
        self._talkers: list[Talker] = []

    def __len__(self) -> int:
        return len(self._talkers)

    async def connect(self, count: int) -> None:
        """Connect so many more."""
        several = [asyncio.Event() for _ in range(count)]
        for ready in several:
            self._tasks.create_task(self._live(ready))
        for ready in several:
            await ready.wait()

    async def ask(self, whom: int) -> list[float]:
        """Let the server tell everybody something, and return how long it took each to hear."""
        self._times.clear()
        self._all_heard.clear()
        await self._talkers[0].send(whom, "to everybody")
        await self._all_heard.wait()
        return sorted(self._times)

    async def _live(self, ready: asyncio.Event) -> None:
        await self._turns.acquire()
        async with self._opening(self._place, self._hear) as talker:
            self._turns.release()
            self._talkers.append(talker)
            ready.set()
            await talker.listen()

    def _hear(self, body: str) -> None:
        written, _, _ = body.partition(":")
        self._times.append((time.monotonic_ns() - int(written)) / 1e6)
        if len(self._times) == len(self._talkers):
            self._all_heard.set()


async def _run(given: Given) -> None:
    count = allow(given.count)
    first = max(count // 5, 1)
    more = count - first
    async with asyncio.TaskGroup() as tasks:
        place = Place(given.port, context(given.authority))
        bots = _Bots(opener(given.peer), place, tasks)
        began = time.perf_counter()
        await bots.connect(first)
        gc.collect()
        memory, cpu = _memory(), time.process_time()
        await bots.connect(more)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - began
        gc.collect()
        memory = _memory() - memory
        one_by_one = await bots.ask(ONE_BY_ONE)
        all_at_once = await bots.ask(ALL_AT_ONCE)
        told = Told(
            connected=len(bots),
            kib=memory / 1024 / more,
            connecting_cpu=cpu * 1e3 / more,
            connecting=wall,
            heard=median(one_by_one),
            heard_late=quantiles(one_by_one, n=100)[-1],
            all_heard=all_at_once[-1],
        )
        print(json.dumps(attrs.asdict(told)), flush=True)
        os._exit(0)  # a thousand goodbyes are not what is measured


def _memory() -> int:
    """Return the bytes that this process holds; elsewhere than on Linux, the most it ever held."""
    held = Path("/proc/self/statm")
    if held.exists():
        return int(held.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource  # noqa: PLC0415 - Windows has none

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    asyncio.run(_run(Given(**json.loads(sys.argv[1]))))
