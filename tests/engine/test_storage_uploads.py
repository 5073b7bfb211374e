"""Uploads of everything that may be uploaded: what is asked of the service, and what is sent."""

import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from connectycube import Blob, InvalidInputError, Progress
from connectycube.api.storage import MAX_SIZE

from .storage_stage import CREATE, REAL_TIME, WHOLE, Files, OneReading, Pieces

pytestmark = REAL_TIME

CONTENT = bytes(range(256)) * 2500  # more than two pieces of a file


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


class Pipe(io.RawIOBase):
    """A file that cannot seek, and gives little at a time."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._file = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._file.read(min(size, 1000))


async def generated() -> AsyncIterator[bytes]:
    for start in range(0, len(CONTENT), 10_000):
        yield CONTENT[start : start + 10_000]


def at_offset(path: Path) -> BinaryIO:
    file = path.with_name("longer.bin").open("wb+")
    file.write(b"skipped" + CONTENT)
    file.seek(7)
    return file


SOURCES: dict[str, Callable[[Path], object]] = {
    "path": lambda path: path,
    "text path": str,
    "bytes": lambda _: CONTENT,
    "BytesIO": lambda _: io.BytesIO(CONTENT),
    "file": lambda path: path.open("rb"),
    "unbuffered": lambda path: path.open("rb", buffering=0),
    "file at an offset": at_offset,
    "pipe": lambda _: Pipe(CONTENT),
    "generator": lambda _: generated(),
    "iterable": lambda _: Pieces(CONTENT[:5], b"", CONTENT[5:]),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
async def test_every_kind_of_source_arrives_whole(
    files: Files, tmp_path: Path, make: Callable[[Path], object]
) -> None:
    """Create, upload, complete: in that order, each once, with the size that was measured."""
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    cube, session = await files.signed_in()
    source = make(path)
    told: list[Progress] = []

    blob = await cube.storage.upload(
        source,  # type: ignore[arg-type]
        size=len(CONTENT),
        name="b.png",
        progress=told.append,
    )

    [record] = files.records
    [stored] = files.service.world.store.objects.values()
    sent = [one.sent for one in told]
    assert WHOLE == files.steps
    assert (len(CONTENT), record.uid, False) == (blob.size, blob.uid, blob.public)
    assert (len(CONTENT), session.user_id) == (record.size, record.owner_id)
    assert (CONTENT, "image/png", False) == (stored.content, stored.content_type, stored.public)
    assert ([*sorted(set(sent))], len(CONTENT)) == (sent, sent[-1])
    assert {len(CONTENT)} == {one.total for one in told}
    if isinstance(source, io.IOBase):
        assert not source.closed
        source.close()


async def test_the_form_says_what_the_service_asked_for(files: Files) -> None:
    """Every field of `params`, decoded once; the file last; nothing but the form's headers."""
    cube, _ = await files.signed_in()

    await cube.storage.upload(b"1234", name="a.png", public=True)

    [request] = files.at_store
    created = next(one for one in files.service.requests if one.path == "/blobs")
    fields = {part.name: part.text for part in request.form[:-1]}
    file = request.form[-1]
    assert {
        "Content-Type",
        "Expires",
        "acl",
        "key",
        "policy",
        "success_action_status",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-signature",
    } == fields.keys()
    assert ("image/png", "public-read") == (fields["Content-Type"], fields["acl"])
    assert ("file", "a.png", "image/png", b"1234") == (
        file.name,
        file.filename,
        file.content_type,
        file.content,
    )
    assert ["Content-Type", "Content-Length"] == list(request.headers)
    assert str(len(request.body)) == request.headers["Content-Length"]
    assert ("POST", "", "/emulator.s3.amazonaws.com") == (
        request.method,
        request.raw_query,
        request.path,
    )
    assert {"blob": {"content_type": "image/png", "name": "a.png", "public": True}} == created.json


async def test_a_plus_sign_in_a_field_is_itself(files: Files) -> None:
    """Policies and signatures are base64; a blank field is sent as well."""
    cube, _ = await files.signed_in()
    params = f"{files.service.store_url}/b/c?key=a+b&policy=x%2By%2Fz%3D%3D&empty=&two=a%2520b#part"
    record = {"id": 7, "uid": "u", "name": "n", "blob_object_access": {"params": params}}
    files.service.faults.answer(201, body={"blob": record}, path="/blobs")
    files.service.faults.answer(204, origin="store")
    blob = await cube.storage.create(name="n")

    assert 1 == await cube.storage.upload_content(blob, b"1")

    [request] = files.at_store
    assert [("key", "a+b"), ("policy", "x+y/z=="), ("empty", ""), ("two", "a%20b")] == [
        (part.name, part.text) for part in request.form[:-1]
    ]
    assert ("/b/c", "") == (request.path, request.raw_query)


