"""How JSON values become models: dates, ids, unknown members."""

import operator
from datetime import UTC, datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.cols import list_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from connectycube.reader import Hook, Member, can_be_written, write_reader
from connectycube.session import Session


@cache
def reader(kind: Any) -> Hook:
    """
    Return what turns a JSON value into a value of this kind, or raises anything.

    It is called with value and kind, and uses the value up.
    """
    hook: Hook = _converter(detailed=False).get_structure_hook(kind)
    return hook


def explain(kind: Any, value: Any) -> list[str]:
    """Read a value once more, slowly, to say what is wrong and where, but never the value."""
    structure = _converter(detailed=True).get_structure_hook(kind)
    try:
        structure(value, kind)
    except Exception as error:  # noqa: BLE001 - the converter may raise anything
        return cattrs.transform_error(error, path="answer", format_exception=_problem)
    return []


def _problem(error: BaseException, _kind: type[Any] | None) -> str:
    return "missing" if isinstance(error, KeyError) else f"wrong kind of value ({error})"


@cache
def _converter(*, detailed: bool) -> cattrs.Converter:
    """Make the one converter; its detailed twin only serves to explain a failure."""
    converter = cattrs.Converter(detailed_validation=detailed)
    for leaf, hook in _LEAVES.items():
        if get_origin(leaf) is None:
            converter.register_structure_hook(leaf, hook)
        else:
            converter.register_structure_hook_func(partial(operator.eq, leaf), hook)
    for fits, prepare in (
        (attrs.has, _model),
        (_is_list_of_models, _list),
        (partial(operator.is_, Session), _session),
    ):
        converter.register_structure_hook_factory(fits, partial(prepare, converter))
    return converter


def _model(converter: cattrs.Converter, kind: Any) -> Hook:
    """Prepare a hook for a model: a reader per field, and unknown members kept in `extra`."""
    members = [
        _member(field, get_args(kind), converter)
        for field in attrs.fields(kind)
        if field.name != "extra"
    ]
    model = get_origin(kind) or kind
    if not converter.detailed_validation and can_be_written(model):
        return write_reader(model, members)
    return _by_cattrs(converter, kind, members)


def _by_cattrs(converter: cattrs.Converter, kind: Any, members: list[Member]) -> Hook:
    """Prepare the hook that says where it failed, and that heeds validators and the like."""
    known = {member.wire for member in members}
    keeps_others = "extra" in attrs.fields_dict(get_origin(kind) or kind)
    overrides: dict[str, Any] = {
        member.name: override(rename=member.wire, struct_hook=member.hook) for member in members
    }
    if keeps_others:
        overrides["extra"] = override(omit=True)
    build = make_dict_structure_fn(
        kind,
        converter,
        _cattrs_detailed_validation=converter.detailed_validation,
        **overrides,
    )

    def structure(data: Any, kind: Any) -> Any:
        if not isinstance(data, dict):
            raise _wanted("an object")
        value = build(data, kind)
        if keeps_others:
            value.extra.update((name, data[name]) for name in data if name not in known)
        return value

    return structure


def _member(
    field: "attrs.Attribute[Any]", of: tuple[Any, ...], converter: cattrs.Converter
) -> Member:
    kind: Any = field.type
    if get_args(kind) and isinstance(get_args(kind)[0], TypeVar):
        kind = kind[of]  # the items of a page
    nullable = isinstance(kind, UnionType)
    if nullable:
        (kind,) = (option for option in get_args(kind) if option is not NoneType)
    hook: Hook = converter.get_structure_hook(kind)
    if nullable:
        hook = _or(None, hook, kind)
    if isinstance(field.default, int | str):
        hook = _or(field.default, hook, kind)
    return Member(
        wire=field.metadata.get("wire", field.name),
        name=field.name,
        default=field.default,
        kind=kind,
        hook=hook,
    )


def _or(instead: Any, hook: Hook, kind: Any) -> Hook:
    """Read a null as something else, such as the field's default."""
    return lambda value, _kind: instead if value is None else hook(value, kind)


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


def _integer(value: Any, _kind: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
        return int(value)
    raise _wanted("an integer")


def _text(value: Any, _kind: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)  # an id of another system
    raise _wanted("a text")


def _flag(value: Any, _kind: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _wanted("a flag")


def _moment(value: Any, _kind: Any) -> datetime:
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


def _strings(value: Any, kind: Any) -> list[str]:
    """Read a list that comes as such or joined by commas."""
    if value is None:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        raise _wanted("a list")
    texts: list[str] = []
    for item in value:  # a comprehension would be a call of its own before Python 3.12
        text = item if type(item) is str else _text(item, kind)
        if text := text.strip():
            texts.append(text)
    return texts


def _mapping(value: Any, _kind: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wanted("an object")
    return value


def _wanted(what: str) -> ValueError:
    return ValueError(f"expected {what}")


_LEAVES: Final[dict[Any, Hook]] = {
    int: _integer,
    str: _text,
    bool: _flag,
    datetime: _moment,
    list[str]: _strings,
    dict[str, Any]: _mapping,
}
