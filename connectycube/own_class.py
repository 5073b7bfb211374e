"""
Records as values of an application's own classes.

    @attrs.frozen
    class Movie:
        title: str
        rating: float | None = None
        released: datetime | None = attrs.field(default=None, metadata={"wire": "release_date"})

Any attrs class serves, with classes, dataclasses and enums inside it. Members that the class does
not know are left out; a null is the field's default where the field cannot be `None`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from types import NoneType
from typing import Any, TypeVar, get_args

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, override
from cattrs.strategies import configure_union_passthrough

from connectycube.errors import DecodeError
from connectycube.leaves import LEAVES
from connectycube.reader import Hook

T = TypeVar("T")


def fitted(kind: type[T], members: Mapping[str, Any], label: str) -> T:
    """
    Make a value of a class out of a record's members.

    Raises:
        DecodeError: they do not fit; it names the call by its label.
    """
    try:
        return _converter().structure(members, kind)
    except Exception as error:  # noqa: BLE001 - the class may raise anything
        problems = cattrs.transform_error(error, path="record", format_exception=_problem)
        raise DecodeError(f"{label}: no {kind.__name__}", problems=problems) from None


def own_reader(kind: Any) -> Hook:
    """Return what reads a value of a kind that is none of ours."""
    hook: Hook = _converter().get_structure_hook(kind)
    return hook


def _problem(error: BaseException, _kind: type[Any] | None) -> str:
    # What other people's classes raise may well quote the value, so it is not quoted here.
    return "missing" if isinstance(error, KeyError) else "does not fit"


@cache
def _converter() -> cattrs.Converter:
    """Make the converter for other people's classes, in which no name has a meaning of ours."""
    converter = cattrs.Converter()
    for leaf in (int, str, bool, datetime):
        converter.register_structure_hook(leaf, LEAVES[leaf])
    configure_union_passthrough(int | float | str | bool | None, converter)
    converter.register_structure_hook_factory(attrs.has, partial(_own, converter))
    return converter


def _own(converter: cattrs.Converter, kind: Any) -> Callable[[Any, Any], Any]:
    fields = attrs.fields(attrs.resolve_types(kind))
    wire = {field.name: field.metadata.get("wire", field.name) for field in fields}
    renamed: dict[str, Any] = {name: override(rename=other) for name, other in wire.items()}
    build = make_dict_structure_fn(kind, converter, **renamed)
    never_null = {
        wire[field.name]
        for field in fields
        if field.default is not attrs.NOTHING and not _takes_none(field.type)
    }

    def structure(data: Any, kind: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValueError("expected an object")  # noqa: TRY004 - as all of a converter's
        told = {
            name: data[name] for name in data if data[name] is not None or name not in never_null
        }
        return build(told, kind)

    return structure


def _takes_none(kind: Any) -> bool:
    return kind is Any or kind is None or NoneType in get_args(kind)
