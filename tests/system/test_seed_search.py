"""Rows S48-S59: finding users, the new way and the deprecated one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import attrs
import pytest

from connectycube import (
    ForbiddenError,
    InvalidQueryError,
    NotFoundError,
    User,
    ValidationError,
    where,
)
from connectycube.api.users import FIND
from connectycube.api.users_v1 import GET_BY_PHONE

from .stage import Stage

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:users.v1:DeprecationWarning"),
]


@pytest.fixture
def stage(stage: Stage) -> Stage:
    """A day apart: Ann (1001), Nia (1002) and Bob (1003)."""
    people: list[dict[str, Any]] = [
        {"login": "ann", "full_name": "Ann Holm", "tags": ("gold",)},
        {"login": "nia", "full_name": "Nia Berg", "tags": ("vip", "beta"), "phone": "+4670"},
        {"login": "bob", "full_name": "Bob", "tags": ("vip",)},
    ]
    for person in people:
        user = stage.service.world.add_user(
            email=f"{person['login']}@example.com", external_id=f"x-{person['login']}", **person
        )
        user.last_request_at = stage.service.world.now()
        stage.service.clock.advance(86400)
    return stage


@pytest.fixture
def v1(stage: Stage) -> Stage:
    stage.service.settings.v1_enabled = True
    return stage


def asked(stage: Stage) -> str:
    return unquote(f"{stage.last.path}?{stage.last.raw_query}")


def logins(users: list[User]) -> list[str | None]:
    return [user.login for user in users]


async def test_s48_users_are_found_by_a_list_of_ids(stage: Stage) -> None:
    """With limit and offset, or all of them, page by page."""
    users = stage.client().users

    page = await users.find(id=where.in_([1001, 1002, 1003]), limit=1, offset=1)
    url = asked(stage)
    everybody = [user async for user in users.iterate(id=where.in_([1003, 1001]), limit=2)]

    assert "/users/v2?limit=1&offset=1&id[in][]=1001&id[in][]=1002&id[in][]=1003" == url
    assert (["nia"], 3) == (logins(page.items), page.total_entries)
    assert ["ann", "bob"] == logins(everybody)


async def test_s49_users_are_found_by_login(stage: Stage) -> None:
    """A plain value asks for equality."""
    page = await stage.client().users.find(login="nia")

    assert "/users/v2?login=nia" == asked(stage)
    assert ["nia"] == logins(page.items)


async def test_s50_users_are_found_by_their_last_request(stage: Stage) -> None:
    """Later than a date, beside a field that stands alone; the date alone is refused here."""
    cube = stage.client()
    late = stage.service.world.now() - timedelta(days=1, hours=12)
    with pytest.raises(InvalidQueryError):
        await cube.users.find(last_request_at=where.gt(late))
    assert [] == stage.requests
    with pytest.raises(ValidationError):
        await cube.call(FIND, query={"last_request_at": {"gt": late}})

    page = await cube.users.find(tags=where.in_(["vip", "gold"]), last_request_at=where.gt(late))

    stamp = late.strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"user_tags[in][]=vip&user_tags[in][]=gold&last_request_at[gt]={stamp}"
    assert f"/users/v2?{query}" == asked(stage)
    assert ["bob"] == logins(page.items)


@pytest.mark.parametrize(
    ("filters", "query", "found"),
    [
        ({"id": 1002}, {"id": 1002}, ["nia"]),
        ({"email": "bob@example.com"}, {"email": "bob@example.com"}, ["bob"]),
        ({"phone": "+4670"}, {"phone": "+4670"}, ["nia"]),
        ({"external_id": "x-ann"}, {"external_id": "x-ann"}, ["ann"]),
        ({"facebook_id": "7"}, {"facebook_id": "7"}, []),
        ({"twitter_id": where.in_(["7"])}, {"twitter_id": {"in": ["7"]}}, []),
        ({"tags": "vip"}, {"user_tags": "vip"}, ["nia", "bob"]),
        (
            {"tags": where.in_(["vip"]) & where.not_in(["beta"])},
            {"user_tags": {"in": ["vip"], "nin": ["beta"]}},
            ["bob"],
        ),
        (
            {"full_name": where.starts_with("Nia ")},
            {"full_name": {"start_with": "Nia "}},
            ["nia"],
        ),
        (
            {"tags": "vip", "login": where.not_in(["bob"])},
            {"user_tags": "vip", "login": {"nin": ["bob"]}},
            ["nia"],
        ),
        ({"login": where.not_in(["bob"])}, {"login": {"nin": ["bob"]}}, None),
        ({"full_name": where.starts_with("Nia")}, {"full_name": {"start_with": "Nia"}}, None),
        ({"id": where.gt(1001)}, {"id": {"gt": 1001}}, None),
        ({"login": "bob", "id": where.lte(9)}, {"login": "bob", "id": {"lte": 9}}, None),
        ({}, {}, None),
    ],
)
async def test_s51_fields_operators_and_rules(
    stage: Stage, filters: Any, query: Mapping[str, Any], found: list[str] | None
) -> None:
    """What the rules allow goes out and is answered; the rest both sides refuse."""
    cube = stage.client()
    if found is None:
        with pytest.raises(InvalidQueryError):
            await cube.users.find(**filters)
        assert [] == stage.requests
        with pytest.raises(ValidationError):
            await cube.call(FIND, query=query)
        return

    assert found == logins((await cube.users.find(**filters)).items)
    ours = stage.last.raw_query
    assert found == logins((await cube.call(FIND, query=query)).items)
    assert ours == stage.last.raw_query


async def test_s52_version_1_finds_by_ids_page_by_page(v1: Stage) -> None:
    """As numbers: as texts they would be nobody's."""
    page = await v1.client().users.v1.find([("id", "in", [1001, 1003])], page=2, per_page=1)

    assert "/users?filter[]=number id in 1001,1003&page=2&per_page=1" == asked(v1)
    assert (["bob"], 2) == (logins(page.items), page.total_entries)


