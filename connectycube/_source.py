"""Where the content of an upload comes from: read in pieces, and again from its start if asked."""

import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, Self, TypeAlias

import attrs
from anyio import to_thread

from connectycube.errors import InvalidInputError

CHUNK: Final = 256 * 1024
Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]


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
    def open(self) -> AsyncIterator[bytes]:
        """Begin to read from the start."""
        ...

    def close(self) -> None:
        """Close what `open_source` opened; what was given open stays open."""
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
            opened: OpenSource = await _open_path(Path(source))
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


async def _open_path(path: Path) -> "OpenSource":
    file = await to_thread.run_sync(lambda: path.open("rb"))
    length = os.fstat(file.fileno()).st_size
    return _FileSource(file, length=length, name=path.name, owned=True)


async def _open_file(file: Any, size: int | None) -> "OpenSource":
    if isinstance(file, io.TextIOBase):
        raise InvalidInputError("the file is open as text: open it in binary mode")
    name = getattr(file, "name", None)
    name = Path(name).name if isinstance(name, str) else None
    if not file.seekable():
        if size is None:
            raise InvalidInputError("a file that cannot seek needs its size= in bytes")
        return _FileSource(file, length=size, name=name, start=None)
    start = file.tell()
    length = await to_thread.run_sync(lambda: file.seek(0, os.SEEK_END)) - start
    return _FileSource(file, length=length, name=name, start=start)


@attrs.define
class _FileSource:
    """A binary file; what is given open stays open."""

    file: BinaryIO
    length: int = attrs.field(kw_only=True)
    name: str | None = attrs.field(kw_only=True)
    start: int | None = attrs.field(default=0, kw_only=True)
    owned: bool = attrs.field(default=False, kw_only=True)
    touched: bool = False

    @property
    def can_reopen(self) -> bool:
        return self.start is not None or not self.touched

    def open(self) -> AsyncIterator[bytes]:
        rewound = False

        async def read() -> bytes:
            nonlocal rewound
            self.touched = True
            if not rewound and self.start is not None:
                await to_thread.run_sync(self.file.seek, self.start)
            rewound = True
            return await to_thread.run_sync(self.file.read, CHUNK)

        return _Pieces(read)

    def close(self) -> None:
        if self.owned:
            self.file.close()


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

    def open(self) -> AsyncIterator[bytes]:
        pieces: AsyncIterator[bytes] | None = None

        async def read() -> bytes:
            nonlocal pieces
            self._touched = True
            if pieces is None:
                pieces = aiter(self._source)
            async for piece in pieces:
                if type(piece) is not bytes:
                    raise InvalidInputError("an uploaded iterable gives bytes")
                if piece:
                    return piece
            return b""

        return _Pieces(read)

    def close(self) -> None:
        """Leave the iterable to whoever made it."""


class _Pieces:
    """An iterator over what a callable reads, until that is nothing."""

    def __init__(self, read: Callable[[], Awaitable[bytes]]) -> None:
        self._read = read

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._read()
        if not piece:
            raise StopAsyncIteration
        return piece
