"""Logins that an application's own backend verifies (CIdP), on both endpoints."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.identity import IdentityProvider
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.service import Service
from connectycube.emulator.settings import Settings

KEYS = {"application_id": 21, "auth_key": "emulator-auth-key"}
TOKEN = "eyJhbGciOiJIUzI1NiJ9." + "t" * 300 + ".signature"
BLANK = {"errors": {"password": ["cannot be blank"]}}


class Backend:
    """An application's own backend, which knows some tokens."""

    def __init__(self, **known: Any) -> None:
        self.known = {TOKEN: {"user": {"id": 2345}}, **known}
        self.asked: list[Mapping[str, str]] = []

    def __call__(self, parameters: Mapping[str, str], /) -> Any:
        self.asked.append(parameters)
        found = self.known.get(parameters.get("token", ""))
        return (404, {"error": "Token invalid"}) if found is None else found


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def service(backend: Backend) -> Service:
    clock = Clock(datetime(2024, 6, 10, 9, 20, tzinfo=UTC), frozen=True)
    service = Service(clock=clock, settings=Settings(identity=IdentityProvider(verify=backend)))
    service.world.add_user(login="mara", password="long-enough-1", email="mara@example.org")
    return service


def send(service: Service, path: str, body: Any, token: str = "") -> tuple[int, Any]:
    request = WireRequest("POST", path, "", {"CB-Token": token}, json.dumps(body).encode())
    response = service.receive(request).response
    assert response is not None
    return response.status, json.loads(response.body)


def enter(service: Service, endpoint: str, **form: Any) -> tuple[int, Any]:
    """Bring the same form to either endpoint, and return the user or the errors."""
    if endpoint == "session":
        status, answer = send(service, "/session", {**KEYS, "user": form})
        return status, answer["session"]["user"] if "session" in answer else answer
    token = service.world.open_session(None, ts=0).token
    status, answer = send(service, "/login", form, token)
    return status, answer.get("user", answer)


both = pytest.mark.parametrize("endpoint", ["session", "login"])


@both
def test_first_login_creates_the_user_and_later_ones_find_it(
    service: Service, backend: Backend, endpoint: str
) -> None:
    """Any two tokens of one uid are one user, on either endpoint, whatever the filler."""
    backend.known["other"] = {"user": {"id": "2345"}}
    first = enter(service, endpoint, login=TOKEN, password="x")[1]
    again = enter(service, "login", login="other", password="y")
    once_more = enter(service, "session", login="other", password="z")

    assert ("ext_2345", "2345") == (first["login"], first["external_id"])
    assert [(202, first["id"]), (201, first["id"])] == [
        (status, user["id"]) for status, user in (again, once_more)
    ]
    assert [{"token": TOKEN}, {"token": "other"}, {"token": "other"}] == backend.asked
    assert 2 == len(service.world.users)


@both
def test_no_password_is_kept(service: Service, backend: Backend, endpoint: str) -> None:
    """The filler opens nothing later: neither by the user's login nor once the feature is off."""
    enter(service, endpoint, login=TOKEN, password="filler-filler")
    asked = len(backend.asked)
    by_login = enter(service, endpoint, login="ext_2345", password="filler-filler")
    service.settings.identity = None
    by_token = enter(service, endpoint, login=TOKEN, password="filler-filler")

    assert None is service.world.users[1].password
    assert (401, {"errors": ["Invalid password"]}) == by_login
    assert (404, {"errors": ["User not found"]}) == by_token
    assert asked == len(backend.asked)


@both
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"login": "mara", "password": "long-enough-1"}, 200),
        ({"login": "mara", "password": "wrong"}, 401),
        ({"email": "mara@example.org", "password": "long-enough-1"}, 200),
        ({"email": "new@example.org", "password": "long-enough-2"}, 200),
    ],
)
def test_local_users_are_not_asked_about(
    service: Service, backend: Backend, endpoint: str, form: dict[str, str], status: int
) -> None:
    """A login that somebody has is no token, and neither is an e-mail."""
    answered = enter(service, endpoint, **form)[0]

    assert status == (answered if answered >= 400 else 200)
    assert [] == backend.asked


@both
@pytest.mark.parametrize("form", [{}, {"password": ""}, {"password": None}])
def test_password_must_be_there(
    service: Service, backend: Backend, endpoint: str, form: dict[str, Any]
) -> None:
    """A token alone is refused before anybody is asked."""
    assert (422, BLANK) == enter(service, endpoint, login=TOKEN, **form)
    assert [] == backend.asked


def raising(_parameters: Mapping[str, str], /) -> Any:
    raise PermissionError("no such token")


MISSING = {"base": ["Custom Identity Provider uid is required"]}


def refused(reason: str, status: int) -> dict[str, list[str]]:
    text = f'responded with an error = "{reason}". Status code = {status}'
    return {"base": [f"Custom Identity Provider {text}"]}


