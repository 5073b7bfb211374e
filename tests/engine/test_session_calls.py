"""The calls that make, tell and end a session, one by one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connectycube import (
    AppOnly,
    AuthenticationError,
    ConnectyCube,
    EmailPassword,
    ExistingSession,
    Guest,
    LoginPassword,
    Session,
    SessionExpiredError,
    SignedOutError,
    UserNotFoundError,
)

from .stage import ASK, END, MAR, SIGN_IN, SIM, UPDATE, Stage, outcomes, token_of

pytestmark = pytest.mark.anyio

LOGIN, LOGOUT, SIGN_UP = "POST /login", "DELETE /login", "POST /users"


async def test_a_session_is_made_when_first_needed(stage: Stage) -> None:
    """Nothing is sent before a call needs it, and then once."""
    cube = stage.client()
    assert token_of(cube) is None
    assert stage.labels == []

    await cube.users.update(full_name="Mar")
    await cube.users.update(full_name="Mar Sim")

    assert [SIGN_IN, UPDATE, UPDATE] == stage.labels
    assert [token_of(cube)] == stage.live_tokens


async def test_every_call_carries_the_token(stage: Stage) -> None:
    """The token, and nothing else that proves the user."""
    cube, session = await stage.signed_in()
    stage.line.sent.clear()

    await cube.users.update(full_name="Mar")

    assert [session.token] == stage.tokens(UPDATE)
    assert "CB-AuthKey" not in stage.line.sent[0].headers


@pytest.mark.parametrize(
    ("auth", "members"),
    [
        (AppOnly(), None),
        (MAR, {"login": "mar", "password": "canary-of-mar"}),
        (
            EmailPassword("m@example.com", "canary-of-mar"),
            {"email": "m@example.com", "password": "canary-of-mar"},
        ),
        (Guest("Gil"), {"guest": "1", "full_name": "Gil"}),
        (Guest(), {"guest": "1"}),
    ],
    ids=["app", "login", "email", "guest", "nameless guest"],
)
async def test_create_session_sends_the_form_of_its_strategy(
    stage: Stage, auth: Any, members: dict[str, str] | None
) -> None:
    """The body proves the user in the one form that the service knows for it."""
    cube, session = await stage.signed_in(auth)

    assert members == stage.service.requests[0].json.get("user")
    assert (session.user_id is None) == (members is None)
    assert cube.session == session


async def test_create_session_always_asks_and_replaces_the_strategy(stage: Stage) -> None:
    """What succeeds is the client's from then on, also when it is renewed."""
    cube, first = await stage.signed_in()

    again = await cube.create_session()
    sims = await cube.create_session(SIM)
    stage.expire()
    renewed = await cube.users.update(full_name="Sim")

    assert first.token != again.token
    assert first.user_id == again.user_id != sims.user_id
    assert sims.user_id == renewed.id


async def test_create_session_that_fails_changes_nothing(stage: Stage) -> None:
    """The earlier session and strategy stay."""
    cube, session = await stage.signed_in()

    with pytest.raises(AuthenticationError):
        await cube.create_session(LoginPassword("mar", "canary-wrong"))
    stage.expire()
    user = await cube.users.update(full_name="Mar")

    assert session.user_id == user.id


async def test_an_unknown_user_may_be_denied(stage: Stage) -> None:
    """Where the application creates nobody on the fly that is an error of its own."""
    stage.service.settings.create_users = False
    cube = stage.client()

    with pytest.raises(UserNotFoundError):
        await cube.create_session()

    assert stage.logins == []
    assert cube.session is None


async def test_create_session_with_an_existing_one_asks_the_service(stage: Stage) -> None:
    """A token from elsewhere is checked, and its user known from then on."""
    _, mar = await stage.signed_in()
    cube = stage.client(ExistingSession(mar.token))
    stage.line.sent.clear()

    session = await cube.create_session()

    assert stage.labels == [ASK]
    assert (mar.token, mar.user_id) == (session.token, session.user_id)
    assert session.user is not None


Call = Callable[[ConnectyCube], Awaitable[Any]]


