"""The default transport: one aiohttp connection pool."""

import asyncio
import concurrent.futures.thread  # noqa: F401 - else the first look-up of a name imports it
import encodings.idna  # noqa: F401 - the same
import io
import os
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final, Self

import aiohttp
from yarl import URL

from connectycube.errors import ClosedError, ConnectError, InvalidInputError, TransportError
from connectycube.http import Body, Request
from connectycube.live import refuse_live
from connectycube.transports._asyncio_loop import AsyncioLoop
from connectycube.transports._options import check_options

_LARGE: Final = 1024 * 1024
# What may arrive while whoever reads is busy, such as writing to a disk.
_READ_AHEAD: Final = 256 * 1024
_NOT_OURS_TO_SAY: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# All of these happen before a byte of the request is written.
_NOT_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
)
# Aiohttp repeats some requests by itself, we never do. Its switch is the cheaper way to that.
_CAN_STOP_REPEATS: Final = "_retry_connection" in aiohttp.ClientSession.ATTRS
_FAILURES: Final = (aiohttp.ClientError, OSError, TimeoutError)


class AiohttpTransport:
    """
    Moves requests over one shared pool of connections, opened on first use.

    It belongs to the event loop of that first use. Close it with `aclose`, or let the client that
    made it do so.

    Args:
        limit: connections at most to each origin; further requests to it wait for one.
        proxy: URL of an HTTP proxy for every request; it may hold a user and a password.
        ssl_context: context for `https`, such as one that trusts a private authority.
        connect_timeout: seconds for the connection itself, TLS included, once the name is known;
            `ConnectError` when they pass.

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
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.event_loop: AsyncioLoop = AsyncioLoop()
        self._closed = False

    async def send(self, request: Request, /) -> "AiohttpResponse":
        refuse_live(request.url, request.label)
        session = self._session
        if session is None or self._loop is not asyncio.get_running_loop():
            session = self._open()
        try:
            # What `request` wraps for `async with`: the wrapper costs more than our engine does.
            response = await session._request(  # noqa: SLF001 - as old as aiohttp, and mocked by all
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=None if request.body is None else _content(request.body),
                allow_redirects=False,
                proxy=self._proxy,
            )
        except _Unanswered as ended:
            raise _mapped(ended.reason, request.label) from None
        except _FAILURES as error:
            raise _mapped(error, request.label) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            # aiohttp ends those who wait for a connection like that, when it is closed.
            if self._closed and task is not None and not task.cancelling():
                raise ClosedError("this AiohttpTransport was closed meanwhile") from None
            raise
        except ValueError:
            message = f"{request.label}: HTTP cannot carry this request"
            raise InvalidInputError(message) from None
        return AiohttpResponse(response, request.label)

    async def aclose(self) -> None:
        self.event_loop.close()
        if self._session is not None:
            self._check_loop()
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ClosedError("this AiohttpTransport is closed")
        if self._session is None:
            self._loop = asyncio.get_running_loop()
            self._session = self._new_session()
        else:
            self._check_loop()
        return self._session

    def _new_session(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            # By origin, so that uploads to the object store hold up no call.
            connector=aiohttp.TCPConnector(
                limit=0, limit_per_host=self._limit, ssl=self._ssl_context or True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            middlewares=() if _CAN_STOP_REPEATS else (_once,),
            request_class=_AsGiven,
            skip_auto_headers=_NOT_OURS_TO_SAY,
            read_bufsize=_READ_AHEAD,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout),
        )
        if _CAN_STOP_REPEATS:
            session._retry_connection = False  # noqa: SLF001 - as aiohttp's own test client does
        return session

    def _check_loop(self) -> None:
        if self._loop is not asyncio.get_running_loop():
            raise ClosedError(
                "this AiohttpTransport belongs to another event loop: make one for each loop"
            )


class _AsGiven(aiohttp.ClientRequest):
    """A request that gets no header of aiohttp's own."""

    def update_auto_headers(self, skip_auto_headers: Iterable[str] | None) -> None:
        # Without a body there is nothing to add, and leaving that out takes aiohttp a while.
        if self.method not in self.GET_METHODS:
            super().update_auto_headers(skip_auto_headers)


class AiohttpResponse:
    """An open answer of aiohttp."""

    __slots__ = ("_label", "_raw")

    def __init__(self, raw: aiohttp.ClientResponse, label: str) -> None:
        self._raw = raw
        self._label = label

    @property
    def status(self) -> int:
        return self._raw.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._raw.headers

    async def read(self) -> bytes:
        try:
            return await self._raw.read()
        except _FAILURES as error:
            raise _mapped(error, self._label) from None

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return _Chunks(self._raw.content, self._label)

    async def aclose(self) -> None:
        # For others, where the body was read to its end; else aiohttp closes it.
        if self._raw.connection is not None:
            self._raw.release()


def _content(body: bytes | Body) -> bytes | io.BytesIO | AsyncIterator[bytes]:
    if not isinstance(body, bytes):
        return body.open()
    # Pieces of a large one, so that it does not hold up the loop.
    return io.BytesIO(body) if len(body) > _LARGE else body


class _Chunks:
    """The body as it arrives; a cancelled wait takes nothing from it."""

    def __init__(self, content: aiohttp.StreamReader, label: str) -> None:
        self._content = content
        self._label = label

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await self._content.readany()
        except _FAILURES as error:
            raise _mapped(error, self._label) from None
        if not chunk:
            raise StopAsyncIteration
        return chunk


class _Unanswered(Exception):  # noqa: N818 - it never leaves this module
    """What ended a request, in a form that aiohttp does not know."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Hide failures from aiohttp, which would repeat the request after some of them."""
    try:
        return await handler(request)
    except _FAILURES as error:
        raise _Unanswered(error) from None


def _mapped(error: Exception, label: str) -> TransportError:
    """Say what aiohttp raised in our words, without its objects: they hold headers."""
    if isinstance(error, _NOT_SENT):
        return ConnectError(f"{label}: no connection: {_reason(error)}")
    return TransportError(f"{label}: no answer: {_reason(error)}")


def _reason(error: BaseException) -> str:
    """Name an error by its class and the system's own words, which hold no request."""
    words: str | None = None
    if isinstance(error, aiohttp.ClientConnectorError):
        words = error.os_error.strerror
    elif isinstance(error, aiohttp.ClientError):
        # Its own words may be aiohttp's, with the URL in them.
        words = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else None
    elif isinstance(error, OSError):
        words = error.strerror
    return f"{type(error).__name__} ({words})" if words else type(error).__name__
