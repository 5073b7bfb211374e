"""What an upload reads from: measured, read from its start again where it can be, and closed."""

import io
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from connectycube import InvalidInputError
from connectycube._source import Source, open_source

pytestmark = pytest.mark.anyio

CONTENT = b"abc" * 700_000


class Many:
    """An async iterable that begins anew each time."""

    def __aiter__(self) -> "Once":
        return Once([CONTENT[:7], b"", CONTENT[7:]])


class Once:
    """Its iterator."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> "Once":
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop(0)


async def read(pieces: AsyncIterator[bytes]) -> list[bytes]:
    return [piece async for piece in pieces]


async def test_a_file_comes_in_pieces_of_bounded_size() -> None:
    """However large it is."""
    with closing(await open_source(CONTENT)) as opened:
        pieces = await read(opened.open())

    assert len(CONTENT) == opened.length
    assert max(len(piece) for piece in pieces) <= 1024 * 1024
    assert CONTENT == b"".join(pieces)


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "iterable"])
async def test_it_can_be_read_from_its_start_again(tmp_path: Path, kind: str) -> None:
    """Also when the first reading was given up half-way."""
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    kinds: dict[str, Source] = {
        "path": path,
        "bytes": CONTENT,
        "file": io.BytesIO(CONTENT),
        "iterable": Many(),
    }
    with closing(await open_source(kinds[kind], len(CONTENT))) as opened:
        await anext(opened.open())
        assert opened.can_reopen

        assert CONTENT == b"".join(await read(opened.open()))
        assert opened.can_reopen


async def generated() -> AsyncIterator[bytes]:
    yield b"12"
    yield b"34"


class Pipe(io.BytesIO):
    """A file that cannot seek."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("kind", ["generator", "pipe"])
async def test_what_is_gone_when_read_can_be_read_once(kind: str) -> None:
    """Untouched it can still be, even where somebody began to ask for it."""
    source: AsyncIterable[bytes] | Pipe = generated() if kind == "generator" else Pipe(b"1234")
    with closing(await open_source(source, 4)) as opened:
        pieces = opened.open()
        before = opened.can_reopen
        content = b"".join(await read(pieces))

        assert (True, b"1234", False) == (before, content, opened.can_reopen)


async def test_what_was_opened_is_closed_and_what_was_given_is_not(tmp_path: Path) -> None:
    """Who opens closes."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"1234")
    with path.open("rb") as given:
        for source in (path, given):
            with closing(await open_source(source)) as opened:
                await read(opened.open())
            assert ("a.bin", 4) == (opened.name, opened.length)
        assert not given.closed


async def test_a_path_of_another_size_is_closed_as_well(tmp_path: Path) -> None:
    """A handle that was forgotten would be a ResourceWarning."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"1234")

    with pytest.raises(InvalidInputError, match="holds 4 bytes, not 5"):
        await open_source(path, 5)


async def test_a_file_is_measured_from_where_it_stands() -> None:
    """What lies before is not meant."""
    file = io.BytesIO(b"skipped1234")
    file.seek(7)
    with closing(await open_source(file)) as opened:
        assert (4, [b"1234"]) == (opened.length, await read(opened.open()))
