"""Every strategy of ours keeps the Protocol's promises; the check notices one that does not."""

from collections.abc import Callable
from typing import Any

import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    Credentials,
    CustomIdentity,
    EmailPassword,
    ExistingSession,
    Facebook,
    FirebaseEmail,
    FirebasePhone,
    Guest,
    LoginPassword,
    Session,
    Twitter,
)
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import IdentityProvider, Service
from connectycube.testing import EmulatorTransport, check_auth_strategy

pytestmark = pytest.mark.anyio


async def existing(transport: EmulatorTransport) -> AuthStrategy:
    keys = transport.service.application
    cube = ConnectyCube(
        keys.id, keys.auth_key, base_url="http://localhost", auth=Guest(), transport=transport
    )
    return ExistingSession(await cube.create_session())


def made(strategy: AuthStrategy) -> Callable[[Service], AuthStrategy]:
    return lambda _service: strategy


def firebase(
    *, phone: str | None = None, email: str | None = None
) -> Callable[[Service], AuthStrategy]:
    kind = FirebasePhone if phone else FirebaseEmail

    def make(service: Service) -> AuthStrategy:
        token = service.world.firebase_token("project", phone=phone, email=email)
        return kind(project_id="project", access_token=token)

    return make


def facebook(service: Service) -> AuthStrategy:
    return Facebook(service.world.social_token("facebook", "fb-7"))


def twitter(service: Service) -> AuthStrategy:
    return Twitter(token=service.world.social_token("twitter", "tw-7"), secret="canary-secret")


def identity(service: Service) -> AuthStrategy:
    service.settings.identity = IdentityProvider(verify=lambda _: {"user": {"id": 7}})
    return CustomIdentity("canary-token-of-our-own")


@pytest.mark.parametrize(
    "make",
    [
        made(AppOnly()),
        made(LoginPassword("mara", "canary-password")),
        made(EmailPassword("mara@example.org", "canary-password")),
        made(Guest("Blue Heron")),
        firebase(phone="37120000001"),
        firebase(email="mara@example.org"),
        facebook,
        twitter,
        identity,
    ],
    ids=[
        "AppOnly",
        "LoginPassword",
        "EmailPassword",
        "Guest",
        "FirebasePhone",
        "FirebaseEmail",
        "Facebook",
        "Twitter",
        "CustomIdentity",
    ],
)
async def test_our_strategies_keep_their_promises(make: Callable[[Service], AuthStrategy]) -> None:
    """What the check asks of others holds for every strategy that is shipped."""
    transport = EmulatorTransport()

    await check_auth_strategy(make(transport.service), transport=transport)


async def test_an_existing_session_keeps_its_promises() -> None:
    """A strategy that brings a session of its own passes too."""
    transport = EmulatorTransport()

    await check_auth_strategy(await existing(transport), transport=transport)


class Custom:
    """A strategy in three lines, to be broken member by member."""

    identity: Any = "mara"

    async def credentials(self, _previous: Session | None, /) -> Any:
        return Credentials(login="mara", password="canary-password")

    async def chat_password(self, _session: Session, /) -> Any:
        return "canary-password"


class WithoutName(Custom):
    identity = ""


class Unstable(Custom):
    @property
    def identity(self) -> Any:
        self._asked = getattr(self, "_asked", 0) + 1
        return f"mara-{self._asked}"


class ProducesText(Custom):
    async def credentials(self, _previous: Session | None, /) -> Any:
        return "mara"


class RenewsWithNothing(Custom):
    async def credentials(self, previous: Session | None, /) -> Any:
        return None if previous else await super().credentials(previous)


class Talkative(Custom):
    def __repr__(self) -> str:
        return "<Talkative canary-password>"


class Speechless(Custom):
    async def chat_password(self, _session: Session, /) -> Any:
        return ""


class TwoFaced(Custom):
    calls = 0

    async def credentials(self, previous: Session | None, /) -> Any:
        self.calls += previous is None
        return Credentials(login=f"mara-{self.calls}", password="canary-password")


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (WithoutName, "identity is a non-empty text"),
        (Unstable, "identity is stable"),
        (ProducesText, "produces Credentials or a Session, not str"),
        (RenewsWithNothing, "produces Credentials or a Session, not NoneType"),
        (Talkative, "repr shows no secret"),
        (Speechless, "chat_password"),
        (TwoFaced, "the same user"),
    ],
)
async def test_a_broken_promise_is_named(kind: type[Custom], promise: str) -> None:
    """The check fails for each way to get it wrong, and says which."""
    with pytest.raises(AssertionError, match=promise):
        await check_auth_strategy(kind())
