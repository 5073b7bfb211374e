"""
The rules of a search for records, whose fields are the application's own.

https://developers.connectycube.com/server/custom_objects#options-to-apply
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from connectycube.errors import InvalidQueryError
from connectycube.query import iso
from connectycube.searches.lists import COMPARE, MAX_LIMIT, is_moment, is_number, unix
from connectycube.values import frozen
from connectycube.where import Filter, named

Filters: TypeAlias = Mapping[str, object]
Calculation: TypeAlias = Literal["avg", "min", "max", "sum"]

LAST: Final = -1
_LISTS: Final = frozenset({"in", "nin", "all", "or"})
# Where these hold no value, they ask for nothing; the other lists then ask nothing of anything.
_ONE_OF: Final = frozenset({"in", "or"})
_CALCULATIONS: Final = frozenset({"avg", "min", "max", "sum"})
# Members of a query that are no fields.
_WORDS: Final = frozenset(
    {
        *("sort_asc", "sort_desc", "skip", "limit", "count"),
        *("output", "group_by", "permissions", "search_criteria"),
    }
)
_UNIX: Final = frozenset({"created_at", "updated_at"})


@frozen(kw_only=True)
class RecordQuery:
    """
    A valid search.

    Attributes:
        conditions: by field: a value, or values by operator.
        asks_for_nothing: whether it wants one of no values, so that nobody needs to be asked.
    """

    conditions: Mapping[str, Any]
    asks_for_nothing: bool

    def query(self) -> dict[str, Any]:
        """
        Spell it for a query string.

        Raises:
            InvalidQueryError: a list is too long for one, or would be read as another.
        """
        return {
            name: {operator: _in_query(operator, value) for operator, value in asked.items()}
            if isinstance(asked, dict)
            else _plain(asked)
            for name, asked in self.conditions.items()
        }

    def criteria(self) -> dict[str, Any]:
        """
        Spell it for a body.

        Raises:
            InvalidQueryError: it asks for what is near.
        """
        for name, asked in self.conditions.items():
            if isinstance(asked, dict) and "near" in asked:
                raise InvalidQueryError(f"{name}: where.near can only be searched by")
        return dict(self.conditions)


def record_query(filters: Filters | None) -> RecordQuery:
    """
    Check a search.

    Raises:
        InvalidQueryError: the service's rules forbid it.
    """
    if filters is not None and not isinstance(filters, Mapping):
        raise InvalidQueryError("filters are a mapping of fields to values")
    conditions: dict[str, Any] = {}
    nothing = False
    for name, value in (filters or {}).items():
        asked = _asked(checked_field(name), value)
        nothing = nothing or (
            isinstance(asked, dict) and any(asked.get(one) == [] for one in _ONE_OF)
        )
        if asked != {}:
            conditions[name] = asked
    return RecordQuery(conditions=conditions, asks_for_nothing=nothing)


def narrowed(filters: Filters) -> RecordQuery:
    """
    Check a search whose finds are to be changed or deleted.

    Raises:
        InvalidQueryError: the rules forbid it, or it would find every record.
    """
    query = record_query(filters)
    if not query.conditions:
        raise InvalidQueryError("without a filter this would be done to every record")
    return query


def page_options(
    *,
    sort: str | None = None,
    limit: int | None = None,
    skip: int = 0,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
) -> dict[str, Any]:
    """
    Spell what a page of records is to be like.

    Raises:
        InvalidQueryError: something of it cannot be.
    """
    if limit is not None and not (is_number(limit) and (limit == LAST or 1 <= limit <= MAX_LIMIT)):
        raise InvalidQueryError(f"limit is a number from 1 to {MAX_LIMIT}, or {LAST} for the last")
    if not (is_number(skip) and skip >= 0):
        raise InvalidQueryError("skip is a number from 0")
    output = {"include": _names(include), "exclude": _names(exclude)}
    if "_id" in output["exclude"]:
        raise InvalidQueryError("a record comes with its _id")
    return {
        "limit": limit,
        "skip": skip or None,
        **_order(sort),
        "output": {name: names for name, names in output.items() if names},
    }


def calculation(
    query: RecordQuery, calculate: Calculation, field: str, group_by: str
) -> dict[str, Any]:
    """
    Spell a calculation over the records that a search finds.

    Raises:
        InvalidQueryError: there is no such calculation, or the field is asked for one value.
    """
    if calculate not in list(_CALCULATIONS):
        raise InvalidQueryError(f"calculate is one of {', '.join(sorted(_CALCULATIONS))}")
    asked = query.query()
    own = asked.get(checked_field(field), {})
    if not isinstance(own, dict):
        raise InvalidQueryError(f"{field} is asked for one value: nothing is left to calculate")
    return {
        **asked,
        field: {**own, "calc": calculate},
        "group_by": checked_field(group_by),
    }


def conditions_of(name: str, found: Filter[Any]) -> dict[str, Any]:
    """
    Check operators, and return their values by operator.

    Raises:
        InvalidQueryError: the service does not know the operator, or the value does not suit it.
    """
    asked: dict[str, Any] = {}
    for operator, value in found.conditions:
        if operator in _LISTS:
            listed = [_checked(name, operator, one) for one in value]
            if listed or operator in _ONE_OF:
                asked[operator] = listed
        elif operator == "near":
            asked[operator] = _near(name, value)
        else:
            asked[operator] = _checked(name, operator, value)
    return asked


def checked_field(name: object) -> str:
    """
    Return a field's name as it is.

    Raises:
        InvalidQueryError: no field can be called that.
    """
    if not isinstance(name, str) or not name or not name.isprintable() or {*"[]"} & {*name}:
        raise InvalidQueryError("a field is named by text without brackets")
    if name in _WORDS:
        raise InvalidQueryError(f"{name} is a word of the service, not a field to search by")
    return name


def _asked(name: str, value: object) -> Any:
    if isinstance(value, Filter):
        return conditions_of(name, value)
    return _checked(name, "equality", value)


def _checked(name: str, operator: str, value: object) -> Any:
    is_right, wanted = _WANTED.get(operator, (None, ""))
    if is_right is None:
        raise InvalidQueryError(
            f"{name}: a search for records does not know {named(operator)}, but {_KNOWN}"
        )
    if not is_right(value):
        asked = operator if operator == "equality" else named(operator)
        raise InvalidQueryError(f"{name}: {asked} takes {wanted}")
    if isinstance(value, datetime):
        return unix(value) if name in _UNIX else iso(value)
    return value


def _is_countable(value: object) -> bool:
    is_real = isinstance(value, float) and math.isfinite(value)
    return is_number(value) or is_real or is_moment(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_named(value: object) -> bool:
    return _is_countable(value) or _is_text(value)


def _is_single(value: object) -> bool:
    return _is_named(value) or isinstance(value, bool)


_WANTED: Final = {
    **dict.fromkeys(COMPARE, (_is_countable, "a number, or a datetime with a time zone")),
    **dict.fromkeys(
        ("in", "nin", "or"), (_is_named, "numbers, texts, or datetimes with a time zone")
    ),
    **dict.fromkeys(
        ("equality", "ne", "all"),
        (_is_single, "a number, a text, a flag, or a datetime with a time zone"),
    ),
    "ctn": (lambda value: _is_text(value) and value != "", "a text"),
}

_KNOWN: Final = named("near", *(_WANTED.keys() - {"equality"}))


def _near(name: str, place: tuple[object, object, object]) -> str:
    longitude, latitude, metres = place
    if not (
        _is_within(longitude, -180, 180)
        and _is_within(latitude, -90, 90)
        and _is_within(metres, 0, math.inf)
    ):
        raise InvalidQueryError(f"{name}: near takes degrees east, degrees north, and metres")
    # The order matters, and no exponent may show up.
    return f"{_decimal(longitude)},{_decimal(latitude)};{_decimal(metres)}"


def _is_within(value: object, least: float, most: float) -> bool:
    return (is_number(value) or isinstance(value, float)) and least <= value <= most  # type: ignore[operator]


def _decimal(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"{value:.9f}".rstrip("0").rstrip(".")


def _in_query(operator: str, value: Any) -> Any:
    if operator not in _LISTS:
        return _plain(value)
    if len(value) > MAX_LIMIT:
        raise InvalidQueryError(f"a list holds at most {MAX_LIMIT} values: ask in parts")
    texts = [str(_plain(one)) for one in value]
    if any("," in text for text in texts):
        raise InvalidQueryError("a value of a list cannot hold a comma: two would be read")
    return texts


def _plain(value: Any) -> Any:
    # A flag of the query itself is 1 or 0; one of a field is a word.
    return str(value).lower() if isinstance(value, bool) else value


def _names(names: Iterable[str]) -> list[str]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InvalidQueryError("include and exclude take lists of fields")
    return [checked_field(name) for name in names]


def _order(sort: str | None) -> dict[str, str]:
    if sort is None:
        return {}
    if not isinstance(sort, str):
        raise InvalidQueryError("sort is the name of a field")
    name = checked_field(sort.removeprefix("-"))
    return {"sort_desc" if sort.startswith("-") else "sort_asc": name}
