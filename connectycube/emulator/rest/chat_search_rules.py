"""What may be asked of the chat search (C24)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.parameters import as_list
from connectycube.emulator.refusals import field

if TYPE_CHECKING:
    from connectycube.emulator.parameters import Parameters

_SHORTEST = 5
_MOST_DIALOGS = 10
_MOST = 100
_LONGEST_SPAN = timedelta(days=92)
"""The longest that three months can be."""


@attrs.frozen(kw_only=True)
class Search:
    """Say what is looked for."""

    text: str = attrs.field(repr=False)
    dialog_ids: frozenset[str] | None
    """None: in every dialog of the caller."""
    since: datetime | None
    until: datetime | None
    limit: int

    def covers(self, moment: datetime) -> bool:
        """Say whether a moment lies within the bounds, which belong to it."""
        return (self.since is None or self.since <= moment) and (
            self.until is None or moment <= self.until
        )


def read_search(parameters: Parameters) -> Search:
    """Read a search; how the service refuses one that breaks the rules is inferred."""
    text = str(parameters.get("search_text") or "")
    if len(text) < _SHORTEST:
        raise field("search_text", f"is too short (minimum is {_SHORTEST} characters)")
    ids = [str(one) for one in as_list(parameters.get("chat_dialog_ids"))]
    if len(ids) > _MOST_DIALOGS:
        raise field("chat_dialog_ids", f"is too long (maximum is {_MOST_DIALOGS} ids)")
    since, until = _read_span(parameters)
    return Search(
        text=text,
        dialog_ids=frozenset(ids) or None,
        since=since,
        until=until,
        limit=_read_limit(parameters.get("limit")),
    )


def _read_span(parameters: Parameters) -> tuple[datetime | None, datetime | None]:
    # The names are inverted: the search starts at the newest moment and goes back.
    until = _moment("start_date", parameters.get("start_date"))
    since = _moment("end_date", parameters.get("end_date"))
    if until is not None and since is None:
        raise field("end_date", "can't be blank")
    if until is not None and since is not None:
        if since > until:
            raise field("end_date", "must be before start_date")
        if until - since > _LONGEST_SPAN:
            raise field("end_date", "must be within 3 months of start_date")
    return since, until


def _moment(name: str, value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise field(name, "is invalid") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_limit(value: Any) -> int:
    if value is None or value == "":
        return _MOST
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_MOST))
    if not (is_number and 1 <= int(text) <= _MOST):
        raise field("limit", f"must be between 1 and {_MOST}")
    return int(text)
