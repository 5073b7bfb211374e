"""The form around a file: well-formed for any name, and of the length that it says."""

from email import message_from_bytes
from email.policy import HTTP

import pytest

from connectycube.emulator.multipart import read_form
from connectycube.multipart import Form, form

CONTENT = b"\r\n--almost\r\n\x00\xff"


def whole(made: Form) -> bytes:
    return made.head + CONTENT + made.tail


def test_the_fields_come_first_and_the_file_last() -> None:
    """In their order: an object store reads nothing behind the file."""
    made = form({"key": "k", "policy": "a+b/c=="}, filename="a.png", content_type="image/png")

    parts = read_form(made.content_type, whole(made))

    assert [("key", "k"), ("policy", "a+b/c==")] == [(one.name, one.text) for one in parts[:-1]]
    assert ("file", "a.png", "image/png", CONTENT) == (
        parts[-1].name,
        parts[-1].filename,
        parts[-1].content_type,
        parts[-1].content,
    )


def test_the_bytes_are_those_of_the_standard() -> None:
    """RFC 7578, letter by letter."""
    made = form({"key": "k"}, filename="a.png", content_type="image/png", boundary="mark")

    assert "multipart/form-data; boundary=mark" == made.content_type
    assert (
        b'--mark\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
        b'--mark\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n"
    ) == made.head
    assert b"\r\n--mark--\r\n" == made.tail


def test_python_s_own_parser_reads_it_too() -> None:
    """A second opinion."""
    made = form({"key": "ü"}, filename="a.png", content_type="image/png")
    text = b"Content-Type: " + made.content_type.encode() + b"\r\n\r\n" + whole(made)

    key, file = message_from_bytes(text, policy=HTTP).iter_parts()

    assert ("key", "ü".encode()) == (
        key.get_param("name", header="content-disposition"),
        key.get_payload(decode=True),
    )
    assert ("a.png", CONTENT) == (file.get_filename(), file.get_payload(decode=True))


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ('a"b', "a%22b"),
        ("a\r\nb", "a%0D%0Ab"),
        ("a\nb", "a%0Ab"),
        ("文字🙂", "文字🙂"),
        ("a;b", "a;b"),
        ("a%22b", "a%22b"),
        ("", ""),
    ],
)
def test_a_name_cannot_end_its_header(name: str, sent: str) -> None:
    """The three characters that could are escaped as browsers do."""
    made = form({name or "x": "v"}, filename=name, content_type="a/b")

    field, file = read_form(made.content_type, whole(made))

    assert (sent or "x", sent, CONTENT) == (field.name, file.filename, file.content)


@pytest.mark.parametrize("kind", ["a/b\r\nX-Evil: 1", "a/b\nX-Evil: 1", "a/b\r\n\r\n<b>"])
def test_a_content_type_cannot_end_its_header(kind: str) -> None:
    """Refused or made harmless: no further header and no content of its own."""
    try:
        made = form({}, filename="a", content_type=kind, boundary="mark")
    except ValueError:
        return

    lines = made.head.decode().splitlines()
    assert 4 == len(lines)
    assert CONTENT == read_form(made.content_type, whole(made))[-1].content


def test_each_form_has_a_boundary_of_its_own() -> None:
    """Nobody can write content that ends it."""
    marks = {form({}, filename="a", content_type="a/b").content_type for _ in range(100)}

    assert 100 == len(marks)
    assert all(len(mark) > len("multipart/form-data; boundary=") + 30 for mark in marks)


def test_a_form_shows_nothing_of_its_fields() -> None:
    """They sign it."""
    made = form({"x-amz-signature": "canary-s"}, filename="a", content_type="a/b")

    assert "canary" not in repr(made)
