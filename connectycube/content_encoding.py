"""Bodies that came compressed, read back within a limit: a few bytes may stand for gigabytes."""

import zlib
from collections.abc import Iterator
from typing import Final

from connectycube.errors import TransportError

# What we say we can read, and no more: a transport hands bodies on as they came.
ACCEPTED: Final = "gzip, deflate"
_IDENTITY: Final = ("", "identity")
_STEP: Final = 256 * 1024
# Both framings by their first bytes; what calls itself deflate comes with a frame or without.
_ANY_FRAME: Final = zlib.MAX_WBITS | 32


class Decoder:
    """
    Undoes one `Content-Encoding`, piece by piece.

    Args:
        encoding: what the header says; empty where there is none.
        label: the call, for messages.

    Raises:
        TransportError: an encoding that nobody asked for, or a body that is none.
    """

    def __init__(self, encoding: str, label: str) -> None:
        self._encoding = encoding.strip().lower()
        self._label = label
        self._inflater: zlib._Decompress | None = None
        if self._encoding not in (*_IDENTITY, "gzip", "x-gzip", "deflate"):
            raise TransportError(f"{label}: the body comes in an encoding that we cannot read")

    @property
    def is_plain(self) -> bool:
        return self._encoding in _IDENTITY

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what these bytes stand for, in pieces of a bounded size."""
        if self.is_plain:
            yield data
            return
        if not data:
            return
        if self._inflater is None:
            self._inflater = zlib.decompressobj(self._frame(data))
        piece = b""
        # A piece that fills its limit may leave more behind, also where all input was taken.
        while not self._inflater.eof and (data or len(piece) == _STEP):
            try:
                piece = self._inflater.decompress(data, _STEP)
            except zlib.error:
                raise self._unreadable() from None
            data = self._inflater.unconsumed_tail
            if piece:
                yield piece

    def close(self) -> None:
        """Say whether the body was whole."""
        if self._inflater is not None and not self._inflater.eof:
            raise self._unreadable()

    def _frame(self, data: bytes) -> int:
        bare = self._encoding == "deflate" and data[0] & 0x0F != zlib.DEFLATED
        return -zlib.MAX_WBITS if bare else _ANY_FRAME

    def _unreadable(self) -> TransportError:
        return TransportError(f"{self._label}: the compressed body is not whole")
