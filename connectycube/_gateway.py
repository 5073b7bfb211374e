"""One exchange with the API: encode, attempt until it stands, decode. Knows no session."""

import itertools
import logging
import math
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import anyio
import attrs

from connectycube.codec import Answer, decode, encode
from connectycube.endpoint import Endpoint
from connectycube.errors import RequestTimeoutError, TransportError
from connectycube.http import Request, Transport
from connectycube.retry import Attempt, RetryPolicy
from connectycube.session import App

T = TypeVar("T")
_log = logging.getLogger("connectycube.http")
# Freeing a connection must not hold up a cancellation for long.
_CLOSE_GRACE: Final = 1.0


@attrs.frozen(kw_only=True)
class Gateway:
    """Makes calls of one application over one transport, under one retry policy."""

    app: App
    base_url: str
    transport: Transport
    retry: RetryPolicy

    async def exchange(
        self,
        endpoint: Endpoint[T],
        /,
        *,
        token: str | None = None,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer[T]:
        """
        Make one call and return its answer.

        Cancelled after the request left, its effect is unknown.

        Raises:
            InvalidInputError: it cannot be sent like that.
            TransportError: no usable answer, after the policy's last attempt.
            ApiError: the service said no.
            DecodeError: the answer cannot be read.
        """
        request = encode(
            self.app, self.base_url, endpoint, token=token, path=path, query=query, body=body
        )
        timeout: float | None = getattr(self.retry, "attempt_timeout", None)
        earlier: list[str] = []
        for number in itertools.count(1):
            attempt = await self._attempt(request, endpoint, number, timeout)
            delay = self.retry.delay(attempt)
            if delay is None:
                return _settle(endpoint, attempt, earlier)
            earlier.append(f"attempt {number}: {_outcome(attempt)}")
            await anyio.sleep(delay)
        raise AssertionError  # count() does not end

    async def _attempt(
        self, request: Request, endpoint: Endpoint[Any], number: int, timeout: float | None
    ) -> Attempt:
        started = anyio.current_time()
        attempt: Attempt | None = None
        with anyio.CancelScope(deadline=math.inf if timeout is None else started + timeout):
            try:
                attempt = await self._send(request, endpoint, number)
            except TransportError as error:
                attempt = Attempt(number, endpoint, error=error)
        if attempt is None:  # our deadline fired; a cancellation from outside passes through
            late = RequestTimeoutError(f"{endpoint.label}: no answer within {timeout:g} s")
            attempt = Attempt(number, endpoint, error=late)
        if _log.isEnabledFor(logging.DEBUG):
            seconds = anyio.current_time() - started
            _log.debug(
                "%s: %s in %.3f s, attempt %d", request.label, _outcome(attempt), seconds, number
            )
        return attempt

    async def _send(self, request: Request, endpoint: Endpoint[Any], number: int) -> Attempt:
        response = await self.transport.send(request)
        try:
            body = await response.read()
        except BaseException:
            with anyio.move_on_after(_CLOSE_GRACE, shield=True):
                await response.aclose()
            raise
        await response.aclose()
        return Attempt(number, endpoint, response.status, response.headers, body)


def _settle(endpoint: Endpoint[T], attempt: Attempt, earlier: list[str]) -> Answer[T]:
    try:
        return decode(endpoint, attempt)
    except Exception as error:
        for note in earlier:
            error.add_note(note)
        raise


def _outcome(attempt: Attempt) -> str:
    return str(attempt.status) if attempt.error is None else type(attempt.error).__name__
