"""Files over real sockets: the whole story, sources that fail, and cut lines."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import anyio.lowlevel
import anyio.to_thread
import pytest

from connectycube import (
    Backoff,
    ConnectyCubeError,
    InvalidInputError,
    NoRetry,
    Progress,
    RetryPolicy,
    TransportError,
)

from .exchange import shown
from .stage import Stage

pytestmark = pytest.mark.anyio

CONTENT: Final = bytes(range(256)) * 4000  # all that the emulator keeps whole
QUICK: Final = Backoff(base=0.0, rate_limit_base=0.0)


class Chunks:
    """An async iterable that can be read again, and fails where it is told to."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        self.content = content
        self.error = error
        self.readings = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.readings += 1
        for start in range(0, len(self.content), 50_000):
            await anyio.lowlevel.checkpoint()
            yield self.content[start : start + 50_000]
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    "source",
    [
        lambda path: path,
        lambda _: CONTENT,
        lambda _: io.BytesIO(CONTENT),
        lambda _: Chunks(CONTENT),
    ],
    ids=["path", "bytes", "file", "iterable"],
)
async def test_content_goes_there_and_comes_back(
    stage: Stage, tmp_path: Path, source: Callable[[Path], Any]
) -> None:
    """With the exact length in its header, never in chunks; progress ends at the total."""
    path = tmp_path / "a.png"
    path.write_bytes(CONTENT)
    sent: list[Progress] = []
    received: list[Progress] = []
    async with stage.client() as cube:
        blob = await cube.storage.upload(
            source(path), size=len(CONTENT), name="ü.png", progress=sent.append
        )
        content = await cube.storage.download(blob.uid, progress=received.append)
        await cube.storage.download(blob.uid, tmp_path / "b.png")

    [posted, *_] = stage.emulator.store_requests
    assert CONTENT == content == (tmp_path / "b.png").read_bytes()
    assert (str(len(posted.body)), None) == (
        posted.headers["Content-Length"],
        posted.headers.get("Transfer-Encoding"),
    )
    assert ("ü.png", CONTENT) == (posted.form[-1].filename, posted.form[-1].content)
    for told in (sent, received):
        done = [one.done for one in told]
        assert (sorted(set(done)), len(CONTENT)) == (done, done[-1])


async def test_an_avatar_is_shown_until_the_session_ends(stage: Stage) -> None:
    """A private URL works for anybody by a plain GET, and dies with the session."""
    async with stage.client() as cube:
        user = await cube.users.set_avatar(CONTENT, name="me.png")
        private = cube.storage.private_url(str(user.avatar))
        public = cube.storage.public_url(str(user.avatar))
        with_token = await anyio.to_thread.run_sync(shown, private)
        without_token = await anyio.to_thread.run_sync(shown, public)
        await cube.destroy_session()
        dead = await anyio.to_thread.run_sync(shown, private)

    assert (200, CONTENT) == with_token
    assert (401, 401) == (without_token[0], dead[0])


async def test_a_public_file_needs_no_token(stage: Stage) -> None:
    """For the world to see."""
    async with stage.client() as cube:
        blob = await cube.storage.upload(CONTENT, public=True)
        url = cube.storage.public_url(blob.uid)

        assert (200, CONTENT) == await anyio.to_thread.run_sync(shown, url)


@pytest.mark.parametrize("retry", [NoRetry(), QUICK], ids=["once", "repeated"])
@pytest.mark.parametrize("error", [LookupError("mine"), OSError(5, "disk"), TransportError("t")])
async def test_an_error_of_the_source_is_the_caller_s(
    stage: Stage, retry: RetryPolicy, error: Exception
) -> None:
    """The very object, whatever a library makes of it on its way; the source is read once."""
    source = Chunks(CONTENT[:100_000], error)
    async with stage.client(retry=retry) as cube:
        with pytest.raises(type(error)) as caught:
            await cube.storage.upload(source, size=len(CONTENT))
        assert (await cube.storage.upload(b"1234")).size == 4

    assert error is caught.value
    assert 1 == source.readings
    assert 1 == len(stage.emulator.world.files)


@pytest.mark.parametrize("retry", [NoRetry(), QUICK], ids=["once", "repeated"])
@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
async def test_a_source_of_another_size_is_refused(
    stage: Stage, retry: RetryPolicy, size: int
) -> None:
    """Neither cut off nor waited for; read once, since it would be no better again."""
    source = Chunks(CONTENT)
    async with stage.client(retry=retry) as cube:
        with pytest.raises(InvalidInputError):
            await cube.storage.upload(source, size=size)

    assert (1, 0, {}) == (
        source.readings,
        len(stage.emulator.world.files),
        stage.emulator.world.store.objects,
    )


@pytest.mark.parametrize("trouble", ["drop", "cut", "500"])
async def test_trouble_at_the_store_leaves_nothing(
    stage: Stage, tmp_path: Path, trouble: str
) -> None:
    """Nor does it spoil the next upload or download."""
    faults = stage.emulator.faults

    def script() -> None:
        if trouble == "500":
            faults.status(500, origin="store")
        else:
            (faults.drop if trouble == "drop" else faults.cut)(origin="store")

    async with stage.client() as cube:
        script()
        with pytest.raises(ConnectyCubeError):
            await cube.storage.upload(CONTENT)
        assert 0 == len(stage.emulator.world.files)
        blob = await cube.storage.upload(CONTENT)
        script()
        with pytest.raises(ConnectyCubeError):
            await cube.storage.download(blob.uid, tmp_path / "a")
        assert [] == list(tmp_path.iterdir())
        assert CONTENT == await cube.storage.download(blob.uid)


async def test_the_store_s_leg_is_repeated_whole(stage: Stage, tmp_path: Path) -> None:
    """From the start of the file, after two refusals."""
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    stage.emulator.faults.status(503, origin="store", times=2)
    async with stage.client(retry=QUICK) as cube:
        await cube.storage.upload(path)

    assert [CONTENT] * 3 == [one.form[-1].content for one in stage.emulator.store_requests]
