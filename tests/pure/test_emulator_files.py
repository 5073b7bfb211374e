"""Files of the emulator: their records, who may touch them, and the way to their contents."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest, WireResponse
from connectycube.emulator.records import File
from connectycube.emulator.service import Service
from connectycube.emulator.store import StoredObject

GONE = {"errors": {"base": ["Required session does not exist"]}}
MISSING = {"errors": ["The resource wasn't found"]}
FORBIDDEN = {
    "errors": {"base": ["You don't have appropriate permissions to perform this operation"]}
}


class Desk:
    """A service with two users at it, Mara and Jonas, and an application session."""

    def __init__(self) -> None:
        clock = Clock(datetime(2024, 6, 10, 9, 20, tzinfo=UTC), frozen=True)
        self.service = Service(clock=clock)
        world = self.service.world
        users = {name: world.add_user(login=name) for name in ("mara", "jonas")}
        self.tokens = {name: world.open_session(user, ts=0).token for name, user in users.items()}
        self.tokens |= {"app": world.open_session(None, ts=0).token, "gone": "gone", "": ""}

    def ask(
        self, method: str, path: str, body: Any = None, *, caller: str = "mara"
    ) -> WireResponse:
        path, _, query = path.partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"CB-Token": self.tokens[caller]}
        response = self.service.receive(WireRequest(method, path, query, headers, content)).response
        assert response is not None
        return response

    def create(self, **members: Any) -> File:
        blob = {"name": "portrait.png", "content_type": "image/png", **members}
        answer = parsed(self.ask("POST", "/blobs", {"blob": blob}))[1]
        file = self.service.world.files.find(uid=answer["blob"]["uid"])
        assert file is not None
        return file

    def fill(self, **members: Any) -> File:
        file = self.create(**members)
        self.service.world.store.objects[file.uid] = StoredObject(
            key=file.uid, content_type="image/png", public=file.public, etag="", content=b"hello"
        )
        self.ask("PUT", f"/blobs/{file.id}/complete", {"blob": {"size": 5}})
        return file

    def follow(self, response: WireResponse) -> tuple[int, bytes]:
        url = urlsplit(response.headers["Location"])
        request = WireRequest("GET", url.path, url.query, origin="store")
        content = self.service.receive(request).response
        assert content is not None
        return content.status, content.body


@pytest.fixture
def desk() -> Desk:
    return Desk()


def parsed(response: WireResponse) -> tuple[int, Any]:
    return response.status, json.loads(response.body) if response.body else None


def test_created_file_is_private_and_says_where_its_content_goes(desk: Desk) -> None:
    """A record has no size yet, is private unless told otherwise, and brings a write URL."""
    status, answer = parsed(
        desk.ask("POST", "/blobs.json", {"blob": {"name": "я.png", "content_type": "image/png"}})
    )
    blob = answer["blob"]

    assert (201, "я.png", None, False) == (status, blob["name"], blob["size"], blob["public"])
    access = blob["blob_object_access"]
    assert f"&key={blob['uid']}&" in access.pop("params")
    ids = {"id": blob["id"], "blob_id": blob["id"]}
    assert {**ids, "expires": "2024-06-10T10:20:00Z", "object_access_type": "Write"} == access
    assert [True, True, False] == [desk.create(public=one).public for one in (True, "1", "false")]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("name", None, "can't be blank"),
        ("name", "", "can't be blank"),
        ("name", "n" * 101, "is too long (maximum is 100 characters)"),
        ("name", ["n"], "must be a string"),
        ("content_type", None, "can't be blank"),
        ("content_type", "png", "is invalid"),
        ("content_type", "a/b\r\nX: 1", "is invalid"),
    ],
)
def test_unfit_file_is_refused(desk: Desk, name: str, value: Any, reason: str) -> None:
    """A file needs a name of 1 to 100 characters and a content type."""
    blob = {"name": "n" * 100, "content_type": "a/b", name: value}

    refused = desk.ask("POST", "/blobs", {"blob": blob})
    assert (422, {"errors": {name: [reason]}}) == parsed(refused)
    assert {"name", "content_type"} == set(parsed(desk.ask("POST", "/blobs", {}))[1]["errors"])
    assert 0 == len(desk.service.world.files)


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(
    "body", [{"blob": {"size": 347}}, {"blob": {"size": "347"}}, {"size": 347}]
)
def test_file_is_completed_in_every_spelling(desk: Desk, method: str, body: Any) -> None:
    """Both methods, both bodies, numbers and numeric strings complete a file."""
    file = desk.create()
    desk.service.clock.advance(3)

    assert (200, None) == parsed(desk.ask(method, f"/blobs/{file.id}/complete", body))
    shown = parsed(desk.ask("GET", f"/blobs/{file.id}"))[1]["blob"]
    assert (347, "2024-06-10T09:20:03Z") == (shown["size"], shown["updated_at"])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "can't be blank"),
        ({"blob": {}}, "can't be blank"),
        ({"size": ""}, "can't be blank"),
        ({"size": -1}, "is not a number"),
        ({"size": "1.5"}, "is not a number"),
        ({"size": True}, "is not a number"),
    ],
)
def test_completion_needs_a_size(desk: Desk, body: Any, reason: str) -> None:
    """Without a number of bytes the file stays incomplete."""
    file = desk.create()

    refused = desk.ask("PUT", f"/blobs/{file.id}/complete", body)
    assert (422, {"errors": {"size": [reason]}}) == parsed(refused)
    assert None is file.completed_at


@pytest.mark.parametrize(
    "request_",
    [
        ("PUT", "/blobs/{id}/complete", {"size": 1}),
        ("PUT", "/blobs/{id}", {"blob": {"name": "other"}}),
        ("DELETE", "/blobs/{id}", None),
    ],
)
@pytest.mark.parametrize(
    ("caller", "id_", "answer"),
    [
        ("jonas", "{id}", (403, FORBIDDEN)),
        ("mara", "0", (404, MISSING)),
        ("mara", "{uid}", (404, MISSING)),
        ("app", "{id}", (403, {"errors": {"base": ["Forbidden. Need user."]}})),
        ("gone", "{id}", (401, GONE)),
        ("", "{id}", (401, {"errors": ["Token is required"]})),
    ],
)
def test_only_the_owner_changes_a_file(
    desk: Desk, request_: Any, caller: str, id_: str, answer: Any
) -> None:
    """Everybody else is refused, and the record stays as it is."""
    file = desk.fill()
    method, path, body = request_
    asked = path.format(id=id_.format(id=file.id, uid=file.uid))

    assert answer == parsed(desk.ask(method, asked, body, caller=caller))
    assert [(5, "portrait.png")] == [(one.size, one.name) for one in desk.service.world.files]


@pytest.mark.parametrize(
    "path", ["/blobs/{uid}", "/blobs/{uid}/download", "/blobs/{uid}/download.json"]
)
@pytest.mark.parametrize(
    ("public", "caller", "query", "status"),
    [
        (False, "mara", "", 301),
        (False, "jonas", "", 301),
        (False, "", "mara", 301),
        (False, "gone", "jonas", 301),
        (False, "", "", 401),
        (False, "gone", "", 401),
        (False, "", "gone", 401),
        (False, "mara", "gone", 401),
        (False, "app", "", 403),
        (False, "", "app", 403),
        (True, "", "", 301),
        (True, "gone", "gone", 301),
    ],
)
def test_content_opens_to_those_who_may(
    *, desk: Desk, path: str, public: bool, caller: str, query: str, status: int
) -> None:
    """A public file opens to anybody, a private one to any user's session; a query's token wins."""
    file = desk.fill(public=public)
    asked = path.format(uid=file.uid) + (f"?token={desk.tokens[query]}" if query else "")
    response = desk.ask("GET", asked, caller=caller)

    assert status == response.status
    if status == 301:
        assert (200, b"hello") == desk.follow(response)
        assert b"" == response.body


def test_opening_a_url_counts_as_activity(desk: Desk) -> None:
    """A URL opens until its session dies, and each opening keeps the session alive."""
    path = f"/blobs/{desk.fill().uid}?token={desk.tokens['jonas']}"
    statuses: list[int] = []
    for seconds in (7000, 7000, 7200):
        desk.service.clock.advance(seconds)
        statuses.append(desk.ask("GET", path, caller="").status)

    assert [301, 301, 401] == statuses


def test_only_completed_files_can_be_read(desk: Desk) -> None:
    """A file that was never completed has no content, public or not."""
    files = [desk.create(public=public) for public in (True, False)]
    paths = [
        path.format(file.uid)
        for file in files
        for path in ("/blobs/{}", "/blobs/{}/download", "/blobs/{}/object?download_url=1")
    ]

    assert [(404, MISSING)] * 6 == [parsed(desk.ask("GET", path)) for path in paths]
    assert (404, MISSING) == parsed(desk.ask("GET", "/blobs/FA4EFFFF"))
    assert (404, MISSING) == parsed(desk.ask("GET", "/blobs/1"))


def test_completed_file_without_content_leads_to_nothing(desk: Desk) -> None:
    """Completing before uploading is taken; the store then has nothing to show."""
    file = desk.create()
    desk.ask("PUT", f"/blobs/{file.id}/complete", {"size": 5})

    status, body = desk.follow(desk.ask("GET", f"/blobs/{file.uid}"))
    assert (404, True) == (status, b"NoSuchKey" in body)


def test_object_has_a_signed_url_on_demand(desk: Desk) -> None:
    """The record of a uid comes with a URL that opens without any session."""
    file = desk.fill()
    plain = parsed(desk.ask("GET", f"/blobs/{file.uid}/object"))[1]["blob"]
    asked = desk.ask("GET", f"/blobs/{file.uid}/object?download_url=1", caller="jonas")
    url = parsed(asked)[1]["blob"]["blob_object_access"]["download_url"]

    assert "blob_object_access" not in plain
    assert plain == parsed(desk.ask("GET", f"/blobs/{file.uid}.json"))[1]["blob"]
    assert (200, b"hello") == desk.follow(WireResponse(301, {"Location": url}, b""))
    assert 401 == desk.ask("GET", f"/blobs/{file.uid}/object", caller="").status


def test_deleted_file_is_gone_from_the_store_too(desk: Desk) -> None:
    """Neither record nor content outlives a deletion, and a second one finds nothing."""
    file = desk.fill(public=True)
    opened = desk.ask("GET", f"/blobs/{file.uid}")

    assert [200, 404] == [desk.ask("DELETE", f"/blobs/{file.id}").status for _ in range(2)]
    assert 403 == desk.follow(opened)[0]
    assert {} == desk.service.world.store.objects
    assert [404, 404] == [desk.ask("GET", f"/blobs/{one}").status for one in (file.id, file.uid)]


def test_own_files_are_listed_in_pages(desk: Desk) -> None:
    """A list has the caller's files alone."""
    files = [desk.create(name=f"{number}.png") for number in range(3)]
    status, page = parsed(desk.ask("GET", "/blobs?page=2&per_page=2"))

    assert [files[2].id] == [item["blob"]["id"] for item in page.pop("items")]
    assert (200, {"current_page": 2, "per_page": 2, "total_entries": 3}) == (status, page)
    assert 0 == parsed(desk.ask("GET", "/blobs", caller="jonas"))[1]["total_entries"]


