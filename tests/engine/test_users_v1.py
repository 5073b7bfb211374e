"""The deprecated look-ups: they warn, they may be switched off, and they speak as of old."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest

from connectycube import (
    ConnectyCube,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    Page,
)

from .stage import SIGN_IN, Stage

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:users.v1:DeprecationWarning"),
]

Call = Callable[[ConnectyCube], Awaitable[Any]]
GETTERS: Final[list[tuple[str, Call, Call]]] = [
    (
        "/users/by_login?login=nia",
        lambda c: c.users.v1.get_by_login("nia"),
        lambda c: c.users.v1.get_by_login("nobody"),
    ),
    (
        "/users/by_email?email=nia%2B1%40example.com",
        lambda c: c.users.v1.get_by_email("nia+1@example.com"),
        lambda c: c.users.v1.get_by_email("nobody"),
    ),
    (
        "/users/phone?phone=%2B4670",
        lambda c: c.users.v1.get_by_phone("+4670"),
        lambda c: c.users.v1.get_by_phone("4670"),
    ),
    (
        "/users/by_facebook_id?facebook_id=77",
        lambda c: c.users.v1.get_by_facebook_id("77"),
        lambda c: c.users.v1.get_by_facebook_id("78"),
    ),
    (
        "/users/by_twitter_id?twitter_id=88",
        lambda c: c.users.v1.get_by_twitter_id("88"),
        lambda c: c.users.v1.get_by_twitter_id("89"),
    ),
    (
        "/users/external/42",
        lambda c: c.users.v1.get_by_external_id(42),
        lambda c: c.users.v1.get_by_external_id("43"),
    ),
    ("/users/1002", lambda c: c.users.v1.get(1002), lambda c: c.users.v1.get(9)),
]
PAGES: Final[list[tuple[str, Call]]] = [
    ("/users?page=1&per_page=10", lambda c: c.users.v1.find()),
    (
        "/users/by_full_name?full_name=Nia Berg&page=1&per_page=10",
        lambda c: c.users.v1.find_by_full_name("Nia Berg"),
    ),
    (
        "/users/by_tags?tags=vip,gold&page=1&per_page=10",
        lambda c: c.users.v1.find_by_tags(["vip", "gold"]),
    ),
]
EACH: Final = [*((path, get) for path, get, _ in GETTERS), *PAGES]


@pytest.fixture
def v1(stage: Stage) -> Stage:
    """Three users, and version 1 switched on."""
    world = stage.service.world
    stage.service.settings.v1_enabled = True
    world.add_user(login="ann", full_name="Ann", tags=("gold",), timezone=60)
    world.add_user(
        login="nia",
        email="nia+1@example.com",
        phone="+4670",
        full_name="Nia Berg",
        external_id="42",
        facebook_id="77",
        twitter_id="88",
        tags=("vip", "beta"),
    )
    world.add_user(login="bob", full_name="Bob", timezone=120)
    return stage


def spelled(stage: Stage) -> str:
    """Return the last request's path and query, in words."""
    url = urlsplit(stage.line.sent[-1].url)
    return f"{url.path}?{unquote(url.query)}" if url.query else url.path


@pytest.mark.parametrize(("path", "get", "miss"), GETTERS, ids=[one[0] for one in GETTERS])
async def test_one_user_is_looked_up(v1: Stage, path: str, get: Call, miss: Call) -> None:
    """At a path of its own, or is not there."""
    cube = v1.client()

    assert "nia" == (await get(cube)).login
    assert unquote(path) == spelled(v1)
    with pytest.raises(NotFoundError):
        await miss(cube)


@pytest.mark.parametrize(("path", "call"), EACH, ids=[path for path, _ in EACH])
async def test_each_warns_whoever_calls_it(v1: Stage, path: str, call: Call) -> None:
    """Once, at the caller's own line, of what to use instead."""
    cube = v1.client()
    with pytest.warns(DeprecationWarning, match=r"^users\.v1\.\w+ .*: use users\.") as told:
        await await_here(call(cube))

    [warning] = told
    assert (__file__, LINE) == (warning.filename, warning.lineno)
    assert unquote(path) == spelled(v1)


async def await_here(call: Awaitable[Any]) -> None:
    await call


LINE: Final = inspect.getsourcelines(await_here)[1] + 1


@pytest.mark.parametrize(("path", "call"), EACH, ids=[path for path, _ in EACH])
async def test_each_may_be_switched_off(v1: Stage, path: str, call: Call) -> None:
    """As it is by default: then the service says where to switch it on."""
    v1.service.settings.v1_enabled = False
    with pytest.raises(ForbiddenError) as caught:
        await call(v1.client())

    assert unquote(path) == spelled(v1)
    assert caught.value.messages[0].startswith("Users retrieving forbidden in admin panel")


