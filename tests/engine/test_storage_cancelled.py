"""Uploads cancelled at every moment: no record, connection or file handle stays behind."""

import gc
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from connectycube import ConnectyCube
from connectycube.models.blob import Blob, Progress

from .stage import Together, begin
from .storage_stage import (
    COMPLETE,
    CONTENT,
    CREATE,
    REAL_TIME,
    REMOVE,
    WHOLE,
    Files,
    Pieces,
)

pytestmark = REAL_TIME

CREATED = f"{CREATE}: read"


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


class Stopper:
    """Cancels a scope at one of the moments that it counts."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.moments: list[str] = []
        self.scope = anyio.CancelScope()

    def __call__(self, moment: str) -> None:
        if len(self.moments) == self.at:
            self.scope.cancel()
        self.moments.append(moment)


async def upload(cube: ConnectyCube, stopper: Stopper, source: Path | Pieces) -> Blob | None:
    def told(progress: Progress) -> None:
        stopper(f"{progress.sent} sent")

    size = None if isinstance(source, Path) else 6
    with stopper.scope:
        return await cube.storage.upload(source, size=size, progress=told)
    return None


@pytest.mark.parametrize("kind", ["path", "iterable"])
async def test_an_upload_cancelled_at_any_moment_leaves_no_record(
    files: Files, tmp_path: Path, kind: str
) -> None:
    """From the moment on at which the service told of the record; before it nobody can know."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"123456")
    left: list[str] = []
    for at in range(100):
        cube, _ = await files.signed_in()
        before = len(files.records)
        stopper = Stopper(at)
        files.line.moment = stopper
        blob = await upload(cube, stopper, path if kind == "path" else Pieces(b"123", b"456"))
        files.line.moment = lambda _: None
        if blob is not None:
            break
        told = CREATED in stopper.moments[: at + 1]
        if told and len(files.records) > before:
            left.append(f"cancelled at {stopper.moments[at]}")
        files.check()
    else:
        pytest.fail("it never came to an end")

    gc.collect()
    assert [] == left
    assert stopper.at > 8  # there were that many moments to be cancelled at
    assert 6 == blob.size


@pytest.mark.parametrize("label", [CONTENT, COMPLETE])
@pytest.mark.parametrize("answered", [False, True])
async def test_an_upload_cancelled_while_a_request_is_out_is_undone(
    files: Files, label: str, *, answered: bool
) -> None:
    """Whether the service had done its work or not: the file goes."""
    cube, _ = await files.signed_in()
    gate = files.stage.line.hold(label, answered=answered)

    async with Together() as group:
        task = begin(group, lambda: cube.storage.upload(Pieces(b"1234"), size=4))
        await gate.reached()
        task.scope.cancel()
        await task.done.wait()

    assert [*WHOLE[: WHOLE.index(label) + 1], REMOVE] == files.steps
    assert ([], [], None) == (files.records, files.stored, task.value)


async def test_the_clean_up_is_done_before_the_cancellation_goes_on(files: Files) -> None:
    """Nobody has to wait for anything in the background."""
    cube, _ = await files.signed_in()
    gate = files.stage.line.hold(CONTENT)
    removal = files.stage.line.hold(REMOVE)

    async with Together() as group:
        task = begin(group, lambda: cube.storage.upload(Pieces(b"1234"), size=4))
        await gate.reached()
        task.scope.cancel()
        await removal.reached()
        waited = not task.done.is_set()
        removal.open()
        await task.done.wait()

    assert waited
    assert [] == files.records


async def test_a_cancellation_survives_a_clean_up_that_fails(files: Files) -> None:
    """It is never turned into an error."""
    cube, _ = await files.signed_in()
    gate = files.stage.line.hold(CONTENT)
    files.service.faults.status(500, method="DELETE", times=None)

    async with Together() as group:
        task = begin(group, lambda: cube.storage.upload(Pieces(b"1234"), size=4))
        await gate.reached()
        task.scope.cancel()
        await task.done.wait()

    assert task.scope.cancelled_caught
    assert None is task.error


async def test_after_many_cancelled_uploads_the_client_works(files: Files) -> None:
    """No trace of them in the next ones."""
    cube, _ = await files.signed_in()
    gate = files.stage.line.hold(CONTENT, times=50)

    async with Together() as group:
        tasks = [
            begin(group, lambda: cube.storage.upload(Pieces(b"1234"), size=4)) for _ in range(50)
        ]
        await gate.reached(50)
        for task in tasks:
            task.scope.cancel()

    assert [] == files.records
    sizes = [(await cube.storage.upload(b"1234")).size for _ in range(20)]
    assert [4] * 20 == sizes


async def test_a_given_file_stays_open_and_an_opened_one_is_closed(
    files: Files, tmp_path: Path
) -> None:
    """Who opens closes, also when it fails; a forgotten handle would be a ResourceWarning."""
    cube, _ = await files.signed_in()
    path = tmp_path / "a.bin"
    path.write_bytes(b"1234")
    files.service.faults.status(403, origin="store", times=2)

    with path.open("rb") as file:
        for source in (file, path):
            with pytest.raises(Exception, match="403"):
                await cube.storage.upload(source)
        assert not file.closed
    gc.collect()
