"""Content codings: what a request accepts, and answers packed accordingly."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .messages import Headers, WireResponse
    from .multipart import Chunk

_GZIP_FRAME = zlib.MAX_WBITS | 16
_FASTEST = 1


def accepts_gzip(headers: Headers) -> bool:
    """Say whether a request with these headers takes a gzipped answer."""
    weights: dict[str, str] = {}
    for offer in headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = offer.partition(";")
        weights[name.strip()] = weight.replace(" ", "").removeprefix("q=") or "1"
    # What is named counts for itself, the star for all the rest.
    return weights.get("gzip", weights.get("*", "0")).strip("0.") != ""


def gzipped(chunks: Iterable[Chunk]) -> Iterator[bytes]:
    """Pack chunks as they come, so that a large body is never there as a whole."""
    packer = zlib.compressobj(wbits=_GZIP_FRAME)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def compressed(answer: WireResponse, headers: Headers) -> WireResponse:
    """Return the answer gzipped where it has a body and the request takes it so."""
    if not answer.body or not accepts_gzip(headers):
        return answer
    kept = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    return attrs.evolve(
        answer,
        headers={**kept, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"},
        body=gzip.compress(answer.body, _FASTEST, mtime=0),
    )
