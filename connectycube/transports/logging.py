"""A transport around a transport that says in a log what went over the line, and nothing secret."""

import logging
from typing import Final

import anyio
import attrs

from connectycube.http import CallObserver, Request, Response, Transport
from connectycube.transports._tap import TappedResponse, observer_of

_LOGGER: Final = logging.getLogger("connectycube.transport")


class LoggingTransport:
    """
    Logs each request when it is answered or fails, and each body when it was read.

    A line holds the endpoint's label, never the URL; the method; the status, or the class of what
    went wrong; sizes and seconds. Headers and bodies are in none. Where the logger does not take
    the level, requests pass as if this were not there.

    Closing it closes the transport that it wraps.

    Args:
        transport: moves the requests.
        logger: takes the lines.
        level: of the lines.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        logger: logging.Logger = _LOGGER,
        level: int = logging.DEBUG,
    ) -> None:
        self.observer: CallObserver | None = observer_of(transport)
        self._transport = transport
        self._logger = logger
        self._level = level

    async def send(self, request: Request, /) -> Response:
        if not self._logger.isEnabledFor(self._level):
            return await self._transport.send(request)
        started = anyio.current_time()
        try:
            response = await self._transport.send(request)
        except BaseException as error:
            self._tell(request, type(error).__name__, started)
            raise
        self._tell(request, str(response.status), started)
        return TappedResponse(response, _BodyLine(self._logger, self._level, request.label))

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _tell(self, request: Request, outcome: str, started: float) -> None:
        self._logger.log(
            self._level,
            "%s: %s, %s in %.3f s, %d bytes sent",
            request.label,
            request.method,
            outcome,
            anyio.current_time() - started,
            _size(request),
        )


@attrs.define(eq=False)
class _BodyLine:
    """Counts what is read of a body, and says so once, at its end."""

    _logger: logging.Logger
    _level: int
    _label: str
    _started: float = attrs.field(factory=anyio.current_time)
    _received: int = 0
    _is_told: bool = False

    def feed(self, data: bytes, /) -> None:
        self._received += len(data)

    def end(self, error: Exception | None, /) -> None:
        if self._is_told:
            return
        self._is_told = True
        self._logger.log(
            self._level,
            "%s: %s after %d bytes of the body in %.3f s",
            self._label,
            "whole" if error is None else type(error).__name__,
            self._received,
            anyio.current_time() - self._started,
        )


def _size(request: Request) -> int:
    if request.body is None:
        return 0
    return len(request.body) if isinstance(request.body, bytes) else request.body.length
