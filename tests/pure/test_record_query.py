"""The rules of a search for records: every operator, and where the service knows it."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from connectycube import InvalidQueryError, where
from connectycube.query import encode_query
from connectycube.searches.records import calculation, narrowed, page_options, record_query

NOON: Final = datetime(2024, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        (None, ""),
        ({}, ""),
        ({"boat": "Petrel"}, "boat=Petrel"),
        ({"boat": ""}, "boat="),
        ({"length": 7}, "length=7"),
        ({"length": 7.5}, "length=7.5"),
        ({"afloat": False}, "afloat=false"),
        ({"afloat": where.ne(True)}, "afloat[ne]=true"),
        ({"_parent_id": "6666e001a4b35e0017f0d001"}, "_parent_id=6666e001a4b35e0017f0d001"),
        ({"created_at": where.gt(NOON)}, "created_at[gt]=1718020800"),
        ({"sailed": where.gt(NOON)}, "sailed[gt]=2024-06-10T12%3A00%3A00Z"),
        ({"length": where.gte(20) & where.lt(30)}, "length[gte]=20&length[lt]=30"),
        ({"length": where.in_([100, 9, 41])}, "length[in]=100%2C9%2C41"),
        ({"length": where.any_of([1, 2]) & where.ne(5)}, "length[or]=1%2C2&length[ne]=5"),
        ({"boat": where.not_in(["b", "a"])}, "boat[nin]=b%2Ca"),
        ({"ports": where.all_(["b", "a"])}, "ports[all]=b%2Ca"),
        ({"flags": where.all_([True])}, "flags[all]=true"),
        ({"boat": where.contains("adi")}, "boat[ctn]=adi"),
        ({"at": where.near(36.23438, 50.004444, 1000)}, "at[near]=36.23438%2C50.004444%3B1000"),
        ({"at": where.near(50.004444, -36.23438, 0.5)}, "at[near]=50.004444%2C-36.23438%3B0.5"),
        ({"at": where.near(1e-7, 0.0, 1e21)}, "at[near]=0.0000001%2C0%3B" + f"{10**21}"),
        ({"boat": "a", "ports": where.not_in([])}, "boat=a"),
        ({"ports": where.all_([])}, ""),
    ],
)
def test_a_search_is_spelled(filters: Any, query: str) -> None:
    """Lists in the order given, joined by commas; flags as words; places longitude first."""
    assert query == encode_query(record_query(filters).query())


@pytest.mark.parametrize(
    "filters",
    [
        {"boat": None},
        {"boat": ["a"]},
        {"boat": {"gt": 1}},
        {"boat": b"a"},
        {"length": float("nan")},
        {"length": where.lt(float("inf"))},
        {"length": where.gt("7")},
        {"length": where.gt(True)},
        {"length": where.in_([None])},
        {"length": where.in_([True])},
        {"boat": where.starts_with("Petr")},
        {"boat": where.contains("")},
        {"boat": where.contains(7)},  # type: ignore[arg-type]
        {"sailed": NOON.replace(tzinfo=None)},
        {"at": where.near(181, 0, 1)},
        {"at": where.near(0, 91, 1)},
        {"at": where.near(0, 0, -1)},
        {"at": where.near("0", 0, 1)},  # type: ignore[arg-type]
        {"": 1},
        {7: 1},
        {"length[gt]": 1},
        *({word: 1} for word in ("limit", "skip", "sort_asc", "count", "output", "group_by")),
    ],
    ids=str,
)
def test_what_the_service_would_refuse_or_misread_is_refused(filters: Any) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidQueryError):
        record_query(filters)


@pytest.mark.parametrize("values", [["a,b"], range(101)])
def test_a_list_that_a_query_cannot_hold_is_refused(values: Any) -> None:
    """A comma would make two values of one; in a body, both can be told."""
    query = record_query({"boat": where.in_(values)})

    assert {"boat": {"in": [*values]}} == query.criteria()
    with pytest.raises(InvalidQueryError):
        query.query()


@pytest.mark.parametrize(
    ("filters", "nothing"),
    [
        ({"boat": where.in_([])}, True),
        ({"boat": where.any_of([]), "length": 7}, True),
        ({"boat": where.not_in([])}, False),
        ({"boat": where.all_([])}, False),
        ({"boat": "a"}, False),
    ],
)
def test_one_of_no_values_is_nothing(filters: Any, *, nothing: bool) -> None:
    """So that nobody needs to be asked."""
    assert nothing == record_query(filters).asks_for_nothing


@pytest.mark.parametrize(
    "filters", [{}, {"boat": where.not_in([])}, {"boat": where.all_([]), "ports": where.all_([])}]
)
def test_a_change_of_every_record_is_refused(filters: Any) -> None:
    """Also where what was asked narrows nothing."""
    with pytest.raises(InvalidQueryError, match="every record"):
        narrowed(filters)


def test_criteria_are_json() -> None:
    """Flags and lists as they are; what is near can only be searched by."""
    asked = record_query({"afloat": True, "length": where.lt(8) & where.in_([5, 10])})

    assert {"afloat": True, "length": {"lt": 8, "in": [5, 10]}} == asked.criteria()
    with pytest.raises(InvalidQueryError, match="near"):
        record_query({"at": where.near(1, 2, 3)}).criteria()


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, ""),
        ({"sort": "boat"}, "sort_asc=boat"),
        ({"sort": "-_id", "limit": 10, "skip": 20}, "limit=10&skip=20&sort_desc=_id"),
        ({"limit": -1}, "limit=-1"),
        ({"include": ["boat", "age"]}, "output[include]=boat%2Cage"),
        ({"exclude": ("boat",)}, "output[exclude]=boat"),
    ],
)
def test_a_page_is_spelled(options: Any, query: str) -> None:
    assert query == encode_query(page_options(**options))


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": -2},
        {"limit": True},
        {"skip": -1},
        {"skip": None},
        {"sort": ""},
        {"sort": "-"},
        {"sort": 7},
        {"sort": "limit"},
        {"include": "boat"},
        {"include": [""]},
        {"exclude": ["_id"]},
    ],
    ids=str,
)
def test_another_page_is_refused(options: Any) -> None:
    with pytest.raises(InvalidQueryError):
        page_options(**options)


def test_a_calculation_joins_what_is_asked_of_its_field() -> None:
    asked = calculation(record_query({"length": where.gt(5)}), "avg", "length", "boat")

    assert "length[gt]=5&length[calc]=avg&group_by=boat" == encode_query(asked)


@pytest.mark.parametrize(
    ("filters", "calculate"), [({}, "median"), ({"length": 7}, "avg"), ({}, None)]
)
def test_another_calculation_is_refused(filters: Any, calculate: Any) -> None:
    """Over one value there is nothing to calculate."""
    with pytest.raises(InvalidQueryError):
        calculation(record_query(filters), calculate, "length", "boat")
