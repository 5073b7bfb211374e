"""Our emulator accepts what the official SDK sends, or differs exactly as the list says."""

import base64
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectycube.emulator import IdentityProvider, Service, Settings, WireRequest, WireResponse
from connectycube.emulator.records import File

from .chat_world import arrange_chat, fates_of
from .other_world import arrange_others
from .vectors import (
    API_HOST,
    AREAS,
    CASES,
    EMULATOR_DIFFERENCES,
    PREVIEW_HOST,
    REASONS,
    Case,
    Json,
    body_of,
    counts,
    means_expired,
)

APP_ID: Final = 1
AUTH_KEY: Final = "29WfrNWdvkhmX6V"
JOHN: Final = 81
CUBEUSER: Final = 1
"""Who signs in again when a session has expired."""
OTHERS: Final = (47592, 51943, 51946)
DACIA: Final = 51941
NEW: Final = 4448514
BOUNDARY: Final = "recorded-boundary"
FILE: Final = 46919
FILE_UID: Final = "7cafb6030d3e4348ba49cab24c0cf10800"
_MIXED: Final = (8049, JOHN, "9ad79a5b8bb1430fbc4bbf7be6215cb700")
FILES: Final[Mapping[str, list[tuple[int, int, str]]]] = {
    "storage.get_info": [_MIXED],
    "storage.get_file": [_MIXED],
    "storage.get_file_object": [(8049, JOHN, "789AFF0737033E93E179BD7491169D6043B0")],
    "storage.update": [_MIXED],
    "storage.delete": [(FILE, JOHN, FILE_UID), (46920, OTHERS[0], "somebody-else-s")],
}
_UPLOADS: Final = {"storage.create", "storage.create_and_upload", "storage.upload"}
"""They make a record of their own, of the id that the other cases find."""
# What every provider says about John.
_JOHN_THERE: Final = {
    "facebook_id": "91234409",
    "twitter_id": "83510562734",
    "phone": "380665787842",
    "email": "johnsmith@domain.com",
}
# What she is looked up by.
_DACIA_THERE: Final = {
    "login": "marvin18",
    "email": "marvin18@example.com",
    "facebook_id": "95610574",
    "phone": "44678162873",
    "external_id": "52691165",
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_emulator_accepts_what_they_send(case: Case) -> None:
    """The replay gets the recorded statuses, but for what is listed with a reason."""
    pairs = enumerate(zip(case.answers, Desk(case).replay(), strict=True))
    odd = {str(number): ours.status for number, (theirs, ours) in pairs if _odd(case, theirs, ours)}

    listed = EMULATOR_DIFFERENCES.get(case.id, {"statuses": {}})["statuses"]
    assert listed == odd


def _odd(case: Case, theirs: Json, ours: WireResponse) -> bool:
    """Say whether an answer is one that needs a reason."""
    if case.area == "errors":
        # Trouble was scripted there; without it the request has to be read, and find its place.
        unknown = ours.status == 404 and ours.body.startswith(b"E_ROUTE_NOT_FOUND")
        return unknown or ours.status == 400 or ours.status >= 500
    return bool(theirs["status"] != ours.status)


# One dialog is deleted without a word.
DELETIONS: Final = [
    case
    for case in CASES
    if case.area == "chat"
    and any(fates_of(case).values())
    and case.id != "chat.dialog.delete.one_in_list"
]


@pytest.mark.parametrize("case", DELETIONS, ids=str)
def test_what_is_deleted_has_the_recorded_fate(case: Case) -> None:
    """What was deleted, was not there or was somebody else's is told of each id."""
    [answer] = Desk(case).replay()

    assert case.answers[0]["json"] == json.loads(answer.body)


URLS: Final = [case for case in CASES if case.area == "storage" and "_url." in case.id]


@pytest.mark.parametrize("case", URLS, ids=str)
def test_the_urls_of_files_open(case: Case) -> None:
    """A URL that the official SDK makes leads to the content, if it carries a token."""
    url = urlsplit(case.results[0]["returned"])
    request = WireRequest("GET", url.path, url.query)
    answer = Desk(case).send(request)

    assert (401 if "undefined" in url.query else 301) == answer.status


@pytest.mark.parametrize("case", [case for case in CASES if case.area == "errors"], ids=str)
def test_faults_give_the_recorded_answers(case: Case) -> None:
    """Whatever came in the recording can be scripted, down to the bytes of the body."""
    desk = Desk(case)
    answer = case.answers[0]
    faults = desk.service.faults
    if answer.get("hang"):
        faults.hang()
    elif answer.get("reset"):
        faults.drop()
    elif answer.get("partial"):
        faults.cut()
    else:
        faults.answer(answer["status"], body=body_of(answer), headers=answer.get("headers"))
    outcome = desk.service.receive(desk.request(case.requests[0]))

    assert (outcome.delay == math.inf) == ("hang" in answer)
    assert (outcome.response is None) == bool(answer.keys() & {"hang", "reset"})
    assert (outcome.cut_at is None) == ("partial" not in answer)
    if outcome.response is not None and outcome.cut_at is None:
        assert answer["status"] == outcome.response.status
        assert body_of(answer) == outcome.response.body
        assert answer.get("headers", {}).items() <= outcome.response.headers.items()


def test_every_case_is_replayed() -> None:
    """No case of these areas is left out, and the list speaks of cases that exist."""
    assert AREAS == counts()
    assert set() == EMULATOR_DIFFERENCES.keys() - {case.id for case in CASES}
    assert set() == {listed["because"] for listed in EMULATOR_DIFFERENCES.values()} - REASONS.keys()
    assert all(listed["statuses"] for listed in EMULATOR_DIFFERENCES.values())


class Desk:
    """A service as the recording found it: its users, its sessions, its files."""

    def __init__(self, case: Case) -> None:
        self.case = case
        key = case.args.get("auth_key", AUTH_KEY)
        self.service = Service(app_id=APP_ID, auth_key=key, settings=_settings())
        self._gone = self._gone_tokens()
        self._form: dict[str, str] = {}
        self._store_path = ""
        self._arrange_users()
        for token, user_id in self._tokens():
            self._open(token, user_id)
        self._arrange_files()
        owner = CUBEUSER if case.area == "session_expired" else JOHN
        arrange_chat(self.service, case, user_id=owner, other_id=OTHERS[0])
        arrange_others(self.service, case, user_id=JOHN, add_user=self._user)

    def replay(self) -> Iterator[WireResponse]:
        """Send the requests in their order; what is made on the way is named as it was."""
        for number, request in enumerate(self.case.requests):
            recorded = self.case.answers[number]
            is_upload = request["host"] not in (API_HOST, PREVIEW_HOST)
            if is_upload and recorded.get("status") == 403:
                self.service.clock.advance(3601)  # the policy has expired, as in the recording
            answer = self.send(self.request(request))
            yield answer
            if answer.status == 201 and not is_upload:
                self._name_as_recorded(json.loads(answer.body), recorded.get("json", {}))

    def send(self, request: WireRequest) -> WireResponse:
        response = self.service.receive(request).response
        assert response is not None
        return response

    def request(self, request: Json) -> WireRequest:
        """Return a recorded request as it was on the wire."""
        headers = dict(request["headers"])
        if "multipart" in request:
            headers["content-type"] = headers["content-type"].replace("*", BOUNDARY)
            name, _, value = request["framing"].partition(": ")
            headers[name] = value
            body = self._upload(request["multipart"])
            return WireRequest("POST", self._store_path, "", headers, body, "store")
        body = request.get("raw_body", "").encode()
        if "json" in request:
            body = json.dumps(request["json"], ensure_ascii=False).encode()
        query = request.get("raw_query", "")
        return WireRequest(request["method"], request["path"], query, headers, body)

    def _upload(self, parts: list[Json]) -> bytes:
        """Write a recorded form with the values that our own service gave out for its fields."""
        names = {part["name"] for part in parts}
        assert self._form.keys() <= names
        pieces = [
            _part(part, self._form) for part in parts if part["name"] in {*self._form, "file"}
        ]
        return b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()])

    def _gone_tokens(self) -> set[str]:
        pairs = zip(self.case.requests, self.case.answers, strict=True)
        return {sent["headers"]["cb-token"] for sent, answer in pairs if means_expired(answer)}

    def _tokens(self) -> Iterator[tuple[str, int | None]]:
        given = self.case.given
        steps = [args["session"] for op, args in self.case.steps if op == "auth.set_session"]
        for one in (given["session"], given["app"], self.case.policy.get("session"), *steps):
            if one is not None and "token" in one and one["token"] not in self._gone:
                yield one["token"], one.get("user_id")

    def _arrange_users(self) -> None:
        self._user(JOHN, login="john", password="awesomepwd", **_JOHN_THERE)
        for user_id in OTHERS:
            self._user(user_id, login=f"user-{user_id}")
        if self.case.op == "users.get_v1":
            self._user(DACIA, **_DACIA_THERE)
        password = "changed-since" if "recreate_fails" in self.case.id else "awesomepwd"
        self._user(CUBEUSER, login="cubeuser", password=password)
        if self.case.op == "users.reset_password":
            self._user(2, email="awesomeman@gmail.com")

    def _user(self, user_id: int, **profile: Any) -> None:
        world = self.service.world
        world.ids._users = itertools.count(user_id)
        world.add_user(**profile)
        world.ids._users = itertools.count(NEW)

    def _open(self, token: str, user_id: int | None) -> None:
        world = self.service.world
        self._rename(world.open_session(world.user(user_id), ts=0).token, token)

    def _rename(self, token: str, recorded: str) -> None:
        sessions = self.service.world._sessions
        sessions[recorded] = sessions.pop(token)
        sessions[recorded].token = recorded

    def _arrange_files(self) -> None:
        for file_id, owner, uid in FILES.get(self.case.op, [(FILE, JOHN, FILE_UID)]):
            file = self._file(owner, uid)
            if self.case.op not in _UPLOADS:
                self._call_file(file, file_id)

    def _file(self, owner: int, uid: str) -> File:
        world = self.service.world
        file = world.files.add(world.ids, owner, world.now(), older=False)
        file.uid, known = uid, file.uid
        world.files._by_uid[uid] = world.files._by_uid.pop(known)
        file.public = self.case.op == "storage.public_url"
        file.completed_at = world.now()
        return file

    def _call_file(self, file: File, file_id: int) -> None:
        files = self.service.world.files
        files._by_id[str(file_id)] = files._by_id.pop(str(file.id))
        file.id = file_id

    def _name_as_recorded(self, ours: Json, theirs: Json) -> None:
        if "session" in ours:
            token = theirs["session"]["token"]
            if token not in self._gone:
                self._rename(ours["session"]["token"], token)
        if "blob" in ours:
            params = urlsplit(ours["blob"]["blob_object_access"]["params"])
            self._form = dict(parse_qsl(params.query.replace("+", "%2B")))
            self._store_path = params.path
            file = self.service.world.files.find(uid=ours["blob"]["uid"])
            assert file is not None
            self._call_file(file, theirs["blob"]["id"])


def _settings() -> Settings:
    provider = IdentityProvider(verify=lambda _: {"user": {"id": "own-81"}})
    names = ("facebook", "twitter", "firebase_phone", "firebase_email")
    return Settings(
        v1_enabled=True,
        identity=provider,
        verifiers={name: lambda _: _JOHN_THERE for name in names},
    )


def _part(part: Json, form: dict[str, str]) -> bytes:
    head = f'Content-Disposition: form-data; name="{part["name"]}"'
    if part["name"] != "file":
        return f"--{BOUNDARY}\r\n{head}\r\n\r\n{form[part['name']]}\r\n".encode()
    if "filename" in part:
        head += f'; filename="{part["filename"]}"'
    head = f"--{BOUNDARY}\r\n{head}\r\nContent-Type: {part['content_type']}\r\n\r\n"
    return head.encode() + base64.b64decode(part["value_base64"]) + b"\r\n"
