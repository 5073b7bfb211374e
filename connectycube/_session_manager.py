"""
Makes, renews and ends the session of a client: once, however many calls ask for it.

Nothing is awaited between reading the state and writing it.
"""

import logging
import math
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import attrs

from connectycube._deletion import Deletion, Deletions
from connectycube._gateway import Gateway
from connectycube._renewal import Renewal, renewals_around
from connectycube._session_calls import discard, made, vouched
from connectycube._session_state import SessionState
from connectycube._single_flight import GRACE, SingleFlight, copied
from connectycube.auth.endpoints import (
    DESTROY_SESSION,
    GET_SESSION,
    LOGIN,
    LOGOUT,
)
from connectycube.auth.password import AppOnly
from connectycube.auth.strategy import AuthStrategy, Credentials
from connectycube.errors import (
    InvalidInputError,
    RequestTimeoutError,
    SessionExpiredError,
    SignedOutError,
    UnauthorizedError,
)
from connectycube.models.user import User
from connectycube.retry import RetryPolicy
from connectycube.session import (
    Clock,
    ExpiredSession,
    Session,
    SessionExpiredHook,
)
from connectycube.session_event import Happening, Observers

if TYPE_CHECKING:
    from connectycube._session_sharing import SharedSessions
    from connectycube.session_store import SessionStore

T = TypeVar("T")
_log = logging.getLogger("connectycube.session")


