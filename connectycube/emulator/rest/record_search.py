"""Searching custom objects: listing, counting and calculating (D3), and the criteria of others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from connectycube.emulator.custom_objects_search import Filter, read_filters
from connectycube.emulator.custom_objects_values import UnfitError
from connectycube.emulator.parameters import as_list, as_object
from connectycube.emulator.reply import Reply

from .record_access import class_of, record_json
from .record_calculations import calculated, read_calculations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectycube.emulator.call import Call
    from connectycube.emulator.custom_objects import CustomClass, CustomRecord

MOST = 100
_LAST = -1
_OPTIONS = ("sort_asc", "sort_desc", "skip", "limit", "count", "output", "group_by")


def list_records(call: Call) -> Reply:
    """Show, count or calculate over the records that are meant (D3)."""
    known, given = class_of(call), call.parameters
    calculations = read_calculations(known, given)
    skip, limit = _read_page(given)
    found = find_records(call, known, read_criteria(known, given), "read")
    if is_true(given.get("count")):
        return Reply(payload={"items": {"count": len(found)}})
    if calculations is not None:
        items = calculated(calculations, [record.members for record in found])
        return Reply(payload={"class_name": known.name, "items": items})
    _sort(known, found, given)
    page = found[-1:] if limit == _LAST else found[skip : skip + limit]
    shown = [record_json(one, no_parent="", permissions=False) for one in page]
    items = [_narrowed(one, given.get("output")) for one in shown]
    return Reply(payload={"class_name": known.name, "skip": skip, "limit": limit, "items": items})


def read_criteria(known: CustomClass, given: Mapping[str, Any]) -> list[Filter]:
    """Return the filters among the parameters."""
    named = {name: value for name, value in given.items() if name not in _OPTIONS}
    return read_filters(known.all_fields, named)


def find_records(
    call: Call, known: CustomClass, criteria: list[Filter], action: str
) -> list[CustomRecord]:
    """Return the records that are meant and that the caller may do this with, oldest first."""
    found: list[CustomRecord] = []
    for record in call.world.custom_objects.records(known.name):
        members = record.members
        if all(one.fits(members) for one in criteria) and known.lets(action, call.user, record):
            found.append(record)
    return found


def is_true(value: Any) -> bool:
    """Read a flag."""
    return str(value).lower() in ("1", "true")


def _read_page(given: Mapping[str, Any]) -> tuple[int, int]:
    numbers: list[int] = []
    for name, otherwise, least in (("skip", 0, 0), ("limit", MOST, 1)):
        try:
            number = int(str(given.get(name, otherwise)))
        except ValueError:
            raise UnfitError({name: "is not a number"}) from None
        if number < least and (name, number) != ("limit", _LAST):
            raise UnfitError({name: "is out of range"})
        numbers.append(number)
    skip, limit = numbers
    # Beyond the maximum the service gives the maximum (inferred).
    return skip, min(limit, MOST)


def _sort(known: CustomClass, records: list[CustomRecord], given: Mapping[str, Any]) -> None:
    orders = [(name, given[name]) for name in ("sort_asc", "sort_desc") if name in given]
    if not orders:
        return
    name, field = orders[0]
    kind = known.all_fields.get(str(field))
    if len(orders) > 1 or kind is None:
        raise UnfitError({name: "must be one field of the class"})

    def key(record: CustomRecord) -> tuple[bool, Any]:
        value = record.members[str(field)]
        # Lists may hold what cannot be compared.
        comparable = json.dumps(value) if isinstance(value, list) else value
        return (value is not None, 0 if value is None else comparable)

    records.sort(key=key, reverse=name == "sort_desc")


def _narrowed(shown: dict[str, Any], output: Any) -> dict[str, Any]:
    """Return the members that are asked for; the id is always among them (inferred)."""
    wanted = as_object(output) or {}
    included = {"_id", *_names(wanted["include"])} if "include" in wanted else set(shown)
    excluded = _names(wanted.get("exclude")) - {"_id"}
    return {name: value for name, value in shown.items() if name in included - excluded}


def _names(value: Any) -> set[str]:
    return set(map(str, as_list(value)))
