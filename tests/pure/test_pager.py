"""Everything that searches find: each once, no row that stays missed, no page too early."""

import random
from collections.abc import Callable, Sequence
from typing import Final

import anyio
import anyio.lowlevel
import pytest

from connectycube.models.page import Page
from connectycube.pager import Pager

pytestmark = pytest.mark.anyio

SEEDS: Final = range(50)
_ENDLESS: Final = 3000


class Table:
    """Rows in an order, of which a service shows pages."""

    def __init__(self, rows: Sequence[int], *, size: int, tells: bool = True) -> None:
        self.rows = list(rows)
        self.size = size
        self.tells = tells
        self.offsets: list[int] = []
        self.before_each: Callable[[], None] = lambda: None

    async def fetch(self, offset: int) -> Page[int]:
        assert len(self.offsets) < _ENDLESS, "fetches without end"
        if self.offsets:
            self.before_each()
        self.offsets.append(offset)
        items = self.rows[offset : offset + self.size]
        if not self.tells:
            return Page(items=items)
        return Page(items=items, total_entries=len(self.rows), skip=offset, limit=self.size)


class Churn:
    """Lets rows come and go between any two pages; multiples of ten stay."""

    def __init__(self, table: Table, seed: int) -> None:
        self._table = table
        self._random = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._falls = table.rows != sorted(table.rows)

    def __call__(self) -> None:
        chance, rows = self._random, self._table.rows
        if chance.random() > self._table.size / 20:
            return  # else small pages would never catch up
        passing = [row for row in rows if row % 10]
        share = chance.choice([0, 0.2, 1])
        gone = {row for row in passing if chance.random() < share}
        count = chance.choice([0, 2, 30])
        come = {10 * chance.randrange(60) + chance.randrange(1, 10) for _ in range(count)}
        rows[:] = sorted((set(rows) - gone) | come, reverse=self._falls)


def pager_of(*tables: Table, offset: int = 0) -> Pager[int]:
    return Pager([table.fetch for table in tables], key=lambda row: row, offset=offset)


async def all_of(pager: Pager[int]) -> list[int]:
    return [row async for row in pager]


async def drain(pager: Pager[int], into: list[int]) -> None:
    while True:
        into.append(await anext(pager))


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 6, 10, 11])
async def test_all_rows_come_in_their_order(count: int, size: int, *, tells: bool) -> None:
    """Whatever fits on a page, and whether or not the service says how much that is."""
    rows = [7 * number for number in range(count)]

    assert rows == await all_of(pager_of(Table(rows, size=size, tells=tells)))


@pytest.mark.parametrize("offset", [0, 1, 5, 9, 10, 11, 50])
async def test_the_first_rows_can_be_skipped(offset: int) -> None:
    """Fewer rows than that are none."""
    assert list(range(10))[offset:] == await all_of(
        pager_of(Table(range(10), size=3), offset=offset)
    )


async def test_pages_overlap_by_one_row_and_end_with_a_short_one() -> None:
    """One row of overlap tells whether anything has moved; a short page saves a request."""
    table = Table(range(10), size=4)
    await all_of(pager_of(table))

    assert [0, 3, 6, 9] == table.offsets


async def test_a_page_is_fetched_when_the_one_before_is_used_up() -> None:
    """Whoever stops early has asked for nothing in vain."""
    table = Table(range(10), size=4)
    pager = pager_of(table)
    made = list(table.offsets)
    counts = [len(table.offsets) async for _ in pager]

    assert [] == made
    assert [1, 1, 1, 1, 2, 2, 2, 3, 3, 3] == counts


async def test_rows_that_move_up_are_met() -> None:
    """Of two pages' worth of rows that go, not one takes a row that stays with it."""
    table = Table(range(100), size=10)
    pager = pager_of(table)
    first = [await anext(pager) for _ in range(10)]
    del table.rows[2:22]

    assert first == list(range(10))
    assert list(range(22, 100)) == await all_of(pager)


async def test_rows_that_move_down_are_not_repeated() -> None:
    """What is pushed onto the next page was there before."""
    table = Table(range(20), size=5)
    pager = pager_of(table)
    first = [await anext(pager) for _ in range(5)]
    table.rows[:0] = [-3, -2, -1]

    assert list(range(20)) == [*first, *await all_of(pager)]


