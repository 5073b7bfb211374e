"""
Every exception of the package, and how an error body of the service becomes one.

    ConnectyCubeError
    ├─ InvalidInputError         also ValueError: refused before anything was sent
    │  └─ InvalidQueryError      a search that the service's rules forbid
    ├─ TransportError            no usable answer
    │  ├─ ConnectError           nothing was sent; repeating is always safe
    │  ├─ RequestTimeoutError    our deadline passed
    │  └─ StreamClosedError      a chat line is over; `reason` says why
    ├─ ApiError                  the service said no
    │  ├─ BadRequestError 400 · ForbiddenError 403 · NotFoundError 404
    │  ├─ ValidationError 422 · RateLimitedError 429 · ServerError 5xx
    │  ├─ UnauthorizedError 401
    │  │  └─ SessionExpiredError the session is gone, and could not be renewed
    │  └─ AuthenticationError    credentials were refused, whatever the status
    │     ├─ UserNotFoundError   unknown user, and creation on the fly is denied
    │     └─ ExternalAuthError   an identity provider refused
    ├─ SignedOutError            a session is needed, and the client was signed out
    ├─ DecodeError               a success that we cannot read
    ├─ ChatError                 the realtime chat
    │  ├─ ChatClosedError        the conversation is over; `reason` says why
    │  ├─ ChatRefusedError       the login, or the conversation, was refused
    │  ├─ ChatTimeoutError       a request was not answered in time
    │  ├─ DeliveryUnknownError   a message was not confirmed in time
    │  ├─ OutboxFullError        too much waits to be sent; this was not taken
    │  └─ StanzaError            a request was answered with an error
    └─ ClosedError               used after close, or from another event loop

Status codes and texts: https://developers.connectycube.com/server/#errors
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

SESSION_GONE: Final = "Required session does not exist"
_PROVIDER_TEXTS: Final = ("Custom Identity Provider", "Bad Authentication data")
# Compiled when an error needs them, since every import would pay for it.
_PROVIDER_STATUS: Final = r"Status(?: code)?\s*[=:]\s*(\d{3})"
_TITLE: Final = r"(?is)<title[^>]*>(.*?)</title>"
_TEXT_LIMIT: Final = 200
_MESSAGE_LIMIT: Final = 10_000


def _rebuild(kind: type[Exception], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConnectyCubeError(Exception):
    """The base of every error that this package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with its args alone and loses keyword-only state.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


class InvalidInputError(ConnectyCubeError, ValueError):
    """The input was refused before anything was sent."""


class InvalidQueryError(InvalidInputError):
    """A search that the service's rules forbid."""


class TransportError(ConnectyCubeError):
    """The service gave no usable answer; whether it acted on the request is unknown."""


class ConnectError(TransportError):
    """No connection was made, so nothing was sent: repeating is always safe."""


class RequestTimeoutError(TransportError):
    """Our deadline passed before an answer arrived."""


class StreamClosedError(TransportError):
    """A line of the chat is over, whoever ended it; `reason` says why."""

    def __init__(self, reason: str = "the line is closed") -> None:
        self.reason = reason
        super().__init__(reason)


class ApiError(ConnectyCubeError):
    """
    The service said no.

    Attributes:
        status: HTTP status of the answer; 200 for a failure that the service reports as success.
        messages: every text of the body in one list, field errors as "field text".
        fields: texts by the field they speak of; empty where the body names none.
        raw: the body: a JSON value, or text where it was none.
        label: method and path template of the call, such as `GET /users/{user_id}`.
    """

    default_status: int = 0

    def __init__(
        self,
        message: str = "",
        *,
        label: str = "",
        status: int | None = None,
        messages: Sequence[str] = (),
        fields: Mapping[str, list[str]] | None = None,
        raw: Any = None,
    ) -> None:
        self.status = self.default_status if status is None else status
        self.messages = list(messages) or ([message] if message else [])
        self.fields = dict(fields or {})
        self.raw = raw
        self.label = label
        super().__init__(message or f"{label}: {self.status} {'; '.join(self.messages)}".rstrip())


class BadRequestError(ApiError):
    """400: the service could not understand the request."""

    default_status = 400


class UnauthorizedError(ApiError):
    """401: no session, or one that may not do this."""

    default_status = 401


class SessionExpiredError(UnauthorizedError):
    """The session is unknown to the service, and it was not, or could not be, renewed."""


class ForbiddenError(ApiError):
    """403: a known caller, and an action that is not allowed."""

    default_status = 403


class NotFoundError(ApiError):
    """404: no such thing, or no such route."""

    default_status = 404


class ValidationError(ApiError):
    """422: the service refused a value; `fields` says which."""

    default_status = 422


class RateLimitedError(ApiError):
    """429: too many requests; `retry_after` is in seconds, `None` where the service named none."""

    default_status = 429
    retry_after: float | None = None


class ServerError(ApiError):
    """5xx: the service failed."""

    default_status = 500


class AuthenticationError(ApiError):
    """Credentials were refused."""

    default_status = 401


class UserNotFoundError(AuthenticationError):
    """The user is unknown, and the application does not create users on the fly."""

    default_status = 404


class ExternalAuthError(AuthenticationError):
    """An identity provider refused; `provider_status` is the status it gave, where known."""

    default_status = 422
    provider_status: int | None = None


