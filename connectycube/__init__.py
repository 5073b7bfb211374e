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
    from connectycube.http import (
        Body,
        CallObserver,
        Headers,
        Hosts,
        HostsLike,
        Request,
        Response,
        Transport,
    )
    from connectycube.models.blob import Blob, BlobAccess, Progress, ProgressHook
    from connectycube.models.page import Page
    from connectycube.models.user import User
    from connectycube.pager import Pager
    from connectycube.retry import Attempt, Backoff, NoRetry, RetryPolicy
    from connectycube.session import Clock, ExpiredSession, Session, SessionExpiredHook
    from connectycube.session_event import SessionEvent, SessionObserver
    from connectycube.session_store import LeasingStore, SessionStore
    from connectycube.stores.file import FileStore
    from connectycube.stores.memory import MemoryStore
    from connectycube.stores.redis import RedisStore as RedisStore
    from connectycube.transports.aiohttp import AiohttpTransport
    from connectycube.transports.httpx2 import Httpx2Transport as Httpx2Transport
    from connectycube.transports.logging import LoggingTransport
    from connectycube.transports.opentelemetry import (
        OpenTelemetryTransport as OpenTelemetryTransport,
    )
    from connectycube.transports.recording import RecordingTransport, ReplayTransport

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
    "CallObserver",
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
    "FileStore",
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
    "LoggingTransport",
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
    "RecordingTransport",
    "ReplayTransport",
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
    "http": (
        "Body",
        "Headers",
        "Hosts",
        "HostsLike",
        "Request",
        "Response",
        "Transport",
        "CallObserver",
    ),
    "models.blob": ("Blob", "BlobAccess", "Progress", "ProgressHook"),
    "models.page": ("Page",),
    "models.user": ("User",),
    "pager": ("Pager",),
    "retry": ("Attempt", "Backoff", "NoRetry", "RetryPolicy"),
    "session": ("Clock", "ExpiredSession", "Session", "SessionExpiredHook"),
    "session_event": ("SessionEvent", "SessionObserver"),
    "session_store": ("LeasingStore", "SessionStore"),
    "stores.file": ("FileStore",),
    "stores.memory": ("MemoryStore",),
    "transports.logging": ("LoggingTransport",),
    "transports.recording": ("RecordingTransport", "ReplayTransport"),
    "transports.aiohttp": ("AiohttpTransport",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
# Public too, where the extra that they need is installed; so `import *` does without them.
_EXTRAS = {
    "Httpx2Transport": ("transports.httpx2", "httpx2"),
    "OpenTelemetryTransport": ("transports.opentelemetry", "otel"),
    "RedisStore": ("stores.redis", "redis"),
}


def __getattr__(name: str) -> Any:
    if name in _EXTRAS:
        return _from_extra(name, *_EXTRAS[name])
    if name not in __all__:
        raise AttributeError(f"module 'connectycube' has no attribute {name!r}")
    if name == "where":  # the module itself
        return importlib.import_module("connectycube.where")
    home = importlib.import_module(f"connectycube.{_HOME_OF.get(name, 'errors')}")
    value = globals()[name] = getattr(home, name)
    return value


def _from_extra(name: str, home: str, extra: str) -> Any:
    try:
        return getattr(importlib.import_module(f"connectycube.{home}"), name)
    except ModuleNotFoundError as error:
        raise ImportError(f"{name} needs an extra: pip install connectycube[{extra}]") from error


def __dir__() -> list[str]:
    return [*__all__, *_EXTRAS, "__version__"]
