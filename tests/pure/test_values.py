"""Our values behave as those that `attrs.frozen` makes."""

import copy
import pickle
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

import attrs
import pytest

from connectycube import values
from connectycube.fields import masked

T = TypeVar("T")
MAKERS: Final = [attrs.frozen, values.frozen]


def made_by(frozen: Callable[..., Any]) -> Any:
    """Return a class with a field of each kind that ours have."""

    class Thing(Generic[T]):
        number: Any
        secret: str = attrs.field(default="canary-s", repr=masked)
        unseen: Any = attrs.field(default="canary-u", repr=False)
        _private: Any = None
        uncompared: Any = attrs.field(default=0, eq=False, kw_only=True)
        late: Any = attrs.field(init=False, repr=False, eq=False, default=1)

    return frozen(Thing)


def outcome(run: Callable[[], Any]) -> Any:
    """Return what comes of a call, or the kind of error that it raises."""
    try:
        return run()
    except Exception as error:  # noqa: BLE001 - compared
        return type(error)


def shown(kind: Any, arguments: dict[str, Any]) -> list[Any]:
    """Return what can be seen of a value, its text first, and of its class."""
    return [
        outcome(lambda: repr(kind(**arguments))),
        outcome(lambda: attrs.asdict(kind(**arguments))),
        outcome(lambda: repr(attrs.evolve(kind(**arguments), number=8, private=9))),
        outcome(lambda: repr(copy.copy(kind(**arguments)))),
        attrs.has(kind),
        [(field.name, field.alias, field.default) for field in attrs.fields(kind)],
        kind.__match_args__,
        kind.__slots__,
    ]


@values.frozen(kw_only=True)
class Named:
    """One that pickle finds by its name."""

    name: str
    tags: list[str] = attrs.field(factory=list[str], repr=False)


@values.frozen
class Outspoken:
    """One that says for itself how it is shown and compared."""

    name: str

    def __repr__(self) -> str:
        return "mine"

    def __eq__(self, other: object) -> bool:
        return self.name == other

    def __hash__(self) -> int:
        return 7


@pytest.mark.parametrize(
    "arguments",
    [
        {"number": 7},
        {"number": "text", "secret": "canary-other", "private": [1]},
        {"number": (1, {"a": None}), "unseen": {}, "uncompared": {2}},
        {},
        {"other": 1},
    ],
    ids=str,
)
def test_a_value_is_made_shown_and_evolved_as_by_attrs(arguments: dict[str, Any]) -> None:
    """Its text is the same, so that it masks and hides the same."""
    theirs, ours = (shown(made_by(frozen), arguments) for frozen in MAKERS)

    assert theirs == ours
    assert "canary" not in str(ours[0])


@pytest.mark.parametrize("other", [{}, {"uncompared": 5}, {"unseen": 1}, {"secret": "canary-2"}])
def test_values_are_equal_where_those_of_attrs_are(other: dict[str, Any]) -> None:
    """Equal ones have one hash, and a field that is not compared makes no difference."""
    theirs, ours = (
        [
            kind(1) == kind(1, **other),
            kind(1) != kind(1, **other),
            hash(kind(1)) == hash(kind(1, **other)),
            len({kind(1), kind(1, **other)}),
        ]
        for kind in map(made_by, MAKERS)
    )

    assert theirs == ours


@pytest.mark.parametrize("make", MAKERS)
def test_a_value_leaves_other_classes_to_answer(make: Callable[..., Any]) -> None:
    """A subclass is another class, whatever its fields; order is nobody's."""
    kind = made_by(make)
    derived = make(type("Derived", (kind,), {}))

    assert kind(1).__eq__(1) is kind(1).__eq__(derived(1)) is NotImplemented
    assert derived(1) == derived(1) != kind(1)
    assert TypeError is outcome(lambda: kind(1) < kind(2))


@pytest.mark.parametrize("make", MAKERS)
def test_a_value_that_holds_what_has_no_hash_has_none(make: Callable[..., Any]) -> None:
    """Being frozen does not make a list hashable."""
    kind = made_by(make)

    assert TypeError is outcome(lambda: hash(kind([])))


@pytest.mark.parametrize("make", MAKERS)
def test_a_value_is_frozen_and_has_its_slots_alone(make: Callable[..., Any]) -> None:
    """Nothing about it can be changed, added or taken away."""
    thing = made_by(make)(1)

    assert attrs.exceptions.FrozenInstanceError is outcome(lambda: setattr(thing, "number", 2))
    assert attrs.exceptions.FrozenInstanceError is outcome(lambda: delattr(thing, "number"))
    assert not hasattr(thing, "__dict__")


@pytest.mark.parametrize("make", MAKERS)
def test_a_value_that_holds_itself_can_be_shown(make: Callable[..., Any]) -> None:
    """Its text ends where it would begin again."""
    ring: list[Any] = []
    thing = made_by(make)(ring)
    ring.append(thing)

    assert "Thing(number=[...], secret=***, _private=None, uncompared=0)" == repr(thing)


def test_a_value_survives_copy_and_pickle() -> None:
    """A copy is equal, and as frozen."""
    value = Named(name="mara", tags=["a"])
    pickled = pickle.loads(pickle.dumps(value))  # noqa: S301 - our own

    assert [value] * 3 == [copy.copy(value), copy.deepcopy(value), pickled]
    assert "Named(name='mara')" == repr(value)


def test_what_a_class_says_for_itself_stands() -> None:
    """As with attrs, a method of its own is kept."""
    value = Outspoken("mara")

    assert ("mine", True, 7) == (repr(value), value == "mara", hash(value))


def test_a_value_takes_names_alone_where_it_says_so() -> None:
    """`kw_only` is handed on."""
    assert TypeError is outcome(lambda: Named("mara"))  # type: ignore[call-arg]
