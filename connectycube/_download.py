"""
Fetching a file's content, from wherever the service says it lies.

Redirects are followed here and nowhere else.
"""

import math
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Mapping,
)
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, BinaryIO, Final, Self
from urllib.parse import urljoin, urlsplit

import anyio

from connectycube._body import Decoded
from connectycube._deadline import Deadline
from connectycube._gateway import Gateway, close, read
from connectycube._object_store import FETCH_CONTENT, checked_url, failure
from connectycube._prompt import Promptly
from connectycube.codec import encode
from connectycube.content_encoding import Decoder
from connectycube.endpoint import Endpoint
from connectycube.errors import InvalidInputError, RequestTimeoutError, TransportError
from connectycube.http import Headers, Request, Response
from connectycube.models.blob import Progress, ProgressHook
from connectycube.retry import Attempt

_MAX_REDIRECTS: Final = 3
_MOST_DIGITS: Final = 20
_UNSEEN: Final = nullcontext()
_AS_IT_IS: Final = Headers({"Accept-Encoding": "identity"})


class Download:
    """
    The content of a file as it arrives: `async with` it, then iterate over its chunks.

    Attributes:
        total: bytes in all, `None` where the store does not say; known inside the block.
    """

    def __init__(
        self,
        open_first: Callable[[], Awaitable[tuple[Response, str]]],
        gateway: Gateway,
        *,
        stall: float | None,
        progress: ProgressHook | None,
        observed: AbstractContextManager[None] = _UNSEEN,
    ) -> None:
        self._open_first = open_first
        self._observed = observed
        self._gateway = gateway
        self._stall = math.inf if stall is None else stall
        self._progress = progress
        self._response: Response | None = None
        self._line: AsyncIterator[bytes] | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._is_broken = False
        self._received = 0
        self.total: int | None = None

    async def __aenter__(self) -> Self:
        with self._observed:
            response = await self._open()
        try:
            self._begin(response)
        except TransportError:
            await close(response)
            raise
        return self

    async def _open(self) -> Response:
        response, url = await self._open_first()
        hops = 0
        while 300 <= response.status < 400:  # noqa: PLR2004 - HTTP
            await close(response)
            hops += 1
            if hops > _MAX_REDIRECTS:
                raise TransportError(f"{FETCH_CONTENT.label}: more than {_MAX_REDIRECTS} redirects")
            url = _redirected(url, response.headers.get("Location"), self._gateway)
            request = Request(method="GET", url=url, headers=_AS_IT_IS, label=FETCH_CONTENT.label)
            with Deadline(FETCH_CONTENT.label, self._stall):
                response = await open_answer(self._gateway, request, FETCH_CONTENT)
        return response

    def _begin(self, response: Response) -> None:
        decoder = Decoder(response.headers.get("Content-Encoding", ""), FETCH_CONTENT.label)
        length = response.headers.get("Content-Length", "")
        if decoder.is_plain and length.isdecimal() and len(length) < _MOST_DIGITS:
            self.total = int(length)
        self._response = response
        self._line = response.iter_bytes()
        self._chunks = self._line if decoder.is_plain else Decoded(self._line, decoder)

    async def __aexit__(self, *_: object) -> None:
        if self._response is None:
            return
        self._chunks = None
        try:
            # An iterator that stops half-way, where it is a generator, must not be left to chance.
            if (aclose := getattr(self._line, "aclose", None)) is not None:
                await aclose()
        finally:
            await close(self._response)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        with self._awaited() as (chunks, _):
            if chunk := await self._next(chunks):
                return chunk
        raise StopAsyncIteration

    async def write_to(self, file: BinaryIO) -> None:
        """
        Write every chunk to a file as it comes.

        Raises:
            RequestTimeoutError: nothing came for the time that is allowed.
            TransportError: the content is not whole, or an earlier call was broken off.
            OSError: the file does not take it.
        """
        disk = Promptly()
        with self._awaited() as (chunks, scope):
            while chunk := await self._next(chunks):
                if disk.is_slow:
                    scope.deadline = math.inf  # the disk may take its time
                await disk.call(file.write, chunk)
                # Moving a deadline costs as much as a chunk, so it is moved now and then.
                now = anyio.current_time()
                if disk.is_slow or now > scope.deadline - self._stall * 0.9:
                    scope.deadline = now + self._stall

    @contextmanager
    def _awaited(self) -> Generator[tuple[AsyncIterator[bytes], anyio.CancelScope]]:
        """Bound the wait for a chunk, and remember whether another may follow what ends it."""
        if self._chunks is None:
            raise InvalidInputError("a download is read inside its `async with` block")
        if self._is_broken:
            raise TransportError(f"{FETCH_CONTENT.label}: reading it was broken off")
        try:
            with anyio.CancelScope(deadline=anyio.current_time() + self._stall) as scope:
                yield self._chunks, scope
        except BaseException:
            # A generator ends with what passes through it, and that would pass for the file's end.
            self._is_broken = isinstance(self._line, AsyncGenerator)
            raise
        if scope.cancelled_caught:
            self._is_broken = True
            raise RequestTimeoutError(f"{FETCH_CONTENT.label}: nothing came for {self._stall:g} s")

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes:
        chunk = await anext(chunks, b"")
        self._received += len(chunk)
        if not chunk and self.total is not None and self._received != self.total:
            raise TransportError(
                f"{FETCH_CONTENT.label}: {self._received} bytes came of {self.total}"
            )
        if chunk and self._progress is not None:
            self._progress(Progress(self._received, self.total))
        return chunk


def _redirected(url: str, location: str | None, gateway: Gateway) -> str:
    target = ""
    with suppress(ValueError):
        named = urlsplit(location or "")
        # Joined, "https://" would be the very URL that sent us on.
        if location and (named.hostname or not (named.scheme or location.startswith("//"))):
            # What joining would drop is left in, to be refused.
            target = location if named.scheme else urljoin(url, location)
    return checked_url(target, gateway, FETCH_CONTENT).geturl()


async def open_file(
    gateway: Gateway, endpoint: Endpoint[Any], *, token: str, path: Mapping[str, Any]
) -> tuple[Response, str]:
    """Ask the service for a file; return the open answer, mostly a redirect, and its URL."""
    request = encode(gateway.app, gateway.base_url, endpoint, token=token, path=path)
    return await open_answer(gateway, request, endpoint), request.url


async def open_answer(gateway: Gateway, request: Request, endpoint: Endpoint[Any]) -> Response:
    """Send a request and return its answer open, unless it says no."""
    opened: list[Response] = []

    async def send(number: int) -> Attempt:
        while opened:  # a policy may want more than one
            await close(opened.pop())
        response = await gateway.transport.send(request)
        if response.status < 400:  # noqa: PLR2004 - HTTP
            opened.append(response)
            return Attempt(number, endpoint, response.status, response.headers)
        return await read(response, endpoint, number)

    try:
        attempt = await gateway.repeat(endpoint, send)
    except BaseException:
        while opened:
            await close(opened.pop())
        raise
    if not opened:
        raise failure(endpoint, attempt)
    return opened.pop()
