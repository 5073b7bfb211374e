"""Updating the custom objects of the emulator."""

from typing import Any

import pytest

from connectycube.emulator.custom_objects import CustomRecord

from .emulator_line import NOW, Line

FIELDS = {
    "boat": "String",
    "length": "Integer",
    "draught": "Float",
    "ports": "Array",
    "berth": "Location",
}
NOBODY = "6666e001a4b35e0017f0d001"


@pytest.fixture
def line() -> Line:
    line = Line()
    line.world.add_class("Voyage", fields=FIELDS)
    return line


def a_boat(line: Line, **fields: Any) -> CustomRecord:
    made = {"boat": "Kittiwake", "length": 9, "ports": ["Riga", "Visby", "Riga"]}
    return line.world.add_record("Voyage", {**made, **fields}, user_id=line.mara.id)


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({"boat": "Petrel"}, {"boat": "Petrel", "length": 9}),
        ({"boat": None}, {"boat": None}),
        ({"length": "10"}, {"length": 10}),
        ({"ports": []}, {"ports": []}),
        ({"inc": {"length": 1}}, {"length": 10}),
        ({"inc": {"length": "-2"}}, {"length": 7}),
        ({"inc": {"draught": 0.5}}, {"draught": 0.5}),
        ({"push": {"ports": ["Riga", 5]}}, {"ports": ["Riga", "Visby", "Riga", "Riga", 5]}),
        ({"push": {"ports": "Oslo, Bergen"}}, {"ports": ["Riga", "Visby", "Riga", "Oslo, Bergen"]}),
        ({"add_to_set": {"ports": ["Riga", "Oslo"]}}, {"ports": ["Riga", "Visby", "Riga", "Oslo"]}),
        ({"pop": {"ports": 1}}, {"ports": ["Riga", "Visby"]}),
        ({"pop": {"ports": "-1"}}, {"ports": ["Visby", "Riga"]}),
        ({"pull": {"ports": "Riga"}}, {"ports": ["Visby"]}),
        ({"pull": {"ports": {"in": ["Visby", "Oslo"]}}}, {"ports": ["Riga", "Riga"]}),
        ({"pull": {"ports": {"ne": "Riga"}}}, {"ports": ["Riga", "Riga"]}),
        ({"pull": {"ports": {"ctn": "isb"}}}, {"ports": ["Riga", "Riga"]}),
        ({"pull_all": {"ports": ["Riga", "Visby"]}}, {"ports": []}),
        ({"ports": {"1": "Oslo"}}, {"ports": ["Riga", "Oslo", "Riga"]}),
        ({"ports": {"0": 5, "4": 7}}, {"ports": [5, "Visby", "Riga", None, 7]}),
        ({"length": 1, "inc": {"length": 1}}, {"length": 2}),
        (
            {"inc": {"length": 1}, "push": {"ports": ["a"]}, "pop": {"ports": -1}},
            {"length": 10, "ports": ["Visby", "Riga", "a"]},
        ),
        ({"_parent_id": NOBODY}, {"_parent_id": NOBODY}),
        ({"id": NOBODY, "_id": NOBODY, "user_id": 5, "inc": {"colour": 1}}, {"user_id": 1001}),
    ],
)
def test_values_and_operators_change_a_record(line: Line, body: Any, changed: Any) -> None:
    """Plain values come before operators; the rest of the record stays."""
    record = a_boat(line)
    line.service.clock.advance(5)

    status, answer = line.send("PUT", f"/data/Voyage/{record.id}", body)

    assert (200, changed) == (status, {name: answer[name] for name in changed})
    assert (record.id, NOW, NOW + 5) == (answer["_id"], answer["created_at"], answer["updated_at"])


@pytest.mark.parametrize(
    ("elements", "condition", "left"),
    [
        ([1, 5, 9, "x", None], {"gt": 4}, [1, "x", None]),
        ([1, 5, 9], {"gte": 5, "lt": 9}, [1, 9]),
        ([1, "1", 2], {"in": [1]}, [2]),
        ([1, 5], {"nin": "5"}, [5]),
        ([True, 1], {"lte": 1}, [True]),
    ],
)
def test_pull_takes_conditions(line: Line, elements: Any, condition: Any, left: Any) -> None:
    """All conditions must hold; only numbers are compared."""
    record = a_boat(line, ports=elements)

    line.send("PUT", f"/data/Voyage/{record.id}", {"pull": {"ports": condition}})

    assert left == record.values["ports"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"length": "long"}, "length"),
        ({"inc": {"boat": 1}}, "boat"),
        ({"inc": {"length": "one"}}, "length"),
        ({"inc": {"length": None}}, "length"),
        ({"push": {"boat": ["a"]}}, "boat"),
        ({"pop": {"ports": 2}}, "ports"),
        ({"pull": {"ports": {"near": 1}}}, "ports"),
        ({"pull": {"ports": {"gt": "x"}}}, "ports"),
        ({"ports": {"-1": "x"}}, "ports"),
        ({"boat": "Petrel", "berth": "x"}, "berth"),
        ({"boat": "Petrel", "permissions": {"read": {"access": "x"}}}, "permissions"),
        ({"boat": "Petrel", "_parent_id": 5}, "_parent_id"),
    ],
)
def test_unfit_update_changes_nothing(line: Line, body: Any, field: str) -> None:
    """What does not fit is told by field, and the fitting rest is not written."""
    record = a_boat(line)
    before = record.members

    status, answer = line.send("PUT", f"/data/Voyage/{record.id}", body)

    assert (422, [field]) == (status, list(answer["errors"]))
    assert before == record.members


