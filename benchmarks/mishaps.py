"""What goes wrong with a renewal that many wait for, and what becomes of them."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Final

import attrs

from benchmarks.contestants import FLOOR, WAITERS, Contestant, entered
from benchmarks.peers.shape import Renewer
from benchmarks.report import Report

_WRONG_PASSWORD: Final = 401
_UNAVAILABLE: Final = 503
_PATIENCE: Final = 60.0


@attrs.frozen
class Mishap:
    """
    Something that goes wrong.

    Attributes:
        calls: how many wait.
        logins: how many our client may make; `None` for any number.
        trouble: the statuses of the token calls that fail.
        cancelled: how many of the first ones are cancelled while the token call runs.
    """

    name: str
    calls: int
    logins: int | None
    trouble: Callable[[], Iterator[int]] = lambda: iter(())
    cancelled: int = 0


MISHAPS: Final = (
    Mishap("first cancelled", 100, logins=1, cancelled=1),
    Mishap("half cancelled", 100, logins=1, cancelled=50),
    Mishap("503 once", 20, logins=None, trouble=lambda: iter([_UNAVAILABLE])),
    Mishap("401 always", 20, logins=1, trouble=lambda: itertools.repeat(_WRONG_PASSWORD)),
)


async def befall(report: Report, able: Mapping[str, Renewer | None], mishap: Mishap) -> None:
    """Let it happen to everybody who makes calls or has a token of their own."""
    for name, peer in able.items():
        if name in (FLOOR, WAITERS):
            continue
        async with AsyncExitStack() as stack:
            one = await entered(stack, name, peer)
            logins, answered, wall = await _outcome(one, mishap)
        report.add(
            case=mishap.name,
            calls=mishap.calls,
            client=name,
            logins=logins,
            answered=answered,
            **{"wall ms": wall * 1e3},
        )
        if peer is None and mishap.logins is not None:
            report.bar(
                f"{mishap.name}: {mishap.calls} calls make {mishap.logins} login, not {logins}",
                holds=logins == mishap.logins,
            )


async def _outcome(one: Contestant, mishap: Mishap) -> tuple[int, int, float]:
    """Return the logins, how many got what they wanted, and the seconds until all knew."""
    one.renewing.expire()
    one.tokens.trouble = mishap.trouble()
    before, started = one.tokens.logins, time.perf_counter()
    tasks = [asyncio.ensure_future(one.renewing.get()) for _ in range(mishap.calls)]
    while one.tokens.logins == before:  # noqa: ASYNC110 - an event would cost each login something
        await asyncio.sleep(0)
    for task in tasks[: mishap.cancelled]:
        task.cancel()
    done, late = await asyncio.wait(tasks, timeout=_PATIENCE)
    wall = time.perf_counter() - started
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    answered = sum(not task.cancelled() and task.exception() is None for task in done)
    return one.tokens.logins - before, answered, wall
