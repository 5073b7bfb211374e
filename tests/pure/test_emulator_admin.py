"""The administration of the emulator: its key, its lists, its statistics."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.emulator.chat_records import Dialog, DialogType
from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.rest.routes import ROUTES
from connectycube.emulator.service import Service

KEY = {"CB-Administration-API-Key": "emulator-admin-key"}
NOT_FOUND = (404, {"errors": ["The resource wasn't found"]})
UNAUTHORIZED = (401, {"errors": ["Unauthorized"]})
NO_ID = "6666f0aaa4b35e0017f0ffff"
ADMIN_ROUTES = [
    (route.method, route.path.replace("{id}", "1"))
    for route in ROUTES
    if route.path.startswith("/admin/")
]


class Line:
    """A service with three users and the administration key."""

    def __init__(self) -> None:
        self.service = Service(clock=Clock(datetime(2024, 6, 10, tzinfo=UTC), frozen=True))
        self.world = self.service.world
        add = self.world.add_user
        self.mara, self.jonas, self.ruta = add(login="mara"), add(login="jonas"), add(login="ruta")

    def send(
        self, method: str, path: str, body: Any = None, *, query: str = "", headers: Any = None
    ) -> tuple[int, Any]:
        sent = KEY if headers is None else headers
        content = b"" if body is None else json.dumps(body).encode()
        request = WireRequest(method, f"/admin{path}", query, sent, content)
        response = self.service.receive(request).response
        assert response is not None
        return response.status, json.loads(response.body) if response.body else None

    def group(self, **members: Any) -> Dialog:
        ids = [self.jonas.id, self.ruta.id]
        return self.world.add_dialog(self.mara, occupants_ids=ids, **members)

    def names(self, query: str = "") -> list[str]:
        status, page = self.send("GET", "/chat/list", query=query)
        assert status == 200, page
        return [one["name"] for one in page["items"]]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
def test_every_route_needs_the_key(line: Line, method: str, path: str) -> None:
    """Without the key, with another one, and with a user's session alone, nothing opens."""
    token = line.world.open_session(line.mara, ts=0).token
    refused = [{}, {"CB-Administration-API-Key": "wrong"}, {"CB-Token": token}]

    answers = [
        line.send(method, path.removeprefix("/admin"), {}, headers=headers) for headers in refused
    ]

    assert [UNAUTHORIZED] * 3 == answers


def test_there_are_eleven_operations() -> None:
    """M1 to M11 are all routed."""
    assert 11 == len(ADMIN_ROUTES)


def test_the_key_opens_nothing_else(line: Line) -> None:
    """A user's operation still wants a session."""
    response = line.service.receive(WireRequest("GET", "/meetings", "", KEY)).response

    assert response is not None
    assert 401 == response.status


def test_the_key_can_be_chosen() -> None:
    """Another key than the visibly fake default may be given."""
    service = Service(admin_key="demo-admin-key")
    headers = {"CB-Administration-API-Key": "demo-admin-key"}

    response = service.receive(WireRequest("GET", "/admin/chat/list", "", headers)).response

    assert "demo-admin-key" == service.admin_key
    assert response is not None
    assert 200 == response.status


def test_mute_is_per_user(line: Line) -> None:
    """`is_muted` puts a user among the silent ones, and takes the user out again."""
    path = f"/chat/{line.group().id}"

    muted = line.send("PUT", path, {"user_id": line.jonas.id, "is_muted": True})
    unmuted = line.send("PUT", path, {"user_id": str(line.jonas.id), "is_muted": "0"})

    assert (200, [line.jonas.id]) == (muted[0], muted[1]["silent_ids"])
    assert (200, []) == (unmuted[0], unmuted[1]["silent_ids"])


def test_any_dialog_can_be_changed(line: Line) -> None:
    """The members of the users' own call work, whatever anybody's role is."""
    dialog = line.group(name="Old")
    changes = {
        "name": "New",
        "photo": "7",
        "extensions": {"place": "Harbour"},
        "permissions": {"allow_preview": True},
        "push_all": {"admins_ids": [line.jonas.id], "pinned_messages_ids": [NO_ID]},
        "pull_all": {"occupants_ids": str(line.ruta.id)},
    }

    status, shown = line.send("PUT", f"/chat/{dialog.id}", changes)

    assert 200 == status
    assert ("New", "7", {"place": "Harbour"}, {"allow_preview": True}) == tuple(
        shown[name] for name in ("name", "photo", "extensions", "permissions")
    )
    assert [line.mara.id, line.jonas.id] == shown["occupants_ids"]
    assert ([line.jonas.id], [NO_ID]) == (shown["admins_ids"], shown["pinned_messages_ids"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"user_id": 1001}, 422),
        ({"is_muted": True}, 422),
        ({"user_id": 9999, "is_muted": True}, 404),
        ({"user_id": 9999, "is_muted": True, "name": "x"}, 404),
        ({"name": ""}, 422),
        ({"push_all": {"admins_ids": [1, 2, 3, 4, 5, 6]}}, 422),
    ],
)
def test_unfit_change_of_a_dialog_is_refused(line: Line, body: Any, status: int) -> None:
    """Muting needs a known user and a flag, and nothing is written by halves."""
    dialog = line.group(name="Old")

    assert status == line.send("PUT", f"/chat/{dialog.id}", body)[0]
    assert ("Old", set()) == (dialog.name, dialog.silent_for)


