"""
The rules of a search for users (V2), checked before anything is sent.

https://developers.connectycube.com/server/users#retrieve-users-v2
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, TypedDict

import attrs

from connectycube.errors import InvalidQueryError
from connectycube.searches import lists
from connectycube.searches.lists import COMPARE, in_parts, is_id, is_moment, is_text, only_long_list
from connectycube.values import frozen
from connectycube.where import Filter, named

_SHORTEST_PREFIX: Final = 4
_PRIMARY: Final = frozenset({"eq", "in", "start_with"})
_LISTS: Final = frozenset({"in", "nin"})
_OPERATORS: Final = _PRIMARY | COMPARE | _LISTS
_WIRE: Final = {"tags": "user_tags"}

Text: TypeAlias = str | Filter[str]
Moment: TypeAlias = datetime | Filter[datetime]


class UserFilters(TypedDict, total=False):
    """The fields that a search for users knows."""

    id: int | Filter[int]
    login: Text
    email: Text
    full_name: Text
    phone: Text
    external_id: Text
    facebook_id: Text
    twitter_id: Text
    tags: Text
    last_request_at: Moment
    created_at: Moment
    updated_at: Moment


_DATES: Final = frozenset({"last_request_at", "created_at", "updated_at"})
_STAND_ALONE: Final = frozenset(UserFilters.__annotations__) - _DATES


@frozen
class UserQuery:
    """
    A valid search.

    Attributes:
        conditions: by field, then by operator.
        order: `sort_asc` or `sort_desc` with its field; empty for the service's own.
    """

    conditions: Mapping[str, Mapping[str, Any]]
    order: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether it asks for one of no values, so that nobody needs to be asked."""
        return any(found.get("in") == () for found in self.conditions.values())

    def parts(self, *, most: int | None = None) -> "list[UserQuery]":
        """
        Split a list of more values than one request takes.

        Args:
            most: how many parts there may be.

        Raises:
            InvalidQueryError: there are two such lists, or too many parts.
        """
        lists = {field: found.get("in", ()) for field, found in self.conditions.items()}
        field = only_long_list(lists)
        if field is None:
            return [self]
        return [
            attrs.evolve(
                self,
                conditions={**self.conditions, field: {**self.conditions[field], "in": part}},
            )
            for part in in_parts(lists[field], most=most)
        ]

    def query(self, *, limit: int | None, offset: int) -> dict[str, Any]:
        """Return the query's pairs for one page."""
        pairs: dict[str, Any] = {"limit": limit, "offset": offset or None, **self.order}
        for field, found in self.conditions.items():
            # Excluding nothing has no spelling, and needs none.
            told = {name: value for name, value in found.items() if value != ()}
            pairs[_WIRE.get(field, field)] = told.get("eq", told)
        return pairs


def user_query(filters: Mapping[str, object], *, sort: str | None) -> UserQuery:
    """
    Check a search against the service's rules.

    Raises:
        InvalidQueryError: the rules forbid it.
    """
    conditions = {field: dict(_conditions(field, value)) for field, value in filters.items()}
    if not any(
        field in _STAND_ALONE and not _PRIMARY.isdisjoint(found)
        for field, found in conditions.items()
    ):
        raise InvalidQueryError(
            "a search needs a value, where.in_ or where.starts_with on one of "
            f"{', '.join(sorted(_STAND_ALONE))}"
        )
    return UserQuery(conditions, lists.order(sort, _SORTABLE))


def one_by(field: str, value: object) -> dict[str, Any]:
    """
    Return the query for the one user who has a value in a field, or the first of several.

    Raises:
        InvalidQueryError: no such value can be there.
    """
    _check_value(field, value)
    return {"limit": 1, _WIRE.get(field, field): value}


def check_page(*, limit: int | None, offset: int) -> None:
    """
    Check what a page is asked for.

    Raises:
        InvalidQueryError: a limit over 100, or a negative number.
    """
    lists.check_page(limit=limit, skip=offset, name="offset")


def _conditions(field: str, value: object) -> Iterator[tuple[str, Any]]:
    if field not in UserFilters.__annotations__:
        hint = ": offset leaves users out" if field == "skip" else ""
        raise InvalidQueryError(f"users cannot be searched by {field}{hint}")
    if not isinstance(value, Filter):
        _check_value(field, value)
        yield "eq", value
        return
    for name, wanted in value.conditions:
        _check_operator(field, name)
        for one in wanted if name in _LISTS else (wanted,):
            _check_value(field, one)
        if name == "start_with" and len(wanted) < _SHORTEST_PREFIX:
            raise InvalidQueryError(
                f"where.starts_with needs at least {_SHORTEST_PREFIX} characters"
            )
        yield name, wanted


def _check_operator(field: str, name: str) -> None:
    if name not in _OPERATORS:
        known = named(*(_OPERATORS - {"eq"}))
        raise InvalidQueryError(f"a search for users does not know {named(name)}, but {known}")
    if name in COMPARE and field not in _DATES:
        raise InvalidQueryError(f"{field} cannot be compared: only dates can")
    if name == "start_with" and (field == "id" or field in _DATES):
        raise InvalidQueryError(f"{field} is no text, so it starts with nothing")


def _check_value(field: str, value: object) -> None:
    is_right, wanted = _KINDS.get(field, (is_text, "a non-empty text"))
    if not is_right(value):
        raise InvalidQueryError(f"{field} takes {wanted}, or an operator of connectycube.where")


_KINDS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "id": (is_id, "a positive integer"),
    **dict.fromkeys(_DATES, (is_moment, "a datetime with a time zone")),
}
_SORTABLE: Final = {field: _WIRE.get(field, field) for field in UserFilters.__annotations__}
