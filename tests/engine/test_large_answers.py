"""Answers that are larger than can be meant, as they come or as they unfold."""

import gzip
from collections.abc import AsyncIterator

import pytest

from connectycube import (
    ConnectyCube,
    DecodeError,
    ExistingSession,
    NoRetry,
    ServerError,
    TransportError,
)
from connectycube.http import Headers, Request
from connectycube.testing import Reply, ScriptedTransport

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
USER = b'{"items": [{"id": 7, "full_name": "Mar"}]}'


class Endless:
    """An answer that goes on, and counts what was taken of it."""

    def __init__(self, status: int, headers: dict[str, str], chunk: bytes) -> None:
        self.status = status
        self.headers = Headers(headers)
        self.taken = 0
        self.closed = False
        self._chunk = chunk

    async def read(self) -> bytes:
        raise AssertionError("it never ends")

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        while True:
            self.taken += len(self._chunk)
            yield self._chunk

    async def aclose(self) -> None:
        self.closed = True


class EndlessTransport:
    def __init__(self, answer: Endless) -> None:
        self.answer = answer
        self.sent = 0

    async def send(self, _request: Request, /) -> Endless:
        self.sent += 1
        return self.answer

    async def aclose(self) -> None:
        """Do nothing: it holds nothing."""


def client(transport: ScriptedTransport | EndlessTransport) -> ConnectyCube:
    return ConnectyCube(
        21, auth=ExistingSession("canary-t", None), transport=transport, retry=NoRetry()
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Length": str(16 * MIB + 1)},
        {"Content-Length": "9" * 5000},
        {"Content-Length": "12", "Content-Encoding": "identity"},
        {"Content-Length": "-1"},
        {"Content-Length": "\u00b2"},
    ],
)
async def test_a_success_without_end_is_refused_at_16_mib(headers: dict[str, str]) -> None:
    answer = Endless(200, headers, bytes(MIB))
    transport = EndlessTransport(answer)
    with pytest.raises(DecodeError, match="larger than 16 MiB"):
        await client(transport).users.get(7)

    assert 17 * MIB >= answer.taken
    assert answer.closed
    assert 1 == transport.sent


async def test_a_refusal_without_end_is_still_a_refusal() -> None:
    """Its status says what to do; its words are cut."""
    answer = Endless(500, {}, b"x" * MIB)
    with pytest.raises(ServerError):
        await client(EndlessTransport(answer)).users.get(7)

    assert answer.closed
    assert 17 * MIB >= answer.taken


async def test_a_bomb_is_refused() -> None:
    """A megabyte on the line stands for a gigabyte here."""
    bomb = gzip.compress(bytes(32 * MIB))
    transport = ScriptedTransport([Reply(200, bomb, headers={"Content-Encoding": "gzip"})])
    with pytest.raises(DecodeError, match="larger than 16 MiB"):
        await client(transport).users.get(7)

    assert 0 == transport.open_responses


async def test_a_compressed_answer_is_read() -> None:
    transport = ScriptedTransport(
        [Reply(200, gzip.compress(USER), headers={"Content-Encoding": "gzip"})]
    )
    user = await client(transport).users.get(7)

    assert "Mar" == user.full_name
    assert "gzip, deflate" == transport.requests[0].headers["Accept-Encoding"]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", USER), ("gzip", USER), ("gzip", gzip.compress(USER, mtime=0)[:-3])],
)
async def test_an_encoding_that_lies_is_no_answer(encoding: str, body: bytes) -> None:
    transport = ScriptedTransport([Reply(200, body, headers={"Content-Encoding": encoding})])
    with pytest.raises(TransportError):
        await client(transport).users.get(7)

    assert 0 == transport.open_responses


async def test_a_compressed_file_is_unpacked_and_checked() -> None:
    """What the store keeps compressed arrives as it was put there."""
    content = b"0123456789" * 100_000
    packed = gzip.compress(content)
    kept = {"Content-Encoding": "gzip", "Content-Length": str(len(packed))}
    cut = {"Content-Encoding": "gzip"}
    transport = ScriptedTransport(
        [Reply(200, packed, headers=kept), Reply(200, packed[:-8], headers=cut)]
    )
    cube = client(transport)

    assert content == await cube.storage.download("u1")
    with pytest.raises(TransportError, match="not whole"):
        await cube.storage.download("u1")
    assert 0 == transport.open_responses


async def test_a_file_in_an_unknown_encoding_is_refused() -> None:
    transport = ScriptedTransport([Reply(200, b"x", headers={"Content-Encoding": "br"})])
    with pytest.raises(TransportError):
        await client(transport).storage.download("u1")

    assert 0 == transport.open_responses
