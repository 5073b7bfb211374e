"""How the emulator reads forms and what it keeps of them."""

import tracemalloc

import pytest

from connectycube.emulator.messages import (
    LARGEST_KEPT,
    Headers,
    RecordedRequest,
    WireRequest,
)
from connectycube.emulator.multipart import FormError, FormReader, Part, read_form
from connectycube.emulator.service import Service

KIND = "multipart/form-data; boundary=BOUND"
HEAD = b'--BOUND\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
FILE = b'--BOUND\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
TAIL = b"\r\n--BOUND--\r\n"


def form(content: bytes) -> bytes:
    return HEAD + FILE + content + TAIL


@pytest.mark.parametrize("step", [1, 2, 7, 64, 10_000])
@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"\r\n--BOUN", b"\r\n--BOUN\r\n--BOUN", b"--BOUND--", b"x" * 500]
)
def test_form_is_the_same_in_any_pieces(content: bytes, step: int) -> None:
    """Wherever the line cuts a form, its parts are what was sent."""
    body = form(content)
    reader = FormReader(KIND)
    for at in range(0, len(body), step):
        reader.feed(body[at : at + step])
    key = Part(name="key", filename=None, content_type=None, content=b"k")
    file = Part(name="file", filename="f", content_type=None, content=content)

    assert [key, file] == reader.close() == read_form(KIND, body)
    assert (1, len(content)) == (key.size, file.size)


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("image/png", form(b""), "not multipart/form-data with a boundary"),
        (KIND, b"", "a part has no end"),
        (KIND, b"preamble\r\n" + form(b""), "the body does not begin with its boundary"),
        (KIND, b"--BOUNDARY" + form(b""), "no line end after a boundary"),
        (KIND, form(b"")[:-4], "a part has no end"),
        (KIND, b"--BOUND\r\nX: y\r\n\r\n" + TAIL, "a part has no name"),
    ],
)
def test_reader_tells_at_the_end_what_is_wrong(kind: str, body: bytes, reason: str) -> None:
    """Nothing is said while the rest still comes."""
    reader = FormReader(kind)
    reader.feed(body)

    with pytest.raises(FormError, match=reason):
        reader.close()


def test_large_file_is_held_once() -> None:
    """Reading 32 MiB in pieces takes little more than 32 MiB."""
    reader, piece = FormReader(KIND), b"x" * 262144
    tracemalloc.start()
    for chunk in (HEAD, FILE, *[piece] * 128, TAIL):
        reader.feed(chunk)
    file = reader.close()[1]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 32 * 1024 * 1024 == file.size
    assert peak < 1.25 * file.size


@pytest.mark.parametrize(("size", "is_kept"), [(5, True), (LARGEST_KEPT + 1, False)])
def test_record_keeps_no_large_body(*, size: int, is_kept: bool) -> None:
    """Of more than a megabyte there is the size, and of a form all but the content."""
    content = b"x" * size
    body = form(content)
    request = WireRequest("POST", "/", "", {"content-type": KIND}, body, "store")
    record = RecordedRequest.of(request, Headers(request.headers))
    key, file = record.form

    assert (len(body), body if is_kept else b"") == (record.size, record.body)
    assert ("k", size, content if is_kept else b"") == (
        key.text,
        file.size,
        file.content,
    )


def test_record_of_a_large_body_that_is_no_form_is_empty() -> None:
    """A JSON body of that size has no JSON in its record."""
    body = b"[" + b" " * LARGEST_KEPT + b"1]"
    record = RecordedRequest.of(WireRequest("POST", "/", "", {}, body), Headers({}))

    assert (None, [], b"", len(body)) == (record.json, record.form, record.body, record.size)


def test_service_tells_its_application() -> None:
    """The keys can be had from the service as from a running emulator."""
    service = Service(app_id=7, auth_key="a", auth_secret="b")

    assert (7, "a", "b") == (service.app_id, service.auth_key, service.auth_secret)
