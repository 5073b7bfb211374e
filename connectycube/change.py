"""
Changes of a record's fields: `data.update("Movie", movie, {"views": change.inc(1), "year": 1972})`.

A plain value replaces what is there, and `None` clears it. All changes of one call are made at once
by the service, whatever others change meanwhile.

https://developers.connectycube.com/server/custom_objects
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from connectycube.errors import InvalidInputError
from connectycube.values import frozen

__all__ = ["add_to_set", "inc", "pop", "pull", "pull_all", "push", "set_items"]

SET_ITEMS: Final = "set items"
# Done twice, these would do something else than done once.
UNREPEATABLE: Final = frozenset({"inc", "push", "pop"})


def __dir__() -> list[str]:
    return __all__


@frozen
class Change:
    """What is to happen to one field: the wire's operator, and what it takes."""

    operator: str
    value: Any


def inc(by: float) -> Change:
    """Add to a number; a negative one subtracts. Never repeated by itself."""
    if isinstance(by, bool) or not isinstance(by, int | float):
        raise InvalidInputError("change.inc takes a number")
    return Change("inc", by)


def push(items: Iterable[Any]) -> Change:
    """Append items to a list. Never repeated by itself."""
    return Change("push", _listed(items))


def add_to_set(items: Iterable[Any]) -> Change:
    """Append those items that the list does not hold yet."""
    return Change("add_to_set", _listed(items))


def pull(what: object) -> Change:
    """
    Remove from a list all items that are equal to a value, or fit an operator.

    `change.pull("draft")`, `change.pull(where.gt(5))`.
    """
    return Change("pull", what)


def pull_all(items: Iterable[Any]) -> Change:
    """Remove from a list all items that are equal to one of these."""
    return Change("pull_all", _listed(items))


def pop(*, first: bool = False) -> Change:
    """Remove the last item of a list, or the first. Never repeated by itself."""
    if not isinstance(first, bool):
        raise InvalidInputError("first is True or False")
    return Change("pop", -1 if first else 1)


def set_items(items: Mapping[int, Any]) -> Change:
    """Replace items of a list by their index, the first being 0."""
    if not isinstance(items, Mapping):
        raise InvalidInputError("change.set_items takes a mapping of indexes to values")
    numbers = [number for number in items if type(number) is int and number >= 0]
    if not items or len(numbers) != len(items):
        raise InvalidInputError("change.set_items takes values by their index from 0")
    return Change(SET_ITEMS, {str(number): items[number] for number in numbers})


def _listed(items: Iterable[Any]) -> list[Any]:
    if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
        raise InvalidInputError("this change takes a list of items")
    listed = list(items)
    if not listed:
        raise InvalidInputError("this change takes at least one item")
    return listed
