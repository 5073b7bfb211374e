"""
Searches of lists that know fields, operators and one order: dialogs, messages, meetings.

A search is checked before anything is sent, and spelled as the service wants each field.
"""

from collections.abc import Callable, Iterable, Mapping, Sized
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

from connectycube.errors import InvalidQueryError
from connectycube.object_id import is_object_id as is_object_id  # noqa: PLC0414 - one of the kinds
from connectycube.values import frozen
from connectycube.where import Filter, named

T = TypeVar("T")
MAX_LIMIT: Final = 100
COMPARE: Final = frozenset({"gt", "gte", "lt", "lte"})
LISTS: Final = frozenset({"in", "nin", "all"})
_PAGING: Final = ("skip", "offset")
_EVERY: Final = COMPARE | LISTS | {"ne", "ctn"}


def _as_it_is(value: Any) -> Any:
    return value


@frozen(kw_only=True)
class ListField:
    """
    A field that a list can be searched by.

    Attributes:
        wire: its name in the query.
        takes: whether a value can stand in it.
        wanted: what it takes, in words.
        operators: what it can be asked besides equality.
        spell: makes the query's value of ours.
    """

    wire: str
    takes: Callable[[object], bool]
    wanted: str
    operators: frozenset[str] = _EVERY
    spell: Callable[[Any], Any] = _as_it_is


def list_query(
    fields: Mapping[str, ListField],
    filters: Mapping[str, object],
    *,
    sort: str | None = None,
    sortable: Mapping[str, str] | None = None,
    paged_by: str | None = None,
) -> dict[str, Any]:
    """
    Check a search, and return its query without limit and skip.

    Args:
        fields: what can be searched by, under our names.
        filters: a value or a `Filter` for each field.
        sort: a field, with `-` before it for the highest first.
        sortable: the fields to sort by, and their names in the query.
        paged_by: what the number of items to leave out is called here, for the message.

    Raises:
        InvalidQueryError: the service's rules forbid it.
    """
    query: dict[str, Any] = {}
    for name, value in filters.items():
        field = fields.get(name)
        if field is None:
            hint = f": {paged_by} leaves items out" if paged_by and name in _PAGING else ""
            raise InvalidQueryError(f"{name} is none of {', '.join(sorted(fields))}{hint}")
        query[field.wire] = _asked(name, field, value)
    return query | order(sort, sortable or {})


def list_queries(
    fields: Mapping[str, ListField],
    filters: Mapping[str, object],
    *,
    sort: str | None = None,
    sortable: Mapping[str, str] | None = None,
    most: int | None = None,
    paged_by: str | None = None,
) -> list[dict[str, Any]]:
    """
    Check a search as `list_query` does, and return the queries that it takes.

    None where it asks for one of no values; several where one list of `where.in_` holds more
    values than a request takes.

    Args:
        most: how many there may be.

    Raises:
        InvalidQueryError: the service's rules forbid it, or it takes too many.
    """
    list_query(fields, filters, sort=sort, sortable=sortable, paged_by=paged_by)
    if asks_for_nothing(filters):
        return []
    return [
        list_query(fields, part, sort=sort, sortable=sortable) for part in _parts(filters, most)
    ]


def in_parts(values: Iterable[T], *, most: int | None = None) -> list[tuple[T, ...]]:
    """
    Split values into as many as a request takes, each value once.

    Args:
        most: how many parts there may be.

    Raises:
        InvalidQueryError: there would be more.
    """
    distinct = tuple(dict.fromkeys(values))
    parts = [distinct[at : at + MAX_LIMIT] for at in range(0, len(distinct), MAX_LIMIT)]
    if most is not None and len(parts) > most:
        raise InvalidQueryError(f"a page takes {MAX_LIMIT} values at most: iterate takes more")
    return parts


def only_long_list(lists: Mapping[str, Sized]) -> str | None:
    """
    Return the field whose list holds more values than a request takes, `None` where none does.

    Raises:
        InvalidQueryError: there are two.
    """
    long = [field for field, values in lists.items() if len(values) > MAX_LIMIT]
    if len(long) > 1:
        raise InvalidQueryError(f"only one list may hold more than {MAX_LIMIT} values")
    return long[0] if long else None


