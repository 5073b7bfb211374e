"""The unmodified official JavaScript SDK has custom objects: the first part of `flows_data.mjs`."""

from typing import Any, Final

import pytest

from connectycube.emulator import Emulator
from connectycube.emulator.custom_objects import CustomRecord

from .stage import NO_ID, NOT_FOUND, NOT_PERMITTED, People, Run, lines, outcome

PARENT: Final = "6666ffffa4b35e0017f0a001"
FIELDS: Final = {"name": "String", "stars": "Integer", "at": "Location", "tags": "Array"}


class Places:
    """The class of the records, and how tests put some there."""

    def __init__(self, emulator: Emulator, people: People) -> None:
        self._world = emulator.world
        self._owner = people.mara
        self._world.add_class("Place", fields=FIELDS)

    def add(self, *, owner_id: int | None = None, **fields: Any) -> CustomRecord:
        parent_id = fields.pop("parent_id", None)
        owner_id = owner_id or self._owner.id
        return self._world.add_record("Place", fields, user_id=owner_id, parent_id=parent_id)

    @property
    def all(self) -> list[CustomRecord]:
        return self._world.custom_objects.records("Place")


@pytest.fixture
def places(emulator: Emulator, people: People) -> Places:
    return Places(emulator, people)


def test_create_records(run: Run, emulator: Emulator, people: People, places: Places) -> None:
    """Values become what their fields are; rules are for the owner to see."""
    detail = run("createRecords", parent=PARENT, **people.given)

    one, bar, pub = places.all
    assert ("Café 測試", 4, [24.1, 56.9], ["b", "a"]) == tuple(one.values.values())
    assert (PARENT, people.mara.id) == (one.parent_id, one.owner_id)
    assert ["Bar", "Pub"] == [bar.values["name"], pub.values["name"]] == detail["many"]
    told = detail["one"]
    assert (one.id, 4, [24.1, 56.9], PARENT) == (
        told["_id"],
        told["stars"],
        told["at"],
        told["_parent_id"],
    )
    rules = {
        "read": {"access": "open_for_users_ids", "users_ids": [str(people.jonas.id)]},
        "update": {"access": "open"},
        "delete": {"access": "owner"},
    }
    assert rules == told["permissions"]
    assert {"record_id": one.id, "permissions": rules} == detail["permissions"]
    assert NOT_PERMITTED == detail["refused"]
    assert {"code": 403, "info": {"errors": ["Undefined class"]}} == detail["unknown"]
    # The SDK counts new records from 1.
    assert ["1", "2"] == list(emulator.requests[2].json["record"])
    assert "POST /data/Place/multi.json" == lines(emulator)[2]


def test_find_records(run: Run, emulator: Emulator, people: People, places: Places) -> None:
    """Every way in which the SDK asks for records means what it says."""
    cafe = places.add(name="Café 測試", stars=5, at=[24.1, 56.9], tags=["a", "b", "c"])
    bar = places.add(name="Bar", stars=1, at=[25.9, 56.9], tags=["a"], parent_id=PARENT)
    places.add(name="Pub", stars=3)
    detail = run("findRecords", ids=[cafe.id, bar.id], parent=PARENT, **people.given)

    assert {
        "all": ["Café 測試", "Bar", "Pub"],
        "byId": ["Café 測試"],
        "byIds": ["Bar", "Café 測試"],
        "byNumber": ["Café 測試", "Pub"],
        "byList": ["Café 測試", "Bar"],
        "byOtherList": ["Café 測試"],
        "byTags": ["Café 測試"],
        "byText": ["Café 測試"],
        "near": ["Café 測試"],
        "children": ["Bar"],
        "page": ["Pub"],
        "narrow": [{"_id": cafe.id, "name": "Café 測試", "stars": 5}],
        "counted": {"items": {"count": 3}},
        "average": [{"calc_stars": 3}],
    } == detail
    assert f"GET /data/Place/{bar.id},{cafe.id}.json" == lines(emulator)[3]


def test_update_records(run: Run, emulator: Emulator, people: People, places: Places) -> None:
    """One by its id, those that a search finds, and several at once, each its own way."""
    cafe = places.add(name="Cafe", stars=3, at=[24.1, 56.9], tags=["a", "b"])
    bar, pub = places.add(name="Bar", stars=5), places.add(name="Pub", stars=4)
    foreign = places.add(name="Spa", stars=4, owner_id=people.jonas.id)
    ids = [cafe.id, bar.id, pub.id]
    detail = run("updateRecords", ids=ids, foreign=foreign.id, nobodys=NO_ID, **people.given)

    assert {
        "one": ["Café", 5, ["b", "c"], None],
        "byOwnId": ["b", "c", "d"],
        "tags": [["c", "d"], ["z", "d"], ["z"]],
        "found": [2, [1, 1]],
        "many": [[NO_ID], [["Wine bar", 1], ["Pub", 2]]],
        "refused": NOT_PERMITTED,
    } == detail
    assert ["Café", "Wine bar", "Pub", "Spa"] == [one.values["name"] for one in places.all]
    assert [5, 1, 2, 4] == [one.values["stars"] for one in places.all]
    assert [
        *[f"PUT /data/Place/{cafe.id}.json"] * 5,
        "PUT /data/Place/by_criteria.json",
        "PUT /data/Place/multi.json",
        f"PUT /data/Place/{foreign.id}.json",
    ] == lines(emulator)[1:]


def test_delete_records(run: Run, emulator: Emulator, people: People, places: Places) -> None:
    """One is answered with nothing, several with what became of each, a search with a number."""
    first, second, third = (places.add(name=name) for name in ("Cafe", "Bar", "Pub"))
    places.add(name="Spa", stars=4)
    kept = places.add(name="Spa", stars=3)
    foreign = places.add(name="Spa", stars=5, owner_id=people.jonas.id)
    ids = [first.id, second.id, third.id]
    detail = run("deleteRecords", ids=ids, foreign=foreign.id, nobodys=NO_ID, **people.given)

    assert {
        "one": "",
        "listed": "",
        "many": outcome(deleted=[third.id], unknown=[NO_ID], foreign=[foreign.id]),
        "found": {"total_deleted": 1},
        "again": NOT_FOUND,
        "refused": NOT_PERMITTED,
        "left": [kept.id, foreign.id],
    } == detail
    assert [kept, foreign] == places.all
    # The SDK puts the criteria of a deletion into the body, as a form.
    assert b"name[in]=Spa&stars[gte]=4" == emulator.requests[4].body
