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

from .seed_stage import AUTH_KEY, Seed

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
def seed() -> Seed:
    return Seed()


@pytest.fixture
def backend(seed: Seed) -> Backend:
    backend = Backend()
    seed.service.settings.identity = IdentityProvider(verify=backend)
    return backend


def phone(seed: Seed) -> FirebasePhone:
    token = seed.service.world.firebase_token(PROJECT, phone="+380501234567")
    return FirebasePhone(project_id=PROJECT, access_token=token)


def email(seed: Seed) -> FirebaseEmail:
    token = seed.service.world.firebase_token(PROJECT, email="mar@example.com")
    return FirebaseEmail(project_id=PROJECT, access_token=token)


async def test_s09_a_session_from_a_phone_number_through_firebase(seed: Seed) -> None:
    """Project and token in an object named like the provider."""
    strategy = phone(seed)
    session = await seed.client(strategy).create_session()

    body = seed.last.json
    assert "firebase_phone" == body["provider"]
    assert {"project_id": PROJECT, "access_token": strategy.access_token} == body["firebase_phone"]
    assert session.user is not None
    assert "380501234567" == session.user.phone


async def test_s10_bracket_keys_are_nested(seed: Seed) -> None:
    """The service does not understand them in JSON; ours are objects, and are accepted."""
    strategy = phone(seed)
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
    cube = seed.client(strategy)

    with pytest.raises(ExternalAuthError) as caught:
        await cube.call(flat, body=body)

    assert 422 == caught.value.status
    assert (await cube.create_session()).user_id is not None
    assert [] == [name for name in seed.last.json if "[" in name]


async def test_s11_the_result_is_a_session_with_its_user(seed: Seed) -> None:
    """Not a user, as the sample calls it."""
    session = await seed.client(phone(seed)).create_session()

    assert isinstance(session, Session)
    assert isinstance(session.user, User)
    assert session.user_id == session.user.id


async def test_s12_a_phone_number_logs_in_on_a_session_too(seed: Seed) -> None:
    """Both routes find the same user; the second needs a session, and makes one."""
    session = await seed.client(phone(seed)).create_session()
    seed.requests.clear()

    user = await seed.client().login(phone(seed))

    assert session.user_id == user.id
    assert ["POST /session", "POST /login"] == seed.steps
    assert "firebase_phone" == seed.last.json["provider"]


async def test_s13_a_session_from_an_e_mail_through_firebase(seed: Seed) -> None:
    """Nested likewise."""
    strategy = email(seed)
    session = await seed.client(strategy).create_session()

    body = seed.last.json
    assert "firebase_email" == body["provider"]
    assert {"project_id": PROJECT, "access_token": strategy.access_token} == body["firebase_email"]
    assert session.user is not None
    assert "mar@example.com" == session.user.email


async def test_s14_an_e_mail_logs_in_on_a_session_too(seed: Seed) -> None:
    """Both routes find the same user."""
    session = await seed.client(email(seed)).create_session()
    seed.requests.clear()

    user = await seed.client().login(email(seed))

    assert session.user_id == user.id
    assert ["POST /session", "POST /login"] == seed.steps


async def test_s15_the_own_user_base_authenticates(seed: Seed, backend: Backend) -> None:
    """It is asked once for one sign-in."""
    await seed.client(CustomIdentity("canary-one")).create_session()

    assert [{"token": "canary-one"}] == backend.asked


async def test_s16_no_user_data_is_copied(seed: Seed, backend: Backend) -> None:
    """The token and a filler go out, and nothing of a profile."""
    await seed.client(CustomIdentity("canary-one")).create_session()

    assert {"login", "password"} == seed.last.json["user"].keys()
    assert 1 == len(backend.asked)


async def test_s17_the_token_may_be_of_any_length(seed: Seed, backend: Backend) -> None:
    """It travels as the login, and the rules of logins do not apply to it."""
    session = await seed.client(CustomIdentity(JWT)).create_session()

    assert len(JWT) > 300
    assert (JWT, [{"token": JWT}]) == (seed.last.json["user"]["login"], backend.asked)
    assert session.user_id is not None


async def test_s18_a_filler_stands_for_the_password(seed: Seed, backend: Backend) -> None:
    """The service refuses a body without one; ours is random and never empty."""
    bare: Endpoint[User] = Endpoint("POST", "/login", User, envelope="user", authenticating=True)
    cube = seed.client(CustomIdentity("canary-one"))
    await cube.create_session()
    filler = seed.last.json["user"]["password"]

    with pytest.raises(Exception, match="password cannot be blank"):
        await cube.call(bare, body={"login": "canary-one"})

    assert len(filler) >= 16
    assert 1 == len(backend.asked)


async def test_s19_success_creates_the_underlying_user(seed: Seed, backend: Backend) -> None:
    """Two tokens of one uid are one user; another uid is another."""
    ids = [
        (await seed.client(CustomIdentity(token)).create_session()).user_id
        for token in ("canary-one", "canary-two", "canary-other")
    ]

    assert ids[0] == ids[1] != ids[2]
    assert ["2345", "9"] == [user.external_id for user in seed.service.world.users]
    assert 3 == len(backend.asked)


async def test_s20_everything_works_afterwards(seed: Seed, backend: Backend) -> None:
    """As after any other sign-in."""
    cube = seed.client(CustomIdentity("canary-one"))
    session = await cube.create_session()

    user = await cube.users.update(full_name="Mar")

    assert (session.user_id, "Mar") == (user.id, user.full_name)
    assert 1 == len(backend.asked)


async def test_s21_no_password_is_kept(seed: Seed, backend: Backend) -> None:
    """The filler opens nothing: neither by the token nor by the user's own login."""
    session = await seed.client(CustomIdentity("canary-one")).create_session()
    filler = seed.last.json["user"]["password"]
    assert session.user is not None
    login = session.user.login
    assert login is not None
    seed.service.settings.identity = None

    with pytest.raises(AuthenticationError) as caught:
        await seed.client(LoginPassword(login, filler)).create_session()

    assert 401 == caught.value.status
    assert 1 == len(backend.asked)


async def test_s22_the_chat_password_is_the_session_token(seed: Seed, backend: Backend) -> None:
    """What the strategy will tell the chat, which comes later; never the filler."""
    strategy = CustomIdentity("canary-one")
    session = await seed.client(strategy).create_session()

    assert session.token == await strategy.chat_password(session)
    assert 1 == len(backend.asked)
