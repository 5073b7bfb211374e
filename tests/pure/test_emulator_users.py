"""Signing up, changing and deleting users of the emulator."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.service import Service

KEY = {"CB-AuthKey": "emulator-auth-key"}
MARA_PASSWORD = "long-enough-1"


class Line:
    """A service and the token to call it with."""

    def __init__(self) -> None:
        self.service = Service(clock=Clock(datetime(2024, 6, 10, tzinfo=UTC), frozen=True))
        self.user = self.service.world.add_user(
            login="mara", password=MARA_PASSWORD, email="mara@example.org", tags=("one",)
        )
        session = self.service.world.open_session(self.user, ts=0)
        self.token = {"CB-Token": session.token}
        self.own = f"/users/{self.user.id}"

    def send(
        self, method: str, path: str, body: Any = None, headers: Any = None, query: str = ""
    ) -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        sent = self.token if headers is None else headers
        response = self.service.receive(WireRequest(method, path, query, sent, content)).response
        assert response is not None
        return response.status, json.loads(response.body) if response.body else None

    def update(self, **members: Any) -> tuple[int, Any]:
        return self.send("PUT", self.own, {"user": members})


@pytest.fixture
def line() -> Line:
    return Line()


NEW = {"login": "tomas", "password": "long-enough-4"}


@pytest.mark.parametrize(
    ("headers", "status", "errors"),
    [
        (KEY, 201, None),
        ({**KEY, "CB-Token": ""}, 201, None),
        ({**KEY, "CB-Token": "dead"}, 201, None),
        (None, 201, None),
        ({}, 401, ["Token is required"]),
        ({"CB-AuthKey": "wrong"}, 401, ["Unauthorized"]),
        ({"CB-Token": "dead"}, 401, {"base": ["Required session does not exist"]}),
    ],
)
def test_sign_up_needs_the_key_or_a_session(
    line: Line, headers: Any, status: int, errors: Any
) -> None:
    """The authorization key or any session lets a user be created."""
    answered, answer = line.send("POST", "/users", {"user": NEW}, headers)

    assert status == answered
    assert errors == answer.get("errors")


def test_sign_up_opens_no_session(line: Line) -> None:
    """Signing up creates a user and nothing else."""
    line.send("POST", "/users.json", {"user": NEW}, KEY)

    assert [line.user.id] == [session.user_id for session in line.service.world.sessions]


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"login": None, "email": ""}, ["Both user login and email can't be blank"]),
        ({"password": None}, {"password": ["cannot be blank"]}),
        ({"login": "ab"}, {"login": ["is too short (minimum is 3 characters)"]}),
        ({"login": "a" * 71}, {"login": ["is too long (maximum is 70 characters)"]}),
        ({"password": "short-1"}, {"password": ["is too short (minimum is 8 characters)"]}),
        ({"password": "x" * 41}, {"password": ["is too long (maximum is 40 characters)"]}),
        ({"email": "nowhere"}, {"email": ["is invalid"]}),
        ({"login": "mara"}, {"base": ["login must be unique"]}),
        ({"email": "mara@example.org"}, {"base": ["email must be unique"]}),
        ({"tag_list": "a,b,c,d,e,f"}, {"tag_list": ["is too long (maximum is 5 tags)"]}),
        ({"custom_data": {"a": 1}}, {"custom_data": ["must be a string"]}),
        ({"timezone": "soon"}, {"timezone": ["is not a number"]}),
        ({"tag_list": 5}, {"tag_list": ["must be a string or a list"]}),
    ],
)
def test_unfit_sign_up_is_refused(line: Line, members: Any, errors: Any) -> None:
    """Identifiers, lengths, formats and uniqueness are checked, and nothing is created."""
    before = len(line.service.world.users)

    assert (422, {"errors": errors}) == line.send("POST", "/users", {"user": {**NEW, **members}})
    assert before == len(line.service.world.users)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"website": "lind.example"}, {"website": "http://lind.example"}),
        ({"website": "https://lind.example"}, {"website": "https://lind.example"}),
        ({"tag_list": ["a", "b"]}, {"user_tags": "a,b"}),
        ({"tag_list": "a, b"}, {"user_tags": "a,b"}),
        ({"tag_list": []}, {"user_tags": None}),
        ({"user_tags": "b"}, {"user_tags": "one"}),
        ({"external_id": 17}, {"external_id": "17"}),
        ({"external_user_id": "4410", "timezone": "120"}, {"external_user_id": 4410}),
        ({"timezone": -60}, {"timezone": -60}),
        ({"custom_data": ""}, {"custom_data": ""}),
        ({"email": None}, {"email": None, "login": "mara"}),
        ({"id": 1, "oldPassword": "x", "nonsense": []}, {"login": "mara"}),
        ({"full_name": "Zoë 測試 🙂"}, {"full_name": "Zoë 測試 🙂"}),
        ({}, {"login": "mara"}),
    ],
)
def test_written_members_come_back_as_the_service_shows_them(
    line: Line, sent: Any, shown: Any
) -> None:
    """Members are normalised, null clears, the left-out stay and the unknown are ignored."""
    status, answer = line.update(**sent)

    assert 200 == status
    assert shown == {name: answer["user"][name] for name in shown}


def test_update_cannot_take_what_another_has(line: Line) -> None:
    """Uniqueness holds on update, and one's own values are no conflict."""
    line.service.world.add_user(login="jonas", email="jonas@example.org")

    assert (422, {"errors": {"base": ["login must be unique"]}}) == line.update(login="jonas")
    assert 200 == line.update(login="mara", email="mara@example.org")[0]


