"""What our values are made with: attrs classes that take half the time to make."""

from collections.abc import Callable
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar, overload

import attrs

__all__ = ["frozen", "mutable"]
C = TypeVar("C", bound=type)


@overload
def _frozen(plain: C) -> C: ...
@overload
def _frozen(*, kw_only: bool = False) -> Callable[[C], C]: ...
def _frozen(plain: C | None = None, *, kw_only: bool = False) -> C | Callable[[C], C]:
    """
    Make a class what `attrs.frozen` makes of it, at half the price.

    attrs writes and compiles how each class is shown, compared and hashed, which is most of what
    an import of our package would take. Here all classes share one way, with the same results.
    """

    def make(plain: C) -> C:
        value = attrs.frozen(plain, kw_only=kw_only, eq=False, repr=False)
        return _sharing(value, plain, "__repr__", "__eq__", "__hash__")

    return make if plain is None else make(plain)


def _mutable(plain: C) -> C:
    """Make a class what `attrs.define` makes of it, at half the price, as `frozen` does."""
    value = attrs.define(plain, eq=False, repr=False)
    value.__hash__ = None  # type: ignore[assignment] # as of whatever changes
    return _sharing(value, plain, "__repr__", "__eq__")


def _sharing(value: C, plain: type, *names: str) -> C:
    for name in names:
        if name not in vars(plain):  # what a class says for itself stands
            setattr(value, name, vars(_Shared)[name])
    return value


if TYPE_CHECKING:
    # By these names checkers know what attrs does: aliases, converters, `evolve`.
    from attrs import define as mutable
    from attrs import frozen
else:
    frozen = _frozen
    mutable = _mutable


class _Shared:
    """The methods of all values; they heed `repr` and `eq` of each field, but no keys of `eq`."""

    @recursive_repr("...")
    def __repr__(self) -> str:
        shown = (
            f"{field.name}={_shown(field.repr, getattr(self, field.name))}"
            for field in _fields(self)
            if field.repr is not False  # a secret's is a mask
        )
        return f"{type(self).__qualname__.rpartition('>.')[2]}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _compared(self) == _compared(other)

    def __hash__(self) -> int:
        return hash((type(self), *_compared(self)))


def _fields(value: Any) -> "tuple[attrs.Attribute[Any], ...]":
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(type(value))
    return fields


def _shown(by: bool | Callable[[Any], str], value: object) -> str:  # noqa: FBT001 - as attrs has it
    return by(value) if callable(by) else repr(value)


def _compared(value: object) -> list[Any]:
    return [getattr(value, field.name) for field in _fields(value) if field.eq]
