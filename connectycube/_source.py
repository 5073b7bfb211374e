"""Where the content of an upload comes from: read in pieces, and again from its start if asked."""

import io
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, Self, TypeAlias

import attrs
from anyio import to_thread

from connectycube._prompt import Promptly
from connectycube.errors import InvalidInputError

# A disk is worth asking for a megabyte; a socket takes less at a time.
_BLOCK: Final = 1024 * 1024
_PIECE: Final = 256 * 1024
Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]


class Reading(Protocol):
    """One pass over the content; whoever began it closes it."""

    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> bytes: ...
    async def aclose(self) -> None: ...


class OpenSource(Protocol):
    """
    Content that is ready to be read.

    Attributes:
        length: bytes in all.
        name: what the content is called where it lies, `None` where it has no name.
        can_reopen: whether it can be read from its start now.
    """

    @property
    def length(self) -> int: ...
    @property
    def name(self) -> str | None: ...
    @property
    def can_reopen(self) -> bool: ...
    def open(self) -> "Reading":
        """Begin to read from the start."""
        ...

    def close(self) -> None:
        """Close what `open_source` opened; a file that was given open stands where it stood."""
        ...


async def open_source(source: Source, size: int | None = None) -> OpenSource:
    """
    Open whatever an upload may be given.

    Args:
        size: bytes in all; needed for an async iterable and for a file that cannot seek.

    Raises:
        InvalidInputError: nothing that can be uploaded, or a size that is missing or wrong.
        OSError: the file cannot be read.
    """
    if size is not None and (type(size) is not int or size < 0):
        raise InvalidInputError("size is a number of bytes")
    match source:
        case str() | os.PathLike():
            opened: OpenSource = _open_path(Path(source))
        case bytes():
            file = io.BytesIO(source)
            opened = _FileSource(file, length=len(file.getbuffer()), name=None)
        case AsyncIterable():
            if size is None:
                raise InvalidInputError("an async iterable needs its size= in bytes")
            return _IterableSource(source, size)
        case _ if callable(getattr(source, "read", None)):
            opened = await _open_file(source, size)
        case _:
            raise InvalidInputError("upload takes a path, bytes, a binary file or async iterable")
    if size is not None and size != opened.length:
        opened.close()
        raise InvalidInputError(f"the source holds {opened.length} bytes, not {size}")
    return opened


def _open_path(path: Path) -> "OpenSource":
    # Here and now: a thread would go on opening it after a cancellation, for nobody to close.
    if stat.S_ISFIFO(path.stat().st_mode):
        raise InvalidInputError("a pipe has no size: open it, and give it with its size=")
    file = path.open("rb")
    return _FileSource(file, length=os.fstat(file.fileno()).st_size, name=path.name, owned=True)


async def _open_file(file: Any, size: int | None) -> "OpenSource":
    if isinstance(file, io.TextIOBase):
        raise InvalidInputError("the file is open as text: open it in binary mode")
    name = getattr(file, "name", None)
    name = Path(name).name if isinstance(name, str) else None
    seekable = getattr(file, "seekable", None)
    if seekable is None or not seekable():
        if size is None:
            raise InvalidInputError("a file that cannot seek needs its size= in bytes")
        return _FileSource(file, length=size, name=name, start=None)
    start = file.tell()
    length = await to_thread.run_sync(lambda: file.seek(0, os.SEEK_END)) - start
    return _FileSource(file, length=length, name=name, start=start)


@attrs.define(eq=False, repr=False)
class _FileSource:
    """A binary file, from where it stands."""

    file: BinaryIO
    length: int = attrs.field(kw_only=True)
    name: str | None = attrs.field(kw_only=True)
    start: int | None = attrs.field(default=0, kw_only=True)
    owned: bool = attrs.field(default=False, kw_only=True)
    touched: bool = False
    disk: Promptly = attrs.field(factory=Promptly)

    @property
    def can_reopen(self) -> bool:
        return self.start is not None or not self.touched

    def open(self) -> Reading:
        block, at, begun = b"", 0, False

        async def read() -> bytes:
            nonlocal block, at, begun
            if at >= len(block):
                rewind, begun, self.touched = not begun, True, True
                block, at = await self.disk.call(self._read_block, rewind), 0
            at += _PIECE
            return block[at - _PIECE : at]

        return _Pieces(read)

    def _read_block(self, rewind: bool) -> bytes:  # noqa: FBT001 - passed on by position
        if rewind and self.start is not None:
            self.file.seek(self.start)
        block: object = self.file.read(_BLOCK)
        return _checked_piece(block)

    def close(self) -> None:
        if self.owned:
            self.file.close()
        elif self.start is not None and not self.file.closed:
            self.file.seek(self.start)


class _IterableSource:
    """An async iterable; one that is its own iterator can be read only once."""

    name: str | None = None

    def __init__(self, source: AsyncIterable[bytes], length: int) -> None:
        self._source = source
        self._touched = False
        self.length = length

    @property
    def can_reopen(self) -> bool:
        return not self._touched or not isinstance(self._source, AsyncIterator)

    def open(self) -> Reading:
        pieces: AsyncIterator[bytes] | None = None

        async def read() -> bytes:
            nonlocal pieces
            self._touched = True
            if pieces is None:
                pieces = aiter(self._source)
            async for piece in pieces:
                if _checked_piece(piece):
                    return piece
            return b""

        async def aclose() -> None:
            # What we began we end; an iterator that was passed in is its maker's.
            if pieces is not None and pieces is not self._source:
                await _close(pieces)

        return _Pieces(read, aclose)

    def close(self) -> None:
        """Leave the iterable to whoever made it."""


def _checked_piece(piece: object) -> bytes:
    if not isinstance(piece, bytes):
        raise InvalidInputError(f"a source gives bytes, not {type(piece).__name__}")
    return piece


async def _close(pieces: AsyncIterator[bytes]) -> None:
    aclose = getattr(pieces, "aclose", None)
    if aclose is not None:
        await aclose()


async def _nothing_to_close() -> None:
    """Leave a file to its source."""


class _Pieces:
    """An iterator over what a callable reads, until that is nothing."""

    def __init__(
        self,
        read: Callable[[], Awaitable[bytes]],
        aclose: Callable[[], Awaitable[None]] = _nothing_to_close,
    ) -> None:
        self._read = read
        self._aclose = aclose

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._read()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        await self._aclose()
