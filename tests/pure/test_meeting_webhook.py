"""The webhook of meetings, which anybody may have sent."""

import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from connectycube import DecodeError, InvalidInputError
from connectycube.meeting_webhook import parse_meeting_webhook

SAMPLE: Final = Path(__file__).parents[1] / "wire" / "meetings.webhook.json"
BODY: Final[dict[str, Any]] = json.loads(SAMPLE.read_text())["request"]["json"]


@pytest.mark.parametrize(
    "form",
    [
        lambda body: json.dumps(body).encode(),
        json.dumps,
        lambda body: body,
        MappingProxyType,
    ],
)
def test_a_webhook_is_read_in_every_form(form: Callable[[object], Any]) -> None:
    """As the request's body, or as the object that a framework made of it, which stays as it is."""
    body = json.loads(json.dumps(BODY))
    webhook = parse_meeting_webhook(form(body))

    assert ("6666f0aaa4b35e0017f0e001", "Crew briefing") == (
        webhook.meeting.id,
        webhook.meeting.name,
    )
    assert webhook.host is not None
    assert (90211, ["team_red", "beta"]) == (webhook.host.id, webhook.host.tags)
    [recording] = webhook.recordings
    assert ("rec-1", webhook.meeting.id) == (recording.file_uid, recording.meeting_id)
    assert "Signature" not in repr(webhook)
    assert BODY == body


def test_only_the_meeting_must_be_there() -> None:
    """What else is left out, null or new does not matter."""
    webhook = parse_meeting_webhook(
        {"meeting": {"_id": "m"}, "hostUser": None, "callRecords": None, "event": "ready"}
    )

    assert (None, []) == (webhook.host, webhook.recordings)
    assert {"event": "ready"} == webhook.extra


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "unreadable"),
        ("null", "unreadable"),
        ("7", "unreadable"),
        ({}, "meeting"),
        ({"meeting": {}}, "meeting"),
        ({"meeting": []}, "meeting"),
    ],
)
def test_what_does_not_tell_of_a_meeting_is_refused(body: Any, problem: str) -> None:
    """With what is wrong, and never what it held."""
    with pytest.raises(DecodeError, match=problem):
        parse_meeting_webhook(body)


@pytest.mark.parametrize("body", [None, 7, [BODY], bytearray(b"{}")])
def test_what_is_no_body_is_refused(body: Any) -> None:
    """It is the caller's mistake, not the sender's."""
    with pytest.raises(InvalidInputError):
        parse_meeting_webhook(body)
