"""How JSON values become models: member by member, with those kept that no field is for."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin

import attrs

from connectycube.leaves import LEAVES, WantedError, wanted
from connectycube.reader import Hook, Member, can_be_written, others_in, write_reader


@cache
def reader(kind: Any, *, strict: bool = False) -> Hook:
    """
    Return what turns a JSON value into a value of this kind, or raises anything.

    It is called with value and kind, and uses the value up. A model whose answers come in several
    forms has a static method `told_as`, which makes one of them. An optional member that came in
    another form is read as if it were missing where the model has a place for it, such as `extra`,
    or where the field says `may_misfit`.

    Args:
        strict: raise where a member came in another form, for what nearly never meets one: being
            ready for it at each member takes longer.
    """
    if kind in LEAVES:
        return LEAVES[kind]
    if get_origin(kind) is list:
        return _list(get_args(kind)[0], strict=strict)
    if get_origin(kind) is dict:
        return _entries(*get_args(kind))
    return _model(kind, strict=strict) if attrs.has(kind) else _foreign(kind)


def explain(kind: Any, value: Any) -> list[str]:
    """Read a value once more, slowly, to say what is wrong and where, but never the value."""
    return list(_problems(kind, value, "answer"))


def _model(kind: Any, *, strict: bool) -> Hook:
    model = get_origin(kind) or kind
    write = write_reader if can_be_written(model) else read_by_init
    read = write(model, members_of(kind, strict=strict))
    told_as: Callable[[Any], Any] | None = getattr(model, "told_as", None)
    return read if told_as is None else lambda data, kind: read(told_as(data), kind)


def read_by_init(model: type, members: list[Member]) -> Hook:
    """Prepare what reads a model that does something of its own when a value is made."""
    others = others_in(model)
    arguments = {field.name: field.alias for field in attrs.fields(model)}

    def read(data: Any, _kind: Any) -> Any:
        if not isinstance(data, dict):
            raise wanted("an object")
        left = dict(data)
        values: dict[str, Any] = {}
        for member in members:
            if member.wire not in data:
                if member.is_needed:
                    raise KeyError(member.wire)
                continue
            value = left.pop(member.wire)
            try:
                values[arguments[member.name]] = member.hook(value, member.kind)
            except Exception:
                if not member.may_misfit:
                    raise
                left[member.wire] = value
        if others is not None:
            values[arguments[others.name]] = left
        return model(**values)

    return read


@cache
def members_of(kind: Any, *, strict: bool = False) -> list[Member]:
    """Return how each member of an object is read; those that no field is for have none."""
    model = get_origin(kind) or kind
    others = others_in(model)
    return [
        _member(field, get_args(kind), strict=strict, has_place=others is not None)
        for field in attrs.fields(model)
        if field.init and (others is None or field.name != others.name)
    ]


def _member(
    field: "attrs.Attribute[Any]", of: tuple[Any, ...], *, strict: bool, has_place: bool
) -> Member:
    kind: Any = field.type
    if isinstance(kind, TypeVar):
        (kind,) = of
    elif get_args(kind) and isinstance(get_args(kind)[0], TypeVar):
        kind = kind[of]  # the items of a page
    nullable, kind = _without_none(kind)
    is_optional = field.default is not attrs.NOTHING and not strict
    may_misfit = is_optional and (has_place or field.metadata.get("may_misfit", False))
    hook = reader(kind, strict=strict)
    if may_misfit and _is_list_of_models(kind):
        hook = _of_copies(hook)
    if field.metadata.get("blank_is_none"):
        hook, kind = _or_none_if_blank(hook, kind), None  # in no form is it taken as it is
    if nullable:
        hook = _or(None, hook, kind)
    if isinstance(field.default, int | str):
        hook = _or(field.default, hook, kind)
    elif (make := getattr(field.default, "factory", None)) is not None:
        hook = _or_new(make, hook)
    return Member(
        wire=field.metadata.get("wire", field.name),
        name=field.name,
        default=field.default,
        kind=kind,
        hook=hook,
        may_misfit=may_misfit,
    )


def _without_none(kind: Any) -> tuple[bool, Any]:
    """Say whether a kind may be null, and return what it is otherwise."""
    if not isinstance(kind, UnionType) or NoneType not in get_args(kind):
        return False, kind
    options = [option for option in get_args(kind) if option is not NoneType]
    return True, options[0] if len(options) == 1 else kind


def _or(instead: Any, hook: Hook, kind: Any) -> Hook:
    """Read a null as something else, such as the field's default."""
    return lambda value, _kind: instead if value is None else hook(value, kind)


