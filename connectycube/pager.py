"""Everything a search finds, page by page, while others come and go."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, Self, TypeVar

from connectycube.models.page import Page

T = TypeVar("T")
_FIRST_STEP_BACK: Final = 32

FetchPage = Callable[[int], Awaitable[Page[T]]]


class Pager(Generic[T]):
    """
    An async iterator over all items of one or several searches, each item once.

    A page is fetched when the one before is used up, never ahead of that. Each begins with the last
    item of the one before. Where nothing on it is known, items before it were deleted and the rest
    moved up, so the pager steps back until it meets what it has met. As long as the order is one by
    a member that does not change, no item that stays is missed; pages of a single item cannot be
    watched like that. Cancelling it, between items or in a fetch, loses nothing: the next item is
    still the next.
    """

    def __init__(
        self, searches: Sequence[FetchPage[T]], *, key: Callable[[T], Hashable], offset: int = 0
    ) -> None:
        self._searches = list(searches)
        self._key = key
        # One search skips at the service; over several only we can count.
        self._start, self._skip = (offset, 0) if len(self._searches) == 1 else (0, offset)
        self._given: set[Hashable] = set()
        self._met: set[Hashable] = set()
        self._ready: list[T] = []
        self._offset: int | None = None
        self._overlaps = False
        self._largest = 1

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            while not self._ready:
                if not self._searches:
                    raise StopAsyncIteration
                await self._fetch(self._searches[0])
            item = self._ready.pop()
            if self._skip == 0:
                return item
            self._skip -= 1

    async def _fetch(self, fetch: FetchPage[T]) -> None:
        offset, step = self._start if self._offset is None else self._offset, _FIRST_STEP_BACK
        page = await fetch(offset)
        while self._overlaps and offset > 0 and self._first_met(page) is None:
            offset, step = max(0, offset - step), step * 2
            page = await fetch(offset)
        if self._overlaps and offset < self._start and self._first_met(page) is None:
            # All that was met is gone: what was to be skipped is all that stands before the rest.
            offset = self._start
            page = await fetch(offset)
        # What stands before an item that was met is new, or was to be skipped.
        first = self._first_met(page)
        following = page.items if first is None else page.items[first + 1 :]
        fresh = [item for item in following if self._key(item) not in self._given]
        self._ready = fresh[::-1]
        self._given.update(map(self._key, fresh))
        self._go_on(page, offset)

    def _first_met(self, page: Page[T]) -> int | None:
        keys = map(self._key, page.items)
        return next((index for index, key in enumerate(keys) if key in self._met), None)

    def _go_on(self, page: Page[T], offset: int) -> None:
        count = len(page.items)
        # The service's own limit counts, not ours; where it does not tell, the largest page does.
        self._largest = max(self._largest, count)
        if count < (page.limit or self._largest):
            del self._searches[0]
            self._met, self._offset, self._overlaps, self._largest = set(), None, False, 1
        else:
            self._met.update(map(self._key, page.items))
            self._overlaps = count > 1
            self._offset = offset + (count - 1 if self._overlaps else count)
