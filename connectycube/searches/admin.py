"""
What administrators can search by, checked before anything is sent.

https://developers.connectycube.com/admin_api/chat
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, TypedDict

from connectycube.errors import InvalidQueryError
from connectycube.models.admin import AdminDialog, AdminMessage
from connectycube.models.dialog import Dialog
from connectycube.models.message import Message
from connectycube.searches.dialogs import dialog_queries
from connectycube.searches.lists import (
    MAX_LIMIT,
    ListField,
    by_id,
    check_page,
    is_id,
    is_moment,
    is_object_id,
    list_queries,
    order,
    unix,
)
from connectycube.where import Filter

Moment: TypeAlias = datetime | Filter[datetime]
Text: TypeAlias = str | Filter[str]


class AdminMessageFilters(TypedDict, total=False):
    """The fields that a search through all messages knows."""

    id: Text | Message | Filter[AdminMessage]
    dialog_id: Text | Dialog | Filter[Dialog] | Filter[AdminDialog]
    created_at: Moment
    updated_at: Moment


_AN_ID: Final = "an id of 24 hexadecimal digits"
_A_MOMENT: Final = "a datetime with a time zone"
_MESSAGE_FIELDS: Final = {
    "id": ListField(wire="_id", takes=is_object_id, wanted=_AN_ID),
    "dialog_id": ListField(wire="chat_dialog_id", takes=is_object_id, wanted=_AN_ID),
    **{
        name: ListField(wire=name, takes=is_moment, wanted=_A_MOMENT, spell=unix)
        for name in ("created_at", "updated_at")
    },
}
_THINGS: Final = {"id": Message, "dialog_id": Dialog}
_SORTABLE: Final = {"created_at": "created_at", "updated_at": "updated_at", "id": "_id"}


def any_dialog_queries(
    filters: Mapping[str, object], *, sort: str | None = None, most: int | None = None
) -> list[dict[str, Any]]:
    """
    Check a search through all dialogs, and return the queries that it takes.

    Args:
        most: how many there may be.

    Raises:
        InvalidQueryError: the service's rules forbid it.
    """
    sorting = order(sort, _SORTABLE)
    found = dialog_queries(filters, most=most, paged_by=None)
    return [{**query, **sorting} for query in found]


def any_message_queries(
    filters: Mapping[str, object], *, sort: str | None = None, most: int | None = None
) -> list[dict[str, Any]]:
    """Check a search through all messages; the rest is as for `any_dialog_queries`."""
    plain = {
        name: by_id(_THINGS[name], value) if name in _THINGS else value
        for name, value in filters.items()
    }
    return list_queries(_MESSAGE_FIELDS, plain, sort=sort, sortable=_SORTABLE, most=most)


def after(query: Mapping[str, Any], last: str | None, *, descending: bool) -> dict[str, Any]:
    """Narrow a search to what comes after an id; a bound of its own lies before that by now."""
    if last is None:
        return dict(query)
    passed = ("lt", "lte") if descending else ("gt", "gte")
    own = query.get("_id", {})
    own = own if isinstance(own, Mapping) else {"in": [own]}
    kept = {operator: value for operator, value in own.items() if operator not in passed}
    return {**query, "_id": {**kept, passed[0]: last}}


def statistics_query(
    *,
    since: datetime | None,
    until: datetime | None,
    types: Iterable[int] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> dict[str, Any]:
    """
    Check what is to be counted, and return the query.

    Raises:
        InvalidQueryError: moments without a zone, types or numbers that cannot be.
    """
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and not is_moment(moment):
            raise InvalidQueryError(f"{name} is {_A_MOMENT}")
    check_page(limit=limit, skip=offset, most=None, name="offset")
    return {
        "start_date": None if since is None else unix(since),
        "end_date": None if until is None else unix(until),
        "types": None if types is None else _types(types),
        "limit": limit,
        "offset": offset or None,
    }


def _types(types: object) -> list[int]:
    listed: list[Any] = list(types) if isinstance(types, Iterable) else []
    if not listed or len(listed) > MAX_LIMIT or not all(map(is_id, listed)):
        raise InvalidQueryError("types are one or more of DialogType")
    return [int(one) for one in dict.fromkeys(listed)]
