"""Statistics of the administration: M7 to M10."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import as_list
from connectycube.emulator.refusals import field
from connectycube.emulator.reply import Reply

from .paging import number_of

if TYPE_CHECKING:
    from datetime import datetime

    from connectycube.emulator.call import Call

_DAYS = 100


def count_messages(call: Call) -> Reply:
    """Count the messages of a time (M7)."""
    return Reply(payload={"total": len(_messages(call))})


def count_messages_per_day(call: Call) -> Reply:
    """Count the messages of each day that has some (M8)."""
    return _per_day(call, _messages(call))


def count_dialogs(call: Call) -> Reply:
    """Count the dialogs that were created in a time (M9)."""
    return Reply(payload={"total": len(_dialogs(call))})


def count_dialogs_per_day(call: Call) -> Reply:
    """Count the dialogs of each day on which some were created (M10)."""
    return _per_day(call, _dialogs(call))


def _messages(call: Call) -> list[datetime]:
    chat = call.world.chat
    created = (one.created_at for dialog in chat.dialogs for one in chat.messages_of(dialog))
    return _within(call, list(created))


def _dialogs(call: Call) -> list[datetime]:
    given = as_list(call.parameters.get("types"))
    types = [_number("types", one) for one in given]
    dialogs = call.world.chat.dialogs
    return _within(call, [one.created_at for one in dialogs if not types or one.type in types])


def _within(call: Call, moments: list[datetime]) -> list[datetime]:
    """Return the moments between the two dates, both of which belong to the time (inferred)."""
    for name in ("start_date", "end_date"):
        given = call.parameters.get(name)
        if given is None or given == "":
            continue
        bound, is_start = _number(name, given), name == "start_date"
        moments = [
            one
            for one in moments
            if (one.timestamp() >= bound if is_start else one.timestamp() <= bound)
        ]
    return moments


def _per_day(call: Call, moments: list[datetime]) -> Reply:
    days = sorted(Counter(f"{one:%Y-%m-%d}" for one in moments).items())
    limit = number_of(call.parameters.get("limit"), least=1, otherwise=_DAYS)
    offset = number_of(call.parameters.get("offset"), least=0, otherwise=0)
    return Reply(payload=dict(days[offset : offset + limit]))


def _number(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise field(name, "is not a number") from None
