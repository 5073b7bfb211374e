"""Searching the custom objects of the emulator."""

from typing import Any

import pytest

from .emulator_line import NOW, Line

FIELDS = {
    "boat": "String",
    "length": "Integer",
    "draught": "Float",
    "sails": "Boolean",
    "ports": "Array",
    "berth": "Location",
    "launched": "Date",
    "drawing": "File",
}
PARENT = "6666e001a4b35e0017f0d001"
RIGA, VISBY = [24.1, 56.95], [18.3, 57.64]
BOATS: list[dict[str, Any]] = [
    {"boat": "Kittiwake", "length": 9, "draught": 1.5, "sails": True, "berth": RIGA},
    {"boat": "Petrel", "length": 7, "draught": 2, "sails": False, "ports": ["Riga", 5]},
    {"boat": "Storm petrel", "length": 11, "berth": VISBY, "ports": ["Riga", "Visby"]},
    {"boat": "Auk", "launched": "2024-06-10"},
]


@pytest.fixture
def line() -> Line:
    line = Line()
    line.world.add_class("Voyage", fields=FIELDS)
    for boat in BOATS:
        parent_id = PARENT if boat["boat"] == "Auk" else None
        line.world.add_record("Voyage", boat, user_id=line.mara.id, parent_id=parent_id)
    return line


def found(line: Line, query: str) -> list[str]:
    status, answer = line.send("GET", "/data/Voyage", query=query)
    assert status == 200, answer
    return [one["boat"] for one in answer["items"]]


K, P, S, A = "Kittiwake", "Petrel", "Storm petrel", "Auk"


@pytest.mark.parametrize(
    ("query", "boats"),
    [
        ("", [K, P, S, A]),
        ("boat=Petrel", [P]),
        ("length=9", [K]),
        ("draught=2", [P]),
        ("sails=false", [P]),
        ("sails=1", [K]),
        ("ports=Riga", [P, S]),
        ("ports=5", [P]),
        ("ports[]=Riga&ports[]=Visby", [S]),
        ("launched=2024-06-10", [A]),
        ("berth=24.1,56.95", [K]),
        ("drawing=x", []),
        ("length[gt]=7", [K, S]),
        ("length%5Bgte%5D=7", [K, P, S]),
        ("length[lt]=9", [P]),
        ("length[lte]=9&length[gt]=7", [K]),
        ("draught[gt]=1.5", [P]),
        ("length[ne]=9", [P, S, A]),
        ("sails[ne]=true", [P, S, A]),
        ("length[in]=9,7", [K, P]),
        ("length[in]=9, 11", [K, S]),
        ("length[in]=9&length[in]=11", [K, S]),
        ("length[in][]=9&length[in][]=11", [K, S]),
        ("length[in]=", []),
        ("boat[nin]=Petrel,Auk", [K, S]),
        ("length[nin]=9", [P, S, A]),
        ("boat[or]=Petrel,Auk", [P, A]),
        ("ports[all]=Visby,Riga", [S]),
        ("ports[all]=5", [P]),
        ("boat[ctn]=etrel", [P, S]),
        ("length[ctn]=1", [S]),
        ("berth[near]=24.1,56.9;10000", [K]),
        ("berth[near]=24.1,56.9;1000000", [K, S]),
        ("berth[near]=24.1,56.9", [K, S]),
        (f"_parent_id={PARENT}", [A]),
        ("_parent_id=", [K, P, S]),
        (f"created_at[gte]={NOW}", [K, P, S, A]),
        ("user_id=1001&length=9", [K]),
        ("user_id[ne]=1001", []),
        ("boat[ne]=Auk&boat=Petrel", [P]),
        ("boat=Petrel&boat[ne]=Auk", [P]),
    ],
)
def test_records_are_found_by_operators(line: Line, query: str, boats: list[str]) -> None:
    """Every operator of the contract, with the spellings of its values."""
    assert boats == found(line, query)


