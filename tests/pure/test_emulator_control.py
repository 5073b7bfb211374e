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
    assert (200, attrs.asdict(service.settings)) == changed
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