@pytest.mark.parametrize("make", [bytes, io.BytesIO, Pieces])
async def test_an_empty_file_is_a_file(files: Files, make: Callable[[], object]) -> None:
    """Of zero bytes, complete."""
    cube, _ = await files.signed_in()

    blob = await cube.storage.upload(make(), size=0, name="empty")  # type: ignore[arg-type]

    assert (0, [0], [b""]) == (blob.size, [one.size for one in files.records], files.stored)
    assert b"" == await cube.storage.download(blob.uid)


async def test_a_file_that_is_too_large_is_refused_before_anything_is_sent(
    files: Files, tmp_path: Path
) -> None:
    """100 MB are the service's limit; no byte is read."""
    cube, _ = await files.signed_in()
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.truncate(MAX_SIZE + 1)
    pieces = OneReading([b"1"])

    for source, size in ((path, None), (pieces, MAX_SIZE + 1)):
        with pytest.raises(InvalidInputError, match="104,857,600"):
            await cube.storage.upload(source, size=size)

    assert ([], 0) == (files.steps, pieces.taken)
    assert 100 * 1024 * 1024 == MAX_SIZE


async def test_the_largest_size_is_allowed(files: Files) -> None:
    """The limit itself is within it: the request is made, and fails for the source's own fault."""
    cube, _ = await files.signed_in()

    with pytest.raises(InvalidInputError, match="held 1 bytes"):
        await cube.storage.upload(OneReading([b"1"]), size=MAX_SIZE)

    assert CREATE == files.steps[0]


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (Pieces(b"1234"), None),
        (Pieces(b"1234"), -1),
        (Pieces(b"1234"), 4.0),
        (Pieces(b"1234"), True),
        (Pipe(b"1234"), None),
        (b"1234", 5),
        (io.BytesIO(b"1234"), 3),
        (io.StringIO("1234"), None),
        (7, None),
        (None, None),
        (["1234"], 4),
        (bytearray(b"1234"), 5),
    ],
)
async def test_what_cannot_be_uploaded_is_refused_before_anything_is_sent(
    files: Files, source: object, size: object
) -> None:
    """A missing or wrong size, text, and what is no source at all."""
    cube, _ = await files.signed_in()

    with pytest.raises(InvalidInputError):
        await cube.storage.upload(source, size=size)  # type: ignore[arg-type]

    assert [] == files.steps


@pytest.mark.parametrize("missing", ["missing.bin", "."])
async def test_a_path_that_cannot_be_read_is_told_by_the_system(
    files: Files, tmp_path: Path, missing: str
) -> None:
    """Before anything is sent."""
    cube, _ = await files.signed_in()

    with pytest.raises(OSError, match=r"No such|directory|denied"):
        await cube.storage.upload(tmp_path / missing)

    assert [] == files.steps


async def test_a_file_refused_before_it_was_sent_stands_where_it_stood(files: Files) -> None:
    """Measured only: whoever corrects the name and tries again uploads the same bytes."""
    cube, _ = await files.signed_in()
    file = io.BytesIO(b"skipped1234")
    file.seek(7)
    with pytest.raises(InvalidInputError):
        await cube.storage.upload(file, name="n" * 101)

    blob = await cube.storage.upload(file, name="n")

    assert (4, [b"1234"]) == (blob.size, files.stored)


async def test_an_upload_of_a_file_object_can_be_tried_again(files: Files) -> None:
    """After a failure the file is not at its end, or the second try would send nothing."""
    cube, _ = await files.signed_in()
    files.service.faults.status(500, origin="store")
    file = io.BytesIO(b"1234")
    with pytest.raises(Exception, match="500"):
        await cube.storage.upload(file)

    blob = await cube.storage.upload(file)

    assert (4, [b"1234"]) == (blob.size, files.stored)


async def test_the_three_steps_alone_do_the_same(files: Files) -> None:
    """For whoever has to do something in between."""
    cube, _ = await files.signed_in()

    blob = await cube.storage.create(name="a.png")
    size = await cube.storage.upload_content(blob, b"1234")
    await cube.storage.complete(blob.id, size)

    whole = await cube.storage.get(blob.id)
    assert (4, 4, blob.uid, None) == (size, whole.size, whole.uid, whole.access)
    assert b"1234" == await cube.storage.download(blob.uid)
    await cube.storage.delete(blob.id)
    assert ([], []) == (files.records, files.stored)


async def test_a_record_that_was_not_just_made_takes_no_content(files: Files) -> None:
    """Only `create` says where to upload to."""
    cube, _ = await files.signed_in()

    with pytest.raises(InvalidInputError):
        await cube.storage.upload_content(Blob(id=7, uid="u"), b"1234")

    assert [] == files.steps
