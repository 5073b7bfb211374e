"""Meetings of the emulator: who may do what with them, mails, recordings."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.meetings_records import Attendee, Meeting
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.records import User
from connectycube.emulator.service import Service

NEW: dict[str, Any] = {
    "name": "Briefing",
    "start_date": 1718100000,
    "end_date": 1718103600,
    "attendees": [{"email": "visitor@example.org"}],
}
NO_MEETING = "6666f0aaa4b35e0017f0ffff"
NOT_FOUND = (404, {"errors": ["The resource wasn't found"]})
NOT_PERMITTED = (
    403,
    {"errors": {"base": ["You don't have appropriate permissions to perform this operation"]}},
)


class Line:
    """A service with a host, an invited user and a stranger."""

    def __init__(self) -> None:
        self.service = Service(clock=Clock(datetime(2024, 6, 10, tzinfo=UTC), frozen=True))
        self.world = self.service.world
        add = self.world.add_user
        self.host = add(login="mara", email="mara@example.org")
        self.invited = add(login="jonas", email="jonas@example.org")
        self.stranger = add(login="ruta", email="ruta@example.org")

    def send(
        self, user: User | None, method: str, path: str, body: Any = None, query: str = ""
    ) -> tuple[int, Any]:
        token = self.world.open_session(user, ts=0).token
        content = b"" if body is None else json.dumps(body).encode()
        request = WireRequest(method, path, query, {"CB-Token": token}, content)
        response = self.service.receive(request).response
        assert response is not None
        return response.status, json.loads(response.body) if response.body else None

    def add(self, **members: Any) -> Meeting:
        members.setdefault("attendees", [Attendee(id=self.invited.id)])
        return self.world.add_meeting(self.host, **members)

    def told(self) -> list[str]:
        told = sorted(mail.to.partition("@")[0] for mail in self.world.mails)
        self.world.mails.clear()
        return told


@pytest.fixture
def line() -> Line:
    return Line()


def test_caller_becomes_the_host(line: Line) -> None:
    """A meeting of the four required members has the defaults of the service."""
    status, meeting = line.send(line.host, "POST", "/meetings.json", NEW)

    assert (201, line.host.id, False) == (status, meeting["host_id"], meeting["public"])
    assert NEW == {name: meeting[name] for name in NEW}
    assert (None, None) == (meeting["chat_dialog_id"], meeting["record"])


def test_meetings_need_a_user(line: Line) -> None:
    """An application session makes no meeting."""
    status, answer = line.send(None, "POST", "/meetings", NEW)

    assert (403, {"base": ["Forbidden. Need user."]}) == (status, answer["errors"])


def test_missing_members_are_refused_together(line: Line) -> None:
    """Name, dates and attendees are required; what is missing is told as a field map."""
    status, answer = line.send(line.host, "POST", "/meetings", {})

    blank = ["cannot be blank"]
    assert 422 == status
    assert dict.fromkeys(NEW, blank) == answer["errors"]


@pytest.mark.parametrize(
    ("members", "unfit"),
    [
        ({"start_date": "soon"}, "start_date"),
        ({"attendees": "jonas"}, "attendees"),
        ({"attendees": [{}]}, "attendees"),
        ({"attendees": [{"id": "x"}]}, "attendees"),
        ({"name": 5}, "name"),
        ({"public": "maybe"}, "public"),
        ({"notify_before": {"metric": "minutes", "value": 56}}, "notify_before"),
        ({"notify_before": {"metric": "hours", "value": 0}}, "notify_before"),
        ({"notify_before": {"metric": "days", "value": 31}}, "notify_before"),
        ({"notify_before": {"metric": "weeks", "value": 5}}, "notify_before"),
        ({"notify_before": {"metric": "years", "value": 1}}, "notify_before"),
        ({"timezone": {"name": "Europe/Riga"}}, "timezone"),
    ],
)
def test_unfit_members_are_refused(line: Line, members: Any, unfit: str) -> None:
    """What is no number, no list, no flag or out of its range is named, and nothing is made."""
    status, answer = line.send(line.host, "POST", "/meetings", {**NEW, **members})

    assert (422, [unfit]) == (status, list(answer["errors"]))
    assert [] == list(line.world.meetings)


@pytest.mark.parametrize(
    "members",
    [
        {"attendees": []},
        {"end_date": 1},
        {"attendees": [{"id": 9999}]},
        {"notify_before": {"metric": "minutes", "value": 0}},
        {"notify_before": {"metric": "weeks", "value": 4}},
        {"start_date": "1718100000"},
        {"public": "1", "scheduled": 1, "record": None},
        {"notify_before": None, "timezone": None},
    ],
)
def test_odd_members_are_taken(line: Line, members: Any) -> None:
    """Nobody needs to be invited or known; the official SDK may send an end before the start."""
    status, _ = line.send(line.host, "POST", "/meetings", {**NEW, **members})

    assert 201 == status


def test_chat_makes_a_dialog_for_the_invited_users(line: Line) -> None:
    """With `chat` there is a dialog of type 5 with host and invited users in it."""
    invited = [{"id": line.invited.id}, {"email": "ruta@example.org"}, {"email": "x@example.org"}]

    _, meeting = line.send(
        line.host, "POST", "/meetings", {**NEW, "chat": True, "attendees": invited}
    )

    [dialog] = line.world.chat.dialogs
    assert (dialog.id, 5) == (meeting["chat_dialog_id"], dialog.type)
    everybody = [line.host.id, line.invited.id, line.stranger.id]
    assert everybody == dialog.occupants_ids


def test_list_has_the_meetings_of_the_caller(line: Line) -> None:
    """Hosts and invited users, by id or by address, see a meeting; strangers do not."""
    first = line.add()
    second = line.add(attendees=[Attendee(email="ruta@example.org")], public=True)

    seen = {
        user.login: [one["_id"] for one in line.send(user, "GET", "/meetings")[1]]
        for user in (line.host, line.invited, line.stranger)
    }

    assert {"mara": [first.id, second.id], "jonas": [first.id], "ruta": [second.id]} == seen


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("start_date=100", ["a"]),
        ("start_date[gt]=100", ["b", "c"]),
        ("start_date%5Bgte%5D=200&end_date[lt]=350", ["b"]),
        ("end_date[lte]=250", ["a", "b"]),
        ("created_at[gte]=2024-06-10T00:00:02Z", ["c"]),
        ("created_at[lt]=2024-06-10T00:00:02.000Z", ["a", "b"]),
        ("updated_at[gt]=1717977600", ["b", "c"]),
        ("scheduled=true", ["b"]),
        ("scheduled=0", ["a", "c"]),
        ("limit=1&offset=1", ["b"]),
        ("offset=3", []),
    ],
)
def test_list_takes_filters(line: Line, query: str, found: list[str]) -> None:
    """Dates are compared, flags matched, and the window is applied last."""
    for number, name in enumerate("abc", start=1):
        start, end = number * 100, number * 100 + 50
        line.add(name=name, start_date=start, end_date=end, scheduled=name == "b")
        line.service.clock.advance(1)

    status, meetings = line.send(line.host, "GET", "/meetings", query=query)

    assert (200, found) == (status, [one["name"] for one in meetings])


@pytest.mark.parametrize(
    "query",
    [
        "created_at[lte]=Fri Feb 19 2021 10:26:49 GMT+0000",
        "start_date[like]=1",
        "start_at=1",
        "scheduled=maybe",
    ],
)
def test_unfit_filters_are_refused(line: Line, query: str) -> None:
    """A date in a locale's spelling, an unknown operator or field, and no flag are 422."""
    status, _ = line.send(line.host, "GET", "/meetings", query=query)

    assert 422 == status


