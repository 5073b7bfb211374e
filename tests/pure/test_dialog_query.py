"""What dialogs can be searched by: every field with every operator, and nothing else."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import unquote

import pytest

from connectycube import InvalidQueryError, where
from connectycube.models.dialog import DialogType
from connectycube.query import encode_query
from connectycube.searches.dialogs import dialog_queries

ID: Final = "6666c1d2a4b35e0017f0a911"
OTHER: Final = "6666C1F0A4B35E0017F0A912"
MOMENT: Final = datetime.fromtimestamp(1718012641, UTC)
DATES: Final = ["last_message_date_sent", "created_at", "updated_at"]


def wire(filters: dict[str, Any], sort: str | None = None) -> list[str]:
    """Return the queries of a search, as they are spelled."""
    return [encode_query(query) for query in dialog_queries(filters, sort=sort)]


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"id": ID}, f"_id={ID}"),
        ({"id": where.in_([ID, OTHER])}, f"_id[in]={ID}%2C{OTHER}"),
        ({"id": where.not_in([])}, ""),
        ({"type": DialogType.GROUP}, "type=2"),
        ({"type": 9}, "type=9"),
        ({"type": where.in_([DialogType.PUBLIC, 2])}, "type[in]=4%2C2"),
        ({"type": where.ne(3), "name": "a b"}, "type[ne]=3&name=a%20b"),
        ({"name": where.contains("котики & 猫")}, f"name[ctn]={'котики & 猫'}"),
        ({"name": where.not_in(["a", "b"])}, "name[nin]=a%2Cb"),
        ({"extensions": {}}, ""),
        ({"extensions": {"city": "Kyiv, old"}}, "extensions[city]=Kyiv%2C%20old"),
        (
            {"extensions": {"city": where.in_(["a", "b"]), "zip": "7"}, "type": 2},
            "type=2&extensions[city][in]=a%2Cb&extensions[zip]=7",
        ),
        *(({name: MOMENT}, f"{name}=1718012641") for name in DATES),
        *(
            (
                {name: where.gte(MOMENT) & where.lt(MOMENT + timedelta(hours=1))},
                f"{name}[gte]=1718012641&{name}[lt]=1718016241",
            )
            for name in DATES
        ),
        (
            {"created_at": where.gt(MOMENT.astimezone(timezone(timedelta(hours=3))))},
            "created_at[gt]=1718012641",
        ),
    ],
    ids=str,
)
def test_a_valid_search_is_spelled(filters: dict[str, Any], query: str) -> None:
    """Lists by commas in their order, dates in seconds, own members by name."""
    [spelled] = wire(filters)

    assert unquote(query) == unquote(spelled)


@pytest.mark.parametrize("operator", ["gt", "gte", "lt", "lte", "ne", "in_", "not_in", "all_"])
def test_every_operator_is_known(operator: str) -> None:
    """But for prefixes, which are for users."""
    value: Any = [2] if operator.endswith("_") or operator == "not_in" else 2
    name = {"in_": "in", "not_in": "nin", "all_": "all"}.get(operator, operator)

    assert [f"type[{name}]=2"] == wire({"type": getattr(where, operator)(value)})
    with pytest.raises(
        InvalidQueryError, match=r"name does not know where\.starts_with, but where\.all_"
    ):
        wire({"name": where.starts_with("trip")})


@pytest.mark.parametrize(
    "filters",
    [
        {"_id": ID},
        {"user_id": 7},
        {"occupants_ids": where.all_([7])},
        {"name[ctn]": "a"},
        {"id": "7"},
        {"id": ID[:-1]},
        {"id": where.in_([ID, None])},
        {"type": "2"},
        {"type": 0},
        {"type": True},
        {"type": [2, 3]},
        {"name": ""},
        {"name": None},
        {"name": where.in_(["a", "b,c"])},
        {"created_at": MOMENT.replace(tzinfo=None)},
        {"created_at": 1718012641},
        {"created_at": where.gt("2024-06-10")},
        {"extensions": None},
        {"extensions": "city"},
        {"extensions": {"": "a"}},
        {"extensions": {"city][in": "a"}},
        {"extensions": {"city]": "a"}},
        {"extensions": {7: "a"}},
        {"extensions": {"city": 7}},
        {"extensions": {"city": where.not_in(["a,b"])}},
    ],
    ids=str,
)
def test_an_invalid_search_is_refused(filters: dict[str, Any]) -> None:
    """As the service would, or because it would read something else."""
    with pytest.raises(InvalidQueryError):
        wire(filters)


@pytest.mark.parametrize("name", DATES)
def test_dialogs_are_sorted_by_a_date(name: str) -> None:
    """Ascending, or with a minus sign descending."""
    assert [f"sort_asc={name}"] == wire({}, name)
    assert [f"sort_desc={name}"] == wire({}, f"-{name}")


@pytest.mark.parametrize("sort", ["", "-", "name", "date_sent", "--created_at", "id", 7])
def test_another_order_is_refused(sort: Any) -> None:
    """Nothing else is documented."""
    with pytest.raises(InvalidQueryError, match="sort"):
        wire({}, sort)


@pytest.mark.parametrize(
    "filters", [{"id": where.in_([])}, {"type": 2, "extensions": {"city": where.in_([])}}]
)
def test_one_of_none_takes_no_query(filters: dict[str, Any]) -> None:
    """There is nothing to ask for; but the search is checked all the same."""
    assert [] == wire(filters)
    with pytest.raises(InvalidQueryError):
        wire({**filters, "name": 7})


@pytest.mark.parametrize(("count", "sizes"), [(100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_a_long_list_takes_several_queries(count: int, sizes: list[int]) -> None:
    """A hundred values each, each value once, everything else in each."""
    ids = [f"{number:024x}" for number in range(count)]
    queries = dialog_queries(
        {"id": where.in_([*ids, *ids]) & where.not_in([OTHER]), "type": 2}, sort="-created_at"
    )

    lists = [query["_id"]["in"] for query in queries]
    assert sizes == [len(one) for one in lists]
    assert ids == [one for listed in lists for one in listed]
    for query in queries:
        assert [OTHER] == query["_id"]["nin"]
        assert (2, "created_at") == (query["type"], query["sort_desc"])


def test_only_one_list_may_be_long() -> None:
    """And a page takes one query alone."""
    ids = where.in_([f"{number:024x}" for number in range(101)])
    names = where.in_([f"{number}" for number in range(101)])
    with pytest.raises(InvalidQueryError, match="only one list"):
        dialog_queries({"id": ids, "name": names})
    with pytest.raises(InvalidQueryError, match="iterate"):
        dialog_queries({"id": ids}, most=1)
