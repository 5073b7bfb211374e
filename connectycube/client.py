"""The client: wires everything below it, and owns what it opens."""

import os
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypedDict, TypeVar, Unpack

from connectycube._caller import Caller, LoopGuard, Parts
from connectycube._client_options import (
    BASE_URL,
    checked_app_id,
    checked_base_url,
    checked_key,
    checked_strategy,
    checked_timeout,
    default_transport,
)
from connectycube._gateway import Gateway
from connectycube._resources import Resources
from connectycube._session_manager import SessionManager
from connectycube.api.users import Users
from connectycube.auth.endpoints import (
    CREATE_SESSION,
    DESTROY_SESSION,
    GET_SESSION,
    LOGIN,
    LOGOUT,
)
from connectycube.auth.password import AppOnly
from connectycube.auth.strategy import AuthStrategy
from connectycube.endpoint import Endpoint
from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, UnsetType
from connectycube.http import Hosts, HostsLike, Transport
from connectycube.models.user import User
from connectycube.retry import Backoff, RetryPolicy
from connectycube.session import App, Clock, Session, SessionExpiredHook
from connectycube.session_event import SessionObserver
from connectycube.session_store import SessionStore

if TYPE_CHECKING:
    from connectycube.frames import Connector

T = TypeVar("T")


class Options(TypedDict, total=False):
    """The options of `ConnectyCube`, for `from_env`."""

    app_id: int | str
    auth_key: str | None
    auth: AuthStrategy
    auth_secret: str | None
    base_url: str
    hosts: HostsLike
    transport: Transport | None
    chat_connector: "Connector | None"
    store: SessionStore | None
    retry: RetryPolicy
    timeout: float | None
    on_session_expired: SessionExpiredHook | None
    clock: Clock