@pytest.mark.parametrize("offset", [0, 3, 20])
async def test_nothing_is_left_of_what_was_seen(offset: int) -> None:
    """Then everything there is comes after it, but for what was to be skipped."""
    table = Table(range(40), size=5)
    pager = pager_of(table, offset=offset)
    first = [await anext(pager) for _ in range(5)]
    del table.rows[offset : offset + 5]

    assert list(range(offset, 40)) == [*first, *await all_of(pager)]


async def test_everything_goes() -> None:
    """An empty answer in the middle is an end."""
    table = Table(range(40), size=5)
    pager = pager_of(table)
    first = [await anext(pager) for _ in range(5)]
    table.rows.clear()

    assert (list(range(5)), []) == (first, await all_of(pager))


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize("size", [2, 5, 100])
async def test_rows_come_and_go(size: int, *, falls: bool, tells: bool) -> None:
    """No row that stays is missed, none comes twice, and the order holds."""
    for seed in SEEDS:
        rows = sorted({*range(0, 600, 10), *range(3, 600, 7)}, reverse=falls)
        table = Table(rows, size=size, tells=tells)
        table.before_each = Churn(table, seed)

        found = await all_of(pager_of(table))

        stable = [row for row in found if row % 10 == 0]
        assert sorted(range(0, 600, 10), reverse=falls) == stable, seed
        assert len(found) == len(set(found)), seed


async def test_rows_go_before_the_first_that_was_asked_for() -> None:
    """Then what comes next stands where rows were skipped, and is met all the same."""
    table = Table(range(100), size=10)
    pager = pager_of(table, offset=50)
    first = [await anext(pager) for _ in range(10)]
    del table.rows[:20]

    assert list(range(50, 100)) == [*first, *await all_of(pager)]


async def test_several_searches_follow_one_another() -> None:
    """What two of them find comes once."""
    tables = Table(range(12), size=5), Table([], size=5), Table(range(8, 20), size=5)

    assert list(range(20)) == await all_of(pager_of(*tables))


@pytest.mark.parametrize("offset", [1, 10, 12, 15, 20, 30])
async def test_rows_are_skipped_once_for_all_searches(offset: int) -> None:
    """Not once for each."""
    tables = Table(range(12), size=5), Table(range(12, 20), size=5)

    assert list(range(20))[offset:] == await all_of(pager_of(*tables, offset=offset))


async def test_a_row_of_an_earlier_search_does_not_hide_a_gap() -> None:
    """That it was found there says nothing about what stands before it here."""
    first, second = Table([7], size=5), Table(range(20), size=5)

    def two_go() -> None:
        second.before_each = lambda: None
        del second.rows[0:3]

    second.before_each = two_go
    found = await all_of(pager_of(first, second))

    assert [7, *range(7), *range(8, 20)] == found


@pytest.mark.parametrize("stops_at", range(4))
async def test_a_fetch_that_fails_is_made_again(stops_at: int) -> None:
    """The iterator stands where it stood: whoever goes on misses nothing."""
    table = Table(range(10), size=4)
    failures = [TimeoutError()]

    async def fetch(offset: int) -> Page[int]:
        if len(table.offsets) == stops_at and failures:
            raise failures.pop()
        return await table.fetch(offset)

    pager = Pager([fetch], key=lambda row: row)
    found: list[int] = []
    with pytest.raises(TimeoutError):
        await drain(pager, found)

    assert list(range(10)) == [*found, *await all_of(pager)]


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("stops_at", range(4))
async def test_a_fetch_that_is_cancelled_is_made_again(stops_at: int, *, answered: bool) -> None:
    """Before the service answered, or after."""
    table = Table(range(10), size=4)
    scope = anyio.CancelScope()

    async def fetch(offset: int) -> Page[int]:
        if len(table.offsets) != stops_at or scope.cancel_called:
            return await table.fetch(offset)
        if answered:
            await table.fetch(offset)
        scope.cancel()
        await anyio.lowlevel.checkpoint()
        raise AssertionError("not cancelled")

    pager = Pager([fetch], key=lambda row: row)
    found: list[int] = []
    with scope:
        await drain(pager, found)

    assert scope.cancelled_caught
    assert list(range(10)) == [*found, *await all_of(pager)]