async def test_s53_version_1_finds_by_login(v1: Stage) -> None:
    """One user, or 404."""
    old = v1.client().users.v1

    assert 1002 == (await old.get_by_login("nia")).id
    assert "/users/by_login?login=nia" == asked(v1)
    with pytest.raises(NotFoundError):
        await old.get_by_login("nobody")


async def test_s54_version_1_finds_by_e_mail(v1: Stage) -> None:
    """One user, or 404."""
    old = v1.client().users.v1

    assert 1002 == (await old.get_by_email("nia@example.com")).id
    assert "/users/by_email?email=nia@example.com" == asked(v1)
    with pytest.raises(NotFoundError):
        await old.get_by_email("nobody@example.com")


async def test_s55_version_1_finds_by_full_name(v1: Stage) -> None:
    """A numbered page."""
    page = await v1.client().users.v1.find_by_full_name("Nia Berg", per_page=5)

    assert "/users/by_full_name?full_name=Nia Berg&page=1&per_page=5" == asked(v1)
    assert (["nia"], 1, 5) == (logins(page.items), page.total_entries, page.limit)


async def test_s56_version_1_finds_by_phone(v1: Stage) -> None:
    """By the path of the official SDK; the service knows another spelling."""
    cube = v1.client()

    assert 1002 == (await cube.users.v1.get_by_phone("+4670")).id
    assert "/users/phone?phone=+4670" == asked(v1)
    other = attrs.evolve(GET_BY_PHONE, path="/users/by_phone")
    assert 1002 == (await cube.call(other, query={"phone": "+4670"})).id


async def test_s57_version_1_finds_by_external_id(v1: Stage) -> None:
    """It stands in the path."""
    assert 1002 == (await v1.client().users.v1.get_by_external_id("x-nia")).id
    assert "/users/external/x-nia" == v1.last.path


async def test_s58_version_1_finds_by_tags(v1: Stage) -> None:
    """Any of them, joined by commas."""
    page = await v1.client().users.v1.find_by_tags(["beta", "gold"])

    assert "/users/by_tags?tags=beta,gold&page=1&per_page=10" == asked(v1)
    assert ["ann", "nia"] == logins(page.items)


async def test_s59_version_1_may_be_switched_off(stage: Stage) -> None:
    """Then its look-ups say so, and those of version 2 find the same users."""
    cube = stage.client()
    users, old = cube.users, cube.users.v1
    for call in (
        old.find(),
        old.get(1002),
        old.get_by_login("nia"),
        old.get_by_email("nia@example.com"),
        old.find_by_full_name("Nia Berg"),
        old.get_by_phone("+4670"),
        old.get_by_external_id("x-nia"),
        old.find_by_tags(["beta"]),
    ):
        with pytest.raises(ForbiddenError, match="Users retrieving forbidden"):
            await call

    named = await users.find(full_name="Nia Berg")
    tagged = await users.find(tags=where.in_(["beta"]))
    found = [
        await users.get(1002),
        await users.get_by_login("nia"),
        await users.get_by_email("nia@example.com"),
        await users.get_by_phone("+4670"),
        await users.get_by_external_id("x-nia"),
        *(*named.items, *tagged.items),
    ]
    assert [1002] * 7 == [user.id for user in found]
