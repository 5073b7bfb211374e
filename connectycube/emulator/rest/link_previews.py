"""Link previews: C26, which lives on a host of its own; this one port plays that host too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.refusals import field, route_not_found
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from connectycube.emulator.call import Call


def get_link_preview(call: Call) -> Reply:
    """Show what is known of a page; nobody in particular has to ask (C26)."""
    if call.request.path.endswith(".json"):
        # The one operation whose path never has the suffix.
        raise route_not_found(call.request.method, call.request.path)
    page = call.world.link_pages.find(str(call.parameters.get("url") or ""))
    if page is None:
        raise field("url", "is invalid")  # inferred
    return Reply(
        payload={
            "url": page.url,
            "title": page.title,
            "description": page.description,
            "images": list(page.images),
        }
    )