class SessionManager:
    """Holds one session; every client with the same session shares its manager."""

    def __init__(
        self,
        gateway: Gateway,
        strategy: AuthStrategy,
        *,
        hook: SessionExpiredHook | None,
        store: "SessionStore | None",
        clock: Clock,
        timeout: float | None,
    ) -> None:
        self._gateway = gateway
        self._hook = hook
        self._shared = None if store is None else _sharing(store)
        self.observers: Observers = Observers()
        self.clock: Clock = clock
        # A login slower than an impatient call still serves the calls after it.
        self._timeout = math.inf if timeout is None else max(timeout, GRACE)
        self._flight = SingleFlight[None]()
        self.strategy: AuthStrategy = strategy
        self._state = SessionState()
        self._deletions = Deletions(self._state, self.sign_out)

    # -- what calls use

    @property
    def session(self) -> Session | None:
        """The live session with the end that is known now; no I/O."""
        return self._state.seen(self.clock.monotonic(), self.clock.wall())

    def fresh(self) -> Session | None:
        """Return the live session if it needs no renewal first."""
        live = self._state.live
        is_fresh = live is not None and self.clock.monotonic() < live.stale_at
        return live.session if live is not None and is_fresh else None

    async def current(self) -> Session:
        """
        Return a usable session, making or renewing it first if need be.

        Any number of callers may wait here; one of them does the work, and whatever it raises
        reaches them all. Cancelling a caller never cancels the others.
        """
        while (session := self.fresh()) is None:
            # Thousands may wait here, each for one thing and nothing around it.
            if (flight := self._flight.flying) is not None:
                self._check_reentry()
                await flight.landed.wait()
                flight.check()
            else:
                await self._renew_together()
        return session

    async def replacement(self, token: str) -> Session:
        """
        Return the session that a call is resent with after `token` was refused.

        Every call that was sent with that token gets the same outcome, however late it comes.
        """
        while True:
            if (failure := self._state.failure_of(token)) is not None:
                raise copied(failure)
            if (live := self._state.live) is not None and live.session.token != token:
                return live.session
            await self._renew_together()

    def invalidate(self, token: str, error: SessionExpiredError) -> None:
        """Note that the service refused this token; one that is not live changes nothing."""
        if (died := self._state.invalidate(token, error)) is not None:
            self.observers.tell("expired", died)

    def touch(self, token: str, lifetime: float | None) -> None:
        """Note that the service just accepted this token, which moved its end on."""
        self._state.touch(token, lifetime, self.clock.monotonic())

    def learn(self, told: Session) -> Session:
        """Take over what the service told about a session, and return it as known now."""
        self._state.learn(told)
        return (self.session or told) if self._state.is_live(told.token) else told

    async def change_strategy(self, strategy: AuthStrategy) -> None:
        """Go on by another strategy, such as one with the password that was just changed."""
        if strategy is self.strategy:
            return
        self.strategy = strategy
        if (live := self._state.live) is not None:
            # Whoever knows no more than the old password shall not find it.
            await self.forget_kept(live.session.token)

    async def forget_kept(self, token: str) -> None:
        """Remove a session from the store, where there is one."""
        if self._shared is not None:
            await self._shared.forget(token)

    def update_user(self, user: User) -> None:
        """Replace what is known of the session's user."""
        self._state.update_user(user)

    # -- what the application asks for

    async def create(self, auth: AuthStrategy | None, gateway: Gateway) -> Session:
        """Sign in by asking the service; the strategy becomes the client's when it succeeds."""
        strategy = self.strategy if auth is None else auth
        sign_outs = self._state.sign_outs
        produced = await strategy.credentials(None)
        self._check_own_renewal()
        if isinstance(produced, Session):
            session, lifetime = await vouched(gateway, strategy, produced, self.clock)
        else:
            session, lifetime = await made(gateway, _checked(produced, Credentials), self.clock)
        await self._ensure_wanted(session, sign_outs)
        self.strategy = strategy
        self._adopt_explicitly(session, lifetime, "created")
        await self._keep(strategy, produced, session)
        return self.session or session

    async def get(self, gateway: Gateway) -> Session:
        """Ask the service about the session; an expired one is reported, not renewed."""
        self._check_usable()
        live = self._state.live
        if live is None and self._state.death is not None:
            raise copied(self._state.death)
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
        body = _checked(produced, Credentials).login_members()
        sign_outs = self._state.sign_outs
        live = self._state.live
        session, lifetime = (
            (live.session, live.lifetime)
            if live is not None
            else await made(gateway, Credentials(), self.clock)
        )
        try:
            answer = await gateway.exchange(LOGIN, token=session.token, body=body)
        except BaseException as error:
            if isinstance(error, SessionExpiredError):
                self.invalidate(session.token, error)
            elif live is None:
                await discard(self._gateway, session)
            raise
        await self._ensure_wanted(session, sign_outs)
        user = answer.value
        self.strategy = auth
        session = attrs.evolve(session, user_id=user.id, user=user)
        self._adopt_explicitly(session, answer.lifetime or lifetime, "created")
        await self.forget_kept(session.token)  # where it was kept as the application's
        await self._keep(auth, produced, session)
        return user

    async def logout(self, gateway: Gateway) -> None:
        """Take the user off the session, which stays as one of the application."""
        self._check_usable()
        epoch = self._state.epoch
        live = self._state.live
        if live is not None:
            token = live.session.token
            await self.forget_kept(token)  # nobody shall find it as the user's
            try:
                await gateway.exchange(LOGOUT, token=token)
            except SessionExpiredError as error:
                # The user is off already, and signing in again just to leave helps nobody.
                self.invalidate(token, error)
        if epoch != self._state.epoch:
            return  # the application chose another session, which this answer is not about
        left = self._state.live
        self._state.begin_epoch()
        self.strategy = AppOnly()
        if left is not None:
            session = attrs.evolve(
                left.session, user=None, user_id=None, application_id=self._gateway.app.app_id
            )
            self._state.adopt(session, left.lifetime, self.clock.monotonic())

    async def destroy(self, gateway: Gateway) -> None:
        """End the session and sign out; repeated after a failure, it tries the same one again."""
        live = self._state.live
        session = live.session if live is not None else self._state.ending or self._unused()
        self.sign_out()
        if session is None:
            return
        self._state.ending = session
        await self.forget_kept(session.token)
        with suppress(UnauthorizedError):  # already gone: that is what was asked for
            await gateway.exchange(DESTROY_SESSION, token=session.token)
        if self._state.ending is session:
            self._state.ending = None

    def _unused(self) -> Session | None:
        """Return the session that the strategy was given, where no call has taken it up."""
        if self._state.signed_out or self._state.death is not None:
            return None
        given = getattr(self.strategy, "session", None)
        return given if isinstance(given, Session) else None

    def set(self, session: Session) -> None:
        """Continue a session from elsewhere; the service is believed about its end."""
        self._check_own_renewal()
        self._adopt_explicitly(_checked(session, Session), None, "restored")

    def sign_out(self) -> None:
        """Forget the session; nothing signs in by itself again."""
        live = self._state.live
        with self._decided_here():
            self._state.sign_out()
        if live is not None:
            self.observers.tell("destroyed", live.session)

    def deleting_account(
        self, session: Session, retry: RetryPolicy
    ) -> AbstractContextManager[Deletion]:
        """Hold back renewals while the account may vanish, and sign out once it did."""
        return self._deletions.deleting(session, retry)

    # -- the one renewal

    async def _renew_together(self) -> None:
        self._check_usable()
        if self._deletions.running:
            await self._deletions.settled.wait()
            return
        renewal = Renewal(self._state, self._state.epoch)
        try:
            await self._flight.run(lambda: self._renew(renewal))
        finally:
            # After the flight, so that those who waited for it need not wait for this.
            unused = [session for session, _ in renewal.made.values()]
            with anyio.move_on_after(GRACE, shield=bool(unused)):
                for session in unused:
                    await self.forget_kept(session.token)
            await discard(self._gateway, *unused)

    async def _renew(self, renewal: Renewal) -> None:
        state = self._state
        renewal.epoch = state.epoch
        dead = state.live.session if state.live is not None else state.dead
        try:
            with anyio.CancelScope(deadline=anyio.current_time() + self._timeout) as scope:
                if dead is not None and state.death is not None:
                    await self.forget_kept(dead.token)
                with renewal.running():
                    session = await self._obtain(dead, renewal)
                    renewal.check()
                session, lifetime = renewal.made.pop(session.token, (session, None))
                state.adopt(session, lifetime, self.clock.monotonic())
                if dead is None or dead.token != session.token:
                    told: Happening = "created" if dead is None else "renewed"
                    self.observers.tell("restored" if renewal.found else told, session)
            if scope.cancelled_caught:
                raise RequestTimeoutError("the session could not be renewed in time")
        except Exception as error:
            # In a new epoch nobody waits for this outcome any more.
            if renewal.epoch == state.epoch:
                state.remember_failure(dead, copied(error))
                # One that only looks old is sent nevertheless: the service knows better.
                if not (isinstance(error, SessionExpiredError) and state.spare(dead)):
                    raise

    async def _obtain(self, dead: Session | None, renewal: Renewal) -> Session:
        if dead is not None and dead.token == self._state.doubtful:
            raise SessionExpiredError(
                "the session expired, and its user may have been deleted: create_session decides"
            )
        if dead is None or self._hook is None:
            session = await self._by_strategy(dead, renewal)
        else:
            error = self._state.death or SessionExpiredError("the session expired by its own clock")
            renew = partial(self._by_strategy, dead, renewal)
            answer = await self._hook(ExpiredSession(session=dead, error=error, renew=renew))
            if answer is None:
                self._check_signed_in()  # the hook may have ended it all
                raise error
            session = _checked(answer, Session)
        if dead is not None and session.token == dead.token:
            if self._state.death is not None:
                raise self._state.death
            self._state.spare(dead)  # it only looks old, and whoever answered vouches for it
        if dead is not None and dead.user_id and session.user_id not in (None, dead.user_id):
            raise SessionExpiredError("the renewed session belongs to another user")
        _log.debug("session %s", "created" if dead is None else "renewed")
        return session

    async def _by_strategy(self, dead: Session | None, renewal: Renewal) -> Session:
        try:
            produced = await self.strategy.credentials(dead)
        except SessionExpiredError as refusal:
            if refusal.__cause__ is None:
                refusal.__cause__ = self._state.death
            raise
        if isinstance(produced, Session):
            return produced
        _checked(produced, Credentials)
        # A secret may have taken its time: what signs in now could create a deleted user anew.
        renewal.check()

        async def make() -> Session:
            session, lifetime = await made(self._gateway, produced, self.clock)
            renewal.made[session.token] = session, lifetime
            return session

        key = self._key(self.strategy, produced)
        if self._shared is None or key is None:
            return await make()
        session, renewal.found = await self._shared.obtain(key, dead, make)
        return session

    # -- making, adopting, ending

    def _adopt_explicitly(
        self, session: Session, lifetime: float | None, happened: Happening
    ) -> None:
        """Begin a new epoch: a renewal under way has nothing to say any more."""
        with self._decided_here():
            self._state.begin_epoch()
        self._state.adopt(session, lifetime, self.clock.monotonic())
        self.observers.tell(happened, session)

    def _key(self, strategy: AuthStrategy, credentials: Credentials) -> str | None:
        if self._shared is None:
            return None
        return self._shared.key(self._gateway.app, self._gateway.base_url, strategy, credentials)

    async def _keep(
        self, strategy: AuthStrategy, produced: Credentials | Session, session: Session
    ) -> None:
        if self._shared is None or isinstance(produced, Session):
            return
        if (key := self._key(strategy, produced)) is not None:
            await self._shared.keep(key, session)
            if not self._state.is_live(session.token):  # it was ended meanwhile
                await self._shared.forget(session.token)

    @contextmanager
    def _decided_here(self) -> Generator[None]:
        """Let a renewal go on in the epoch that its own hook begins."""
        ours = [one for one in renewals_around(self._state) if one.epoch == self._state.epoch]
        yield
        for renewal in ours:
            renewal.epoch = self._state.epoch

    async def _ensure_wanted(self, session: Session, sign_outs: int) -> None:
        """Discard what came after the client was signed out, or its hook was overtaken."""
        try:
            self._check_own_renewal()
            if sign_outs != self._state.sign_outs:
                raise SignedOutError("the client was signed out while it was signing in")
        except SignedOutError:
            await discard(self._gateway, session)
            raise

    def _check_usable(self) -> None:
        self._check_signed_in()
        self._check_reentry()

    def _check_signed_in(self) -> None:
        if self._state.signed_out:
            raise SignedOutError("the client is signed out: call create_session first")

    def _check_reentry(self) -> None:
        if renewals_around(self._state):
            raise SignedOutError(
                "a hook or secret called its own client during a renewal, which would wait for "
                "itself: only create_session works there"
            )

    def _check_own_renewal(self) -> None:
        """Refuse to sign in for a hook whose renewal is void."""
        for renewal in renewals_around(self._state):
            renewal.check()


def _checked(value: T, kind: type[T]) -> T:
    """
    Return what an application's own callable gave.

    Raises:
        InvalidInputError: it is of another kind.
    """
    if not isinstance(value, kind):
        raise InvalidInputError(f"expected a {kind.__name__}, got {type(value).__name__}")
    return value


def _sharing(store: "SessionStore") -> "SharedSessions":
    # Most clients share nothing, and do without it.
    from connectycube._session_sharing import SharedSessions  # noqa: PLC0415 - as said

    return SharedSessions(store)
