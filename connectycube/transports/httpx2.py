"""
The transport for asyncio and trio, on the connection pool of httpx2.

That pool is a package of its own, httpcore2. The client above it writes URLs to its log, keeps
cookies, and on trio leaves the iterator of a body that was not read to its end to the garbage
collector.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final, Self, TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

import anyio
import anyio.lowlevel
import h11
import httpcore2

from connectycube.errors import (
    ClosedError,
    ConnectError,
    ConnectyCubeError,
    InvalidInputError,
    TransportError,
)
from connectycube.http import Headers, Request
from connectycube.live import refuse_live
from connectycube.transports._environment import proxy_of_environment
from connectycube.transports._options import check_options, is_http
from connectycube.transports._raw_request import UnreadableBody, raw_request, split
from connectycube.transports._sockets import Sockets

_Origin: TypeAlias = tuple[str, str, int | None]
_Way: TypeAlias = tuple[anyio.Semaphore, httpcore2.AsyncConnectionPool]
_IDLE_SECONDS: Final = 15.0
# All of these happen before a byte of the request is written.
_NOT_SENT: Final = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.ProxyError)
_NO_ANSWER: Final = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
    UnreadableBody,
    h11.ProtocolError,
    OSError,
)
_sending: ContextVar[bool] = ContextVar("connectycube_sending", default=False)


class Httpx2Transport:
    """
    Moves requests over connections that are kept, opened on first use; for asyncio and for trio.

    Needs the extra `httpx2`. It belongs to the event loop of that first use. Close it with
    `aclose`.

    Without `proxy`, the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY` and the like) are
    used, but never for this machine itself.

    Args:
        limit: connections at most to each origin; further requests to it wait for one.
        proxy: URL of an HTTP proxy for every request; it may hold a user and a password.
        ssl_context: context for `https`, such as one that trusts a private authority.
        connect_timeout: seconds for the connection, and again for TLS; `ConnectError` when they
            pass.

    Raises:
        InvalidInputError: a limit that allows nothing, or a proxy that is no HTTP URL.
    """

    def __init__(
        self,
        *,
        limit: int = 100,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        connect_timeout: float = 10.0,
    ) -> None:
        check_options(limit=limit, connect_timeout=connect_timeout, proxy=proxy)
        self._limit = limit
        self._proxy = proxy
        self._ssl_context = ssl_context
        self._connect_timeout = connect_timeout
        self._sockets = Sockets()
        self._pools: dict[str | None, httpcore2.AsyncConnectionPool] = {}
        self._ways: dict[_Origin, _Way] = {}
        self._loop: anyio.lowlevel.EventLoopToken | None = None
        self._closed = False

    async def send(self, request: Request, /) -> "Httpx2Response":
        refuse_live(request.url, request.label)
        self._check_open()
        url = split(request)
        with _mapped(request.label):
            raw = raw_request(request, url, self._connect_timeout)
        place, pool = self._way(url, request.label)
        await place.acquire()
        try:
            self._check_open()  # it may have been closed meanwhile
            with _mapped(request.label), _unlogged():
                response = await pool.handle_async_request(raw)
        except BaseException:
            place.release()
            raise
        return Httpx2Response(response, place, request.label)

    async def aclose(self) -> None:
        if self._loop is not None:
            self._check_loop()
        self._closed = True
        self._pools.clear()
        await self._sockets.aclose()

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError("this Httpx2Transport is closed")
        if self._loop is None:
            self._loop = anyio.lowlevel.current_token()
        self._check_loop()

    def _check_loop(self) -> None:
        if self._loop != anyio.lowlevel.current_token():
            raise ClosedError(
                "this Httpx2Transport belongs to another event loop: make one for each loop"
            )

    def _way(self, url: SplitResult, label: str) -> _Way:
        origin = (url.scheme, url.hostname or "", url.port)
        if origin not in self._ways:
            proxy = self._proxy or proxy_of_environment(url.scheme, url.hostname or "")
            if proxy is not None and not is_http(proxy):
                raise InvalidInputError(f"{label}: the environment's proxy is no HTTP proxy")
            # The pool counts connections that a failed tunnel left behind, so we count ourselves.
            place = anyio.Semaphore(self._limit, fast_acquire=True)
            self._ways[origin] = place, self._pool(proxy)
        return self._ways[origin]

    def _pool(self, proxy: str | None) -> httpcore2.AsyncConnectionPool:
        if proxy not in self._pools:
            if self._ssl_context is None:
                self._ssl_context = _default_context()
            self._pools[proxy] = _new_pool(proxy, self._ssl_context, self._sockets)
        return self._pools[proxy]


class Httpx2Response:
    """An open answer of httpcore2."""

    __slots__ = ("_body", "_chunks", "_headers", "_place", "_status")

    def __init__(self, raw: httpcore2.Response, place: anyio.Semaphore, label: str) -> None:
        self._status = raw.status
        self._headers = _headers(raw.headers)
        self._body: Any = raw.stream
        self._chunks = _Chunks(self._body, label)
        self._place: anyio.Semaphore | None = place

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> Headers:
        return self._headers

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self._chunks])

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        place, self._place = self._place, None
        if place is None:
            return
        try:
            with anyio.CancelScope(shield=True):
                await self._chunks.aclose()
                await self._body.aclose()
        finally:
            place.release()


class _Chunks:
    """The body as it arrives; once a wait was cancelled it is broken, and says so."""

    def __init__(self, body: Any, label: str) -> None:
        self._chunks = aiter(body)
        self._label = label
        self._is_broken = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._is_broken:
            raise TransportError(f"{self._label}: reading the answer was broken off")
        # The generator ends with what passes through it, and that would pass for the body's end.
        self._is_broken = True
        try:
            chunk: bytes | None = await anext(self._chunks, None)
        except Exception as error:  # noqa: BLE001 - what is not ours to map is raised again
            raise _mapped_error(error, self._label) from None
        self._is_broken = False
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        self._is_broken = True
        await self._chunks.aclose()


class _Quiet(logging.Filter):
    """Drops what httpcore2 would log of our answers' headers: they may hold signed addresses."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - logging's own name
        return not _sending.get()


logging.getLogger("httpcore2.http11").addFilter(_Quiet())


@contextmanager
def _unlogged() -> Generator[None]:
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> Headers:
    """Join what came more than once, and spell names as they came first."""
    joined: dict[str, tuple[str, str]] = {}
    for name, value in raw:
        spelled, told = name.decode("latin-1"), value.decode("utf-8", "surrogateescape")
        first, earlier = joined.get(spelled.lower(), (spelled, ""))
        joined[spelled.lower()] = (first, f"{earlier}, {told}" if earlier else told)
    return Headers(dict(joined.values()))


def _new_pool(
    proxy: str | None, ssl_context: ssl.SSLContext, sockets: Sockets
) -> httpcore2.AsyncConnectionPool:
    """Make a pool without a limit of its own."""
    if proxy is None:
        return httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=None,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=sockets,
        )
    url = urlsplit(proxy)
    return httpcore2.AsyncHTTPProxy(
        httpcore2.URL(scheme=url.scheme, host=url.hostname or "", port=url.port),
        proxy_auth=None
        if url.username is None
        else (unquote(url.username).encode(), unquote(url.password or "").encode()),
        ssl_context=ssl_context,
        proxy_ssl_context=ssl_context if url.scheme == "https" else None,
        max_connections=None,
        keepalive_expiry=_IDLE_SECONDS,
        network_backend=sockets,
    )


@contextmanager
def _mapped(label: str) -> Generator[None]:
    """Turn what httpcore2 raises into our words, without its objects: they hold headers."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - what is not ours to map is raised again
        raise _mapped_error(error, label) from None


def _mapped_error(error: Exception, label: str) -> Exception:
    if isinstance(error, ConnectyCubeError):
        return error
    if isinstance(error, (httpcore2.LocalProtocolError, ValueError)):
        return InvalidInputError(f"{label}: HTTP cannot carry this request")
    if isinstance(error, _NOT_SENT):
        return ConnectError(f"{label}: no connection: {_reason(error)}")
    if isinstance(error, _NO_ANSWER):
        return TransportError(f"{label}: no answer: {_reason(error)}")
    return error


@cache
def _default_context() -> ssl.SSLContext:
    """Read the system's authorities once: that takes longer than a call."""
    return ssl.create_default_context()


def _reason(error: BaseException) -> str:
    """Name an error by its class and the system's own words, which hold no request."""
    cause: object = error.error if isinstance(error, UnreadableBody) else error
    name = type(cause).__name__
    while isinstance(cause, BaseException):
        if isinstance(cause, OSError) and cause.strerror:
            return f"{name} ({cause.strerror})"
        cause = cause.__cause__ or next(iter(cause.args), None)  # httpcore2 has it as an argument
    return name
