"""Filling the emulator from one document."""

import json
import sys
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from connectycube.emulator import seeding
from connectycube.emulator.chat_records import DialogType
from connectycube.emulator.clock import Clock
from connectycube.emulator.control import control
from connectycube.emulator.messages import WireRequest
from connectycube.emulator.seeding_file import read_seed
from connectycube.emulator.seeding_place import SeedError
from connectycube.emulator.service import Service

USERS: list[dict[str, Any]] = [
    {
        "login": "mara",
        "password": "long-enough-1",
        "email": "mara@example.org",
        "tags": ["crew", "beta"],
        "phone": 37120000001,
        "custom_data": {"theme": "dark"},
        "online": True,
        "avatar": "portrait",
        "subscriptions": [{"token": "device-token", "udid": "phone-1"}],
        "contacts": {"37120000002": "Jonas", "37120000003": "Ruta"},
    },
    {"login": "jonas", "key": "skipper", "last_request_at": "2024-06-09T18:00:00Z"},
    {"email": "ruta@example.org"},
    {"key": "visitor", "guest": True, "full_name": "Blue Heron"},
]
FILES: list[dict[str, Any]] = [
    {
        "owner": "mara",
        "key": "portrait",
        "name": "portrait.png",
        "content_type": "image/png",
        "content_base64": "iVBORw==",
        "public": True,
    },
    {"owner": "skipper", "name": "notes.txt", "content": "Bring ropes"},
]
MESSAGES: list[dict[str, Any]] = [
    {
        "from": "mara",
        "key": "question",
        "text": "Anyone for Saturday?",
        "sent_at": "2024-06-08T10:00:00+02:00",
        "read_by": ["skipper"],
        "delivered_to": ["ruta@example.org"],
        "reactions": {"👍": ["skipper", "mara"]},
        "pinned": True,
    },
    {
        "from": "skipper",
        "attachments": [{"type": "image", "file": "portrait"}],
        "params": {"priority": "high"},
        "deleted_for": ["mara"],
    },
]
DOCUMENT: dict[str, Any] = {
    "users": USERS,
    "files": FILES,
    "dialogs": [
        {
            "name": "Crew",
            "owner": "mara",
            "occupants": ["skipper", "ruta@example.org"],
            "admins": ["skipper"],
            "photo": "portrait",
            "extensions": {"place": "Harbour"},
            "allow_preview": True,
            "silent_for": ["skipper"],
            "created_at": 1717500000,
            "messages": MESSAGES,
            "whiteboards": [{"name": "Plan"}],
        },
        {
            "key": "whispers",
            "type": "private",
            "owner": "mara",
            "occupants": ["skipper"],
            "messages": [{"from": "mara", "text": "Psst"}],
            "hidden_for": ["skipper"],
        },
        {"type": 1, "name": "News", "owner": "skipper"},
    ],
    "classes": [
        {
            "name": "Boat",
            "fields": {"name": "String", "length": "Float"},
            "permissions": {"create": {"access": "open_for_users_ids", "ids": ["mara"]}},
            "records": [
                {"owner": "mara", "key": "albatross", "fields": {"name": "Albatross"}},
                {"owner": "skipper", "parent": "albatross", "fields": {"length": 2.5}},
            ],
        }
    ],
    "meetings": [
        {
            "name": "Briefing",
            "host": "mara",
            "start_date": "2024-06-11T10:00:00Z",
            "end_date": 1718103600,
            "attendees": ["skipper", "ruta@example.org", "visitor@example.org"],
            "chat": True,
            "notify_before": {"metric": "minutes", "value": 15},
            "recordings": [{"content": "moving pictures", "duration": 61.5}],
        }
    ],
}


@pytest.fixture
def service() -> Service:
    return Service(clock=Clock(datetime(2024, 6, 10, tzinfo=UTC), frozen=True))


def test_seed_has_users_with_all_that_is_theirs(service: Service) -> None:
    """Profiles, files, devices and contacts are there as if the users had made them."""
    seeded = service.seed(DOCUMENT)

    world = service.world
    mara, jonas, ruta, guest = world.users
    assert {"mara": mara.id, "skipper": jonas.id, "ruta@example.org": ruta.id} == {
        name: seeded["users"][name] for name in ("mara", "skipper", "ruta@example.org")
    }
    assert (("crew", "beta"), "37120000001", '{"theme": "dark"}', True) == (
        mara.tags,
        mara.phone,
        mara.custom_data,
        mara.is_online,
    )
    assert datetime(2024, 6, 9, 18, tzinfo=UTC) == jonas.last_request_at
    assert (True, "Blue Heron") == (guest.is_guest, guest.full_name)
    assert [(mara.id, "device-token", "gcm")] == [
        (one.user_id, one.token, one.channel) for one in world.push.subscriptions
    ]
    book = {"37120000002": "Jonas", "37120000003": "Ruta"}
    assert book == world.address_books.book(mara.id)
    contents = {one.name: world.store.objects[one.uid].content for one in world.files}
    assert {"portrait.png": b"\x89PNG", "notes.txt": b"Bring ropes"} == contents
    assert seeded["files"]["portrait"] == mara.avatar


