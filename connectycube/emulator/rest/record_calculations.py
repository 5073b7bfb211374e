"""Calculating over custom objects: `<field>[calc]` and `group_by` (the answer is inferred)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.custom_objects_values import NUMBERS, UnfitError, text_of
from connectycube.emulator.parameters import as_object

if TYPE_CHECKING:
    from connectycube.emulator.custom_objects import CustomClass

_CALCULATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": lambda numbers: sum(numbers) / len(numbers),
    "min": min,
    "max": max,
    "sum": sum,
}


@attrs.frozen
class Calculations:
    """Say what is calculated of which fields, and for the records of which equal field each."""

    by_field: Mapping[str, str]
    group_by: str | None


def read_calculations(known: CustomClass, given: Mapping[str, Any]) -> Calculations | None:
    """Return what to calculate, if anything; raises `UnfitError`."""
    by_field: dict[str, str] = {}
    for field, value in given.items():
        name = (as_object(value) or {}).get("calc")
        if name is None:
            continue
        if known.all_fields.get(field) not in NUMBERS:
            raise UnfitError({field: "has no operator calc"})
        if str(name) not in _CALCULATIONS:
            raise UnfitError({field: f"must be calculated as one of {', '.join(_CALCULATIONS)}"})
        by_field[field] = str(name)
    group_by = given.get("group_by")
    if group_by is not None and (not by_field or str(group_by) not in known.all_fields):
        raise UnfitError({"group_by": "must be a field of the class, beside a calculation"})
    return Calculations(by_field, group_by and str(group_by)) if by_field else None


def calculated(wanted: Calculations, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one object for each group, or a single one where nothing groups."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        key = "" if wanted.group_by is None else text_of(record[wanted.group_by]) or ""
        groups.setdefault(key, []).append(record)
    return [_calculated(wanted, groups[key]) for key in sorted(groups)]


def _calculated(wanted: Calculations, group: list[Mapping[str, Any]]) -> dict[str, Any]:
    shown = {} if wanted.group_by is None else {wanted.group_by: group[0][wanted.group_by]}
    for field, name in wanted.by_field.items():
        numbers = [record[field] for record in group if record[field] is not None]
        number = _CALCULATIONS[name](numbers) if numbers else None
        is_whole = isinstance(number, float) and number.is_integer()
        shown[f"calc_{field}"] = int(number) if number is not None and is_whole else number
    return shown
