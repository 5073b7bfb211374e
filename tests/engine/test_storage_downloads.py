"""A download is whole or an error, and a file on disk is the old one or the whole new one."""

import gc
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from connectycube import (
    AppOnly,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    Progress,
    ServerError,
    TransportError,
)

from .stage import SIM
from .storage_stage import DOWNLOAD, FETCH, REAL_TIME, Files, Pieces

pytestmark = REAL_TIME

LARGE = bytes(range(256)) * 12_000  # several chunks of the emulator's line


class OddError(Exception):
    """An error of the application's own."""


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


@pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=len)
async def test_bytes_come_back_as_they_went(files: Files, content: bytes) -> None:
    """Without a path the content is returned, through one redirect to the store."""
    cube, uid = await files.uploaded(content)

    assert content == await cube.storage.download(uid)
    assert [DOWNLOAD, FETCH] == files.steps


async def test_a_path_gets_the_content_and_nothing_stays_beside_it(
    files: Files, tmp_path: Path
) -> None:
    """What stood there is replaced; with a path nothing is returned."""
    cube, uid = await files.uploaded(LARGE)
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    assert None is await cube.storage.download(uid, target)
    assert LARGE == target.read_bytes()
    assert [target] == list(tmp_path.iterdir())


async def test_a_path_may_be_text(files: Files, tmp_path: Path) -> None:
    """As everywhere in Python."""
    cube, uid = await files.uploaded(b"1234")

    await cube.storage.download(uid, str(tmp_path / "a.bin"))

    assert b"1234" == (tmp_path / "a.bin").read_bytes()


async def test_progress_grows_to_the_total(files: Files) -> None:
    """Each chunk tells how much has come, of how much."""
    cube, uid = await files.uploaded(LARGE)
    told: list[Progress] = []

    await cube.storage.download(uid, progress=told.append)

    received = [one.received for one in told]
    assert sorted(set(received)) == received
    assert len(LARGE) == received[-1]
    assert {len(LARGE)} == {one.total for one in told}
    assert len(told) > 1


@pytest.mark.parametrize("trouble", ["cut", "drop", "500"])
async def test_a_failed_download_leaves_the_old_file(
    files: Files, tmp_path: Path, trouble: str
) -> None:
    """Nothing half-written, neither under the name nor beside it."""
    cube, uid = await files.uploaded(LARGE)
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    faults = files.service.faults
    if trouble == "500":
        faults.status(500, origin="store")
    else:
        (faults.cut if trouble == "cut" else faults.drop)(origin="store")

    with pytest.raises(ServerError if trouble == "500" else TransportError):
        await cube.storage.download(uid, target)

    assert b"old" == target.read_bytes()
    assert [target] == list(tmp_path.iterdir())


@pytest.mark.parametrize("length", ["3", "5"])
async def test_content_of_another_length_is_an_error(
    files: Files, tmp_path: Path, length: str
) -> None:
    """The store said how much would come; a line that ends early or late is noticed."""
    cube, uid = await files.uploaded()
    files.service.faults.answer(
        200, body=b"1234", headers={"Content-Length": length}, origin="store"
    )

    with pytest.raises(TransportError) as caught:
        await cube.storage.download(uid, tmp_path / "a.bin")

    assert f"{FETCH}: 4 bytes came of {length}" == str(caught.value)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("length", ["", "many", "-1"])
async def test_a_store_that_tells_no_length_is_believed(files: Files, length: str) -> None:
    """Then the end of the answer is the end of the file, and the total is not known."""
    cube, uid = await files.uploaded()
    headers = {"Content-Length": length} if length else {}
    files.service.faults.answer(200, body=b"1234", headers=headers, origin="store")
    told: list[Progress] = []

    assert b"1234" == await cube.storage.download(uid, progress=told.append)
    assert [Progress(4, None)] == told


async def test_a_hook_that_fails_ends_the_download_with_its_error(
    files: Files, tmp_path: Path
) -> None:
    """It reaches the caller as it is; the part is gone, and no iterator is left behind."""
    cube, uid = await files.uploaded(LARGE)
    error = OddError("hook")

    def complain(_: Progress) -> None:
        raise error

    with pytest.raises(OddError) as caught:
        await cube.storage.download(uid, tmp_path / "a.bin", progress=complain)

    assert error is caught.value
    assert [] == list(tmp_path.iterdir())
    del caught
    gc.collect()


