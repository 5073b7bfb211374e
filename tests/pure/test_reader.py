"""Readers that are written out do what plain ones do, and no model is read past its rules."""

import copy
import pickle
import random
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar, get_origin

import attrs
import pytest

from connectycube.codec import decode
from connectycube.endpoint import Endpoint
from connectycube.errors import DecodeError
from connectycube.models.blob import Blob, BlobAccess
from connectycube.models.page import Page
from connectycube.models.user import User
from connectycube.reader import can_be_written
from connectycube.retry import Attempt
from connectycube.session import Session
from connectycube.structure import explain, members_of, read_by_init, reader

T = TypeVar("T")
MODELS: Final[list[Any]] = [User, Blob, BlobAccess, Session, Page[User], Page[Blob]]
USER: Final = {
    "id": 7,
    "login": "mara",
    "user_tags": "a,b",
    "is_guest": False,
    "created_at": "2024-06-10T09:05:09Z",
}
NOON: Final = datetime(2024, 6, 10, 12, tzinfo=UTC)
VALUES: Final[list[Any]] = [
    *(7, "mara", None, True, "2024-06-10T09:05:09Z", "a,b"),
    *("7", "-7", 1.5, 10**30, "", " ", "1718010309", "1718010309.5", "20240610", "2024-06-10"),
    *("2024-06-10T09:05:09", "2024-06-10T11:05:09+02:00", "2024-13-01T00:00:00Z", "-", "1-1"),
    *([], ["a", " b ", 1], [None], {}, {"id": 1}, {"token": "canary-t"}, [{"id": 1}], [{}, USER]),
]


def names(model: Any) -> list[str]:
    """Return what the members of a model are called on the wire."""
    return [field.metadata.get("wire", field.name) for field in attrs.fields(model)]


def read(model: Any, data: Any, *, written: bool = True) -> Any:
    """Return the value with its unknown members, or nothing where it is unreadable."""
    origin = get_origin(model) or model
    told_as = getattr(origin, "told_as", lambda told: told)
    plain = read_by_init(origin, members_of(model))
    hook = reader(model) if written else lambda told, kind: plain(told_as(told), kind)
    try:
        value = hook(copy.deepcopy(data), model)
    except Exception:  # noqa: BLE001 - a hook may raise anything
        return None
    return value, getattr(value, "extra", None)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_written_readers_agree_with_plain_ones(model: Any) -> None:
    """Both read the same from the same, and refuse the same, which can then be explained."""
    dice = random.Random(6)  # noqa: S311 - no secret
    members = [*names(model), "blob", "_id"]
    needed = [name for name in ("id", "uid", "token", "items") if name in members]
    outcomes = [0, 0]
    for _ in range(3000):
        data: dict[str, Any] = {
            name: [{**USER, "uid": "u"}] if name == "items" else 7 for name in needed
        }
        for name in dice.sample(members, dice.randrange(4)):
            data[name] = dice.choice(VALUES)
        value = read(model, data)

        assert read(model, data, written=False) == value, data
        assert (value is None) == bool(explain(model, data)), data
        outcomes[value is None] += 1
    # What needs no member is readable as long as it is an object.
    assert outcomes[0] > 100
    assert (outcomes[1] > 100) == bool(needed)


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("data", [None, True, 5, 1.5, "canary", [], [5], ["id"], [{}]])
def test_what_is_no_object_is_refused_and_explained(model: Any, data: Any) -> None:
    """A model is read from an object, even one without any member that must be there."""
    assert read(model, data) is None
    assert explain(model, data)


def test_every_model_of_ours_is_written_out() -> None:
    """None of them does more than hold its fields."""
    assert all(can_be_written(model) for model in (User, Blob, BlobAccess, Session, Page))


def a_user() -> User:
    user = reader(User)({**USER, "blob": 1}, User)
    assert isinstance(user, User)
    return user


def test_a_value_that_was_read_is_as_any_other() -> None:
    """Its class, its order of fields and its copies are those of a value made by hand."""
    user = a_user()
    made = User(
        id=7,
        login="mara",
        tags=["a", "b"],
        created_at=datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC),
        extra={"blob": 1},
    )

    assert User is type(user)
    assert made == user
    assert repr(made) == repr(user)
    assert made == copy.deepcopy(user)
    assert made == pickle.loads(pickle.dumps(user))  # noqa: S301 - our own
    assert attrs.evolve(made, login="m") == attrs.evolve(user, login="m")


def test_a_value_that_was_read_is_frozen() -> None:
    """What was assignable while it was read is so no longer."""
    user = a_user()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        user.login = "other"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del user.login  # pyright: ignore[reportAttributeAccessIssue]

    assert "mara" == user.login


