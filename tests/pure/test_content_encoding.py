"""Compressed bodies come back as they were, in small pieces and within limits."""

import gzip
import zlib

import pytest

from connectycube.content_encoding import Decoder
from connectycube.errors import TransportError

PLAIN = b"canary " * 10_000


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def unpacked(body: bytes) -> bytes:
    decoder = Decoder("gzip", "GET /x")
    back = b"".join(decoder.feed(body))
    decoder.close()
    return back


@pytest.mark.parametrize("step", [1, 700, 10_000_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(PLAIN, mtime=0)),
        (" X-GZip ", gzip.compress(PLAIN, mtime=0)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", bare_deflate(PLAIN)),
        ("", PLAIN),
        ("identity", PLAIN),
    ],
)
def test_what_was_packed_comes_back(encoding: str, packed: bytes, step: int) -> None:
    """Whatever its framing, and however it is cut up on its way."""
    decoder = Decoder(encoding, "GET /x")
    back = bytearray()
    for at in range(0, len(packed), step):
        for piece in decoder.feed(packed[at : at + step]):
            back += piece
    decoder.close()

    assert PLAIN == bytes(back)


def test_a_bomb_unfolds_in_small_pieces() -> None:
    """Whoever counts them can stop long before the memory does."""
    bomb = gzip.compress(bytes(100_000_000))
    sizes = [len(piece) for piece in Decoder("gzip", "GET /x").feed(bomb)]

    assert 100_000_000 == sum(sizes)
    assert 1024 * 1024 > max(sizes)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br", "compress", "canary-x"])
def test_an_encoding_that_nobody_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(TransportError, match="GET /x") as caught:
        Decoder(encoding, "GET /x")

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("body", [b"not packed", gzip.compress(PLAIN, mtime=0)[:-9], b"\x1f\x8b"])
def test_a_body_that_is_not_whole_is_no_answer(body: bytes) -> None:
    with pytest.raises(TransportError, match="not whole"):
        unpacked(body)


def test_nothing_at_all_is_whole() -> None:
    """An answer without content may name an encoding all the same."""
    decoder = Decoder("gzip", "GET /x")

    assert [] == list(decoder.feed(b""))
    decoder.close()
