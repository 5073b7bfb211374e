"""The rules of a search for users: every documented example, valid and invalid."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest

from connectycube import InvalidQueryError, where
from connectycube.query import encode_query
from connectycube.searches.users import UserQuery, check_page, user_query

NOON: Final = datetime(2024, 6, 10, 12, tzinfo=UTC)
LATER: Final = NOON + timedelta(days=1)
NAIVE: Final = NOON.replace(tzinfo=None)
TEXTS: Final = [
    *("login", "email", "full_name", "phone"),
    *("external_id", "facebook_id", "twitter_id", "tags"),
]
DATES: Final = ["last_request_at", "created_at", "updated_at"]


def wire(query: UserQuery, *, limit: int | None = None, offset: int = 0) -> list[str]:
    pairs = encode_query(query.query(limit=limit, offset=offset), bracket_lists=True)
    return pairs.split("&")


@pytest.mark.parametrize(
    ("filters", "pairs"),
    [
        ({"id": 7}, ["id=7"]),
        ({"id": where.in_([7, 9])}, ["id[in][]=7", "id[in][]=9"]),
        ({"login": where.in_(["a"])}, ["login[in][]=a"]),
        ({"full_name": where.starts_with("dive")}, ["full_name[start_with]=dive"]),
        ({"tags": where.starts_with("gold")}, ["user_tags[start_with]=gold"]),
        ({"tags": "vip"}, ["user_tags=vip"]),
        ({"tags": where.in_(["a,b", "c"])}, ["user_tags[in][]=a%2Cb", "user_tags[in][]=c"]),
        ({"login": "a", "tags": where.not_in(["vip"])}, ["login=a", "user_tags[nin][]=vip"]),
        ({"login": "a", "phone": "+4670"}, ["login=a", "phone=%2B4670"]),
        ({"login": "a", "email": where.not_in([])}, ["login=a"]),
        ({"login": "a", "id": where.not_in([1])}, ["login=a", "id[nin][]=1"]),
        (
            {"id": where.in_([7]) & where.not_in([9])},
            ["id[in][]=7", "id[nin][]=9"],
        ),
        ({"tags": "a", "created_at": NOON}, ["user_tags=a", "created_at=2024-06-10T12%3A00%3A00Z"]),
        (
            {"tags": "a", "created_at": where.gte(NOON) & where.lt(LATER)},
            [
                "user_tags=a",
                "created_at[gte]=2024-06-10T12%3A00%3A00Z",
                "created_at[lt]=2024-06-11T12%3A00%3A00Z",
            ],
        ),
        (
            {"created_at": where.not_in([NOON]), "id": 7},
            ["created_at[nin][]=2024-06-10T12%3A00%3A00Z", "id=7"],
        ),
        (
            {"id": 7, "updated_at": where.gt(NOON.astimezone(timezone(timedelta(hours=2))))},
            ["id=7", "updated_at[gt]=2024-06-10T12%3A00%3A00Z"],
        ),
        ({"email": "a+b&c=d@exa mple.com"}, ["email=a%2Bb%26c%3Dd%40exa%20mple.com"]),
    ],
)
def test_a_valid_search_is_spelled(filters: dict[str, Any], pairs: list[str]) -> None:
    """A field that stands alone, by value, list or prefix; others may join it."""
    assert pairs == wire(user_query(filters, sort=None))


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("value", ["a", where.in_(["a"]), where.starts_with("abcd")])
def test_every_text_stands_alone(field: str, value: Any) -> None:
    """With each primary operator."""
    assert 1 == len(wire(user_query({field: value}, sort=None)))


@pytest.mark.parametrize("field", DATES)
@pytest.mark.parametrize(
    "value", [NOON, *(make(NOON) for make in (where.gt, where.gte, where.lt, where.lte))]
)
def test_a_date_joins_and_never_stands_alone(field: str, value: Any) -> None:
    """Any operator beside a field that stands alone; by itself none, equality neither."""
    assert 2 == len(wire(user_query({"id": 1, field: value}, sort=None)))
    with pytest.raises(InvalidQueryError, match="a search needs"):
        user_query({field: value}, sort=None)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"login": where.not_in(["a"])},
        {"id": where.not_in([1]), "login": where.not_in(["a"])},
        {"id": where.not_in([])},
        {"created_at": where.in_([NOON])},
        {"created_at": where.gt(NOON), "updated_at": where.lt(NOON)},
        {"login": where.not_in(["a"]), "created_at": NOON},
        # Comparisons are for dates.
        {"id": where.gt(5)},
        {"id": where.in_([1]) & where.lt(5)},
        {"login": "a", "full_name": where.gte("b")},
        {"login": "a", "tags": where.lte("b")},
        # Prefixes are for texts, of at least four characters.
        {"login": where.starts_with("abc")},
        {"login": where.starts_with("")},
        {"login": "a", "full_name": where.starts_with("abc")},
        {"id": where.starts_with("1234")},
        {"id": 1, "created_at": where.starts_with("2024")},
        # Words of other searches.
        {"login": where.ne("a")},
        {"login": where.contains("abcd")},
        {"tags": where.all_(["a"])},
        # Fields.
        {"user_tags": "a"},
        {"custom_data": "a"},
        {"is_guest": True},
        {"login[in]": "a"},
        {"sort_asc": "id"},
        {"limit": "a"},
        {"": "a"},
        # Values.
        *({"id": value} for value in (None, "7", 0, -1, 1.0, True, [1], (1,), {"in": [1]})),
        *({"login": value} for value in (None, "", 7, True, b"a", ["a"], ("a",), {"a": 1})),
        {"id": where.in_([1, None])},
        {"id": where.in_(["1"])},
        {"id": where.in_([[1]])},
        {"login": where.in_(["a", ""])},
        {"login": where.in_([("a",)])},
        {"login": where.starts_with(None)},  # type: ignore[arg-type]
        {"login": where.starts_with(("abcd", "b", "c", "d"))},  # type: ignore[arg-type]
        {"login": "a", "id": where.not_in([True])},
        *(
            {"id": 1, "created_at": value}
            for value in (None, NAIVE, NOON.date(), "2024-06-10", 1718020800, [NOON])
        ),
        {"id": 1, "created_at": where.gt(NAIVE)},
        {"id": 1, "created_at": where.gt(1718020800)},
        {"id": 1, "created_at": where.gt((NOON, LATER))},
        {"id": 1, "created_at": where.in_([NOON, NAIVE])},
    ],
    ids=str,
)
def test_an_invalid_search_is_refused(filters: dict[str, Any]) -> None:
    """As the service would, but before anything is sent."""
    with pytest.raises(InvalidQueryError):
        user_query(filters, sort=None)


def test_a_prefix_is_counted_in_characters() -> None:
    """Not in bytes."""
    assert ["login[start_with]=%C3%A9t%C3%A9s"] == wire(
        user_query({"login": where.starts_with("étés")}, sort=None)
    )


@pytest.mark.parametrize(
    ("sort", "pair"),
    [
        *((name, f"sort_asc={name}") for name in ["id", *TEXTS[:-1], *DATES]),
        ("-id", "sort_desc=id"),
        ("-created_at", "sort_desc=created_at"),
        ("tags", "sort_asc=user_tags"),
        ("-tags", "sort_desc=user_tags"),
    ],
)
def test_an_order_is_a_field_with_or_without_a_minus(sort: str, pair: str) -> None:
    """Ascending, or descending."""
    assert [pair, "id=7"] == wire(user_query({"id": 7}, sort=sort))


@pytest.mark.parametrize(
    "sort", ["", "-", "--id", "+id", "ID", "custom_data", "id desc", "id,login"]
)
def test_another_order_is_refused(sort: str) -> None:
    """It names one field of a search."""
    with pytest.raises(InvalidQueryError, match="sorted"):
        user_query({"id": 7}, sort=sort)


@pytest.mark.parametrize(
    ("limit", "offset", "pairs"),
    [
        (None, 0, ["id=7"]),
        (1, 0, ["limit=1", "id=7"]),
        (100, 0, ["limit=100", "id=7"]),
        (None, 5, ["offset=5", "id=7"]),
        (2, 5, ["limit=2", "offset=5", "id=7"]),
    ],
)
def test_a_page_is_told_where_it_is_not_the_first(
    limit: int | None, offset: int, pairs: list[str]
) -> None:
    """The service's own defaults need no words."""
    check_page(limit=limit, offset=offset)

    assert pairs == wire(user_query({"id": 7}, sort=None), limit=limit, offset=offset)


