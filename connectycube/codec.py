"""From a call to a request, and from an answer to a value or an error."""

from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, Generic, TypeVar

import attrs
import orjson

from connectycube._version import __version__
from connectycube.content_encoding import ACCEPTED
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import DecodeError, InvalidInputError, RateLimitedError, api_error
from connectycube.http import Headers, Request
from connectycube.query import encode_query
from connectycube.retry import Attempt, retry_after
from connectycube.session import App, announced_lifetime
from connectycube.structure import explain, reader

T = TypeVar("T")
SDK: Final = f"Python {__version__}"


@attrs.frozen
class Answer(Generic[T]):
    """A success: its value, and the seconds it grants the session where it says so."""

    value: T = attrs.field(repr=False)
    lifetime: float | None = None


def encode(
    app: App,
    base_url: str,
    endpoint: Endpoint[Any],
    *,
    token: str | None = None,
    path: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Request:
    """
    Turn a call into the request that makes it.

    Raises:
        InvalidInputError: an id, a query or a body that cannot be sent.
    """
    url = base_url + endpoint.fill(path)
    if query and (pairs := encode_query(query, bracket_lists=endpoint.bracket_lists)):
        url = f"{url}?{pairs}"
    headers = {"CB-SDK": SDK, "Accept-Encoding": ACCEPTED}
    if token is not None:
        headers["CB-Token"] = token
    elif endpoint.needs is Needs.AUTH_KEY:
        headers["CB-AuthKey"] = auth_key(app)
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = _dump(endpoint, body)
    return Request(
        method=endpoint.method,
        url=url,
        headers=Headers(headers),
        body=content,
        label=endpoint.label,
    )


def auth_key(app: App) -> str:
    """
    Return the application's key.

    Raises:
        InvalidInputError: the client was made without one.
    """
    if app.auth_key is None:
        raise InvalidInputError("this call needs the application's auth_key, and none was given")
    return app.auth_key


def decode(endpoint: Endpoint[T], attempt: Attempt) -> Answer[T]:
    """
    Turn what became of the last attempt into a value, or raise the error that it is.

    Raises:
        TransportError: there was no usable answer.
        ApiError: the service said no.
        DecodeError: it said yes, in words that we cannot read.
    """
    if attempt.error is not None:
        raise attempt.error
    body = load(attempt.body)
    if not 200 <= attempt.status < 300 or _is_disguised_failure(body):  # noqa: PLR2004 - HTTP
        raise _refusal(endpoint, attempt, body)
    return Answer(_value(endpoint, attempt, body), announced_lifetime(attempt.headers))


def _dump(endpoint: Endpoint[Any], body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise InvalidInputError(f"{endpoint.label}: the body is no JSON: {error}") from None


def load(content: bytes) -> Any:
    """Return the JSON value of a body, `None` for no content, or text where it is no JSON."""
    if not content or content.isspace():
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return _Text(content.decode(errors="replace"))


class _Text(str):
    """A body that is no JSON, as distinct from a JSON string."""

    __slots__ = ()


def _is_disguised_failure(body: Any) -> bool:
    # Seen for refused external identities: a 200 whose only member is "errors".
    return isinstance(body, dict) and len(body) == 1 and "errors" in body


def _refusal(endpoint: Endpoint[Any], attempt: Attempt, body: Any) -> Exception:
    error = api_error(endpoint.label, attempt.status, body, authenticating=endpoint.authenticating)
    if isinstance(error, RateLimitedError):
        error.retry_after = retry_after(attempt.headers)
    return error


def _value(endpoint: Endpoint[T], attempt: Attempt, body: Any) -> T:
    if isinstance(body, _Text):
        raise DecodeError(f"{endpoint.label}: the answer is no JSON")
    kind: Any = endpoint.result
    if kind is NoneType:
        # Nothing is promised, so nothing is read: empty, `{}` and a stray object are all a yes.
        return None  # type: ignore[return-value] # T is None here
    told, read = _told(endpoint, body), reader(kind)
    try:
        value: T = read(told, kind)
    except Exception:  # noqa: BLE001 - the reader may raise anything; explained from the start below
        problems = explain(kind, _told(endpoint, load(attempt.body)))
        raise DecodeError(f"{endpoint.label}: unreadable answer", problems=problems) from None
    return value


def _told(endpoint: Endpoint[Any], body: Any) -> Any:
    """Return the part of a body that becomes the result."""
    if endpoint.envelope is not None:
        if not isinstance(body, dict) or endpoint.envelope not in body:
            raise DecodeError(f"{endpoint.label}: no member {endpoint.envelope!r} in the answer")
        body = body[endpoint.envelope]
    return body if endpoint.item is None else _unwrapped(body, endpoint.item)


def _unwrapped(body: Any, item: str) -> Any:
    """Read a page of numbered pages, whose items come wrapped, as any other page."""
    match body:
        case {"items": [*items]}:
            number, size = body.get("current_page"), body.get("per_page")
            counted = isinstance(number, int) and isinstance(size, int)
            return {
                "items": [one.get(item, one) if isinstance(one, dict) else one for one in items],
                "total_entries": body.get("total_entries"),
                "limit": size,
                "skip": (number - 1) * size if counted else 0,
            }
        case _:
            return body
