"""
Nothing is lost, and nothing comes twice, however the lines of a chat are cut.

`python -m tests.system.cuts` prints the figures of any of these runs.
"""

from collections.abc import Iterator

import pytest

from .plan import Figures, Plan
from .simulation import simulate
from .variants import VARIANTS, Variant

_BACK_WITHIN = 3.0  # seconds, at the 95th percentile
_MANY = 100  # fewer have no such percentile
_FOUND_WITHIN = 30.0  # seconds: a line that carries nothing any more

variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda one: one.name)
backends = pytest.mark.parametrize(
    "backend", ["asyncio", pytest.param("trio", marks=pytest.mark.long)]
)


@variants
@backends
@pytest.mark.parametrize("seed", [1])
def test_nothing_is_lost_and_nothing_comes_twice(variant: Variant, backend: str, seed: int) -> None:
    """Twenty seconds with a cut in each of them, nearly."""
    plan = Plan(variant=variant, seed=seed, seconds=20.0, cuts=17, quiet=45.0)
    figures = simulate(plan, backend)

    assert [] == list(complaints(plan, figures)), f"seed {seed}: {figures}"


@pytest.mark.long
@variants
@pytest.mark.parametrize(("backend", "seed"), [("asyncio", 1), ("trio", 2), ("asyncio", 3)])
def test_nothing_is_lost_in_ten_minutes_with_500_cuts(
    variant: Variant, backend: str, seed: int
) -> None:
    plan = Plan(variant=variant, seed=seed, seconds=600.0, cuts=500)
    figures = simulate(plan, backend)

    assert [] == list(complaints(plan, figures)), f"seed {seed}: {figures}"
    assert [] == list(unmet(variant, figures)), f"seed {seed}: {figures}"


def complaints(plan: Plan, figures: Figures) -> Iterator[str]:
    """Say what is not as it should be."""
    yield from figures.verdict.complaints
    yield from figures.odd
    if figures.cuts != round(plan.cuts * plan.variant.cuts):
        yield f"{figures.cuts} cuts"
    if figures.unknown:
        yield f"{figures.unknown} times nobody knew in time whether a message was sent"
    if figures.gaps and not plan.variant.history_fails:
        yield f"{figures.gaps} gaps, although the history could be read"
    if len(figures.back) >= _MANY and figures.back_95 > _BACK_WITHIN:
        yield f"back after {figures.back_95} s"
    if max(figures.found, default=0.0) > _FOUND_WITHIN:
        yield f"a silent line found after {max(figures.found)} s"


def unmet(variant: Variant, figures: Figures) -> Iterator[str]:
    """Say what should have happened in so long a time, and has not."""
    wanted = {
        "refuse_resumption": variant.refused,
        "lose_ack": variant.acks_lost,
        "duplicate": variant.duplicated,
        "reorder": variant.reordered,
        "refuse_login": variant.refused_logins,
    }
    yield from (kind for kind, share in wanted.items() if share and not figures.struck.get(kind))
    if variant.silent and not figures.found:
        yield "silent lines"
    can_resume = variant.refused < 1 and variant.settings.get("sm_resume", True)
    if can_resume != bool(figures.resumed):
        yield f"{figures.resumed} resumed"
    if variant.refused and not figures.reconnected:
        yield "nobody reconnected"
