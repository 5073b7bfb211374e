"""Classes of custom objects of a seed, with their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .custom_objects_values import UnfitError
from .parameters import as_object

if TYPE_CHECKING:
    from .seeding_names import Names
    from .seeding_place import Place
    from .world import World


def seed_class(world: World, place: Place, names: Names) -> None:
    """Define a class and create its records."""
    members = place.members(
        "permissions", "overrides_records", "records", required=("name", "fields")
    )
    name = members["name"].text()
    kinds = {field: kind.text() for field, kind in members["fields"].mapping().items()}
    overrides = "overrides_records" in members and members["overrides_records"].flag()
    try:
        world.add_class(
            name,
            fields=kinds,
            permissions=_permissions(world, members.get("permissions"), names),
            overrides_records=overrides,
        )
    except UnfitError as error:
        members["permissions"].refuse(str(error))
    except ValueError as error:
        place.refuse(str(error))
    if records := members.get("records"):
        for one in records.items():
            _seed_record(world, name, one, names)


def _seed_record(world: World, class_name: str, place: Place, names: Names) -> None:
    members = place.members("key", "fields", "parent", "permissions", required=("owner",))
    owner = names.user(world, members["owner"])
    fields = members["fields"].mapping() if "fields" in members else {}
    known = world.custom_objects.find_class(class_name)
    for field, value in fields.items():
        # The service may ignore such a field; in a seed it is a slip.
        if known is not None and field not in known.fields:
            value.refuse(f"{class_name} has no such field")
    try:
        record = world.add_record(
            class_name,
            {name: one.value for name, one in fields.items()},
            user_id=owner.id,
            parent_id=names.find("records", members["parent"]) if "parent" in members else None,
            permissions=_permissions(world, members.get("permissions"), names),
        )
    except UnfitError as error:
        for name, reason in error.reasons.items():
            (fields.get(name) or members.get(name) or place).refuse(reason)
        raise
    names.keep("records", place, members["key"].text() if "key" in members else None, record.id)


def _permissions(world: World, place: Place | None, names: Names) -> dict[str, Any] | None:
    """Return the rules as on the wire, which has ids where a seed may name users."""
    if place is None:
        return None
    rules: dict[str, Any] = {}
    for action, rule in place.mapping().items():
        rules[action] = dict(as_object(rule.value) or {})
        users = rule.mapping().get("ids")
        if users is not None:
            rules[action]["ids"] = names.user_ids(world, users)
    return rules
