"""Everything a search finds, page by page, each asked for by where the one before ended."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Self, TypeVar

from connectycube.models.page import Page

T = TypeVar("T")

FetchAfter = Callable[[str | None], Awaitable[Page[T]]]
"""Fetches the page after an id, or the first one."""


class KeysetPager(Generic[T]):
    """
    An async iterator over all items of one or several searches that are sorted by id, each once.

    A page is fetched when the one before is used up, never ahead of that, and begins after the last
    id that was met: whatever comes and goes meanwhile, no item that stays is missed and none is
    given twice. Nothing is kept of what was given, so any number of items will do. Cancelling it,
    between items or in a fetch, loses nothing: the next item is still the next.

    Args:
        searches: what fetches a page of each search.
        key: the id of an item.
        descending: whether the highest ids come first.
    """

    def __init__(
        self, searches: Sequence[FetchAfter[T]], *, key: Callable[[T], str], descending: bool
    ) -> None:
        self._searches = list(searches)
        self._key = key
        self._descending = descending
        self._after: str | None = None
        self._largest = 1
        self._ready: list[T] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._ready:
            if not self._searches:
                raise StopAsyncIteration
            await self._fetch()
        return self._ready.pop()

    async def _fetch(self) -> None:
        page = await self._searches[0](self._after)
        # A service that heeded no bound would be asked for the same for ever.
        fresh = [item for item in page.items if self._is_next(self._key(item))]
        self._ready = fresh[::-1]
        # The service's own limit counts, not ours; where it does not tell, the largest page does.
        self._largest = max(self._largest, len(page.items))
        if not fresh or len(page.items) < (page.limit or self._largest):
            del self._searches[0]
            self._after, self._largest = None, 1
        else:
            self._after = self._key(fresh[-1])

    def _is_next(self, key: str) -> bool:
        if self._after is None:
            return True
        return key < self._after if self._descending else key > self._after
