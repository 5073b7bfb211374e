"""Bodies of answers: undone from their encoding, and never larger than can be meant."""

import math
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final, Self

from connectycube.content_encoding import Decoder
from connectycube.errors import DecodeError
from connectycube.http import Response

# No answer of the API comes near; more than that is a mistake or an attack.
LARGEST: Final = 16 * 1024 * 1024
_DIGITS: Final = len(str(LARGEST))


def is_small(response: Response) -> bool:
    """Say whether a body is known to be of a size that can be meant, and comes as it is."""
    headers = response.headers
    length = headers.get("Content-Length")
    # So few digits cannot say more, and no others are a length.
    is_short = length is not None and len(length) < _DIGITS and length.isdecimal()
    return is_short and "Content-Encoding" not in headers


async def whole(response: Response, label: str) -> bytes:
    """
    Return the body of an answer of the API; that of a refusal is cut where it is too large.

    Raises:
        DecodeError: a success of over 16 MiB, as it came or as it unfolds.
        TransportError: it is not whole.
    """
    is_success = 200 <= response.status < 300  # noqa: PLR2004 - HTTP
    if is_success and LARGEST < _length(response.headers) < math.inf:
        raise _too_large(label)
    encoding = response.headers.get("Content-Encoding", "")
    body = bytearray()
    pieces = Decoded(response.iter_bytes(), Decoder(encoding, label))
    try:
        async for piece in pieces:
            body += piece
            if len(body) > LARGEST:
                if is_success:
                    raise _too_large(label)
                del body[LARGEST:]
                break
    finally:
        await pieces.aclose()
    return bytes(body)


class Decoded:
    """Chunks as they were before their encoding; a cancelled wait loses none."""

    def __init__(self, chunks: AsyncIterator[bytes], decoder: Decoder) -> None:
        self._chunks = chunks
        self._decoder = decoder
        self._pieces: Iterator[bytes] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while True:
            for piece in self._pieces:
                return piece
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._decoder.close()
                raise
            self._pieces = self._decoder.feed(chunk)

    async def aclose(self) -> None:
        """End what gives the chunks: a generator that stops half-way is not left to chance."""
        if (aclose := getattr(self._chunks, "aclose", None)) is not None:
            await aclose()


def _length(headers: Mapping[str, str]) -> float:
    """Return what `Content-Length` promises, `inf` where it promises nothing."""
    length = headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        return math.inf
    return int(length) if len(length) <= _DIGITS else LARGEST + 1


def _too_large(label: str) -> DecodeError:
    return DecodeError(f"{label}: the answer is larger than {LARGEST // 1024**2} MiB")
