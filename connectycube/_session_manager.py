"""
The live session of a client: made once, renewed once, and never overwritten by what is late.

Nothing is awaited between reading this state and writing it.
"""

import logging
import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from typing import Final

import anyio
import attrs

from connectycube._gateway import Gateway
from connectycube._single_flight import GRACE, SingleFlight, copied
from connectycube.auth.endpoints import (
    CREATE_SESSION,
    DESTROY_SESSION,
    GET_SESSION,
    LOGIN,
    LOGOUT,
)
from connectycube.auth.password import AppOnly
from connectycube.auth.strategy import AuthStrategy, Credentials
from connectycube.codec import auth_key
from connectycube.errors import (
    ApiError,
    ConnectError,
    ConnectyCubeError,
    InvalidInputError,
    RequestTimeoutError,
    SessionExpiredError,
    SignedOutError,
    UnauthorizedError,
)
from connectycube.models.user import User
from connectycube.session import (
    Clock,
    ExpiredSession,
    Session,
    SessionExpiredHook,
    default_lifetime,
    margin,
)
from connectycube.signing import signed

_log = logging.getLogger("connectycube.session")
_REMEMBERED_FAILURES: Final = 32
_DISCARD_TIMEOUT: Final = 5.0


@attrs.define
class _Live:
    """The session that calls are sent with, and when it dies; `inf` where only the server knows."""

    session: Session
    lifetime: float | None = None
    ends_at: float = math.inf
    stale_at: float = math.inf


@attrs.define(eq=False)
class _Renewal:
    """One renewal as its own hook and callables see it: a mark in their context."""

    owner: "SessionManager"
    epoch: int
    made: dict[str, tuple[Session, float]] = attrs.field(factory=dict[str, tuple[Session, float]])
    running: bool = True


_renewals: ContextVar[tuple[_Renewal, ...]] = ContextVar("connectycube_renewals", default=())


