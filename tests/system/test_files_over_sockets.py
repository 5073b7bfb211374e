"""Files over real sockets: the whole story, sources that fail, and cut lines."""

import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import anyio
import anyio.lowlevel
import pytest

from connectycube import (
    Backoff,
    ConnectyCube,
    ConnectyCubeError,
    InvalidInputError,
    LoginPassword,
    NoRetry,
    Progress,
    RetryPolicy,
    TransportError,
)
from connectycube.emulator import Emulator

pytestmark = pytest.mark.asyncio

MAR: Final = LoginPassword("mar", "canary-of-mar")
CONTENT: Final = bytes(range(256)) * 4000  # all that the emulator keeps whole
QUICK: Final = Backoff(base=0.0, rate_limit_base=0.0)


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(auth_key="canary-auth-key") as emulator:
        yield emulator


@pytest.fixture
def emulator(server: Emulator) -> Iterator[Emulator]:
    server.reset()
    yield server
    ours = [
        name
        for one in server.store_requests
        for name in one.headers
        if name.lower().startswith("cb-")
    ]
    assert [] == ours


def client(emulator: Emulator, retry: RetryPolicy | None = None) -> ConnectyCube:
    return ConnectyCube(
        emulator.app_id,
        emulator.auth_key,
        auth=MAR,
        base_url=emulator.base_url,
        retry=retry or NoRetry(),
    )


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
    emulator: Emulator, tmp_path: Path, source: Callable[[Path], Any]
) -> None:
    """With the exact length in its header, never in chunks; progress ends at the total."""
    path = tmp_path / "a.png"
    path.write_bytes(CONTENT)
    sent: list[Progress] = []
    received: list[Progress] = []
    async with client(emulator) as cube:
        blob = await cube.storage.upload(
            source(path), size=len(CONTENT), name="ü.png", progress=sent.append
        )
        content = await cube.storage.download(blob.uid, progress=received.append)
        await cube.storage.download(blob.uid, tmp_path / "b.png")

    [posted, *_] = emulator.store_requests
    assert CONTENT == content == (tmp_path / "b.png").read_bytes()
    assert (str(len(posted.body)), None) == (
        posted.headers["Content-Length"],
        posted.headers.get("Transfer-Encoding"),
    )
    assert ("ü.png", CONTENT) == (posted.form[-1].filename, posted.form[-1].content)
    for told in (sent, received):
        done = [one.done for one in told]
        assert (sorted(set(done)), len(CONTENT)) == (done, done[-1])


async def test_an_avatar_is_shown_until_the_session_ends(emulator: Emulator) -> None:
    """A private URL works for anybody by a plain GET, and dies with the session."""
    async with client(emulator) as cube, aiohttp.ClientSession() as browser:
        user = await cube.users.set_avatar(CONTENT, name="me.png")
        url = cube.storage.private_url(str(user.avatar))
        async with browser.get(url) as answer:
            shown = await answer.read()
        async with browser.get(cube.storage.public_url(str(user.avatar))) as answer:
            without_token = answer.status
        await cube.destroy_session()
        async with browser.get(url) as answer:
            dead = answer.status

    assert CONTENT == shown
    assert (401, 401) == (without_token, dead)


async def test_a_public_file_needs_no_token(emulator: Emulator) -> None:
    """For the world to see."""
    async with client(emulator) as cube, aiohttp.ClientSession() as browser:
        blob = await cube.storage.upload(CONTENT, public=True)
        async with browser.get(cube.storage.public_url(blob.uid)) as answer:
            shown = await answer.read()

    assert CONTENT == shown


@pytest.mark.parametrize("retry", [NoRetry(), QUICK], ids=["once", "repeated"])
@pytest.mark.parametrize("error", [LookupError("mine"), OSError(5, "disk"), TransportError("t")])
async def test_an_error_of_the_source_is_the_caller_s(
    emulator: Emulator, retry: RetryPolicy, error: Exception
) -> None:
    """The very object, whatever aiohttp makes of it on its way, and the source is read once."""
    source = Chunks(CONTENT[:100_000], error)
    async with client(emulator, retry) as cube:
        with pytest.raises(type(error)) as caught:
            await cube.storage.upload(source, size=len(CONTENT))
        assert (await cube.storage.upload(b"1234")).size == 4

    assert error is caught.value
    assert 1 == source.readings
    assert 1 == len(emulator.world.files)


@pytest.mark.parametrize("retry", [NoRetry(), QUICK], ids=["once", "repeated"])
@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
async def test_a_source_of_another_size_is_refused(
    emulator: Emulator, retry: RetryPolicy, size: int
) -> None:
    """Neither cut off nor waited for; read once, since it would be no better again."""
    source = Chunks(CONTENT)
    async with client(emulator, retry) as cube:
        with pytest.raises(InvalidInputError):
            await cube.storage.upload(source, size=size)

    assert (1, 0, {}) == (source.readings, len(emulator.world.files), emulator.world.store.objects)


@pytest.mark.parametrize("trouble", ["drop", "cut", "500"])
async def test_trouble_at_the_store_leaves_nothing(
    emulator: Emulator, tmp_path: Path, trouble: str
) -> None:
    """Nor does it spoil the next upload or download."""
    faults = emulator.faults

    def script() -> None:
        if trouble == "500":
            faults.status(500, origin="store")
        else:
            (faults.drop if trouble == "drop" else faults.cut)(origin="store")

    async with client(emulator) as cube:
        script()
        with pytest.raises(ConnectyCubeError):
            await cube.storage.upload(CONTENT)
        assert 0 == len(emulator.world.files)
        blob = await cube.storage.upload(CONTENT)
        script()
        with pytest.raises(ConnectyCubeError):
            await cube.storage.download(blob.uid, tmp_path / "a")
        assert [] == list(tmp_path.iterdir())
        assert CONTENT == await cube.storage.download(blob.uid)


async def test_the_store_s_leg_is_repeated_whole(emulator: Emulator, tmp_path: Path) -> None:
    """From the start of the file, after two refusals."""
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    emulator.faults.status(503, origin="store", times=2)
    async with client(emulator, QUICK) as cube:
        await cube.storage.upload(path)

    assert [CONTENT] * 3 == [one.form[-1].content for one in emulator.store_requests]
