"""What every operation on custom objects needs: class, records, members, and how to show them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectycube.emulator.custom_objects_values import UnfitError
from connectycube.emulator.parameters import as_object
from connectycube.emulator.refusals import not_found, not_permitted, undefined_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectycube.emulator.call import Call
    from connectycube.emulator.custom_objects import CustomClass, CustomRecord

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_DEEPEST = 3  # record[1][ports][0]
# Members of a record's object that are not its fields; whatever is sent in the rest stays unread.
_OWN = ("id", "_id", "_parent_id", "user_id", "created_at", "updated_at", "permissions")


def class_of(call: Call) -> CustomClass:
    """Return the class that the path names."""
    known = call.world.custom_objects.find_class(call.arguments[0])
    if known is None:
        raise undefined_class(call.settings.undefined_class_status)
    return known


def record_for(call: Call, known: CustomClass, record_id: str, action: str) -> CustomRecord:
    """Return a record that the caller may do this with."""
    record = call.world.custom_objects.find(known.name, record_id)
    if record is None:
        raise not_found()
    if not known.lets(action, call.user, record):
        raise not_permitted()
    return record


def body_members(call: Call) -> dict[str, Any]:
    """Return the members of the body; a form spells null as text."""
    kind = call.headers.get("Content-Type", "").lower()
    is_json = "json" in kind or call.request.body.lstrip()[:1] == b"{"
    return call.parameters if is_json else _with_nulls(call.parameters)


def field_members(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are fields or operators on them."""
    return {name: value for name, value in members.items() if name not in _OWN}


def parent_id_from(members: Mapping[str, Any], otherwise: str | None = None) -> str | None:
    """Return the parent that is asked for; whether there is one is not checked (inferred)."""
    given = members.get("_parent_id", otherwise)
    if given is None or given == "":
        return None
    if not isinstance(given, str) or _OBJECT_ID.fullmatch(given) is None:
        raise UnfitError({"_parent_id": "is invalid"})
    return given


def numbered_members(members: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objects under `record`, by their numbers, wherever those begin."""
    records = as_object(members.get("record")) or {}
    if not records:
        raise UnfitError({"record": "can't be blank"})
    if not all(number.isascii() and number.isdigit() for number in records):
        raise UnfitError({"record": "must be numbered"})
    inner = [as_object(records[number]) for number in sorted(records, key=int)]
    objects = [one for one in inner if one is not None]
    if len(objects) < len(inner):
        raise UnfitError({"record": "must hold objects"})
    return objects


def record_json(
    record: CustomRecord, *, no_parent: str | None = None, permissions: bool = True
) -> dict[str, Any]:
    """Show a record; no parent is null in some answers and an empty text in others."""
    shown = record.members
    shown["_parent_id"] = record.parent_id or no_parent
    if permissions:
        shown["permissions"] = permissions_json(record)
    return shown


def permissions_json(record: CustomRecord) -> dict[str, Any]:
    """Show the rules of a record."""
    return {action: rule.shown() for action, rule in record.rules.items()}


def _with_nulls(members: Mapping[str, Any], deeper: int = _DEEPEST) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in members.items():
        inner = as_object(value) if deeper else None
        plain = None if value == "null" else value
        read[name] = plain if inner is None else _with_nulls(inner, deeper - 1)
    return read