@pytest.mark.parametrize(
    ("limit", "offset"),
    [
        (0, 0),
        (-1, 0),
        (101, 0),
        ("5", 0),
        (5.0, 0),
        (True, 0),
        (5, -1),
        (5, None),
        (5, "0"),
        (5, False),
    ],
)
def test_another_page_is_refused(limit: Any, offset: Any) -> None:
    """One to a hundred, from nought."""
    with pytest.raises(InvalidQueryError):
        check_page(limit=limit, offset=offset)


@pytest.mark.parametrize(
    ("filters", "empty"),
    [
        ({"id": where.in_([])}, True),
        ({"id": 1, "login": where.in_([])}, True),
        ({"id": 1, "created_at": where.in_([])}, True),
        ({"id": 1, "login": where.not_in([])}, False),
        ({"id": where.in_([1])}, False),
    ],
)
def test_one_of_none_is_nobody(filters: dict[str, Any], *, empty: bool) -> None:
    """So that nobody needs to be asked; excluding none excludes nobody."""
    assert empty == user_query(filters, sort=None).is_empty


@pytest.mark.parametrize(
    ("values", "sizes"),
    [
        (range(1, 101), [100]),
        (range(1, 102), [100, 1]),
        (range(1, 251), [100, 100, 50]),
        ([*range(1, 101)] * 2, [100]),
        ([*range(1, 102)] * 2, [100, 1]),
    ],
)
def test_a_long_list_is_asked_for_in_parts(values: Any, sizes: list[int]) -> None:
    """A hundred values each, in their order, each value once; everything else in each part."""
    query = user_query({"id": where.in_(values), "login": "a"}, sort="id")
    parts = query.parts()

    lists = [part.conditions["id"]["in"] for part in parts]
    assert sizes == [len(listed) for listed in lists]
    assert list(dict.fromkeys(values)) == [value for listed in lists for value in listed]
    assert all({"eq": "a"} == part.conditions["login"] for part in parts)
    assert all({"sort_asc": "id"} == part.order for part in parts)


def test_only_one_list_may_be_long() -> None:
    """Two would be a request for each pair of parts; a page takes one part."""
    ids, names = where.in_(range(1, 102)), where.in_([f"{n}" for n in range(101)])
    with pytest.raises(InvalidQueryError, match="only one list"):
        user_query({"id": ids, "login": names}, sort=None).parts()
    with pytest.raises(InvalidQueryError, match="iterate"):
        user_query({"id": ids}, sort=None).parts(most=1)