def test_freed_login_can_be_taken(line: Line) -> None:
    """A changed login is free again."""
    line.update(login="mara.k")

    status, _ = line.send("POST", "/users", {"user": {**NEW, "login": "mara"}})

    assert 201 == status


def test_user_keeps_an_identifier(line: Line) -> None:
    """A user cannot lose both login and e-mail."""
    text = "Both user login and email can't be blank"

    assert (422, {"errors": [text]}) == line.update(login=None, email=None)


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"password": "long-enough-9", "old_password": MARA_PASSWORD}, None),
        ({"password": "long-enough-9"}, {"old_password": ["cannot be blank"]}),
        (
            {"password": "long-enough-9", "old_password": "wrong-one"},
            {"old_password": ["is invalid"]},
        ),
        ({"password": None, "old_password": MARA_PASSWORD}, {"password": ["cannot be blank"]}),
    ],
)
def test_password_changes_with_the_old_one(line: Line, members: Any, errors: Any) -> None:
    """A new password needs the old one."""
    status, answer = line.update(**members)

    assert (200 if errors is None else 422) == status
    assert errors == answer.get("errors")
    assert (line.user.password == "long-enough-9") == (errors is None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/users/1"),
        ("PUT", "/users/abc"),
        ("DELETE", "/users/1"),
        ("DELETE", "/users/external/4410"),
        ("DELETE", "/users/external/None"),
    ],
)
def test_foreign_user_cannot_be_touched(line: Line, method: str, path: str) -> None:
    """Only one's own user can be changed or deleted."""
    assert (404, {"errors": ["Couldn't find user."]}) == line.send(method, path, {"user": {}})


@pytest.mark.parametrize("by", ["id", "external_user_id", "external_id"])
def test_deleted_user_is_gone_with_all_sessions(line: Line, by: str) -> None:
    """Deleting one's own user ends every session of that user at once."""
    line.update(external_user_id=4410, external_id="crm/1")
    line.service.world.open_session(line.user, ts=0)
    path = {
        "id": line.own,
        "external_user_id": "/users/external/4410",
        "external_id": "/users/external/crm%2F1",
    }[by]

    assert (200, None) == line.send("DELETE", path)
    assert ([], []) == (line.service.world.users, line.service.world.sessions)
    assert 401 == line.send("GET", "/session")[0]


@pytest.mark.parametrize(
    ("method", "body", "query"),
    [
        ("POST", {"email": "mara@example.org"}, ""),
        ("GET", None, "email=mara%40example.org"),
    ],
)
def test_password_reset_sends_a_mail(line: Line, method: str, body: Any, query: str) -> None:
    """Both spellings put one mail with a link into the outbox, and the link is nobody's."""
    answer = line.send(method, "/users/password/reset", body, query=query)
    [mail] = line.service.world.mails

    assert (200, None) == answer
    assert ("mara@example.org", line.user.id) == (mail.to, mail.user_id)
    assert mail.link in mail.body
    assert mail.link.startswith("https://emulator.invalid/")
    assert mail.link not in repr(mail)


@pytest.mark.parametrize(
    ("reveal", "body", "status", "errors"),
    [
        (True, {"email": "who@example.org"}, 404, ["User not found"]),
        (False, {"email": "who@example.org"}, 200, None),
        (True, {"email": ""}, 422, {"email": ["cannot be blank"]}),
        (True, {}, 422, {"email": ["cannot be blank"]}),
    ],
)
def test_password_reset_without_a_known_address_sends_nothing(
    *, line: Line, reveal: bool, body: Any, status: int, errors: Any
) -> None:
    """An unknown address is told or kept quiet by a switch; a missing one is unfit."""
    line.service.settings.reveal_unknown_email = reveal

    answered, answer = line.send("POST", "/users/password/reset", body)

    assert (status, errors) == (answered, answer and answer["errors"])
    assert [] == line.service.world.mails


def test_last_request_is_null_until_there_was_one(line: Line) -> None:
    """Only authenticated requests count as activity."""
    before = line.user.last_request_at
    line.send("GET", "/session")

    assert None is before
    assert line.service.clock.now() == line.user.last_request_at


def test_add_user_refuses_a_taken_login(line: Line) -> None:
    """The convenience for tests keeps the same uniqueness."""
    with pytest.raises(ValueError, match="login must be unique"):
        line.service.world.add_user(login="mara")

    assert [line.user] == line.service.world.users