class SignedOutError(ConnectyCubeError):
    """A session is needed, and there is none to be had: the client was signed out."""


class DecodeError(ConnectyCubeError):
    """
    A success that we cannot read.

    Attributes:
        problems: lines of the form "what is wrong @ path", never a value.
    """

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        self.problems = list(problems)
        super().__init__(": ".join((message, "; ".join(self.problems))) if problems else message)


class ChatError(ConnectyCubeError):
    """The base of what goes wrong in the realtime chat."""


class ChatClosedError(ChatError):
    """The conversation is over; `reason` says why."""

    def __init__(self, reason: str = "the conversation is over") -> None:
        self.reason = reason
        super().__init__(reason)


class ChatRefusedError(ChatError):
    """
    The service refused the login, or broke the conversation off.

    Attributes:
        condition: the reason by its XMPP name, such as `not-authorized`.
    """

    def __init__(self, condition: str, text: str = "") -> None:
        self.condition = condition
        super().__init__(f"{condition}: {text}" if text else condition)


class ChatTimeoutError(ChatError):
    """A request was not answered in time; whether it took effect is unknown."""


class DeliveryUnknownError(ChatError):
    """
    A message was not confirmed in time, or before the end: it may arrive, or have arrived.

    Sending its text again may show it twice.

    Attributes:
        message_id: which, as the history and a later `Sent` event would name it.
    """

    def __init__(self, message_id: str, reason: str = "not confirmed in time") -> None:
        self.message_id = message_id
        super().__init__(f"message {message_id}: {reason}")


class OutboxFullError(ChatError):
    """Too much waits to be sent already, and nothing of this was taken."""


class StanzaError(ChatError):
    """
    A request was answered with an error.

    Attributes:
        condition: the reason by its XMPP name, such as `item-not-found`.
        code: an older, numeric form of it, where given.
        text: the service's words, where given.
    """

    def __init__(self, condition: str, *, code: int | None = None, text: str = "") -> None:
        self.condition = condition
        self.code = code
        self.text = text
        super().__init__(f"{condition}: {text}" if text else condition)


class ClosedError(ConnectyCubeError):
    """Used after it was closed, or from another event loop than the one it belongs to."""


_BY_STATUS: Final[dict[int, type[ApiError]]] = {
    kind.default_status: kind
    for kind in (
        BadRequestError,
        UnauthorizedError,
        ForbiddenError,
        NotFoundError,
        ValidationError,
        RateLimitedError,
    )
}


def api_error(label: str, status: int, body: Any, *, authenticating: bool = False) -> ApiError:
    """
    Turn an answer that says no into the narrowest error.

    Args:
        label: names the endpoint in the message.
        status: HTTP status of the answer.
        body: its JSON value, or text where it was no JSON; empty text for none.
        authenticating: whether the call presented credentials (`POST /session`, `POST /login`).
    """
    if isinstance(body, str):
        body = str(body)  # plain, whatever a codec made of it
    messages, fields = _read(body)
    kind = _kind(status, messages, authenticating=authenticating)
    error = kind(label=label, status=status, messages=messages, fields=fields, raw=body)
    if isinstance(error, ExternalAuthError):
        found = re.search(_PROVIDER_STATUS, " ".join(messages))
        error.provider_status = int(found[1]) if found else None
    return error


def _kind(status: int, messages: list[str], *, authenticating: bool) -> type[ApiError]:
    # A failure inside a 2xx answer was seen for refused identities: it belongs to the 401s.
    refused = status == UnauthorizedError.default_status or status < 300  # noqa: PLR2004 - HTTP
    if refused and SESSION_GONE in messages:
        return SessionExpiredError
    if authenticating and any(text.startswith(_PROVIDER_TEXTS) for text in messages):
        return ExternalAuthError
    if authenticating and status == NotFoundError.default_status:
        return UserNotFoundError
    if refused:
        return AuthenticationError if authenticating else UnauthorizedError
    if status >= ServerError.default_status:
        return ServerError
    return _BY_STATUS.get(status, ApiError)


def _read(body: Any) -> tuple[list[str], dict[str, list[str]]]:
    """Flatten every error shape the service is known to send."""
    match body:
        case {"errors": {**by_field}}:
            return _read_fields(by_field)
        case {"errors": found} | {"error": found} | {"message": found}:
            return _texts(found), {}
        case str():
            return _read_text(body), {}
        case _:
            return [], {}


def _read_fields(by_field: Mapping[Any, Any]) -> tuple[list[str], dict[str, list[str]]]:
    messages: list[str] = []
    fields: dict[str, list[str]] = {}
    for name, value in by_field.items():
        texts = _texts(value)
        if name == "base":
            messages += texts
        else:
            messages += [f"{name} {text}" for text in texts]
            fields[str(name)] = texts
    return messages, fields


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _text(value: object) -> str:
    try:
        return str(value).strip()[:_MESSAGE_LIMIT]
    except RecursionError:
        return "(nested too deeply to be shown)"


def _read_text(body: str) -> list[str]:
    """Shorten a text or HTML page, as gateways send them, to one line."""
    title = re.search(_TITLE, body[:4096])
    line = " ".join((title[1] if title else body).split())
    return [line[:_TEXT_LIMIT]] if line else []
