"""Each scripted fault through the transport without a socket, on both event loops."""

import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import anyio
import pytest

from connectycube.emulator import Fault, Service
from connectycube.errors import TransportError
from connectycube.http import Body, Headers, Request, Response
from connectycube.testing import EmulatorTransport

pytestmark = pytest.mark.anyio

KEYS = b'{"application_id":21,"auth_key":"emulator-auth-key"}'
MEBIBYTE = 1024 * 1024


class Stage:
    """A service and a line to it."""

    def __init__(self, *steps: Fault) -> None:
        self.service = Service()
        if steps:
            self.service.faults.script(steps)
        self._line = EmulatorTransport(self.service)

    async def send(
        self, body: bytes | Body = KEYS, headers: Mapping[str, str] | None = None
    ) -> Response:
        sent = Headers({"Content-Type": "application/json", **(headers or {})})
        url = "https://api.connectycube.com/session"
        response: Response = await self._line.send(
            Request(method="POST", url=url, headers=sent, body=body, label="POST /session")
        )
        return response

    @property
    def told(self) -> list[tuple[str | None, bool, int]]:
        """What was recorded, and how many sessions there are now."""
        opened = len(self.service.world.sessions)
        return [(one.fault, one.processed, opened) for one in self.service.requests]


class Watched:
    """A body that tells whether anybody read it."""

    length = len(KEYS)

    def __init__(self) -> None:
        self.opened = 0

    def open(self) -> AsyncIterator[bytes]:
        self.opened += 1
        return self._chunks()

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield KEYS


async def gather(response: Response, received: bytearray) -> None:
    async for chunk in response.iter_bytes():
        received.extend(chunk)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.drop(read=False), (0, "drop", False, 0)),
        (Fault.drop(), (1, "drop", False, 0)),
        (Fault.drop(processed=True), (1, "drop", True, 1)),
    ],
    ids=["unread", "unprocessed", "processed"],
)
async def test_drop(fault: Fault, told: tuple[int, str, bool, int]) -> None:
    """The connection is lost before the body was read, before the work, or after it."""
    stage, body = Stage(fault), Watched()

    with pytest.raises(TransportError, match="dropped the connection"):
        await stage.send(body)
    assert told == (body.opened, *stage.told[0])


@pytest.mark.parametrize(
    ("fault", "status", "name", "value"),
    [
        (Fault.status(503), 503, "Retry-After", None),
        (Fault.rate_limit(), 429, "Retry-After", None),
        (Fault.rate_limit(3), 429, "Retry-After", "3"),
        (
            Fault.redirect("https://elsewhere.example/", code=307),
            307,
            "Location",
            "https://elsewhere.example/",
        ),
    ],
    ids=["status", "429", "429 later", "redirect"],
)
async def test_answers_instead(fault: Fault, status: int, name: str, value: str | None) -> None:
    """They come as on a line, and nothing was done."""
    stage = Stage(fault)
    response = await stage.send()

    assert (status, value) == (response.status, response.headers.get(name))
    assert [(fault.kind, False, 0)] == stage.told


@pytest.mark.parametrize("fault", [Fault.hang(), Fault.delay(3600)], ids=["hang", "delay"])
async def test_nothing_comes(fault: Fault) -> None:
    """Whoever waits for such an answer waits until he gives up."""
    stage = Stage(fault)

    with anyio.move_on_after(0.01) as scope:
        await stage.send()
    assert scope.cancelled_caught
    assert [(fault.kind, fault.processed, int(fault.processed))] == stage.told


@pytest.mark.parametrize("at", [0.0, 0.5])
@pytest.mark.parametrize("whole", [True, False])
async def test_stall(*, at: float, whole: bool) -> None:
    """The head comes, then part of the body, and then nothing."""
    stage = Stage(Fault.stall(at=at))
    response = await stage.send()
    received = bytearray()

    with anyio.move_on_after(0.01) as scope:
        await (response.read() if whole else gather(response, received))
    assert scope.cancelled_caught
    assert (201, b'{"session":{' if at and not whole else b"") == (
        response.status,
        bytes(received[:12]),
    )
    assert [("stall", True, 1)] == stage.told