def test_file_is_updated_and_may_get_new_content(desk: Desk) -> None:
    """Name and type change on their own; `new` brings a write URL for the same object."""
    file = desk.fill()
    desk.service.clock.advance(7000)
    renamed = parsed(desk.ask("PUT", f"/blobs/{file.id}", {"blob": {"name": "me.png"}}))[1]["blob"]
    renewed = parsed(desk.ask("PUT", f"/blobs/{file.id}", {"blob": {"new": "1"}}))[1]["blob"]
    refused = desk.ask("PUT", f"/blobs/{file.id}", {"blob": {"name": ""}})

    assert ("me.png", "image/png", 5) == tuple(renamed[n] for n in ("name", "content_type", "size"))
    assert "blob_object_access" not in renamed
    assert "2024-06-10T12:16:40Z" == renewed["blob_object_access"]["expires"]
    assert f"key={file.uid}" in renewed["blob_object_access"]["params"]
    assert 422 == refused.status


def test_older_backends_have_other_names(desk: Desk) -> None:
    """Older uids are lower-case, and records name the application."""
    desk.service.settings.older_objects = True
    file = desk.create()

    assert (34, file.uid.lower()) == (len(file.uid), file.uid)
    assert 21 == parsed(desk.ask("GET", f"/blobs/{file.id}"))[1]["blob"]["app_id"]
    assert file.uid not in repr([file, desk.service.world.files])


def test_avatar_is_the_uid_of_a_file(desk: Desk) -> None:
    """A user's avatar is a plain text member, and leads to the file."""
    user, file = desk.service.world.users[0], desk.fill()
    desk.ask("PUT", f"/users/{user.id}", {"user": {"avatar": file.uid}})
    path = f"/blobs/{user.avatar}?token={desk.tokens['jonas']}"

    assert (200, b"hello") == desk.follow(desk.ask("GET", path, caller=""))