def test_seeded_user_can_sign_in(service: Service) -> None:
    """The password of a seed is the user's password."""
    service.seed({"users": USERS[:1]})
    body = {
        "application_id": service.app_id,
        "auth_key": service.auth_key,
        "user": {"login": "mara", "password": "long-enough-1"},
    }

    outcome = service.receive(WireRequest("POST", "/session", "", {}, json.dumps(body).encode()))

    assert outcome.response is not None
    assert 201 == outcome.response.status


def test_seed_has_dialogs_with_their_messages(service: Service) -> None:
    """References by name become ids, and whoever read a message got it."""
    seeded = service.seed(DOCUMENT)

    chat = service.world.chat
    mara, jonas, ruta, _ = (one.id for one in service.world.users)
    crew, whispers, news, meeting = chat.dialogs
    assert ([mara, jonas, ruta], [jonas]) == (crew.occupants_ids, crew.admins_ids)
    assert (seeded["files"]["portrait"], {"place": "Harbour"}, True, {jonas}) == (
        crew.photo,
        crew.extensions,
        crew.allow_preview,
        crew.silent_for,
    )
    assert datetime(2024, 6, 4, 11, 20, tzinfo=UTC) == crew.created_at
    first, second = chat.messages_of(crew)
    assert (1717833600, [mara, jonas], [mara, ruta, jonas]) == (
        first.date_sent,
        first.read_ids,
        first.delivered_ids,
    )
    assert ({"👍": [jonas, mara]}, [first.id]) == (first.reactions, crew.pinned_messages_ids)
    assert [{"type": "image", "uid": seeded["files"]["portrait"]}] == second.attachments
    assert ({"priority": "high"}, {mara}) == (second.params, second.deleted_for)
    assert (DialogType.PRIVATE, {jonas}) == (whispers.type, whispers.hidden_for)
    assert (DialogType.BROADCAST, DialogType.MEETING) == (news.type, meeting.type)
    assert ["Plan"] == [one.name for one in service.world.whiteboards.of_dialog(crew.id)]
    assert {"Crew": crew.id, "whispers": whispers.id, "News": news.id} == seeded["dialogs"]
    assert {"question": first.id} == seeded["messages"]


def test_seed_has_classes_with_their_records(service: Service) -> None:
    """Values are cast, and a record may be the child of one above it."""
    seeded = service.seed(DOCUMENT)

    objects = service.world.custom_objects
    mara, jonas, *_ = service.world.users
    [boat] = objects.classes
    first, second = objects.records("Boat")
    assert (str(mara.id),) == boat.rules["create"].meant
    assert ({"name": "Albatross", "length": None}, mara.id) == (first.values, first.owner_id)
    assert (first.id, jonas.id, 2.5) == (
        second.parent_id,
        second.owner_id,
        second.values["length"],
    )
    assert {"albatross": first.id} == seeded["records"]


def test_seed_has_meetings_with_their_recordings(service: Service) -> None:
    """Users are invited by name, others by address."""
    seeded = service.seed(DOCUMENT)

    _, jonas, ruta, _ = service.world.users
    [meeting] = service.world.meetings
    assert {"Briefing": meeting.id} == seeded["meetings"]
    assert [
        {"id": jonas.id},
        {"id": ruta.id, "email": "ruta@example.org"},
        {"email": "visitor@example.org"},
    ] == [one.members for one in meeting.attendees]
    assert (1718100000, 1718103600) == (meeting.start_date, meeting.end_date)
    [recording] = service.world.meetings.recordings_of(meeting.id)
    assert 61.5 == recording["duration"]


