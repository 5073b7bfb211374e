"""What the public calls infer. Type checkers read this; nothing runs it."""

from collections.abc import AsyncIterator, Mapping
from types import NoneType
from typing import assert_type

from connectycube import (
    UNSET,
    AiohttpTransport,
    ApiError,
    AppOnly,
    Attempt,
    AuthStrategy,
    Backoff,
    Clock,
    ConnectyCube,
    Credentials,
    EmailPassword,
    Endpoint,
    ExistingSession,
    ExpiredSession,
    Guest,
    Headers,
    Hosts,
    LoginPassword,
    NoRetry,
    Page,
    RateLimitedError,
    Request,
    Response,
    RetryPolicy,
    Session,
    Transport,
    User,
)
from connectycube.emulator import Emulator
from connectycube.testing import EmulatorTransport, FakeClock, Reply, ScriptedTransport

GET_USER = Endpoint("GET", "/users/{user_id}", User, envelope="user")
FIND = Endpoint("GET", "/users/v2", Page[User])
PING = Endpoint("GET", "/ping", NoneType)


async def calls(cube: ConnectyCube) -> None:
    assert_type(await cube.create_session(), Session)
    assert_type(await cube.create_session(Guest("Mara")), Session)
    assert_type(await cube.get_session(), Session)
    assert_type(await cube.login(LoginPassword("mara", "canary")), User)
    assert_type(cube.session, Session | None)
    assert_type(await cube.users.get(7), User)
    assert_type(await cube.users.sign_up(login="mara", password="canary"), User)
    assert_type(
        await cube.users.update(full_name=None, tags=["a"], custom_data={"a": 1}, email=UNSET), User
    )
    assert_type(await cube.call(GET_USER, path={"user_id": 7}), User)
    assert_type(await cube.call(FIND, query={"limit": 1}), Page[User])
    assert_type((await cube.call(FIND)).items, list[User])
    # Nothing comes back: a checker that lets these be used would be wrong.
    nothing: list[None] = [
        await cube.logout(),  # type: ignore[func-returns-value]
        await cube.destroy_session(),  # type: ignore[func-returns-value]
        await cube.users.delete(),  # type: ignore[func-returns-value]
        await cube.users.reset_password("m@example.org"),  # type: ignore[func-returns-value]
        await cube.call(PING),  # type: ignore[func-returns-value]
    ]
    del nothing


async def a_client_in_a_block() -> None:
    async with ConnectyCube(7, "canary") as cube:
        assert_type(cube, ConnectyCube)
        assert_type(cube.with_auth(AppOnly()), ConnectyCube)
        assert_type(cube.with_options(timeout=None, retry=NoRetry()), ConnectyCube)
    assert_type(ConnectyCube.from_env(timeout=1.0, retry=Backoff(attempts=5)), ConnectyCube)


def errors(error: ApiError, limited: RateLimitedError) -> None:
    assert_type(error.status, int)
    assert_type(error.messages, list[str])
    assert_type(error.fields, dict[str, list[str]])
    assert_type(error.label, str)
    assert_type(limited.retry_after, float | None)


class OwnStrategy:
    """Three members, no base class."""

    @property
    def identity(self) -> str | None:
        return "me"

    async def credentials(self, _previous: Session | None, /) -> Credentials:
        return Credentials(login="mara", password="canary")

    async def chat_password(self, session: Session, /) -> str:
        return session.token


class OwnResponse:
    status = 200
    headers: Mapping[str, str] = Headers()

    async def read(self) -> bytes:
        return b""

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        yield b""

    async def aclose(self) -> None: ...


class OwnTransport:
    async def send(self, _request: Request, /) -> OwnResponse:
        return OwnResponse()

    async def aclose(self) -> None: ...


class Recorder:
    """A transport around a transport."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    async def send(self, request: Request, /) -> Response:
        return await self._inner.send(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class OwnPolicy:
    def delay(self, attempt: Attempt, /) -> float | None:
        return 0.0 if attempt.number == 1 else None


async def secret() -> str:
    return "canary"


async def renew() -> Session:
    return Session.from_token("canary")


async def from_elsewhere(expired: ExpiredSession) -> Session | None:
    assert_type(expired.session, Session)
    return await expired.renew()


async def never(_expired: ExpiredSession) -> None:
    return None


STRATEGIES: list[AuthStrategy] = [
    AppOnly(),
    EmailPassword("m@example.org", secret),
    ExistingSession("canary", renew=renew),
    ExistingSession(Session.from_token("canary")),
    Guest(),
    LoginPassword("mara", secret),
    OwnStrategy(),
]
TRANSPORTS: list[Transport] = [
    AiohttpTransport(limit=1, proxy="http://localhost:1", connect_timeout=1.0),
    EmulatorTransport(),
    OwnTransport(),
    Recorder(OwnTransport()),
    ScriptedTransport([Reply(), OSError()]),
    ScriptedTransport(lambda request: Reply(body=request.label)),
]
POLICIES: list[RetryPolicy] = [Backoff(), NoRetry(), OwnPolicy()]


def own_parts(emulator: Emulator) -> None:
    ConnectyCube(7, auth=OwnStrategy(), transport=OwnTransport(), retry=OwnPolicy())
    ConnectyCube(7, "canary", hosts=emulator.hosts, base_url=emulator.base_url)
    ConnectyCube(7, "canary", hosts=Hosts(chat="localhost"), on_session_expired=from_elsewhere)
    ConnectyCube(7, "canary", on_session_expired=never, clock=FakeClock().clock)
    ConnectyCube("7", "canary", clock=Clock(wall=lambda: 0.0), timeout=None)


def mistakes() -> None:
    # Each of these is an error to a checker; strict settings complain when one no longer is.
    ConnectyCube()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ConnectyCube(7, "canary", LoginPassword("mara", "canary"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    LoginPassword("mara", secret())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportUnusedCoroutine]
    ConnectyCube(7, "canary", transport=object())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ConnectyCube(7, "canary", retry=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Session("canary")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
