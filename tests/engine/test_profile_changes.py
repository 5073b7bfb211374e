"""A profile that changes goes on being the one that is signed in."""

import pytest

from connectycube import EmailPassword, LoginPassword, Session, ValidationError
from connectycube.auth.strategy import AuthStrategy

from .stage import MAR, SIM, UPDATE, Stage, Together, begin

pytestmark = pytest.mark.anyio

EMAIL = EmailPassword("mar@example.com", "canary-of-mar")


@pytest.mark.parametrize("auth", [MAR, EMAIL], ids=["login", "email"])
async def test_a_new_password_is_used_from_then_on(stage: Stage, auth: AuthStrategy) -> None:
    """The strategy follows, so that renewal works without being told."""
    cube, session = await stage.signed_in(auth)

    await cube.users.update(password="canary-changed", old_password="canary-of-mar")
    stage.expire()
    user = await cube.users.update(full_name="Mar")

    assert session.user_id == user.id
    assert len(stage.service.world.users) == 1


async def test_a_wrong_old_password_changes_nothing(stage: Stage) -> None:
    """Neither there nor here."""
    cube, session = await stage.signed_in()

    with pytest.raises(ValidationError):
        await cube.users.update(password="canary-changed", old_password="canary-wrong")
    stage.expire()
    user = await cube.users.update(full_name="Mar")

    assert session.user_id == user.id


@pytest.mark.parametrize("known", ["signed in", "bare token", "token with id"])
async def test_a_new_login_is_used_from_then_on(stage: Stage, known: str) -> None:
    """The old one would sign in somebody new where users are created on the fly."""
    cube, session = await stage.signed_in(MAR)
    if known != "signed in":
        user_id = None if known == "bare token" else session.user_id
        cube.set_session(Session.from_token(session.token, user_id))

    await cube.users.update(login="marina")
    stage.expire()
    user = await cube.users.update(full_name="Mar")

    assert session.user_id == user.id
    assert stage.logins == ["marina"]


async def test_a_new_email_is_used_from_then_on(stage: Stage) -> None:
    """The same for whoever signs in by e-mail."""
    cube, session = await stage.signed_in(EMAIL)

    await cube.users.update(email="marina@example.com")
    stage.expire()
    user = await cube.users.update(full_name="Mar")

    assert session.user_id == user.id


async def test_a_password_from_a_callable_stays_the_callable_s_care(stage: Stage) -> None:
    """It is asked again, and is expected to know."""
    current = "canary-of-mar"

    async def password() -> str:
        return current

    cube, session = await stage.signed_in(LoginPassword("mar", password))
    await cube.users.update(password="canary-changed", old_password="canary-of-mar")
    current = "canary-changed"
    stage.expire()

    assert session.user_id == (await cube.users.update(full_name="Mar")).id


async def test_a_change_that_ends_after_another_sign_in_leaves_that_alone(stage: Stage) -> None:
    """The strategy of whoever is signed in now is not mixed with the one before."""
    cube, _ = await stage.signed_in()
    gate = stage.line.hold(UPDATE, answered=True)
    async with Together() as group:
        changing = begin(group, lambda: cube.users.update(login="marina"))
        await gate.reached()
        sims = await cube.create_session(SIM)
        gate.open()
    assert changing.error is None
    stage.expire()

    assert sims.user_id == (await cube.users.update(full_name="Sim")).id


async def test_the_local_view_shows_the_changed_user(stage: Stage) -> None:
    """`session.user` is replaced by what the service answered."""
    cube, _ = await stage.signed_in()

    user = await cube.users.update(full_name="Mar Sim")

    assert cube.session is not None
    assert user == cube.session.user
