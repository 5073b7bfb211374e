"""How often somebody may: token buckets, and a middleware that asks them."""

import math
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, Literal

import anyio

from connectycube.bots.context import Context
from connectycube.bots.injection import Injected, Offer, inject
from connectycube.bots.middleware import CallNext
from connectycube.bots.signature import check_async
from connectycube.chat.events import MessageReceived
from connectycube.errors import InvalidInputError

_FIRST_SWEEP: Final = 1024
_BY: Final = ("user", "dialog", "user_in_dialog")


class TokenBuckets:
    """
    A bucket for each key, filled at a steady rate, from which each event takes a token.

    Args:
        rate: tokens a second.
        burst: how many a bucket holds; it is full at first.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        # For each key when its bucket is full again: all that is needed of it.
        self._full_at: dict[Hashable, float] = {}
        self._sweep_at = _FIRST_SWEEP

    def __len__(self) -> int:
        """Return how many buckets are remembered."""
        return len(self._full_at)

    def take(self, key: Hashable, now: float) -> bool:
        """Take a token, if there is one."""
        full_at = max(self._full_at.get(key, now), now) + 1 / self._rate
        # A hair's breadth for the arithmetic.
        if full_at - now > self._burst / self._rate + 1e-9:
            return False
        self._full_at[key] = full_at
        if len(self._full_at) >= self._sweep_at:
            self._sweep(now)
        return True

    def _sweep(self, now: float) -> None:
        """Forget full buckets: one that is not known is full."""
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._full_at))


class Throttle:
    """
    Middleware that lets somebody through so often, and no more.

    As outer middleware it counts everything; as inner middleware what its handlers are for. An
    event that is too much goes no further.

    Args:
        per_second: how many a second, in the long run; such as `1 / 10`.
        burst: how many at once.
        by: whom it counts: each user, each dialog, or each user in each dialog.
        on_limit: called once when somebody meets the limit, and again only after they got through
            in between; it asks for arguments as a handler does.

    Raises:
        InvalidInputError: an option that cannot be right.
        HandlerSignatureError: `on_limit` asks for what no message has.
    """

    def __init__(
        self,
        *,
        per_second: float,
        burst: int = 1,
        by: Literal["user", "dialog", "user_in_dialog"] = "user",
        on_limit: Callable[..., Awaitable[Any]] | None = None,
    ) -> None:
        if not 0 < per_second < math.inf:
            raise InvalidInputError("per_second must be a number above 0")
        if type(burst) is not int or burst < 1:
            raise InvalidInputError("burst must be a positive integer")
        if by not in _BY:
            raise InvalidInputError(f"by must be one of {', '.join(_BY)}")
        if on_limit is not None:
            check_async(on_limit, "on_limit")
            inject(on_limit, Offer(kinds=(MessageReceived,)))
        self._buckets = TokenBuckets(per_second, burst)
        self._by = by
        self._on_limit = on_limit
        self._injected: dict[tuple[type, frozenset[str | type]], Injected] = {}
        self._told: set[Hashable] = set()

    async def __call__(self, context: Context, call_next: CallNext) -> None:
        key = self._key(context)
        if self._buckets.take(key, anyio.current_time()):
            self._told.discard(key)
            await call_next()
        elif key not in self._told:
            # Who never comes back would be remembered for ever; telling twice harms less.
            if len(self._told) >= _FIRST_SWEEP:
                self._told.clear()
            self._told.add(key)
            if self._on_limit is not None:
                await self._tell(context, self._on_limit)

    async def _tell(self, context: Context, on_limit: Callable[..., Awaitable[Any]]) -> None:
        place = type(context.event), frozenset(context.values)
        injected = self._injected.get(place)
        if injected is None:
            injected = inject(on_limit, Offer(kinds=(place[0],), values=place[1]))
            self._injected[place] = injected
        await injected.call(context)

    def _key(self, context: Context) -> Hashable:
        # By bot too, since bots may share a router.
        me = context.chat.user_id
        if self._by == "user":
            return me, context.user_id
        if self._by == "dialog":
            return me, context.place
        return me, context.place, context.user_id
