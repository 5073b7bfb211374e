"""What opens the chat: the user's password after a login by one, else the session's token."""

from collections.abc import Callable

import pytest

from connectycube import (
    AppOnly,
    ChatRefusedError,
    CustomIdentity,
    EmailPassword,
    ExistingSession,
    Facebook,
    FirebaseEmail,
    FirebasePhone,
    ForbiddenError,
    Guest,
    LoginPassword,
    Session,
)
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import IdentityProvider

from .stage import Stage

pytestmark = pytest.mark.anyio
PROJECT = "project-of-mar"


def by_email(stage: Stage) -> AuthStrategy:
    stage.emulator.world.add_user(email="eve@example.com", password="canary-of-eve")
    return EmailPassword("eve@example.com", "canary-of-eve")


def by_phone(stage: Stage) -> AuthStrategy:
    token = stage.emulator.world.firebase_token(PROJECT, phone="+380501234567")
    return FirebasePhone(project_id=PROJECT, access_token=token)


def by_firebase_mail(stage: Stage) -> AuthStrategy:
    token = stage.emulator.world.firebase_token(PROJECT, email="eve@example.com")
    return FirebaseEmail(project_id=PROJECT, access_token=token)


def by_own_backend(stage: Stage) -> AuthStrategy:
    vouched = {"user": {"id": 2345, "login": "eve"}}
    stage.emulator.service.settings.identity = IdentityProvider(verify=lambda _asked: vouched)
    return CustomIdentity("canary-token")


def by_facebook(stage: Stage) -> AuthStrategy:
    person = {"facebook_id": "f-1"}
    stage.emulator.service.settings.verifiers = {"facebook": lambda _asked: person}
    return Facebook("canary-token")


WAYS: dict[str, Callable[[Stage], AuthStrategy]] = {
    "login": lambda _stage: LoginPassword("mar", "canary-of-mar"),
    "email": by_email,
    "firebase phone": by_phone,
    "firebase email": by_firebase_mail,
    "own backend": by_own_backend,
    "facebook": by_facebook,
    "guest": lambda _stage: Guest("Gil"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
async def test_every_way_to_sign_in_opens_the_chat(
    stage: Stage, way: Callable[[Stage], AuthStrategy]
) -> None:
    cube = stage.client(way(stage))
    async with cube.chat.connect() as chat:
        await chat.ping()
        seen = {one.user_id for one in stage.emulator.service.xmpp.sessions}

    session = await cube.get_session()
    assert {session.user_id} == {chat.user_id} == seen


@pytest.mark.parametrize("whole", [False, True], ids=["token", "session"])
async def test_a_session_from_elsewhere_opens_the_chat(stage: Stage, *, whole: bool) -> None:
    session: Session = await stage.mar.cube.create_session()
    cube = stage.client(ExistingSession(session if whole else session.token))
    async with cube.chat.connect() as chat:
        await chat.ping()

    assert stage.mar.id == chat.user_id


async def test_a_password_that_is_no_longer_right_is_refused(stage: Stage) -> None:
    """Its session lives on; what the chat asks for is the password."""
    await stage.mar.cube.create_session()
    stage.emulator.world.change_user(stage.mar.user, {"password": "canary-another"})

    with pytest.raises(ChatRefusedError, match="not-authorized"):
        await stage.mar.talks().__aenter__()


async def test_a_token_that_has_expired_is_refused(stage: Stage) -> None:
    """It ends no conversation that is open, and begins no other."""
    session = await stage.mar.cube.create_session()
    cube = stage.client(ExistingSession(session))
    async with cube.chat.connect() as chat:
        stage.emulator.world.expire_sessions(stage.mar.id)
        # What was open stays so.
        await chat.ping()

    with pytest.raises(ChatRefusedError, match="not-authorized"):
        await cube.chat.connect().__aenter__()


async def test_an_application_without_a_user_has_nobody_to_talk(stage: Stage) -> None:
    with pytest.raises(ForbiddenError):
        await stage.client(AppOnly()).chat.connect().__aenter__()
