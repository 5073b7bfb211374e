"""The async Python client for the ConnectyCube chat platform."""

import importlib
from typing import TYPE_CHECKING, Any

from connectycube._version import __version__ as __version__

if TYPE_CHECKING:
    from connectycube import change, where
    from connectycube._download import Download
    from connectycube._source import Source
    from connectycube.admin import AdminClient
    from connectycube.auth.existing import ExistingSession
    from connectycube.auth.password import (
        AppOnly,
        EmailPassword,
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
    from connectycube.bodies.dialogs import DialogOptions
    from connectycube.bodies.meetings import MeetingOptions
    from connectycube.bodies.push import LocalizedPush, PushPayload, encode_push_payload
    from connectycube.chat.connection import ChatConnection
    from connectycube.chat.events import (
        CallSignal,
        ChatEvent,
        ChatMessage,
        ContactChanged,
        Delivered,
        Disconnected,
        Gap,
        Kicked,
        LastActivity,
        MessageDeleted,
        MessageEdited,
        MessageReceived,
        MessageRefused,
        OccupantJoined,
        OccupantLeft,
        Overflow,
        ReactionChanged,
        Read,
        Reconnected,
        Resumed,
        SystemMessage,
        Typing,
    )
    from connectycube.chat.pending import OverflowPolicy
    from connectycube.chat.privacy import Block, PrivacyList, PrivacyNames
    from connectycube.chat.reconnect import Reconnect
    from connectycube.chat.state import ChatOptions
    from connectycube.client import ConnectyCube
    from connectycube.endpoint import Endpoint, Needs, Retry
    from connectycube.errors import (
        ApiError,
        AuthenticationError,
        BadRequestError,
        ChatClosedError,
        ChatError,
        ChatRefusedError,
        ChatTimeoutError,
        ClosedError,
        ConnectError,
        ConnectyCubeError,
        DecodeError,
        DeliveryUnknownError,
        ExternalAuthError,
        ForbiddenError,
        InvalidInputError,
        InvalidQueryError,
        NotFoundError,
        OutboxFullError,
        RateLimitedError,
        RequestTimeoutError,
        ServerError,
        SessionExpiredError,
        SignedOutError,
        StanzaError,
        StreamClosedError,
        TransportError,
        UnauthorizedError,
        UserNotFoundError,
        ValidationError,
    )
    from connectycube.fields import UNSET
    from connectycube.frames import BatchingStream, ChatAddress, Connector, FrameStream
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
    from connectycube.meeting_webhook import parse_meeting_webhook
    from connectycube.models.admin import AdminDialog, AdminMessage
    from connectycube.models.blob import Blob, BlobAccess, BlobLike, Progress, ProgressHook
    from connectycube.models.contact import Contact, ContactsUpload, RegisteredContact
    from connectycube.models.deleted import Deleted
    from connectycube.models.dialog import Dialog, DialogLike, DialogType
    from connectycube.models.link_preview import LinkPreview
    from connectycube.models.meeting import (
        Attendee,
        Meeting,
        MeetingTimezone,
        MeetingWebhook,
        NotifyBefore,
        Recording,
    )
    from connectycube.models.message import (
        Attachment,
        Message,
        MessageLike,
        Reactions,
        UnreadCounts,
    )
    from connectycube.models.page import Page
    from connectycube.models.push import PushEvent, Subscription
    from connectycube.models.record import Access, Batch, Permissions, Record
    from connectycube.models.search_result import SearchResult
    from connectycube.models.sent import Sent
    from connectycube.models.user import User, UserLike
    from connectycube.models.whiteboard import Whiteboard, WhiteboardLike
    from connectycube.pager import Pager
    from connectycube.retry import Attempt, Backoff, NoRetry, RetryPolicy
    from connectycube.searches.dialogs import DialogFilters
    from connectycube.searches.meetings import MeetingFilters
    from connectycube.searches.messages import MessageFilters
    from connectycube.searches.users import UserFilters
    from connectycube.session import Clock, ExpiredSession, Session, SessionExpiredHook
    from connectycube.session_event import SessionEvent, SessionObserver
    from connectycube.session_store import LeasingStore, SessionStore
    from connectycube.stores.file import FileStore
    from connectycube.stores.memory import MemoryStore
    from connectycube.stores.redis import RedisStore as RedisStore
    from connectycube.transports.aiohttp import AiohttpTransport
    from connectycube.transports.aiohttp_websocket import AiohttpConnector
    from connectycube.transports.httpx2 import Httpx2Transport as Httpx2Transport
    from connectycube.transports.logging import LoggingTransport
    from connectycube.transports.opentelemetry import (
        OpenTelemetryTransport as OpenTelemetryTransport,
    )
    from connectycube.transports.recording import RecordingTransport, ReplayTransport
    from connectycube.transports.tcp import TcpConnector

__all__ = [
    "UNSET",
    "Access",
    "AdminClient",
    "AdminDialog",
    "AdminMessage",
    "AiohttpConnector",
    "AiohttpTransport",
    "ApiError",
    "AppOnly",
    "Attachment",
    "Attempt",
    "Attendee",
    "AuthStrategy",
    "AuthenticationError",
    "Backoff",
    "BadRequestError",
    "Batch",
    "BatchingStream",
    "Blob",
    "BlobAccess",
    "BlobLike",
    "Block",
    "Body",
    "CallObserver",
    "CallSignal",
    "ChatAddress",
    "ChatClosedError",
    "ChatConnection",
    "ChatError",
    "ChatEvent",
    "ChatMessage",
    "ChatOptions",
    "ChatRefusedError",
    "ChatTimeoutError",
    "Clock",
    "ClosedError",
    "ConnectError",
    "Connector",
    "ConnectyCube",
    "ConnectyCubeError",
    "Contact",
    "ContactChanged",
    "ContactsUpload",
    "Credentials",
    "CustomIdentity",
    "DecodeError",
    "Deleted",
    "Delivered",
    "DeliveryUnknownError",
    "Dialog",
    "DialogFilters",
    "DialogLike",
    "DialogOptions",
    "DialogType",
    "Disconnected",
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
    "FrameStream",
    "Gap",
    "Guest",
    "Headers",
    "Hosts",
    "HostsLike",
    "InvalidInputError",
    "InvalidQueryError",
    "Kicked",
    "LastActivity",
    "LeasingStore",
    "LinkPreview",
    "LocalizedPush",
    "LoggingTransport",
    "LoginPassword",
    "Meeting",
    "MeetingFilters",
    "MeetingOptions",
    "MeetingTimezone",
    "MeetingWebhook",
    "MemoryStore",
    "Message",
    "MessageDeleted",
    "MessageEdited",
    "MessageFilters",
    "MessageLike",
    "MessageReceived",
    "MessageRefused",
    "Needs",
    "NoRetry",
    "NotFoundError",
    "NotifyBefore",
    "OccupantJoined",
    "OccupantLeft",
    "OutboxFullError",
    "Overflow",
    "OverflowPolicy",
    "Page",
    "Pager",
    "Permissions",
    "PrivacyList",
    "PrivacyNames",
    "Progress",
    "ProgressHook",
    "PushEvent",
    "PushPayload",
    "RateLimitedError",
    "ReactionChanged",
    "Reactions",
    "Read",
    "Reconnect",
    "Reconnected",
    "Record",
    "Recording",
    "RecordingTransport",
    "RegisteredContact",
    "ReplayTransport",
    "Request",
    "RequestTimeoutError",
    "Response",
    "Resumed",
    "Retry",
    "RetryPolicy",
    "SearchResult",
    "Secret",
    "Sent",
    "ServerError",
    "Session",
    "SessionEvent",
    "SessionExpiredError",
    "SessionExpiredHook",
    "SessionObserver",
    "SessionStore",
    "SignedOutError",
    "Source",
    "StanzaError",
    "StreamClosedError",
    "Subscription",
    "SystemMessage",
    "TcpConnector",
    "Transport",
    "TransportError",
    "Twitter",
    "Typing",
    "UnauthorizedError",
    "UnreadCounts",
    "User",
    "UserFilters",
    "UserLike",
    "UserNotFoundError",
    "ValidationError",
    "Whiteboard",
    "WhiteboardLike",
    "change",
    "encode_push_payload",
    "parse_meeting_webhook",
    "where",
]

# Names are loaded when first used (PEP 562), so that a pytest run or a command that merely has
# this package installed does not pay for it.
_HOMES = {
    "admin": ("AdminClient",),
    "bodies.dialogs": ("DialogOptions",),
    "searches.dialogs": ("DialogFilters",),
    "bodies.meetings": ("MeetingOptions",),
    "searches.meetings": ("MeetingFilters",),
    "searches.messages": ("MessageFilters",),
    "searches.users": ("UserFilters",),
    "models.contact": ("Contact", "ContactsUpload", "RegisteredContact"),
    "models.deleted": ("Deleted",),
    "models.dialog": ("Dialog", "DialogLike", "DialogType"),
    "models.link_preview": ("LinkPreview",),
    "models.admin": ("AdminDialog", "AdminMessage"),
    "models.meeting": (
        "Attendee",
        "Meeting",
        "MeetingTimezone",
        "MeetingWebhook",
        "NotifyBefore",
        "Recording",
    ),
    "models.message": ("Attachment", "Message", "MessageLike", "Reactions", "UnreadCounts"),
    "models.push": ("PushEvent", "Subscription"),
    "models.record": ("Access", "Batch", "Permissions", "Record"),
    "models.search_result": ("SearchResult",),
    "models.whiteboard": ("Whiteboard", "WhiteboardLike"),
    "bodies.push": ("LocalizedPush", "PushPayload", "encode_push_payload"),
    "meeting_webhook": ("parse_meeting_webhook",),
    "_download": ("Download",),
    "_source": ("Source",),
    "auth.existing": ("ExistingSession",),
    "auth.password": ("AppOnly", "EmailPassword", "Guest", "LoginPassword"),
    "auth.token": ("CustomIdentity", "Facebook", "FirebaseEmail", "FirebasePhone", "Twitter"),
    "auth.strategy": ("AuthStrategy", "Credentials", "Secret"),
    "client": ("ConnectyCube",),
    "chat.connection": ("ChatConnection",),
    "chat.events": (
        "CallSignal",
        "ChatEvent",
        "ChatMessage",
        "ContactChanged",
        "Delivered",
        "Disconnected",
        "Gap",
        "Kicked",
        "LastActivity",
        "MessageDeleted",
        "MessageEdited",
        "MessageReceived",
        "MessageRefused",
        "OccupantJoined",
        "OccupantLeft",
        "Overflow",
        "ReactionChanged",
        "Read",
        "Reconnected",
        "Resumed",
        "SystemMessage",
        "Typing",
    ),
    "models.sent": ("Sent",),
    "chat.pending": ("OverflowPolicy",),
    "chat.privacy": ("Block", "PrivacyList", "PrivacyNames"),
    "chat.reconnect": ("Reconnect",),
    "chat.state": ("ChatOptions",),
    "frames": ("BatchingStream", "ChatAddress", "Connector", "FrameStream"),
    "transports.aiohttp_websocket": ("AiohttpConnector",),
    "transports.tcp": ("TcpConnector",),
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
    "models.blob": ("Blob", "BlobAccess", "BlobLike", "Progress", "ProgressHook"),
    "models.page": ("Page",),
    "models.user": ("User", "UserLike"),
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
    if name in ("change", "where"):  # the modules themselves
        return importlib.import_module(f"connectycube.{name}")
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