async def test_drip_loses_nothing_to_those_who_give_up_waiting() -> None:
    """A wait that was cancelled goes on where it was, in its time too."""
    stage = Stage(Fault.drip(0.1, size=100))
    response = await stage.send()
    chunks, pieces = response.iter_bytes(), list[bytes]()
    given_up = 0
    while True:
        try:
            with anyio.move_on_after(0.03) as scope:
                pieces.append(await anext(chunks))
            given_up += scope.cancelled_caught
        except StopAsyncIteration:
            break

    assert "token" in json.loads(b"".join(pieces))["session"]
    assert [100] * (len(pieces) - 1) == [len(piece) for piece in pieces[:-1]]
    assert given_up > 0


@pytest.mark.parametrize("fault", [Fault.drip(0.001, size=100), Fault.stall(seconds=0.001)])
async def test_slow_body_is_right_in_the_end(fault: Fault) -> None:
    """Read as a whole, a slow body is what it would have been."""
    response = await Stage(fault).send()

    assert "token" in json.loads(await response.read())["session"]


@pytest.mark.parametrize("at", [0.0, 0.5])
async def test_cut(at: float) -> None:
    """The part comes, then the error; who wants the whole gets the error alone."""
    stage = Stage(Fault.cut(at=at))
    response = await stage.send()
    received = bytearray()

    with pytest.raises(TransportError, match="cut the answer"):
        await gather(response, received)
    with pytest.raises(TransportError, match="cut the answer"):
        await response.read()
    assert bool(at) == received.startswith(b'{"session":{')
    assert [("cut", True, 1)] == stage.told


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.garble(), UnicodeDecodeError),
        (Fault.garble(spoiled="json"), json.JSONDecodeError),
    ],
    ids=["utf-8", "json"],
)
async def test_garble(fault: Fault, error: type[Exception]) -> None:
    """The body is damaged in the way that was asked for."""
    response = await Stage(fault).send()
    body = await response.read()

    with pytest.raises(error):
        json.loads(body.decode())


@pytest.mark.parametrize(
    ("fault", "kind", "start"),
    [
        (Fault.mistype(), "text/html; charset=utf-8", b'{"session"'),
        (Fault.mistype("image/png", body="<p>"), "image/png", b"<p>"),
    ],
    ids=["right body", "other body"],
)
async def test_mistype(fault: Fault, kind: str, start: bytes) -> None:
    """The type is wrong, and the body may be."""
    response = await Stage(fault).send()

    assert (kind, start) == (response.headers["content-type"], (await response.read())[:10])


@pytest.mark.parametrize("gzip", [False, True])
async def test_huge_is_never_there_as_a_whole(*, gzip: bool) -> None:
    """A body of 64 MiB costs few, plain or as what unfolds to it."""
    stage = Stage(Fault.huge(64, gzip=gzip))
    inflater = zlib.decompressobj(31)
    tracemalloc.start()
    response = await stage.send(headers={"Accept-Encoding": "gzip"})
    size, unfolded = 0, 0
    async for chunk in response.iter_bytes():
        size += len(chunk)
        unfolded += len(inflater.decompress(chunk)) if gzip else len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 64 * MEBIBYTE == unfolded
    assert peak < 16 * MEBIBYTE
    assert (gzip, gzip) == ("Content-Encoding" in response.headers, size < MEBIBYTE)
    assert [("huge", False, 0)] == stage.told


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ({}, False),
        ({"accept-encoding": "gzip, deflate"}, True),
        ({"Accept-Encoding": "br, *;q=0.1"}, True),
        ({"Accept-Encoding": "gzip;q=0, *"}, False),
        ({"Accept-Encoding": "gzip; q=0.000"}, False),
        ({"Accept-Encoding": "identity"}, False),
    ],
)
async def test_compressed_answers(accepted: Any, *, is_packed: bool) -> None:
    """With the setting, answers are packed for those who accept it, and handed on packed."""
    stage = Stage()
    stage.service.settings.compress = True
    response = await stage.send(headers=accepted)
    body = await response.read()

    assert is_packed == (response.headers.get("Content-Encoding") == "gzip")
    assert "session" in json.loads(zlib.decompress(body, 31) if is_packed else body)


async def test_answer_without_a_body_is_not_packed() -> None:
    """Nothing is not worth a gzip frame."""
    stage = Stage(Fault.delay(0))
    stage.service.settings.compress = True
    line = EmulatorTransport(stage.service)
    token = stage.service.world.open_session(None, ts=0).token
    headers = Headers({"CB-Token": token, "Accept-Encoding": "gzip"})
    url = "https://api.connectycube.com/session"
    response = await line.send(Request(method="DELETE", url=url, headers=headers))

    assert (200, b"") == (response.status, await response.read())
    assert "Content-Encoding" not in response.headers
