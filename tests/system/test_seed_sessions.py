"""Rows S1-S8 and S23-S32: sessions, from the first to the last."""

import anyio
import attrs
import pytest

from connectycube import (
    AppOnly,
    AuthenticationError,
    EmailPassword,
    ExpiredSession,
    ForbiddenError,
    Guest,
    LoginPassword,
    Session,
    SessionExpiredError,
    SignedOutError,
    User,
    UserNotFoundError,
)

from .stage import AUTH_KEY, MAR, PASSWORD, SIM, Stage, token_of

pytestmark = pytest.mark.anyio


async def test_s01_nothing_works_before_authenticating(stage: Stage) -> None:
    """The client signs in by itself, as its application; what needs a user is then a typed 403."""
    with pytest.raises(ForbiddenError) as caught:
        await stage.client(AppOnly()).users.get(1001)

    assert ["POST /session", "GET /users/v2"] == stage.steps
    assert ["Forbidden. Need user."] == caught.value.messages


async def test_s02_a_session_token_gives_access(stage: Stage) -> None:
    """The service sees the token on each call after the session was made."""
    cube = stage.client()
    session = await cube.create_session()

    await cube.users.update(full_name="Mar")
    await cube.storage.create(name="a")
    await cube.get_session()

    assert [None, *[session.token] * 3] == [one.headers.get("CB-Token") for one in stage.requests]


async def test_s03_the_token_is_opaque(stage: Stage) -> None:
    """Both historic formats work, side by side, and neither shows in a repr."""
    mar, sim = stage.client(), stage.client(SIM)
    newer = await mar.create_session()
    stage.service.settings.older_tokens = True
    older = await sim.create_session()

    assert (36, 40) == (len(newer.token), len(older.token))
    assert ["mar", "sim"] == [(await one.users.update(full_name="x")).login for one in (mar, sim)]
    assert newer.token not in repr(newer)


async def test_s04_a_session_with_login_and_password(stage: Stage) -> None:
    """Both go into `user`, and nothing else does."""
    session = await stage.client().create_session()

    assert [
        {
            "application_id": 21,
            "auth_key": AUTH_KEY,
            "user": {"login": "mar", "password": PASSWORD},
        }
    ] == stage.bodies("/session")
    assert session.user_id == stage.service.world.users[0].id


async def test_s05_a_session_with_e_mail_and_password(stage: Stage) -> None:
    """The same with the address."""
    await stage.client(EmailPassword("mar@example.com", PASSWORD)).create_session()

    assert {"email": "mar@example.com", "password": PASSWORD} == stage.last.json["user"]


async def test_s06_success_yields_the_session_and_failure_an_error(stage: Stage) -> None:
    """The session has its user and is kept for later calls; a refusal is typed."""
    cube = stage.client()
    session = await cube.create_session()
    await cube.users.update(full_name="Mar")

    assert isinstance(session.user, User)
    assert session.token == stage.last.headers["CB-Token"]
    with pytest.raises(AuthenticationError):
        await stage.client(LoginPassword("mar", "canary-wrong")).create_session()


async def test_s07_an_unknown_user_is_created_on_the_fly(stage: Stage) -> None:
    """And found again by the same credentials."""
    first = await stage.client().create_session()
    second = await stage.client().create_session()

    assert first.user is not None
    assert ("mar", first.user_id) == (first.user.login, second.user_id)
    assert 1 == len(stage.service.world.users)


async def test_s08_the_application_can_deny_unknown_users(stage: Stage) -> None:
    """An error of its own, and no user."""
    stage.service.settings.create_users = False

    with pytest.raises(UserNotFoundError) as caught:
        await stage.client().create_session()

    assert (404, []) == (caught.value.status, stage.service.world.users)


async def test_s23_a_guest_with_a_display_name(stage: Stage) -> None:
    """`guest` goes out as the text 1."""
    session = await stage.client(Guest("Visitor")).create_session()

    assert session.user is not None
    assert {"guest": "1", "full_name": "Visitor"} == stage.last.json["user"]
    assert (True, "Visitor") == (session.user.is_guest, session.user.full_name)
    assert str(session.user.login).startswith("guest_login_")


async def test_s24_a_guest_lives_one_day(stage: Stage) -> None:
    """Then the user is gone, and no other takes the place."""
    stage.service.settings.guest_session_seconds = 86400
    cube = stage.client(Guest())
    session = await cube.create_session()
    stage.advance(24 * 3600 + 1)

    with pytest.raises(SessionExpiredError):
        await cube.users.update(full_name="x")

    assert session.user is not None
    assert session.user.is_guest
    assert ([], 1) == (stage.service.world.users, stage.steps.count("POST /session"))


