"""
N calls meet one expired session: logins, time and CPU, beside a floor and other clients.

`python -m benchmarks.refresh [--quick] [--check] [--json FILE]`

A token call takes 50 ms. The floor is N tasks that await one future for as long: what any waiting
costs. Our client appears as those who wait for its session and as whole calls, which are refused
and sent again; a peer, as those who wait for its token. Rounds are interleaved, figures are medians.
"""

import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from statistics import median
from typing import Final

import attrs

from benchmarks import renewals
from benchmarks.instant import InstantService, Tokens
from benchmarks.peers import javascript
from benchmarks.peers.shape import Renewer, Renewing, reason, renewer
from benchmarks.report import Options, Report

SIZES: Final = (1, 100, 1_000, 10_000)
TOKEN_CALL: Final = 0.05
PEERS: Final = ("aiobotocore", "authlib", "azure_core", "google_auth", "hikari")
FLOOR: Final = "floor: one future"
WAITERS: Final = "connectycube, waiters"
CALLS: Final = "connectycube, calls"
MOST_BESIDE_FLOOR: Final = 1.6
# An expired call is sent twice, so twice the price of a fresh one is the least; the rest is what
# waiting for the one renewal may cost.
MOST_BESIDE_FRESH: Final = 4.0
_FEW: Final = 20
_SOME: Final = 100
_NOT_GIVEN_UP: Final = 60.0


@attrs.define
class Contestant:
    """One who renews, with the token calls that it makes and what each round cost."""

    name: str
    tokens: Tokens
    renewing: Renewing
    service: InstantService | None = None
    wall: list[float] = attrs.field(factory=list[float])
    cpu: list[float] = attrs.field(factory=list[float])
    fresh: list[float] = attrs.field(factory=list[float])
    logins: int = 0
    sent: int = 0

    async def storm(self, size: int) -> None:
        """Let so many meet an expired token."""
        if self.service is not None:
            self.fresh.append((await timed(self.renewing, size))[1])
            self.service.seen.clear()
        self.renewing.expire()
        before = self.tokens.logins
        wall, cpu = await timed(self.renewing, size)
        self.wall.append(wall)
        self.cpu.append(cpu)
        self.logins = max(self.logins, self.tokens.logins - before)
        if self.service is not None:
            self.sent = max(self.sent, self.service.seen["GET /users/v2"])


async def timed(renewing: Renewing, size: int) -> tuple[float, float]:
    """Return the seconds by the clock and of CPU until all have what they asked for."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(renewing.get() for _ in range(size)))
    return time.perf_counter() - wall, time.process_time() - cpu


def _ours(name: str, tokens: Tokens) -> tuple[AbstractAsyncContextManager[Renewing], InstantService | None]:
    if name == CALLS:
        service = InstantService(tokens)
        return renewals.calls(service), service
    return (renewals.floor if name == FLOOR else renewals.waiters)(tokens), None


async def entered(stack: AsyncExitStack, name: str, peer: Renewer | None) -> Contestant:
    tokens, service = Tokens(TOKEN_CALL), None
    if peer is not None:
        opened = peer(tokens.login)
    else:
        opened, service = _ours(name, tokens)
    return Contestant(name, tokens, await stack.enter_async_context(opened), service)


def installed() -> tuple[dict[str, Renewer | None], dict[str, str]]:
    """Return who can run, our own first, and why the others cannot."""
    able: dict[str, Renewer | None] = dict.fromkeys((FLOOR, WAITERS, CALLS))
    missing: dict[str, str] = {}
    for name in PEERS:
        try:
            able[name] = renewer(name)
        except ImportError as error:
            missing[name] = reason(error)
    return able, missing


async def storms(report: Report, able: dict[str, Renewer | None], size: int, rounds: int) -> None:
    async with AsyncExitStack() as stack:
        contestants = [await entered(stack, name, peer) for name, peer in able.items()]
        for number in range(rounds):
            for one in contestants[:: 1 if number % 2 else -1]:
                await one.storm(size)
    floor = contestants[0]
    for one in contestants:
        beside = median(mine / least for mine, least in zip(one.cpu, floor.cpu, strict=True))
        report.add(
            **{"case": "storm", "calls": size, "client": one.name},
            logins=None if one is floor else one.logins,
            sent=one.sent if one.service else None,
            answered=size,
            **{"wall ms": median(one.wall) * 1e3, "CPU ms": median(one.cpu) * 1e3},
            **{"CPU/floor": beside},
            **{"why not": None},
        )
        if one.name in (WAITERS, CALLS):
            judge(report, one, size, beside)


def judge(report: Report, one: Contestant, size: int, beside: float) -> None:
    report.bar(f"{one.name}: {size:,} cost one login, not {one.logins}", holds=one.logins == 1)
    if one.service is None:
        if size == max(SIZES):
            report.bar(
                f"{size:,} waiters cost {beside:.2f} of the floor's CPU, at most "
                f"{MOST_BESIDE_FLOOR} (goal 1.2)",
                holds=beside <= MOST_BESIDE_FLOOR,
            )
        return
    report.bar(f"{size:,} calls are sent at most twice each", holds=one.sent <= 2 * size)
    ratio = median(mine / fresh for mine, fresh in zip(one.cpu, one.fresh, strict=True))
    if size > 1:
        report.bar(
            f"{size:,} expired calls cost {ratio:.2f} of fresh ones' CPU, at most "
            f"{MOST_BESIDE_FRESH}",
            holds=ratio <= MOST_BESIDE_FRESH,
        )


async def mishap(
    report: Report,
    able: dict[str, Renewer | None],
    case: str,
    size: int,
    *,
    trouble: Sequence[int] | Iterator[int] = (),
    cancelled: int = 0,
) -> None:
    """Let something go wrong with a renewal that so many wait for, and count what became of it."""
    for name, peer in able.items():
        if name in (FLOOR, WAITERS):
            continue
        async with AsyncExitStack() as stack:
            one = await entered(stack, name, peer)
            one.renewing.expire()
            trouble = iter(trouble)
            one.tokens.trouble = trouble
            before, started = one.tokens.logins, time.perf_counter()
            tasks = [asyncio.ensure_future(one.renewing.get()) for _ in range(size)]
            await asyncio.sleep(TOKEN_CALL / 5)
            for task in tasks[:cancelled]:
                task.cancel()
            done, late = await asyncio.wait(tasks, timeout=_NOT_GIVEN_UP)
            wall = time.perf_counter() - started
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        answered = sum(not task.cancelled() and task.exception() is None for task in done)
        logins = one.tokens.logins - before
        report.add(
            **{"case": case, "calls": size, "client": name},
            logins=logins,
            answered=answered,
            **{"wall ms": wall * 1e3},
        )
