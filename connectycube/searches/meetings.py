"""
What meetings can be searched by, checked before anything is sent.

https://developers.connectycube.com/server/meetings
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypedDict

from connectycube.searches.lists import COMPARE, ListField, is_moment, list_query, unix
from connectycube.where import Filter

Moment: TypeAlias = datetime | Filter[datetime]


class MeetingFilters(TypedDict, total=False):
    """The fields that a search for meetings knows."""

    start: Moment
    end: Moment
    created_at: Moment
    updated_at: Moment
    scheduled: bool


def _iso(moment: datetime) -> str:
    # The service counts in milliseconds here; a whole second would find what came before it.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _spelled_flag(value: bool) -> str:  # noqa: FBT001 - it is what is spelled
    return "true" if value else "false"


_A_MOMENT: Final = "a datetime with a time zone"
_FIELDS: Final = {
    **{
        name: ListField(
            wire=f"{name}_date", takes=is_moment, wanted=_A_MOMENT, operators=COMPARE, spell=unix
        )
        for name in ("start", "end")
    },
    **{
        name: ListField(wire=name, takes=is_moment, wanted=_A_MOMENT, operators=COMPARE, spell=_iso)
        for name in ("created_at", "updated_at")
    },
    "scheduled": ListField(
        wire="scheduled",
        takes=_is_flag,
        wanted="True or False",
        operators=frozenset(),
        spell=_spelled_flag,
    ),
}


def meeting_query(filters: Mapping[str, object]) -> dict[str, Any]:
    """
    Check a search, and return its query without limit and offset.

    Raises:
        InvalidQueryError: the service's rules forbid it.
    """
    return list_query(_FIELDS, filters, paged_by="offset")