async def test_s25_a_token_dies_two_hours_after_the_last_request(stage: Stage) -> None:
    """The window slides with each call, and the client knows its end."""
    cube = stage.client()
    session = await cube.create_session()
    for _ in range(3):
        stage.advance(3600 + 59 * 60 - 60)
        await cube.users.update(full_name="Mar")
    assert session.token == token_of(cube)
    seen = cube.session
    stage.advance(2 * 3600 + 60)

    assert session.expires_at is not None
    assert seen is not None
    assert seen.expires_at is not None
    assert seen.expires_at > session.expires_at
    with pytest.raises(SessionExpiredError):
        await cube.get_session()


@pytest.mark.parametrize("shape", ["list", "base"])
async def test_s26_an_expired_token_is_recognised_by_its_text(stage: Stage, shape: str) -> None:
    """In both shapes of the body it is the same error."""
    stage.service.settings.error_shape = "list" if shape == "list" else "base"
    cube = stage.client()
    await cube.create_session()
    stage.service.world.expire_sessions()

    with pytest.raises(SessionExpiredError) as caught:
        await cube.get_session()

    assert ["Required session does not exist"] == caught.value.messages


async def test_s27_a_new_session_is_made_where_it_can_be(stage: Stage) -> None:
    """By stored credentials or a hook; otherwise the error is the caller's."""

    async def hook(expired: ExpiredSession) -> Session | None:
        return await expired.renew()

    able = [stage.client(), stage.client(on_session_expired=hook)]
    unable = stage.client(Guest())
    for cube in (*able, unable):
        await cube.create_session()
    stage.service.world.expire_sessions()

    assert ["mar", "mar"] == [(await cube.users.update(full_name="x")).login for cube in able]
    with pytest.raises(SessionExpiredError):
        await unable.users.update(full_name="x")


async def test_s28_a_callback_is_given_at_initialisation(stage: Stage) -> None:
    """Asked once, however many calls meet the expiry."""
    asked: list[ExpiredSession] = []

    async def hook(expired: ExpiredSession) -> Session | None:
        asked.append(expired)
        return await expired.renew()

    async def renamed(number: int) -> None:
        await cube.users.update(full_name=f"Mar {number}")

    cube = stage.client(on_session_expired=hook)
    session = await cube.create_session()
    stage.service.world.expire_sessions()
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(renamed, number)

    assert [session.token] == [one.session.token for one in asked]


async def test_s29_the_callback_may_decline(stage: Stage) -> None:
    """The caller gets the error of its own request, in content if not as the same object."""

    async def hook(_: ExpiredSession) -> Session | None:
        return None

    cube = stage.client(on_session_expired=hook)
    await cube.create_session()
    stage.service.world.expire_sessions()

    with pytest.raises(SessionExpiredError) as caught:
        await cube.users.update(full_name="Mar")

    assert (401, "PUT /users/{user_id}", ["Required session does not exist"]) == (
        caught.value.status,
        caught.value.label,
        caught.value.messages,
    )


async def test_s30_the_callback_may_create_a_session(stage: Stage) -> None:
    """The request is resent once: same method, path and body, with the new token."""

    async def hook(_: ExpiredSession) -> Session | None:
        return await cube.create_session(MAR)

    cube = stage.client(on_session_expired=hook)
    session = await cube.create_session()
    stage.service.world.expire_sessions()
    stage.requests.clear()

    await cube.users.update(full_name="Mar")

    first, sign_in, again = stage.requests
    assert "POST /session" == f"{sign_in.method} {sign_in.path}"
    assert (first.method, first.path, first.body) == (again.method, again.path, again.body)
    assert [session.token, token_of(cube)] == [one.headers["CB-Token"] for one in (first, again)]


async def test_s31_the_callback_may_bring_a_session_without_a_user(stage: Stage) -> None:
    """It is taken; what needs a user is then a 403, and that is not tried again."""

    async def hook(_: ExpiredSession) -> Session | None:
        return await stage.client(AppOnly()).create_session()

    cube = stage.client(on_session_expired=hook)
    await cube.create_session()
    stage.service.world.expire_sessions()
    stage.requests.clear()

    with pytest.raises(ForbiddenError):
        await cube.storage.create(name="a")

    assert ["POST /blobs", "POST /session", "POST /blobs"] == stage.steps


async def test_s32_a_session_can_be_ended(stage: Stage) -> None:
    """The client is signed out until it signs in again, and the service forgot the token."""
    cube = stage.client()
    session = await cube.create_session()

    await cube.destroy_session()

    assert None is cube.session
    assert [] == stage.service.world.sessions
    with pytest.raises(SignedOutError):
        await cube.users.update(full_name="Mar")
    cube.set_session(attrs.evolve(session, expires_at=None))
    with pytest.raises(SessionExpiredError):
        await cube.get_session()
