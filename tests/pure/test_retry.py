"""Whether a failed attempt is repeated, and after how long, is a table."""

from types import NoneType

import pytest

from connectycube.endpoint import Endpoint, Retry
from connectycube.errors import ConnectError, RequestTimeoutError, TransportError
from connectycube.http import Headers
from connectycube.retry import Attempt, Backoff, NoRetry, repeatable, retry_after

SAFE = Endpoint("GET", "/x", NoneType)
NEVER = Endpoint("POST", "/x", NoneType, retry=Retry.NEVER)
DATE = "Mon, 10 Jun 2024 09:05:09 GMT"


def top(_low: float, high: float) -> float:
    return high


def failed(number: int = 1, status: int = 503, *, wait: str | None = None) -> Attempt:
    headers = Headers({} if wait is None else {"Retry-After": wait, "Date": DATE})
    return Attempt(number, SAFE, status, headers)


@pytest.mark.parametrize(
    ("outcome", "safe", "never"),
    [
        (200, False, False),
        (201, False, False),
        (304, False, False),
        (400, False, False),
        (401, False, False),
        (404, False, False),
        (408, False, False),
        (422, False, False),
        (429, True, True),
        (500, True, False),
        (501, False, False),
        (502, True, False),
        (503, True, True),
        (504, True, False),
        (ConnectError(), True, True),
        (TransportError(), True, False),
        (RequestTimeoutError(), True, False),
    ],
)
def test_what_may_be_repeated(outcome: int | TransportError, safe: bool, never: bool) -> None:  # noqa: FBT001 - a table's columns
    """A call that must not repeat does so only where its first attempt was surely not processed."""
    for endpoint, expected in ((SAFE, safe), (NEVER, never)):
        attempt = (
            Attempt(1, endpoint, outcome)
            if isinstance(outcome, int)
            else Attempt(1, endpoint, error=outcome)
        )

        assert expected == repeatable(attempt)
        assert expected == (Backoff(uniform=top).delay(attempt) is not None)
        assert NoRetry().delay(attempt) is None


@pytest.mark.parametrize(
    ("policy", "delays"),
    [
        (Backoff(uniform=top), [0.05, 0.1, None]),
        (Backoff(uniform=top, attempts=1), [None]),
        (Backoff(uniform=top, attempts=0), [None]),
        (Backoff(uniform=top, attempts=6, base=2.0, cap=10.0), [2.0, 4.0, 8.0, 10.0, 10.0, None]),
        (Backoff(uniform=lambda low, _: low, attempts=3), [0.0, 0.0, None]),
        (Backoff(uniform=lambda low, high: (low + high) / 2, attempts=3), [0.025, 0.05, None]),
    ],
)
def test_pauses_grow_up_to_a_cap(policy: Backoff, delays: list[float | None]) -> None:
    """The ceiling of the random pause doubles with each attempt; the last one stands."""
    assert delays == [policy.delay(failed(number)) for number in range(1, len(delays) + 1)]


def test_a_rate_limit_pauses_longer() -> None:
    """A 429 has a base of its own."""
    policy = Backoff(uniform=top)

    assert [1.0, 2.0, None] == [policy.delay(failed(number, 429)) for number in (1, 2, 3)]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("wait", "delay"), [("0", 0.0), ("7", 7.0), ("120", 120.0)])
def test_the_service_may_ask_for_its_pause(status: int, wait: str, delay: float) -> None:
    """`Retry-After` beats the backoff, even past the cap."""
    assert delay == Backoff(uniform=top).delay(failed(1, status, wait=wait))


def test_asking_for_a_pause_gives_no_more_attempts() -> None:
    """The last attempt stands, whatever pause the service asks for."""
    assert Backoff(uniform=top).delay(failed(3, wait="1")) is None


def test_the_pause_never_overflows() -> None:
    """A policy with endless attempts keeps its cap."""
    assert 20.0 == Backoff(uniform=top, attempts=10**6).delay(failed(5000))


def test_pauses_are_random_by_default() -> None:
    """Clients that failed together do not come back together."""
    policy = Backoff(base=1.0)
    delays = {policy.delay(failed()) for _ in range(20)}

    assert len(delays) > 1
    assert all(delay is not None and 0 <= delay <= 1 for delay in delays)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": " 3 "}, 3.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Mon, 10 Jun 2024 09:05:39 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Mon, 10 Jun 2024 09:05:09 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Mon, 10 Jun 2024 09:00:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Mon, 10 Jun 2024 09:05:39 GMT"}, None),
        ({"Retry-After": "Mon, 10 Jun 2024 09:05:39 GMT", "Date": "today"}, None),
        ({"Retry-After": "Mon, 10 Jun 2024 09:05:39 -0000", "Date": DATE}, None),
        ({"Retry-After": "Mon, 99 Jun 2024 09:05:39 GMT", "Date": DATE}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """A date counts from the answer's own, so that our clock may be wrong; nonsense is nothing."""
    assert seconds == retry_after(Headers(headers))
