"""Rows S33-S40, S46, S47 and S60: the own account."""

from typing import Any

import pytest

from connectycube import (
    InvalidInputError,
    NotFoundError,
    SessionExpiredError,
    SignedOutError,
    TransportError,
    ValidationError,
)
from connectycube.api.users import DELETE

from .stage import AUTH_KEY, MAR, PASSWORD, SIM, Stage, token_of

pytestmark = pytest.mark.anyio


async def test_s33_sign_up_needs_a_login_or_an_e_mail_and_a_password(stage: Stage) -> None:
    """Checked here: nothing is sent without them."""
    users = stage.client().users
    with pytest.raises(InvalidInputError):
        await users.sign_up(password=PASSWORD)
    with pytest.raises(InvalidInputError):
        await users.sign_up(login="nia", password="")
    assert [] == stage.requests

    by_login = await users.sign_up(login="nia", password=PASSWORD)
    by_email = await users.sign_up(email="nia@example.com", password=PASSWORD)

    assert ("nia", "nia@example.com") == (by_login.login, by_email.email)


async def test_s34_everything_else_is_optional(stage: Stage) -> None:
    """The body holds what was given, and nothing more."""
    given: dict[str, Any] = {
        "login": "nia",
        "email": "nia@example.com",
        "full_name": "Nia",
        "phone": "380501234567",
        "website": "http://nia.example",
        "password": PASSWORD,
    }
    users = stage.client().users

    await users.sign_up(**given)
    await users.sign_up(login="ann", password=PASSWORD)

    assert [{"user": given}, {"user": {"login": "ann", "password": PASSWORD}}] == (
        stage.bodies("/users")
    )


async def test_s35_tags_are_a_list(stage: Stage) -> None:
    """On the wire one text, at the service two tags."""
    user = await stage.client().users.sign_up(login="nia", password=PASSWORD, tags=["vip", "beta"])

    assert "vip,beta" == stage.last.json["user"]["tag_list"]
    assert ["vip", "beta"] == user.tags


@pytest.mark.parametrize(
    ("custom", "text"), [('{"a": 1}', '{"a": 1}'), ({"a": [1]}, '{"a":[1]}'), ([1, 2], "[1,2]")]
)
async def test_s36_custom_data_is_text(stage: Stage, custom: Any, text: str) -> None:
    """A text goes and comes as it is; anything else is written as JSON."""
    user = await stage.client().users.sign_up(login="nia", password=PASSWORD, custom_data=custom)

    assert (text, text) == (stage.last.json["user"]["custom_data"], user.custom_data)


async def test_s37_sign_up_signs_nobody_in(stage: Stage) -> None:
    """The new user comes back; the application's key stands in for a session."""
    cube = stage.client()

    user = await cube.users.sign_up(login="nia", password=PASSWORD)

    [request] = stage.requests
    assert (AUTH_KEY, None) == (
        request.headers.get("CB-AuthKey"),
        request.headers.get("CB-Token"),
    )
    assert None is cube.session
    assert "nia" == user.login


async def test_s38_the_own_profile_changes_login_included(stage: Stage) -> None:
    """One PUT on the own id, with the changes alone."""
    cube = stage.client()
    session = await cube.create_session()

    user = await cube.users.update(login="marsim", full_name="Mar Sim")

    assert (
        f"PUT /users/{session.user_id}",
        {"user": {"login": "marsim", "full_name": "Mar Sim"}},
    ) == (
        stage.steps[-1],
        stage.last.json,
    )
    assert ("marsim", "Mar Sim") == (user.login, user.full_name)


async def test_s39_a_new_password_needs_the_old_one(stage: Stage) -> None:
    """Half a pair is not sent; a wrong old one is refused by the service."""
    cube = stage.client()
    await cube.create_session()
    stage.requests.clear()
    with pytest.raises(InvalidInputError):
        await cube.users.update(password="canary-new-one")
    with pytest.raises(InvalidInputError):
        await cube.users.update(old_password=PASSWORD)
    assert [] == stage.requests

    with pytest.raises(ValidationError):
        await cube.users.update(password="canary-new-one", old_password="canary-wrong")
    await cube.users.update(password="canary-new-one", old_password=PASSWORD)

    assert "canary-new-one" == stage.service.world.users[0].password


async def test_s40_the_updated_user_comes_back(stage: Stage) -> None:
    """And replaces what the client knew."""
    cube = stage.client()
    await cube.create_session()

    user = await cube.users.update(full_name="Mar Sim", website="http://mar.example")

    assert ("Mar Sim", "http://mar.example") == (user.full_name, user.website)
    assert cube.session is not None
    assert user == cube.session.user


async def test_s46_a_password_is_reset_by_e_mail(stage: Stage) -> None:
    """The address goes into the body, and nothing comes back."""
    stage.service.world.add_user(login="nia", email="nia@example.com")

    await stage.client().users.reset_password("nia@example.com")

    assert ("POST /users/password/reset", {"email": "nia@example.com"}, "") == (
        stage.steps[-1],
        stage.last.json,
        stage.last.raw_query,
    )


async def test_s47_a_valid_address_receives_one_mail(stage: Stage) -> None:
    """Never repeated by itself: an answer that was lost does not cost a second mail."""
    stage.service.world.add_user(login="nia", email="nia@example.com")
    stage.service.faults.drop(processed=True, path="/users/password/reset")

    with pytest.raises(TransportError):
        await stage.client().users.reset_password("nia@example.com")

    assert ["nia@example.com"] == [mail.to for mail in stage.service.world.mails]


async def test_s60_a_user_can_delete_themself(stage: Stage) -> None:
    """The client is signed out, the token is dead, and nobody else can be deleted."""
    mar, sim = stage.client(MAR), stage.client(SIM)
    session = await mar.create_session()
    sims = await sim.create_session()
    with pytest.raises(NotFoundError):
        await mar.call(DELETE, path={"user_id": sims.user_id})

    await mar.users.delete()

    assert f"DELETE /users/{session.user_id}" == stage.steps[-1]
    assert ["sim"] == [user.login for user in stage.service.world.users]
    assert None is token_of(mar)
    with pytest.raises(SignedOutError):
        await mar.users.update(full_name="Mar")
    mar.set_session(session)
    with pytest.raises(SessionExpiredError):
        await mar.get_session()
