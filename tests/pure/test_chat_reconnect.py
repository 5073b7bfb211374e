"""When a line is opened anew, which ends are final, and how long it takes to be back."""

import itertools
import math
import random
from typing import Any

import pytest

from connectycube.chat.reconnect import Reconnect, Remedy, remedy
from connectycube.errors import (
    AuthenticationError,
    ChatClosedError,
    ChatRefusedError,
    ClosedError,
    ConnectError,
    DecodeError,
    InvalidInputError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    SessionExpiredError,
    SignedOutError,
    StreamClosedError,
)


def most(_least: float, most: float) -> float:
    """Draw the longest delay."""
    return most


def test_delays_grow_up_to_a_cap() -> None:
    delays = Reconnect(uniform=most).delays()

    assert [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] == list(itertools.islice(delays, 7))


def test_delays_are_drawn_from_all_that_is_allowed() -> None:
    """Those who were cut at the same moment do not come back at the same moment."""
    drawn: list[tuple[float, float]] = []

    def noting(least: float, most: float) -> float:
        drawn.append((least, most))
        return least

    list(itertools.islice(Reconnect(base=0.5, cap=1.5, uniform=noting).delays(), 4))

    assert [(0.0, 0.5), (0.0, 1.0), (0.0, 1.5), (0.0, 1.5)] == drawn


def test_attempts_may_end() -> None:
    assert 3 == len(list(Reconnect(attempts=3).delays()))


def test_most_cuts_are_healed_within_three_seconds() -> None:
    """Where one line in ten fails and each takes a moment, as the 95th percentile."""
    chance = random.Random(7)  # noqa: S311 - the same story in each run
    reconnect = Reconnect(uniform=chance.uniform)
    taken = []
    for _ in range(2000):
        passed = 0.0
        for delay in reconnect.delays():
            passed += delay + 0.2
            if chance.random() > 0.1:
                break
        taken.append(passed)

    assert sorted(taken)[int(len(taken) * 0.95)] <= 3.0


@pytest.mark.parametrize(
    "options",
    [
        {"base": -1.0},
        {"base": 2.0, "cap": 1.0},
        {"cap": math.inf},
        {"base": math.nan},
        {"attempts": 0},
        {"attempts": 1.5},
        {"attempts": True},
    ],
)
def test_options_that_cannot_be_right(options: Any) -> None:
    with pytest.raises(InvalidInputError):
        Reconnect(**options)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ChatClosedError("gone"), Remedy.TIME),
        (StreamClosedError("gone"), Remedy.TIME),
        (ConnectError("no line"), Remedy.TIME),
        (RequestTimeoutError("late"), Remedy.TIME),
        (ServerError(), Remedy.TIME),
        (RateLimitedError(), Remedy.TIME),
        (DecodeError("junk"), Remedy.TIME),
        (OSError("a vault of the application's own"), Remedy.TIME),
        (ChatRefusedError("system-shutdown"), Remedy.TIME),
        (ChatRefusedError("temporary-auth-failure"), Remedy.TIME),
        (ChatRefusedError("something-new"), Remedy.TIME),
        (ChatRefusedError("not-authorized"), Remedy.PASSWORD),
        (ChatRefusedError("credentials-expired"), Remedy.PASSWORD),
        (ChatRefusedError("conflict"), Remedy.NONE),
        (ChatRefusedError("account-disabled"), Remedy.NONE),
        (ChatRefusedError("not-well-formed"), Remedy.NONE),
        (ChatRefusedError("encryption-required"), Remedy.NONE),
        (AuthenticationError(), Remedy.NONE),
        (SessionExpiredError(), Remedy.NONE),
        (SignedOutError(), Remedy.NONE),
        (ClosedError(), Remedy.NONE),
        (InvalidInputError(), Remedy.NONE),
        (ZeroDivisionError(), Remedy.NONE),
    ],
)
def test_what_helps(error: Exception, expected: Remedy) -> None:
    """Cuts pass; what is wrong with us, or with what we said, does not."""
    assert expected is remedy(error)