@pytest.mark.parametrize(("path", "call"), PAGES, ids=[path for path, _ in PAGES])
async def test_a_page_is_any_other_page(v1: Stage, path: str, call: Call) -> None:
    """Its items come wrapped and its number counts from one; neither shows."""
    found = await call(v1.client())

    assert unquote(path) == spelled(v1)
    assert isinstance(found, Page)
    assert (0, 10) == (found.skip, found.limit)
    assert len(found.items) == found.total_entries
    assert "nia" in [user.login for user in found.items]


async def test_pages_are_numbered(v1: Stage) -> None:
    """The second of two holds the rest."""
    page = await v1.client().users.v1.find(
        [("full_name", "in", ["Ann", "Bob", "Nia Berg"])], page=2, per_page=2
    )

    assert ["bob"] == [user.login for user in page.items]
    assert (3, 2, 2) == (page.total_entries, page.skip, page.limit)


@pytest.mark.parametrize(
    ("condition", "text", "found"),
    [
        (("id", "in", [1001, 1003]), "number id in 1001,1003", ["ann", "bob"]),
        (("id", "eq", 1002), "number id eq 1002", ["nia"]),
        (("timezone", "gt", 60), "number timezone gt 60", ["bob"]),
        (("timezone", "between", [60, 90]), "number timezone between 60,90", ["ann"]),
        (("login", "eq", "bob"), "string login eq bob", ["bob"]),
        (("login", "ne", "bob"), "string login ne bob", ["ann", "nia", "mar"]),
        (("full_name", "eq", "Nia Berg"), "string full_name eq Nia Berg", ["nia"]),
        (("login", "in", ("ann", "bob")), "string login in ann,bob", ["ann", "bob"]),
        (("created_at", "lt", date(2001, 2, 3)), "date created_at lt 2001-02-03", []),
        (
            ("created_at", "ge", datetime(2001, 2, 3, 4, 5, tzinfo=UTC)),
            "date created_at ge 2001-02-03",
            ["ann", "nia", "bob", "mar"],
        ),
    ],
)
async def test_a_condition_is_spelled(
    v1: Stage, condition: Any, text: str, found: list[str]
) -> None:
    """With the type of its field: as another type it would find nobody."""
    page = await v1.client().users.v1.find([condition])

    assert f"/users?filter[]={text}&page=1&per_page=10" == spelled(v1)
    assert found == [user.login for user in page.items]


async def test_conditions_hold_together(v1: Stage) -> None:
    """Each in a pair of its own."""
    page = await v1.client().users.v1.find([("id", "gt", 1001), ("login", "ne", "mar")])

    assert ["nia", "bob"] == [user.login for user in page.items]
    assert "filter[]=number id gt 1001&filter[]=string login ne mar" in spelled(v1)


@pytest.mark.parametrize(
    ("order", "text", "found"),
    [
        ("login", "asc string login", ["ann", "bob", "mar", "nia"]),
        ("-login", "desc string login", ["nia", "mar", "bob", "ann"]),
        ("-id", "desc number id", ["mar", "bob", "nia", "ann"]),
        ("created_at", "asc date created_at", ["ann", "nia", "bob", "mar"]),
    ],
)
async def test_an_order_is_spelled(v1: Stage, order: str, text: str, found: list[str]) -> None:
    """With the type of its field too."""
    page = await v1.client().users.v1.find(order=order)

    assert f"order={text}" in spelled(v1)
    assert found == [user.login for user in page.items]


@pytest.mark.parametrize(
    "call",
    [
        lambda v1: v1.find([("custom_data", "eq", "a")]),
        lambda v1: v1.find([("login", "like", "a")]),
        lambda v1: v1.find([("login", "in", [])]),
        lambda v1: v1.find([("login eq a", "eq", "a")]),
        lambda v1: v1.find([("", "eq", "a")]),
        lambda v1: v1.find([("login", "in", ["a,b"])]),
        lambda v1: v1.find([("login", "eq", "a,b")]),
        lambda v1: v1.find(order="id login"),
        lambda v1: v1.find(order=""),
        lambda v1: v1.find(order="-"),
        lambda v1: v1.find(page=0),
        lambda v1: v1.find(per_page=0),
        lambda v1: v1.find(per_page=101),
        lambda v1: v1.find_by_full_name("Ann", page=0),
        lambda v1: v1.find_by_tags(["a"], per_page=101),
        lambda v1: v1.find_by_tags(["a,b"]),
        lambda v1: v1.find_by_tags("vip"),
        lambda v1: v1.find_by_tags([]),
        lambda v1: v1.get_by_external_id("../1002"),
        lambda v1: v1.get("by_login"),
        lambda v1: v1.get(0),
    ],
)
async def test_what_cannot_be_spelled_is_not_sent(v1: Stage, call: Any) -> None:
    """A word or a comma too many would ask for something else."""
    with pytest.raises(InvalidInputError):
        await call(v1.client().users.v1)

    assert [] == [label for label in v1.labels if label != SIGN_IN]
