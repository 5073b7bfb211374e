"""
One search through all of the caller's dialogs.

https://developers.connectycube.com/server/chat#global-search
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from connectycube._caller import Caller
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import InvalidQueryError
from connectycube.models.dialog import DialogLike
from connectycube.models.dialog import dialog_ids as ids_of
from connectycube.models.search_result import SearchResult
from connectycube.searches.lists import check_page, is_moment

SEARCH: Final = Endpoint(
    "GET", "/chat/search", SearchResult, envelope="results", may_be_bare=True, needs=Needs.USER
)

_SHORTEST: Final = 5
_MAX_DIALOGS: Final = 10
_MAX_MONTHS: Final = 3


async def search(
    caller: Caller,
    text: str,
    *,
    dialog_ids: Iterable[DialogLike] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> SearchResult:
    """
    Search the texts of messages and the names of dialogs.

    Raises:
        InvalidInputError: what should be dialogs are none.
        InvalidQueryError: the service's rules forbid it; nothing was sent.
    """
    query = search_query(text, dialog_ids=dialog_ids, since=since, until=until, limit=limit)
    if query.get("chat_dialog_ids") == []:
        return SearchResult()
    return await caller.call(SEARCH, query=query)


def search_query(
    text: object,
    *,
    dialog_ids: Iterable[DialogLike] | None,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
) -> dict[str, Any]:
    """
    Check a search, and return its query.

    Raises:
        InvalidInputError: what should be dialogs are none.
        InvalidQueryError: the service's rules forbid it.
    """
    if not isinstance(text, str) or len(text) < _SHORTEST:
        raise InvalidQueryError(f"a search takes a text of at least {_SHORTEST} characters")
    check_page(limit=limit, skip=0)
    listed = None if dialog_ids is None else list(dict.fromkeys(ids_of(dialog_ids)))
    if listed is not None and len(listed) > _MAX_DIALOGS:
        raise InvalidQueryError(f"a search takes at most {_MAX_DIALOGS} dialogs")
    _check_span(since, until)
    # The service counts back: it starts with the newest moment, and ends with the oldest.
    return {
        "search_text": text,
        "chat_dialog_ids": listed,
        "start_date": until,
        "end_date": since,
        "limit": limit,
    }


def _check_span(since: datetime | None, until: datetime | None) -> None:
    if any(moment is not None and not is_moment(moment) for moment in (since, until)):
        raise InvalidQueryError("since and until are datetimes with a time zone")
    if until is None:
        return
    if since is None:
        raise InvalidQueryError("until goes with since, which may stand alone")
    if not since <= until <= _later(since.astimezone(UTC)):
        raise InvalidQueryError(f"until is at most {_MAX_MONTHS} months later than since")


def _later(moment: datetime) -> datetime:
    """Return the same day and time three months later, or the last day of that month."""
    years, month = divmod(moment.month - 1 + _MAX_MONTHS, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
