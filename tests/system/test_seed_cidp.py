"""Rows S61-S74: the guide to the application's own identity provider."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from connectycube import CustomIdentity, ExternalAuthError, UserNotFoundError
from connectycube.emulator import HttpVerify, IdentityProvider

from .stage import MAR, Stage

pytestmark = pytest.mark.anyio

ONE = CustomIdentity("canary-one")


class Backend:
    """The application's own backend, as a function."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, str]] = []
        self.answer: Any = {"user": {"id": 2345}}

    def __call__(self, asked: Mapping[str, str], /) -> Any:
        self.asked.append(asked)
        return self.answer


@pytest.fixture
def backend(stage: Stage) -> Backend:
    backend = Backend()
    stage.service.settings.identity = IdentityProvider(verify=backend)
    return backend


async def test_s61_the_own_user_base_is_used_in_place(stage: Stage, backend: Backend) -> None:
    """Nobody is known beforehand, and nothing of a profile is sent."""
    assert [] == stage.service.world.users
    session = await stage.client(ONE).create_session()

    [user] = stage.service.world.users
    assert (user.id, "2345", None) == (session.user_id, user.external_id, user.password)
    assert {"login", "password"} == stage.last.json["user"].keys()
    assert 1 == len(backend.asked)


async def test_s62_the_token_comes_from_the_own_backend(stage: Stage, backend: Backend) -> None:
    """An async callable is asked again for each renewal."""
    given: list[str] = []

    async def ask() -> str:
        given.append(f"canary-{len(given)}")
        return given[-1]

    cube = stage.client(CustomIdentity(ask))
    await cube.create_session()
    stage.service.world.expire_sessions()
    await cube.users.update(full_name="Mar")

    assert ["canary-0", "canary-1"] == given
    assert given == [asked["token"] for asked in backend.asked]


async def test_s63_the_token_logs_in_with_any_password(stage: Stage, backend: Backend) -> None:
    """`POST /login`, flat; the filler is another each time."""
    cube = stage.client(MAR)
    stage.service.settings.identity = None
    await cube.create_session()
    stage.service.settings.identity = IdentityProvider(verify=backend)

    users = [await cube.login(ONE) for _ in range(2)]

    first, second = stage.bodies("/login")
    assert {"login", "password"} == first.keys()
    assert ["canary-one"] * 2 == [first["login"], second["login"]]
    assert first["password"] != second["password"]
    assert users[0].id == users[1].id
    assert 2 == len(backend.asked)


@contextmanager
def verify_url(answers: list[str]) -> Iterator[str]:
    """Serve a verify URL, and note what it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.append(self.path)
            body = json.dumps({"user": {"id": 2345}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - inherited
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/verify"
        server.shutdown()
        thread.join()


async def test_s64_the_backend_is_asked_with_the_token(stage: Stage) -> None:
    """By a GET of its verify URL."""
    asked: list[str] = []
    with verify_url(asked) as url:
        stage.service.settings.identity = IdentityProvider(verify=HttpVerify(url))
        session = await stage.client(ONE).create_session()

    assert ["/verify?token=canary-one"] == asked
    assert session.user_id is not None


async def test_s65_the_verify_url_is_configured(stage: Stage, backend: Backend) -> None:
    """An application without one knows no such user."""
    stage.service.settings.identity = None
    stage.service.settings.create_users = False

    with pytest.raises(UserNotFoundError):
        await stage.client(ONE).create_session()

    assert ([], []) == (backend.asked, stage.service.world.users)


async def test_s66_confirmation_creates_the_user_once(stage: Stage, backend: Backend) -> None:
    """The first sign-in creates, the second finds."""
    first = await stage.client(ONE).create_session()
    second = await stage.client(CustomIdentity("canary-two")).create_session()

    assert first.user_id == second.user_id
    assert first.token != second.token
    assert (1, 2) == (len(stage.service.world.users), len(backend.asked))


async def test_s67_a_refusal_by_the_backend_is_told(stage: Stage, backend: Backend) -> None:
    """With the status that it gave."""
    backend.answer = (403, {"error": "blocked"})

    with pytest.raises(ExternalAuthError) as caught:
        await stage.client(ONE).create_session()

    assert (422, 403) == (caught.value.status, caught.value.provider_status)
    assert 'error = "blocked"' in str(caught.value)


async def test_s68_an_answer_without_a_uid_is_a_refusal_too(stage: Stage, backend: Backend) -> None:
    """Of the same type, without a status."""
    backend.answer = {"user": {"name": "Mar"}}

    with pytest.raises(ExternalAuthError, match="uid is required") as caught:
        await stage.client(ONE).create_session()

    assert (422, None) == (caught.value.status, caught.value.provider_status)


async def test_s69_a_failure_inside_a_success_is_a_failure(stage: Stage, backend: Backend) -> None:
    """Seen with status 200; the same error, which keeps that status."""
    stage.service.settings.external_failure_in_200 = True
    backend.answer = (404, {"error": "Token invalid"})
    cube = stage.client(ONE)

    with pytest.raises(ExternalAuthError) as caught:
        await cube.create_session()

    assert (200, 404) == (caught.value.status, caught.value.provider_status)
    assert None is cube.session


async def test_s70_the_last_step_is_the_chat(stage: Stage, backend: Backend) -> None:
    """User id and session token are what it will want; the chat itself comes later."""
    session = await stage.client(ONE).create_session()

    assert session.token == await ONE.chat_password(session)
    assert session.user_id == stage.service.world.users[0].id
    assert 1 == len(backend.asked)


async def test_s71_the_feature_is_enabled_per_application(stage: Stage, backend: Backend) -> None:
    """Off, a token is a login like any other, and too long for one; on, it is verified."""
    token = CustomIdentity("canary" * 50)
    stage.service.settings.identity = None
    with pytest.raises(UserNotFoundError):
        await stage.client(token).create_session()
    stage.service.settings.identity = IdentityProvider(verify=backend)

    assert (await stage.client(token).create_session()).user_id is not None
    assert 1 == len(backend.asked)


async def test_s72_the_request_mapping_names_the_parameter(stage: Stage, backend: Backend) -> None:
    """A template turns the login into whatever the backend calls it."""
    mapping = {"access": "Bearer #{login}", "app": "mine"}
    stage.service.settings.identity = IdentityProvider(verify=backend, request_mapping=mapping)

    await stage.client(ONE).create_session()

    assert [{"access": "Bearer canary-one", "app": "mine"}] == backend.asked


async def test_s73_the_response_mapping_selects_the_uid(stage: Stage, backend: Backend) -> None:
    """By a dotted path into the backend's JSON."""
    mapping = {"uid": "#{data.account.key}"}
    stage.service.settings.identity = IdentityProvider(verify=backend, response_mapping=mapping)
    backend.answer = {"data": {"account": {"key": "k-7"}}, "user": {"id": 1}}

    await stage.client(ONE).create_session()

    assert ["k-7"] == [user.external_id for user in stage.service.world.users]


async def test_s74_a_filler_goes_along_where_the_sample_has_none(
    stage: Stage, backend: Backend
) -> None:
    """At both endpoints, never empty, never the same."""
    cube = stage.client(ONE)
    await cube.create_session()
    await cube.login(ONE)

    [session] = stage.bodies("/session")
    [login] = stage.bodies("/login")
    fillers = {session["user"]["password"], login["password"]}
    assert (2, True) == (len(fillers), all(fillers))
    assert 2 == len(backend.asked)
