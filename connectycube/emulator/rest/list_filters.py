"""The filters, order and window of the chat's lists (P3): dialogs and messages share them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import attrs

from connectycube.emulator.parameters import Parameters, as_list, as_object
from connectycube.emulator.refusals import RefusalError, based

from .paging import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LIMIT = 100
_WINDOW = frozenset(("limit", "skip", "count", "sort_asc", "sort_desc"))

Item = TypeVar("Item")
Kind = Literal["text", "number", "moment", "object"]


@attrs.frozen
class ListField(Generic[Item]):
    """Say what a field is of, and how an item is asked for it: a value, a list of them, or none."""

    kind: Kind
    value: Callable[[Item], Any]
    """A moment comes in unix seconds, an object as a mapping of texts."""


def filtered(
    parameters: Parameters,
    items: Iterable[Item],
    fields: Mapping[str, ListField[Item]],
    *,
    besides: Iterable[str] = (),
) -> list[Item]:
    """
    Return the items that every filter fits; an unknown field or operator is refused.

    Parameters that are no filters are named `besides`; those of the window need no mention.
    """
    others = _WINDOW.union(besides)
    conditions = [
        condition
        for name, given in parameters.items()
        if name not in others
        for condition in _conditions(fields, name, given)
    ]
    return [item for item in items if all(fits(item) for fits in conditions)]


def ordered(
    parameters: Parameters,
    items: Iterable[Item],
    fields: Mapping[str, ListField[Item]],
    *,
    default: tuple[str, Literal["asc", "desc"]],
) -> list[Item]:
    """
    Return the items in the order that is asked for, or else in the default one.

    What has no value is the least. Equal ones keep their order, or turn it round with the rest.
    """
    name, direction = default
    for way in ("asc", "desc"):
        if given := parameters.get(f"sort_{way}"):
            name, direction = str(given), way
    field = fields.get(name)
    if field is None or field.kind == "object":
        raise _refusal(f"Incorrect sort field - {name}")
    value = field.value

    def key(item: Item) -> tuple[bool, Any]:
        held = value(item)
        if isinstance(held, list):
            raise _refusal(f"Incorrect sort field - {name}")
        return (held is not None, 0 if held is None else held)

    found = sorted(items, key=key)
    return found[::-1] if direction == "desc" else found


def window(parameters: Parameters) -> tuple[int, int]:
    """Return how many items to show at most, and how many to skip before."""
    limit = number_of(parameters.get("limit"), least=1, otherwise=_LIMIT)
    return limit, number_of(parameters.get("skip"), least=0, otherwise=0)


def is_on(value: Any) -> bool:
    """Read a flag: `1` or `true`, as a number, a word or a boolean."""
    return str(value).lower() in ("1", "true")


def _conditions(
    fields: Mapping[str, ListField[Item]], name: str, given: Any
) -> Iterator[Callable[[Item], bool]]:
    field = fields.get(name)
    if field is None:
        raise _refusal(f"Incorrect filter field - {name}")
    asked = as_object(given)
    if field.kind != "object":
        yield from _conditions_of(name, field, asked or {"": given})
        return
    for inner, value in ({"": given} if asked is None else asked).items():
        if not inner:
            raise _refusal(f"Incorrect filter field - {name}")
        inner_field = ListField("text", _member(field.value, inner))
        yield from _conditions_of(f"{name}[{inner}]", inner_field, as_object(value) or {"": value})


def _conditions_of(
    name: str, field: ListField[Item], asked: Mapping[str, Any]
) -> Iterator[Callable[[Item], bool]]:
    read = _READERS[field.kind]
    for operator, given in asked.items():
        rule = _RULES.get(operator)
        if rule is None:
            raise _refusal(f"Incorrect filter operator - {operator}")
        # One text may hold a comma; numbers may come in a list without an operator too.
        is_many = operator in _OF_MANY or isinstance(given, list) or field.kind == "number"
        try:
            wanted = [read(one) for one in (as_list(given) if is_many else [given])]
        except (ValueError, OverflowError):
            raise _refusal(f"Incorrect filter value - {name}") from None
        yield _condition(field.value, rule, wanted)


def _condition(
    value: Callable[[Item], Any], rule: _Rule, wanted: list[Any]
) -> Callable[[Item], bool]:
    return lambda item: rule(_held(value(item)), wanted)


def _member(value: Callable[[Item], Any], inner: str) -> Callable[[Item], Any]:
    def member(item: Item) -> Any:
        members: Mapping[str, str] | None = value(item)
        return None if members is None else members.get(inner)

    return member


def _held(value: Any) -> list[Any]:
    if value is None:
        return []
    return as_list(value) if isinstance(value, list) else [value]


_Rule = Callable[[list[Any], list[Any]], bool]


def _compared(compare: Callable[[Any, Any], bool]) -> _Rule:
    return lambda held, wanted: any(compare(one, other) for one in held for other in wanted)


def _any_of(held: list[Any], wanted: list[Any]) -> bool:
    return any(one in wanted for one in held)


def _none_of(held: list[Any], wanted: list[Any]) -> bool:
    return not _any_of(held, wanted)


# What an item holds (nothing, a value or several) against what is wanted. What holds nothing fits
# only `ne` and `nin`. Nothing says how `ctn` treats case; it tells upper from lower here.
_RULES: dict[str, _Rule] = {
    "": _any_of,
    "in": _any_of,
    "ne": _none_of,
    "nin": _none_of,
    "all": lambda held, wanted: bool(held) and all(one in held for one in wanted),
    "ctn": _compared(lambda one, other: str(other) in str(one)),
    "lt": _compared(lambda one, other: one < other),
    "lte": _compared(lambda one, other: one <= other),
    "gt": _compared(lambda one, other: one > other),
    "gte": _compared(lambda one, other: one >= other),
}
_OF_MANY = frozenset(("in", "nin", "all"))


def _moment(value: Any) -> float:
    """Read unix seconds, or a date as ISO writes it (without an offset: UTC)."""
    text = str(value)
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_READERS: dict[str, Callable[[Any], Any]] = {"text": str, "number": int, "moment": _moment}


def _refusal(text: str) -> RefusalError:
    return based(422, text)  # the words are inferred
