"""
The reader of a model, written out as one function.

A loop over the fields would do the same. Written out it takes a quarter of the time, and a page of
a hundred users is read a thousand times more often than this module. For `User` it begins:

    def read(data, _kind=None):
        take = data.pop
        draft = new(Draft)
        value = take('id')
        draft.id = value if type(value) is int else read_id(value, kind_id)
        value = take('login', None)
        draft.login = value if type(value) is str else None if value is None else read_login(...)
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Generic

import attrs

Hook = Callable[[Any, Any], Any]


@attrs.frozen(kw_only=True)
class Member:
    """
    A member of a JSON object, and the field that it becomes.

    Attributes:
        wire: its name in the object.
        name: the field's.
        default: the field's, as attrs has it.
        kind: what the field holds where it is not null.
        hook: reads whatever the service may send, and is called with value and kind.
    """

    wire: str
    name: str
    default: Any
    kind: Any
    hook: Hook


# Values that need no hook, for it would return the same. A date without a zone is the hook's.
_SHORT_CUTS: Final = {
    str: "value if type(value) is str",
    int: "value if type(value) is int",
    bool: "value if type(value) is bool",
    datetime: (
        "moment if type(value) is str and '-' in value"
        " and (moment := read_iso(value)).tzinfo is not None"
    ),
}
# What a class may do of its own when a value is made, or a class derived.
_OWN_WAYS: Final = frozenset(
    {
        *("__new__", "__attrs_init__", "__attrs_pre_init__", "__attrs_post_init__"),
        *("__init_subclass__", "__attrs_init_subclass__", "_attrs_cached_hash"),
    }
)


def can_be_written(model: type) -> bool:
    """Say whether to make a value of the model is to fill its fields, and nothing more."""
    return (
        {model, Generic, object}.issuperset(model.__mro__)
        and type(model) is type
        and _OWN_WAYS.isdisjoint(vars(model))
        and all(_is_plain(field) for field in attrs.fields(model))
    )


def _is_plain(field: "attrs.Attribute[Any]") -> bool:
    own_default = getattr(field.default, "takes_self", False)
    return field.init and not own_default and field.validator is None and field.converter is None


def write_reader(model: type, members: Sequence[Member]) -> Hook:
    """
    Write the reader of a model, which must be one that can be written.

    It takes the members out of the object that it reads; those that are left over are `extra`.
    Where the object is not as it should be, the reader raises anything.
    """
    lines = [
        "take = data.pop",
        "draft = new(Draft)",
        *(line for member in members for line in _lines(member)),
        *(["draft.extra = {**data}"] if "extra" in attrs.fields_dict(model) else []),
        "draft.__class__ = Model",
        "return draft",
    ]
    names: dict[str, Any] = {
        "new": object.__new__,
        "Draft": _draft(model),
        "Model": model,
        "missing": object(),
        "read_iso": datetime.fromisoformat,
    }
    for member in members:
        names[f"read_{member.name}"] = member.hook
        names[f"kind_{member.name}"] = member.kind
        names[f"default_{member.name}"] = _default(member)
    source = "\n    ".join(["def read(data, _kind=None):", *lines])
    exec(compile(source, f"<reader of {model.__qualname__}>", "exec"), names)  # noqa: S102 - ours
    reader: Hook = names["read"]
    return reader


def _lines(member: Member) -> Iterator[str]:
    """Write how a member is taken, and how its field is set: ways to read it, the likely first."""
    name = member.name
    ways = [_SHORT_CUTS[member.kind]] if member.kind in _SHORT_CUTS else []
    if member.default is attrs.NOTHING:
        yield f"value = take({member.wire!r})"
    elif member.default is None:
        yield f"value = take({member.wire!r}, None)"
        ways.append("None if value is None")
    else:
        yield f"value = take({member.wire!r}, missing)"
        ways.append(f"default_{name}() if value is missing")
    yield f"draft.{name} = {' else '.join([*ways, f'read_{name}(value, kind_{name})'])}"


def _default(member: Member) -> Callable[[], Any]:
    factory: Callable[[], Any] | None = getattr(member.default, "factory", None)
    return factory or (lambda: member.default)


def _draft(model: type) -> type:
    """
    Derive a class whose values can be filled field by field, and then become the model's own.

    A frozen `__init__` pays a call for each field. A draft is filled by plain assignment, and what
    it is can be changed at the end, since both classes keep their fields in the same places.
    """
    return type(
        f"{model.__name__}Draft",
        (model,),
        # Both or neither: Python keeps one slot for the two, and is slow where they differ.
        {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__},
    )
