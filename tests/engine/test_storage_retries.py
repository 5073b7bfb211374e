"""Content is sent again from its start where it can be, and never where it cannot."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectycube import Backoff, ServerError, TransportError
from connectycube._source import Source

from .storage_stage import (
    COMPLETE,
    CONTENT,
    CREATE,
    REAL_TIME,
    REMOVE,
    FailingPieces,
    Files,
    OneReading,
    Pieces,
)

pytestmark = REAL_TIME

QUICK = Backoff(base=0.0, rate_limit_base=0.0)


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


def bodies(files: Files) -> list[bytes]:
    return [one.form[-1].content for one in files.at_store]


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "iterable"])
@pytest.mark.parametrize("trouble", ["503", "drop"])
async def test_the_store_s_leg_is_repeated_from_the_start(
    files: Files, tmp_path: Path, kind: str, trouble: str
) -> None:
    """Each attempt sends the whole content; record and completion are not repeated."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"skipped1234" if kind == "file" else b"1234")
    cube, _ = await files.signed_in(retry=QUICK)
    if trouble == "503":
        files.service.faults.status(503, origin="store", times=2)
    else:
        files.service.faults.drop(origin="store", times=2)

    with path.open("rb") as file:
        file.seek(7)
        source: dict[str, Source] = {
            "path": path,
            "bytes": b"1234",
            "file": file,
            "iterable": Pieces(b"12", b"34"),
        }
        blob = await cube.storage.upload(source[kind], size=4)

    assert (4, [b"1234"] * 3) == (blob.size, bodies(files))
    assert [CREATE, *[CONTENT] * 3, COMPLETE] == files.steps


async def test_a_one_shot_iterable_is_never_sent_twice(files: Files) -> None:
    """What is left of it would pass for the whole."""
    cube, _ = await files.signed_in(retry=QUICK)
    files.service.faults.status(503, origin="store")

    with pytest.raises(ServerError):
        await cube.storage.upload(OneReading([b"12", b"34"]), size=4)

    assert [CREATE, CONTENT, REMOVE] == files.steps
    assert [b"1234"] == bodies(files)


async def test_a_file_that_cannot_seek_is_never_sent_twice(files: Files) -> None:
    """The same for a pipe."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    cube, _ = await files.signed_in(retry=QUICK)
    files.service.faults.status(503, origin="store")

    with pytest.raises(ServerError):
        await cube.storage.upload(Pipe(b"1234"), size=4)

    assert [CREATE, CONTENT, REMOVE] == files.steps


async def test_a_one_shot_iterable_that_was_not_touched_may_be_sent_again(files: Files) -> None:
    """A connection that was never made has read nothing."""
    cube, _ = await files.signed_in(retry=QUICK)
    source = OneReading([b"1234"])
    files.stage.line.fail(CONTENT, TransportError("no line"))

    with pytest.raises(TransportError):
        await cube.storage.upload(source, size=4)

    assert ([CREATE, *[CONTENT] * 3, REMOVE], 0) == (files.steps, source.taken)


async def test_a_source_that_fails_is_not_read_again(files: Files) -> None:
    """Its own error is no trouble of the line, even where it looks like one."""
    cube, _ = await files.signed_in(retry=QUICK)
    source = FailingPieces(TransportError("of the source"), b"12")

    with pytest.raises(TransportError, match="of the source"):
        await cube.storage.upload(source, size=4)

    assert (1, [CREATE, CONTENT, REMOVE]) == (source.readings, files.steps)


async def test_a_refusal_is_not_repeated(files: Files) -> None:
    """403 is an answer."""
    cube, _ = await files.signed_in(retry=QUICK)
    files.service.faults.status(403, origin="store")

    with pytest.raises(Exception, match="403"):
        await cube.storage.upload(b"1234")

    assert [CREATE, CONTENT, REMOVE] == files.steps


async def test_progress_starts_again_with_an_attempt(files: Files) -> None:
    """What was sent in vain was not sent; the last attempt ends at the total."""
    cube, _ = await files.signed_in(retry=QUICK)
    files.service.faults.status(503, origin="store")
    sent: list[int] = []

    await cube.storage.upload(
        Pieces(b"12", b"34"), size=4, progress=lambda progress: sent.append(progress.sent)
    )

    assert [2, 4, 2, 4] == sent


async def test_earlier_attempts_are_told_as_notes(files: Files) -> None:
    """As with every other call."""
    cube, _ = await files.signed_in(retry=QUICK)
    files.service.faults.status(503, origin="store", times=None)

    with pytest.raises(ServerError) as caught:
        await cube.storage.upload(b"1234")

    assert ["attempt 1: 503", "attempt 2: 503"] == getattr(caught.value, "__notes__", [])


@pytest.mark.parametrize("path", ["/blobs", "/blobs/*/complete"])
async def test_calls_of_the_service_are_repeated_by_themselves(files: Files, path: str) -> None:
    """Without sending the content again."""
    cube, _ = await files.signed_in(retry=QUICK)
    files.service.faults.status(503, path=path, times=2)

    blob = await cube.storage.upload(b"1234")

    assert (4, 1) == (blob.size, files.steps.count(CONTENT))


async def test_a_download_is_repeated_before_its_first_byte(files: Files) -> None:
    """Both at the service and at the store."""
    cube, uid = await files.uploaded(b"1234", retry=QUICK)
    files.service.faults.status(503, origin="api", times=2)
    files.service.faults.drop(origin="store", times=2)

    assert b"1234" == await cube.storage.download(uid)


async def test_a_download_that_breaks_off_is_not_mended(files: Files) -> None:
    """What came is not the file, and the caller hears of it."""
    cube, uid = await files.uploaded(b"1234", retry=QUICK)
    files.service.faults.cut(origin="store")

    with pytest.raises(TransportError):
        await cube.storage.download(uid)
