"""The async Python client for the ConnectyCube chat platform."""

import importlib
from typing import TYPE_CHECKING, Any

from connectycube._version import __version__ as __version__

if TYPE_CHECKING:
    from connectycube import where
    from connectycube._download import Download
    from connectycube._source import Source
    from connectycube.auth.password import (
        AppOnly,
        EmailPassword,
        ExistingSession,
        Guest,
        LoginPassword,
    )
    from connectycube.auth.strategy import AuthStrategy, Credentials, Secret
    from connectycube.auth.token import (
        CustomIdentity,
        Facebook,
        FirebaseEmail,
        FirebasePhone,
        Twitter,
    )
    from connectycube.client import ConnectyCube
    from connectycube.endpoint import Endpoint, Needs, Retry
    from connectycube.errors import (
        ApiError,
        AuthenticationError,
        BadRequestError,
        ClosedError,
        ConnectError,
        ConnectyCubeError,
        DecodeError,
        ExternalAuthError,
        ForbiddenError,
        InvalidInputError,
        InvalidQueryError,
        NotFoundError,
        RateLimitedError,
        RequestTimeoutError,
        ServerError,
        SessionExpiredError,
        SignedOutError,
        TransportError,
        UnauthorizedError,
        UserNotFoundError,
        ValidationError,
    )
    from connectycube.fields import UNSET
    from connectycube.http import Body, Headers, Hosts, HostsLike, Request, Response, Transport
    from connectycube.models.blob import Blob, BlobAccess, Progress, ProgressHook
    from connectycube.models.page import Page
    from connectycube.models.user import User
    from connectycube.pager import Pager
    from connectycube.retry import Attempt, Backoff, NoRetry, RetryPolicy
    from connectycube.session import Clock, ExpiredSession, Session, SessionExpiredHook
    from connectycube.session_event import SessionEvent, SessionObserver
    from connectycube.session_store import LeasingStore, SessionStore
    from connectycube.stores.memory import MemoryStore
    from connectycube.transports.aiohttp import AiohttpTransport

__all__ = [
    "UNSET",
    "AiohttpTransport",
    "ApiError",
    "AppOnly",
    "Attempt",
    "AuthStrategy",
    "AuthenticationError",
    "Backoff",
    "BadRequestError",
    "Blob",
    "BlobAccess",
    "Body",
    "Clock",
    "ClosedError",
    "ConnectError",
    "ConnectyCube",
    "ConnectyCubeError",
    "Credentials",
    "CustomIdentity",
    "DecodeError",
    "Download",
    "EmailPassword",
    "Endpoint",
    "ExistingSession",
    "ExpiredSession",
    "ExternalAuthError",
    "Facebook",
    "FirebaseEmail",
    "FirebasePhone",
    "ForbiddenError",
    "Guest",
    "Headers",
    "Hosts",
    "HostsLike",
    "InvalidInputError",
    "InvalidQueryError",
    "LeasingStore",
    "LoginPassword",
    "MemoryStore",
    "Needs",
    "NoRetry",
    "NotFoundError",
    "Page",
    "Pager",
    "Progress",
    "ProgressHook",
    "RateLimitedError",
    "Request",
    "RequestTimeoutError",
    "Response",
    "Retry",
    "RetryPolicy",
    "Secret",
    "ServerError",
    "Session",
    "SessionEvent",
    "SessionExpiredError",
    "SessionExpiredHook",
    "SessionObserver",
    "SessionStore",
    "SignedOutError",
    "Source",
    "Transport",
    "TransportError",
    "Twitter",
    "UnauthorizedError",
    "User",
    "UserNotFoundError",
    "ValidationError",
    "where",
]

# Names are loaded when first used (PEP 562), so that a pytest run or a command that merely has
# this package installed does not pay for it.
_HOMES = {
    "_download": ("Download",),
    "_source": ("Source",),
    "auth.password": ("AppOnly", "EmailPassword", "ExistingSession", "Guest", "LoginPassword"),
    "auth.token": ("CustomIdentity", "Facebook", "FirebaseEmail", "FirebasePhone", "Twitter"),
    "auth.strategy": ("AuthStrategy", "Credentials", "Secret"),
    "client": ("ConnectyCube",),
    "endpoint": ("Endpoint", "Needs", "Retry"),
    "fields": ("UNSET",),
    "http": ("Body", "Headers", "Hosts", "HostsLike", "Request", "Response", "Transport"),
    "models.blob": ("Blob", "BlobAccess", "Progress", "ProgressHook"),
    "models.page": ("Page",),
    "models.user": ("User",),
    "pager": ("Pager",),
    "retry": ("Attempt", "Backoff", "NoRetry", "RetryPolicy"),
    "session": ("Clock", "ExpiredSession", "Session", "SessionExpiredHook"),
    "session_event": ("SessionEvent", "SessionObserver"),
    "session_store": ("LeasingStore", "SessionStore"),
    "stores.memory": ("MemoryStore",),
    "transports.aiohttp": ("AiohttpTransport",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'connectycube' has no attribute {name!r}")
    if name == "where":  # the module itself
        return importlib.import_module("connectycube.where")
    home = importlib.import_module(f"connectycube.{_HOME_OF.get(name, 'errors')}")
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
