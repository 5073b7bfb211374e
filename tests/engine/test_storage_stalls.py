"""What moves may take for ever; what stands still ends in time. In virtual time."""

from collections.abc import AsyncIterator, Iterator

import anyio
import pytest

from connectycube import Backoff, NoRetry, RequestTimeoutError, RetryPolicy, TransportError

from .storage_stage import CREATE, FETCH, REMOVE, WHOLE, Files, OneReading, Pieces

pytestmark = pytest.mark.anyio

TIMEOUT = 5.0
# The clean-up may take as long once more, and closing a second.
GRACE = 6.1


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


class Slow:
    """An async iterable that takes its time for each byte."""

    def __init__(self, pieces: int, seconds: float) -> None:
        self.pieces = pieces
        self.seconds = seconds
        self.readings = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.readings += 1
        for _ in range(self.pieces):
            await anyio.sleep(self.seconds)
            yield b"x"


async def test_a_slow_upload_that_moves_is_left_alone(files: Files) -> None:
    """A hundred pieces of four seconds each are far over the limit of five, and fine."""
    cube, _ = await files.signed_in(timeout=TIMEOUT)
    began = anyio.current_time()

    blob = await cube.storage.upload(Slow(100, 4.0), size=100)

    assert 100 == blob.size
    assert anyio.current_time() - began >= 400
    assert WHOLE == files.steps


@pytest.mark.parametrize("retry", [NoRetry(), Backoff()], ids=["once", "repeated"])
async def test_a_source_that_stands_still_ends_the_upload(files: Files, retry: RetryPolicy) -> None:
    """One moment longer than the limit is enough; the record is removed."""
    cube, _ = await files.signed_in(timeout=TIMEOUT, retry=retry)
    began = anyio.current_time()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"x"
        await anyio.sleep_forever()

    source = stuck()
    with pytest.raises(RequestTimeoutError):
        await cube.storage.upload(source, size=2)

    assert anyio.current_time() - began <= TIMEOUT + GRACE
    assert [] == files.records
    assert REMOVE == files.steps[-1]


async def test_a_store_that_hangs_ends_the_upload(files: Files) -> None:
    """Counted from the last byte that moved."""
    cube, _ = await files.signed_in(timeout=TIMEOUT)
    files.service.faults.hang(origin="store")
    began = anyio.current_time()

    with pytest.raises(RequestTimeoutError):
        await cube.storage.upload(Slow(10, 4.0), size=10)

    assert 40.0 <= anyio.current_time() - began <= 40.0 + TIMEOUT + GRACE
    assert [] == files.records


async def test_a_store_that_hangs_always_ends_a_repeated_upload(files: Files) -> None:
    """Each attempt has its own limit, and there are three."""
    cube, _ = await files.signed_in(timeout=TIMEOUT, retry=Backoff())
    files.service.faults.hang(origin="store", times=None)
    source = Pieces(b"1234")
    began = anyio.current_time()

    with pytest.raises(RequestTimeoutError):
        await cube.storage.upload(source, size=4)

    assert anyio.current_time() - began <= 3 * TIMEOUT + GRACE
    assert (3, []) == (source.readings, files.records)


async def test_a_service_that_hangs_at_completion_ends_the_upload(files: Files) -> None:
    """Completing is a call like any other."""
    cube, _ = await files.signed_in(timeout=TIMEOUT)
    files.service.faults.hang(path="/blobs/*/complete")
    began = anyio.current_time()

    with pytest.raises(RequestTimeoutError):
        await cube.storage.upload(Pieces(b"1234"), size=4)

    assert anyio.current_time() - began <= TIMEOUT + GRACE
    assert [] == files.records


async def test_a_clean_up_that_hangs_is_given_up(files: Files) -> None:
    """The first error is told, some seconds later."""
    cube, _ = await files.signed_in(timeout=None)
    files.service.faults.status(403, origin="store")
    files.service.faults.hang(method="DELETE", times=None)
    began = anyio.current_time()

    with pytest.raises(Exception, match="403"):
        await cube.storage.upload(Pieces(b"1234"), size=4)

    assert anyio.current_time() - began <= GRACE


