"""The classes of custom objects and their records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from .custom_objects_access import CLASS_RULES, RECORD_RULES, Rules, read_rules
from .custom_objects_updates import changed_values
from .custom_objects_values import FIELD_TYPES

if TYPE_CHECKING:
    import threading

    from .records import User

_BUILT_IN = {
    "_id": "String",
    "_parent_id": "String",
    "user_id": "Integer",
    "created_at": "Integer",
    "updated_at": "Integer",
}


@attrs.frozen(kw_only=True)
class CustomClass:
    """Say which fields the records of a class have, and who may do what with them."""

    name: str
    fields: Mapping[str, str]
    """The type of each field."""
    rules: Rules
    overrides_records: bool = False
    """The class's rules count and the records' own do not; who may create, it always says."""

    @property
    def all_fields(self) -> Mapping[str, str]:
        """Return the types of the fields that every record has, too."""
        return {**_BUILT_IN, **self.fields}

    def lets(self, action: str, user: User, record: CustomRecord) -> bool:
        """Say whether this user may do this with a record."""
        rules = self.rules if self.overrides_records else record.rules
        return rules[action].lets(user, owner_id=record.owner_id)


@attrs.define(kw_only=True, eq=False)
class CustomRecord:
    """Keep one record."""

    id: str
    class_name: str
    owner_id: int
    parent_id: str | None = None
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)
    values: dict[str, Any] = attrs.field(repr=False)
    """A value, or null, for every field of the class."""
    rules: Rules = attrs.field(repr=False)

    @property
    def members(self) -> dict[str, Any]:
        """Return everything that can be searched by and shown."""
        return {
            "_id": self.id,
            "_parent_id": self.parent_id,
            **self.values,
            "created_at": int(self.created_at.timestamp()),
            "updated_at": int(self.updated_at.timestamp()),
            "user_id": self.owner_id,
        }


class CustomObjects:
    """Hold classes by name, and the records of each, the oldest first."""

    def __init__(
        self, lock: threading.RLock, *, now: Callable[[], datetime], object_id: Callable[[], str]
    ) -> None:
        self._lock = lock
        self._now = now
        self._object_id = object_id
        self._classes: dict[str, CustomClass] = {}
        self._records: dict[str, dict[str, CustomRecord]] = {}

    @property
    def classes(self) -> list[CustomClass]:
        """Return all classes."""
        with self._lock:
            return list(self._classes.values())

    def find_class(self, name: str) -> CustomClass | None:
        """Return the class of this name."""
        with self._lock:
            return self._classes.get(name)

    def add_class(
        self,
        name: str,
        *,
        fields: Mapping[str, str],
        permissions: Mapping[str, Any] | None = None,
        overrides_records: bool = False,
    ) -> CustomClass:
        """Define a class, as the admin panel does; a `ValueError` tells what is wrong."""
        for field, kind in fields.items():
            if kind not in FIELD_TYPES:
                known = ", ".join(FIELD_TYPES)
                raise ValueError(f"{name}.{field} must be one of {known}, not {kind}")
            if field in _BUILT_IN:
                raise ValueError(f"{name}.{field} is what every record has")
        with self._lock:
            if name in self._classes:
                raise ValueError(f"there is a class {name} already")
            made = CustomClass(
                name=name,
                fields=dict(fields),
                rules=read_rules(permissions, CLASS_RULES),
                overrides_records=overrides_records,
            )
            self._classes[name] = made
            self._records[name] = {}
            return made

    def records(self, class_name: str) -> list[CustomRecord]:
        """Return the records of a class; none where there is no such class."""
        with self._lock:
            return list(self._records.get(class_name, {}).values())

    def find(self, class_name: str, record_id: str) -> CustomRecord | None:
        """Return the record with this id."""
        with self._lock:
            return self._records.get(class_name, {}).get(record_id)

    def add(
        self,
        class_name: str,
        fields: Mapping[str, Any],
        *,
        user_id: int,
        parent_id: str | None = None,
        permissions: Mapping[str, Any] | None = None,
    ) -> CustomRecord:
        """Create a record, its values cast; a `ValueError` tells which do not fit."""
        with self._lock:
            known = self._classes.get(class_name)
            if known is None:
                raise ValueError(f"there is no class {class_name}")
            values = changed_values(known.fields, dict.fromkeys(known.fields), fields)
            rules = read_rules(permissions, RECORD_RULES)
            return self.keep(known, values, user_id=user_id, parent_id=parent_id, rules=rules)

    def keep(
        self,
        known: CustomClass,
        values: dict[str, Any],
        *,
        user_id: int,
        parent_id: str | None,
        rules: Rules,
    ) -> CustomRecord:
        """Keep a record of values that were cast."""
        with self._lock:
            now = self._now()
            record = CustomRecord(
                id=self._object_id(),
                class_name=known.name,
                owner_id=user_id,
                parent_id=parent_id,
                created_at=now,
                updated_at=now,
                values=values,
                rules=rules,
            )
            self._records[known.name][record.id] = record
            return record

    def remove(self, record: CustomRecord) -> None:
        """Remove a record and, whatever their class, its children and theirs."""
        with self._lock:
            gone = [record]
            while gone:
                parent = gone.pop()
                if self._records[parent.class_name].pop(parent.id, None) is None:
                    continue
                for records in self._records.values():
                    gone.extend(one for one in records.values() if one.parent_id == parent.id)

    def clear(self) -> None:
        """Forget every class and every record."""
        with self._lock:
            self._classes.clear()
            self._records.clear()
