"""
The reader of a model, written out as one function.

A loop over the fields would do the same in three times as long, and a page of a hundred users is
read field by field. Each value is looked at where it is, and only one that is not as it should be
goes through its hook, which knows every form that the service uses. For `User` it begins:

    def read(data, _kind=None):
        take = data.pop
        draft = Draft()
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

    It takes the members out of the object that it reads; what is left of the object is `extra`.
    Where the object is not as it should be, the reader raises anything.
    """
    lines = [
        "take = data.pop",
        "draft = Draft()",
        *(line for member in members for line in _lines(member)),
        *(["draft.extra = data or {}"] if "extra" in attrs.fields_dict(model) else []),
        "draft.__class__ = Model",
        "return draft",
    ]
    names: dict[str, Any] = {
        "Draft": _draft(model),
        "Model": model,
        "missing": object(),
        "read_iso": datetime.fromisoformat,
    }
    for member in members:
        names[f"read_{member.name}"] = member.hook
        names[f"kind_{member.name}"] = member.kind
        names[f"default_{member.name}"] = member.default
    source = "\n    ".join(["def read(data, _kind=None):", *lines])
    exec(compile(source, f"<reader of {model.__qualname__}>", "exec"), names)  # noqa: S102 - ours
    reader: Hook = names["read"]
    return reader


def _lines(member: Member) -> Iterator[str]:
    """Write how a member is taken, and how its field is set: ways to read it, the likely first."""
    ways = [_SHORT_CUTS[member.kind]] if member.kind in _SHORT_CUTS else []
    default = "None" if member.default is None else f"default_{member.name}"
    if member.default is attrs.NOTHING:
        yield f"value = take({member.wire!r})"
    elif hasattr(member.default, "factory"):
        yield f"value = take({member.wire!r}, missing)"
        ways.append(f"{default}.factory() if value is missing")
    else:
        yield f"value = take({member.wire!r}, {default})"
        ways.append(f"{default} if value is {default}")
    ways.append(f"read_{member.name}(value, kind_{member.name})")
    yield f"draft.{member.name} = {' else '.join(ways)}"


def _draft(model: type) -> type:
    """
    Derive a class whose values can be filled field by field, and then become the model's own.

    A frozen `__init__` pays a call for each field. A draft is filled by plain assignment, and its
    class can be changed at the end, since both keep their fields in the same places.
    """
    # `__delattr__` too: Python has one slot for the two, and only `object`'s own pair is quick.
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    return type(f"{model.__name__}Draft", (model,), {"__slots__": (), **plain})
