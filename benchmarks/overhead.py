"""
CPU of one small call, beside bare aiohttp and other clients, against a server elsewhere.

`python -m benchmarks.overhead [--quick] [--check] [--json FILE]`

Ours is the whole of it: session, deadline, retry policy and a typed model. All share one process
and one loop. Ours and bare aiohttp take turns in short blocks, then the peers and bare aiohttp do,
in fewer. Each is compared with bare aiohttp's block of its round; every other round runs backwards.
"""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median
from typing import Final

import aiohttp

from benchmarks.http_server import running
from benchmarks.peers.shape import Call, Opener, opener, reason
from benchmarks.report import Options, Report
from connectycube import ConnectyCube, ExistingSession

AT_ONCE: Final = (1, 50, 500)
JUDGED: Final = 50
MOST: Final = 1.13
PEERS: Final = ("httpx2", "slack_sdk", "aiogram", "gidgethub", "stream_chat", "azure_core")
OURS: Final = "connectycube"
BARE: Final = "aiohttp"


@asynccontextmanager
async def ours(base_url: str) -> AsyncIterator[Call]:
    auth = ExistingSession("t")
    async with ConnectyCube(21, "auth-key", auth=auth, base_url=base_url) as cube:

        async def call() -> object:
            return await cube.users.get(8881)

        yield call


@asynccontextmanager
async def bare(base_url: str) -> AsyncIterator[Call]:
    async with aiohttp.ClientSession() as http:

        async def call() -> object:
            url = f"{base_url}/users/v2?id=8881&limit=1"
            async with http.get(url, headers={"CB-Token": "t"}) as response:
                return await response.json()

        yield call


async def block(call: Call, calls: int, at_once: int) -> float:
    """Return the CPU seconds of one call, of so many, of which so many run at once."""

    async def worker(own: int) -> None:
        for _ in range(own):
            await call()

    gc.collect()  # each pays for its own garbage
    started = time.process_time()
    await asyncio.gather(*(worker(calls // at_once) for _ in range(at_once)))
    return (time.process_time() - started) / (calls // at_once * at_once)


async def interleaved(
    calls: Mapping[str, Call], at_once: int, *, size: int, rounds: int
) -> dict[str, list[float]]:
    """Return what a call costs each client, round by round."""
    costs: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        await block(call, at_once, at_once)
    for number in range(rounds):
        for name in list(calls)[:: 1 if number % 2 else -1]:
            costs[name].append(await block(calls[name], size, at_once))
    return costs


def judge(report: Report, ratios: Mapping[str, float]) -> None:
    """Hold ours against bare aiohttp, and against every peer that ran."""
    mine = ratios[OURS]
    report.bar(
        f"a call costs {mine:.3f} of bare aiohttp's CPU at {JUDGED} at once, at most {MOST} "
        "(goal 1.00)",
        holds=mine <= MOST,
    )
    for name, ratio in ratios.items():
        if name in PEERS:
            report.bar(
                f"a call costs less than with {name}: {mine:.3f} and {ratio:.3f} of bare aiohttp",
                holds=mine < ratio,
            )


async def opened(stack: AsyncExitStack, base_url: str) -> tuple[dict[str, Call], dict[str, str]]:
    """Open every client that can make the call, and say why the others cannot."""
    own: dict[str, Opener] = {OURS: ours, BARE: bare}
    calls: dict[str, Call] = {}
    missing: dict[str, str] = {}
    for name in (OURS, BARE, *PEERS):
        try:
            opening = own.get(name) or opener(name)
            call = await stack.enter_async_context(opening(base_url))
            await call()
        except Exception as error:
            if name in own:
                raise
            missing[name] = reason(error)
        else:
            calls[name] = call
    return calls, missing


async def run(
    report: Report, base_url: str, several: Sequence[int], *, size: int, rounds: int
) -> None:
    async with AsyncExitStack() as stack:
        calls, missing = await opened(stack, base_url)
        gc.freeze()  # nobody pays for anybody's modules
        peers = {name: call for name, call in calls.items() if name != OURS}
        pair = {name: calls[name] for name in (OURS, BARE)}
        for at_once in several:
            whole = max(size, at_once)
            # What is judged is measured most.
            most = 4 * rounds if at_once == JUDGED else rounds
            costs = await interleaved(pair, at_once, size=whole, rounds=most)
            others = await interleaved(peers, at_once, size=whole, rounds=rounds)
            ratios = {OURS: _ratio(costs[OURS], costs[BARE])}
            ratios |= {name: _ratio(spent, others[BARE]) for name, spent in others.items()}
            del others[BARE]
            for name, spent in (costs | others).items():
                report.add(
                    **{"at once": at_once, "client": name, "CPU us/call": median(spent) * 1e6},
                    **{"CPU/aiohttp": ratios[name], "why not": None},
                )
            if at_once == JUDGED:
                judge(report, ratios)
        for name, why in missing.items():
            report.add(**{"client": name, "why not": why})


def _ratio(spent: Sequence[float], reference: Sequence[float]) -> float:
    return median(mine / other for mine, other in zip(spent, reference, strict=True))


def main(size: int | None = None, at_once: Sequence[int] = AT_ONCE) -> int:
    report = Report("overhead: CPU of a small call", Options.parse(__doc__ or ""))
    quick = report.options.quick
    with running() as base_url:
        asyncio.run(
            run(
                report,
                base_url,
                at_once,
                size=size or (200 if quick else 600),
                rounds=3 if quick else 9,
            )
        )
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
