"""The budget that all repeats over one transport come out of, as arithmetic."""

import random

from connectycube.retry import RetryBudget


def spent(budget: RetryBudget, wanted: int) -> int:
    """Begin one call and try to repeat it so often; return how often that was granted."""
    budget.count_call()
    return sum(budget.spend() for _ in range(wanted))


def test_a_thousand_failing_calls_cost_a_tenth_more() -> None:
    """Three attempts each would have tripled the load."""
    budget = RetryBudget()

    assert 100 == sum(spent(budget, 2) for _ in range(1000))
    assert 200 == 100 + sum(spent(budget, 2) for _ in range(1000))


def test_the_first_calls_have_a_reserve() -> None:
    budget = RetryBudget()

    assert [2] * 10 == [spent(budget, 2) for _ in range(10)]
    assert 0 == spent(budget, 2)


def test_a_good_year_does_not_pay_for_a_storm() -> None:
    """What was not used is not saved up."""
    budget = RetryBudget()
    for _ in range(100_000):
        budget.count_call()

    assert 100 == sum(spent(budget, 2) for _ in range(999))


def test_no_thousand_calls_in_a_row_repeat_more_than_a_tenth() -> None:
    """Whatever the mixture of good and bad calls."""
    rng = random.Random(7)  # noqa: S311 - a test's own dice
    budget = RetryBudget()
    for _ in range(2000):
        budget.count_call()
    repeats = [spent(budget, rng.choice((0, 0, 1, 2))) for _ in range(5000)]

    assert 101 > max(sum(repeats[at : at + 1000]) for at in range(4000))
    assert 400 < sum(repeats)
