"""The emulator's object store on a port of its own."""

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from connectycube.emulator import Emulator

from .exchange import exchange


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


class Desk:
    """A user's session at a running emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        user = emulator.world.add_user(login="mara")
        self.token = emulator.world.open_session(user, ts=0).token

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        url = f"{self.emulator.base_url}{path}"
        content = None if body is None else json.dumps(body)
        response, answer = exchange(url, method, content, CB_Token=self.token)
        return response.status, json.loads(answer) if answer else None

    def create(self, *, public: bool = False) -> Any:
        blob = {"name": "p.png", "content_type": "image/png", "public": public}
        return self.ask("POST", "/blobs", {"blob": blob})[1]["blob"]

    def form(self, blob: Any) -> tuple[str, bytes]:
        url, _, query = blob["blob_object_access"]["params"].partition("?")
        pairs = (pair.partition("=") for pair in query.split("&"))
        fields = [(unquote(name), unquote(value)) for name, _, value in pairs]
        head = "--B\r\nContent-Disposition: form-data; name="
        start = "".join(f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in fields)
        return url, f'{start}{head}"file"; filename="p.png"\r\n\r\n'.encode()

    def upload(self, blob: Any, *content: bytes, **headers: str) -> int:
        url, head = self.form(blob)
        body: Any = [head, *content, b"\r\n--B--\r\n"]
        if "Transfer_Encoding" not in headers:
            body = b"".join(body)
        headers["Content_Type"] = "multipart/form-data; boundary=B"
        return exchange(url, "POST", body, **headers)[0].status


@pytest.fixture
def desk(emulator: Emulator) -> Desk:
    return Desk(emulator)


@pytest.mark.parametrize("headers", [{}, {"Transfer_Encoding": "chunked"}])
def test_file_goes_to_the_store_and_comes_back(desk: Desk, headers: dict[str, str]) -> None:
    """A file is uploaded, with or without a length, and found again behind its redirect."""
    blob = desk.create()
    size = {"blob": {"size": 5}}
    answered = desk.upload(blob, b"he", b"llo", **headers)
    completed = desk.ask("PUT", f"/blobs/{blob['id']}/complete", size)
    url = f"{desk.emulator.base_url}/blobs/{blob['uid']}?token={desk.token}"
    redirect, nothing = exchange(url)
    read, content = exchange(redirect.headers["Location"])
    head, empty = exchange(redirect.headers["Location"], "HEAD")

    assert (201, (200, None)) == (answered, completed)
    assert (301, b"") == (redirect.status, nothing)
    assert redirect.headers["Location"].startswith(
        f"{desk.emulator.store_url}/emulator.s3.amazonaws.com/"
    )
    assert desk.emulator.store_url != desk.emulator.base_url
    assert (200, b"hello", "image/png", "5") == (
        read.status,
        content,
        read.headers["Content-Type"],
        read.headers["Content-Length"],
    )
    assert (200, b"", "5") == (head.status, empty, head.headers["Content-Length"])
    assert ["POST", "GET", "HEAD"] == [one.method for one in desk.emulator.store_requests]
    assert ["POST", "PUT", "GET"] == [one.method for one in desk.emulator.requests]


def test_header_that_strays_to_the_store_is_seen(desk: Desk) -> None:
    """The store takes a form with a session's token in its headers, and a test finds it there."""
    assert 201 == desk.upload(desk.create(), b"hello", CB_Token="strayed")
    assert ["strayed"] == [one.headers["CB-Token"] for one in desk.emulator.store_requests]


@pytest.mark.parametrize("headers", [{}, {"Transfer_Encoding": "chunked"}])
def test_large_content_is_in_the_store_and_in_no_record(
    desk: Desk, headers: dict[str, str]
) -> None:
    """A file comes back as it went, and the record of its form knows all but the content."""
    content = bytes(range(256)) * 12_000 + b"\r\n--"
    blob = desk.create(public=True)
    answered = desk.upload(blob, content[:1_000_000], content[1_000_000:], **headers)
    read = exchange(f"{desk.emulator.store_url}/emulator.s3.amazonaws.com/{blob['uid']}")
    [posted, got] = desk.emulator.store_requests
    *fields, file = posted.form

    assert (201, True) == (answered, content == read[1])
    assert (len(content), b"", b"") == (file.size, file.content, posted.body)
    assert {"key": blob["uid"]}.items() <= {one.name: one.text for one in fields}.items()
    assert posted.size > len(content) > got.size == 0


def test_large_form_that_is_none_is_refused(desk: Desk) -> None:
    """A broken form is read to its end and answered as a small one is."""
    url, _ = desk.form(desk.create())
    body = b"x" * 2_000_000
    answers = [
        exchange(url, "POST", body, Content_Type=kind)
        for kind in ("multipart/form-data; boundary=B", "image/png")
    ]

    assert [(400, True)] * 2 == [(one.status, b"Malformed" in said) for one, said in answers]
    assert [(2_000_000, b"", [])] * 2 == [
        (one.size, one.body, one.form) for one in desk.emulator.store_requests
    ]


@pytest.mark.long
def test_large_file_is_taken_and_a_larger_one_refused(desk: Desk) -> None:
    """A file of 100 MB fits; more is refused in the store's own words, however much more."""
    megabyte = b"\0" * (1024 * 1024)
    fits, little_more, much_more = (desk.create() for _ in range(3))

    assert 201 == desk.upload(fits, *[megabyte] * 100)
    assert 400 == desk.upload(little_more, *[megabyte] * 100, b"\0")
    assert 400 == desk.upload(much_more, *[megabyte] * 111)
    assert [fits["uid"]] == list(desk.emulator.world.store.objects)


def test_faults_meet_the_store(desk: Desk) -> None:
    """A store can refuse, drop and cut like the API."""
    emulator = desk.emulator
    blob = desk.create(public=True)
    url = f"{emulator.store_url}/emulator.s3.amazonaws.com/{blob['uid']}"
    emulator.faults.status(503, origin="store")
    refused = desk.upload(blob, b"hello")
    emulator.faults.drop(origin="store")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        desk.upload(blob, b"hello")
    taken = desk.upload(blob, b"hello")
    emulator.faults.cut(path="/emulator.s3.amazonaws.com/*")
    with pytest.raises(http.client.IncompleteRead) as cut:
        exchange(url)

    assert (503, 201, b"he") == (refused, taken, cut.value.partial)


def test_store_is_inspected_over_http(desk: Desk) -> None:
    """The control routes are on the API's port; the store knows nothing of them."""
    desk.upload(desk.create(), b"hello")
    base, store = desk.emulator.base_url, desk.emulator.store_url
    [stored] = json.loads(exchange(f"{base}/_emulator/store/objects")[1])

    assert (5, "image/png") == (stored["size"], stored["content_type"])
    assert 404 == exchange(f"{store}/_emulator/clock")[0].status


def test_taken_store_port_is_an_error_at_the_start(emulator: Emulator) -> None:
    """Both ports are opened or none, and nothing stays behind."""
    before = threading.active_count()
    taken = urlsplit(emulator.store_url).port
    assert taken is not None

    with pytest.raises(OSError, match="address already in use"):
        Emulator(store_port=taken).start()

    assert before == threading.active_count()
