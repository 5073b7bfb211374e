"""
N calls meet one expired session: logins, time and CPU, beside a floor and other clients.

`python -m benchmarks.refresh [--quick] [--check] [--json FILE]`

A token call takes 50 ms. The floor is N tasks that await one future for as long: what any waiting
costs. Our client appears as those who wait for its session and as whole calls, which are refused
and sent again; a peer, as those who wait for its token. Rounds are interleaved, figures are
medians, logins the most of any round. The official SDK is JavaScript, so it is measured apart, in
whole calls against the emulator.
"""

import asyncio
import gc
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from statistics import median
from typing import Final

from benchmarks.contestants import CALLS, FLOOR, WAITERS, Contestant, entered, installed
from benchmarks.mishaps import MISHAPS, befall
from benchmarks.peers import javascript
from benchmarks.peers.shape import Renewer
from benchmarks.report import Options, Report

SIZES: Final = (1, 100, 1_000, 10_000)
MOST_BESIDE_FLOOR: Final = 1.6
# An expired call is sent twice, so twice the price of a fresh one is the least; the rest is what
# waiting for the one renewal may cost.
MOST_BESIDE_FRESH: Final = 4.0
_MANY: Final = 1_000


async def storms(report: Report, able: Mapping[str, Renewer | None], size: int) -> None:
    """Let everybody meet an expired token with so many at once."""
    quick = report.options.quick
    async with AsyncExitStack() as stack:
        contestants = [await entered(stack, name, peer) for name, peer in able.items()]
        for number in range(9):
            for one in contestants[:: 1 if number % 2 else -1]:
                # The one ratio with a bar needs several rounds; the rest would make it slow.
                if number == 0 or not quick or one.name in (FLOOR, WAITERS):
                    await one.storm(size)
    floor = contestants[0]
    for one in contestants:
        beside = _ratio(one.cpu, floor.cpu[: len(one.cpu)])
        report.add(
            case="expired",
            calls=size,
            client=one.name,
            logins=None if one is floor else one.logins,
            sent=one.sent if one.service else None,
            answered=size,
            **{"wall ms": median(one.wall) * 1e3, "CPU ms": median(one.cpu) * 1e3},
            **{"CPU/floor": beside, "why not": None},
        )
        if one.name in (WAITERS, CALLS):
            judge(report, one, size, beside)


def judge(report: Report, one: Contestant, size: int, beside: float) -> None:
    """Hold ours to its bars."""
    report.bar(f"{one.name}: {size:,} cost one login, not {one.logins}", holds=one.logins == 1)
    if one.name == WAITERS and size == max(SIZES):
        report.bar(
            f"{size:,} waiters cost {beside:.2f} of the floor's CPU, at most {MOST_BESIDE_FLOOR} "
            "(goal 1.2)",
            holds=beside <= MOST_BESIDE_FLOOR,
        )
    if one.name == CALLS:
        report.bar(f"{size:,} calls are sent at most twice each", holds=one.sent <= 2 * size)
    if one.name == CALLS and size > 1:
        ratio = _ratio(one.cpu, one.fresh)
        report.bar(
            f"{size:,} expired calls cost {ratio:.2f} of fresh ones' CPU, at most "
            f"{MOST_BESIDE_FRESH}",
            holds=ratio <= MOST_BESIDE_FRESH,
        )


def official(report: Report, sizes: Sequence[int]) -> None:
    """Let the official SDK meet an expired session, where it can be had."""
    row = {"case": "expired", "client": javascript.NAME}
    if report.options.quick:
        report.add(**row, **{"why not": "left out of --quick: npm fetches it first"})
        return
    try:
        for size, told in javascript.storms([size for size in sizes if size <= _MANY]):
            report.add(
                **row,
                calls=size,
                logins=told.logins,
                sent=told.sent,
                answered=told.answered,
                **{"wall ms": told.wall * 1e3},
            )
    except javascript.CannotRunError as error:
        report.add(**row, **{"why not": str(error)})
    for size in sizes:
        if size > _MANY:
            report.add(**row, calls=size, **{"why not": "so many keep the emulator busy too long"})


async def mishaps(report: Report, able: Mapping[str, Renewer | None]) -> None:
    for mishap in MISHAPS:
        await befall(report, able, mishap)


def _ratio(spent: Sequence[float], reference: Sequence[float]) -> float:
    return median(mine / other for mine, other in zip(spent, reference, strict=True))


def main(sizes: Sequence[int] = SIZES) -> int:
    report = Report("refresh: N calls meet one expired session", Options.parse(__doc__ or ""))
    able, missing = installed()
    gc.freeze()  # nobody pays for anybody's modules
    for size in sizes:
        asyncio.run(storms(report, able, size))
    official(report, sizes)
    asyncio.run(mishaps(report, able))
    for name, why in missing.items():
        report.add(**{"client": name, "why not": why})
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
