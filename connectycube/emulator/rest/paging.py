"""The page family of lists (P1): page, per_page, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectycube.emulator.call import Call

_PER_PAGE = 10
_MOST_PER_PAGE = 100

Item = TypeVar("Item")


def page_of(call: Call, found: Sequence[Item]) -> dict[str, Any]:
    """Return the page that the call asks for, its items as they were found."""
    page = _number(call.parameters.get("page"), 1)
    per_page = min(_number(call.parameters.get("per_page"), _PER_PAGE), _MOST_PER_PAGE)
    return {
        "current_page": page,
        "per_page": per_page,
        "total_entries": len(found),
        "items": list(found[(page - 1) * per_page : page * per_page]),
    }


def _number(value: Any, otherwise: int) -> int:
    text = str(value)
    return max(int(text), 1) if text.isascii() and text.isdigit() else otherwise
