"""Paging by the last id: nothing twice, nothing that stays missed, whatever comes and goes."""

import random
from collections.abc import Iterable
from typing import Final

import attrs
import pytest

from connectycube.keyset_pager import KeysetPager
from connectycube.models.page import Page

pytestmark = pytest.mark.anyio

SEEDS: Final = range(20)


@attrs.define
class Shelf:
    """A list of ids that others change between the pages."""

    ids: set[str]
    limit: int | None = 3
    descending: bool = True
    tells_limit: bool = True
    seed: int = 0
    churn: int = 0
    gone: set[str] = attrs.field(factory=set)
    asked: list[str | None] = attrs.field(factory=list)
    _random: random.Random = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - no secret

    async def fetch(self, last: str | None) -> Page[str]:
        self.asked.append(last)
        self._change()
        rest = [one for one in self.ids if last is None or self._lies_after(one, last)]
        items = sorted(rest, reverse=self.descending)[: self.limit]
        return Page(items=items, limit=self.limit if self.tells_limit else None)

    def _lies_after(self, one: str, last: str) -> bool:
        return one < last if self.descending else one > last

    def _change(self) -> None:
        for _ in range(self.churn):
            leaving = self._random.choice(sorted(self.ids))
            self.ids.discard(leaving)
            self.gone.add(leaving)
            self.ids.add(f"{self._random.randrange(10_000):05}")

    def pager(self) -> KeysetPager[str]:
        return KeysetPager([self.fetch], key=str, descending=self.descending)


def numbered(count: int) -> set[str]:
    return {f"{number:05}" for number in range(count)}


async def all_of(pager: KeysetPager[str]) -> list[str]:
    return [one async for one in pager]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("tells_limit", [True, False])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7, 100])
async def test_every_item_is_given_once_in_order(
    count: int,
    tells_limit: bool,  # noqa: FBT001 - a parameter of the test
    descending: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Also where the last page is full, and where the service does not tell its limit."""
    shelf = Shelf(numbered(count), descending=descending, tells_limit=tells_limit)
    found = await all_of(shelf.pager())

    assert sorted(numbered(count), reverse=descending) == found
    assert len(shelf.asked) <= count // 3 + 1 + (0 if tells_limit else 1)


async def test_a_short_page_is_the_last() -> None:
    """Nobody asks for one more that would be empty."""
    shelf = Shelf(numbered(5))
    await all_of(shelf.pager())

    assert [None, "00002"] == shelf.asked


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("descending", [True, False])
async def test_churn_hides_nothing_and_repeats_nothing(
    seed: int,
    descending: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Items come and go before every page; those that were there all the time are all given."""
    start = {f"{number:05}" for number in range(0, 10_000, 101)}
    shelf = Shelf(set(start), descending=descending, seed=seed, churn=3)
    found = await all_of(shelf.pager())

    assert len(set(found)) == len(found)
    assert sorted(found, reverse=descending) == found
    assert set() == start - shelf.gone - set(found)


async def test_the_page_is_fetched_when_it_is_needed() -> None:
    """Never ahead of that, so that stopping early costs nothing."""
    shelf = Shelf(numbered(9))
    pager = shelf.pager()
    first = [await anext(pager) for _ in range(3)]

    assert (["00008", "00007", "00006"], [None]) == (first, shelf.asked)
    assert "00005" == await anext(pager)
    assert [None, "00006"] == shelf.asked


async def test_a_failed_fetch_loses_nothing() -> None:
    """The next item is still the next when somebody asks again."""
    shelf = Shelf(numbered(6))
    failing = True

    async def fetch(last: str | None) -> Page[str]:
        if failing and last is not None:
            raise OSError
        return await shelf.fetch(last)

    pager = KeysetPager([fetch], key=str, descending=True)
    found = [await anext(pager) for _ in range(3)]
    with pytest.raises(OSError):  # noqa: PT011 - whatever the fetch raises
        await anext(pager)
    failing = False

    assert sorted(numbered(6), reverse=True) == found + await all_of(pager)


async def test_a_service_that_heeds_no_bound_is_not_asked_for_ever() -> None:
    """The same page again ends the search."""
    asked: list[str | None] = []

    async def fetch(last: str | None) -> Page[str]:
        asked.append(last)
        return Page(items=["3", "2"], limit=2)

    assert ["3", "2"] == await all_of(KeysetPager([fetch], key=str, descending=True))
    assert [None, "2"] == asked


async def test_several_searches_follow_one_another() -> None:
    """Each from its own start; none at all gives nothing."""

    def shelves(*sizes: int) -> Iterable[Shelf]:
        return [Shelf(numbered(size)) for size in sizes]

    fetches = [shelf.fetch for shelf in shelves(4, 0, 3)]
    found = await all_of(KeysetPager(fetches, key=str, descending=True))

    assert ["00003", "00002", "00001", "00000", "00002", "00001", "00000"] == found
    assert [] == await all_of(KeysetPager[str]([], key=str, descending=True))
