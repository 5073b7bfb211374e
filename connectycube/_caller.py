"""Session and gateway together: every call of a resource, renewed at most once."""

from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Final, TypedDict, TypeVar, Unpack, cast

import anyio

from connectycube._deadline import Deadline
from connectycube._gateway import Gateway
from connectycube._session_manager import SessionManager
from connectycube._single_flight import copied
from connectycube.auth.endpoints import GET_SESSION
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import (
    ClosedError,
    ConnectyCubeError,
    ForbiddenError,
    SessionExpiredError,
)
from connectycube.http import CallObserver, EventLoop
from connectycube.session import Session

T = TypeVar("T")
_NO_LIMIT: Final = nullcontext()  # a block around it bounds the call
# Whose call runs here, so that the calls that it is made of are not told as others.
_observing: ContextVar[CallObserver | None] = ContextVar("connectycube_observing", default=None)
_BY_SESSION: Final = (Needs.SESSION, Needs.USER)


class Parts(TypedDict, total=False):
    """The variable parts of a call."""

    path: Mapping[str, Any] | None
    query: Mapping[str, Any] | None
    body: Mapping[str, Any] | None


class LoopGuard:
    """Where a client may be used: in one event loop, until it is closed."""

    def __init__(self) -> None:
        self._loop: object = None
        self._closed = False

    def check(self, running: EventLoop) -> None:
        """
        Bind to the running loop at first use.

        Raises:
            ClosedError: the client is closed, or belongs to another loop.
        """
        if self._closed:
            raise ClosedError("this ConnectyCube client is closed")
        loop = running.current()
        if self._loop is None:
            self._loop = loop
        elif self._loop != loop:
            raise ClosedError(
                "this ConnectyCube client belongs to another event loop: make one for each loop"
            )

    def close(self) -> None:
        self._closed = True