@pytest.mark.parametrize("status", [429, 503])
async def test_a_store_that_asks_for_a_year_does_not_get_it(files: Files, status: int) -> None:
    """Nothing moves while we wait, so the limit holds here too."""
    cube, _ = await files.signed_in(timeout=TIMEOUT, retry=Backoff())
    headers = {"Retry-After": "99999"}
    files.service.faults.status(status, headers=headers, origin="store", times=None)
    began = anyio.current_time()

    with pytest.raises(Exception, match=f"{status}|within"):
        await cube.storage.upload(Pieces(b"1234"), size=4)

    assert anyio.current_time() - began <= 3 * TIMEOUT + GRACE
    assert [] == files.records


async def test_no_limit_is_no_limit(files: Files) -> None:
    """Whoever sets none waits for as long as it takes."""
    cube, _ = await files.signed_in(timeout=None)
    files.service.faults.delay(50_000, origin="store")

    blob = await cube.storage.upload(Slow(2, 50_000.0), size=2)

    assert 2 == blob.size


@pytest.mark.parametrize("retry", [NoRetry(), Backoff()], ids=["once", "repeated"])
@pytest.mark.parametrize("origin", ["api", "store"])
async def test_a_download_that_gets_no_answer_ends(
    files: Files, retry: RetryPolicy, origin: str
) -> None:
    """From the service and from the store alike."""
    cube, uid = await files.uploaded(timeout=TIMEOUT, retry=retry)
    if origin == "api":
        files.service.faults.hang(origin="api", times=None)
    else:
        files.service.faults.hang(origin="store", times=None)
    began = anyio.current_time()

    # A limit of the test's own, far over that of the client.
    with anyio.move_on_after(1000), pytest.raises(RequestTimeoutError):
        await cube.storage.download(uid)

    assert anyio.current_time() - began <= 2 * TIMEOUT + 1.1


async def test_a_store_that_asks_a_reader_for_a_year_does_not_get_it(files: Files) -> None:
    """The wait for the answer is bounded, however it is spent."""
    cube, uid = await files.uploaded(timeout=TIMEOUT, retry=Backoff())
    headers = {"Retry-After": "99999"}
    files.service.faults.status(503, headers=headers, origin="store", times=None)
    began = anyio.current_time()

    with pytest.raises(Exception, match=r"503|within"):
        await cube.storage.download(uid)

    assert anyio.current_time() - began <= 2 * TIMEOUT + 1.1


class Trickle:
    """An answer whose chunks come slowly, or stop coming."""

    status = 200

    def __init__(self, pauses: list[float]) -> None:
        self.headers: dict[str, str] = {"Content-Length": str(len(pauses))}
        self.pauses = pauses
        self.closed = False

    async def read(self) -> bytes:
        raise AssertionError("nobody reads it whole")

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        for pause in self.pauses:
            await anyio.sleep(pause)
            yield b"x"

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("pauses", "kind"), [([4.0] * 100, None), ([4.0, 4.0, 100_000.0], RequestTimeoutError)]
)
async def test_a_download_ends_only_where_nothing_comes(
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    pauses: list[float],
    kind: type[TransportError] | None,
) -> None:
    """Each chunk has its own limit."""
    cube, uid = await files.uploaded(timeout=TIMEOUT)
    answer = Trickle(pauses)
    send = files.line.send

    async def trickling(request: object, /) -> object:
        return answer if getattr(request, "label", "") == FETCH else await send(request)  # type: ignore[arg-type]

    monkeypatch.setattr(files.line, "send", trickling)

    if kind is None:
        assert b"x" * 100 == await cube.storage.download(uid)
    else:
        with pytest.raises(kind):
            await cube.storage.download(uid)
    assert answer.closed


async def test_a_deadline_of_the_caller_s_own_is_not_mistaken_for_ours(files: Files) -> None:
    """It cancels; it does not become a RequestTimeoutError. The record is removed."""
    cube, _ = await files.signed_in(timeout=TIMEOUT)

    with anyio.move_on_after(2.0) as scope:
        await cube.storage.upload(Slow(10, 4.0), size=10)

    assert scope.cancelled_caught
    assert [CREATE, REMOVE] == [step for step in files.steps if step in (CREATE, REMOVE)]
    assert [] == files.records


async def test_a_reading_that_is_over_moves_no_deadline(files: Files) -> None:
    """A one-shot source is not read by a second attempt, however late the first one fails."""
    cube, _ = await files.signed_in(timeout=TIMEOUT, retry=Backoff())
    files.service.faults.hang(origin="store")
    source = OneReading([b"1", b"2"])

    with pytest.raises(RequestTimeoutError):
        await cube.storage.upload(source, size=2)

    assert 1 == files.steps.count("POST (object store)")
