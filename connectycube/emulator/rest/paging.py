"""The page family of lists (P1): page, per_page, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectycube.emulator.call import Call

_PER_PAGE = 10
_MOST_PER_PAGE = 100
_MOST_DIGITS = 18

Item = TypeVar("Item")


def page_of(call: Call, found: Sequence[Item]) -> dict[str, Any]:
    """Return the page that the call asks for, its items as they were found."""
    page = number_of(call.parameters.get("page"), least=1, otherwise=1)
    per_page = number_of(call.parameters.get("per_page"), least=1, otherwise=_PER_PAGE)
    per_page = min(per_page, _MOST_PER_PAGE)
    return {
        "current_page": page,
        "per_page": per_page,
        "total_entries": len(found),
        "items": list(found[(page - 1) * per_page : page * per_page]),
    }


def number_of(value: Any, *, least: int, otherwise: int) -> int:
    """Read a number of entries or pages; what is no number counts as not given (inferred)."""
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return max(int(text), least) if is_number else otherwise