def test_records_are_found_by_id(line: Line) -> None:
    """The id is a field like others."""
    first, second, *_ = line.world.custom_objects.records("Voyage")

    assert [K, P] == found(line, f"_id[in]={second.id},{first.id}")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("length[like]=1", "length"),
        ("boat[gt]=A", "boat"),
        ("launched[lt]=2024-06-10", "launched"),
        ("boat[all]=A", "boat"),
        ("sails[in]=true", "sails"),
        ("boat[near]=1,2;3", "boat"),
        ("ports[ne]=A", "ports"),
        ("length=long", "length"),
        ("length[in]=9,long", "length"),
        ("berth[near]=24.1;5", "berth"),
        ("berth[near]=24.1,56.9;far", "berth"),
        ("colour=red", "colour"),
        ("sort_asc=colour", "sort_asc"),
        ("sort_asc=boat&sort_desc=length", "sort_asc"),
        ("limit=0", "limit"),
        ("limit=-2", "limit"),
        ("limit=many", "limit"),
        ("skip=-1", "skip"),
        ("boat[calc]=avg", "boat"),
        ("length[calc]=mean", "length"),
        ("group_by=boat", "group_by"),
        ("length[calc]=avg&group_by=colour", "group_by"),
    ],
)
def test_unfit_search_is_refused(line: Line, query: str, field: str) -> None:
    """Unknown operators and fields, operators of other types and unfit values are told by field."""
    status, answer = line.send("GET", "/data/Voyage", query=query)

    assert (422, [field]) == (status, list(answer["errors"]))


@pytest.mark.parametrize(
    ("query", "boats"),
    [
        ("sort_asc=length", [A, P, K, S]),
        ("sort_desc=length", [S, K, P, A]),
        ("sort_desc=_id", [A, S, P, K]),
        ("sort_asc=ports&limit=2", [K, A]),
        ("limit=2", [K, P]),
        ("skip=1&limit=2", [P, S]),
        ("skip=9", []),
        ("limit=-1", [A]),
        ("limit=-1&sort_asc=length", [S]),
        ("limit=-1&length[lt]=9", [P]),
    ],
)
def test_records_are_sorted_and_paged(line: Line, query: str, boats: list[str]) -> None:
    """By default the oldest come first; a limit of -1 brings the last alone."""
    assert boats == found(line, query)


def test_page_has_a_hundred_at_most(line: Line) -> None:
    """A higher limit counts as the highest."""
    for _ in range(100):
        line.world.add_record("Voyage", {}, user_id=line.mara.id)

    for query in ("", "limit=1000"):
        _, answer = line.send("GET", "/data/Voyage", query=query)

        assert (0, 100, 100) == (answer["skip"], answer["limit"], len(answer["items"]))


def test_hidden_records_are_not_found(line: Line) -> None:
    """Whoever may not read a record does not see that it is there, nor in counts."""
    hidden = {"read": {"access": "owner"}}
    line.world.add_record("Voyage", BOATS[0], user_id=line.jonas.id, permissions=hidden)

    assert [K] == found(line, "length=9")
    assert (200, {"items": {"count": 4}}) == line.send("GET", "/data/Voyage", query="count=1")


def test_found_records_show_no_permissions_and_an_empty_parent(line: Line) -> None:
    """Searches answer otherwise than getting by id."""
    _, answer = line.send("GET", "/data/Voyage", query="length=9")

    [shown] = answer["items"]
    assert "permissions" not in shown
    assert "" == shown["_parent_id"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("output[include]=boat,length", {"_id", "boat", "length"}),
        ("output[include]=boat, nothing", {"_id", "boat"}),
        (
            "output[exclude]=drawing,boat,_id,_parent_id,user_id,ports,created_at,updated_at,berth,launched",
            {"_id", "length", "draught", "sails"},
        ),
        ("output[include]=boat,length&output[exclude]=length", {"_id", "boat"}),
    ],
)
def test_output_names_the_members_that_come(line: Line, query: str, names: set[str]) -> None:
    """The id comes always."""
    _, answer = line.send("GET", "/data/Voyage", query=f"length=9&{query}")

    assert names == answer["items"][0].keys()


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ("length[calc]=avg", [{"calc_length": 9}]),
        ("length[calc]=min&draught[calc]=sum", [{"calc_length": 7, "calc_draught": 3.5}]),
        ("length[calc]=max&length[lt]=11", [{"calc_length": 9}]),
        (
            "length[calc]=sum&group_by=sails",
            [
                {"sails": None, "calc_length": 11},
                {"sails": False, "calc_length": 7},
                {"sails": True, "calc_length": 9},
            ],
        ),
        ("length[calc]=avg&boat=Auk", [{"calc_length": None}]),
        ("length[calc]=avg&boat=Nobody", []),
    ],
)
def test_numbers_are_calculated(line: Line, query: str, items: Any) -> None:
    """Filters come first, then groups; what has no value does not count."""
    assert (200, {"class_name": "Voyage", "items": items}) == line.send(
        "GET", "/data/Voyage", query=query
    )


def test_search_takes_a_form(line: Line) -> None:
    """The documentation shows searches with a form body."""
    _, answer = line.send("GET", "/data/Voyage", form={"length[gt]": "9"})

    assert [S] == [one["boat"] for one in answer["items"]]
