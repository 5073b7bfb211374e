"""The optional signature of a session request, as the emulator verifies it."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.rest.signatures import sign
from connectycube.emulator.service import Service

NOW = 1718010309
KEYS = {"application_id": 21, "auth_key": "emulator-auth-key"}
REFUSED = (422, {"errors": ["Unexpected signature"]})
SIGNED = (
    "application_id=21&auth_key=emulator-auth-key&nonce=8891&timestamp={}"
    "&user[login]=mara&user[password]=long-enough-1"
)


@pytest.fixture
def service() -> Service:
    return Service(clock=Clock(datetime.fromtimestamp(NOW, UTC), frozen=True))


def create_session(service: Service, body: dict[str, Any]) -> tuple[int, Any]:
    content = json.dumps(body).encode()
    response = service.receive(WireRequest("POST", "/session", "", {}, content)).response
    assert response is not None
    return response.status, json.loads(response.body)


def signed_body(timestamp: int, kind: str = "sha1") -> dict[str, Any]:
    text = SIGNED.format(timestamp).encode()
    signature = hmac.new(b"emulator-auth-secret", text, kind).hexdigest()
    return {
        **KEYS,
        "user": {"login": "mara", "password": "long-enough-1"},
        "nonce": 8891,
        "timestamp": timestamp,
        "keys": None,
        "signature": signature,
    }


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_right_signature_is_taken_once(service: Service, kind: str) -> None:
    """A signed request is verified, echoes nonce and time, and cannot be replayed."""
    status, answer = create_session(service, signed_body(NOW, kind))

    assert (201, 8891, NOW) == (status, answer["session"]["nonce"], answer["session"]["ts"])
    assert REFUSED == create_session(service, signed_body(NOW, kind))


def test_form_is_signed_like_json(service: Service) -> None:
    """Bracket keys of a form are the keys of the signed string."""
    form = SIGNED.format(NOW) + f"&signature={signed_body(NOW)['signature']}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = WireRequest("POST", "/session.json", "", headers, form.encode())
    response = service.receive(request).response

    assert response is not None
    assert 201 == response.status


@pytest.mark.parametrize(
    ("members", "pairs"),
    [
        (
            {"user": {"login": "mara", "password": "long-enough-1"}},
            "&user[login]=mara&user[password]=long-enough-1",
        ),
        ({"keys": {"token": "t", "secret": None}}, "&keys[token]=t"),
        (
            {"firebase_phone": {"access_token": "eyJ", "project_id": "p"}},
            "&firebase_phone[access_token]=eyJ&firebase_phone[project_id]=p",
        ),
    ],
)
def test_signed_string_is_the_documented_one(members: Any, pairs: str) -> None:
    """Every form's nested members become bracket keys, sorted among the rest, nulls left out."""
    keys = {"application_id": 774, "auth_key": "AbCdEf123456789"}
    start = "application_id=774&auth_key=AbCdEf123456789"
    rest = "&nonce=8891&timestamp=1718000000"
    text = start + (pairs + rest if pairs < rest else rest + pairs)
    body = {**keys, "nonce": 8891, "timestamp": 1718000000, **members, "signature": "-"}

    assert hmac.new(b"hush", text.encode(), "sha1").hexdigest() == sign(body, "hush")


@pytest.mark.parametrize(("off", "status"), [(-3600, 201), (3600, 201), (-3601, 422), (3601, 422)])
def test_signed_time_must_be_within_an_hour(service: Service, off: int, status: int) -> None:
    """A signature made more than 60 minutes away is refused."""
    answered, answer = create_session(service, signed_body(NOW + off))

    assert status == answered
    assert (None if status == 201 else {"base": ["Bad timestamp"]}) == answer.get("errors")


@pytest.mark.parametrize(
    "wrong",
    [{"nonce": 8892}, {"user": None}, {"timestamp": NOW + 1}, {"more": 1}, {"signature": "0" * 40}],
)
def test_wrong_signature_is_refused(service: Service, wrong: dict[str, Any]) -> None:
    """Every member but the signature itself is signed."""
    assert REFUSED == create_session(service, {**signed_body(NOW), **wrong})


def test_signature_may_be_required(service: Service) -> None:
    """A deployment that requires signatures refuses a session request without one."""
    service.settings.signature_required = True

    assert REFUSED == create_session(service, KEYS)
