"""
Many bots in one process, each with a line of its own: what one more takes, and how fast they hear.

`python -m benchmarks.chat_bots GIVEN` runs them, and prints what was measured as JSON.
"""

import asyncio
import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import attrs

from benchmarks.chat_server import ALL_AT_ONCE, ONE_BY_ONE, Ports
from benchmarks.peers.talking import Opener, Place, Talker, context, opener

_AT_ONCE: Final = 50  # that are connecting
_OTHER_FILES: Final = 100
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
        connected: how many were.
        kib: for one more, once some were there.
        connecting_cpu: seconds for one.
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


def most(count: int) -> int:
    """Return how many lines of so many the limit of open files allows, raised as far as it goes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return min(count, limit - _OTHER_FILES)


def measured(peer: str, count: int, ports: Ports) -> Told:
    """Run so many bots in a process of their own."""
    given = Given(peer, most(count), ports.tls, str(ports.authority))
    command = [sys.executable, "-m", "benchmarks.chat_bots", json.dumps(attrs.asdict(given))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=_PATIENCE)  # noqa: S603 - ours
    return Told(**json.loads(done.stdout))


class _Bots:
    """Those that are connected."""

    def __init__(self, opening: Opener, place: Place) -> None:
        self._opening = opening
        self._place = place
        self._limit = asyncio.Semaphore(_AT_ONCE)
        self._heard = asyncio.Event()
        self.times: list[float] = []
        self.talkers: list[Talker] = []

    def hear(self, body: str) -> None:
        written, _, _ = body.partition(":")
        self.times.append((time.monotonic_ns() - int(written)) / 1e6)
        if len(self.times) == len(self.talkers):
            self._heard.set()

    async def run(self, ready: asyncio.Event) -> None:
        await self._limit.acquire()
        async with self._opening(self._place, self.hear) as talker:
            self._limit.release()
            self.talkers.append(talker)
            ready.set()
            await asyncio.Event().wait()

    async def ask(self, whom: int) -> Sequence[float]:
        """Let the server tell everybody something, and return how long it took each to hear."""
        self.times.clear()
        self._heard.clear()
        await self.talkers[0].send(whom, "to everybody")
        await self._heard.wait()
        return sorted(self.times)


async def _connect(bots: _Bots, count: int, tasks: asyncio.TaskGroup) -> None:
    several = [asyncio.Event() for _ in range(count)]
    for ready in several:
        tasks.create_task(bots.run(ready))
    for ready in several:
        await ready.wait()


async def _run(given: Given) -> None:
    bots = _Bots(opener(given.peer), Place(given.port, context(given.authority)))
    first = max(1, given.count // 5)
    async with asyncio.TaskGroup() as tasks:
        began = time.perf_counter()
        await _connect(bots, first, tasks)
        gc.collect()
        memory, cpu = _memory(), time.process_time()
        await _connect(bots, given.count - first, tasks)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - began
        gc.collect()
        memory = _memory() - memory
        one_by_one = await bots.ask(ONE_BY_ONE)
        all_at_once = await bots.ask(ALL_AT_ONCE)
        told = Told(
            connected=len(bots.talkers),
            kib=memory / 1024 / (given.count - first),
            connecting_cpu=cpu / (given.count - first),
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
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    given = Given(**json.loads(sys.argv[1]))
    most(given.count)
    asyncio.run(_run(given))
