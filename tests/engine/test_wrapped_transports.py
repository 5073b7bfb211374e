"""A transport around a transport keeps every promise that the one inside keeps."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import anyio
import pytest

from connectycube.http import Headers, Request, Response, Transport
from connectycube.testing import Reply, ScriptedTransport, check_transport
from connectycube.transports.aiohttp import AiohttpTransport
from connectycube.transports.logging import LoggingTransport
from connectycube.transports.opentelemetry import OpenTelemetryTransport
from connectycube.transports.recording import RecordingTransport

from .stage import begin
from .storage_stage import Pieces

ASKED: Final = Request(method="GET", url="https://x.example/", label="GET /")
WRAPPERS: Final[dict[str, Callable[[Transport, Path], Transport]]] = {
    "logging": lambda inner, _: LoggingTransport(inner),
    "recording": lambda inner, path: RecordingTransport(inner, path / "cassette.json"),
    "opentelemetry": lambda inner, _: OpenTelemetryTransport(inner),
}
every_wrapper = pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)


@pytest.mark.asyncio
@every_wrapper
async def test_it_passes_the_check_of_transports(
    wrap: Callable[[Transport, Path], Transport], tmp_path: Path
) -> None:
    """Fidelity, errors, cut bodies, cancellation at every await, and closing twice."""
    await check_transport(lambda: wrap(AiohttpTransport(), tmp_path))


@pytest.mark.anyio
@every_wrapper
async def test_it_hands_requests_and_answers_on(
    wrap: Callable[[Transport, Path], Transport], tmp_path: Path
) -> None:
    """The very request goes in; status, header and body come out as they came."""
    inner = ScriptedTransport([Reply(418, b"\x00raw", headers={"X-A": "1"})])
    line = wrap(inner, tmp_path)
    response = await line.send(ASKED)
    read = await response.read()

    assert [ASKED] == inner.requests
    assert (418, "1") == (response.status, response.headers["x-a"])
    assert [b"\x00raw"] * 2 == [read, await response.read()]


@pytest.mark.anyio
@every_wrapper
async def test_closing_it_closes_what_it_wraps(
    wrap: Callable[[Transport, Path], Transport], tmp_path: Path
) -> None:
    """And closing an answer frees the connection inside."""
    inner = ScriptedTransport([Reply(200)])
    line = wrap(inner, tmp_path)
    await (await line.send(ASKED)).aclose()
    assert 0 == inner.open_responses
    await line.aclose()
    await line.aclose()

    assert inner.closed


class Observer:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def call(self, label: str, /) -> Generator[None]:
        self.told.append(f"call {label}")
        yield
        self.told.append(f"end {label}")

    def event(self, name: str, _attributes: Mapping[str, str | int | float], /) -> None:
        self.told.append(name)


class Observed(ScriptedTransport):
    def __init__(self) -> None:
        super().__init__()
        self.observer = Observer()


@every_wrapper
def test_it_hands_the_observer_on(
    wrap: Callable[[Transport, Path], Transport], tmp_path: Path
) -> None:
    """Who watched the calls of the transport inside goes on doing so."""
    inner = Observed()
    observer = wrap(wrap(inner, tmp_path), tmp_path).observer  # type: ignore[attr-defined]
    with observer.call("GET /"):
        observer.event("attempt", {"number": 1, "outcome": "200", "seconds": 0.0})

    assert ["call GET /", "attempt", "end GET /"] == inner.observer.told


@pytest.mark.parametrize("name", ["logging", "recording"])
def test_nobody_watches_where_nobody_did(name: str, tmp_path: Path) -> None:
    """Without an observer inside there is none, and calls cost nothing more."""
    line = WRAPPERS[name](ScriptedTransport(), tmp_path)

    assert None is line.observer  # type: ignore[attr-defined]


class Answering:
    """A transport that consumes what it is sent, and gives an answer of the test's."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.received = b""

    async def send(self, request: Request, /) -> Response:
        assert request.body is not None
        assert not isinstance(request.body, bytes)
        self.received = b"".join([piece async for piece in request.body.open()])
        assert len(self.received) == request.body.length
        return self.response

    async def aclose(self) -> None: ...


class Slow:
    """An answer whose second piece waits for the test."""

    def __init__(self) -> None:
        self.status = 200
        self.headers = Headers()
        self.gate = anyio.Event()
        self.waiting = anyio.Event()
        self._left = [b"1", b"2"]

    async def read(self) -> bytes:
        raise NotImplementedError

    def iter_bytes(self) -> "Slow":
        return self

    def __aiter__(self) -> "Slow":
        return self

    async def __anext__(self) -> bytes:
        if len(self._left) == 1:
            self.waiting.set()
            await self.gate.wait()
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop(0)

    async def aclose(self) -> None: ...


class Sent:
    """A body of two pieces."""

    length = 3

    def open(self) -> AsyncIterator[bytes]:
        return aiter(Pieces(b"ab", b"c"))


@pytest.mark.anyio
@every_wrapper
async def test_a_cancelled_wait_for_a_chunk_loses_none(
    wrap: Callable[[Transport, Path], Transport], tmp_path: Path
) -> None:
    """The next wait goes on where it was; what is sent arrives in pieces."""
    slow = Slow()
    inner = Answering(slow)
    line = wrap(inner, tmp_path)
    request = Request(method="PUT", url="https://x.example/", label="PUT /", body=Sent())
    chunks = (await line.send(request)).iter_bytes()
    got = [await anext(chunks)]
    async with anyio.create_task_group() as group:
        begin(group, lambda: anext(chunks))
        await slow.waiting.wait()
        group.cancel_scope.cancel()
    slow.gate.set()
    got += [chunk async for chunk in chunks]

    assert [b"1", b"2"] == got
    assert b"abc" == inner.received


@pytest.mark.anyio
@every_wrapper
async def test_a_generator_is_seen_to_be_one(
    wrap: Callable[[Transport, Path], Transport], tmp_path: Path
) -> None:
    """It ends with the first cancelled wait, and whoever reads must be able to tell."""
    line = wrap(ScriptedTransport([Reply(200, b"1")]), tmp_path)
    wrapped = (await line.send(ASKED)).iter_bytes()

    assert isinstance(wrapped, AsyncGenerator)
    assert b"1" == await anext(wrapped)
    await wrapped.aclose()
    assert b"end" == await anext(wrapped, b"end")


@pytest.mark.anyio
@every_wrapper
async def test_what_is_raised_passes_as_it_is(
    wrap: Callable[[Transport, Path], Transport], tmp_path: Path
) -> None:
    """Errors of any kind, the very objects."""
    error = LookupError("not ours")
    line = wrap(ScriptedTransport([error, Reply(200, error)]), tmp_path)
    caught: list[Exception] = []
    for _ in range(2):
        try:
            await (await line.send(ASKED)).read()
        except LookupError as raised:
            caught.append(raised)

    assert [error, error] == caught
