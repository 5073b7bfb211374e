"""What a create or an update makes of a record's values: plain values and operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from .custom_objects_search import element_fits
from .custom_objects_values import NUMBERS, UnfitError, cast_value, text_of
from .parameters import as_object

_FURTHEST_INDEX = 9999


def changed_values(
    fields: Mapping[str, str],
    values: Mapping[str, Any],
    members: Mapping[str, Any],
    *,
    lenient: bool = False,
) -> dict[str, Any]:
    """
    Return the values after a change; raises `UnfitError` with everything that does not fit.

    Unknown fields are unfit, unless they are to be ignored. Files have uploads of their own, which
    nothing documents: a value for one is ignored.
    """
    changed = dict(values)
    unfit: dict[str, str] = {}
    for field, change, given in _changes(members):
        kind = fields.get(field)
        if kind is None:
            if not lenient:
                unfit[field] = "is not a field of the class"
            continue
        if kind == "File":
            continue
        try:
            changed[field] = change(kind, changed.get(field), given)
        except ValueError as error:
            unfit[field] = str(error)
    if unfit:
        raise UnfitError(unfit)
    return changed


_Change = Callable[[str, Any, Any], Any]


def _changes(members: Mapping[str, Any]) -> list[tuple[str, _Change, Any]]:
    """Return what happens to which field: first the plain values, then the operators."""
    plain: list[tuple[str, _Change, Any]] = []
    operated: list[tuple[str, _Change, Any]] = []
    for name, given in members.items():
        operator, targets = _OPERATORS.get(name), as_object(given)
        if operator is None or targets is None:
            plain.append((name, _plain if targets is None else _by_index, given))
        else:
            operated += ((field, operator, value) for field, value in targets.items())
    return plain + operated


def _plain(kind: str, _known: Any, given: Any) -> Any:
    return cast_value(kind, given)


def _by_index(kind: str, known: Any, given: Any) -> list[Any]:
    elements = _elements(kind, known)
    for index, value in cast("dict[str, Any]", given).items():
        if not (index.isascii() and index.isdigit()) or int(index) > _FURTHEST_INDEX:
            raise ValueError(f"has no place {index}")
        # A place behind the end is reached by nulls (inferred).
        elements += [None] * (int(index) + 1 - len(elements))
        elements[int(index)] = value
    return elements


def _inc(kind: str, known: Any, given: Any) -> Any:
    if kind not in NUMBERS:
        raise ValueError("must be a number to be incremented")
    if given is None:
        raise ValueError("is incremented by a number")
    return cast_value(kind, (known or 0) + cast_value(kind, given))


def _push(kind: str, known: Any, given: Any) -> list[Any]:
    return _elements(kind, known) + _listed(given)


def _add_to_set(kind: str, known: Any, given: Any) -> list[Any]:
    elements = _elements(kind, known)
    for value in _listed(given):
        if text_of(value) not in map(text_of, elements):
            elements.append(value)
    return elements


def _pop(kind: str, known: Any, given: Any) -> list[Any]:
    elements = _elements(kind, known)
    if str(given) == "1":
        return elements[:-1]
    if str(given) == "-1":
        return elements[1:]
    raise ValueError("is popped by 1 or -1")


def _pull(kind: str, known: Any, given: Any) -> list[Any]:
    elements = _elements(kind, known)
    conditions = as_object(given)
    if conditions is None:
        return [one for one in elements if text_of(one) != text_of(given)]
    return [
        one
        for one in elements
        if not all(element_fits(operator, one, value) for operator, value in conditions.items())
    ]


def _pull_all(kind: str, known: Any, given: Any) -> list[Any]:
    gone = [text_of(one) for one in _listed(given)]
    return [one for one in _elements(kind, known) if text_of(one) not in gone]


def _elements(kind: str, known: Any) -> list[Any]:
    if kind != "Array":
        raise ValueError("must be an array for this")
    return list(known or ())


def _listed(given: Any) -> list[Any]:
    # Not split at commas: a single text is one element.
    if not isinstance(given, list):
        return [given]
    listed: list[Any] = given
    return listed


_OPERATORS: dict[str, _Change] = {
    "inc": _inc,
    "push": _push,
    "add_to_set": _add_to_set,
    "pop": _pop,
    "pull": _pull,
    "pull_all": _pull_all,
}
