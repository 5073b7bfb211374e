"""What the checks of a transport stand on: requests, bodies and a server that misbehaves."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import anyio
import attrs

from connectycube.errors import ConnectError, TransportError
from connectycube.http import Headers, Request, Response, Transport
from connectycube.testing.promise import promise
from connectycube.testing.raw_server import PATIENCE, RawServer, Talk

SECRET: Final = "canary-token"  # noqa: S105 - nobody's
LABEL: Final = "GET /thing/{id}"
_CLOSE_GRACE: Final = 5.0


@attrs.frozen
class Make:
    """
    Gives new transports.

    Attributes:
        patience: seconds that one may take for what it should do at once.
    """

    _new: Callable[[], Transport]
    patience: float

    def __call__(self) -> Transport:
        return self._new()


class _Server(RawServer):
    """A server that waits no longer than its check does."""

    def __init__(self, talk: Talk, patience: float) -> None:
        super().__init__(talk)
        self._patience = patience

    async def until(self, holds: Callable[[], bool]) -> bool:
        with anyio.move_on_after(self._patience):
            return await super().until(holds)
        return holds()


def asking(url: str, method: str = "GET", **more: Any) -> Request:
    """Make a request that holds a secret in its URL and in a header."""
    address = url if "?" in url else f"{url}?token={SECRET}"
    return Request(
        method=method,
        url=address,
        label=LABEL,
        **{"headers": Headers({"CB-Token": SECRET}), **more},
    )


def uploading(url: str, body: "Pieces", method: str = "PUT") -> Request:
    """Make a request that sends a body in pieces, with its length told."""
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(body.length)}
    return asking(url, method, headers=Headers(headers), body=body)


@asynccontextmanager
async def using(make: Make, talk: Talk) -> AsyncGenerator[tuple[RawServer, Transport]]:
    """Give a server and a transport, and close both."""
    async with _Server(talk, make.patience) as server:
        transport = make()
        try:
            yield server, transport
        finally:
            with anyio.move_on_after(_CLOSE_GRACE, shield=True):
                await transport.aclose()


async def fetched(transport: Transport, request: Request) -> tuple[int, bytes]:
    """Send a request, read its answer, and free the connection."""
    response = await transport.send(request)
    try:
        return response.status, await response.read()
    finally:
        with anyio.CancelScope(shield=True):
            await response.aclose()


async def read_whole(response: Response) -> bytes:
    return await response.read()


async def read_in_chunks(response: Response) -> bytes:
    return b"".join([chunk async for chunk in response.iter_bytes()])


WAYS_TO_READ: Final = (read_whole, read_in_chunks)


async def failure_of(transport: Transport, request: Request, what: str) -> Exception:
    """Send a request that cannot succeed, and return what it raised; `what` was promised."""
    try:
        with anyio.move_on_after(PATIENCE):
            await fetched(transport, request)
    except Exception as error:  # noqa: BLE001 - judged by whoever asked
        return error
    raise AssertionError(f"broken promise: {what}, and does not hang or give an answer")


def check_no_answer(error: Exception, what: str) -> None:
    """Check an error for a request that may have been sent."""
    promise(
        isinstance(error, TransportError) and not isinstance(error, ConnectError),
        f"{what} is a TransportError and no ConnectError: it was {type(error).__name__}",
    )


class Pieces:
    """A body in pieces; it may break before its end, or never come to it."""

    def __init__(
        self, *pieces: bytes, error: Exception | None = None, stalls: bool = False
    ) -> None:
        self._pieces = pieces
        self._error = error
        self._stalls = stalls
        self.length = sum(len(piece) for piece in pieces) * (2 if error or stalls else 1)
        self.taken = 0

    def open(self) -> AsyncIterator[bytes]:
        return _Reading(self, self._pieces, self._error, stalls=self._stalls)


class _Reading:
    def __init__(
        self, body: Pieces, pieces: tuple[bytes, ...], error: Exception | None, *, stalls: bool
    ) -> None:
        self._body = body
        self._pieces = iter(pieces)
        self._error = error
        self._stalls = stalls

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            self._body.taken += 1
            return piece
        if self._error is not None:
            raise self._error
        if self._stalls:
            await anyio.sleep_forever()
        raise StopAsyncIteration
