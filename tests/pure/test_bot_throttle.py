"""Token buckets: how many get through, and what is remembered of whom."""

import pytest

from connectycube.bots import Throttle
from connectycube.bots.throttle import TokenBuckets
from connectycube.errors import InvalidInputError


@pytest.mark.parametrize(
    ("rate", "burst", "times", "passed"),
    [
        (1, 1, [0, 0, 0.5, 1, 1.5, 2], [True, False, False, True, False, True]),
        (1, 3, [0, 0, 0, 0, 1, 1], [True, True, True, False, True, False]),
        (0.1, 1, [0, 9.9, 10, 100, 100], [True, False, True, True, False]),
        (
            10,
            2,
            [0, 0, 0.05, 0.1, 0.2, 5, 5, 5],
            [True, True, False, True, True, True, True, False],
        ),
    ],
)
def test_so_many_get_through(
    rate: float, burst: int, times: list[float], passed: list[bool]
) -> None:
    """A full bucket lets a burst through, then as many as flow in; what is refused is free."""
    buckets = TokenBuckets(rate, burst)

    assert passed == [buckets.take("a", now) for now in times]


def test_buckets_know_nothing_of_each_other() -> None:
    buckets = TokenBuckets(1, 1)

    assert [True, True, False] == [buckets.take(key, 0) for key in ("a", "b", "a")]


def test_full_buckets_are_forgotten() -> None:
    """A bot that meets a million users remembers those who wrote just now."""
    buckets = TokenBuckets(1, 1)
    for number in range(100_000):
        buckets.take(number, number / 100)

    assert len(buckets) <= 1024


@pytest.mark.parametrize(
    "options",
    [
        {"per_second": 0},
        {"per_second": float("nan")},
        {"per_second": 1, "burst": 0},
        {"per_second": 1, "burst": 1.5},
        {"per_second": 1, "by": "planet"},
        {"per_second": 1, "on_limit": print},
    ],
)
def test_an_option_that_cannot_be_right_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        Throttle(**options)  # type: ignore[arg-type] # wrong on purpose
