"""One exchange with the API: encode, attempt until it stands, decode. Knows no session."""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

import anyio
import attrs

from connectycube.codec import Answer, decode, encode
from connectycube.endpoint import Endpoint
from connectycube.errors import ConnectyCubeError, RequestTimeoutError, TransportError
from connectycube.fields import UNSET, UnsetType
from connectycube.http import Response, Transport
from connectycube.retry import Attempt, RetryPolicy
from connectycube.session import App

T = TypeVar("T")
Send: TypeAlias = Callable[[int, anyio.CancelScope], Awaitable[Attempt]]
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

        async def send(number: int, _scope: anyio.CancelScope) -> Attempt:
            response = await self.transport.send(request)
            return await read(response, endpoint, number)

        attempt = await self.repeat(endpoint, send)
        try:
            return decode(endpoint, attempt)
        except ConnectyCubeError as error:
            noted(error, attempt)
            raise

    async def repeat(
        self, endpoint: Endpoint[Any], send: Send, *, timeout: float | UnsetType | None = UNSET
    ) -> Attempt:
        """
        Attempt something until the policy lets the outcome stand.

        Args:
            endpoint: the call that this is, for the policy and for messages.
            send: makes one attempt; it may move the deadline of the scope that it gets.
            timeout: seconds for each attempt; by default what the policy says.
        """
        limit: float | None = (
            getattr(self.retry, "attempt_timeout", None) if timeout is UNSET else timeout
        )
        earlier: list[str] = []
        number = 0
        while True:
            number += 1
            attempt = await _limited(endpoint, send, number, limit)
            delay = self.retry.delay(attempt)
            # A pause that would outlast the caller's time serves nobody: tell what there is.
            if delay is None or delay > anyio.current_effective_deadline() - anyio.current_time():
                return attrs.evolve(attempt, earlier=tuple(earlier)) if earlier else attempt
            earlier.append(f"attempt {number}: {_outcome(attempt)}")
            await anyio.sleep(delay)


def noted(error: Exception, attempt: Attempt) -> Exception:
    """Hang on an error what became of the attempts before."""
    for note in attempt.earlier:
        error.add_note(note)
    return error


async def read(response: Response, endpoint: Endpoint[Any], number: int) -> Attempt:
    """Read an answer to its end, and free its connection whatever happens."""
    try:
        body = await response.read()
    except BaseException:
        await close(response)
        raise
    await response.aclose()
    return Attempt(number, endpoint, response.status, response.headers, body)


async def close(response: Response) -> None:
    """Free the connection of an answer that is not wanted any more, also when cancelled."""
    with anyio.move_on_after(_CLOSE_GRACE, shield=True):
        await response.aclose()


async def _limited(
    endpoint: Endpoint[Any], send: Send, number: int, timeout: float | None
) -> Attempt:
    started = anyio.current_time()
    attempt: Attempt | None = None
    with anyio.CancelScope(deadline=math.inf if timeout is None else started + timeout) as scope:
        try:
            attempt = await send(number, scope)
        except TransportError as error:
            attempt = Attempt(number, endpoint, error=error)
    if attempt is None:  # our deadline fired; a cancellation from outside passes through
        late = RequestTimeoutError(f"{endpoint.label}: no answer within {timeout:g} s")
        attempt = Attempt(number, endpoint, error=late)
    if _log.isEnabledFor(logging.DEBUG):
        seconds = anyio.current_time() - started
        _log.debug(
            "%s: %s in %.3f s, attempt %d", endpoint.label, _outcome(attempt), seconds, number
        )
    return attempt


def _outcome(attempt: Attempt) -> str:
    return str(attempt.status) if attempt.error is None else type(attempt.error).__name__
