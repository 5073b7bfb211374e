"""Bodies that passed, kept in bounded memory: whole while they are small, else size and digest."""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import attrs

# No answer of the API comes near; what is larger is the content of a file.
LARGEST: Final = 1024 * 1024
_LARGEST_HEAD: Final = 64 * 1024
_BOUNDARY: Final = re.compile(r"^multipart/form-data;.*boundary=\"?([^\";]+)", re.IGNORECASE)
_NAME: Final = re.compile(rb"[; ]name=\"([^\"]*)\"")


@attrs.define(eq=False)
class Capture:
    """What passed of one body."""

    length: int = 0
    is_whole: bool = False
    _kept: bytearray = attrs.field(factory=bytearray, repr=False)
    _digest: "hashlib._Hash" = attrs.field(factory=hashlib.sha256, repr=False)

    @property
    def content(self) -> bytes | None:
        """The bytes, `None` where they are too many."""
        return bytes(self._kept) if self.length <= LARGEST else None

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def feed(self, data: bytes, /) -> None:
        self._digest.update(data)
        self.length += len(data)
        if self.length <= LARGEST:
            self._kept += data
        else:
            self._kept.clear()

    def end(self, error: Exception | None, /) -> None:
        self.is_whole = error is None


class FormCapture:
    """A form whose last part is a file: the fields, and what passed of the file."""

    def __init__(self, boundary: str) -> None:
        self._mark = f"--{boundary}".encode()
        self._held = bytearray()  # the head until the file begins, then what may be the tail
        self.fields: dict[str, str] = {}
        self.file: Capture | None = None

    def feed(self, data: bytes, /) -> None:
        # In pieces, so that no second copy is made of what is large.
        for start in range(0, len(data), _LARGEST_HEAD):
            self._feed(data[start : start + _LARGEST_HEAD])

    def end(self, error: Exception | None, /) -> None:
        if self.file is None:
            self._read_fields(self._held.split(self._mark))
        else:
            self.file.feed(bytes(self._held.partition(b"\r\n" + self._mark)[0]))
            self.file.end(error)
        self._held.clear()

    def _feed(self, data: bytes) -> None:
        self._held += data
        if self.file is None:
            self._begin()
        surely = len(self._held) - len(self._mark) - 6  # line end, mark, two dashes, line end
        if self.file is not None and surely > 0:
            self.file.feed(bytes(self._held[:surely]))
            del self._held[:surely]

    def _begin(self) -> None:
        """Read the fields once the header of the file is there."""
        at = 0
        parts = self._held.split(self._mark)
        for number, part in enumerate(parts):
            header, end, _ = part.partition(b"\r\n\r\n")
            if end and b"filename=" in header:
                self._read_fields(parts[:number])
                del self._held[: at + len(header) + len(end)]
                self.file = Capture()
                return
            at += len(part) + len(self._mark)
        # Not a form of the kind that we send: nothing of it is worth its memory.
        if len(self._held) > _LARGEST_HEAD:
            self._held.clear()
            self.file = Capture()

    def _read_fields(self, parts: Sequence[bytearray]) -> None:
        for part in parts:
            header, _, value = bytes(part).partition(b"\r\n\r\n")
            if name := _NAME.search(header):
                text = value.removesuffix(b"\r\n").decode(errors="replace")
                self.fields[name[1].decode(errors="replace")] = text


def capture_of(content_type: str) -> Capture | FormCapture:
    """Return what keeps a body of this type."""
    found = _BOUNDARY.match(content_type)
    return FormCapture(found[1]) if found else Capture()
