"""Calls become requests: complete, with no more in them than the service needs."""

from datetime import UTC, date, datetime, timedelta, timezone
from types import NoneType
from typing import Any

import attrs
import pytest

from connectycube import __version__
from connectycube.codec import encode
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import InvalidInputError
from connectycube.http import Request
from connectycube.session import App

APP = App(app_id=7, auth_key="canary-key", admin_key="canary-admin", auth_secret="canary-secret")
BASE = "http://localhost:8787/api"
GET = Endpoint("GET", "/users/{user_id}", NoneType)
FIND = Endpoint("GET", "/users/v2", NoneType, bracket_lists=True)
EAST = timezone(timedelta(hours=3))
CREATE = Endpoint("POST", "/users", NoneType, needs=Needs.AUTH_KEY)
SDK = f"Python {__version__}"


def encoded(endpoint: Endpoint[Any], app: App = APP, **parts: Any) -> Request:
    return encode(app, BASE, endpoint, **parts)


def test_a_request_is_complete() -> None:
    """Method, absolute address, headers, body and label: a transport needs nothing else."""
    request = encoded(
        attrs.evolve(GET, method="PUT"), token="canary-token", path={"user_id": 9}, body={"a": 1}
    )

    assert "PUT" == request.method
    assert f"{BASE}/users/9" == request.url
    assert b'{"a":1}' == request.body
    assert "PUT /users/{user_id}" == request.label
    assert {
        "CB-SDK": SDK,
        "CB-Token": "canary-token",
        "Content-Type": "application/json",
        "Accept-Encoding": "gzip, deflate",
    } == dict(request.headers)


def test_without_a_body_there_is_no_content_type() -> None:
    """A header that describes nothing is not sent."""
    request = encoded(GET, path={"user_id": 9})

    assert request.body is None
    assert {"CB-SDK": SDK, "Accept-Encoding": "gzip, deflate"} == dict(request.headers)


def test_an_empty_body_is_a_body() -> None:
    """An empty object is sent as such."""
    request = encoded(CREATE, body={})

    assert b"{}" == request.body
    assert "application/json" == request.headers["content-type"]


@pytest.mark.parametrize("needs", list(Needs))
@pytest.mark.parametrize("token", [None, "canary-token"])
def test_a_token_or_a_key(needs: Needs, token: str | None) -> None:
    """A token goes wherever there is one; a key only where it is read, and never beside it."""
    headers = encoded(attrs.evolve(FIND, needs=needs), token=token).headers
    by_admin, by_key = needs is Needs.ADMIN_KEY, needs is Needs.AUTH_KEY and token is None

    assert (None if by_admin else token) == headers.get("CB-Token")
    assert ("canary-admin" if by_admin else None) == headers.get("CB-Administration-API-Key")
    assert ("canary-key" if by_key else None) == headers.get("CB-AuthKey")


def test_a_missing_key_is_refused() -> None:
    """A call that needs the key says so, before it is sent."""
    with pytest.raises(InvalidInputError, match="auth_key"):
        encoded(CREATE, App(app_id=7), body={})


def test_a_token_does_without_the_key() -> None:
    """A client without a key can make the call with its session."""
    request = encoded(CREATE, App(app_id=7), token="canary-token", body={})

    assert "canary-token" == request.headers["CB-Token"]


@pytest.mark.parametrize(
    ("endpoint", "query", "suffix"),
    [
        (FIND, None, ""),
        (FIND, {}, ""),
        (FIND, {"a": None}, ""),
        (FIND, {"id": {"in": [1, 2]}, "limit": 5}, "?id[in][]=1&id[in][]=2&limit=5"),
        (attrs.evolve(FIND, bracket_lists=False), {"ids": [1, 2]}, "?ids=1%2C2"),
        (FIND, {"email": "a+b@c.d"}, "?email=a%2Bb%40c.d"),
    ],
)
def test_a_query_follows_the_path(
    endpoint: Endpoint[Any], query: dict[str, Any] | None, suffix: str
) -> None:
    """A query is spelled as its endpoint says; without parameters there is no question mark."""
    assert f"{BASE}/users/v2{suffix}" == encoded(endpoint, query=query).url


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é", '"é"'.encode()),
        (None, b"null"),
        (True, b"true"),
        ([1, {"a": 1.5}], b'[1,{"a":1.5}]'),
        (datetime(2024, 6, 10, tzinfo=UTC), b'"2024-06-10T00:00:00Z"'),
        (datetime(2024, 6, 10, 3, tzinfo=EAST), b'"2024-06-10T00:00:00Z"'),
        (date(2024, 6, 10), b'"2024-06-10"'),
    ],
)
def test_a_body_is_json(value: Any, text: bytes) -> None:
    """Bodies are JSON in UTF-8."""
    assert b'{"a":' + text + b"}" == encoded(CREATE, body={"a": value}).body


class Odd:
    def __repr__(self) -> str:
        return "canary"


@pytest.mark.parametrize("value", [Odd(), {1, 2}, b"canary", 1j, {1: "a"}, 2**70, "\ud800"])
def test_a_body_that_is_no_json_is_refused(value: Any) -> None:
    """What cannot be written is refused before it is sent, and not shown."""
    with pytest.raises(InvalidInputError, match=r"^POST /users: the body is no JSON"):
        encoded(CREATE, body={"a": value})