class Caller:
    """What the resources hold."""

    __slots__ = ("gateway", "guard", "sessions", "timeout")

    def __init__(
        self,
        *,
        gateway: Gateway,
        sessions: SessionManager,
        guard: LoopGuard,
        timeout: float | None,
    ) -> None:
        self.gateway: Gateway = gateway
        self.sessions: SessionManager = sessions
        self.guard: LoopGuard = guard
        self.timeout: float | None = timeout

    async def call(self, endpoint: Endpoint[T], /, **parts: Unpack[Parts]) -> T:
        """
        Make one call with the client's session, renewed and resent once where it has expired.

        Cancelled in flight, its effect is unknown.
        """
        gateway = self.gateway
        self.guard.check(gateway.loop)
        limit = Deadline(endpoint.label, self.timeout, gateway.loop.time)
        if gateway.observer is not None:
            with self.observed(endpoint.label):
                return await self._call(endpoint, parts, limit)
        session = self.sessions.fresh()
        if session is None or endpoint.needs not in _BY_SESSION:
            return await self._call(endpoint, parts, limit)
        # What nearly all calls do, in as few steps as can be.
        try:
            answer = await gateway.exchange(endpoint, token=session.token, limit=limit, **parts)
        except SessionExpiredError as error:
            return await self._once_more(
                lambda renewed: self._with(renewed, endpoint, parts, limit), session, error, limit
            )
        self.sessions.touch(session.token, answer.lifetime)
        return answer.value

    async def call_as_user(self, endpoint: Endpoint[T], /, *, body: Mapping[str, Any]) -> T:
        """
        Make a call on the session's own user, whose id goes into the path as `user_id`.

        Raises:
            ForbiddenError: the session has no user.
        """
        with self.deadline(endpoint.label):
            session = await self.own_session(endpoint)
            path = {"user_id": session.user_id}
            return await self._call(endpoint, Parts(path=path, body=body))

    async def own_session(self, endpoint: Endpoint[Any], *, with_user: bool = False) -> Session:
        """
        Return the session with its user's id, asking the service where that is not known.

        Args:
            endpoint: the call that needs it.
            with_user: ask for the whole user where it is not known.

        Raises:
            ForbiddenError: the session has no user.
        """
        session = await self.sessions.current()
        # A session of a bare token has neither id, and that of an application only its own.
        unknown = session.user_id is None and session.application_id is None
        if unknown or (with_user and session.user_id is not None and session.user is None):
            session = self.sessions.learn(await self._call(GET_SESSION, Parts()))
        if session.user_id is None:
            # What the service says to a session without a user, whose own id there is none to send.
            raise ForbiddenError(label=endpoint.label, messages=["Forbidden. Need user."])
        return session

    async def delete_account(
        self, endpoint: Endpoint[None], /, *, path: Mapping[str, Any] | None = None
    ) -> None:
        """
        Make the call that deletes the session's user, and sign out.

        Args:
            path: by default the user's own id, as `user_id`.

        Raises:
            ForbiddenError: the session has no user.
        """
        with self.deadline(endpoint.label):
            session = await self.own_session(endpoint)
            parts = Parts(path=path or {"user_id": session.user_id})
            await self.with_session(lambda session: self._delete_account(session, endpoint, parts))
            await self.sessions.forget_kept(session.token)

    async def with_session(
        self,
        use: Callable[[Session], Awaitable[T]],
        limit: AbstractContextManager[None] = _NO_LIMIT,
    ) -> T:
        """
        Use the client's session, and once more a renewed one where it has expired.

        Args:
            use: makes the call.
            limit: bounds the waiting for a session; the calls bound themselves.
        """
        if (session := self.sessions.fresh()) is None:
            with limit:
                session = await self.sessions.current()
        try:
            return await use(session)
        except SessionExpiredError as error:
            return await self._once_more(use, session, error, limit)

    def deadline(self, label: str) -> AbstractContextManager[None]:
        """Bound a whole call by the client's timeout; it must run where the client may be used."""
        self.guard.check(self.gateway.loop)
        limit = Deadline(label, self.timeout)
        return limit if self.gateway.observer is None else self._observed(limit, label)

    @contextmanager
    def observed(self, label: str) -> Generator[None]:
        """Let the transport's observer see a block as one call, whatever calls it is made of."""
        observer = self.gateway.observer
        if observer is None or _observing.get() is observer:
            yield
            return
        mark = _observing.set(observer)
        try:
            with observer.call(label):
                yield
        finally:
            _observing.reset(mark)

    @contextmanager
    def _observed(self, limit: Deadline, label: str) -> Generator[None]:
        # The limit lies inside, so that an observer sees the error that a caller does.
        with self.observed(label), limit:
            yield

    async def _once_more(
        self,
        use: Callable[[Session], Awaitable[T]],
        session: Session,
        error: SessionExpiredError,
        limit: AbstractContextManager[None],
    ) -> T:
        self.sessions.invalidate(session.token, error)
        try:
            with limit:
                renewed = await self._replacement(session.token)
            if session.user_id and renewed.user_id and session.user_id != renewed.user_id:
                raise error  # the application signed somebody else in: the call was not theirs
            # A second expiry propagates and does not invalidate: one login a wave, not one a call.
            return await use(renewed)
        except ConnectyCubeError as later:
            raise _doubted(later, error) from later.__cause__

    async def _replacement(self, token: str) -> Session:
        observer = self.gateway.observer
        if observer is None:
            return await self.sessions.replacement(token)
        started, outcome = anyio.current_time(), "cancelled"
        try:
            renewed = await self.sessions.replacement(token)
            outcome = "renewed"
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            seconds = anyio.current_time() - started
            observer.event("renewal", {"outcome": outcome, "seconds": seconds})
        return renewed

    async def _call(self, endpoint: Endpoint[T], parts: Parts, limit: Deadline | None = None) -> T:
        by_key = endpoint.needs is Needs.AUTH_KEY
        if endpoint.needs in _BY_SESSION or (by_key and self.gateway.app.auth_key is None):
            return await self.with_session(
                lambda session: self._with(session, endpoint, parts, limit), limit or _NO_LIMIT
            )
        if by_key:
            return await self._call_by_key(endpoint, parts, limit)
        return (await self.gateway.exchange(endpoint, limit=limit, **parts)).value

    async def _call_by_key(self, endpoint: Endpoint[T], parts: Parts, limit: Deadline | None) -> T:
        """Use the session where there is one; the application's key does without."""
        session = self.sessions.fresh()
        if session is not None:
            try:
                return await self._with(session, endpoint, parts, limit)
            except SessionExpiredError as error:
                self.sessions.invalidate(session.token, error)
        return (await self.gateway.exchange(endpoint, limit=limit, **parts)).value

    async def _delete_account(
        self, session: Session, endpoint: Endpoint[None], parts: Parts
    ) -> None:
        with self.sessions.deleting_account(session, self.gateway.retry) as deletion:
            gateway = self.gateway.with_retry(deletion)
            # Where an attempt before it was lost, an expired session does not say that it worked.
            await gateway.exchange(endpoint, token=session.token, **parts)

    async def _with(
        self, session: Session, endpoint: Endpoint[T], parts: Parts, limit: Deadline | None
    ) -> T:
        answer = await self.gateway.exchange(endpoint, token=session.token, limit=limit, **parts)
        self.sessions.touch(session.token, answer.lifetime)
        return answer.value


def _doubted(later: ConnectyCubeError, expired: SessionExpiredError) -> ConnectyCubeError:
    """Hang on what a call ended with what had become of it before its session expired."""
    doubts: list[str] = getattr(expired, "__notes__", [])
    if later is expired or not doubts:
        return later
    told = cast("ConnectyCubeError", copied(later))  # a failed renewal is told to others, too
    for note in doubts:
        told.add_note(note)
    return told
