"""Looking up one user, who is online, and the end of an account by its external id."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    ForbiddenError,
    InvalidInputError,
    InvalidQueryError,
    NotFoundError,
    SignedOutError,
    User,
)

from .stage import FIND, Stage, token_of

pytestmark = pytest.mark.anyio

DELETE: Final = "DELETE /users/external/{external_user_id}"
Getter = Callable[[ConnectyCube], Awaitable[User]]
GETTERS: Final[list[tuple[str, Getter, Getter]]] = [
    ("login=nia", lambda c: c.users.get_by_login("nia"), lambda c: c.users.get_by_login("Nia")),
    (
        "email=nia%2B1%40example.com",
        lambda c: c.users.get_by_email("nia+1@example.com"),
        lambda c: c.users.get_by_email("nia@example.com"),
    ),
    (
        "phone=%2B4670",
        lambda c: c.users.get_by_phone("+4670"),
        lambda c: c.users.get_by_phone("4670"),
    ),
    (
        "external_id=42",
        lambda c: c.users.get_by_external_id(42),
        lambda c: c.users.get_by_external_id("043"),
    ),
    (
        "facebook_id=77",
        lambda c: c.users.get_by_facebook_id("77"),
        lambda c: c.users.get_by_facebook_id(78),
    ),
    (
        "twitter_id=88",
        lambda c: c.users.get_by_twitter_id(88),
        lambda c: c.users.get_by_twitter_id("89"),
    ),
]


def nia(stage: Stage) -> int:
    """Add a user with every name that one can be looked up by."""
    world = stage.service.world
    world.add_user(login="other", email="other@example.com", phone="1", external_id="1")
    user = world.add_user(
        login="nia",
        email="nia+1@example.com",
        phone="+4670",
        external_id="42",
        facebook_id="77",
        twitter_id="88",
    )
    return user.id


@pytest.mark.parametrize(("query", "get", "_"), GETTERS, ids=[one[0] for one in GETTERS])
async def test_a_user_is_looked_up(stage: Stage, query: str, get: Getter, _: Getter) -> None:
    """By version 2, which every application has: a search for one."""
    user_id = nia(stage)

    user = await get(stage.client())

    assert user_id == user.id
    assert f"https://api.connectycube.com/users/v2?limit=1&{query}" == stage.line.sent[-1].url


@pytest.mark.parametrize(("query", "_", "miss"), GETTERS, ids=[one[0] for one in GETTERS])
async def test_nobody_is_an_error(stage: Stage, query: str, _: Getter, miss: Getter) -> None:
    """The same as where the service itself answers 404."""
    nia(stage)
    with pytest.raises(NotFoundError) as caught:
        await miss(stage.client())

    assert (404, FIND, ["User not found"]) == (
        *(caught.value.status, caught.value.label, caught.value.messages),
    )
    assert query.partition("=")[0] in stage.line.sent[-1].url


async def test_a_user_is_looked_up_by_id(stage: Stage) -> None:
    """Or is not there."""
    user_id = nia(stage)
    cube = stage.client()

    assert "nia" == (await cube.users.get(user_id)).login
    with pytest.raises(NotFoundError):
        await cube.users.get(user_id + 500)


@pytest.mark.parametrize(
    "get",
    [
        *(lambda c, value=value: c.users.get(value) for value in (0, -1, "7", None, True, 1.0)),
        lambda c: c.users.get_by_login(""),
        lambda c: c.users.get_by_email(None),
        lambda c: c.users.get_by_phone(4670),
        lambda c: c.users.get_by_external_id(""),
        lambda c: c.users.get_by_external_id(None),
        lambda c: c.users.get_by_facebook_id(None),
        lambda c: c.users.get_by_twitter_id(True),
    ],
)
async def test_what_names_nobody_is_not_sent(stage: Stage, get: Any) -> None:
    """Ids are positive numbers, names are texts."""
    with pytest.raises(InvalidQueryError):
        await get(stage.client())

    assert [] == stage.labels


async def test_a_session_without_a_user_may_not_look(stage: Stage) -> None:
    """The service says so."""
    cube = stage.client(AppOnly())
    for look in (cube.users.get(1), cube.users.find_online(), cube.users.count_online()):
        with pytest.raises(ForbiddenError):
            await look


async def test_who_is_online(stage: Stage) -> None:
    """Page by page, of those who are connected to the chat; how many is a question of its own."""
    world = stage.service.world
    ids = [world.add_user(full_name=f"Diver {number}").id for number in range(7)]
    for user_id in ids[2:]:
        world.set_online(user_id)
    users = stage.client().users

    everyone, some = await users.find_online(), await users.find_online(limit=2, offset=3)
    count = await users.count_online()
    world.set_online(ids[2], online=False)

    assert ids[2:] == [user.id for user in everyone.items]
    assert (None, 0, None) == (everyone.total_entries, everyone.skip, everyone.limit)
    assert ([ids[5], ids[6]], 3, 2) == ([one.id for one in some.items], some.skip, some.limit)
    assert (5, 4) == (count, await users.count_online())
    queries = [one.url.partition("/users/online")[2] for one in stage.line.sent[1:]]
    assert ["", "?limit=2&offset=3", "?count=1", "?count=1"] == queries


async def test_nobody_is_online(stage: Stage) -> None:
    """Nought is an answer."""
    users = stage.client().users

    assert ([], 0) == ((await users.find_online()).items, await users.count_online())


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"offset": -1}])
async def test_a_page_of_nobody_online_is_not_sent(stage: Stage, wrong: dict[str, int]) -> None:
    """The bounds of every page."""
    with pytest.raises(InvalidQueryError):
        await stage.client().users.find_online(**wrong)

    assert [] == stage.labels


@pytest.mark.parametrize("external_id", ["42", 42])
async def test_the_own_account_ends_by_its_external_id(
    stage: Stage, external_id: str | int
) -> None:
    """The client is signed out, and its session is dead."""
    cube, session = await stage.signed_in()
    await cube.users.update(external_id="42")

    await cube.users.delete_by_external_id(external_id)

    assert (1, [], []) == (stage.count(DELETE), stage.logins, stage.live_tokens)
    assert None is token_of(cube)
    with pytest.raises(SignedOutError):
        await cube.users.get(session.user_id or 0)


async def test_somebody_else_s_account_stays(stage: Stage) -> None:
    """The service refuses, and the client stays signed in."""
    nia(stage)
    cube, session = await stage.signed_in()
    with pytest.raises(NotFoundError):
        await cube.users.delete_by_external_id("42")

    assert ["other", "nia", "mar"] == stage.logins
    assert session.token == token_of(cube)


@pytest.mark.parametrize("external_id", ["", " ", "../7", "a/b", "..", "a\r\nb", None, True, 1.5])
async def test_what_is_no_external_id_deletes_nobody(stage: Stage, external_id: Any) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(InvalidInputError):
        await stage.client().users.delete_by_external_id(external_id)

    assert [] == stage.labels
