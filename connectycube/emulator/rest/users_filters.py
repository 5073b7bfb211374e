"""The filters and the order of the deprecated users list (U9): `<type> <field> <op> <value>`."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.parameters import as_list, as_object
from connectycube.emulator.refusals import RefusalError, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User

_NUMBERS = ("id", "external_user_id", "blob_id", "timezone")
_DATES = ("created_at", "updated_at", "last_request_at")
_TEXTS = (
    "login",
    "email",
    "full_name",
    "phone",
    "website",
    "avatar",
    "external_id",
    "facebook_id",
    "twitter_id",
    "user_tags",
)
_KINDS = {
    **dict.fromkeys(_NUMBERS, "number"),
    **dict.fromkeys(_DATES, "date"),
    **dict.fromkeys(_TEXTS, "string"),
}
# How a value meets those of the filter, which are two for between, any for in, else one.
_OPERATORS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "gt": lambda value, wanted: value > wanted[0],
    "lt": lambda value, wanted: value < wanted[0],
    "ge": lambda value, wanted: value >= wanted[0],
    "le": lambda value, wanted: value <= wanted[0],
    "eq": lambda value, wanted: value == wanted[0],
    "between": lambda value, wanted: wanted[0] <= value <= wanted[1],
    "in": lambda value, wanted: value in wanted,
}
_PAIR = 2


@attrs.frozen
class UserFilter:
    """Ask one thing of a user."""

    field: str
    operator: str
    values: list[Any] | None
    """None where the type is not the field's: then nobody fits."""

    def fits(self, user: User) -> bool:
        """Say whether this user is meant; what has no value fits nothing but `ne`."""
        if self.values is None:
            return False
        held = _values(user, self.field)
        if self.operator == "ne":
            return not any(value == self.values[0] for value in held)
        return any(_OPERATORS[self.operator](value, self.values) for value in held)


def read_filters(call: Call) -> list[UserFilter]:
    """Return the filters, whatever stands in their brackets; refuse those that are none."""
    return [_read_filter(text) for text in _texts(call.parameters.get("filter"))]


def sort(users: list[User], order: Any) -> None:
    """Sort by `<asc or desc> <type> <field>`; without an order, the oldest first."""
    if not order:
        return
    # The type is not looked at: one SDK always says "string".
    direction, _, field = _words(str(order), 3)
    if direction not in ("asc", "desc") or field not in _KINDS:
        raise listed(422, f'Incorrect order "{order}"')  # the words are inferred
    name = "tags" if field == "user_tags" else field

    def key(user: User) -> tuple[bool, Any]:
        value = getattr(user, name)
        return (value is not None, 0 if value is None else value)

    users.sort(key=key, reverse=direction == "desc")


def _texts(value: Any) -> Iterator[str]:
    members = as_object(value)
    if members is not None:
        for inner in members.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        yield from (str(one) for one in as_list(value))
    elif value is not None:
        yield str(value)


def _read_filter(text: str) -> UserFilter:
    kind, field, name, value = _words(text, 4)
    if field not in _KINDS:
        # Seen for custom_data; that other names are treated so is inferred.
        raise listed(422, f'Incorrect search field - "{field}" for filter string "{text}"')
    read = _READERS.get(kind)
    if read is None or (name not in _OPERATORS and name != "ne"):
        raise _incorrect(text)
    try:
        values = [read(one) for one in (as_list(value) if name in ("in", "between") else [value])]
    except ValueError:
        raise _incorrect(text) from None
    if name == "between" and len(values) != _PAIR:
        raise _incorrect(text)
    is_of_kind = _KINDS[field] == ("number" if kind == "integer" else kind)
    return UserFilter(field, name, values if is_of_kind else None)


def _words(text: str, count: int) -> list[str]:
    words = text.split(None, count - 1)
    return words + [""] * (count - len(words))


def _values(user: User, field: str) -> list[Any]:
    if field == "user_tags":
        return list(user.tags)  # any of them
    value = getattr(user, field)
    if value is None:
        return []
    # Filters name days, not moments.
    return [value.date() if isinstance(value, datetime) else value]


def _day(text: str) -> date:
    return date.fromisoformat(text.replace(".", "-"))


_READERS: dict[str, Callable[[str], Any]] = {
    "number": float,
    "integer": int,
    "date": _day,
    "string": str,
}


def _incorrect(text: str) -> RefusalError:
    return listed(422, f'Incorrect filter string "{text}"')  # the words are inferred
