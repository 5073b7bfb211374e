"""
Operators for searches: `users.find(created_at=where.gte(start) & where.lt(end), tags="vip")`.

A plain value asks for equality. Which field takes which operator is the service's rule, checked
before anything is sent.
"""

from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar

from connectycube.errors import InvalidQueryError
from connectycube.values import frozen

T = TypeVar("T")
__all__ = [
    "all_",
    "any_of",
    "contains",
    "gt",
    "gte",
    "in_",
    "lt",
    "lte",
    "ne",
    "near",
    "not_in",
    "starts_with",
]
_NAMES: Final = {
    "all": "all_",
    "ctn": "contains",
    "in": "in_",
    "nin": "not_in",
    "or": "any_of",
    "start_with": "starts_with",
}


def __dir__() -> list[str]:
    return __all__


@frozen
class Filter(Generic[T]):
    """Conditions on one field: pairs of the wire's operator and its value, all of which hold."""

    conditions: tuple[tuple[str, Any], ...]

    def __and__(self, other: "Filter[T]") -> "Filter[T]":
        """
        Ask for both.

        Raises:
            InvalidQueryError: one operator twice.
        """
        both = self.conditions + other.conditions
        if len({name for name, _ in both}) != len(both):
            raise InvalidQueryError("the same operator twice on one field")
        return Filter(both)


def in_(values: Iterable[T]) -> Filter[T]:
    """Any of these; none of them asks for nothing."""
    return Filter((("in", _listed(values)),))


def not_in(values: Iterable[T]) -> Filter[T]:
    """None of these."""
    return Filter((("nin", _listed(values)),))


def all_(values: Iterable[T]) -> Filter[T]:
    """A list that holds all of these."""
    return Filter((("all", _listed(values)),))


def any_of(values: Iterable[T]) -> Filter[T]:
    """Equal to any of these: the operator `or`, which only records know; none asks for nothing."""
    return Filter((("or", _listed(values)),))


def near(longitude: float, latitude: float, metres: float) -> Filter[Any]:
    """A place at most so far from this one, in degrees; only records know it."""
    return Filter((("near", (longitude, latitude, metres)),))


def starts_with(prefix: str) -> Filter[str]:
    """A text that begins like this; for users with at least four characters."""
    return Filter((("start_with", prefix),))


def contains(text: str) -> Filter[str]:
    """A text that holds this."""
    return Filter((("ctn", text),))


def ne(value: T) -> Filter[T]:
    """Anything but this."""
    return Filter((("ne", value),))


def gt(value: T) -> Filter[T]:
    """More, or later, than this."""
    return Filter((("gt", value),))


def gte(value: T) -> Filter[T]:
    """This, or more, or later."""
    return Filter((("gte", value),))


def lt(value: T) -> Filter[T]:
    """Less, or earlier, than this."""
    return Filter((("lt", value),))


def lte(value: T) -> Filter[T]:
    """This, or less, or earlier."""
    return Filter((("lte", value),))


def named(*operators: str) -> str:
    """Say operators of the wire as they are called here."""
    return ", ".join(sorted(f"where.{_NAMES.get(one, one)}" for one in operators))


def _listed(values: Iterable[T]) -> tuple[T, ...]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidQueryError("this operator takes a list of values")
    return tuple(values)
