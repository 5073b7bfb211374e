"""Custom objects: updating records (D6 to D8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.custom_objects import CustomRecord
from connectycube.emulator.custom_objects_access import Rules, read_rules
from connectycube.emulator.custom_objects_updates import changed_values
from connectycube.emulator.custom_objects_values import UnfitError
from connectycube.emulator.parameters import as_object
from connectycube.emulator.refusals import not_permitted
from connectycube.emulator.reply import Reply

from .record_access import (
    body_members,
    class_of,
    field_members,
    numbered_members,
    parent_id_from,
    record_for,
    record_json,
)
from .record_search import MOST, find_records, read_criteria

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connectycube.emulator.call import Call
    from connectycube.emulator.custom_objects import CustomClass


@attrs.frozen
class _Change:
    """What a record becomes: read before anything is written, so that all is or nothing."""

    record: CustomRecord
    values: dict[str, Any]
    parent_id: str | None
    rules: Rules

    @classmethod
    def none_of(cls, record: CustomRecord) -> _Change:
        """Begin with what the record is."""
        return cls(record, record.values, record.parent_id, record.rules)


def update_record(call: Call) -> Reply:
    """Write values, or what operators make of them (D6)."""
    known = class_of(call)
    record = record_for(call, known, call.arguments[1], "update")
    _write(call, [_read_change(call, known, _Change.none_of(record), body_members(call))])
    return Reply(payload=record_json(record))


def update_records_by_criteria(call: Call) -> Reply:
    """Write the same into every record that is meant and that the caller may update (D7)."""
    known, members = class_of(call), body_members(call)
    criteria = as_object(members.pop("search_criteria", None))
    if not criteria:
        raise UnfitError({"search_criteria": "can't be blank"})
    found = find_records(call, known, read_criteria(known, criteria), "update")
    starts = [_Change.none_of(record) for record in found]
    _write(call, [_read_change(call, known, start, members) for start in starts])
    # That all are written and a hundred shown is inferred.
    items = [record_json(record) for record in found[:MOST]]
    page = {"skip": 0, "limit": MOST, "total_found": len(found)}
    return Reply(payload={"class_name": known.name, **page, "items": items})


def update_records(call: Call) -> Reply:
    """
    Write into several records, each its own (D8).

    The answer tells which do not exist. It has no word for those that the caller may not update:
    they refuse the whole call (inferred).
    """
    known = class_of(call)
    changes: dict[str, _Change] = {}
    unknown: list[str] = []
    for members in numbered_members(body_members(call)):
        record_id = str(members.get("id") or members.get("_id") or "")
        record = call.world.custom_objects.find(known.name, record_id)
        if record is None:
            unknown.append(record_id)
        elif not known.lets("update", call.user, record):
            raise not_permitted()
        else:
            # A record may be named twice.
            start = changes.get(record.id) or _Change.none_of(record)
            changes[record.id] = _read_change(call, known, start, members)
    _write(call, changes.values())
    items = [record_json(change.record, no_parent="") for change in changes.values()]
    return Reply(payload={"class_name": known.name, "not_found": {"ids": unknown}, "items": items})


def _read_change(
    call: Call, known: CustomClass, start: _Change, members: Mapping[str, Any]
) -> _Change:
    lenient = not call.settings.refuse_unknown_fields
    values = changed_values(known.fields, start.values, field_members(members), lenient=lenient)
    return _Change(
        record=start.record,
        values=values,
        parent_id=parent_id_from(members, start.parent_id),
        rules=read_rules(members.get("permissions"), start.rules),
    )


def _write(call: Call, changes: Iterable[_Change]) -> None:
    for change in changes:
        change.record.values = change.values
        change.record.parent_id = change.parent_id
        change.record.rules = change.rules
        change.record.updated_at = call.now
