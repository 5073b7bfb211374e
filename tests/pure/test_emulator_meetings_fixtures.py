"""The emulator answers the recorded calls of meetings and administration as the service did."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.service import Service

from .emulator_line import START
from .test_emulator_fixtures import shape

WIRE = Path(__file__).parent.parent / "wire"
BRIEFING: dict[str, Any] = {
    "name": "Crew briefing",
    "host": "mara.k",
    "start_date": 1718100000,
    "end_date": 1718103600,
    "attendees": ["jonas", "visitor@example.org"],
    "chat": True,
    "record": False,
    "scheduled": True,
    "notify": True,
    "notify_before": {"metric": "minutes", "value": 15},
    "timezone": {"offset": 180, "name": "Europe/Riga"},
}
DEBRIEF: dict[str, Any] = {
    "key": "debrief",
    "host": "mara.k",
    "name": "Debrief",
    "start_date": 1718100000,
    "scheduled": True,
    "attendees": ["jonas", "visitor@example.org"],
}
RECORDING = {"content": "moving pictures", "duration": 61.42, "size": 3.7}
TRIP: dict[str, Any] = {
    "key": "trip",
    "owner": "mara.k",
    "name": "Sailing trip",
    "description": "Saturday crew",
    "occupants": ["jonas", "ruta"],
    "admins": ["jonas"],
    "extensions": {"location": "Harbour"},
    "silent_for": ["jonas"],
    "created_at": "2024-06-09T09:05:38Z",
    "messages": [
        {
            "from": "mara.k",
            "key": "question",
            "text": "Anyone for Saturday?",
            "sent_at": "2024-06-08T09:34:20Z",
            "read_by": ["jonas"],
            "reactions": {"👍": ["jonas", "mara.k"], "⛵": ["ruta"]},
            "pinned": True,
        },
        {
            "from": "mara.k",
            "text": "See you at six",
            "sent_at": "2024-06-10T09:36:20Z",
            "delivered_to": ["jonas"],
            "params": {"priority": "high", "meta": {"source": "bot"}},
            "deleted_for": ["ruta"],
        },
    ],
}
LATER: dict[str, Any] = {"name": "Other", "owner": "jonas", "created_at": "2024-06-10T00:00:00Z"}
USERS: list[dict[str, Any]] = [
    {
        "login": "mara.k",
        "full_name": "Mara Kessler",
        "email": "mara@example.org",
        "phone": "37120000001",
        "timezone": 120,
        "custom_data": {"theme": "dark"},
        "tags": ["team_red", "beta"],
        "last_request_at": "2024-06-10T09:04:57Z",
    },
    {"login": "jonas", "email": "jonas@example.org"},
    {"login": "ruta"},
]

# Which meetings and dialogs are there. Not here: `get_meeting.object`, which only one SDK expects.
REPLAYED: list[tuple[str, dict[str, Any]]] = [
    ("meetings.create_meeting", {}),
    ("meetings.delete_meeting", {"meetings": [BRIEFING]}),
    ("meetings.get_meeting", {"meetings": [BRIEFING]}),
    ("meetings.list_meeting_recordings", {"meetings": [BRIEFING | {"recordings": [RECORDING]}]}),
    ("meetings.list_meetings", {"meetings": [BRIEFING, DEBRIEF]}),
    ("meetings.update_meeting", {"meetings": [BRIEFING]}),
    ("admin.count_dialogs", {"dialogs": [TRIP]}),
    ("admin.count_dialogs_per_day", {"dialogs": [TRIP, LATER]}),
    ("admin.count_messages", {"dialogs": [TRIP]}),
    ("admin.count_messages_per_day", {"dialogs": [TRIP]}),
    ("admin.create_meeting", {}),
    ("admin.delete_meeting_recordings", {"meetings": [BRIEFING]}),
    ("admin.delete_user", {}),
    ("admin.error.key", {}),
    ("admin.list_dialogs", {"dialogs": [TRIP]}),
    ("admin.list_meeting_recordings", {"meetings": [BRIEFING | {"recordings": [RECORDING]}]}),
    ("admin.list_messages", {"dialogs": [TRIP]}),
    ("admin.update_dialog", {"dialogs": [TRIP]}),
]


def a_service(document: dict[str, Any]) -> Service:
    clock = Clock(START, frozen=True)
    return Service(clock=clock, admin_key="demo-admin-key", seed={"users": USERS, **document})


@pytest.mark.parametrize("suffix", ["", ".json"])
@pytest.mark.parametrize(("name", "document"), REPLAYED, ids=[row[0] for row in REPLAYED])
def test_recorded_request_gets_the_recorded_answer(
    name: str, document: dict[str, Any], suffix: str
) -> None:
    """Status, errors and the shape of bodies are as recorded, with and without the suffix."""
    service = a_service(document)
    recorded = json.loads(with_our_ids(service, (WIRE / f"{name}.json").read_text()))
    request = recorded["request"]
    headers = dict(request.get("headers", {}))
    if "CB-Token" in headers:
        mara = service.world.find_user(login="mara.k")
        headers["CB-Token"] = service.world.open_session(mara, ts=0).token
    body = json.dumps(request["json"]).encode() if "json" in request else b""

    response = service.receive(
        WireRequest(
            request["method"], request["path"] + suffix, request.get("query", ""), headers, body
        )
    ).response

    assert response is not None
    assert recorded["status"] == response.status
    answer = json.loads(response.body) if response.body else None
    if ".error." in name:
        assert recorded["body"] == answer
    else:
        assert shape(comparable(name, recorded["body"])) == shape(comparable(name, answer))


def test_webhook_is_as_recorded() -> None:
    """What the service would post has the recorded shape."""
    service = a_service({"meetings": [BRIEFING | {"recordings": [RECORDING]}]})
    [meeting] = service.world.meetings
    recorded = json.loads((WIRE / "meetings.webhook.json").read_text())

    assert shape(recorded["request"]["json"]) == shape(service.world.meeting_webhook(meeting.id))


def comparable(name: str, body: Any) -> Any:
    """Leave out where a recorded answer does not follow from its own request."""
    if name in ("meetings.update_meeting", "admin.create_meeting"):
        return body | {"attendees": None}
    if name == "admin.list_dialogs":
        # The first of two is a private dialog of three users.
        return body | {"items": body["items"][-1:]}
    if name == "admin.list_messages":
        # `deleted_for_ids` may be missing, and who "own" means without a user nobody knows.
        may_vary = {"deleted_for_ids": None, "reactions": None, "edited_at": None}
        return body | {"items": [one | may_vary for one in body["items"]]}
    return body


def with_our_ids(service: Service, text: str) -> str:
    """Put the ids of what was seeded in the places of the recorded ones."""
    seeded = service.seeded
    users = seeded["users"]
    for recorded, ours in (
        ("90211", users["mara.k"]),
        ("90244", users["jonas"]),
        ("90400", users["ruta"]),
        ("6666c1d2a4b35e0017f0a911", seeded.get("dialogs", {}).get("trip")),
        ("6666f0aaa4b35e0017f0e001", seeded.get("meetings", {}).get("Crew briefing")),
    ):
        text = text if ours is None else text.replace(recorded, str(ours))
    return text
