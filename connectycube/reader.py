"""
The reader of a model, written out as one function.

A loop over the fields would do the same in three times as long, and a page of a hundred users is
read field by field. Each value is looked at where it is, and only one that is not as it should be
goes through its hook, which knows every form that the service uses. For `User` it begins:

    def read(data, _kind=None):
        take = data.pop
        draft = Draft()
        value = data['id']
        draft.id = value if type(value) is int else read_id(value, kind_id)
        del data['id']
        value = take('login', None)
        try:
            draft.login = value if type(value) is str else None if value is None else read_login(…)
        except Exception:
            data['login'] = value
            draft.login = None
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Generic

import attrs

Hook = Callable[[Any, Any], Any]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Member:
    """
    A member of a JSON object, and the field that it becomes.

    Attributes:
        wire: its name in the object.
        name: the field's.
        default: the field's, as attrs has it.
        kind: what the field holds where it is not null.
        hook: reads whatever the service may send, and is called with value and kind.
        may_misfit: whether the field gets its default where the value cannot be read, which then
            stays in the object.
    """

    wire: str
    name: str
    default: Any
    kind: Any
    hook: Hook
    may_misfit: bool = False

    @property
    def is_needed(self) -> bool:
        return self.default is attrs.NOTHING


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


def others_in(model: type) -> "attrs.Attribute[Any] | None":
    """Return the field of a model that keeps the members which no other field is for."""
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(model)
    return next((f for f in fields if f.name == "extra" or f.metadata.get("keeps_others")), None)


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
    Where the object is not as it should be, the reader raises anything, and has taken nothing if
    all other members may misfit.
    """
    others = others_in(model)
    needed = [member for member in members if member.is_needed]
    lines = [
        "take = data.pop",
        "draft = Draft()",
        *(line for member in needed for line in _lines_of_needed(member)),
        *(f"del data[{member.wire!r}]" for member in needed),
        *(line for one in members if not one.is_needed for line in _lines(one, others)),
        *([] if others is None else [f"draft.{others.name} = data or {{}}"]),
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


def _lines_of_needed(member: Member) -> Iterator[str]:
    yield f"value = data[{member.wire!r}]"
    yield _assignment(member)


def _lines(member: Member, others: "attrs.Attribute[Any] | None") -> Iterator[str]:
    """Write how a member is taken, and how its field is set where it has a default."""
    default = "None" if member.default is None else f"default_{member.name}"
    if hasattr(member.default, "factory"):
        default = f"{default}.factory()"
        yield f"value = take({member.wire!r}, missing)"
        assignment = _assignment(member, f"{default} if value is missing")
    else:
        yield f"value = take({member.wire!r}, {default})"
        assignment = _assignment(member, f"{default} if value is {default}")
    if not member.may_misfit:
        yield assignment
        return
    # To be ready for an error costs nothing; a function that catches it would be a call more.
    yield "try:"
    yield f"    {assignment}"
    yield "except Exception:"
    if others is not None:
        yield f"    data[{member.wire!r}] = value"
    yield f"    draft.{member.name} = {default}"


def _assignment(member: Member, *more: str) -> str:
    """Write how a field is set: the ways to read its value, the likely first."""
    short_cut = [_SHORT_CUTS[member.kind]] if member.kind in _SHORT_CUTS else []
    ways = [*short_cut, *more, f"read_{member.name}(value, kind_{member.name})"]
    return f"draft.{member.name} = {' else '.join(ways)}"


def _draft(model: type) -> type:
    """
    Derive a class whose values can be filled field by field, and then become the model's own.

    A frozen `__init__` pays a call for each field. A draft is filled by plain assignment, and its
    class can be changed at the end, since both keep their fields in the same places.
    """
    # `__delattr__` too: Python has one slot for the two, and only `object`'s own pair is quick.
    plain = {name: getattr(object, name) for name in ("__init__", "__setattr__", "__delattr__")}
    return type(f"{model.__name__}Draft", (model,), {"__slots__": (), **plain})
