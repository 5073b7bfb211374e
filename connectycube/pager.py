"""Everything a search finds, page by page, while others come and go."""

from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Final, Generic, Self, TypeVar

from connectycube.models.page import Page

T = TypeVar("T")
_FIRST_STEP_BACK: Final = 32

FetchPage = Callable[[int], Awaitable[Page[T]]]


class Pager(Generic[T]):
    """
    An async iterator over all items of one or several searches, each item once.

    A page is fetched when the one before is used up, never ahead of that. Each begins with the last
    item of the one before: where that is gone, items before it were deleted and the rest moved up,
    so the pager steps back until it meets what it has seen. As long as the order is one by a
    member that does not change, no item that stays is missed. Cancelling it between items or in a
    fetch loses nothing: the next item is still the next.
    """

    def __init__(
        self, searches: Iterable[FetchPage[T]], *, key: Callable[[T], Hashable], offset: int = 0
    ) -> None:
        self._searches = list(searches)
        self._key = key
        self._start = offset
        self._seen: set[Hashable] = set()
        self._ready: list[T] = []
        self._offset: int | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while not self._ready:
            if not self._searches:
                raise StopAsyncIteration
            await self._fetch(self._searches[0])
        item = self._ready.pop()
        self._seen.add(self._key(item))
        return item

    async def _fetch(self, fetch: FetchPage[T]) -> None:
        offset = self._start if self._offset is None else self._offset
        page = await fetch(offset)
        step = _FIRST_STEP_BACK
        while self._offset is not None and offset > self._start and not self._joins(page):
            offset, step = max(self._start, offset - step), step * 2
            page = await fetch(offset)
        self._ready = [item for item in reversed(page.items) if self._key(item) not in self._seen]
        if not page.items or (page.limit is not None and len(page.items) < page.limit):
            del self._searches[0]
            self._offset = None
        else:
            # One item of overlap tells whether what lies before it has moved.
            self._offset = offset + max(1, len(page.items) - 1)

    def _joins(self, page: Page[T]) -> bool:
        """Whether all that stands before this page has been seen."""
        return bool(page.items) and self._key(page.items[0]) in self._seen
