"""One of our requests in the words of httpcore2, with nothing added but what HTTP demands."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpcore2

from connectycube.errors import InvalidInputError
from connectycube.http import Body, Request

_PIECE: Final = 256 * 1024
_WITH_BODY: Final = frozenset({"PATCH", "POST", "PUT"})


def split(request: Request) -> SplitResult:
    try:
        url = urlsplit(request.url)
        is_web = url.scheme in ("http", "https") and url.hostname and url.port != 0
        if is_web and request.url.isascii() and request.url.isprintable():
            return url
    except ValueError:
        pass
    raise InvalidInputError(f"{request.label}: this is no address that HTTP can reach")


def raw_request(request: Request, url: SplitResult, connect_timeout: float) -> httpcore2.Request:
    headers = [(name.encode("ascii"), value.encode()) for name, value in request.headers.items()]
    given = {name.lower() for name in request.headers}
    if "host" not in given:
        headers.insert(0, (b"Host", url.netloc.rpartition("@")[2].encode()))
    if "content-length" not in given and (request.body is not None or request.method in _WITH_BODY):
        headers.append((b"Content-Length", b"%d" % _length(request.body)))
    target = request.url.partition("://")[2].removeprefix(url.netloc).partition("#")[0]
    return httpcore2.Request(
        request.method,
        httpcore2.URL(
            scheme=url.scheme,
            host=url.hostname or "",
            port=url.port,
            target=target if target.startswith("/") else f"/{target}",
        ),
        headers=headers,
        content=None if request.body is None else _Upload(request.body),
        extensions={"timeout": {"connect": connect_timeout}},
    )


def _length(body: bytes | Body | None) -> int:
    if body is None:
        return 0
    return len(body) if isinstance(body, bytes) else body.length


class _Upload:
    """A body on its way out; what it raises is never taken for trouble with connecting."""

    def __init__(self, body: bytes | Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if isinstance(self._body, bytes):
            for start in range(0, len(self._body), _PIECE):
                yield self._body[start : start + _PIECE]
            return
        pieces: AsyncIterator[bytes] | None = None
        try:
            pieces = self._body.open()
            while (piece := await _next(pieces)) is not None:
                yield piece
        finally:
            # A generator that stops half-way must not be left to the garbage collector.
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    try:
        return await anext(pieces, None)
    except Exception as error:  # noqa: BLE001 - told by its class, whatever it is
        raise UnreadableBody(error) from None


class UnreadableBody(Exception):  # noqa: N818 - it never leaves a transport
    """A request's own body raised."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
