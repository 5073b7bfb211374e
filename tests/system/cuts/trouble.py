"""What makes a bad day bad."""

import heapq
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Final

import anyio

from connectycube.emulator.service import Service

from .network import CutKind, Network
from .person import Device
from .plan import Plan, dice

_TEN_MINUTES: Final = 600.0
_LONGEST_DOWN: Final = 1.0  # seconds without a service
_PATIENCE: Final = 5.0  # seconds in which a cut is tried again
_KINDS: Final[tuple[CutKind, ...]] = ("told", "unnoticed", "silent")


class Trouble:
    """
    Cuts lines, lets the service crash, and lets it misbehave.

    Attributes:
        cuts: how many lines were cut by `cut`.
    """

    def __init__(
        self, plan: Plan, service: Service, network: Network, devices: Sequence[Device]
    ) -> None:
        self.cuts = 0
        self._plan = plan
        self._variant = plan.variant
        self._service = service
        self._network = network
        self._devices = devices

    def begin(self) -> None:
        """Let the service misbehave from now on."""
        variant, faults = self._variant, self._service.xmpp.faults
        faults.seed(self._plan.seed)
        if variant.refused:
            faults.refuse_resumption(probability=variant.refused)
        if variant.acks_lost:
            faults.lose_acks(probability=variant.acks_lost)
        if variant.duplicated:
            faults.duplicate(probability=variant.duplicated)
        if variant.reordered:
            faults.reorder(probability=variant.reordered)
        if variant.history_fails:
            self._service.faults.drop(path="/chat/Message", probability=variant.history_fails)

    def end(self) -> None:
        """Let it behave again."""
        self._service.xmpp.faults.clear()
        self._service.faults.clear()

    async def cut(self, ends: float) -> None:
        """Cut lines at random moments until then."""
        own, variant = dice(self._plan.seed, "cuts"), self._variant
        weights = (variant.told, variant.unnoticed, variant.silent)
        begins = anyio.current_time() + variant.calm
        count = round(self._plan.cuts * variant.cuts)
        moments = [own.uniform(begins, ends) for _ in range(count)]
        heapq.heapify(moments)
        while moments:
            await anyio.sleep_until(heapq.heappop(moments))
            there = self._connected()
            if 2 * len(there) < len(self._devices):
                # The few that are left would be cut before they can say a word.
                now = anyio.current_time()
                heapq.heappush(moments, own.uniform(now, max(ends, now + _PATIENCE)))
                continue
            (kind,) = own.choices(_KINDS, weights)
            self._cut(own.choice(there), kind)

    async def crash(self, ends: float) -> None:
        """Let the service crash now and then, and be back a moment later."""
        own = dice(self._plan.seed, "crashes")
        async for _ in self._now_and_then(own, self._variant.restarts, ends):
            self._network.is_down = True
            hit = self._connected()
            self._service.xmpp.faults.restart()
            await anyio.sleep(own.uniform(0.0, _LONGEST_DOWN))
            self._network.is_down = False
            for device in hit:
                device.outages.cut()  # counted from here on: before it, nobody could be online

    async def refuse_logins(self, ends: float) -> None:
        """Let the service call a right password wrong now and then, once."""
        own = dice(self._plan.seed, "logins")
        people = [one.id for one in self._service.world.users]
        async for _ in self._now_and_then(own, self._variant.refused_logins, ends):
            self._service.xmpp.faults.refuse_logins(own.choice(people))

    def _cut(self, device: Device, kind: CutKind) -> None:
        if kind == "silent":
            device.outages.fall_silent()
        else:
            device.outages.cut()
        device.connector.cut(kind)
        self.cuts += 1

    def _connected(self) -> list[Device]:
        return [one for one in self._devices if one.connector.is_open]

    async def _now_and_then(self, own: Random, count: int, ends: float) -> AsyncIterator[None]:
        """Wait for moments that are never close to each other: so many in ten minutes."""
        begins = anyio.current_time()
        number = round(count * (ends - begins) / _TEN_MINUTES)
        slot = (ends - begins) / max(1, number)
        for one in range(number):
            await anyio.sleep_until(begins + slot * (one + own.uniform(0.0, 0.5)))
            yield
