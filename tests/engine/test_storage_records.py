"""Records of files: reading, listing, renaming, removing, and the three steps of an upload."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import orjson
import pytest

from connectycube import (
    ApiError,
    AppOnly,
    Blob,
    ConnectyCube,
    ForbiddenError,
    InvalidInputError,
    InvalidQueryError,
    NotFoundError,
    Session,
)
from connectycube.testing import Reply, ScriptedTransport

from .stage import SIGN_IN, SIM
from .storage_stage import COMPLETE, CONTENT, CREATE, REAL_TIME, REMOVE, Files

pytestmark = REAL_TIME

GET: Final = "GET /blobs/{blob_id}"
BY_UID: Final = "GET /blobs/{uid}/object"
UPDATE: Final = "PUT /blobs/{blob_id}"
Call = Callable[[ConnectyCube, Blob], Awaitable[object]]
READING: Final[list[Call]] = [
    lambda cube, blob: cube.storage.get(blob.id),
    lambda cube, blob: cube.storage.get_by_uid(blob.uid),
]
CHANGING: Final[list[Call]] = [
    lambda cube, blob: cube.storage.update(blob.id, name="b.bin"),
    lambda cube, blob: cube.storage.complete(blob.id, 4),
    lambda cube, blob: cube.storage.delete(blob.id),
]


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


async def one_file(files: Files, name: str = "a.bin") -> tuple[ConnectyCube, Blob]:
    """Return a client and a file of its user; nothing is counted yet."""
    cube, _ = await files.signed_in()
    blob = await cube.storage.upload(b"1234", name=name)
    files.stage.line.sent.clear()
    return cube, blob


async def test_a_record_is_read(files: Files) -> None:
    """By its number or by its uid, the same one."""
    cube, blob = await one_file(files)

    by_id, by_uid = await cube.storage.get(blob.id), await cube.storage.get_by_uid(blob.uid)

    assert [GET, BY_UID] == files.steps
    assert ("a.bin", "application/octet-stream", 4, False) == (
        *(by_id.name, by_id.content_type, by_id.size, by_id.public),
    )
    assert (blob.id, blob.uid, by_id.access) == (by_id.id, by_id.uid, None)
    assert (by_id.id, by_id.uid, by_id.size) == (by_uid.id, by_uid.uid, by_uid.size)


async def test_a_download_url_comes_when_it_is_asked_for(files: Files) -> None:
    """It opens the content to whoever holds it; without the wish there is none."""
    cube, blob = await one_file(files)

    plain = await cube.storage.get_by_uid(blob.uid)
    signed = await cube.storage.get_by_uid(blob.uid, download_url=True)

    queries = [one.url.partition("/object")[2] for one in files.stage.line.sent]
    assert ["", "?download_url=1"] == queries
    assert None is (plain.access.download_url if plain.access else None)
    assert signed.access is not None
    assert str(signed.access.download_url).startswith("https://store.example/")
    assert blob.uid in str(signed.access.download_url)
    assert str(signed.access.download_url) not in repr(signed)


@pytest.mark.parametrize("spelling", ["download_url", "dowload_url"])
async def test_a_download_url_is_read_in_both_spellings(spelling: str) -> None:
    """The documentation of the service has both."""
    access = {spelling: "https://store.example/a?signature=s"}
    body = {"blob": {"id": 7, "uid": "a", "blob_object_access": access}}
    cube = ConnectyCube(21, transport=ScriptedTransport([Reply(200, orjson.dumps(body))]))
    cube.set_session(Session.from_token("canary-t", 1))

    blob = await cube.storage.get_by_uid("a", download_url=True)

    assert blob.access is not None
    assert "https://store.example/a?signature=s" == blob.access.download_url


async def test_files_are_listed_in_numbered_pages(files: Files) -> None:
    """One's own alone."""
    cube, _ = await one_file(files)
    blobs = [await cube.storage.upload(b"1", name=f"{number}.bin") for number in range(4)]
    other = files.client(SIM)
    await other.storage.upload(b"1", name="other.bin")
    files.stage.line.sent.clear()

    first, second = await cube.storage.find(), await cube.storage.find(page=2, per_page=3)

    assert ["page=1&per_page=10", "page=2&per_page=3"] == [
        one.url.partition("?")[2] for one in files.stage.line.sent
    ]
    assert ["a.bin", *(blob.name for blob in blobs)] == [blob.name for blob in first.items]
    assert [blob.id for blob in blobs[2:]] == [blob.id for blob in second.items]
    assert (5, 0, 10) == (first.total_entries, first.skip, first.limit)
    assert (5, 3, 3) == (second.total_entries, second.skip, second.limit)


async def test_no_files_are_an_empty_page(files: Files) -> None:
    """Nought is an answer."""
    cube, _ = await files.signed_in()

    page = await cube.storage.find(page=9)

    assert ([], 0) == (page.items, page.total_entries)


@pytest.mark.parametrize("wrong", [{"page": 0}, {"page": -1}, {"per_page": 0}, {"per_page": 101}])
async def test_a_page_that_cannot_be_is_not_sent(files: Files, wrong: dict[str, int]) -> None:
    """It counts from one and holds at most a hundred."""
    with pytest.raises(InvalidQueryError):
        await files.client().storage.find(**wrong)

    assert [] == files.steps