def _or_new(make: Callable[[], Any], hook: Hook) -> Hook:
    """Read a null as a new list, or whatever the field's default makes."""
    return lambda value, kind: make() if value is None else hook(value, kind)


def _or_none_if_blank(hook: Hook, kind: Any) -> Hook:
    """Read an empty text as nothing: some members are told so where there is none."""
    return lambda value, _kind: None if value in ("", None) else hook(value, kind)


def _is_list_of_models(kind: Any) -> bool:
    return get_origin(kind) is list and attrs.has(get_args(kind)[0])


def _list(item: Any, *, strict: bool) -> Hook:
    read = reader(item, strict=strict)
    of_models = attrs.has(item)

    def structure(data: Any, _kind: Any) -> Any:
        # An object or a text could be iterated too, and would pass for a list of nothing.
        if not isinstance(data, list):
            raise wanted("a list")
        if of_models and set(map(type, data)) - {dict}:
            raise wanted("a list of objects")
        return [read(one, item) for one in data]

    return structure


def _of_copies(hook: Hook) -> Hook:
    """Read a list of copies, since the last may be what is unreadable, and all are kept then."""

    def structure(data: Any, kind: Any) -> Any:
        if isinstance(data, list):
            data = [dict(one) if type(one) is dict else one for one in data]
        return hook(data, kind)

    return structure


def _entries(name: Any, value: Any) -> Hook:
    """Read an object whose names are the service's choice, without what is of another kind."""
    nullable, kind = _without_none(value)
    read_name, read = reader(name), reader(kind)
    if nullable:
        read = _or(None, read, kind)

    def structure(data: Any, _kind: Any) -> Any:
        if not isinstance(data, dict):
            raise wanted("an object")
        entries: dict[Any, Any] = {}
        for told, one in data.items():
            with suppress(Exception):  # a hook may raise anything
                entries[read_name(told, name)] = read(one, kind)
        return entries

    return structure


def _foreign(kind: Any) -> Hook:
    # The library that knows every kind is loaded where one is met that is none of ours.
    from connectycube.own_class import own_reader  # noqa: PLC0415 - as said

    return own_reader(kind)


def _problems(kind: Any, value: Any, path: str) -> Iterator[str]:
    if _is_list_of_models(kind):
        if isinstance(value, list):
            for index, one in enumerate(value):
                yield from _problems(get_args(kind)[0], one, f"{path}[{index}]")
        else:
            yield f"{_problem(wanted('a list'))} @ {path}"
    elif attrs.has(kind):
        yield from _problems_of_model(kind, value, path)
    elif (error := _refusal(reader(kind), value, kind)) is not None:
        yield f"{_problem(error)} @ {path}"


def _problems_of_model(kind: Any, value: Any, path: str) -> Iterator[str]:
    told_as: Callable[[Any], Any] | None = getattr(get_origin(kind) or kind, "told_as", None)
    if told_as is not None and isinstance(value, dict):
        value = told_as(value)
    if not isinstance(value, dict):
        yield f"{_problem(wanted('an object'))} @ {path}"
        return
    for member in members_of(kind):
        where = f"{path}.{member.name}"
        if member.wire not in value:
            if member.default is attrs.NOTHING:
                yield f"missing @ {where}"
        elif not member.may_misfit:
            told = value[member.wire]
            if (error := _refusal(member.hook, told, member.kind)) is not None:
                deeper = [] if told is None else list(_problems(member.kind, told, where))
                yield from deeper or [f"{_problem(error)} @ {where}"]


def _refusal(hook: Hook, value: Any, kind: Any) -> Exception | None:
    try:
        hook(deepcopy(value), kind)
    except Exception as error:  # noqa: BLE001 - a hook may raise anything
        return error
    return None


def _problem(error: Exception) -> str:
    # What others raise may well quote the value.
    return f"wrong kind of value ({error})" if isinstance(error, WantedError) else "does not fit"