@pytest.mark.parametrize(("public", "status"), [(True, 200), (False, 404)])
def test_strangers_get_public_meetings_only(line: Line, public: bool, status: int) -> None:  # noqa: FBT001 - a column
    """Any user may fetch a public meeting by its id; of another one strangers learn nothing."""
    meeting = line.add(public=public)
    query = f"_id={meeting.id}"

    assert status == line.send(line.stranger, "GET", "/meetings", query=query)[0]
    assert status == line.send(line.stranger, "GET", f"/meetings/recordings/{meeting.id}")[0]
    assert [meeting.id] == [
        one["_id"] for one in line.send(line.invited, "GET", "/meetings", query=query)[1]
    ]


def test_unknown_meetings_are_not_found(line: Line) -> None:
    """An unknown id is 404 for every operation."""
    path = f"/meetings/{NO_MEETING}"

    assert NOT_FOUND == line.send(line.host, "GET", "/meetings", query=f"_id={NO_MEETING}")
    assert NOT_FOUND == line.send(line.host, "PUT", path, {"name": "x"})
    assert NOT_FOUND == line.send(line.host, "DELETE", path)
    assert NOT_FOUND == line.send(line.host, "GET", f"/meetings/recordings/{NO_MEETING}")


def test_update_writes_what_is_given(line: Line) -> None:
    """Left-out members stay, also those that the documentation requires."""
    meeting = line.add(name="Briefing", start_date=100)
    line.service.clock.advance(5)

    status, answer = line.send(
        line.host, "PUT", f"/meetings/{meeting.id}", {"name": "Moved", "record": True, "chat": True}
    )

    assert (200, "Moved", True, 100) == (
        status,
        answer["name"],
        answer["record"],
        answer["start_date"],
    )
    assert (None, "2024-06-10T00:00:05.000Z") == (answer["chat_dialog_id"], answer["updated_at"])


