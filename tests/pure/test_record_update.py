"""What a record is made or changed by: values, changes, surroundings."""

import enum
from datetime import UTC, datetime
from typing import Any, Final

import attrs
import pytest

from connectycube import UNSET, InvalidInputError, where
from connectycube import change as to
from connectycube.bodies.records import new_record, record_id, update
from connectycube.models.record import Access, Permissions, Record

NOON: Final = datetime(2024, 6, 10, 12, tzinfo=UTC)
ID: Final = "6666e001a4b35e0017f0d001"


class Rig(enum.Enum):
    SLOOP = "sloop"


@attrs.frozen
class Place:
    longitude: float
    harbour: str | None = attrs.field(default=None, metadata={"wire": "port"})


@attrs.define
class Voyage:
    boat: str
    rig: Rig
    sailed: datetime | None
    start: Place
    note: Any = UNSET


@pytest.mark.parametrize(
    ("values", "members"),
    [
        ({}, {}),
        ({"boat": "Petrel", "note": None}, {"boat": "Petrel", "note": None}),
        ({"at": [50.004444, -36.23438]}, {"at": [50.004444, -36.23438]}),
        ({"at": (3, 1, 2)}, {"at": [3, 1, 2]}),
        (
            {"sailed": NOON, "log": [NOON]},
            {"sailed": "2024-06-10T12:00:00Z"} | {"log": ["2024-06-10T12:00:00Z"]},
        ),
        ({"rig": Rig.SLOOP, "left": UNSET}, {"rig": "sloop"}),
        ({"push": 1, "inc": 2, "id": "own"}, {"push": 1, "inc": 2, "id": "own"}),
        (
            Voyage("Petrel", Rig.SLOOP, None, Place(24.1, "Riga")),
            {
                "boat": "Petrel",
                "rig": "sloop",
                "sailed": None,
                "start": {"longitude": 24.1, "port": "Riga"},
            },
        ),
    ],
)
def test_a_record_is_spelled(values: Any, members: dict[str, Any]) -> None:
    """A mapping or a value of any attrs class, lists in their order, `UNSET` left out."""
    assert members == new_record(values)


def test_a_record_has_surroundings() -> None:
    """Lists of an access go by other names than they come, and ids as texts."""
    record = Record[dict[str, Any]](id=ID)
    permissions = Permissions(
        read=Access.owner(), update=Access.users([7, 8]), delete=Access.groups(["skippers"])
    )

    assert {
        "_parent_id": ID,
        "permissions": {
            "read": {"access": "owner"},
            "update": {"access": "open_for_users_ids", "ids": ["7", "8"]},
            "delete": {"access": "open_for_groups", "groups": ["skippers"]},
        },
    } == new_record({}, parent=record, permissions=permissions)
    assert {"permissions": {"read": {"access": "open"}}} == new_record(
        {}, permissions=Permissions(read=Access.everyone())
    )
    assert {"_parent_id": None} == update({}, parent=None).members


@pytest.mark.parametrize(
    "values",
    [
        None,
        7,
        "boat",
        ["boat"],
        Voyage,
        Record[dict[str, Any]](id=ID),
        to.inc(1),
        {"": 1},
        {7: 1},
        {"_id": ID},
        {"_parent_id": ID},
        {"permissions": {}},
        {"length": to.inc(1)},
        {"length": where.gt(1)},
        {"ports": [to.inc(1)]},
        {"sailed": NOON.replace(tzinfo=None)},
    ],
    ids=str,
)
def test_what_is_no_record_is_refused(values: Any) -> None:
    with pytest.raises(InvalidInputError):
        new_record(values)


@pytest.mark.parametrize(
    ("values", "members", "repeatable"),
    [
        ({"boat": "Petrel"}, {"boat": "Petrel"}, True),
        ({"length": to.inc(-1)}, {"inc": {"length": -1}}, False),
        ({"ports": to.push(["Riga", "Visby"])}, {"push": {"ports": ["Riga", "Visby"]}}, False),
        ({"ports": to.pop()}, {"pop": {"ports": 1}}, False),
        ({"ports": to.pop(first=True)}, {"pop": {"ports": -1}}, False),
        ({"ports": to.pull("Riga")}, {"pull": {"ports": "Riga"}}, True),
        ({"depths": to.pull(where.gt(5))}, {"pull": {"depths": {"gt": 5}}}, True),
        ({"depths": to.pull(where.in_([5]))}, {"pull": {"depths": {"in": [5]}}}, True),
        ({"depths": to.pull_all([1, 2])}, {"pull_all": {"depths": [1, 2]}}, True),
        ({"ports": to.add_to_set(["Riga"])}, {"add_to_set": {"ports": ["Riga"]}}, True),
        ({"ports": to.set_items({0: "a", 2: "b"})}, {"ports": {"0": "a", "2": "b"}}, True),
        (
            {"boat": "x", "a": to.inc(1), "b": to.inc(2), "c": to.pull(NOON)},
            {"boat": "x", "inc": {"a": 1, "b": 2}, "pull": {"c": "2024-06-10T12:00:00Z"}},
            False,
        ),
    ],
)
def test_a_change_is_spelled(values: Any, members: dict[str, Any], *, repeatable: bool) -> None:
    """Those of one kind together; what would add up if done twice is not to be repeated."""
    found = update(values)

    assert (members, repeatable) == (found.members, found.repeatable)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"left": UNSET},
        {"push": ["a"]},
        {"id": ID},
        {"search_criteria": {}},
        {"ports": to.pull(where.starts_with("Riga"))},
        {"ports": to.push([where.gt(1)])},
    ],
    ids=str,
)
def test_what_is_no_change_is_refused(values: Any) -> None:
    """A field that is called like a word of the service could not be told from it."""
    with pytest.raises(InvalidInputError):
        update(values)


@pytest.mark.parametrize(
    "make",
    [
        lambda: to.inc("1"),  # type: ignore[arg-type]
        lambda: to.inc(True),
        lambda: to.push("Riga"),
        lambda: to.push([]),
        lambda: to.push(7),  # type: ignore[arg-type]
        lambda: to.add_to_set({"a": 1}),
        lambda: to.set_items({}),
        lambda: to.set_items({-1: "a"}),
        lambda: to.set_items({"0": "a"}),  # type: ignore[dict-item]
        lambda: to.set_items([0]),  # type: ignore[arg-type]
        lambda: to.pop(first="no"),  # type: ignore[arg-type]
    ],
)
def test_a_change_takes_what_suits_it(make: Any) -> None:
    with pytest.raises(InvalidInputError):
        make()


@pytest.mark.parametrize("record", [None, 7, "", "multi", "by_criteria", "../a", ID[:-1], f"{ID},"])
def test_an_id_is_an_id(record: Any) -> None:
    """The words that paths hold in the place of ids are none."""
    with pytest.raises(InvalidInputError):
        record_id(record)