def test_occupants_of_a_private_dialog_stay(line: Line) -> None:
    """The administration cannot make a private dialog larger either."""
    dialog = line.world.chat.private_dialog(line.mara.id, line.jonas.id)

    status, _ = line.send(
        "PUT", f"/chat/{dialog.id}", {"push_all": {"occupants_ids": [line.ruta.id]}}
    )

    assert 403 == status


def test_dialogs_show_who_silenced_and_who_deleted_them(line: Line) -> None:
    """Nobody's view: no unread count, the sender's status, and the two lists of users."""
    dialog = line.group()
    line.world.add_message(dialog, line.jonas, "Hello", delivered_ids=[line.ruta.id])
    dialog.silent_for.add(line.jonas.id)
    line.world.chat.hide_dialog(dialog, line.ruta.id)

    _, page = line.send("GET", "/chat/list")

    [shown] = page["items"]
    assert ([line.jonas.id], [line.ruta.id]) == (shown["silent_ids"], shown["deleted_ids"])
    assert ("Hello", "delivered", None) == tuple(
        shown[name] for name in ("last_message", "last_message_status", "unread_messages_count")
    )
    assert {"is_muted", "is_e2ee", "occupants_count"} <= shown.keys()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["c", "b", "a"]),
        ("limit=2", ["c", "b"]),
        ("sort_asc=created_at", ["a", "b", "c"]),
        ("sort_desc=updated_at", ["c", "b", "a"]),
        ("sort_asc=_id&limit=1&skip=1", ["b"]),
        ("created_at[gt]=1717977601", ["c"]),
        ("updated_at[lte]=1717977601", ["b", "a"]),
        ("type=2", ["c", "b", "a"]),
        ("type[in]=3,4", []),
        ("name=b", ["b"]),
        ("last_message_date_sent[gt]=1", []),
    ],
)
def test_dialogs_are_listed_newest_first(line: Line, query: str, names: list[str]) -> None:
    """Dates are unix seconds; order and window are as asked for."""
    for name in "abc":
        line.group(name=name)
        line.service.clock.advance(1)

    assert names == line.names(query)


def test_pages_lie_below_the_last_id(line: Line) -> None:
    """`_id[lt]` gives the next page, every page tells how many there are in all."""
    for name in "abc":
        line.group(name=name)

    _, first = line.send("GET", "/chat/list", query="limit=2")
    last_id = first["items"][-1]["_id"]
    _, second = line.send("GET", "/chat/list", query=f"limit=2&_id[lt]={last_id}")
    _, back = line.send("GET", "/chat/list", query=f"sort_asc=_id&_id[gt]={last_id}")

    assert ["c", "b"] == [one["name"] for one in first["items"]]
    assert ["a"] == [one["name"] for one in second["items"]]
    assert ["c"] == [one["name"] for one in back["items"]]
    assert [(3, 0, 2), (3, 0, 2), (3, 0, 100)] == [
        (page["total_entries"], page["skip"], page["limit"]) for page in (first, second, back)
    ]


@pytest.mark.parametrize("path", ["/chat/list", "/chat/messages/list"])
def test_pages_have_a_hundred_at_most(line: Line, path: str) -> None:
    """A larger limit counts as 100."""
    _, page = line.send("GET", path, query="limit=500")

    assert {"total_entries": 0, "skip": 0, "limit": 100, "items": []} == page


@pytest.mark.parametrize("query", ["colour=red", "type[like]=2", "sort_asc=extensions"])
def test_unfit_list_is_refused(line: Line, query: str) -> None:
    """Unknown fields, operators and orders are 422."""
    assert 422 == line.send("GET", "/chat/list", query=query)[0]


def test_messages_of_all_dialogs_are_listed_unread(line: Line) -> None:
    """The newest first, of every dialog or of one; looking at them does not read them."""
    first, second = line.group(), line.group()
    old = line.world.add_message(first, line.mara, "old")
    new = line.world.add_message(second, line.jonas, "new", params={"priority": "high"})
    line.world.chat.delete_for(old, line.ruta.id)
    line.world.chat.edit(new, "edited")

    _, everything = line.send("GET", "/chat/messages/list")
    _, one = line.send("GET", "/chat/messages/list", query=f"chat_dialog_id={first.id}")

    assert ["edited", "old"] == [item["message"] for item in everything["items"]]
    newest = everything["items"][0]
    assert ("high", "2024-06-10T00:00:00Z", []) == tuple(
        newest[name] for name in ("priority", "edited_at", "deleted_for_ids")
    )
    assert [("old", [line.ruta.id], None)] == [
        (item["message"], item["deleted_for_ids"], item["edited_at"]) for item in one["items"]
    ]
    assert ([line.mara.id], [line.jonas.id]) == (old.read_ids, new.read_ids)


