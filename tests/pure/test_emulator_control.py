"""The control routes of the emulator: what Python tests do, over HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.control import control
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.service import Service
from connectycube.emulator.settings import Settings
from connectycube.emulator.store import StoredObject


@pytest.fixture
def service() -> Service:
    return Service(clock=Clock(datetime(2024, 6, 10, 9, 0, tzinfo=UTC), frozen=True))


def status_of(service: Service) -> int | None:
    response = service.receive(WireRequest("GET", "/session", "a=1")).response
    return response.status if response else None


def ask(service: Service, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    content = b"" if body is None else json.dumps(body).encode()
    response = control(service, WireRequest(method, f"/_emulator/{path}", "", {}, content))
    return response.status, json.loads(response.body)


def test_control_routes_do_what_python_does(service: Service) -> None:
    """Everything a test in Python can do works over HTTP, unrecorded."""
    status_of(service)
    user = service.world.add_user(login="mara")
    service.world.send_mail(user, subject="Hello", link="https://emulator.invalid/1")

    [request] = ask(service, "GET", "requests")[1]
    [mail] = ask(service, "GET", "mails")[1]
    moved = ask(service, "POST", "clock", {"advance": 60})
    changed = ask(service, "PATCH", "settings", {"v1_enabled": True, "session_seconds": 60})
    scripted = ask(service, "POST", "faults", {"kind": "status", "code": 429, "times": None})

    assert ("GET", "/session", {"a": "1"}, None) == tuple(
        request[name] for name in ("method", "path", "query", "json")
    )
    assert ("Hello", user.id) == (mail["subject"], mail["user_id"])
    assert (200, {"now": "2024-06-10T09:01:00+00:00"}) == moved
    switches = attrs.asdict(service.settings)
    assert (None, {}) == (switches.pop("identity"), switches.pop("verifiers"))
    assert (200, switches) == changed
    assert (True, 60) == (service.settings.v1_enabled, service.settings.session_seconds)
    assert (200, [scripted[1]]) == ask(service, "GET", "faults")
    assert 429 == status_of(service)
    assert (200, {}) == ask(service, "DELETE", "faults")
    assert (200, {}) == ask(service, "POST", "reset")
    assert (200, []) == ask(service, "GET", "requests")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nowhere", None, 404),
        ("POST", "clock", {}, 400),
        ("POST", "clock", [1], 400),
        ("POST", "clock", {"advance": "soon"}, 400),
        ("POST", "faults", {"kind": "clear"}, 400),
        ("POST", "faults", {"kind": "delay"}, 400),
        ("POST", "faults", {"kind": "hang", "tmies": 1}, 400),
        ("PATCH", "settings", {"legacy": 1}, 400),
        ("PATCH", "settings", {"session_seconds": True}, 400),
        ("PATCH", "settings", {"empty_body": 1}, 400),
        ("PATCH", "settings", {"legacy": True, "unknown": 1}, 400),
        ("PATCH", "settings", {"legacy": True, "error_shape": "round"}, 400),
    ],
)
def test_wrong_control_request_changes_nothing(
    service: Service, method: str, path: str, body: Any, status: int
) -> None:
    """A control request that makes no sense is refused as a whole, with a reason."""
    answered, answer = ask(service, method, path, body)

    assert status == answered
    assert isinstance(answer["errors"][0], str)
    assert (Settings(), ()) == (service.settings, service.faults.scripted)


def test_identity_is_set_by_url_and_mappings(service: Service) -> None:
    """A program in another language names a verify URL and both mappings."""
    wanted = {
        "url": "http://127.0.0.1:1/verify",
        "timeout": 2,
        "request_mapping": {"t": "#{login}"},
        "response_mapping": {"uid": "#{id}"},
    }

    assert (200, None) == ask(service, "GET", "identity")
    assert (200, wanted) == ask(service, "PUT", "identity", wanted)
    assert (200, wanted) == ask(service, "GET", "identity")
    assert service.may_wait
    assert (200, {}) == ask(service, "DELETE", "identity")
    assert None is service.settings.identity


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": "file:///etc/passwd"},
        {"url": 5},
        {"url": "http://127.0.0.1/", "timeout": "long"},
        {"url": "http://127.0.0.1/", "request_mapping": {"t": 1}},
        {"url": "http://127.0.0.1/", "mapping": {}},
    ],
)
def test_wrong_identity_is_refused(service: Service, wrong: Any) -> None:
    """A verify URL is http or https, and mappings hold text."""
    assert 400 == ask(service, "PUT", "identity", wrong)[0]
    assert None is service.settings.identity


def test_tokens_are_minted_for_other_programs(service: Service) -> None:
    """A program in another language gets the tokens of people at other providers."""
    phone = {"project_id": "p", "phone": "+3712000"}
    status, minted = ask(service, "POST", "tokens/firebase", phone)
    social = ask(service, "POST", "tokens/social", {"provider": "facebook", "user_id": "77"})

    assert (200, service.world.firebase_token("p", phone="+3712000")) == (status, minted["token"])
    assert (200, {"token": service.world.social_token("facebook", "77")}) == social
    assert 400 == ask(service, "POST", "tokens/firebase", {"project_id": "p"})[0]


def test_users_are_put_online(service: Service) -> None:
    """A program in another language says who is connected to the chat."""
    user = service.world.add_user(login="mara")

    assert (200, [user.id]) == ask(service, "POST", "online", {"user_id": user.id})
    assert (200, [user.id]) == ask(service, "GET", "online")
    assert (200, []) == ask(service, "POST", "online", {"user_id": user.id, "online": False})
    assert (400, {"errors": ["no user has the id 9"]}) == ask(
        service, "POST", "online", {"user_id": 9}
    )
    assert 400 == ask(service, "POST", "online", {})[0]


def test_store_is_inspected(service: Service) -> None:
    """Stored objects and the requests that reached the store are listed."""
    service.world.store.objects["k"] = StoredObject(
        key="k", content_type="image/png", public=True, etag='"e"', content=b"12345"
    )
    body = (
        b'--B\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n123\r\n--B--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=B", "CB-Token": "t"}
    service.receive(WireRequest("POST", "/b", "", headers, body, origin="store"))

    [stored] = ask(service, "GET", "store/objects")[1]
    [request] = ask(service, "GET", "store/requests")[1]

    shown = {"key": "k", "content_type": "image/png", "public": True, "etag": '"e"', "size": 5}
    assert shown == stored
    part = {"name": "file", "filename": "f", "content_type": None, "size": 3}
    key = {"name": "key", "filename": None, "content_type": None, "value": "k"}
    assert ([key, part], "t") == (request["form"], request["headers"]["CB-Token"])
    assert (200, []) == ask(service, "GET", "requests")
