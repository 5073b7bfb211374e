"""The object store of the emulator: signed forms in, signed URLs out, and no session."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from connectycube.emulator.clock import Clock
from connectycube.emulator.messages import WireRequest, WireResponse
from connectycube.emulator.service import Service

WIRE = Path(__file__).parent.parent / "wire"
KEY = "FA4E0123"
LARGEST = 100 * 1024 * 1024


@pytest.fixture
def service() -> Service:
    return Service(clock=Clock(datetime(2024, 6, 10, 9, 20, tzinfo=UTC), frozen=True))


def send(
    service: Service, method: str, url: str, body: bytes = b"", **headers: str
) -> WireResponse:
    parts = urlsplit(url)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    assert "store" == service.origin_of(url)
    outcome = service.receive(
        WireRequest(method, parts.path, parts.query, sent, body, origin=service.origin_of(url))
    )
    assert outcome.response is not None
    return outcome.response


def write_url(service: Service, *, public: bool = False, kind: str = "image/png") -> str:
    now = service.world.now()
    return service.world.store.write_url(KEY, content_type=kind, public=public, now=now)


def fields_of(url: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in urlsplit(url).query.split("&"))
    return {unquote(name): unquote(value) for name, _, value in pairs}


def form(fields: dict[str, str], content: bytes | None = b"hello", after: str = "") -> bytes:
    parts = [_part(f'name="{name}"', value.encode()) for name, value in fields.items()]
    if content is not None:
        parts.append(_part('name="file"; filename="p.png"\r\nContent-Type: image/png', content))
    if after:
        parts.append(_part(f'name="{after}"', b"late"))
    return b"".join(parts) + b"--BOUND--\r\n"


def _part(disposition: str, content: bytes) -> bytes:
    head = f"--BOUND\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def post(service: Service, url: str, body: bytes, **headers: str) -> WireResponse:
    headers.setdefault("Content_Type", "multipart/form-data; boundary=BOUND")
    return send(service, "POST", url.partition("?")[0], body, **headers)


def upload(service: Service, *, public: bool = False, content: bytes = b"hello") -> WireResponse:
    url = write_url(service, public=public)
    return post(service, url, form(fields_of(url), content))


def refusal(response: WireResponse) -> tuple[int, str]:
    found = re.search(rb"<Error><Code>(\w+)</Code><Message>.+</Message></Error>$", response.body)
    assert found is not None
    assert "application/xml" == response.headers["Content-Type"]
    return response.status, found[1].decode()


def recorded(name: str) -> tuple[int, str]:
    answer: dict[str, Any] = json.loads((WIRE / f"{name}.json").read_text())
    return answer["status"], answer["body"]


def test_write_url_carries_the_fields_of_the_form(service: Service) -> None:
    """The target is an origin of its own, and everything that a careless decoder loses is there."""
    url = write_url(service)
    raw = dict(pair.split("=") for pair in urlsplit(url).query.split("&"))

    assert url.startswith(
        "http://store.localhost/emulator.s3.amazonaws.com?Content-Type=image%2Fpng&Expires"
    )
    assert "Mon, 10 Jun 2024 10:20:00 GMT" == fields_of(url)["Expires"]
    assert ("authenticated-read", KEY) == (raw["acl"], raw["key"])
    assert {"%2B", "%2F"} <= set(re.findall("%2B|%2F", raw["policy"]))
    assert "public-read" == fields_of(write_url(service, public=True))["acl"]


def test_upload_is_answered_as_recorded(service: Service) -> None:
    """A right form is a 201 with the recorded XML, and its content is kept as it came."""
    response = upload(service, content=b"\x00\r\n--BOUN\r\n")
    status, expected = recorded("storage.upload_file_content")

    shape = re.compile(r">[^<]+<")
    assert status == response.status
    assert shape.sub("><", expected) == shape.sub("><", response.body.decode())
    stored = service.world.store.objects[KEY]
    assert (b"\x00\r\n--BOUN\r\n", "image/png", False) == (
        stored.content,
        stored.content_type,
        stored.public,
    )
    assert stored.etag == response.headers["ETag"]


def test_write_url_ends_an_hour_later(service: Service) -> None:
    """Within its hour a form may be sent again; afterwards the recorded refusal comes."""
    url = write_url(service)
    body = form(fields_of(url))
    service.clock.advance(3599)
    repeated = [post(service, url, body).status for _ in range(2)]
    service.clock.advance(1)
    late = post(service, url, body)

    assert [201, 201] == repeated
    assert recorded("storage.upload_file_content.error.expired") == (
        late.status,
        late.body.decode(),
    )


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"key": "other"}, (403, "AccessDenied")),
        ({"acl": "public-read"}, (403, "AccessDenied")),
        ({"Content-Type": "text/html"}, (403, "AccessDenied")),
        ({"Content-Type": None}, (403, "AccessDenied")),
        ({"success_action_status": "200"}, (403, "AccessDenied")),
        ({"x-amz-meta-note": "extra"}, (403, "AccessDenied")),
        ({"x-ignore-note": "extra"}, (201, "")),
        ({"key": None}, (400, "InvalidArgument")),
        ({"policy": None}, (400, "InvalidArgument")),
        ({"x-amz-signature": None}, (400, "InvalidArgument")),
        ({"x-amz-signature": "0" * 64}, (403, "SignatureDoesNotMatch")),
        ({"policy": "e30="}, (403, "SignatureDoesNotMatch")),
    ],
)
def test_form_must_be_the_signed_one(
    service: Service, changes: dict[str, str | None], answer: tuple[int, str]
) -> None:
    """A form with a changed, missing or added field is refused, and nothing is kept."""
    url = write_url(service)
    fields: dict[str, str | None] = {**fields_of(url), **changes}
    response = post(service, url, form({k: v for k, v in fields.items() if v is not None}))

    assert answer == ((201, "") if response.status == 201 else refusal(response))
    assert (answer[0] == 201) == bool(service.world.store.objects)


def test_plus_read_as_space_breaks_the_signature(service: Service) -> None:
    """A client that decodes the query like a form loses the plus of the policy."""
    url = write_url(service).replace("%2B", "+")
    response = post(service, url, form(dict(parse_qsl(urlsplit(url).query))))

    assert (403, "SignatureDoesNotMatch") == refusal(response)


@pytest.mark.parametrize("cut", [0, 5, 9, 60, -3, -14])
def test_broken_form_is_refused(service: Service, cut: int) -> None:
    """A body that is no whole form is a 400."""
    url = write_url(service)
    body = form(fields_of(url))[:cut]

    assert (400, "MalformedPOSTRequest") == refusal(post(service, url, body))


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", ""])
def test_other_encoding_is_refused(service: Service, kind: str) -> None:
    """Only a multipart form is an upload."""
    response = post(service, write_url(service), b"{}", Content_Type=kind)

    assert (400, "MalformedPOSTRequest") == refusal(response)


def test_file_is_required_and_last(service: Service) -> None:
    """Without a file nothing is taken, and what comes after it counts as missing."""
    url = write_url(service)
    fields = fields_of(url)
    early = {name: value for name, value in fields.items() if name != "policy"}

    assert (400, "InvalidArgument") == refusal(post(service, url, form(fields, None)))
    assert (400, "InvalidArgument") == refusal(post(service, url, form(early, after="policy")))
    assert 201 == post(service, url, form(fields, after="ignored")).status


def test_too_large_file_is_refused(service: Service) -> None:
    """The size that counts is the one which the policy was signed for."""
    assert LARGEST == service.settings.largest_file
    service.settings.largest_file = 5

    assert 201 == upload(service, content=b"12345").status
    assert (400, "EntityTooLarge") == refusal(upload(service, content=b"123456"))


def test_length_may_be_required(service: Service) -> None:
    """The real store may refuse an upload of unknown length; a switch does so."""
    url = write_url(service)
    chunked = {"Transfer_Encoding": "chunked"}

    assert 201 == post(service, url, form(fields_of(url)), **chunked).status
    service.settings.store_takes_chunked = False
    refused = post(service, url, form(fields_of(url)), **chunked)
    assert (411, "MissingContentLength") == refusal(refused)


def test_signed_url_opens_a_private_object_for_a_week(service: Service) -> None:
    """A download URL needs nothing but itself, and ends."""
    upload(service)
    url = service.world.store.read_url(KEY, now=service.world.now())
    service.clock.advance(604799)
    response = send(service, "GET", url)
    head = send(service, "HEAD", url)
    service.clock.advance(1)

    assert (200, b"hello", "image/png", "5") == (
        response.status,
        response.body,
        response.headers["Content-Type"],
        response.headers["Content-Length"],
    )
    assert (b"", response.headers) == (head.body, head.headers)
    assert (403, "AccessDenied") == refusal(send(service, "GET", url))


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (("X-Amz-Expires=604800", "X-Amz-Expires=9999999"), (403, "SignatureDoesNotMatch")),
        (("X-Amz-Date=", "X-Amz-Gate="), (403, "SignatureDoesNotMatch")),
        ((f"/{KEY}?", "/other?"), (403, "SignatureDoesNotMatch")),
        (("Signature=", "Signature=0"), (403, "SignatureDoesNotMatch")),
        (("?X-Amz-Algorithm", "#"), (403, "AccessDenied")),
        (("/emulator.s3.amazonaws.com/", "/other/"), (404, "NoSuchBucket")),
    ],
)
def test_changed_download_url_opens_nothing(
    service: Service, change: tuple[str, str], answer: tuple[int, str]
) -> None:
    """A private object opens by the URL that was signed for it alone."""
    upload(service)
    url = service.world.store.read_url(KEY, now=service.world.now()).replace(*change)

    assert answer == refusal(send(service, "GET", url))


def test_public_object_needs_no_signature(service: Service) -> None:
    """A public object is for anybody; one that is gone is not there."""
    upload(service, public=True)
    store = service.world.store
    signed = store.read_url(KEY, now=service.world.now())
    read = send(service, "GET", store.plain_url(KEY))
    deleted = refusal(send(service, "DELETE", store.plain_url(KEY)))
    store.remove(KEY)

    assert (200, b"hello") == (read.status, read.body)
    assert (405, "MethodNotAllowed") == deleted
    assert (404, "NoSuchKey") == refusal(send(service, "GET", signed))
    assert (403, "AccessDenied") == refusal(send(service, "GET", store.plain_url(KEY)))


def test_requests_to_the_store_are_kept_apart(service: Service) -> None:
    """What reaches the store is recorded there with all its headers, so that a test can look."""
    url = write_url(service)
    post(service, url, form(fields_of(url)), CB_Token="strayed")
    [request] = service.store_requests

    assert [] == service.requests
    assert ("store", "strayed") == (request.origin, request.headers["cb-token"])
    assert [*fields_of(url), "file"] == [part.name for part in request.form]
    file = request.form[-1]
    assert ("p.png", "image/png", b"hello") == (file.filename, file.content_type, file.content)
    service.reset()
    assert ([], {}) == (service.store_requests, service.world.store.objects)
    assert (403, "SignatureDoesNotMatch") == refusal(post(service, url, form(fields_of(url))))


def test_store_lives_where_it_is_told(service: Service) -> None:
    """An in-process line routes by the URL's origin, which may be chosen."""
    service.store_url = "https://files.example.org:8443"

    assert write_url(service).startswith(
        "https://files.example.org:8443/emulator.s3.amazonaws.com?"
    )
    assert ["store", "api", "api"] == [
        service.origin_of(url)
        for url in (
            write_url(service),
            "https://files.example.org:84430/x",
            "http://store.localhost/emulator.s3.amazonaws.com",
        )
    ]