@pytest.mark.parametrize(
    ("label", "call"),
    [
        (ASK, lambda cube: cube.get_session()),
        (LOGIN, lambda cube: cube.login(SIM)),
    ],
)
async def test_an_expired_session_is_reported_not_renewed(
    stage: Stage, label: str, call: Call
) -> None:
    """These calls are about the session itself: no sign-in, no resend."""
    cube, _ = await stage.expired()

    [result] = await outcomes([lambda: call(cube)])

    assert isinstance(result, SessionExpiredError)
    assert [label] == stage.labels


@pytest.mark.parametrize(
    "call",
    [lambda cube: cube.create_session(), lambda cube: cube.create_session(SIM)],
)
async def test_a_sign_in_that_meets_expired_is_sent_once(stage: Stage, call: Call) -> None:
    """Even where the service answers a sign-in with the text of an expired session."""
    cube, _ = await stage.signed_in()
    stage.service.faults.status(401, method="POST", path="/session", times=None)
    stage.line.sent.clear()

    [result] = await outcomes([lambda: call(cube)])

    assert isinstance(result, Exception)
    assert stage.labels == [SIGN_IN]


async def test_get_session_learns_the_user(stage: Stage) -> None:
    """The local view knows what the service told."""
    _, mar = await stage.signed_in()
    cube = stage.client()
    cube.set_session(Session.from_token(mar.token))

    told = await cube.get_session()

    assert cube.session == told
    assert (mar.user_id, 21) == (told.user_id, told.application_id)
    assert told.user is not None


async def test_destroy_session_signs_out(stage: Stage) -> None:
    """Every call that needs a session says so, until one is made."""
    cube, _ = await stage.signed_in()
    await cube.destroy_session()
    stage.line.sent.clear()

    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: cube.users.get(1),
        lambda: cube.users.update(full_name="Mar"),
        cube.users.delete,
        cube.get_session,
        cube.logout,
    ]
    results = await outcomes(calls)

    assert [SignedOutError] * 5 == [type(one) for one in results]
    assert stage.labels == []
    await cube.destroy_session()
    assert stage.labels == []


async def test_destroy_session_ends_a_given_one_that_no_call_has_used(stage: Stage) -> None:
    """Once; and one that is known to be gone is not asked about again."""
    owner, session = await stage.signed_in()
    cube, late = owner.with_auth(ExistingSession(session)), owner.with_auth(ExistingSession("gone"))
    with pytest.raises(SessionExpiredError):
        await late.users.get(1)
    stage.line.sent.clear()

    await cube.destroy_session()
    await cube.destroy_session()
    await late.destroy_session()

    assert ["DELETE /session"] == stage.labels
    with pytest.raises(SessionExpiredError):
        await owner.get_session()


@pytest.mark.parametrize(
    "enter",
    [
        lambda cube, _: cube.create_session(),
        lambda cube, _: cube.login(MAR),
    ],
)
async def test_whoever_signed_out_may_sign_in(
    stage: Stage, enter: Callable[[ConnectyCube, Stage], Awaitable[Any]]
) -> None:
    """`create_session` and `login` end the signed out state."""
    cube, _ = await stage.signed_in()
    await cube.destroy_session()

    await enter(cube, stage)

    assert (await cube.users.update(full_name="Mar")).login == "mar"


async def test_a_session_that_is_set_ends_the_signed_out_state(stage: Stage) -> None:
    """Also without a request."""
    cube, _ = await stage.signed_in()
    other, session = await stage.signed_in()
    await cube.destroy_session()

    cube.set_session(session)

    assert (await cube.users.update(full_name="Mar")).login == "mar"
    assert other.session is not None


async def test_views_share_the_session(stage: Stage) -> None:
    """`with_options` changes limits, not who is signed in."""
    cube = stage.client()
    view = cube.with_options(timeout=5)

    await view.users.update(full_name="Mar")
    assert None is not token_of(cube) == token_of(view)
    await cube.destroy_session()

    assert token_of(view) is None
    with pytest.raises(SignedOutError):
        await view.users.get(1)
    assert stage.count(SIGN_IN) == 1
    assert stage.count(END) == 1
