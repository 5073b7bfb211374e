"""The web pages that link previews are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence


@attrs.frozen(kw_only=True)
class LinkPage:
    """Keep what the preview of one page shows."""

    url: str
    title: str
    description: str = ""
    images: tuple[str, ...] = ()


class LinkPages:
    """Hold the pages by their URL; nothing is ever fetched from the web."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._pages: dict[str, LinkPage] = {}

    def add(
        self, url: str, *, title: str, description: str = "", images: Sequence[str] = ()
    ) -> LinkPage:
        """Let a URL lead to a page; one that was there before is replaced."""
        with self._lock:
            page = LinkPage(url=url, title=title, description=description, images=tuple(images))
            self._pages[url] = page
            return page

    def find(self, url: str) -> LinkPage | None:
        """Return the page of a URL, called after its host if unknown; None for what has no host."""
        with self._lock:
            known = self._pages.get(url)
        if known is not None:
            return known
        host = _host(url)
        return LinkPage(url=url, title=host) if host else None

    def clear(self) -> None:
        """Forget every page."""
        with self._lock:
            self._pages.clear()


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None