# What is wrong, and what the error begins with.
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"user": []}, "user: is not known here; known are users, files, dialogs"),
    ({"users": {}}, "users: must be a list"),
    ({"users": ["mara"]}, "users[0]: must be an object"),
    ({"users": [{"login": "mara", "pasword": "x"}]}, "users[0].pasword: is not known here"),
    ({"users": [{"full_name": "Mara"}]}, "users[0]: needs a login or an email"),
    ({"users": [{"login": "ab"}]}, "users[0].login: is too short"),
    ({"users": [{"login": "mara", "tags": list("abcdef")}]}, "users[0].tags: is too long"),
    ({"users": [{"login": "mara"}] * 2}, "users[1].login: there is a user with this login already"),
    (
        {"users": [{"login": "mara"}, {"login": "jonas", "key": "mara"}]},
        'users[1]: there are two users called "mara"',
    ),
    ({"users": [{"login": "mara", "online": 1}]}, "users[0].online: must be true or false"),
    ({"users": [{"login": "mara", "last_request_at": "soon"}]}, "users[0].last_request_at: must"),
    (
        {"users": [{"login": "mara", "subscriptions": [{"token": "x"}]}]},
        "users[0].subscriptions[0]: needs udid",
    ),
    (
        {
            "users": [
                {"login": "a-b", "subscriptions": [{"token": "x", "udid": "y", "channel": "z"}]}
            ]
        },
        "users[0].subscriptions[0].channel: must be one of",
    ),
    ({"files": [{"owner": "nobody", "name": "x"}]}, 'files[0].owner: there is no user called "nob'),
    ({"dialogs": [{"name": "x"}]}, "dialogs[0]: needs owner"),
    (
        {"users": USERS[:2], "files": [{"owner": "mara", "name": "x", "content_base64": "?"}]},
        "files[0].content_base64: must be base64",
    ),
    *(
        ({"users": USERS[:2], "files": FILES[:1], "dialogs": [{"owner": "mara", **dialog}]}, error)
        for dialog, error in (
            ({"occupants": ["skipper", "jonass"]}, "dialogs[0].occupants[1]: there is no user"),
            ({"type": "groop"}, "dialogs[0].type: must be one of broadcast, group, private"),
            ({"type": "private"}, "dialogs[0]: a private dialog has exactly one occupant"),
            ({"messages": [{"text": "x"}]}, "dialogs[0].messages[0]: needs from"),
            ({"messages": [{"from": "mara", "text": []}]}, "dialogs[0].messages[0].text: must be"),
            (
                {"messages": [{"from": "mara", "attachments": [{"file": "x"}]}]},
                'dialogs[0].messages[0].attachments[0].file: there are no files called "x"',
            ),
            (
                {"messages": [{"from": "mara", "reactions": {"👍": ["x"]}}]},
                "dialogs[0].messages[0].reactions.👍[0]: there is no user",
            ),
        )
    ),
    *(
        ({"users": USERS[1:2], "classes": [{"name": "Boat", **boat}]}, error)
        for boat, error in (
            ({"fields": {"length": "Metre"}}, "classes[0]: Boat.length must be one of"),
            ({"fields": {}, "permissions": {"do": {}}}, "classes[0].permissions: "),
            (
                {"fields": {}, "records": [{"owner": "skipper", "fields": {"size": 1}}]},
                "classes[0].records[0].fields.size: Boat has no such field",
            ),
            (
                {
                    "fields": {"size": "Integer"},
                    "records": [{"owner": "skipper", "fields": {"size": "large"}}],
                },
                "classes[0].records[0].fields.size: ",
            ),
            (
                {"fields": {}, "records": [{"owner": "skipper", "parent": "x"}]},
                'classes[0].records[0].parent: there are no records called "x"',
            ),
        )
    ),
    *(
        ({"users": USERS[1:2], "meetings": [{"host": "skipper", **meeting}]}, error)
        for meeting, error in (
            ({"attendees": ["nobody"]}, "meetings[0].attendees[0]: there is no user"),
            ({"timezone": {}}, "meetings[0].timezone: needs an offset"),
            ({"recordings": [{"size": "x"}]}, "meetings[0].recordings[0].size: must be a number"),
        )
    ),
]


