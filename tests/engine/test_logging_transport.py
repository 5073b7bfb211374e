"""What a transport that logs says of each request, and what it never says."""

import logging
import re
from collections.abc import Iterator

import anyio
import pytest

from connectycube.errors import ConnectError, TransportError
from connectycube.http import Headers, Request
from connectycube.testing import Reply, ScriptedTransport
from connectycube.transports.logging import LoggingTransport

from .middleware_stage import client_over
from .stage import Line, Stage
from .storage_stage import REAL_TIME, STORE, Pieces

pytestmark = pytest.mark.anyio
NAME = "connectycube.transport"


class Kept(logging.Handler):
    """Keeps lines without their seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.levels: set[int] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(re.sub(r"\d+\.\d{3} s", "N s", self.format(record)))
        self.levels.add(record.levelno)


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    logger = logging.getLogger(NAME)
    logger.addHandler(kept)
    yield kept
    logger.removeHandler(kept)
    logger.setLevel(logging.NOTSET)


def asking(body: bytes | None = b"canary") -> Request:
    return Request(
        method="PUT",
        url="https://x.example/canary?token=canary",
        headers=Headers({"CB-Token": "canary"}),
        body=body,
        label="PUT /a/{b}",
    )


async def test_a_request_and_its_body_are_a_line_each(kept: Kept) -> None:
    """Label, method, status, sizes and seconds; the second line comes once the body was read."""
    reply = Reply(201, b"canary body", headers={"X-A": "canary"})
    line = LoggingTransport(ScriptedTransport([reply]))
    response = await line.send(asking())
    sent = "PUT /a/{b}: PUT, 201 in N s, 6 bytes sent"
    assert [sent] == kept.lines
    await response.read()
    await response.read()

    assert [sent, "PUT /a/{b}: whole after 11 bytes of the body in N s"] == kept.lines


@pytest.mark.parametrize("error", [ConnectError("canary"), TransportError("no"), LookupError("no")])
async def test_a_failure_is_told_by_its_class(kept: Kept, error: Exception) -> None:
    """Never by its message, which is for whoever met it."""
    line = LoggingTransport(ScriptedTransport([error]))
    with pytest.raises(type(error)):
        await line.send(asking(None))

    assert [f"PUT /a/{{b}}: PUT, {type(error).__name__} in N s, 0 bytes sent"] == kept.lines
    error.args = ("the test's own canary is put away",)


async def test_a_cancelled_request_is_told_too(kept: Kept) -> None:
    """By the name that the event loop has for it."""
    line = LoggingTransport(ScriptedTransport([Reply(gate=anyio.Event())]))
    with anyio.move_on_after(1) as scope:
        await line.send(asking())

    assert scope.cancelled_caught
    [told] = kept.lines
    assert re.fullmatch(r"PUT /a/\{b\}: PUT, Cancelled(Error)? in N s, 6 bytes sent", told)


async def test_a_cut_body_is_told_with_what_came(kept: Kept, stage: Stage) -> None:
    """By the class of what cut it."""
    stage.service.faults.answer(200, body=b"x" * 100)
    stage.service.faults.cut(at=0.5)
    line = LoggingTransport(Line(stage.service))
    bodies = [b"".join([chunk async for chunk in (await line.send(asking())).iter_bytes()])]
    with pytest.raises(TransportError):
        bodies += [chunk async for chunk in (await line.send(asking())).iter_bytes()]

    assert [b"x" * 100] == bodies
    assert "PUT /a/{b}: whole after 100 bytes of the body in N s" == kept.lines[1]
    assert re.fullmatch(r"PUT .*: TransportError after \d+ bytes of the body in N s", kept.lines[3])


async def test_the_end_of_a_body_is_told_once(kept: Kept) -> None:
    """However often somebody asks for more."""
    line = LoggingTransport(ScriptedTransport([Reply(200, b"abc")]))
    chunks = (await line.send(asking())).iter_bytes()
    got = [await anext(chunks, b"end") for _ in range(3)]

    assert [b"abc", b"end", b"end"] == got
    assert 2 == len(kept.lines)


async def test_a_body_that_nobody_reads_is_no_line(kept: Kept) -> None:
    """Such as that of a redirect."""
    line = LoggingTransport(ScriptedTransport([Reply(301, b"moved")]))
    await (await line.send(asking())).aclose()

    assert 1 == len(kept.lines)


@pytest.mark.parametrize("anyio_backend", REAL_TIME[1].args[1])
async def test_the_object_store_is_told_by_its_label(kept: Kept, stage: Stage) -> None:
    """A streamed body by its length."""
    stage.service.store_url = STORE
    await client_over(LoggingTransport(Line(stage.service))).storage.upload(Pieces(b"ab"), size=2)

    size = stage.service.store_requests[0].size
    assert f"POST (object store): POST, 201 in N s, {size} bytes sent" in kept.lines


async def test_below_its_level_it_is_not_there(kept: Kept) -> None:
    """The very answer of the transport inside comes out, and nothing is written."""
    inner = ScriptedTransport([Reply(200)] * 2)
    line = LoggingTransport(inner, level=logging.INFO)
    logging.getLogger(NAME).setLevel(logging.WARNING)
    direct = await inner.send(asking())
    assert type(direct) is type(await line.send(asking()))

    assert [] == kept.lines


async def test_logger_and_level_are_one_s_own(kept: Kept) -> None:
    """Where one wants to see more of it than of the rest."""
    other = Kept()
    logger = logging.getLogger("own")
    logger.addHandler(other)
    inner = ScriptedTransport([Reply(200)])
    await LoggingTransport(inner, logger=logger, level=logging.WARNING).send(asking())
    logger.removeHandler(other)

    assert ([], 1, {logging.WARNING}) == (kept.lines, len(other.lines), other.levels)
