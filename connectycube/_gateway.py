"""One exchange with the API: encode, attempt until it stands, decode. Knows no session."""

import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from typing import Any, Final, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import anyio
import attrs

from connectycube._body import is_small, whole
from connectycube._deadline import Deadline
from connectycube._event_loop import event_loop_of
from connectycube.codec import Answer, decode, encode
from connectycube.endpoint import Endpoint
from connectycube.errors import ConnectyCubeError, RequestTimeoutError, TransportError
from connectycube.fields import UNSET, UnsetType
from connectycube.http import CallObserver, EventLoop, Request, Response, Transport
from connectycube.retry import Attempt, RetryBudget, RetryPolicy
from connectycube.session import App

T = TypeVar("T")
Send: TypeAlias = Callable[[int], Awaitable[Attempt]]
_log = logging.getLogger("connectycube.http")
# Freeing a connection must not hold up a cancellation for long.
_CLOSE_GRACE: Final = 1.0
_FIRST_REFUSAL: Final = 400
# Clients of one transport mostly share the service that a storm of repeats would bring down.
_budgets: WeakKeyDictionary[Transport, RetryBudget] = WeakKeyDictionary()


def _budget_of(transport: Transport) -> RetryBudget:
    try:
        return _budgets.setdefault(transport, RetryBudget())
    except TypeError:  # it cannot be a key, so its budget is this client's
        return RetryBudget()


def _observer_of(transport: Transport) -> CallObserver | None:
    return getattr(transport, "observer", None)


class Gateway:
    """
    Makes calls of one application over one transport, under one retry policy.

    Attributes:
        budget: bounds the repeats of all clients of the transport together.
        observer: sees what happens within a call, where the transport has one.
        loop: the event loop, by the shortest way that the transport knows.
    """

    __slots__ = ("app", "base_url", "budget", "loop", "observer", "retry", "transport")

    def __init__(
        self, *, app: App, base_url: str, transport: Transport, retry: RetryPolicy
    ) -> None:
        self.app: App = app
        self.base_url: str = base_url
        self.transport: Transport = transport
        self.retry: RetryPolicy = retry
        self.budget: RetryBudget = _budget_of(transport)
        self.observer: CallObserver | None = _observer_of(transport)
        self.loop: EventLoop = event_loop_of(transport)

    def with_retry(self, retry: RetryPolicy) -> "Gateway":
        """Return the same gateway under another policy."""
        other = copy(self)
        other.retry = retry
        return other

    async def exchange(
        self,
        endpoint: Endpoint[T],
        /,
        *,
        token: str | None = None,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        limit: Deadline | None = None,
    ) -> Answer[T]:
        """
        Make one call and return its answer, before its deadline where it has one.

        Cancelled after the request left, its effect is unknown.

        Raises:
            InvalidInputError: it cannot be sent like that.
            RequestTimeoutError: the time was up.
            TransportError: no usable answer, after the policy's last attempt.
            ApiError: the service said no.
            DecodeError: the answer cannot be read.
        """
        request = encode(
            self.app, self.base_url, endpoint, token=token, path=path, query=query, body=body
        )
        attempt = await self.repeat(endpoint, request, limit=limit)
        try:
            return decode(endpoint, attempt)
        except ConnectyCubeError as error:
            noted(error, attempt)
            raise

    async def repeat(
        self,
        endpoint: Endpoint[Any],
        send: Request | Send,
        *,
        timeout: float | UnsetType | None = UNSET,
        limit: Deadline | None = None,
    ) -> Attempt:
        """
        Attempt something until the policy lets the outcome stand.

        Args:
            endpoint: the call that this is, for the policy and for messages.
            send: the request, or what makes one attempt.
            timeout: seconds for each attempt; by default what the policy says.
            limit: bounds all of it; a block around it may do the same.
        """
        seconds: float | None = (
            getattr(self.retry, "attempt_timeout", None) if timeout is UNSET else timeout
        )
        until = math.inf if limit is None else limit.until
        earlier: list[str] = []
        number = 0
        self.budget.count_call()
        while True:
            number += 1
            started = self.loop.time()
            ends = math.inf if seconds is None else started + seconds
            attempt: Attempt | None = None
            soonest = min(ends, until)
            with self.loop.bound(soonest) if soonest < math.inf else anyio.CancelScope():
                try:
                    if isinstance(send, Request):
                        response = await self.transport.send(send)
                        attempt = await read(response, endpoint, number)
                    else:
                        attempt = await send(number)
                except TransportError as error:
                    attempt = Attempt(number, endpoint, error=error)
            if attempt is None:  # our deadline fired; a cancellation from outside passes through
                if limit is not None and until <= ends:
                    raise limit.error()
                late = RequestTimeoutError(f"{endpoint.label}: no answer within {seconds:g} s")
                attempt = Attempt(number, endpoint, error=late)
            if self.observer is not None or _log.isEnabledFor(logging.DEBUG):
                self._tell(attempt, self.loop.time() - started)
            is_fine = attempt.error is None and attempt.status < _FIRST_REFUSAL
            delay = None if is_fine else self.retry.delay(attempt)
            if delay is None or not _has_time(delay, until) or not self.budget.spend():
                return attrs.evolve(attempt, earlier=tuple(earlier)) if earlier else attempt
            earlier.append(f"attempt {number}: {_outcome(attempt)}")
            if self.observer is not None:
                self.observer.event("wait", {"seconds": delay})
            await anyio.sleep(delay)

    def _tell(self, attempt: Attempt, seconds: float) -> None:
        outcome = _outcome(attempt)
        number, label = attempt.number, attempt.endpoint.label
        _log.debug("%s: %s in %.3f s, attempt %d", label, outcome, seconds, number)
        if self.observer is not None:
            self.observer.event(
                "attempt",
                {"label": label, "number": number, "outcome": outcome, "seconds": seconds},
            )


def _has_time(delay: float, until: float) -> bool:
    """A pause that would outlast the caller's time serves nobody: better to tell what there is."""
    return delay < min(until, anyio.current_effective_deadline()) - anyio.current_time()


def noted(error: Exception, attempt: Attempt) -> Exception:
    """Hang on an error what became of the attempts before."""
    for note in attempt.earlier:
        error.add_note(note)
    return error


async def read(response: Response, endpoint: Endpoint[Any], number: int) -> Attempt:
    """Read an answer to its end, and free its connection whatever happens."""
    try:
        body = (
            await response.read() if is_small(response) else await whole(response, endpoint.label)
        )
    except BaseException:
        await close(response)
        raise
    await response.aclose()
    return Attempt(number, endpoint, response.status, response.headers, body)


async def close(response: Response) -> None:
    """Free the connection of an answer that is not wanted any more, also when cancelled."""
    with anyio.move_on_after(_CLOSE_GRACE, shield=True):
        await response.aclose()


def _outcome(attempt: Attempt) -> str:
    return str(attempt.status) if attempt.error is None else type(attempt.error).__name__