@pytest.mark.parametrize("taken", [1, 2])
async def test_a_cancelled_download_leaves_nothing(
    files: Files, tmp_path: Path, taken: int
) -> None:
    """The part goes, the old file stays, the connection is freed."""
    cube, uid = await files.uploaded(LARGE)
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    seen: list[Progress] = []

    with anyio.CancelScope() as scope:

        def stop(progress: Progress) -> None:
            seen.append(progress)
            if len(seen) == taken:
                scope.cancel()

        await cube.storage.download(uid, target, progress=stop)

    assert scope.cancelled_caught
    assert b"old" == target.read_bytes()
    assert [target] == list(tmp_path.iterdir())


async def test_a_directory_that_is_missing_is_told_by_the_system(
    files: Files, tmp_path: Path
) -> None:
    """It is the caller's; our errors have nothing to add."""
    cube, uid = await files.uploaded()

    with pytest.raises(FileNotFoundError):
        await cube.storage.download(uid, tmp_path / "missing" / "a.bin")


async def test_a_target_that_is_a_directory_leaves_nothing_beside_it(
    files: Files, tmp_path: Path
) -> None:
    """The content has no place to go to, and does not stay under another name."""
    cube, uid = await files.uploaded()
    (tmp_path / "a").mkdir()

    with pytest.raises(OSError, match=r"directory|Access"):
        await cube.storage.download(uid, tmp_path / "a")

    assert [tmp_path / "a"] == list(tmp_path.iterdir())


async def test_a_long_file_name_is_no_obstacle(files: Files, tmp_path: Path) -> None:
    """Any name that the file system takes will do."""
    cube, uid = await files.uploaded(b"1234")
    target = tmp_path / ("n" * 250)

    await cube.storage.download(uid, target)

    assert b"1234" == target.read_bytes()


async def test_a_stream_gives_chunks_and_its_total(files: Files) -> None:
    """For content that is larger than the memory."""
    cube, uid = await files.uploaded(LARGE)

    async with cube.storage.stream(uid) as chunks:
        assert len(LARGE) == chunks.total
        parts = [chunk async for chunk in chunks]

    assert LARGE == b"".join(parts)
    assert len(parts) > 1


async def test_a_stream_that_is_left_early_frees_everything(files: Files) -> None:
    """Neither a connection nor a half-run iterator stays behind."""
    cube, uid = await files.uploaded(LARGE)

    async with cube.storage.stream(uid) as chunks:
        first = await anext(chunks)

    assert LARGE.startswith(first)
    assert len(first) < len(LARGE)
    del chunks
    gc.collect()
    await anyio.lowlevel.checkpoint()


async def test_a_stream_outside_its_block_says_so(files: Files) -> None:
    """Nothing is open before the block."""
    cube, uid = await files.uploaded()

    with pytest.raises(InvalidInputError):
        await anext(cube.storage.stream(uid))

    assert [] == files.steps


async def test_an_unknown_file_is_not_found(files: Files) -> None:
    """404, from the service itself."""
    cube, _ = await files.uploaded()

    with pytest.raises(NotFoundError) as caught:
        await cube.storage.download("nobody-knows-it")

    assert DOWNLOAD == caught.value.label


async def test_a_file_that_was_never_completed_is_not_found(files: Files) -> None:
    """The service shows whole files only."""
    cube, _ = await files.signed_in()
    blob = await cube.storage.create(name="a.bin")
    await cube.storage.upload_content(blob, Pieces(b"1234"), size=4)

    with pytest.raises(NotFoundError):
        await cube.storage.download(blob.uid)

    await cube.storage.complete(blob.id, 4)
    assert b"1234" == await cube.storage.download(blob.uid)


async def test_another_user_reads_a_private_file(files: Files) -> None:
    """Private means: not without a session."""
    _, uid = await files.uploaded(b"1234")

    assert b"1234" == await files.client(SIM).storage.download(uid)


async def test_a_session_without_a_user_does_not_read_a_private_file(files: Files) -> None:
    """403, and the store is not asked."""
    _, uid = await files.uploaded()

    with pytest.raises(ForbiddenError):
        await files.client(AppOnly()).storage.download(uid)

    assert FETCH not in files.steps


@pytest.mark.parametrize("uid", ["", "..", "a/b", 7, None])
async def test_a_uid_that_cannot_be_one_is_refused_before_anything_is_sent(
    files: Files, uid: object
) -> None:
    """It must not lead to another path of the service."""
    cube, _ = await files.uploaded()

    try:
        await cube.storage.download(uid)  # type: ignore[arg-type]
    except InvalidInputError:
        assert [] == files.steps
    except NotFoundError:
        assert f"/blobs/{uid}/download".replace("a/b", "a%2Fb") == files.service.requests[-1].path
    else:
        pytest.fail("it was downloaded")
