"""Ids go into a path, or are refused; they never make it name something else."""

from types import NoneType
from typing import Any

import attrs
import pytest

from connectycube.endpoint import Endpoint, checked_id
from connectycube.errors import InvalidInputError

ONE = Endpoint("GET", "/users/{user_id}", NoneType)
TWO = Endpoint("PUT", "/dialogs/{dialog_id}/messages/{ids}", NoneType)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (7, "/users/7"),
        ("7", "/users/7"),
        ("5f0c", "/users/5f0c"),
        ("a b", "/users/a%20b"),
        ("a?b#c", "/users/a%3Fb%23c"),
        ("a%2Fb", "/users/a%252Fb"),
        ("a,b", "/users/a%2Cb"),
        ("mara@example.org", "/users/mara%40example.org"),
        ("é", "/users/%C3%A9"),
        (".a", "/users/.a"),
        ([1, "b"], "/users/1,b"),
        ((1,), "/users/1"),
        (["a,b", "c"], "/users/a%2Cb,c"),
    ],
)
def test_an_id_is_one_segment(value: Any, path: str) -> None:
    """Ids are percent-encoded, and lists joined with bare commas, as the service reads them."""
    assert path == ONE.fill({"user_id": value})


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        True,
        False,
        1.5,
        b"7",
        {},
        {"a": 1},
        object(),
        "a/b",
        "a\\b",
        "..",
        ".",
        "a..b",
        "../admin",
        "a\nb",
        "a\x00",
        "\x7f",
        "\ud800",
        [],
        [""],
        [None],
        [True],
        ["a", ".."],
        [[1]],
    ],
)
def test_what_is_no_id_is_refused(value: Any) -> None:
    """A value that could change what the path names is refused, and not shown."""
    with pytest.raises(InvalidInputError, match=r"^user_id "):
        ONE.fill({"user_id": value})


@pytest.mark.parametrize("values", [None, {}, {"other": 1}])
def test_a_missing_id_is_refused(values: dict[str, Any] | None) -> None:
    """A template with a hole is never sent."""
    with pytest.raises(InvalidInputError, match=r"^user_id "):
        ONE.fill(values)


def test_every_hole_is_filled() -> None:
    """Several ids go to their own places."""
    assert "/dialogs/d1/messages/1,2" == TWO.fill({"dialog_id": "d1", "ids": [1, 2]})


def test_a_path_without_holes_stays() -> None:
    """Nothing to fill needs no values, and looks at none."""
    assert "/users/v2" == Endpoint("GET", "/users/v2", NoneType).fill({"user_id": "/"})


def test_the_label_holds_no_values() -> None:
    """Logs and errors name the template, not the ids."""
    assert "PUT /dialogs/{dialog_id}/messages/{ids}" == TWO.label


def test_an_endpoint_is_a_value() -> None:
    """Endpoints compare by what they say, and cannot be changed."""
    assert attrs.evolve(ONE) == ONE
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ONE.method = "DELETE"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_an_integer_id_is_given_back() -> None:
    """A positive integer is an id."""
    assert 7 == checked_id(7, "user_id")


@pytest.mark.parametrize("value", [0, -1, True, "7", 7.0, None])
def test_what_is_no_integer_id_is_refused(value: Any) -> None:
    """Anything but a positive integer is no user's id."""
    with pytest.raises(InvalidInputError, match=r"^user_id must be a positive integer$"):
        checked_id(value, "user_id")
