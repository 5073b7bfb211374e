"""When a failed attempt is worth another one: a pure decision behind a Protocol."""

import random
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import attrs

from connectycube.endpoint import Endpoint, Retry
from connectycube.errors import ConnectError, TransportError
from connectycube.values import frozen, mutable

_REPEATABLE: Final = frozenset({429, 500, 502, 503, 504})
# Taken to mean that the request was not processed, so even a call that must not repeat may.
_UNPROCESSED: Final = frozenset({429, 503})
_RATE_LIMITED: Final = 429


@mutable  # every call makes one, and freezing is what took longest
class Attempt:
    """
    What became of one attempt: an answer, or an error in its place.

    Attributes:
        number: counts from 1.
        endpoint: the call this is an attempt of.
        status: HTTP status; 0 without an answer.
        earlier: what became of the attempts before this one, a line each.
    """

    number: int
    endpoint: Endpoint[Any]
    status: int = 0
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    error: TransportError | None = None
    earlier: tuple[str, ...] = ()


class RetryPolicy(Protocol):
    """
    Decides on repeats; any object with this method will do.

    A policy may also have `attempt_timeout`, in seconds, to bound each attempt by itself.
    """

    def delay(self, attempt: Attempt, /) -> float | None:
        """
        Return the seconds to wait before another attempt, or `None` to let this one stand.

        It is asked about what failed: no answer at all, or one of status 400 and above.
        """
        ...


@frozen(kw_only=True)
class Backoff:
    """
    Repeat what may be repeated, after a random and growing pause.

    Attributes:
        attempts: how many in all.
        base: seconds that the first pause may last; the ceiling doubles with each attempt.
        rate_limit_base: the same after a 429.
        cap: the longest pause that is drawn, in seconds. A `Retry-After` may ask for more.
        attempt_timeout: seconds for each attempt.
        uniform: draws a number between its two arguments.
    """

    attempts: int = 3
    base: float = 0.05
    rate_limit_base: float = 1.0
    cap: float = 20.0
    attempt_timeout: float | None = 15.0
    uniform: Callable[[float, float], float] = attrs.field(default=random.uniform, repr=False)

    def delay(self, attempt: Attempt, /) -> float | None:
        if attempt.number >= self.attempts or not repeatable(attempt):
            return None
        asked = retry_after(attempt.headers)
        if asked is not None:
            return asked
        base = self.rate_limit_base if attempt.status == _RATE_LIMITED else self.base
        # Past this many doublings any base is over any cap, and a float over its range.
        doublings = min(attempt.number - 1, 64)
        return self.uniform(0.0, min(self.cap, base * 2.0**doublings))


@frozen
class NoRetry:
    """Let the first attempt stand, whatever became of it."""

    def delay(self, _attempt: Attempt, /) -> float | None:
        return None


class RetryBudget:
    """
    Bounds the repeats of many calls together, so that an outage does not double its own load.

    Among the last thousand calls at most a tenth may be repeats, and the first few calls have a
    small reserve in advance. So a service that fails a thousand calls gets 1,100 requests.
    """

    _WINDOW: Final = 1000
    _RESERVE: Final = 20
    _SHARE: Final = 0.1

    def __init__(self) -> None:
        self._calls = 0
        self._spent: deque[int] = deque()

    def count_call(self) -> None:
        """Note that a call began."""
        self._calls += 1

    def spend(self) -> bool:
        """Take one repeat out of the budget, if there is one left."""
        while self._spent and self._spent[0] <= self._calls - self._WINDOW:
            self._spent.popleft()
        earned = min(self._calls, self._WINDOW) * self._SHARE
        if len(self._spent) >= max(earned, self._RESERVE):
            return False
        self._spent.append(self._calls)
        return True


def repeatable(attempt: Attempt) -> bool:
    """Say whether another attempt could help, and could not do the same thing twice."""
    if attempt.error is not None:
        return attempt.endpoint.retry is Retry.SAFE or isinstance(attempt.error, ConnectError)
    if attempt.endpoint.retry is Retry.SAFE:
        return attempt.status in _REPEATABLE
    return attempt.status in _UNPROCESSED


def retry_after(headers: Mapping[str, str]) -> float | None:
    """
    Read `Retry-After` as seconds from now, `None` where it is missing or unreadable.

    A date is measured against the answer's own `Date`, so that our clock may be wrong.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, wait.total_seconds())