def test_unfit_update_writes_nothing(line: Line) -> None:
    """One unfit member refuses them all."""
    meeting = line.add(name="Briefing")

    status, _ = line.send(
        line.host, "PUT", f"/meetings/{meeting.id}", {"name": "x", "attendees": None}
    )

    assert (422, "Briefing") == (status, meeting.name)


def test_only_the_host_changes_a_meeting(line: Line) -> None:
    """An invited user may neither write nor delete."""
    path = f"/meetings/{line.add(public=True).id}"

    assert NOT_PERMITTED == line.send(line.invited, "PUT", path, {"name": "mine"})
    assert NOT_PERMITTED == line.send(line.invited, "DELETE", path)
    assert (200, None) == line.send(line.host, "DELETE", path)
    assert NOT_FOUND == line.send(line.host, "DELETE", path)


# Changes of a meeting that Jonas is invited to, and who gets a mail.
TOLD: list[tuple[bool, Any, list[str]]] = [
    (False, {"notify": True}, ["jonas", "mara"]),
    (True, {"notify": True}, []),
    (True, {"name": "Other"}, []),
    (True, {"start_date": 200}, ["jonas", "mara"]),
    (True, {"start_date": 100}, []),
    (True, {"attendees": [{"id": 1002}, {"email": "visitor@example.org"}]}, ["visitor"]),
    (True, {"attendees": []}, []),
    (True, {"start_date": 200, "attendees": [{"id": 1003}]}, ["mara", "ruta"]),
    (False, {"start_date": 200}, []),
    (True, {"notify": False, "start_date": 200}, []),
]


@pytest.mark.parametrize(("notified", "changes", "told"), TOLD)
def test_changes_send_mails(line: Line, notified: bool, changes: Any, told: list[str]) -> None:  # noqa: FBT001 - a column
    """Everybody hears of a new time or of notifying, else whoever is newly invited."""
    meeting = line.add(start_date=100, notify=notified)
    line.told()

    line.send(line.host, "PUT", f"/meetings/{meeting.id}", changes)

    assert told == line.told()


def test_mails_without_notify_are_behind_a_switch(line: Line) -> None:
    """The contract does not say that a silent meeting sends no mail of its new time."""
    line.service.settings.meeting_mails_need_notify = False
    meeting = line.add(start_date=100)

    line.send(line.host, "PUT", f"/meetings/{meeting.id}", {"start_date": 200})

    assert ["jonas", "mara"] == line.told()


def test_new_meeting_that_notifies_invites_everybody(line: Line) -> None:
    """An address that nobody here has gets its mail too, and nobody gets two."""
    invited = [{"id": line.invited.id}, {"email": "jonas@example.org"}, {"email": "x@example.org"}]

    line.send(line.host, "POST", "/meetings", {**NEW, "attendees": invited, "notify": True})

    assert {"mara@example.org": 1001, "jonas@example.org": 1002, "x@example.org": None} == {
        mail.to: mail.user_id for mail in line.world.mails
    }
    assert 3 == len(line.told())


def test_recordings_can_be_downloaded(line: Line) -> None:
    """A recording that Python adds is listed with a URL that opens its content."""
    meeting = line.add()
    path = f"/meetings/recordings/{meeting.id}"
    before = line.send(line.invited, "GET", path)

    line.world.add_recording(meeting.id, content=b"moving pictures", duration=2.5)

    [recording] = line.send(line.invited, "GET", path)[1]
    assert (200, []) == before
    assert (meeting.id, 2.5, 2) == tuple(
        recording[name] for name in ("room_id", "duration", "participants_count")
    )
    assert "file_uid" not in recording
    place, _, query = recording["download_url"].removeprefix(line.service.store_url).partition("?")
    opened = line.service.receive(WireRequest("GET", place, query, origin="store")).response
    assert opened is not None
    assert b"moving pictures" == opened.body


def test_recordings_go_with_their_meeting(line: Line) -> None:
    """A deleted meeting leaves no content behind, and an unknown one takes no recording."""
    meeting = line.add()
    line.world.add_recording(meeting.id)

    line.send(line.host, "DELETE", f"/meetings/{meeting.id}")

    assert {} == line.world.store.objects
    with pytest.raises(KeyError, match=meeting.id):
        line.world.add_recording(meeting.id)


def test_reset_forgets_meetings(line: Line) -> None:
    """A reset leaves neither meetings nor recordings."""
    meeting = line.add()
    line.world.add_recording(meeting.id)

    line.service.reset()

    assert [] == list(line.world.meetings)
    assert [] == line.world.meetings.recordings_of(meeting.id)
