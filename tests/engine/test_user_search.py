"""Searching users: one page, or everybody, while others come, go and sign out."""

import random
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import anyio
import orjson
import pytest

from connectycube import (
    ConnectyCube,
    ForbiddenError,
    InvalidQueryError,
    Page,
    Request,
    Session,
    User,
    where,
)
from connectycube.emulator.records import User as Record
from connectycube.testing import Reply, ScriptedTransport

from .stage import FIND, SIGN_IN, Stage

pytestmark = pytest.mark.anyio

SEEDS: Final = range(8)
CROWD: Final = 1000


def people(stage: Stage, count: int, name: str = "Diver") -> list[int]:
    """Add users a second apart and return their ids."""
    return [person(stage, f"{name} {number:04}").id for number in range(count)]


def person(stage: Stage, name: str) -> Record:
    stage.service.clock.advance(1)
    return stage.service.world.add_user(full_name=name, tags=("crowd",))


async def all_of(found: Any) -> list[int]:
    return [user.id async for user in found]


def asked(stage: Stage, name: str) -> list[str | None]:
    """Return what each search said of this parameter."""
    queries = [urlsplit(one.url).query for one in stage.line.sent if one.label == FIND]
    return [dict(parse_qsl(query)).get(name) for query in queries]


async def test_a_page_tells_how_many_there_are(stage: Stage) -> None:
    """Of all that fit, in the order that was asked for."""
    ids = people(stage, 12)
    cube = stage.client()

    page = await cube.users.find(tags="crowd", limit=5, offset=10, sort="-id")

    assert [ids[1], ids[0]] == [user.id for user in page.items]
    assert (12, 10, 5) == (page.total_entries, page.skip, page.limit)
    assert ["Diver 0001", "Diver 0000"] == [user.full_name for user in page.items]


async def test_filters_hold_together(stage: Stage) -> None:
    """Dates and exclusions narrow what a field that stands alone finds."""
    ids = people(stage, 6)
    third = stage.service.world.user(ids[2])
    assert third is not None
    users = stage.client().users

    later = await users.find(tags="crowd", created_at=where.gt(third.created_at))
    without = await users.find(tags="crowd", id=where.not_in(ids[:4]))
    listed = await users.find(id=where.in_([ids[5], ids[0]]), sort="id")

    found = [[user.id for user in page.items] for page in (later, without, listed)]
    assert [ids[3:], ids[4:], [ids[0], ids[5]]] == found


async def test_a_forbidden_search_is_not_sent(stage: Stage) -> None:
    """Neither by `find` nor by `iterate`, which says so at once; nobody even signs in."""
    users = stage.client().users
    late = where.gt(datetime(2024, 6, 10, tzinfo=UTC))
    for ask in (users.find, users.iterate):
        with pytest.raises(InvalidQueryError):
            await ask(last_request_at=late)  # type: ignore[misc]
        with pytest.raises(InvalidQueryError):
            await ask(login="mar", limit=101)  # type: ignore[misc]
    with pytest.raises(InvalidQueryError, match="iterate"):
        await users.find(id=where.in_(range(1, 102)))

    assert [] == stage.labels


async def test_one_of_none_is_nobody_and_is_not_sent(stage: Stage) -> None:
    """An empty list is an answer, not a mistake."""
    users = stage.client().users

    page = await users.find(id=where.in_([]), offset=3, limit=7)

    assert Page[User](items=[], total_entries=0, skip=3, limit=7) == page
    assert [] == await all_of(users.iterate(login=where.in_([])))
    assert [] == stage.labels


@pytest.mark.parametrize(
    ("count", "limit", "requests"),
    [(0, None, 1), (1, None, 1), (100, None, 2), (120, None, 2), (7, 1, 8), (7, 2, 7), (7, 3, 4)],
)
async def test_everybody_comes_once(
    stage: Stage, count: int, limit: int | None, requests: int
) -> None:
    """By id unless told otherwise, a page at a time, and no more pages than it takes."""
    ids = people(stage, count)
    cube, _ = await stage.signed_in()

    assert ids == await all_of(cube.users.iterate(tags="crowd", limit=limit))
    assert requests == stage.count(FIND)
    assert {"id"} == set(asked(stage, "sort_asc"))


async def test_the_first_can_be_skipped(stage: Stage) -> None:
    """As many as `offset` says, from one search as from several."""
    ids = people(stage, 130)
    users = stage.client().users

    assert ids[115:] == await all_of(users.iterate(tags="crowd", offset=115, limit=10))
    assert ids[115:] == await all_of(users.iterate(id=where.in_(ids), offset=115))


async def test_prefixes_come_in_pages_of_five(stage: Stage) -> None:
    """Whatever limit was asked for, the service gives five, and none is missed."""
    ids = people(stage, 12)
    people(stage, 3, "Walker")
    users = stage.client().users
    page = await users.find(full_name=where.starts_with("Dive"), limit=50)
    found = await all_of(users.iterate(full_name=where.starts_with("Dive"), limit=50))

    assert (5, 5, 12) == (len(page.items), page.limit, page.total_entries)
    assert ids == found
    assert [None, None, "4", "8"] == asked(stage, "offset")


