"""Rows S9-S22: users whom another service vouches for."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from connectycube import (
    AuthenticationError,
    CustomIdentity,
    Endpoint,
    ExternalAuthError,
    FirebaseEmail,
    FirebasePhone,
    LoginPassword,
    Needs,
    Session,
    User,
)
from connectycube.emulator import IdentityProvider

from .stage import AUTH_KEY, Stage

pytestmark = pytest.mark.anyio

PROJECT: Final = "project-of-mar"
JWT: Final = "eyJhbGciOiJIUzI1NiJ9." + "canary" * 50 + ".signature"


class Backend:
    """The application's own user base: a few tokens of one user, one of another."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, str]] = []
        self.users = {"canary-one": 2345, "canary-two": 2345, "canary-other": 9, JWT: 2345}

    def __call__(self, asked: Mapping[str, str], /) -> Any:
        self.asked.append(asked)
        return {"user": {"id": self.users[asked["token"]]}}


@pytest.fixture
def backend(stage: Stage) -> Backend:
    backend = Backend()
    stage.service.settings.identity = IdentityProvider(verify=backend)
    return backend


def phone(stage: Stage) -> FirebasePhone:
    token = stage.service.world.firebase_token(PROJECT, phone="+380501234567")
    return FirebasePhone(project_id=PROJECT, access_token=token)


def email(stage: Stage) -> FirebaseEmail:
    token = stage.service.world.firebase_token(PROJECT, email="mar@example.com")
    return FirebaseEmail(project_id=PROJECT, access_token=token)


async def test_s09_a_session_from_a_phone_number_through_firebase(stage: Stage) -> None:
    """Project and token in an object named like the provider."""
    strategy = phone(stage)
    session = await stage.client(strategy).create_session()

    body = stage.last.json
    assert "firebase_phone" == body["provider"]
    assert {"project_id": PROJECT, "access_token": strategy.access_token} == body["firebase_phone"]
    assert session.user is not None
    assert "380501234567" == session.user.phone


async def test_s10_bracket_keys_are_nested(stage: Stage) -> None:
    """The service does not understand them in JSON; ours are objects, and are accepted."""
    strategy = phone(stage)
    flat: Endpoint[Session] = Endpoint(
        "POST", "/session", Session, envelope="session", needs=Needs.NOTHING, authenticating=True
    )
    body = {
        "application_id": 21,
        "auth_key": AUTH_KEY,
        "provider": "firebase_phone",
        "firebase_phone[project_id]": PROJECT,
        "firebase_phone[access_token]": strategy.access_token,
    }
    cube = stage.client(strategy)

    with pytest.raises(ExternalAuthError) as caught:
        await cube.call(flat, body=body)

    assert 422 == caught.value.status
    assert (await cube.create_session()).user_id is not None
    assert [] == [name for name in stage.last.json if "[" in name]


async def test_s11_the_result_is_a_session_with_its_user(stage: Stage) -> None:
    """Not a user, as the sample calls it."""
    session = await stage.client(phone(stage)).create_session()

    assert isinstance(session, Session)
    assert isinstance(session.user, User)
    assert session.user_id == session.user.id


async def test_s12_a_phone_number_logs_in_on_a_session_too(stage: Stage) -> None:
    """Both routes find the same user; the second needs a session, and makes one."""
    session = await stage.client(phone(stage)).create_session()
    stage.requests.clear()

    user = await stage.client().login(phone(stage))

    assert session.user_id == user.id
    assert ["POST /session", "POST /login"] == stage.steps
    assert "firebase_phone" == stage.last.json["provider"]


async def test_s13_a_session_from_an_e_mail_through_firebase(stage: Stage) -> None:
    """Nested likewise."""
    strategy = email(stage)
    session = await stage.client(strategy).create_session()

    body = stage.last.json
    assert "firebase_email" == body["provider"]
    assert {"project_id": PROJECT, "access_token": strategy.access_token} == body["firebase_email"]
    assert session.user is not None
    assert "mar@example.com" == session.user.email


async def test_s14_an_e_mail_logs_in_on_a_session_too(stage: Stage) -> None:
    """Both routes find the same user."""
    session = await stage.client(email(stage)).create_session()
    stage.requests.clear()

    user = await stage.client().login(email(stage))

    assert session.user_id == user.id
    assert ["POST /session", "POST /login"] == stage.steps


async def test_s15_the_own_user_base_authenticates(stage: Stage, backend: Backend) -> None:
    """It is asked once for one sign-in."""
    await stage.client(CustomIdentity("canary-one")).create_session()

    assert [{"token": "canary-one"}] == backend.asked


async def test_s16_no_user_data_is_copied(stage: Stage, backend: Backend) -> None:
    """The token and a filler go out, and nothing of a profile."""
    await stage.client(CustomIdentity("canary-one")).create_session()

    assert {"login", "password"} == stage.last.json["user"].keys()
    assert 1 == len(backend.asked)


async def test_s17_the_token_may_be_of_any_length(stage: Stage, backend: Backend) -> None:
    """It travels as the login, and the rules of logins do not apply to it."""
    session = await stage.client(CustomIdentity(JWT)).create_session()

    assert len(JWT) > 300
    assert (JWT, [{"token": JWT}]) == (stage.last.json["user"]["login"], backend.asked)
    assert session.user_id is not None


async def test_s18_a_filler_stands_for_the_password(stage: Stage, backend: Backend) -> None:
    """The service refuses a body without one; ours is random and never empty."""
    bare: Endpoint[User] = Endpoint("POST", "/login", User, envelope="user", authenticating=True)
    cube = stage.client(CustomIdentity("canary-one"))
    await cube.create_session()
    filler = stage.last.json["user"]["password"]

    with pytest.raises(Exception, match="password cannot be blank"):
        await cube.call(bare, body={"login": "canary-one"})

    assert len(filler) >= 16
    assert 1 == len(backend.asked)


async def test_s19_success_creates_the_underlying_user(stage: Stage, backend: Backend) -> None:
    """Two tokens of one uid are one user; another uid is another."""
    ids = [
        (await stage.client(CustomIdentity(token)).create_session()).user_id
        for token in ("canary-one", "canary-two", "canary-other")
    ]

    assert ids[0] == ids[1] != ids[2]
    assert ["2345", "9"] == [user.external_id for user in stage.service.world.users]
    assert 3 == len(backend.asked)


async def test_s20_everything_works_afterwards(stage: Stage, backend: Backend) -> None:
    """As after any other sign-in."""
    cube = stage.client(CustomIdentity("canary-one"))
    session = await cube.create_session()

    user = await cube.users.update(full_name="Mar")

    assert (session.user_id, "Mar") == (user.id, user.full_name)
    assert 1 == len(backend.asked)


async def test_s21_no_password_is_kept(stage: Stage, backend: Backend) -> None:
    """The filler opens nothing: neither by the token nor by the user's own login."""
    session = await stage.client(CustomIdentity("canary-one")).create_session()
    filler = stage.last.json["user"]["password"]
    assert session.user is not None
    login = session.user.login
    assert login is not None
    stage.service.settings.identity = None

    with pytest.raises(AuthenticationError) as caught:
        await stage.client(LoginPassword(login, filler)).create_session()

    assert 401 == caught.value.status
    assert 1 == len(backend.asked)


async def test_s22_the_chat_password_is_the_session_token(stage: Stage, backend: Backend) -> None:
    """What the strategy will tell the chat, which comes later; never the filler."""
    strategy = CustomIdentity("canary-one")
    session = await stage.client(strategy).create_session()

    assert session.token == await strategy.chat_password(session)
    assert 1 == len(backend.asked)
