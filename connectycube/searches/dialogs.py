"""
What dialogs can be searched by, checked before anything is sent.

https://developers.connectycube.com/server/chat#retrieve-dialogs
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, TypedDict

from connectycube.errors import InvalidQueryError
from connectycube.models.dialog import Dialog
from connectycube.searches.lists import (
    ListField,
    by_id,
    is_id,
    is_moment,
    is_object_id,
    is_text,
    list_queries,
    unix,
)
from connectycube.where import Filter

Text: TypeAlias = str | Filter[str]
Moment: TypeAlias = datetime | Filter[datetime]


class DialogFilters(TypedDict, total=False):
    """
    The fields that a search for dialogs knows.

    `extensions` holds the application's own members, each with a value or an operator.
    """

    id: Text | Dialog | Filter[Dialog]
    type: int | Filter[int]
    name: Text
    last_message_date_sent: Moment
    created_at: Moment
    updated_at: Moment
    extensions: Mapping[str, Text]


_A_TEXT: Final = "a non-empty text"
_DATES: Final = ("last_message_date_sent", "created_at", "updated_at")
_FIELDS: Final = {
    "id": ListField(wire="_id", takes=is_object_id, wanted="an id of 24 hexadecimal digits"),
    "type": ListField(wire="type", takes=is_id, wanted="a DialogType"),
    "name": ListField(wire="name", takes=is_text, wanted=_A_TEXT),
    # All of them in seconds, though answers spell some as ISO dates.
    **{
        name: ListField(wire=name, takes=is_moment, wanted="a datetime with a zone", spell=unix)
        for name in _DATES
    },
}
_SORTABLE: Final = {name: name for name in _DATES}


def dialog_queries(
    filters: Mapping[str, object],
    *,
    sort: str | None = None,
    most: int | None = None,
    paged_by: str | None = "skip",
) -> list[dict[str, Any]]:
    """
    Check a search, and return the queries that it takes: none, one, or those of a long list.

    Args:
        most: how many there may be.
        paged_by: what the number of dialogs to leave out is called, if there is one.

    Raises:
        InvalidQueryError: the service's rules forbid it.
    """
    plain = dict(filters)
    own = _extensions(plain.pop("extensions", {}))
    if "id" in plain:
        plain["id"] = by_id(Dialog, plain["id"])
    fields = _FIELDS | {name: ListField(wire=name, takes=is_text, wanted=_A_TEXT) for name in own}
    return list_queries(
        fields, plain | own, sort=sort, sortable=_SORTABLE, most=most, paged_by=paged_by
    )


def _extensions(wanted: object) -> dict[str, object]:
    if not isinstance(wanted, Mapping):
        raise InvalidQueryError("extensions is a mapping of names to values")
    for name in wanted:
        if not isinstance(name, str) or not name or "[" in name or "]" in name:
            raise InvalidQueryError("the name of an extension is a text without brackets")
    return {f"extensions[{name}]": value for name, value in wanted.items()}
