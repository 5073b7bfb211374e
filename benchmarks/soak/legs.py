"""The lines that a soak runs over: in this process on a jumping clock, and real sockets."""

import gc
from pathlib import Path
from typing import Final

import anyio
import attrs

from benchmarks.soak.clock import LoopClock, jumping
from benchmarks.soak.run import Plan, Soak
from connectycube import AiohttpTransport, Clock, Transport
from connectycube.emulator import Emulator, Service, Settings
from connectycube.testing import EmulatorTransport
from connectycube.transports.httpx2 import Httpx2Transport

# Whoever pauses for so long finds the session dead.
_SESSION_SECONDS: Final = 20.0
_STORE: Final = "https://store.example"
_WORKERS: Final = 32
# A socket is closed by both of its ends, at two ends of the same process.
_OPEN: Final = 2
_ORIGINS: Final = 2
_PATIENCE: Final = 20.0


@attrs.frozen
class Leg:
    """
    One soak of several.

    Attributes:
        name: its line, and its event loop where that is not asyncio's.
        is_long: long enough for its memory to be judged.
    """

    name: str
    calls: int
    is_long: bool = attrs.field(default=False, kw_only=True)

    @property
    def backend(self) -> str:
        return "trio" if self.name.endswith("trio") else "asyncio"


def in_process(leg: Leg, *, seed: int) -> Soak:
    """Soak without a socket, on a clock that jumps."""
    return anyio.run(soak_in_process, leg, seed, **jumping(leg.backend))


async def soak_in_process(leg: Leg, seed: int) -> Soak:
    clock = LoopClock()
    settings = Settings(session_seconds=_SESSION_SECONDS)
    service = Service(clock=clock, settings=settings, store_url=_STORE)
    plan = Plan(
        calls=leg.calls,
        rounds=max(10, leg.calls // 2000),
        seed=seed,
        natively=leg.backend == "asyncio",
    )
    soak = Soak(plan, service, EmulatorTransport(service))
    await soak.run()
    return soak


def over_sockets(leg: Leg, *, seed: int) -> Soak:
    """Soak over a real line to an emulator in another thread."""
    with Emulator() as emulator:
        return anyio.run(_soak_over_sockets, leg, seed, emulator, backend=leg.backend)


async def _soak_over_sockets(leg: Leg, seed: int, emulator: Emulator) -> Soak:
    plan = Plan(
        calls=leg.calls,
        rounds=5,
        seed=seed,
        natively=leg.backend == "asyncio",
        workers=_WORKERS,
        pause=0.01,
        second=0.02,
        timeout=2.0,
        attempt_timeout=0.5,
        base=0.002,
        rate_limit_base=0.01,
        clock=Clock(),
        base_url=emulator.base_url,
    )
    transport: Transport = Httpx2Transport() if "httpx2" in leg.name else AiohttpTransport()
    before = _descriptors()
    soak = Soak(plan, emulator.service, transport)
    try:
        await soak.run()
        most = before + _OPEN * _ORIGINS * _WORKERS
        await _come_down(soak, most, "connections that are kept")
    finally:
        await transport.aclose()
    await _come_down(soak, before, "connections after all were closed")
    return soak


async def _come_down(soak: Soak, most: int, what: str) -> None:
    """Wait until no more descriptors are open than that; the other end may take a moment."""
    with anyio.move_on_after(_PATIENCE):
        while _descriptors() > most:  # noqa: ASYNC110 - nobody tells when a socket is closed
            await anyio.sleep(0.05)
    if (more := _descriptors() - most) > 0:
        soak.leaks += more
        soak.book.problem(f"{what}: {more} descriptors too many")


def _descriptors() -> int:
    gc.collect()
    place = Path("/dev/fd")
    return len(list(place.iterdir())) if place.exists() else 0