# -- models of other people


@attrs.frozen(kw_only=True)
class Inner:
    n: int
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.frozen(kw_only=True)
class Outer(Generic[T]):
    items: list[T]
    one: Inner | None = None
    needed: str | None
    numbers: dict[str, Any] = attrs.field(factory=dict[str, Any])
    flag: bool = True
    count: int = 3
    word: str = "word"
    when: datetime = NOON
    _private: int | None = attrs.field(default=None, alias="private")


@attrs.define
class Mutable:
    n: int = 1


@attrs.frozen
class Checked:
    n: int = attrs.field(validator=attrs.validators.gt(3))


def without_sign(n: str | int) -> int:
    return abs(int(n))


@attrs.frozen
class Converted:
    n: int = attrs.field(converter=without_sign)


@attrs.frozen
class Counted:
    n: int
    twice: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "twice", 2 * self.n)


@attrs.frozen
class Dependent:
    n: int
    m: int = attrs.field(default=attrs.Factory(lambda self: self.n + 1, takes_self=True))


@attrs.frozen
class Handmade:
    n: int

    def __init__(self, n: int) -> None:
        self.__attrs_init__(n * 2)  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]


@attrs.frozen(unsafe_hash=True, cache_hash=True)
class Hashed:
    n: int


class Registry:
    kinds: Final[list[str]] = []

    def __init_subclass__(cls) -> None:
        Registry.kinds.append(cls.__name__)


@attrs.frozen(slots=False)
class Registered(Registry):
    n: int


def decoded(model: Any, body: bytes) -> Any:
    endpoint = Endpoint("GET", "/x", model)
    return decode(endpoint, Attempt(1, endpoint, 200, {}, body)).value


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (b"", {}),
        (b',"one":{"n":1,"m":2}', {"one": Inner(n=1, extra={"m": 2})}),
        (b',"one":null,"count":null,"word":null', {}),
        (b',"count":"4","flag":false,"word":5', {"count": 4, "flag": False, "word": "5"}),
        (b',"numbers":{"a":[1]}', {"numbers": {"a": [1]}}),
        (b',"when":0', {"when": datetime(1970, 1, 1, tzinfo=UTC)}),
        (b',"_private":"8"', {"private": 8}),
        (b',"other":1', {}),
    ],
)
def test_every_kind_of_field_is_read(body: bytes, changes: dict[str, Any]) -> None:
    """With and without default, null or not, and with members that the model has no place for."""
    value = decoded(Outer[Inner], b'{"items":[{"n":1}],"needed":null' + body + b"}")

    assert Outer(items=[Inner(n=1)], needed=None, **changes) == value


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"items":[]}', "missing @ answer.needed"),
        (b'{"needed":"a"}', "missing @ answer.items"),
        (
            b'{"items":[{"n":1},{"n":"x"}],"needed":"a"}',
            "wrong kind of value (expected an integer) @ answer.items[1].n",
        ),
        (
            b'{"items":[{"n":1}],"needed":"a","one":{"n":[]}}',
            "wrong kind of value (expected an integer) @ answer.one.n",
        ),
        (
            b'{"items":[],"needed":"a","one":[]}',
            "wrong kind of value (expected an object) @ answer.one",
        ),
    ],
)
def test_what_was_read_already_does_not_hide_a_problem(body: bytes, problem: str) -> None:
    """A reader uses its object up, so the explanation begins anew from the answer."""
    with pytest.raises(DecodeError) as caught:
        decoded(Outer[Inner], body)

    assert [problem] == caught.value.problems


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Mutable, Mutable(7)),
        (Checked, Checked(7)),
        (Converted, Converted(-7)),
        (Counted, Counted(7)),
        (Dependent, Dependent(7, 8)),
        (Handmade, Handmade(7)),
        (Hashed, Hashed(7)),
        (Registered, Registered(7)),
    ],
)
def test_a_model_with_ways_of_its_own_keeps_them(model: type, value: Any) -> None:
    """Validators, converters and own constructors run, and no class is derived unasked."""
    assert value == decoded(model, b'{"n":"7"}')
    assert (model is Mutable) == can_be_written(model)
    assert [Registered.__name__] == Registry.kinds


def test_a_cached_hash_is_there() -> None:
    """A value that keeps its hash can be hashed after it was read."""
    assert hash(Hashed(7)) == hash(decoded(Hashed, b'{"n":7}'))


def test_a_validator_can_refuse() -> None:
    """What the model itself refuses is unreadable."""
    with pytest.raises(DecodeError, match="unreadable answer"):
        decoded(Checked, b'{"n":1}')