@both
@pytest.mark.parametrize(
    ("answer", "errors"),
    [
        ((404, {"error": "Token invalid"}), refused("Token invalid", 404)),
        ((401, {"message": "Expired"}), refused("Expired", 401)),
        ((503, "<html>"), refused("<html>", 503)),
        ((302, None), refused("None", 302)),
        (raising, refused("no such token", 500)),
        ({}, MISSING),
        (None, MISSING),
        ("2345", MISSING),
        ([], MISSING),
        ({"user": {"id": None}}, MISSING),
        ({"user": {"id": ""}}, MISSING),
        ({"user": {"id": {"deep": 1}}}, MISSING),
        ({"user": {"id": True}}, MISSING),
        ({"user": 2345}, MISSING),
    ],
)
def test_failure_is_told_in_the_known_words(
    service: Service, endpoint: str, answer: Any, errors: Any
) -> None:
    """A refusal carries the backend's status and reason; an answer without uid is one too."""
    verify = answer if callable(answer) else lambda _: answer
    service.settings.identity = IdentityProvider(verify=verify)

    assert (422, {"errors": errors}) == enter(service, endpoint, login="t", password="x")
    service.settings.external_failure_in_200 = True
    inside = enter(service, endpoint, login="t", password="x")
    assert (200, {"errors": errors["base"]}) == inside
    assert 1 == len(service.world.users)


def test_older_text_of_a_refusal(service: Service) -> None:
    """Older deployments tell a refusal in other words."""
    service.settings.older_texts = True
    text = "Bad Authentication data. Unauthorized on remote side. Status: 404"

    assert (422, {"errors": [text]}) == enter(service, "session", login="bad", password="x")


@pytest.mark.parametrize(
    ("mappings", "asked", "uid"),
    [
        ({}, {"token": "T"}, "7"),
        (
            {"request_mapping": {"key": "Bearer #{login}", "v": "1"}},
            {"key": "Bearer T", "v": "1"},
            "7",
        ),
        ({"request_mapping": {"a": "#{password}#{other}"}}, {"a": "filler"}, "7"),
        ({"response_mapping": {"uid": "#{user.deep.er}"}}, {"token": "T"}, "leaf"),
        ({"response_mapping": {"uid": "crm-#{user.id}"}}, {"token": "T"}, "crm-7"),
    ],
)
def test_mappings_are_templates(service: Service, mappings: Any, asked: Any, uid: str) -> None:
    """The request mapping fills parameters, the response mapping picks members by dotted paths."""
    seen: list[Any] = []

    def verify(parameters: Mapping[str, str], /) -> Any:
        seen.append(dict(parameters))
        return {"user": {"id": 7, "deep": {"er": "leaf"}}}

    service.settings.identity = IdentityProvider(verify=verify, **mappings)
    user = enter(service, "session", login="T", password="filler")[1]

    assert ([asked], uid) == (seen, user["external_id"])


def test_mapping_without_uid_counts_as_none(service: Service, backend: Backend) -> None:
    """A wrong mapping is answered like a feature that is off."""
    service.settings.identity = IdentityProvider(verify=backend, response_mapping={"id": "#{id}"})

    assert (404, {"errors": ["User not found"]}) == enter(
        service, "session", login=TOKEN, password="x"
    )


def test_user_that_the_application_made_itself_is_found(service: Service) -> None:
    """A user whose external id was set on sign-up is the one that the uid names."""
    user = service.world.add_user(login="ext_2345")
    made = enter(service, "session", login=TOKEN, password="x")[1]
    user.external_id = "9"
    service.world.remove_user(made["id"])
    other = enter(service, "session", login=TOKEN, password="x")[1]
    user.external_id, user.login = "2345", "crm"
    service.world.remove_user(other["id"])

    assert (None, None) == (made["login"], other["login"])  # somebody has that login
    assert user.id == enter(service, "session", login=TOKEN, password="x")[1]["id"]


def test_backend_may_call_the_service_while_it_is_asked(service: Service) -> None:
    """Nobody is locked out while the backend thinks."""
    with ThreadPoolExecutor(1) as pool:

        def verify(_: Mapping[str, str], /) -> Any:
            asked = pool.submit(send, service, "/session", KEYS)
            return {"user": {"id": asked.result(timeout=5)[0]}}

        service.settings.identity = IdentityProvider(verify=verify)
        user = enter(service, "session", login="t", password="x")[1]

    assert "201" == user["external_id"]


def test_reset_brings_back_the_provider_of_the_start(service: Service) -> None:
    """Who vouches is a setting like the others."""
    built_with = service.settings.identity
    assert service.may_wait
    service.settings.identity = None
    service.settings.verifiers = {"facebook": lambda _: None}
    assert service.may_wait
    service.reset()

    assert (built_with, {}) == (service.settings.identity, service.settings.verifiers)
    assert not Service().may_wait
    assert TOKEN not in repr(attrs.evolve(service.settings))
