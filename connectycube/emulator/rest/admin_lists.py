"""The lists of the administration (P4): the newest first, page by page below the last id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from connectycube.emulator.parameters import as_object

from .list_filters import filtered, ordered, window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from connectycube.emulator.call import Call
    from connectycube.emulator.rendering import Json

    from .list_filters import ListField

_MOST = 100
_BOUNDS = frozenset(("lt", "gt"))

Item = TypeVar("Item")


def keyset_page(
    call: Call,
    items: Iterable[Item],
    fields: Mapping[str, ListField[Item]],
    show: Callable[[Item], Json],
) -> Json:
    """Return the page that the call asks for."""
    asked = call.parameters
    everything = filtered(_without_bounds(asked), items, fields)
    found = ordered(asked, filtered(asked, everything, fields), fields, default=("_id", "desc"))
    limit, skip = window(asked)
    limit = min(limit, _MOST)
    return {
        # Pages after the first count what the first one did (inferred from the sample).
        "total_entries": len(everything),
        "skip": skip,
        "limit": limit,
        "items": [show(one) for one in found[skip : skip + limit]],
    }


def _without_bounds(asked: Mapping[str, Any]) -> dict[str, Any]:
    bounds = as_object(asked.get("_id"))
    if bounds is None:
        return dict(asked)
    others = {name: value for name, value in bounds.items() if name not in _BOUNDS}
    without = {name: value for name, value in asked.items() if name != "_id"}
    return without | ({"_id": others} if others else {})
