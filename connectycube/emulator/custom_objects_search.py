"""Which records a search means: the operators, and what types of fields have them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from .custom_objects_values import UnfitError, cast_value, number_from, text_of
from .parameters import as_list, as_object

_EARTH = 6_371_000  # metres
_NUMBERS = frozenset({"Integer", "Float"})
_WORDS = _NUMBERS | {"String"}
# Equality, which has no operator, is for every type.
_KINDS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("gt", "gte", "lt", "lte"), _NUMBERS),
    "ne": _WORDS | {"Boolean"},
    **dict.fromkeys(("in", "nin", "or", "ctn"), _WORDS),
    "all": frozenset({"Array"}),
    "near": frozenset({"Location"}),
}


@attrs.frozen
class Filter:
    """Ask one thing of a record."""

    field: str
    operator: str
    """Empty for equality."""
    wanted: Any

    def fits(self, members: Mapping[str, Any]) -> bool:
        """Say whether the record of these members is meant."""
        return _TESTS[self.operator](members[self.field], self.wanted)


def read_filters(fields: Mapping[str, str], given: Mapping[str, Any]) -> list[Filter]:
    """Return the filters, `calc` aside, which is none; raises `UnfitError`."""
    filters: list[Filter] = []
    unfit: dict[str, str] = {}
    for field, operator, value in _conditions(given):
        kind = fields.get(field)
        if kind is None:
            # Ignoring it would find, or delete, more than was meant (inferred).
            unfit[field] = "is not a field of the class"
        elif operator and kind not in _KINDS.get(operator, ()):
            unfit[field] = f"has no operator {operator}"
        else:
            try:
                filters.append(Filter(field, operator, _wanted(kind, field, operator, value)))
            except ValueError as error:
                unfit[field] = str(error)
    if unfit:
        raise UnfitError(unfit)
    return filters


def element_fits(operator: str, element: Any, given: Any) -> bool:
    """Say whether an element of an array is meant by `pull`; raises `ValueError`."""
    if operator not in _ELEMENT_OPERATORS:
        raise ValueError(f"has no operator {operator}")
    if operator in ("gt", "gte", "lt", "lte"):
        is_number = isinstance(element, (int, float)) and not isinstance(element, bool)
        wanted: Any = number_from(given)
        return is_number and _TESTS[operator](element, wanted)
    return _TESTS[operator](element, _texts(given) if operator in _LISTS else text_of(given))


def _conditions(given: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for field, value in given.items():
        operators = as_object(value)
        if operators is None:
            yield field, "", value
        else:
            # The parser of queries keeps a plain value beside operators under the key "".
            yield from (
                (field, operator, wanted)
                for operator, wanted in operators.items()
                if operator != "calc"
            )


def _wanted(kind: str, field: str, operator: str, value: Any) -> Any:
    read = _READERS.get(operator)
    if read is not None:
        return read(kind, value)
    if field == "_parent_id":
        return value or None
    # Of an array one element is meant, or the whole.
    return _element_or_whole(value) if kind == "Array" else cast_value(kind, value)


def _element_or_whole(value: Any) -> str | list[str | None] | None:
    if not isinstance(value, list):
        return text_of(value)
    elements: list[Any] = value
    return [text_of(one) for one in elements]


def _any_of(kind: str, value: Any) -> set[str | None]:
    return {text_of(cast_value(kind, one)) for one in as_list(value)}


def _texts(value: Any) -> set[str | None]:
    return {text_of(one) for one in as_list(value)}


def _circle(value: Any) -> tuple[list[float], float]:
    place, _, radius = ",".join(str(one) for one in as_list(value)).partition(";")
    # Without a radius everything is near (inferred).
    return cast_value("Location", place), number_from(radius) if radius else math.inf


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        held: list[Any] = value
        elements = [text_of(one) for one in held]
        # A place is compared as it is, and anything else as text.
        return wanted in (held, elements) or wanted in elements
    return text_of(value) == text_of(wanted)


def _all(value: Any, wanted: set[str | None]) -> bool:
    return wanted <= {text_of(one) for one in value or ()}


def _near(value: Any, circle: tuple[list[float], float]) -> bool:
    place, radius = circle
    return value is not None and _metres(value, place) <= radius


def _metres(one: list[float], other: list[float]) -> float:
    (lng1, lat1), (lng2, lat2) = (map(math.radians, place) for place in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lng2 - lng1) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(1, half)))


# What has no value is not compared, does not contain, and differs from every value.
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "": _equal,
    "ne": lambda value, wanted: not _equal(value, wanted),
    "in": lambda value, wanted: text_of(value) in wanted,
    # The documentation's words are unclear; as `in` is inferred.
    "or": lambda value, wanted: text_of(value) in wanted,
    "nin": lambda value, wanted: text_of(value) not in wanted,
    "ctn": lambda value, wanted: value is not None and wanted in (text_of(value) or ""),
    "all": _all,
    "near": _near,
    "gt": lambda value, wanted: value is not None and value > wanted,
    "gte": lambda value, wanted: value is not None and value >= wanted,
    "lt": lambda value, wanted: value is not None and value < wanted,
    "lte": lambda value, wanted: value is not None and value <= wanted,
}
_LISTS = frozenset({"in", "nin", "or"})
_READERS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_LISTS, _any_of),
    "all": lambda _, value: _texts(value),
    "ctn": lambda _, value: text_of(cast_value("String", value)) or "",
    "near": lambda _, value: _circle(value),
}
_ELEMENT_OPERATORS = frozenset(_TESTS) - {"", "all", "near"}