async def test_a_file_is_renamed(files: Files) -> None:
    """Its name alone changes."""
    cube, blob = await one_file(files)

    renamed = await cube.storage.update(blob.id, name='quo"ted\r\n🙂.png')

    assert {"blob": {"name": 'quo"ted\r\n🙂.png'}} == files.service.requests[-1].json
    assert ('quo"ted\r\n🙂.png', blob.uid, blob.content_type, 4) == (
        *(renamed.name, renamed.uid, renamed.content_type, renamed.size),
    )
    assert [renamed.name] == [record.name for record in files.records]


@pytest.mark.parametrize("name", ["", "n" * 101, None, 7])
async def test_a_name_that_cannot_be_is_not_sent(files: Files, name: Any) -> None:
    """One to a hundred characters."""
    with pytest.raises(InvalidInputError):
        await files.client().storage.update(7, name=name)

    assert [] == files.steps


async def test_a_file_is_removed(files: Files) -> None:
    """Record and content; after that there is nothing to remove."""
    cube, blob = await one_file(files)

    await cube.storage.delete(blob.id)

    assert ([], []) == (files.records, files.stored)
    for call in (*READING, *CHANGING):
        with pytest.raises(NotFoundError):
            await call(cube, blob)


@pytest.mark.parametrize("call", CHANGING)
async def test_another_s_file_stays_as_it_is(files: Files, call: Call) -> None:
    """Whoever knows its number may read its record, and no more."""
    _, blob = await one_file(files)
    other = files.client(SIM)

    with pytest.raises(ForbiddenError):
        await call(other, blob)

    [record] = files.records
    assert ("a.bin", 4, [b"1234"]) == (record.name, record.size, files.stored)
    assert blob.id == (await other.storage.get(blob.id)).id


@pytest.mark.parametrize("call", [*READING, *CHANGING, lambda cube, _: cube.storage.find()])
async def test_a_session_without_a_user_has_no_files(files: Files, call: Call) -> None:
    """The service says so."""
    _, blob = await one_file(files)
    with pytest.raises(ForbiddenError):
        await call(files.client(AppOnly()), blob)

    assert (1, [b"1234"]) == (len(files.records), files.stored)


@pytest.mark.parametrize("blob_id", [0, -1, "7", "../users/81", True, None, 7.0])
async def test_what_is_no_number_is_not_sent(files: Files, blob_id: Any) -> None:
    """A number is all that names a record."""
    storage = files.client().storage
    for call in (
        storage.get(blob_id),
        storage.update(blob_id, name="a"),
        storage.complete(blob_id, 4),
        storage.delete(blob_id),
    ):
        with pytest.raises(InvalidInputError):
            await call

    assert [] == files.steps


@pytest.mark.parametrize(
    "uid", ["", " ", ".", "..", "a/../b", "a/object?x=", "a\r\nb", "a\\b", 7.5]
)
async def test_what_is_no_uid_is_not_sent(files: Files, uid: Any) -> None:
    """It would name something else."""
    cube, _ = await files.signed_in()
    with pytest.raises(InvalidInputError):
        await cube.storage.get_by_uid(uid)

    assert [] == files.steps


async def test_the_three_steps_alone(files: Files) -> None:
    """A record, its content, and the word that it is complete."""
    cube, _ = await files.signed_in()

    blob = await cube.storage.create(name="a.png", public=True)
    size = await cube.storage.upload_content(blob, b"12345")
    before = await cube.storage.get(blob.id)
    await cube.storage.complete(blob.id, size)
    after = await cube.storage.get(blob.id)

    assert [CREATE, CONTENT, GET, COMPLETE, GET] == files.steps
    assert (None, 5, 5) == (before.size, size, after.size)
    assert ("image/png", True, [b"12345"]) == (after.content_type, after.public, files.stored)
    assert b"12345" == await cube.storage.download(blob.uid)


async def test_a_step_that_fails_alone_removes_nothing(files: Files) -> None:
    """Whoever takes the steps one by one has the record in hand."""
    cube, _ = await files.signed_in()
    blob = await cube.storage.create(name="a.png")
    files.service.clock.advance(3601)
    with pytest.raises(ApiError):
        await cube.storage.upload_content(blob, b"12345")

    assert [blob.id] == [record.id for record in files.records]
    assert 0 == files.stage.count(REMOVE)


async def test_content_goes_only_where_a_record_says(files: Files) -> None:
    """A record that was read has no place to upload to."""
    cube, blob = await one_file(files)
    read = await cube.storage.get(blob.id)
    files.stage.line.sent.clear()
    for record in (read, Blob(id=7, uid="a")):
        with pytest.raises(InvalidInputError, match="create"):
            await cube.storage.upload_content(record, b"12345")

    assert [] == files.steps


async def test_a_session_that_has_ended_is_renewed_for_a_record(files: Files) -> None:
    """As for any other call."""
    cube, blob = await one_file(files)
    files.stage.expire()

    assert blob.uid == (await cube.storage.get(blob.id)).uid
    assert [GET, SIGN_IN, GET] == files.steps
