"""Since when something may have been missed, whatever clocks and senders say."""

from datetime import UTC, datetime

import pytest

from connectycube.chat.horizon import Horizon

NOON = 1_700_000_000.0


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_the_last_sign_of_life_counts_with_a_margin() -> None:
    """It came a moment before the cut was noticed."""
    horizon = Horizon()
    horizon.begin(0.0)

    assert at(NOON - 28 - 60) == horizon.missed(972.0, 1000.0, NOON).since


def test_what_was_before_the_conversation_is_none_of_its_business() -> None:
    horizon = Horizon()
    horizon.begin(990.0)

    missed = horizon.missed(995.0, 1000.0, NOON)
    assert (at(NOON - 10 - 1), at(NOON - 10 + 1)) == (missed.since, missed.begun)


@pytest.mark.parametrize(
    ("wall", "dated", "expected"),
    [
        (NOON + 3600, NOON, NOON),  # our clock is fast: what the service dates is right
        (NOON, NOON + 3600, NOON),  # the sender's is
        (NOON, NOON - 3600, NOON - 3600),  # either is slow: then more is looked at than need be
        (NOON - 3600, NOON, NOON - 3600),
    ],
)
def test_the_earlier_clock_counts(wall: float, dated: float, expected: float) -> None:
    """The message came 100 seconds before the cut, which is now."""
    horizon = Horizon()
    horizon.begin(0.0)
    horizon.dated(at(dated - 100), 900.0)

    assert at(expected - 60) == horizon.missed(1000.0, 1000.0, wall).since