class SessionManager:
    """Holds one session; every client with the same session shares its manager."""

    def __init__(
        self,
        gateway: Gateway,
        strategy: AuthStrategy,
        *,
        hook: SessionExpiredHook | None,
        clock: Clock,
        timeout: float | None,
    ) -> None:
        self._gateway = gateway
        self._hook = hook
        self._clock = clock
        # A login slower than an impatient call still serves the calls after it.
        self._timeout = math.inf if timeout is None else max(timeout, GRACE)
        self._flight = SingleFlight[None]()
        self.strategy = strategy
        self._live: _Live | None = None
        self._dead: Session | None = None
        self._death: SessionExpiredError | None = None
        self._failures: dict[str, Exception] = {}
        self._epoch = 0
        self._sign_outs = 0
        self._signed_out = False
        self._ending: Session | None = None
        self._doubtful: str | None = None
        self._hold: anyio.Event | None = None

    # -- what calls use

    @property
    def session(self) -> Session | None:
        """The live session with the end that is known now; no I/O."""
        if self._live is None:
            return None
        left = self._live.ends_at - self._clock.monotonic()
        if math.isinf(left):
            return self._live.session
        ends = datetime.fromtimestamp(self._clock.wall() + left, UTC)
        return attrs.evolve(self._live.session, expires_at=ends)

    def fresh(self) -> Session | None:
        """Return the live session if it needs no renewal first."""
        live = self._live
        if live is not None and self._clock.monotonic() < live.stale_at:
            return live.session
        return None

    async def current(self) -> Session:
        """
        Return a usable session, making or renewing it first if need be.

        Any number of callers may wait here; one of them does the work, and whatever it raises
        reaches them all. Cancelling a caller never cancels the others.
        """
        while (session := self.fresh()) is None:
            await self._renew_together()
        return session

    async def replacement(self, token: str) -> Session:
        """
        Return the session that a call is resent with after `token` was refused.

        Every call that was sent with that token gets the same outcome, however late it comes.
        """
        while True:
            if (failure := self._failures.get(token)) is not None:
                raise copied(failure)
            live = self._live
            if live is not None and live.session.token != token and not self._signed_out:
                return live.session
            await self._renew_together()

    def invalidate(self, token: str, error: SessionExpiredError) -> None:
        """Note that the service refused this token; one that is not live changes nothing."""
        if self._live is not None and self._live.session.token == token:
            self._dead, self._death = self._live.session, error
            self._live = None

    def touch(self, token: str, lifetime: float | None) -> None:
        """Note that the service just accepted this token, which moved its end on."""
        live = self._live
        if live is not None and live.session.token == token:
            self._extend(live, lifetime)

    def learn(self, told: Session) -> Session:
        """Take over what the service told about a session, where it is the live one."""
        live = self._live
        if live is not None and live.session.token == told.token:
            live.session = told
            return self.session or told
        return told

    def update_user(self, user: User) -> None:
        """Replace what is known of the session's user."""
        live = self._live
        if live is not None and live.session.user_id == user.id:
            live.session = attrs.evolve(live.session, user=user)

    # -- what the application asks for

    async def create(self, auth: AuthStrategy | None, gateway: Gateway) -> Session:
        """Sign in by asking the service; the strategy becomes the client's when it succeeds."""
        strategy = auth or self.strategy
        sign_outs = self._sign_outs
        produced = await strategy.credentials(None)
        if isinstance(produced, Session):
            session, lifetime = await self._vouched(strategy, produced, gateway)
        else:
            session, lifetime = await self._make(produced, gateway)
        if sign_outs != self._sign_outs:
            await self._discard(session)
            raise SignedOutError("the client was signed out while create_session ran")
        self.strategy = strategy
        self._adopt_explicitly(session, lifetime)
        return self.session or session

    async def get(self, gateway: Gateway) -> Session:
        """Ask the service about the session; an expired one is reported, not renewed."""
        self._check_usable()
        live = self._live
        token = live.session.token if live is not None else (await self.current()).token
        try:
            answer = await gateway.exchange(GET_SESSION, token=token)
        except SessionExpiredError as error:
            self.invalidate(token, error)
            raise
        self.touch(token, answer.lifetime)
        return self.learn(attrs.evolve(answer.value, token=token))

    async def login(self, auth: AuthStrategy, gateway: Gateway) -> User:
        """Put a user on the session, or on a new application session where there is none."""
        self._check_reentry()
        produced = await auth.credentials(None)
        if isinstance(produced, Session):
            raise InvalidInputError("this strategy brings its own session: use create_session")
        body = produced.login_members()
        sign_outs = self._sign_outs
        live = self._live
        session, lifetime = (
            (live.session, live.lifetime)
            if live is not None
            else await self._make(Credentials(), gateway)
        )
        try:
            answer = await gateway.exchange(LOGIN, token=session.token, body=body)
        except BaseException as error:
            if isinstance(error, SessionExpiredError):
                self.invalidate(session.token, error)
            elif live is None:
                await self._discard(session)
            raise
        if sign_outs != self._sign_outs:
            await self._discard(session)
            raise SignedOutError("the client was signed out while login ran")
        user = answer.value
        self.strategy = auth
        session = attrs.evolve(session, user_id=user.id, user=user)
        self._adopt_explicitly(session, answer.lifetime or lifetime)
        return user

    async def logout(self, gateway: Gateway) -> None:
        """Take the user off the session, which stays as one of the application."""
        self._check_usable()
        live = self._live
        if live is not None:
            token = live.session.token
            try:
                await gateway.exchange(LOGOUT, token=token)
            except SessionExpiredError as error:
                # The user is off already, and signing in again just to leave helps nobody.
                self.invalidate(token, error)
        self._epoch += 1
        self.strategy = AppOnly()
        self._dead = self._death = None
        if self._live is not None:
            self._live.session = attrs.evolve(
                self._live.session,
                user=None,
                user_id=None,
                application_id=self._gateway.app.app_id,
            )

    async def destroy(self, gateway: Gateway) -> None:
        """End the session and sign out; repeat it if it failed, the session is still known."""
        session = self._live.session if self._live is not None else self._ending
        self.sign_out()
        if session is None:
            return
        self._ending = session
        with suppress(UnauthorizedError):  # already gone: that is what was asked for
            await gateway.exchange(DESTROY_SESSION, token=session.token)
        if self._ending is session:
            self._ending = None

    def set(self, session: Session) -> None:
        """Continue a session from elsewhere; the service is believed about its end."""
        self._adopt_explicitly(session, None)

    def sign_out(self) -> None:
        """Forget the session; nothing signs in by itself again."""
        self._epoch += 1
        self._sign_outs += 1
        self._signed_out = True
        self._live = self._dead = self._death = None
        self._failures.clear()

    @contextmanager
    def deleting_account(self, token: str) -> Iterator[None]:
        """
        Hold back renewals while the account may vanish, and for good where that stays unknown.

        A renewal in the meantime could create the deleted account anew.
        """
        self._hold = hold = anyio.Event()
        self._doubtful = token
        try:
            yield
        except (ApiError, ConnectError):
            self._doubtful = None  # the service said no, or never heard of it
            raise
        finally:
            if self._hold is hold:
                self._hold = None
            hold.set()

    # -- the one renewal

    async def _renew_together(self) -> None:
        self._check_usable()
        if self._hold is not None:
            await self._hold.wait()
            return
        await self._flight.run(self._renew)

    async def _renew(self) -> None:
        renewal = _Renewal(self, self._epoch)
        mark = _renewals.set((*_renewals.get(), renewal))
        dead = self._live.session if self._live is not None else self._dead
        adopted: str | None = None
        try:
            with anyio.CancelScope(deadline=anyio.current_time() + self._timeout) as scope:
                session = await self._obtain(dead, renewal)
                if renewal.epoch == self._epoch:
                    adopted = session.token
                    self._adopt(*renewal.made.get(session.token, (session, None)))
            if scope.cancelled_caught:
                raise RequestTimeoutError("the session could not be renewed in time")
        except Exception as error:
            # In a new epoch nobody waits for this outcome any more.
            if renewal.epoch == self._epoch and not self._spare(dead, error):
                self._remember(dead, error)
                raise
        finally:
            renewal.running = False
            _renewals.reset(mark)
            for leftover, _ in renewal.made.values():
                if leftover.token != adopted:
                    await self._discard(leftover)

    async def _obtain(self, dead: Session | None, renewal: _Renewal) -> Session:
        if dead is not None and dead.token == self._doubtful:
            raise SessionExpiredError(
                "the session expired, and its user may have been deleted: create_session decides"
            )
        if dead is None or self._hook is None:
            session = await self._by_strategy(dead, renewal)
        else:
            error = self._death or SessionExpiredError("the session has expired by its own clock")
            renew = partial(self._by_strategy, dead, renewal)
            answer = await self._hook(ExpiredSession(session=dead, error=error, renew=renew))
            if answer is None:
                raise error
            session = answer
        if dead is not None and dead.user_id and session.user_id not in (None, dead.user_id):
            raise SessionExpiredError("the renewed session belongs to another user")
        _log.debug("session %s", "created" if dead is None else "renewed")
        return session

    async def _by_strategy(self, dead: Session | None, renewal: _Renewal) -> Session:
        try:
            produced = await self.strategy.credentials(dead)
        except SessionExpiredError as refusal:
            if refusal.__cause__ is None:
                refusal.__cause__ = self._death
            raise
        if isinstance(produced, Session):
            return produced
        session, lifetime = await self._make(produced, self._gateway)
        renewal.made[session.token] = session, lifetime
        return session

    def _spare(self, dead: Session | None, error: Exception) -> bool:
        """Keep using a session that only looks old, where nothing could be had in its place."""
        live = self._live
        if live is None or live.session is not dead or not isinstance(error, SessionExpiredError):
            return False
        if self._hook is not None:
            return False
        live.stale_at = math.inf
        return True

    def _remember(self, dead: Session | None, error: Exception) -> None:
        if dead is None:
            return
        self._failures[dead.token] = copied(error)
        if len(self._failures) > _REMEMBERED_FAILURES:
            del self._failures[next(iter(self._failures))]

    # -- making, adopting, ending

    async def _make(self, credentials: Credentials, gateway: Gateway) -> tuple[Session, float]:
        app = gateway.app
        body = {
            "application_id": app.app_id,
            "auth_key": auth_key(app),
            **credentials.session_members(),
        }
        if app.auth_secret is not None:
            body = signed(
                body,
                secret=app.auth_secret,
                nonce=secrets.randbelow(2**31),
                timestamp=int(self._clock.wall()),
            )
        answer = await gateway.exchange(CREATE_SESSION, body=body)
        return answer.value, answer.lifetime or default_lifetime(answer.value)

    async def _vouched(
        self, strategy: AuthStrategy, session: Session, gateway: Gateway
    ) -> tuple[Session, float]:
        """Ask the service about a session that a strategy brought, renewing it if it is dead."""
        try:
            answer = await gateway.exchange(GET_SESSION, token=session.token)
        except SessionExpiredError:
            again = await strategy.credentials(session)
            if not isinstance(again, Session):
                return await self._make(again, gateway)
            session = again
            answer = await gateway.exchange(GET_SESSION, token=session.token)
        told = attrs.evolve(answer.value, token=session.token)
        return told, answer.lifetime or default_lifetime(told)

    def _adopt(self, session: Session, lifetime: float | None) -> None:
        self._signed_out = False
        self._dead = self._death = self._ending = None
        if self._live is None or self._live.session.token != session.token or lifetime is not None:
            self._live = _Live(session)
            if lifetime is not None:
                self._extend(self._live, lifetime)

    def _adopt_explicitly(self, session: Session, lifetime: float | None) -> None:
        """Begin a new epoch: a renewal under way has nothing to say any more."""
        self._epoch += 1
        self._failures.clear()
        self._doubtful = None
        self._live = None
        self._adopt(session, lifetime)
        for renewal in _renewals.get():
            if renewal.owner is self:
                # Its own hook did this: the renewal goes on in the new epoch.
                renewal.epoch = self._epoch

    def _extend(self, live: _Live, lifetime: float | None) -> None:
        if lifetime is None:
            lifetime = live.lifetime or default_lifetime(live.session)
        live.lifetime = lifetime
        live.ends_at = self._clock.monotonic() + lifetime
        live.stale_at = live.ends_at - margin(lifetime)

    async def _discard(self, session: Session) -> None:
        """End a session that nobody will use, if the service can be reached."""
        with anyio.move_on_after(_DISCARD_TIMEOUT, shield=True):
            try:
                await self._gateway.exchange(DESTROY_SESSION, token=session.token)
            except ConnectyCubeError as error:
                _log.debug("an unused session was left to expire: %s", type(error).__name__)

    def _check_usable(self) -> None:
        if self._signed_out:
            raise SignedOutError("the client is signed out: call create_session first")
        self._check_reentry()

    def _check_reentry(self) -> None:
        if any(renewal.owner is self and renewal.running for renewal in _renewals.get()):
            raise SignedOutError(
                "a hook or secret called its own client during a renewal, which would wait for "
                "itself: only create_session works there"
            )