def check_page(
    *, limit: int | None, skip: int, most: int | None = MAX_LIMIT, name: str = "skip"
) -> None:
    """
    Check what a page is asked for.

    Args:
        most: the largest limit, `None` where nobody knows it.
        name: what the number of items to skip is called.

    Raises:
        InvalidQueryError: a limit over what the service gives, or a negative number.
    """
    if limit is not None and not (is_number(limit) and 1 <= limit <= (most or limit)):
        raise InvalidQueryError(
            f"limit is a number from 1 to {most}" if most else "limit is from 1"
        )
    if not (is_number(skip) and skip >= 0):
        raise InvalidQueryError(f"{name} is a number from 0")


def by_id(kind: type[Any], value: object) -> object:
    """Put the ids of things of a kind in their place, in an operator too."""
    if not isinstance(value, Filter):
        return _id_of(kind, value)
    return Filter(
        tuple(
            (
                operator,
                tuple(_id_of(kind, one) for one in wanted)
                if operator in LISTS
                else _id_of(kind, wanted),
            )
            for operator, wanted in value.conditions
        )
    )


def _id_of(kind: type[Any], value: Any) -> object:
    return value.id if isinstance(value, kind) else value


def asks_for_nothing(filters: Mapping[str, object]) -> bool:
    """Say whether a search asks for one of no values, so that nobody needs to be asked."""
    return any(
        isinstance(value, Filter) and ("in", ()) in value.conditions for value in filters.values()
    )


def is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def is_moment(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def unix(moment: datetime) -> int:
    """Spell a moment as the service stores some: whole seconds since 1970."""
    return int(moment.astimezone(UTC).timestamp())


def _asked(name: str, field: ListField, value: object) -> Any:
    if not isinstance(value, Filter):
        return _spelled(name, field, value)
    asked: dict[str, Any] = {}
    for operator, wanted in value.conditions:
        if operator not in field.operators:
            known = f"but {named(*field.operators)}" if field.operators else "only a value"
            raise InvalidQueryError(f"{name} does not know {named(operator)}, {known}")
        if operator not in LISTS:
            asked[operator] = _spelled(name, field, wanted)
        elif wanted or operator == "in":  # excluding nothing has no spelling, and needs none
            asked[operator] = [_listed(_spelled(name, field, one)) for one in wanted]
    return asked


def _listed(value: Any) -> Any:
    if isinstance(value, str) and "," in value:
        raise InvalidQueryError("a value of a list cannot hold a comma: the service would read two")
    return value


def _spelled(name: str, field: ListField, value: object) -> Any:
    if not field.takes(value):
        raise InvalidQueryError(
            f"{name} takes {field.wanted}, or an operator of connectycube.where"
        )
    return field.spell(value)


def order(sort: str | None, sortable: Mapping[str, str]) -> dict[str, str]:
    """
    Spell an order: a field, with `-` before it for the highest first.

    Raises:
        InvalidQueryError: nothing can be sorted by it.
    """
    if sort is None:
        return {}
    if not isinstance(sort, str):
        raise InvalidQueryError("sort is the name of a field")
    name = sort.removeprefix("-")
    if name not in sortable:
        raise InvalidQueryError(f"these are sorted by one of {', '.join(sorted(sortable))}")
    return {"sort_desc" if sort.startswith("-") else "sort_asc": sortable[name]}


def _parts(filters: Mapping[str, object], most: int | None) -> list[Mapping[str, object]]:
    lists: dict[str, tuple[Any, ...]] = {
        name: dict(value.conditions)["in"]
        for name, value in filters.items()
        if isinstance(value, Filter) and "in" in dict(value.conditions)
    }
    long = only_long_list(lists)
    if long is None:
        return [filters]
    conditions = dict(cast("Filter[Any]", filters[long]).conditions)
    return [
        {**filters, long: Filter(tuple({**conditions, "in": part}.items()))}
        for part in in_parts(lists[long], most=most)
    ]
