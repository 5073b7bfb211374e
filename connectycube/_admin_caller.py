"""The key of the administration API and a gateway: every call of an administrator."""

from contextlib import nullcontext
from typing import TypeVar, Unpack

import attrs

from connectycube._caller import LoopGuard, Parts
from connectycube._deadline import Deadline
from connectycube._gateway import Gateway
from connectycube.endpoint import Endpoint

T = TypeVar("T")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AdminCaller:
    """What an `AdminClient` holds; no session comes near it."""

    gateway: Gateway
    timeout: float | None
    guard: LoopGuard = attrs.field(factory=LoopGuard)

    async def call(self, endpoint: Endpoint[T], /, **parts: Unpack[Parts]) -> T:
        """Make one call. Cancelled in flight, its effect is unknown."""
        gateway = self.gateway
        self.guard.check(gateway.loop)
        limit = Deadline(endpoint.label, self.timeout, gateway.loop.time)
        observer = gateway.observer
        with nullcontext() if observer is None else observer.call(endpoint.label):
            return (await gateway.exchange(endpoint, limit=limit, **parts)).value
