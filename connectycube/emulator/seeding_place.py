"""A value in a seed and where it stands, so that what is wrong with it can say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, NoReturn

import attrs

from .parameters import as_object


class SeedError(ValueError):
    """Say what is wrong in a seed, and where: `dialogs[0].occupants[1]: no user is ...`."""


@attrs.frozen
class Place:
    """Hold a value of the document with its path."""

    path: str
    value: Any = attrs.field(repr=False)

    def refuse(self, reason: str) -> NoReturn:
        """Raise a `SeedError` of this place."""
        raise SeedError(f"{self.path or 'the seed'}: {reason}")

    def members(self, *known: str, required: tuple[str, ...] = ()) -> dict[str, Place]:
        """Return the members of an object; those that nobody knows are refused, null is absent."""
        members = self.mapping()
        for name, place in members.items():
            if name not in known and name not in required:
                listed = ", ".join((*required, *known))
                place.refuse(f"is not known here; known are {listed}")
        for name in required:
            if name not in members:
                self.refuse(f"needs {name}")
        return members

    def mapping(self) -> dict[str, Place]:
        """Return the members of an object, whatever their names are; null is absent."""
        members: Mapping[Any, Any] | None = as_object(self.value)
        if members is None:
            self.refuse("must be an object")
        dot = "." if self.path else ""
        return {
            str(name): Place(f"{self.path}{dot}{name}", value)
            for name, value in members.items()
            if value is not None
        }

    def items(self) -> Iterator[Place]:
        """Give the items of a list."""
        if not isinstance(self.value, list):
            self.refuse("must be a list")
        values: list[Any] = self.value
        for number, value in enumerate(values):
            yield Place(f"{self.path}[{number}]", value)

    def text(self) -> str:
        """Return a text; a number that stands without quotes is one too."""
        is_number = isinstance(self.value, int) and not isinstance(self.value, bool)
        if not is_number and not isinstance(self.value, str):
            self.refuse("must be a text")
        return str(self.value)

    def number(self) -> float:
        """Return a number."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self.refuse("must be a number")
        return self.value

    def flag(self) -> bool:
        """Return a boolean."""
        if not isinstance(self.value, bool):
            self.refuse("must be true or false")
        return self.value

    def moment(self) -> datetime:
        """Return a moment: ISO, unix seconds, or what YAML makes of a date by itself."""
        value = self.value
        try:
            if isinstance(value, str):
                value = datetime.fromisoformat(value)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                value = datetime.fromtimestamp(value, UTC)
            elif isinstance(value, date) and not isinstance(value, datetime):
                value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        except (ValueError, OverflowError, OSError):
            value = None
        if not isinstance(value, datetime):
            self.refuse("must be a moment: 2024-06-10T09:00:00Z, or unix seconds")
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
