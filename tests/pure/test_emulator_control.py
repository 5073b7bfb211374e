"""The control routes of the emulator: what Python tests do, over HTTP."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import attrs
import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.control import control
from connectycube.emulator.fault import FaultKind
from connectycube.emulator.hosts import Hosts
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


EVERY_KIND: list[dict[str, Any]] = [
    {"kind": "status", "code": 500},
    {"kind": "answer", "status": 201, "body": {"a": 1}},
    {"kind": "rate_limit", "retry_after": 1, "as_date": True},
    {"kind": "redirect", "location": "http://127.0.0.1:1/", "code": 301},
    {"kind": "huge", "mebibytes": 1, "gzip": True},
    {"kind": "delay", "seconds": 0.1, "up_to": 0.2},
    {"kind": "expire"},
    {"kind": "hang"},
    {"kind": "drop", "read": False},
    {"kind": "cut", "at": 0.1},
    {"kind": "stall", "at": 0.1, "seconds": 1},
    {"kind": "drip", "seconds": 0.1, "size": 2},
    {"kind": "garble", "spoiled": "json"},
    {"kind": "mistype", "content_type": "text/plain", "body": "x"},
]


@pytest.mark.parametrize("fault", EVERY_KIND, ids=lambda fault: fault["kind"])
def test_every_fault_is_scripted_alone_and_as_a_step(service: Service, fault: Any) -> None:
    """What Python says with arguments, another program says with members."""
    match = {"method": "get", "path": "/session", "session": "t", "every": 2, "times": 3}
    shown = {"method": "GET", "path": "/session", "session": "t", "every": 2, "remaining": 3}
    shown |= {"kind": fault["kind"], "origin": None, "after": 0, "probability": 1.0}
    steps = {"kind": "script", "steps": [fault, None], "probability": 0.5}

    assert (200, shown) == ask(service, "POST", "faults", fault | match)
    assert "script" == ask(service, "POST", "faults", steps)[1]["kind"]
    assert {one["kind"] for one in EVERY_KIND} == set(get_args(FaultKind))


def test_chance_is_seeded(service: Service) -> None:
    """Another program says where the generator starts."""

    def met() -> list[int | None]:
        ask(service, "DELETE", "faults")
        ask(service, "POST", "faults", {"kind": "status", "code": 503, "probability": 0.5})
        return [status_of(service) for _ in range(50)]

    first, second = met(), met()
    assert (200, {}) == ask(service, "POST", "faults/seed", {"number": 0})

    assert first == met() != second


def test_requests_tell_what_became_of_them(service: Service) -> None:
    """Load and outcomes can be counted: the fault that each request met, and whether it counted."""
    service.faults.hang()
    service.faults.drop(processed=True)
    for _ in range(3):
        status_of(service)

    assert [("hang", False), ("drop", True), (None, True)] == [
        (one["fault"], one["processed"]) for one in ask(service, "GET", "requests")[1]
    ]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ('filename="a.txt"', "a.txt"),
        ("filename=a.txt", "a.txt"),
        (r'filename="C:\temp\new.txt"', r"C:\temp\new.txt"),
        ('filename="\\"', "\\"),
        (r'filename="\\server\new.txt"', r"\\server\new.txt"),
        ('filename="a%22b"', "a%22b"),
        ('filename="x; name=y"', "x; name=y"),
        ('FileName=""', ""),
        ("size=3", None),
    ],
)
def test_names_of_files_are_shown_as_sent(service: Service, sent: str, name: str | None) -> None:
    """A backslash is one, as browsers write it; only a quote ends a name."""
    head = f'--B\r\nContent-Disposition: form-data; name="file"; {sent}\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    body = head.encode() + b"123\r\n--B--\r\n"
    service.receive(WireRequest("POST", "/b", "", headers, body, origin="store"))

    [request] = ask(service, "GET", "store/requests")[1]
    assert [name] == [part["filename"] for part in request["form"]]


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
        ("POST", "faults", {"kind": "hang", "method": 1}, 400),
        ("POST", "faults", {"kind": ["hang"]}, 400),
        ("POST", "faults", {"kind": "huge", "mebibytes": 0.5}, 400),
        ("POST", "faults", {"kind": "script"}, 400),
        ("POST", "faults", {"kind": "script", "steps": []}, 400),
        ("POST", "faults", {"kind": "script", "steps": ["drop"]}, 400),
        ("POST", "faults", {"kind": "script", "steps": [{"kind": "script", "steps": []}]}, 400),
        ("POST", "faults", {"kind": "script", "steps": [{"kind": "cut", "times": 2}]}, 400),
        ("POST", "faults/seed", {"seed": 1}, 400),
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


def test_control_tells_where_the_other_parts_are(service: Service) -> None:
    """Nobody but its server knows; then programs find the chat by the API's address alone."""
    before = ask(service, "GET", "hosts")
    service.hosts = Hosts.on_loopback(8787, 5222)

    assert (200, None) == before
    assert (200, attrs.asdict(service.hosts)) == ask(service, "GET", "hosts")
