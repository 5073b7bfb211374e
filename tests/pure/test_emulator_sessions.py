"""Sessions, logins and guests of the emulator, and how they end."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import attrs
import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest, WireResponse
from connectycube.emulator.service import Service

KEYS = {"application_id": 21, "auth_key": "emulator-auth-key"}
MARA = {"login": "mara", "password": "long-enough-1"}
HOUR = 3600.0
EXPIRED = {"errors": {"base": ["Required session does not exist"]}}


@pytest.fixture
def service() -> Service:
    start = datetime(2024, 6, 10, 9, 5, 9, 400_000, tzinfo=UTC)
    service = Service(clock=Clock(start, frozen=True))
    service.world.add_user(login="mara", password="long-enough-1", email="mara@example.org")
    return service


def send(
    service: Service, method: str, path: str, body: Any = None, token: str = ""
) -> WireResponse:
    headers = {"cb-token": token, "content-type": "application/json;charset=utf-8"}
    content = b"" if body is None else json.dumps(body).encode()
    outcome = service.receive(WireRequest(method, path, "", headers, content))
    assert outcome.response is not None
    return outcome.response


def parsed(response: WireResponse) -> tuple[int, Any]:
    return response.status, json.loads(response.body) if response.body else None


def open_session(service: Service, user: Any = None, **more: Any) -> Any:
    body = {**KEYS, **more} if user is None else {**KEYS, "user": user, **more}
    status, answer = parsed(send(service, "POST", "/session", body))
    assert status == 201
    return answer["session"]


def ends(response: WireResponse) -> datetime:
    text = response.headers["CB-Token-ExpirationDate"]
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)


def lifetime(response: WireResponse) -> timedelta:
    return ends(response) - parsedate_to_datetime(response.headers["Date"])


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        ({"application_id": 22}, 401, ["Unauthorized"]),
        ({"auth_key": "wrong"}, 401, ["Unauthorized"]),
        ({"auth_key": None}, 401, ["Unauthorized"]),
        ({"user": {**MARA, "password": "nope"}}, 401, ["Invalid password"]),
        ({"user": {"login": "mara"}}, 422, {"password": ["cannot be blank"]}),
        ({"user": {}}, 422, ["Both user login and email can't be blank"]),
        ({"user": "mara"}, 422, ["Both user login and email can't be blank"]),
        (
            {"user": {"login": "nobody", "password": "short"}},
            422,
            {"password": ["is too short (minimum is 8 characters)"]},
        ),
        ({"user": {"login": ["x"], "password": "x"}}, 422, {"login": ["must be a string"]}),
        ({"user": {"login": "e" * 71, "password": "filler"}}, 404, ["User not found"]),
        ({"provider": "myspace"}, 422, ["Bad Authentication data. Unknown provider"]),
        (
            {"provider": "facebook", "keys": {"token": "t"}},
            422,
            ["Bad Authentication data. The token is not valid"],
        ),
    ],
)
def test_session_is_refused_with_the_known_text(
    service: Service, body: Any, status: int, answer: Any
) -> None:
    """Each wrong session request gets its own status and words."""
    response = send(service, "POST", "/session", {**KEYS, **body})

    assert (status, {"errors": answer}) == parsed(response)
    assert "CB-Token-ExpirationDate" not in response.headers


def test_application_session_has_no_user(service: Service) -> None:
    """A session without a user form belongs to the application; keys may come as strings."""
    session = open_session(service, application_id="21")

    assert session["user_id"] is None
    assert session["application_id"] == 21
    assert "user" not in session


def test_unknown_user_is_created_on_the_fly(service: Service) -> None:
    """A session for an unknown user creates that user, unless the application denies it."""
    first = open_session(service, {"email": "new@example.org", "password": "long-enough-2"})
    again = open_session(service, {"email": "new@example.org", "password": "long-enough-2"})
    service.settings.create_users = False
    other = {"login": "other", "password": "long-enough-3"}
    denied = send(service, "POST", "/session", {**KEYS, "user": other})

    assert first["user_id"] == again["user_id"] == first["id"]
    assert (404, {"errors": ["User not found"]}) == parsed(denied)
    assert ["mara", None] == [user.login for user in service.world.users]


def test_each_session_has_its_own_token(service: Service) -> None:
    """A new session leaves the earlier ones of the same user alive."""
    tokens = [open_session(service, MARA)["token"] for _ in range(3)]

    assert 3 == len(set(tokens))
    assert [200] * 3 == [send(service, "GET", "/session", token=one).status for one in tokens]


@pytest.mark.parametrize(("older", "form"), [(False, "[0-9A-F]{36}"), (True, "[0-9a-f]{40}")])
def test_tokens_have_the_form_of_their_backend(*, service: Service, older: bool, form: str) -> None:
    """Newer tokens are 36 upper-case hex digits, older ones 40 lower-case."""
    service.settings.older_tokens = older

    assert re.fullmatch(form, open_session(service)["token"])


def test_session_slides_for_two_hours_after_each_request(service: Service) -> None:
    """Every request pushes the end two hours away, and the end is told with the date."""
    token = open_session(service, MARA)["token"]

    for _ in range(3):
        service.clock.advance(2 * HOUR - 60)
        response = send(service, "GET", "/session", token=token)
        assert response.status == 200
        assert timedelta(hours=2) == lifetime(response)

    service.clock.advance(2 * HOUR + 60)
    assert (401, EXPIRED) == parsed(send(service, "GET", "/session", token=token))


@pytest.mark.parametrize(
    ("shape", "answer"),
    [
        ("base", EXPIRED),
        ("list", {"errors": ["Required session does not exist"]}),
        ("legacy", {"code": None, "message": "Required session does not exist"}),
    ],
)
def test_expired_session_is_told_in_the_chosen_shape(
    service: Service, shape: Any, answer: Any
) -> None:
    """The text that drives recovery was seen in three shapes."""
    service.settings.error_shape = shape

    assert (401, answer) == parsed(send(service, "GET", "/session", token="gone"))


def test_a_failed_call_still_pushes_the_expiry(service: Service) -> None:
    """A request with a live session counts as activity even when it is refused."""
    token = open_session(service, MARA)["token"]
    service.clock.advance(1.5 * HOUR)
    refused = send(service, "POST", "/users/password/reset", {}, token)
    service.clock.advance(1.5 * HOUR)

    assert 422 == refused.status
    assert 200 == send(service, "GET", "/session", token=token).status


def test_guest_vanishes_a_day_after_it_came(service: Service) -> None:
    """A guest lives 24 hours however active it is, and its sessions end with it."""
    session = open_session(service, {"guest": "1", "full_name": "Blue Heron"})
    token = session["token"]

    for _ in range(22):
        service.clock.advance(HOUR)
        assert 200 == send(service, "GET", "/session", token=token).status
    service.clock.advance(HOUR)
    left = lifetime(send(service, "GET", "/session", token=token))
    service.clock.advance(HOUR)
    gone = send(service, "GET", "/session", token=token)

    assert re.fullmatch("guest_login_[0-9A-F]{36}", session["user"]["login"])
    assert (True, "") == (session["user"]["is_guest"], session["user"]["phone"])
    assert timedelta(hours=1) == left
    assert (401, EXPIRED) == parsed(gone)
    assert ["mara"] == [user.login for user in service.world.users]


def test_guest_session_may_be_told_to_last_a_day(service: Service) -> None:
    """The contract's other reading of a guest session's life is one switch away."""
    service.settings.guest_session_seconds = 24 * HOUR
    response = send(service, "POST", "/session", {**KEYS, "user": {"guest": "1"}})

    assert timedelta(hours=24) == lifetime(response)


def test_no_password_opens_a_guest(service: Service) -> None:
    """A guest has no password, so none fits."""
    login = open_session(service, {"guest": "1"})["user"]["login"]
    response = send(
        service, "POST", "/session", {**KEYS, "user": {"login": login, "password": "guessed-1"}}
    )

    assert (401, {"errors": ["Invalid password"]}) == parsed(response)


def test_login_puts_a_user_on_the_session_and_logout_takes_it_off(service: Service) -> None:
    """The token stays the same through login and logout."""
    token = open_session(service)["token"]

    before = send(service, "DELETE", "/login", token=token)
    login = send(service, "POST", "/login", MARA, token)
    during = parsed(send(service, "GET", "/session", token=token))[1]["session"]
    logout = send(service, "DELETE", "/login", token=token)
    after = parsed(send(service, "GET", "/session", token=token))[1]["session"]

    assert (403, {"errors": {"base": ["Forbidden. Need user."]}}) == parsed(before)
    assert (202, "mara") == (login.status, parsed(login)[1]["user"]["login"])
    assert (during["user_id"], token) == (during["user"]["id"], during["token"])
    assert (200, None) == parsed(logout)
    assert None is after["user_id"]


def test_destroyed_session_is_gone(service: Service) -> None:
    """A destroyed session answers like an expired one, and names no end when it goes."""
    token = open_session(service, MARA)["token"]

    destroyed = send(service, "DELETE", "/session.json", token=token)

    assert (200, None) == parsed(destroyed)
    assert "CB-Token-ExpirationDate" not in destroyed.headers
    assert (401, EXPIRED) == parsed(send(service, "DELETE", "/session", token=token))


def test_empty_token_counts_as_none(service: Service) -> None:
    """One SDK sends an empty token before it has a session."""
    assert (401, {"errors": ["Token is required"]}) == parsed(send(service, "GET", "/session"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/session/1"),
        ("DELETE", "/session/list"),
        ("POST", "/session/web"),
        ("PATCH", "/session/web"),
        ("PUT", "/users"),
        ("GET", "/users/"),
        ("HEAD", "/session"),
        ("GET", "/"),
    ],
)
def test_route_that_the_service_lacks_is_said_in_text(
    service: Service, method: str, path: str
) -> None:
    """Removed and unknown routes are a 404 in plain text."""
    response = send(service, method, path, token=open_session(service, MARA)["token"])

    assert (404, f"E_ROUTE_NOT_FOUND: Route not found {method} {path}") == (
        response.status,
        response.body.decode(),
    )


def test_legacy_switch_brings_removed_routes_back(service: Service) -> None:
    """With the switch on, a user's other sessions can be destroyed."""
    service.settings.legacy = True
    mine, other = (open_session(service, MARA)["token"] for _ in range(2))

    assert 200 == send(service, "DELETE", "/session/list", token=mine).status
    assert (200, 401) == tuple(
        send(service, "GET", "/session", token=one).status for one in (mine, other)
    )


def test_reprs_hide_every_secret(service: Service) -> None:
    """Neither passwords nor tokens nor keys show in a repr."""
    session = service.world.open_session(service.world.users[0], ts=0)
    request = WireRequest("POST", "/session", "q=hush", {"CB-Token": "hush"}, b"hush")
    outcome = service.receive(request)
    shown = repr(
        [
            *service.world.users,
            *service.world.sessions,
            request,
            outcome,
            service.requests,
            service.requests[0].headers,
            service.application,
            service.world,
            service.faults.answer(body="hush"),
            attrs.evolve(session),
        ]
    )

    for secret in ("long-enough-1", session.token, "hush", "emulator-auth"):
        assert secret not in shown