async def test_a_long_list_goes_in_parts(stage: Stage) -> None:
    """Of a hundred ids each, each id asked for once; unknown ones find nobody."""
    ids = people(stage, 240)
    wanted = [*ids, *range(9_000_001, 9_000_011), *ids[:77]]
    cube, _ = await stage.signed_in()

    assert ids == await all_of(cube.users.iterate(id=where.in_(wanted)))
    urls = [urlsplit(one.url).query for one in stage.line.sent if one.label == FIND]
    parts = [tuple(v for k, v in parse_qsl(url) if k == "id[in][]") for url in urls]
    assert [100, 100, 50] == [len(part) for part in dict.fromkeys(parts)]
    assert [str(one) for one in dict.fromkeys(wanted)] == [
        one for part in dict.fromkeys(parts) for one in part
    ]


async def test_a_page_is_asked_for_when_it_is_needed(stage: Stage) -> None:
    """Making the iterator asks for nothing, and the first of a page for no more than that page."""
    people(stage, 9)
    cube, _ = await stage.signed_in()
    found = cube.users.iterate(tags="crowd", limit=3)
    before = stage.count(FIND)
    counts = [stage.count(FIND) async for _ in found]

    assert 0 == before
    assert [1, 1, 1, 2, 2, 3, 3, 4, 4] == counts


class Churn:
    """Lets users come and go after each answer; those that stay are counted."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._stage = stage
        ids = people(stage, CROWD)
        self.passing = self._chance.sample(ids, CROWD // 2)
        self.stable = sorted(set(ids) - set(self.passing))

    def __call__(self) -> float:
        for _ in range(self._chance.choice([0, 1, 40, 150])):
            if self.passing:
                at = self._chance.randrange(len(self.passing))
                self._stage.service.world.remove_user(self.passing.pop(at))
        for _ in range(self._chance.choice([0, 1, 30])):
            new = person(self._stage, "Newcomer").id
            if self._chance.random() < 0.5:
                self.passing.append(new)
        return 0.0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sort", [None, "-created_at"])
async def test_a_thousand_while_others_come_and_go(
    stage: Stage, sort: str | None, seed: int
) -> None:
    """Between any two pages: nobody who stays is missed, nobody comes twice, the order holds."""
    churn = Churn(stage, seed)
    cube, _ = await stage.signed_in()
    stage.line.delay(FIND, churn)
    order: dict[str, Any] = {} if sort is None else {"sort": sort}

    found = await all_of(cube.users.iterate(tags="crowd", **order))

    falls = sort is not None
    stable = set(churn.stable)
    assert sorted(stable, reverse=falls) == [one for one in found if one in stable]
    assert sorted(set(found), reverse=falls) == found
    assert stage.count(FIND) < 60


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("stops_at", range(4))
async def test_a_cancelled_fetch_loses_nobody(
    stage: Stage, stops_at: int, *, answered: bool
) -> None:
    """Before the service worked or after; the same iterator goes on where it stood."""
    ids = people(stage, 10)
    cube, _ = await stage.signed_in()
    users = cube.users.iterate(tags="crowd", limit=4)
    found: list[int] = []
    while stage.count(FIND) < stops_at:
        found.append((await anext(users)).id)
    stage.line.hold(FIND, answered=answered)
    with anyio.move_on_after(10) as scope:
        while True:
            found.append((await anext(users)).id)

    assert scope.cancelled_caught
    assert stops_at + 1 == stage.count(FIND)
    assert ids == [*found, *await all_of(users)]


async def test_a_session_that_ends_on_the_way_is_renewed_once(stage: Stage) -> None:
    """The page that met its end is asked for again, and nobody notices."""
    ids = people(stage, 20)
    cube, _ = await stage.signed_in()
    users = cube.users.iterate(tags="crowd", limit=5)
    found = [(await anext(users)).id for _ in range(8)]
    stage.expire()
    found += await all_of(users)

    assert ids == found
    assert 2 == stage.count(SIGN_IN)


async def test_a_refusal_on_the_way_is_told_and_can_be_got_over(stage: Stage) -> None:
    """The iterator stands where it stood."""
    ids = people(stage, 9)
    cube, session = await stage.signed_in()
    users = cube.users.iterate(tags="crowd", limit=5)
    found = [(await anext(users)).id for _ in range(5)]
    stage.service.faults.answer(403, body={"errors": {"base": ["Forbidden. Need user."]}})
    with pytest.raises(ForbiddenError):
        await anext(users)

    assert ids == [*found, *await all_of(users)]
    assert session.token == (cube.session.token if cube.session else None)


@pytest.mark.parametrize("count", [0, 1, 5, 6, 11])
@pytest.mark.parametrize(
    "silent", [("total_entries",), ("limit", "skip"), ("limit", "total_entries")]
)
async def test_a_service_that_tells_less(count: int, silent: tuple[str, ...]) -> None:
    """Without its limit or its total the end is still an end."""
    asked_for: list[str] = []

    async def answer(request: Request) -> Reply:
        query = dict(parse_qsl(urlsplit(request.url).query))
        asked_for.append(request.url)
        assert len(asked_for) < 50
        skip = int(query.get("offset", 0))
        items = [{"id": number + 1} for number in range(count)][skip : skip + 5]
        page = {"items": items, "total_entries": count, "limit": 5, "skip": skip}
        return Reply(200, orjson.dumps({k: v for k, v in page.items() if k not in silent}))

    cube = ConnectyCube(21, transport=ScriptedTransport(answer))
    cube.set_session(Session.from_token("canary-t", 1))

    assert list(range(1, count + 1)) == await all_of(cube.users.iterate(tags="crowd"))