NEW = {"name": "Briefing", "start_date": 1, "end_date": 2, "attendees": []}


def test_meeting_is_made_for_its_host(line: Line) -> None:
    """The user who is named hosts it; dates come without milliseconds here."""
    status, meeting = line.send("POST", "/meetings", {**NEW, "user_id": line.jonas.id})

    assert (201, line.jonas.id) == (status, meeting["host_id"])
    assert "2024-06-10T00:00:00Z" == meeting["created_at"]


@pytest.mark.parametrize(
    ("members", "status"),
    [(NEW, 422), ({**NEW, "user_id": "x"}, 422), ({**NEW, "user_id": 9}, 404), ({}, 422)],
)
def test_meeting_needs_a_known_host(line: Line, members: Any, status: int) -> None:
    """A missing host is unfit, an unknown one is not found."""
    assert status == line.send("POST", "/meetings", members)[0]


def test_recordings_are_shown_with_their_files_and_removed(line: Line) -> None:
    """The administration sees `file_uid`; deleting leaves the meeting, and may be repeated."""
    meeting = line.world.add_meeting(line.mara)
    recording = line.world.add_recording(meeting.id)
    path = f"/meetings/recordings/{meeting.id}"

    _, [shown] = line.send("GET", path)
    deleted = [line.send("DELETE", path), line.send("DELETE", path)]

    assert recording.file_uid == shown["file_uid"]
    assert [(200, {})] * 2 == deleted
    assert (200, []) == line.send("GET", path)
    assert {} == line.world.store.objects


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"/chat/{NO_ID}"),
        ("GET", f"/meetings/recordings/{NO_ID}"),
        ("DELETE", f"/meetings/recordings/{NO_ID}"),
    ],
)
def test_unknown_ids_are_not_found(line: Line, method: str, path: str) -> None:
    """An id in the path that nothing has is 404."""
    assert NOT_FOUND == line.send(method, path, {"name": "x"})


@pytest.fixture
def counted(line: Line) -> Line:
    """Two groups on one day and a private dialog two days later; a message in each."""
    for number, seconds in enumerate((0, 60, 2 * 86400)):
        line.service.clock.advance(seconds)
        kind = DialogType.PRIVATE if number == 2 else DialogType.GROUP
        dialog = line.world.add_dialog(line.mara, kind, occupants_ids=[line.jonas.id])
        line.world.add_message(dialog, line.jonas, "Hello")
    return line


@pytest.mark.parametrize(
    ("path", "query", "answer"),
    [
        ("messages/sent-total", "", {"total": 3}),
        ("messages/sent-total", "start_date=1717977660", {"total": 2}),
        ("messages/sent-total", "end_date=1717977600", {"total": 1}),
        ("messages/sent-total", "start_date=1717977601&end_date=1717977660", {"total": 1}),
        ("messages/sent-per-day", "", {"2024-06-10": 2, "2024-06-12": 1}),
        ("messages/sent-per-day", "limit=1", {"2024-06-10": 2}),
        ("messages/sent-per-day", "offset=1", {"2024-06-12": 1}),
        ("dialogs/created-total", "", {"total": 3}),
        ("dialogs/created-total", "types[]=3", {"total": 1}),
        ("dialogs/created-total", "types[]=2&types[]=3", {"total": 3}),
        ("dialogs/created-total", "types=2, 4", {"total": 2}),
        ("dialogs/created-per-day", "types%5B%5D=2", {"2024-06-10": 2}),
        ("dialogs/created-per-day", "start_date=1718000000", {"2024-06-12": 1}),
        ("dialogs/created-per-day", "end_date=1", {}),
    ],
)
def test_statistics_count_what_was_made_when(
    counted: Line, path: str, query: str, answer: Any
) -> None:
    """Both bounds belong to the time; days without anything are left out."""
    assert (200, answer) == counted.send("GET", f"/stats/{path}", query=query)


def test_unfit_time_is_refused(line: Line) -> None:
    """A date that is no number is named."""
    status, answer = line.send("GET", "/stats/messages/sent-total", query="start_date=soon")

    assert (422, {"start_date": ["is not a number"]}) == (status, answer["errors"])


def test_any_user_can_be_deleted(line: Line) -> None:
    """The user and its sessions are gone, and a second time there is nobody to delete."""
    line.world.open_session(line.jonas, ts=0)
    path = f"/user/{line.jonas.id}"

    assert (200, {"success": True}) == line.send("DELETE", path)
    assert [] == line.world.sessions
    assert (404, {"errors": ["User not found"]}) == line.send("DELETE", path)
    assert 404 == line.send("DELETE", "/user/mara")[0]
