"""
What a record is made or changed by, checked and spelled as the service reads it.

https://developers.connectycube.com/server/custom_objects
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeAlias

import attrs

from connectycube.change import SET_ITEMS, UNREPEATABLE, Change
from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, UnsetType
from connectycube.models.record import Access, Permissions, Record
from connectycube.models.user import user_id
from connectycube.object_id import checked_object_id
from connectycube.query import iso
from connectycube.searches.records import conditions_of
from connectycube.values import frozen
from connectycube.where import Filter

Values: TypeAlias = Mapping[str, Any] | attrs.AttrsInstance
RecordLike: TypeAlias = str | Record[Any]
Parent: TypeAlias = RecordLike | UnsetType | None

# Members that are no fields: the service's own, and the words for changes.
_OWN: Final = frozenset({"_id", "_parent_id", "permissions"})
_WORDS: Final = frozenset({"inc", "pull", "pull_all", "pop", "push", "add_to_set"})
_IN_UPDATES: Final = _WORDS | {"id", "search_criteria"}


@frozen(kw_only=True)
class Update:
    """
    A valid change of a record.

    Attributes:
        members: what goes into the body.
        repeatable: whether doing it twice is the same as doing it once.
    """

    members: dict[str, Any]
    repeatable: bool


def new_record(
    values: Values, *, parent: Parent = UNSET, permissions: Permissions | None = None
) -> dict[str, Any]:
    """
    Spell a record that is to be made.

    Raises:
        InvalidInputError: something of it cannot be.
    """
    members = _members(values)
    for name, value in members.items():
        if isinstance(value, Change):
            raise InvalidInputError(f"{name}: there is nothing to change yet")
    return {**_plain_members(members), **_surroundings(parent, permissions)}


def update(
    values: Values, *, parent: Parent = UNSET, permissions: Permissions | None = None
) -> Update:
    """
    Spell a change.

    Raises:
        InvalidInputError: there is nothing to change, or something of it cannot be.
    """
    changed = _members(values)
    plain = {name: value for name, value in changed.items() if not isinstance(value, Change)}
    for name in _IN_UPDATES.intersection(plain):
        raise InvalidInputError(f"{name} is a word of the service, not a field to set")
    members = _plain_members(plain)
    operators: dict[str, dict[str, Any]] = {}
    for name, change in changed.items():
        if isinstance(change, Change):
            if change.operator == SET_ITEMS:
                members[name] = _plain(change.value)
            else:
                operators.setdefault(change.operator, {})[name] = _taken(name, change)
    members |= {**operators, **_surroundings(parent, permissions)}
    if not members:
        raise InvalidInputError("there is nothing to change")
    return Update(members=members, repeatable=UNREPEATABLE.isdisjoint(operators))


def record_id(record: object) -> str:
    """
    Return the id of a record, or an id as it is.

    Raises:
        InvalidInputError: it is neither.
    """
    return checked_object_id(record.id if isinstance(record, Record) else record, "a record's id")


def _members(values: object) -> dict[str, Any]:
    if isinstance(values, Mapping):
        members = dict(values)
    elif attrs.has(type(values)) and not isinstance(values, Record | Change | Filter):
        members = _members_of(values)
    else:
        raise InvalidInputError("a record's fields are a mapping, or a value of an attrs class")
    for name in members:
        if not isinstance(name, str) or not name:
            raise InvalidInputError("a field is named by text")
        if name in _OWN:
            raise InvalidInputError(f"{name} is no field: it has an argument of its own")
    return {name: value for name, value in members.items() if value is not UNSET}


def _members_of(value: Any) -> dict[str, Any]:
    # As `own_class` reads them: where the names differ, the class says so.
    return {
        field.metadata.get("wire", field.name): getattr(value, field.name)
        for field in attrs.fields(type(value))
    }


def _plain_members(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in members.items()}


def _plain(value: Any) -> Any:
    """Spell a value as JSON; what has no spelling is refused when the body is written."""
    try:
        return _spelled(value)
    except RecursionError:
        raise InvalidInputError("a value is nested too deeply, or holds itself") from None


def _spelled(value: Any) -> Any:
    if isinstance(value, Change | Filter):
        raise InvalidInputError("a change stands by itself, and an operator in change.pull alone")
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Enum):
        return _spelled(value.value)
    if isinstance(value, Mapping):
        return {str(name): _spelled(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(one) for one in value]  # in their order: longitude comes before latitude
    if attrs.has(type(value)):
        return {name: _spelled(one) for name, one in _members_of(value).items() if one is not UNSET}
    return value


def _taken(name: str, change: Change) -> Any:
    if isinstance(change.value, Filter):
        return conditions_of(name, change.value)
    return _plain(change.value)


def _surroundings(parent: Parent, permissions: Permissions | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if parent is not UNSET:
        told["_parent_id"] = None if parent is None else record_id(parent)
    if permissions is not None:
        if not isinstance(permissions, Permissions):
            raise InvalidInputError("permissions are Permissions")
        told["permissions"] = {
            name: _access(name, access)
            for name in ("read", "update", "delete")
            if (access := getattr(permissions, name)) is not None
        }
    return told


def _access(name: str, access: object) -> dict[str, Any]:
    # Left out, what is no Access would leave the record open.
    kind: object = access.access if isinstance(access, Access) else None
    if not isinstance(access, Access) or not isinstance(kind, str) or not kind:
        raise InvalidInputError(f"permissions: {name} is an Access, such as Access.owner()")
    # The service tells these lists under other names than it takes them.
    told: dict[str, Any] = {"access": access.access}
    if access.users_ids:
        told["ids"] = [str(user_id(one, "a user's id")) for one in access.users_ids]
    if access.users_groups:
        groups: list[object] = list(access.users_groups)
        if not all(isinstance(tag, str) and tag for tag in groups):
            raise InvalidInputError("a tag must be a non-empty text")
        told["groups"] = groups
    return told
