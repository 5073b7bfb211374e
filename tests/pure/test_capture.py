"""What is kept of bodies that pass in pieces."""

import hashlib

import pytest

from connectycube.multipart import form
from connectycube.transports._capture import LARGEST, Capture, FormCapture, capture_of

FIELDS = {"key": "a b", "policy": "eyJ+/=", "odd": "two\r\nlines"}


def fed(capture: Capture | FormCapture, body: bytes, size: int) -> None:
    for start in range(0, len(body), size):
        capture.feed(body[start : start + size])
    capture.end(None)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 100_000])
@pytest.mark.parametrize(
    "content", [b"", b"x", b"\r\n--", b"\r\n" * 200, b"--mark", bytes(range(256)) * 40]
)
def test_a_form_is_taken_apart_whatever_its_pieces(content: bytes, size: int) -> None:
    """The fields as they are, and of the file exactly its content."""
    made = form(FIELDS, filename="a.bin", content_type="image/png", boundary="mark")
    capture = capture_of(made.content_type)
    assert isinstance(capture, FormCapture)
    fed(capture, made.head + content + made.tail, size)

    assert FIELDS == capture.fields
    assert capture.file is not None
    assert (content, True) == (capture.file.content, capture.file.is_whole)
    assert hashlib.sha256(content).hexdigest() == capture.file.sha256


@pytest.mark.parametrize("size", [1, 100])
def test_a_form_without_a_file_is_fields_alone(size: int) -> None:
    """Such as another program may send."""
    body = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
    capture = FormCapture("b")
    fed(capture, body, size)

    assert ({"a": "1"}, None) == (capture.fields, capture.file)


def test_what_is_no_form_takes_no_memory() -> None:
    """A type can say anything; the digest is of what came after."""
    capture = FormCapture("b")
    for _ in range(100):
        capture.feed(b"x" * 1024)
    capture.end(None)

    assert {} == capture.fields
    assert capture.file is not None
    assert capture.file.length < 40 * 1024


@pytest.mark.parametrize(("length", "is_kept"), [(0, True), (LARGEST, True), (LARGEST + 1, False)])
def test_what_is_large_is_told_by_size_and_digest(length: int, is_kept: bool) -> None:  # noqa: FBT001 - a table
    """The bytes of what is small are kept."""
    body = b"x" * length
    capture = Capture()
    fed(capture, body, 100_000)

    assert (length, hashlib.sha256(body).hexdigest()) == (capture.length, capture.sha256)
    assert (body if is_kept else None) == capture.content


@pytest.mark.parametrize("error", [None, OSError("cut")])
def test_a_body_that_was_cut_is_not_whole(error: OSError | None) -> None:
    """Neither is one that nobody read to its end."""
    capture = Capture()
    capture.feed(b"x")
    assert not capture.is_whole
    capture.end(error)

    assert capture.is_whole == (error is None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("multipart/form-data; boundary=b", FormCapture),
        ('Multipart/Form-Data; charset=x; boundary="b"', FormCapture),
        ("multipart/form-data", Capture),
        ("application/json", Capture),
        ("", Capture),
    ],
)
def test_the_type_says_what_a_body_is(kind: str, expected: type[object]) -> None:
    """A form without a boundary is kept like anything else."""
    assert expected is type(capture_of(kind))
