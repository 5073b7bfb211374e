"""Users put on a session, taken off it, and signed up beside it."""

from typing import Any

import pytest

from connectycube import (
    AppOnly,
    AuthenticationError,
    ExistingSession,
    ForbiddenError,
    Guest,
    InvalidInputError,
    LoginPassword,
)

from .stage import MAR, SIGN_IN, SIM, Stage

pytestmark = pytest.mark.anyio

LOGIN, LOGOUT, SIGN_UP = "POST /login", "DELETE /login", "POST /users"


async def test_login_puts_a_user_on_the_session(stage: Stage) -> None:
    """The token stays, the user changes, and so does the strategy."""
    cube, session = await stage.signed_in(AppOnly())

    user = await cube.login(MAR)

    assert cube.session is not None
    assert (session.token, user.id) == (cube.session.token, cube.session.user_id)
    stage.expire()
    assert user.id == (await cube.users.update(full_name="Mar")).id


async def test_login_without_a_session_makes_one_of_the_application(stage: Stage) -> None:
    """First the application's, then the user on it: two requests."""
    cube = stage.client(SIM)

    user = await cube.login(MAR)

    assert stage.labels == [SIGN_IN, LOGIN]
    assert user.login == "mar"
    assert stage.service.requests[0].json.get("user") is None


async def test_login_that_fails_leaves_nothing_behind(stage: Stage) -> None:
    """An application session made for it is ended, and the client is as it was."""
    cube, _ = await stage.signed_in()
    await cube.destroy_session()

    with pytest.raises(AuthenticationError):
        await cube.login(LoginPassword("mar", "canary-wrong"))

    assert cube.session is None
    assert stage.live_tokens == []


@pytest.mark.parametrize("auth", [Guest(), AppOnly(), ExistingSession("canary-token")])
async def test_login_needs_a_user_with_a_login_form(stage: Stage, auth: Any) -> None:
    """Who has none is refused before anything is sent."""
    cube = stage.client()

    with pytest.raises(InvalidInputError):
        await cube.login(auth)

    assert stage.labels == []


async def test_logout_keeps_the_session_without_its_user(stage: Stage) -> None:
    """It becomes one of the application, and is renewed as that."""
    cube, session = await stage.signed_in()

    await cube.logout()

    assert cube.session is not None
    assert (session.token, None) == (cube.session.token, cube.session.user_id)
    with pytest.raises(ForbiddenError):
        await cube.users.update(full_name="Mar")
    stage.expire()
    with pytest.raises(ForbiddenError):
        await cube.users.get(1)
    assert [None] == [one.user_id for one in stage.service.world.sessions]


async def test_logout_of_an_expired_session_signs_nobody_in(stage: Stage) -> None:
    """The user is off already; a sign-in just to leave would help nobody."""
    cube, _ = await stage.expired()

    await cube.logout()

    assert stage.labels == [LOGOUT]


async def test_sign_up_uses_the_key_where_there_is_no_session(stage: Stage) -> None:
    """Nobody is signed in by it."""
    cube = stage.client()

    user = await cube.users.sign_up(login="nia", password="canary-of-nia")

    assert user.login == "nia"
    assert stage.labels == [SIGN_UP]
    assert "CB-AuthKey" in stage.line.sent[0].headers
    assert "CB-Token" not in stage.line.sent[0].headers
    assert cube.session is None


async def test_sign_up_uses_the_session_where_there_is_one(stage: Stage) -> None:
    """And falls back on the key where that has expired, sent twice at most."""
    cube, session = await stage.signed_in(AppOnly())
    stage.line.sent.clear()

    await cube.users.sign_up(login="nia", password="canary-of-nia")
    stage.expire()
    await cube.users.sign_up(login="nea", password="canary-of-nea")

    assert [session.token, session.token, ""] == stage.tokens(SIGN_UP)
    assert stage.logins == ["nia", "nea"]


async def test_sign_up_works_when_signed_out(stage: Stage) -> None:
    """It needs no session, so there is nothing to be signed in for."""
    cube, _ = await stage.signed_in()
    await cube.destroy_session()

    await cube.users.sign_up(login="nia", password="canary-of-nia")

    assert stage.logins == ["mar", "nia"]