def test_form_clears_by_text_and_nests_operators(line: Line) -> None:
    """A form says `null`, and brackets for operators."""
    record = a_boat(line)
    form = {"boat": "null", "inc[length]": "2", "push[ports][]": "Oslo"}

    _, answer = line.send("PUT", f"/data/Voyage/{record.id}", form=form)

    assert (None, 11, "Oslo") == (answer["boat"], answer["length"], answer["ports"][-1])


def test_update_changes_the_given_permissions(line: Line) -> None:
    """The rules that are left out stay."""
    record = a_boat(line)
    wanted = {"update": {"access": "open_for_users_ids", "ids": [line.jonas.id]}}
    path = f"/data/Voyage/{record.id}"

    _, answer = line.send("PUT", path, {"permissions": wanted})

    assert {
        "read": {"access": "open"},
        "update": {"access": "open_for_users_ids", "users_ids": [str(line.jonas.id)]},
        "delete": {"access": "owner"},
    } == answer["permissions"]
    assert 200 == line.send("PUT", path, {"boat": "Auk"}, by=line.jonas)[0]


def test_unknown_record_cannot_be_updated(line: Line) -> None:
    """A single unknown id is 404, and the class alone is no address."""
    assert 404 == line.send("PUT", f"/data/Voyage/{NOBODY}", {"boat": "x"})[0]


@pytest.mark.parametrize("name", ["id", "_id"])
def test_several_are_updated_each_with_its_own(line: Line, name: str) -> None:
    """The answer has the updated and names the unknown; a record named twice is changed twice."""
    first, second = a_boat(line), a_boat(line)
    record = {
        "1": {name: first.id, "boat": "one", "inc": {"length": 1}},
        "2": {name: NOBODY, "boat": "x"},
        "3": {name: second.id, "boat": "three"},
        "4": {name: first.id, "inc": {"length": 1}},
    }

    status, answer = line.send("PUT", "/data/Voyage/multi", {"record": record})

    assert (200, "Voyage", [NOBODY]) == (status, answer["class_name"], answer["not_found"]["ids"])
    assert [("one", 11, ""), ("three", 9, "")] == [
        (one["boat"], one["length"], one["_parent_id"]) for one in answer["items"]
    ]


@pytest.mark.parametrize(("body", "status"), [({"length": "x"}, 422), ({"boat": "foreign"}, 403)])
def test_several_are_updated_together_or_not_at_all(line: Line, body: Any, status: int) -> None:
    """An unfit value or a foreign record refuses the whole call."""
    own, other = a_boat(line), a_boat(line)
    if status == 403:
        other.owner_id = line.jonas.id
    record = {"1": {"id": own.id, "boat": "changed"}, "2": {"id": other.id, **body}}

    assert status == line.send("PUT", "/data/Voyage/multi", {"record": record})[0]
    assert ["Kittiwake"] * 2 == [own.values["boat"], other.values["boat"]]


@pytest.mark.parametrize(
    ("criteria", "boats"),
    [
        ({"length": {"lt": 8}}, ["b", "x", "b"]),
        ({"length": {"lt": 100, "in": [7, 10]}}, ["b", "x", "x"]),
        ({"length": {"in": "7,10"}}, ["b", "x", "x"]),
        ({"user_id": 1001}, ["x", "x", "x"]),
        ({"draught": None}, ["x", "x", "x"]),
        ({"length": {"in": []}}, ["b", "b", "b"]),
    ],
)
def test_criteria_update_what_they_mean(line: Line, criteria: Any, boats: list[str]) -> None:
    """The same goes into every record that is meant and may be updated; others are not told of."""
    records = [a_boat(line, boat="b", length=length) for length in (9, 7, 10)]
    foreign = a_boat(line, boat="b", length=7)
    foreign.owner_id = line.jonas.id
    body = {"search_criteria": criteria, "boat": "x"}

    status, answer = line.send("PUT", "/data/Voyage/by_criteria", body)

    assert (200, boats.count("x")) == (status, answer["total_found"])
    assert boats.count("x") == len(answer["items"])
    assert [*boats, "b"] == [one.values["boat"] for one in (*records, foreign)]


@pytest.mark.parametrize("criteria", [None, {}, {"colour": "red"}, {"boat": {"gt": 1}}])
def test_unfit_criteria_update_nothing(line: Line, criteria: Any) -> None:
    """Neither missing nor misspelled criteria mean every record."""
    record = a_boat(line)
    body = {"search_criteria": criteria, "boat": "x"}

    assert 422 == line.send("PUT", "/data/Voyage/by_criteria", body)[0]
    assert "Kittiwake" == record.values["boat"]
