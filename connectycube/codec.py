"""From a call to a request, and from an answer to a value or an error."""

from collections.abc import Mapping
from math import isfinite
from types import NoneType
from typing import Any, Final, Generic, TypeVar

import attrs
import orjson

from connectycube._version import __version__
from connectycube.content_encoding import ACCEPTED
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import DecodeError, InvalidInputError, RateLimitedError, api_error
from connectycube.http import Headers, Request
from connectycube.query import encode_query, json_text
from connectycube.reader import Hook
from connectycube.retry import Attempt, retry_after
from connectycube.session import App, announced_lifetime
from connectycube.structure import explain, reader
from connectycube.values import mutable

T = TypeVar("T")
SDK: Final = f"Python {__version__}"


@mutable  # every call makes one, and freezing is what took longest
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
    if endpoint.needs is Needs.ADMIN_KEY:
        headers["CB-Administration-API-Key"] = _admin_key(app)
    elif token is not None:
        headers["CB-Token"] = token
    elif endpoint.needs is Needs.AUTH_KEY:
        headers["CB-AuthKey"] = auth_key(app)
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = dump(endpoint, body)
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


def _admin_key(app: App) -> str:
    if app.admin_key is None:
        raise InvalidInputError("administrators make this call: see connectycube.admin.AdminClient")
    return app.admin_key


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
    # Seen for refused external identities: a 200 whose only member is "errors".
    is_disguised = type(body) is dict and len(body) == 1 and "errors" in body
    if is_disguised or not 200 <= attempt.status < 300:  # noqa: PLR2004 - HTTP
        raise _refusal(endpoint, attempt, body)
    return Answer(_value(endpoint, attempt, body), announced_lifetime(attempt.headers))


def dump(endpoint: Endpoint[Any], body: Mapping[str, Any]) -> bytes:
    """
    Return a body as JSON.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        content = orjson.dumps(body, default=json_text, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError as error:
        reason = error.__cause__ or error
        raise InvalidInputError(f"{endpoint.label}: the body is no JSON: {reason}") from None
    # A number that is none would be written as null, which clears what it was to set.
    if b"null" in content and _is_infinite(body):
        raise InvalidInputError(f"{endpoint.label}: the body is no JSON: a number is not finite")
    return content


def _is_infinite(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_infinite, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_is_infinite, value))
    return isinstance(value, float) and not isfinite(value)


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


def _refusal(endpoint: Endpoint[Any], attempt: Attempt, body: Any) -> Exception:
    error = api_error(endpoint.label, attempt.status, body, authenticating=endpoint.authenticating)
    if isinstance(error, RateLimitedError):
        error.retry_after = retry_after(attempt.headers)
    return error


def _value(endpoint: Endpoint[T], attempt: Attempt, body: Any) -> T:
    kind: Any = endpoint.result
    if isinstance(body, _Text):
        if not getattr(kind, "may_come_in_words", False):
            raise DecodeError(f"{endpoint.label}: the answer is no JSON")
        body = None  # what was deleted is told in JSON, or in words that say no more than yes
    if kind is NoneType:
        # Nothing is promised, so nothing is read: empty, `{}` and a stray object are all a yes.
        return None  # type: ignore[return-value] # T is None here
    told = _told(endpoint, body)
    try:
        value: T = (endpoint.memo or _remembered(endpoint))(told, kind)
    except Exception:  # noqa: BLE001 - the reader may raise anything; it used the body up, too
        return _forgiven(endpoint, attempt)
    return value


def _remembered(endpoint: Endpoint[Any]) -> Hook:
    """Return what reads an endpoint's answers, and let the endpoint remember it."""
    kind: Any = endpoint.result
    memo = reader(kind, strict=True)
    object.__setattr__(endpoint, "memo", memo)
    return memo


def _forgiven(endpoint: Endpoint[T], attempt: Attempt) -> T:
    """Read a body again in which something is not as it should be, as far as that can be done."""
    kind: Any = endpoint.result
    try:
        value: T = reader(kind)(_told(endpoint, load(attempt.body)), kind)
    except Exception:  # noqa: BLE001 - the reader may raise anything; explained from the start below
        problems = explain(kind, _told(endpoint, load(attempt.body)))
        raise DecodeError(f"{endpoint.label}: unreadable answer", problems=problems) from None
    return value


def _told(endpoint: Endpoint[Any], body: Any) -> Any:
    """Return the part of a body that becomes the result."""
    if endpoint.steps:
        for name in endpoint.steps:
            if not isinstance(body, dict) or name not in body:
                if endpoint.may_be_bare:
                    break
                raise DecodeError(f"{endpoint.label}: no member {name!r} in the answer")
            body = body[name]
    elif endpoint.may_be_bare and isinstance(body, dict):
        return [body]
    return body if endpoint.item is None else _unwrapped(body, endpoint.item)


def _unwrapped(body: Any, item: str) -> Any:
    """
    Read items that come wrapped, or flat after all: in a list, alone, or on a page.

    A page, mostly one of numbered pages, is read as any other page.
    """
    match body:
        case [*items]:
            return [_bare(one, item) for one in items]
        case {"items": [*items]}:
            number, size = body.get("current_page"), body.get("per_page")
            return {
                "items": [_bare(one, item) for one in items],
                "total_entries": body.get("total_entries"),
                "limit": body.get("limit") if size is None else size,
                "skip": (number - 1) * size
                if isinstance(number, int) and isinstance(size, int)
                else body.get("skip"),
            }
        case dict() if item in body:
            return [body[item]]
        case _:
            return body


def _bare(one: Any, item: str) -> Any:
    return one.get(item, one) if isinstance(one, dict) else one
