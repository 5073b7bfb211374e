"""Names and types of files: carried as they are, guessed where missing, harmless where odd."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from connectycube import InvalidInputError, ValidationError

from .storage_stage import REAL_TIME, Files

pytestmark = REAL_TIME


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


NAMES: Final = [
    "a",
    "n" * 100,
    'quo"ted".png',
    "two\nlines\r\n.png",
    "ünïcödé-文字-🙂.png",
    "a;b=c, d.png",
    "percent%22.png",
    "../../etc/passwd",
    'x"; filename="y',
    "x\r\nContent-Type: text/html\r\n\r\n<b>",
]


@pytest.mark.parametrize("name", NAMES)
async def test_any_name_is_carried_and_breaks_no_form(files: Files, name: str) -> None:
    """The record keeps the name as it is; in the form what would end it is escaped."""
    cube, _ = await files.signed_in()

    blob = await cube.storage.upload(b"1234", name=name, content_type="a/b")

    form = files.at_store[-1].form
    escaped = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    assert (name, [name]) == (blob.name, [one.name for one in files.records])
    assert (escaped, "a/b", b"1234") == (
        form[-1].filename,
        form[-1].content_type,
        form[-1].content,
    )
    assert 11 == len(form)


@pytest.mark.parametrize("name", ["n" * 101, 7, b"bytes"])
async def test_a_name_that_the_service_would_refuse_is_not_sent(files: Files, name: object) -> None:
    """One to a hundred characters of text."""
    cube, _ = await files.signed_in()

    with pytest.raises(InvalidInputError):
        await cube.storage.upload(b"1234", name=name)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError):
        await cube.storage.create(name=name)  # type: ignore[arg-type]

    assert [] == files.steps


@pytest.mark.parametrize("kind", ["a/b\r\nX-Evil: 1", "a/b\n", "no-slash", "ünï/code"])
async def test_a_content_type_cannot_add_a_header(files: Files, kind: str) -> None:
    """Whoever lets users choose it is safe: it is refused, here or by the service."""
    cube, _ = await files.signed_in()

    with pytest.raises((InvalidInputError, ValidationError)):
        await cube.storage.upload(b"1234", name="a", content_type=kind)

    assert [] == files.at_store


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.png", "image/png"),
        ("a.JPG", "image/jpeg"),
        ("a.txt", "text/plain"),
        ("a", "application/octet-stream"),
        ("a.unknown-thing", "application/octet-stream"),
    ],
)
async def test_the_content_type_is_guessed_from_the_name(
    files: Files, tmp_path: Path, name: str, content_type: str
) -> None:
    """Of the path too, which also gives the name."""
    path = tmp_path / name
    path.write_bytes(b"1234")
    cube, _ = await files.signed_in()

    given = await cube.storage.upload(b"1234", name=name)
    found = await cube.storage.upload(path)
    with path.open("rb") as file:
        read = await cube.storage.upload(file)

    assert [(name, content_type)] * 3 == [
        (one.name, one.content_type) for one in (given, found, read)
    ]


async def test_content_without_a_name_gets_one(files: Files) -> None:
    """The service wants one."""
    cube, _ = await files.signed_in()

    blob = await cube.storage.upload(b"1234")

    assert ("file", "application/octet-stream") == (blob.name, blob.content_type)


@pytest.mark.skipif(os.name == "nt", reason="its names are text")
async def test_a_name_that_is_no_text_is_an_error_of_ours(files: Files, tmp_path: Path) -> None:
    """A path of bytes without an encoding cannot be named in JSON."""
    path = tmp_path / os.fsdecode(b"\xff.png")
    path.write_bytes(b"1234")
    cube, _ = await files.signed_in()

    with pytest.raises(InvalidInputError):
        await cube.storage.upload(path)

    assert [] == files.steps
