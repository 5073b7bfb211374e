"""Who meets an expired token in `refresh`: the floor, our client twice, and the peers there are."""

import asyncio
import gc
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Final

import attrs

from benchmarks import renewals
from benchmarks.instant import InstantService, Tokens
from benchmarks.peers.shape import Renewer, Renewing, reason, renewer

TOKEN_CALL: Final = 0.05
PEERS: Final = ("aiobotocore", "authlib", "azure_core", "google_auth", "hikari")
FLOOR: Final = "floor: one future"
WAITERS: Final = "connectycube, waiters"
CALLS: Final = "connectycube, calls"


@attrs.define
class Contestant:
    """
    One who renews, and what each round cost.

    Attributes:
        service: where whole calls go, for a client that makes them.
        fresh: what the same calls cost before the token expired.
        logins: token calls in the worst round.
        sent: other calls in the worst round.
    """

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
    gc.collect()  # each pays for its own garbage
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(renewing.get() for _ in range(size)))
    return time.perf_counter() - wall, time.process_time() - cpu


def installed() -> tuple[dict[str, Renewer | None], dict[str, str]]:
    """Return who can run, with our own as `None`, and why the others cannot."""
    able: dict[str, Renewer | None] = dict.fromkeys((FLOOR, WAITERS, CALLS))
    missing: dict[str, str] = {}
    for name in PEERS:
        try:
            able[name] = renewer(name)
        except ImportError as error:
            missing[name] = reason(error)
    return able, missing


async def entered(stack: AsyncExitStack, name: str, peer: Renewer | None) -> Contestant:
    """Open a contestant, which signs in first."""
    tokens = Tokens(TOKEN_CALL)
    service = InstantService(tokens) if name == CALLS else None
    opened: AbstractAsyncContextManager[Renewing]
    if peer is not None:
        opened = peer(tokens.login)
    elif service is not None:
        opened = renewals.calls(service)
    else:
        opened = (renewals.floor if name == FLOOR else renewals.waiters)(tokens)
    return Contestant(name, tokens, await stack.enter_async_context(opened), service)
