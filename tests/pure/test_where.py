"""Operators: values that say what is asked of one field."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube import InvalidInputError, InvalidQueryError, change, where
from connectycube.where import Filter

NOON = datetime(2024, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "conditions"),
    [
        (where.in_([1, 2]), (("in", (1, 2)),)),
        (where.in_(iter([1, 2])), (("in", (1, 2)),)),
        (where.in_(range(2)), (("in", (0, 1)),)),
        (where.in_([]), (("in", ()),)),
        (where.not_in(("a",)), (("nin", ("a",)),)),
        (where.all_({"a"}), (("all", ("a",)),)),
        (where.any_of([1, 2]), (("or", (1, 2)),)),
        (where.near(24.1, 56.9, 1000), (("near", (24.1, 56.9, 1000)),)),
        (where.starts_with("dive"), (("start_with", "dive"),)),
        (where.contains("dive"), (("ctn", "dive"),)),
        (where.ne("a"), (("ne", "a"),)),
        (where.gt(NOON), (("gt", NOON),)),
        (where.gte(NOON), (("gte", NOON),)),
        (where.lt(NOON), (("lt", NOON),)),
        (where.lte(NOON), (("lte", NOON),)),
        (where.gte(1) & where.lt(5), (("gte", 1), ("lt", 5))),
        (
            where.gt(1) & where.lt(5) & where.not_in([2]),
            (("gt", 1), ("lt", 5), ("nin", (2,))),
        ),
    ],
)
def test_an_operator_is_its_word_and_its_value(made: Filter[Any], conditions: Any) -> None:
    """The words are those of the wire; lists are kept as they were given."""
    assert conditions == made.conditions


def test_filters_are_values() -> None:
    """They compare by what they ask, can be kept in a set, and `&` changes neither side."""
    one, other = where.gt(1), where.lt(5)
    both = one & other

    assert (where.gt(1), where.lt(5)) == (one, other)
    assert {both} == {where.gt(1) & where.lt(5)}
    assert both != other & one


@pytest.mark.parametrize(
    "twice",
    [
        lambda: where.gt(1) & where.gt(2),
        lambda: where.gt(1) & where.lt(2) & where.gt(1),
        lambda: where.in_([1]) & where.in_([2]),
    ],
)
def test_an_operator_comes_once(twice: Callable[[], object]) -> None:
    """The wire has room for one of each; the other would silently be lost."""
    with pytest.raises(InvalidQueryError, match="twice"):
        twice()


@pytest.mark.parametrize("make", [where.in_, where.not_in, where.all_, where.any_of])
@pytest.mark.parametrize("values", ["vip", b"vip", None, 7, True])
def test_a_list_is_no_single_value(make: Callable[[Any], object], values: Any) -> None:
    """A text would be taken letter by letter, and a number not at all."""
    with pytest.raises(InvalidQueryError):
        make(values)


def test_an_invalid_query_is_invalid_input() -> None:
    """Whoever catches what is refused before sending catches it too."""
    assert issubclass(InvalidQueryError, InvalidInputError)


@pytest.mark.parametrize("module", [where, change])
def test_a_module_of_operators_shows_these_alone(module: Any) -> None:
    """What completion offers is what can be written; each is there, and makes something."""
    assert sorted(module.__all__) == dir(module)
    assert all(callable(getattr(module, name)) for name in dir(module))
    assert not {"Filter", "Any", "Change", "annotations"} & {*dir(module)}
