"""Custom objects: creating, getting and deleting records (D1, D2, D4, D5, D9 to D11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.custom_objects_access import RECORD_RULES, read_rules
from connectycube.emulator.custom_objects_updates import changed_values
from connectycube.emulator.custom_objects_values import UnfitError
from connectycube.emulator.parameters import as_list
from connectycube.emulator.refusals import not_found, not_permitted
from connectycube.emulator.reply import Reply

from .record_access import (
    body_members,
    class_of,
    field_members,
    numbered_members,
    parent_id_from,
    permissions_json,
    record_for,
    record_json,
)
from .record_search import find_records, is_true, read_criteria

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.custom_objects import CustomClass, CustomRecord


def create_record(call: Call) -> Reply:
    """Create a record (D1)."""
    known = _class_to_create_in(call)
    [record] = _create(call, known, [body_members(call)])
    return Reply(status=201, payload=record_json(record))


def create_records(call: Call) -> Reply:
    """Create several records, or none where one does not fit (D2; the latter is inferred)."""
    known = _class_to_create_in(call)
    records = _create(call, known, numbered_members(body_members(call)))
    items = [record_json(record) for record in records]
    return Reply(status=201, payload={"class_name": known.name, "items": items})


def get_records(call: Call) -> Reply:
    """Show records by id (D4), or to its owner the permissions of one (D5)."""
    known = class_of(call)
    if "," not in call.arguments[1]:
        if is_true(call.parameters.get("permissions")):
            return _get_permissions(call, known)
        records = [record_for(call, known, call.arguments[1], "read")]
    else:
        # Of several, the unknown and the hidden are left out (inferred).
        found = (call.world.custom_objects.find(known.name, one) for one in _ids(call))
        records = [one for one in found if one and known.lets("read", call.user, one)]
    items = [record_json(record) for record in records]
    return Reply(payload={"class_name": known.name, "items": items})


def delete_records(call: Call) -> Reply:
    """Delete one record (D9), or those of several that the caller may delete (D10)."""
    known = class_of(call)
    objects = call.world.custom_objects
    if "," not in call.arguments[1]:
        objects.remove(record_for(call, known, call.arguments[1], "delete"))
        return Reply()
    outcome: dict[str, list[str]] = {
        "SuccessfullyDeleted": [],
        "NotFound": [],
        "WrongPermissions": [],
    }
    for record_id in _ids(call):
        record = objects.find(known.name, record_id)
        if record is None:
            outcome["NotFound"].append(record_id)
        elif not known.lets("delete", call.user, record):
            outcome["WrongPermissions"].append(record_id)
        else:
            objects.remove(record)
            outcome["SuccessfullyDeleted"].append(record_id)
    return Reply(payload={name: {"ids": ids} for name, ids in outcome.items()})


def delete_records_by_criteria(call: Call) -> Reply:
    """Delete the records that are meant and that the caller may delete (D11)."""
    known = class_of(call)
    criteria = read_criteria(known, call.parameters)
    if not criteria:
        # To delete everything by a forgotten filter is refused (inferred).
        raise UnfitError({"search_criteria": "can't be blank"})
    found = find_records(call, known, criteria, "delete")
    for record in found:
        call.world.custom_objects.remove(record)
    return Reply(payload={"total_deleted": len(found)})


def _class_to_create_in(call: Call) -> CustomClass:
    known = class_of(call)
    if not known.rules["create"].lets(call.user, owner_id=None):
        raise not_permitted()
    return known


def _create(call: Call, known: CustomClass, given: list[dict[str, Any]]) -> list[CustomRecord]:
    lenient = not call.settings.refuse_unknown_fields
    blank = dict.fromkeys(known.fields)
    # All are read before the first is kept.
    made = [
        (
            changed_values(known.fields, blank, field_members(members), lenient=lenient),
            parent_id_from(members),
            read_rules(members.get("permissions"), RECORD_RULES),
        )
        for members in given
    ]
    add = call.world.custom_objects.keep
    return [
        add(known, values, user_id=call.user.id, parent_id=parent_id, rules=rules)
        for values, parent_id, rules in made
    ]


def _get_permissions(call: Call, known: CustomClass) -> Reply:
    record = call.world.custom_objects.find(known.name, call.arguments[1])
    if record is None:
        raise not_found()
    if record.owner_id != call.user.id:
        raise not_permitted()
    return Reply(payload={"permissions": permissions_json(record), "record_id": record.id})


def _ids(call: Call) -> list[str]:
    return list(dict.fromkeys(as_list(call.arguments[1])))
