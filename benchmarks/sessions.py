"""
Ten thousand clients with a live session each: memory and time to make one, over one transport.

`python -m benchmarks.sessions [--quick] [--check] [--json FILE]`

Beside as many bare `aiohttp.ClientSession` over one connector. Memory is what `tracemalloc` finds
more of while all of them live; time is CPU without it, the median of interleaved rounds.
"""

import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Final, TypeAlias

import aiohttp

from benchmarks.instant import InstantService, Tokens
from benchmarks.report import Options, Report
from connectycube import ConnectyCube, LoginPassword

CLIENTS: Final = 10_000
MOST_KIB: Final = 20.0
OURS: Final = "connectycube, signed in"
MADE: Final = "connectycube, made"
BARE: Final = "aiohttp.ClientSession"

Make: TypeAlias = Callable[[int], Awaitable[object]]


async def measured(make: Make, clients: int) -> float:
    """Return the KiB that each of so many takes while all of them live."""
    await make(clients)  # what is made once is nobody's
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = await make(clients)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return (after - before) / clients / 1024


async def timed(make: Make, clients: int) -> float:
    """Return the CPU seconds that making one takes."""
    gc.collect()
    started = time.process_time()
    kept = await make(clients)
    took = time.process_time() - started
    del kept
    return took / clients


async def run(report: Report, clients: int) -> None:
    async with (
        ConnectyCube(21, "auth-key", transport=InstantService(Tokens())) as cube,
        aiohttp.TCPConnector() as connector,
    ):

        async def made(count: int) -> object:
            return [
                cube.with_auth(LoginPassword(f"user-{number}", f"password-{number}"))
                for number in range(count)
            ]

        async def signed_in(count: int) -> object:
            several = [
                cube.with_auth(LoginPassword(f"user-{number}", f"password-{number}"))
                for number in range(count)
            ]
            for one in several:
                await one.create_session()
            return several

        async def bare(count: int) -> object:
            several = [
                aiohttp.ClientSession(connector=connector, connector_owner=False)
                for _ in range(count)
            ]
            for one in several:
                one.detach()  # else each would complain that it was not closed
            return several

        makers: dict[str, Make] = {OURS: signed_in, MADE: made, BARE: bare}
        memory = {name: await measured(make, clients) for name, make in makers.items()}
        times: dict[str, list[float]] = {name: [] for name in makers}
        for number in range(1 if report.options.quick else 7):
            for name in list(makers)[:: 1 if number % 2 else -1]:
                times[name].append(await timed(makers[name], clients))
    for name, kib in memory.items():
        each = median(times[name]) * 1e6
        report.add(clients=clients, what=name, **{"KiB each": kib, "CPU us each": each})
    report.bar(
        f"a live client takes {memory[OURS]:.1f} KiB, at most {MOST_KIB:.0f} (goal 8)",
        holds=memory[OURS] <= MOST_KIB,
    )


def main(clients: int = CLIENTS) -> int:
    report = Report("sessions: many clients over one transport", Options.parse(__doc__ or ""))
    asyncio.run(run(report, clients))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
