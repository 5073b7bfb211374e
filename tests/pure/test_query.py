"""Queries are spelled as the service reads them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from connectycube.errors import InvalidInputError
from connectycube.query import encode_query, iso

NOON = datetime(2024, 6, 10, 12, 0, 0, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("params", "commas", "brackets"),
    [
        ({}, "", ""),
        ({"limit": 10, "offset": 0}, "limit=10&offset=0", "limit=10&offset=0"),
        ({"a": None}, "", ""),
        ({"a": None, "b": 1}, "b=1", "b=1"),
        ({"force": True, "count": False}, "force=1&count=0", "force=1&count=0"),
        ({"name": {"start_with": "dive"}}, "name[start_with]=dive", "name[start_with]=dive"),
        ({"a": {"b": {"c": 1}}}, "a[b][c]=1", "a[b][c]=1"),
        ({"a": {"b": None, "c": 1}}, "a[c]=1", "a[c]=1"),
        ({"type": {"in": [2, 3]}}, "type[in]=2%2C3", "type[in][]=2&type[in][]=3"),
        ({"ids": ["a", "b"]}, "ids=a%2Cb", "ids[]=a&ids[]=b"),
        ({"ids": (1,)}, "ids=1", "ids[]=1"),
        ({"on": [True, NOON]}, "on=1%2C2024-06-10T12%3A00%3A00Z", None),
        ({"x": 1.5}, "x=1.5", "x=1.5"),
        ({"at": {"gt": NOON}}, "at[gt]=2024-06-10T12%3A00%3A00Z", None),
        ({"on": date(2024, 6, 10)}, "on=2024-06-10", "on=2024-06-10"),
        ({"q": "a&b=c d+e,f"}, "q=a%26b%3Dc%20d%2Be%2Cf", "q=a%26b%3Dc%20d%2Be%2Cf"),
        ({"q": ""}, "q=", "q="),
        ({"q": "é"}, "q=%C3%A9", "q=%C3%A9"),
        ({"a&b": 1, "c d": 2}, "a%26b=1&c%20d=2", "a%26b=1&c%20d=2"),
        ({"email": "mara@example.org"}, "email=mara%40example.org", None),
    ],
)
def test_parameters_are_spelled(
    params: Mapping[str, Any], commas: str, brackets: str | None
) -> None:
    """Operators nest in brackets; lists are joined, or repeated where the endpoint wants that."""
    assert commas == encode_query(params)
    if brackets is not None:
        assert brackets == encode_query(params, bracket_lists=True)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2024-06-10T12:00:00Z"),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2024-06-10T12:00:00Z"),
    ],
)
def test_moments_are_utc_in_whole_seconds(moment: datetime, text: str) -> None:
    """The service's dates have no fraction and no offset."""
    assert text == iso(moment)


def test_a_moment_without_a_zone_is_refused() -> None:
    """A naive date means another moment on each machine."""
    with pytest.raises(InvalidInputError, match="needs a time zone"):
        encode_query({"at": datetime(2024, 6, 10)})  # noqa: DTZ001 - the subject


@pytest.mark.parametrize("params", [{"q": "\ud800"}, {"\ud800": 1}, {"q": ["\ud800"]}])
def test_half_a_character_is_refused(params: Mapping[str, Any]) -> None:
    """Text that has no UTF-8 form is refused like any other input that cannot be sent."""
    with pytest.raises(InvalidInputError):
        encode_query(params)