class ConnectyCube(Resources):
    """
    A client of one application, as one identity.

    Nothing is opened before it is used, so a client may be made where no event loop runs; from its
    first call on it belongs to that call's loop. It is not thread-safe.

    Attributes:
        users: signing up, the own profile, looking others up.
        storage: files.
        chat: dialogs, messages and what is said in real time.
        data: records of the application's own classes.
        push: notifications, and the devices that get them.
        address_book: the contacts of a user, and who of them is registered.
        meetings: calls that are planned, and their recordings.
        whiteboards: those of dialogs.
        calls: what an incoming call can be told over HTTP.
        link_previews: what the page behind a link says of itself.

    Args:
        app_id: the application's id.
        auth_key: the application's key; needless where sessions come from elsewhere.
        auth: who signs in, at the first call that needs a session.
        auth_secret: signs session requests, for deployments that ask for it.
        base_url: `https://`, or `http://` for this machine alone.
        hosts: where the service answers besides its API.
        transport: moves the requests, and stays open when the client closes. By default the client
            opens an `AiohttpTransport` of its own.
        chat_connector: opens the lines of realtime conversations; by default TCP with TLS.
        store: where sessions are looked for before one is made, and kept for other clients of the
            same identity; it stays open when the client closes. Strategies without an identity,
            such as `Guest` and those of tokens, keep nothing there.
        retry: whether a failed attempt is repeated.
        timeout: seconds for a whole call, waiting for a session included; `None` for no limit. A
            call that happens to renew the session for others may end up to a second later. For
            the content of files it bounds each moment in which nothing moves.
        on_session_expired: asked for a session when one has expired, in place of the strategy.
        clock: where time is read.

    Raises:
        InvalidInputError: an option that cannot be right.

    https://developers.connectycube.com/js/authentication-and-users
    """

    def __init__(
        self,
        app_id: int | str,
        auth_key: str | None = None,
        *,
        auth: AuthStrategy = AppOnly(),  # noqa: B008 - frozen, without state
        auth_secret: str | None = None,
        base_url: str = BASE_URL,
        hosts: HostsLike = Hosts(),  # noqa: B008 - frozen
        transport: Transport | None = None,
        chat_connector: "Connector | None" = None,
        store: SessionStore | None = None,
        retry: RetryPolicy = Backoff(),  # noqa: B008 - frozen
        timeout: float | None = 30.0,
        on_session_expired: SessionExpiredHook | None = None,
        clock: Clock = Clock(),  # noqa: B008 - frozen
    ) -> None:
        app = App(
            app_id=checked_app_id(app_id),
            auth_key=checked_key(auth_key, "auth_key"),
            auth_secret=checked_key(auth_secret, "auth_secret"),
        )
        self._owns_transport = transport is None
        self._is_view = False
        self._clock = clock
        self._hook = on_session_expired
        self._store = store
        self.hosts = hosts
        self._chat_connector = chat_connector
        gateway = Gateway(
            app=app,
            base_url=checked_base_url(base_url),
            transport=default_transport() if transport is None else transport,
            retry=retry,
        )
        timeout = checked_timeout(timeout)
        strategy = checked_strategy(auth)
        self._wire(gateway, self._manage(gateway, strategy, timeout), timeout)

    @classmethod
    def from_env(cls, **overrides: Unpack[Options]) -> Self:
        """
        Make a client from `CONNECTYCUBE_APP_ID`, `_AUTH_KEY`, `_AUTH_SECRET` and `_BASE_URL`.

        The environment is read now and never again; overrides win.

        Raises:
            InvalidInputError: the application's id is missing, or a value cannot be right.
        """
        options = Options()
        for name in ("app_id", "auth_key", "auth_secret", "base_url"):
            if value := os.environ.get(f"CONNECTYCUBE_{name.upper()}"):
                options[name] = value
        options.update(overrides)
        if "app_id" not in options:
            raise InvalidInputError("CONNECTYCUBE_APP_ID is not set")
        return cls(**options)

    # -- resources: this one is for every client, the others are loaded when first named

    @cached_property
    def users(self) -> Users:
        """Signing up, the own profile, looking others up."""
        return Users(self._caller, lambda: self.storage)

    # -- sessions

    @property
    def session(self) -> Session | None:
        """The session as known here, `None` without one; no I/O."""
        return self._sessions.session

    async def create_session(self, auth: AuthStrategy | None = None) -> Session:
        """
        Sign in now, always by asking the service.

        A given strategy becomes the client's when it succeeds. An earlier session is not ended.
        Cancelled in flight, a session may exist that nobody knows, until it dies of age.

        Raises:
            AuthenticationError: the credentials were refused.
            InvalidInputError: the client has no `auth_key`, it is no strategy, or one that has
                nothing to send.

        https://developers.connectycube.com/server/auth#create-session
        """
        if auth is not None:
            checked_strategy(auth)
        with self._caller.deadline(CREATE_SESSION.label):
            return await self._sessions.create(auth, self._caller.gateway)

    async def get_session(self) -> Session:
        """
        Ask the service about the current session, and know its user from then on.

        Raises:
            SessionExpiredError: it is gone. It is reported here, never renewed.

        https://developers.connectycube.com/server/auth#get-session
        """
        with self._caller.deadline(GET_SESSION.label):
            return await self._sessions.get(self._caller.gateway)

    async def destroy_session(self) -> None:
        """
        End the session and sign the client out; one that is already gone counts as ended.

        The client is signed out at once, whatever the service answers or a cancellation leaves
        open; calling it again repeats the request if the first one failed.

        https://developers.connectycube.com/server/auth#destroy-session
        """
        with self._caller.deadline(DESTROY_SESSION.label):
            await self._sessions.destroy(self._caller.gateway)

    async def login(self, auth: AuthStrategy) -> User:
        """
        Put a user on the current session, on a new one of the application where there is none.

        The strategy becomes the client's when it succeeds. Cancelled in flight, the session may
        have either user.

        Raises:
            AuthenticationError: the credentials were refused.
            SessionExpiredError: the current session is gone; the next `login` makes a new one.
            InvalidInputError: it is no strategy, or it names no user, or one for whom there is no
                such form.

        https://developers.connectycube.com/guides/custom-identity-provider
        """
        checked_strategy(auth)
        with self._caller.deadline(LOGIN.label):
            return await self._sessions.login(auth, self._caller.gateway)

    async def logout(self) -> None:
        """
        Take the user off the session, which stays as one of the application.

        The client's strategy becomes `AppOnly`. Cancelled in flight, the user may be off or not.

        Raises:
            ForbiddenError: the session has no user.

        https://developers.connectycube.com/js/authentication-and-users
        """
        with self._caller.deadline(LOGOUT.label):
            await self._sessions.logout(self._caller.gateway)

    def set_session(self, session: Session) -> None:
        """Continue a session from elsewhere, made by `Session.from_token` or `from_dict`."""
        self._sessions.set(session)

    def on_session(self, observer: SessionObserver) -> Callable[[], None]:
        """
        Call an observer with a `SessionEvent` at each step of this client's sessions.

        Any number may look on, also at clients that `with_options` gave; not at those of
        `with_auth`, whose sessions are their own. They are called in line and must be quick. What
        one of them raises is logged and changes nothing.

        Returns:
            What takes this observer away again.
        """
        return self._sessions.observers.add(observer)

    # -- other views of the same service

    def with_auth(self, auth: AuthStrategy) -> "ConnectyCube":
        """
        Return a client of another identity over the same transport, which stays this one's.

        Raises:
            InvalidInputError: it is no strategy.
        """
        checked_strategy(auth)
        other = self._sibling()
        gateway, timeout = self._caller.gateway, self._caller.timeout
        other._wire(gateway, self._manage(gateway, auth, timeout), timeout)  # noqa: SLF001 - same class
        return other

    def with_options(
        self,
        *,
        timeout: float | UnsetType | None = UNSET,
        retry: RetryPolicy | UnsetType = UNSET,
    ) -> "ConnectyCube":
        """Return a client with the same session and other limits."""
        other = self._sibling()
        gateway = self._caller.gateway
        if retry is not UNSET:
            gateway = gateway.with_retry(retry)
        limit = self._caller.timeout if timeout is UNSET else checked_timeout(timeout)
        guard = self._caller.guard
        other._is_view = True  # noqa: SLF001 - same class
        other._wire(gateway, self._sessions, limit, guard)  # noqa: SLF001 - same class
        return other

    # -- anything else

    async def call(self, endpoint: Endpoint[T], /, **parts: Unpack[Parts]) -> T:
        """
        Send any `Endpoint`, for what the service has and this package does not name yet.

        Cancelled in flight, its effect is unknown.
        """
        return await self._caller.call(endpoint, **parts)

    async def aclose(self) -> None:
        """
        Close what the client opened; sessions live on at the service. May be called twice.

        What `with_options` gave is a view of its client, and closing a view changes nothing.
        """
        if self._is_view:
            return
        self._caller.guard.close()
        if self._owns_transport:
            await self._caller.gateway.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<ConnectyCube app {self._caller.gateway.app.app_id}>"

    def _sibling(self) -> "ConnectyCube":
        other = object.__new__(ConnectyCube)
        other._owns_transport = False
        other._is_view = False
        other._clock = self._clock
        other._hook = self._hook
        other._store = self._store
        other.hosts = self.hosts
        other._chat_connector = self._chat_connector
        return other

    def _manage(
        self, gateway: Gateway, auth: AuthStrategy, timeout: float | None
    ) -> SessionManager:
        return SessionManager(
            gateway, auth, hook=self._hook, store=self._store, clock=self._clock, timeout=timeout
        )

    def _wire(
        self,
        gateway: Gateway,
        sessions: SessionManager,
        timeout: float | None,
        guard: LoopGuard | None = None,
    ) -> None:
        self._sessions = sessions
        self._caller = Caller(
            gateway=gateway,
            sessions=sessions,
            guard=LoopGuard() if guard is None else guard,
            timeout=timeout,
        )
