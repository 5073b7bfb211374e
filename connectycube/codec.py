"""From a call to a request, and from an answer to a value or an error."""

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Final, Generic, TypeVar, get_args, get_origin

import attrs
import cattrs
import orjson
from cattrs.cols import list_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from connectycube._version import __version__
from connectycube.content_encoding import ACCEPTED
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import DecodeError, InvalidInputError, RateLimitedError, api_error
from connectycube.http import Headers, Request
from connectycube.query import encode_query
from connectycube.retry import Attempt, retry_after
from connectycube.session import App, Session, announced_lifetime

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
    return Answer(_value(endpoint, body), announced_lifetime(attempt.headers))


def _dump(endpoint: Endpoint[Any], body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise InvalidInputError(f"{endpoint.label}: the body is no JSON: {error}") from None


def load(content: bytes) -> Any:
    """Return the JSON value of a body, `None` for no content, or text where it is no JSON."""
    if not content.strip():
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
    return isinstance(body, dict) and list(body) == ["errors"]


def _refusal(endpoint: Endpoint[Any], attempt: Attempt, body: Any) -> Exception:
    error = api_error(endpoint.label, attempt.status, body, authenticating=endpoint.authenticating)
    if isinstance(error, RateLimitedError):
        error.retry_after = retry_after(attempt.headers)
    return error


def _value(endpoint: Endpoint[T], body: Any) -> T:
    if isinstance(body, _Text):
        raise DecodeError(f"{endpoint.label}: the answer is no JSON")
    if endpoint.result is NoneType:
        # Nothing is promised, so nothing is read: empty, `{}` and a stray object are all a yes.
        return None  # type: ignore[return-value] # T is None here
    if endpoint.envelope is not None:
        if not isinstance(body, dict) or endpoint.envelope not in body:
            raise DecodeError(f"{endpoint.label}: no member {endpoint.envelope!r} in the answer")
        body = body[endpoint.envelope]
    if endpoint.item is not None:
        body = _unwrapped(body, endpoint.item)
    structure = _converter(detailed=False).get_structure_hook(endpoint.result)
    try:
        value: T = structure(body, endpoint.result)
    except Exception:  # noqa: BLE001 - the converter may raise anything; explained once more below
        raise DecodeError(
            f"{endpoint.label}: unreadable answer", problems=_explain(endpoint.result, body)
        ) from None
    return value


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


def _explain(kind: type[Any], body: Any) -> list[str]:
    """Read the body once more, slowly, to say what is wrong and where, but never the value."""
    structure = _converter(detailed=True).get_structure_hook(kind)
    try:
        structure(body, kind)
    except Exception as error:  # noqa: BLE001 - as above
        return cattrs.transform_error(error, path="answer", format_exception=_problem)
    return []


def _problem(error: BaseException, _kind: type[Any] | None) -> str:
    return "missing" if isinstance(error, KeyError) else f"wrong kind of value ({error})"


Hook = Callable[[Any, Any], Any]


@cache
def _converter(*, detailed: bool) -> cattrs.Converter:
    """Make the one converter; its detailed twin only serves to explain a failure."""
    converter = cattrs.Converter(detailed_validation=detailed)
    for leaf, read in _LEAVES.items():
        if get_origin(leaf) is None:
            converter.register_structure_hook(leaf, _as_hook(read))
        else:
            converter.register_structure_hook_func(partial(operator.eq, leaf), _as_hook(read))
    for fits, prepare in (
        (attrs.has, _model),
        (_is_list_of_models, _list),
        (partial(operator.is_, Session), _session),
    ):
        converter.register_structure_hook_factory(fits, partial(prepare, converter))
    return converter


def _as_hook(read: Callable[[Any], Any]) -> Hook:
    return lambda value, _kind: read(value)


def _or(instead: Any, hook: Hook) -> Hook:
    """Read a null as something else, such as the field's default."""
    return lambda value, kind: instead if value is None else hook(value, kind)


def _model(converter: cattrs.Converter, kind: Any) -> Hook:
    """Prepare a hook for a model: a reader per field, and unknown members kept in `extra`."""
    overrides: dict[str, Any] = {}
    known: set[str] = set()
    for field in attrs.fields(kind):
        if field.name == "extra":
            overrides["extra"] = override(omit=True)
            continue
        name = field.metadata.get("wire", field.name)
        known.add(name)
        hook = _field(field.type, get_args(kind), converter)
        if isinstance(field.default, int | str):
            hook = _or(field.default, hook)
        overrides[field.name] = override(rename=name, struct_hook=hook)
    build = make_dict_structure_fn(
        kind,
        converter,
        _cattrs_detailed_validation=converter.detailed_validation,
        **overrides,
    )
    if "extra" not in overrides:
        return build

    def structure(data: Any, kind: Any) -> Any:
        value = build(data, kind)
        if unknown := data.keys() - known:
            value.extra.update({name: data[name] for name in unknown})
        return value

    return structure


def _field(kind: Any, of: tuple[Any, ...], converter: cattrs.Converter) -> Hook:
    if get_args(kind) and isinstance(get_args(kind)[0], TypeVar):
        kind = kind[of]  # the items of a page
    if isinstance(kind, UnionType):
        (inner,) = (option for option in get_args(kind) if option is not NoneType)
        return _or(None, converter.get_structure_hook(inner))
    hook: Hook = converter.get_structure_hook(kind)
    return hook


def _is_list_of_models(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is list and attrs.has(get_args(kind)[0])


def _list(converter: cattrs.Converter, kind: Any) -> Hook:
    build = list_structure_factory(kind, converter)

    def structure(data: Any, kind: Any) -> Any:
        # An object or a text could be iterated too, and would pass for a list of nothing.
        if not isinstance(data, list):
            raise _wanted("a list")
        return build(data, kind)

    return structure


def _session(converter: cattrs.Converter, kind: Any) -> Hook:
    build = _model(converter, kind)

    def structure(data: Any, kind: Any) -> Any:
        # Older backends say 0 where newer ones say null: a session of the application alone.
        return build({**data, "user_id": data.get("user_id") or None}, kind)

    return structure


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
        return int(value)
    raise _wanted("an integer")


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)  # an id of another system
    raise _wanted("a text")


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wanted("a flag")


def _moment(value: Any) -> datetime:
    """Read ISO 8601 or unix seconds; both occur, sometimes as text."""
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
            return _aware(datetime.fromisoformat(value))
        if not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        pass  # said below, without the value
    raise _wanted("a date")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _strings(value: Any) -> list[str]:
    """Read a list that comes as such or joined by commas."""
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        raise _wanted("a list")
    return [text for item in value if (text := _text(item).strip())]


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wanted("an object")
    return value


def _wanted(what: str) -> ValueError:
    return ValueError(f"expected {what}")


_LEAVES: Final[Mapping[Any, Callable[[Any], Any]]] = {
    int: _integer,
    str: _text,
    bool: _flag,
    datetime: _moment,
    list[str]: _strings,
    dict[str, Any]: _mapping,
}