@pytest.mark.parametrize(("document", "error"), WRONG, ids=[error for _, error in WRONG])
def test_errors_say_where(service: Service, document: dict[str, Any], error: str) -> None:
    """The path in the document comes first, then what is wrong there."""
    with pytest.raises(SeedError) as raised:
        service.seed(document)

    assert str(raised.value).startswith(error)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place below a value: what holds it, and its key there."""
    if isinstance(value, dict):
        keys: list[Any] = list(cast("dict[str, Any]", value))
    else:
        keys = list(range(len(value))) if isinstance(value, list) else []
    below = [place for key in keys for place in places(value[key])]
    return [(value, key) for key in keys] + below


@pytest.mark.parametrize("odd", [None, -1, [None], {"a": 1}], ids=str)
def test_odd_values_are_taken_or_refused(odd: Any) -> None:
    """Whatever stands anywhere in a document, nothing but a `SeedError` is raised."""
    count = len(places(DOCUMENT))
    refused: list[str] = []
    for number in range(count):
        document = deepcopy(DOCUMENT)
        holder, key = places(document)[number]
        holder[key] = odd
        try:
            Service(seed=document)
        except SeedError as error:
            refused.append(str(error))

    assert all(": " in reason for reason in refused)
    assert 0 < len(refused) < count


def test_docstring_is_a_seed(service: Service) -> None:
    """The document in the module's own words works."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is an extra")
    _, _, text = (seeding.__doc__ or "").partition("In YAML:\n")

    seeded = service.seed(yaml.safe_load(text))

    assert ["users", "files", "dialogs", "whiteboards", "meetings"] == list(seeded)


def test_later_seeds_know_what_came_before(service: Service) -> None:
    """Names of an earlier seed, and users that Python added, can be used."""
    service.world.add_user(login="ruta")
    service.seed({"users": USERS[1:2]})

    seeded = service.seed({"dialogs": [{"name": "Two", "owner": "ruta", "occupants": ["skipper"]}]})

    assert {"skipper", "Two"} == {*seeded["users"], *seeded["dialogs"]}


def test_reset_brings_the_first_seed_back() -> None:
    """What was seeded at the start returns with a reset, whatever became of it meanwhile."""
    document: dict[str, Any] = {"users": [{"login": "mara"}]}
    service = Service(seed=document)
    document["users"][0]["login"] = "other"
    service.seed({"users": [{"login": "jonas"}]})
    service.world.remove_user(1001)

    service.reset()

    assert ["mara"] == [one.login for one in service.world.users]
    assert {"users": {"mara": 1001}} == service.seeded


def test_seeding_over_http(service: Service) -> None:
    """`POST /_emulator/seed` answers with the ids by name; an error is 400 and says where."""

    def ask(method: str, body: Any = None) -> tuple[int, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        response = control(service, WireRequest(method, "/_emulator/seed", "", {}, content))
        return response.status, json.loads(response.body)

    seeded = {"users": {"mara": 1001}}
    assert (200, seeded) == ask("POST", {"users": [{"login": "mara"}]})
    assert (200, seeded) == ask("GET")
    assert (400, {"errors": ["users[0]: needs a login or an email"]}) == ask(
        "POST", {"users": [{}]}
    )


def test_json_file_is_read(tmp_path: Path) -> None:
    """A file whose name says nothing of YAML is JSON."""
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"users": [{"login": "mära"}]}), encoding="utf-8")

    assert {"users": [{"login": "mära"}]} == read_seed(path)


YAML = """
users:
  - {login: mara, phone: 37120000001, last_request_at: 2024-06-09T18:00:00Z}
dialogs:
  - {name: Crew, owner: mara, created_at: 2024-06-04}
"""


def test_yaml_file_is_read_where_pyyaml_is_installed(tmp_path: Path) -> None:
    """Numbers and dates may stand as YAML reads them by itself."""
    pytest.importorskip("yaml", reason="PyYAML is an extra")
    path = tmp_path / "seed.yaml"
    path.write_text(YAML, encoding="utf-8")

    service = Service(seed=read_seed(path))

    [mara], [crew] = service.world.users, service.world.chat.dialogs
    assert (
        "37120000001",
        datetime(2024, 6, 9, 18, tzinfo=UTC),
        datetime(2024, 6, 4, tzinfo=UTC),
    ) == (
        mara.phone,
        mara.last_request_at,
        crew.created_at,
    )
    path.write_text("users: [", encoding="utf-8")
    with pytest.raises(SeedError, match=r"seed\.yaml: "):
        read_seed(path)


def test_yaml_without_pyyaml_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the package and the way without it."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "seed.yml"
    path.write_text(YAML, encoding="utf-8")

    with pytest.raises(SeedError, match="needs PyYAML: run `pip install pyyaml`"):
        read_seed(path)


@pytest.mark.parametrize("content", ["{", "[]", '"users"'])
def test_unfit_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    """What is no JSON, or no object, is told with the name of the file."""
    path = tmp_path / "seed.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(SeedError, match=r"seed\.json: "):
        read_seed(path)


def test_empty_file_seeds_nothing(tmp_path: Path) -> None:
    """`null` is a document without anything, as an empty YAML file is."""
    path = tmp_path / "seed.json"
    path.write_text("null", encoding="utf-8")

    assert {} == read_seed(path)
