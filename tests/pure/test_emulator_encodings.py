"""How the emulator reads parameters, paths and headers."""

from typing import Any

import pytest

from connectycube.emulator.messages import Headers, RecordedRequest, WireRequest
from connectycube.emulator.parameters import as_list, read_parameters
from connectycube.emulator.refusals import RefusalError
from connectycube.emulator.router import without_suffix
from connectycube.emulator.service import Service

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


@pytest.mark.parametrize(
    ("kind", "body", "members"),
    [
        (JSON, b'{"a":{"b":[1,null]}}', {"a": {"b": [1, None]}}),
        (JSON, b'{"a[b]":1}', {"a[b]": 1}),
        (JSON, b"", {}),
        (JSON, b" ", {}),
        (JSON, b"null", {}),
        (JSON, '{"a":"測試"}'.encode(), {"a": "測試"}),
        ("", b'{"a":1}', {"a": 1}),
        ("", b"a=1", {"a": "1"}),
        (FORM, b"a=1&b=", {"a": "1", "b": ""}),
        (FORM, b"user[login]=m&user[tag_list][]=x", {"user": {"login": "m", "tag_list": ["x"]}}),
        (FORM, b"user%5blogin%5D=a+b%20c%2Bd", {"user": {"login": "a b c+d"}}),
        (FORM, b"a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        (FORM, b"a[b][c][]=1&a[b][c][]=2&a[d]=3", {"a": {"b": {"c": ["1", "2"]}, "d": "3"}}),
        (FORM, b"a=1&a[gt]=2", {"a": {"": "1", "gt": "2"}}),
        (FORM, b"a[gt]=2&a=1", {"a": {"gt": "2", "": "1"}}),
        ("multipart/form-data; boundary=x", b"--x", {}),
    ],
)
def test_body_is_read_in_every_encoding(kind: str, body: bytes, members: Any) -> None:
    """JSON keeps its keys as they are; brackets nest in forms only."""
    assert members == read_parameters("POST", "", Headers({"Content-Type": kind}), body)


@pytest.mark.parametrize(
    "body",
    [b"{", b"[1]", b'"text"', b'{"a":NaN}', b'{"a":\xff}', b"[" * 100_000],
    ids=["cut", "list", "text", "not a number", "not utf-8", "deep"],
)
def test_unreadable_json_is_a_bad_request(body: bytes) -> None:
    """A body that is no JSON object is a 400 with one string."""
    with pytest.raises(RefusalError) as refused:
        read_parameters("POST", "", Headers({"content-type": JSON}), body)

    assert (400, {"errors": "Bad request"}) == (
        refused.value.reply.status,
        refused.value.reply.payload,
    )


@pytest.mark.parametrize(
    ("method", "kind", "body", "members"),
    [
        ("DELETE", FORM, b"force=0&more=1", {"force": "1", "more": "1"}),
        ("DELETE", JSON, b'{"force":0,"more":1}', {"force": "1", "more": 1}),
        ("GET", FORM, b"force=0&more=1", {"force": "1", "more": "1"}),
        ("GET", JSON, b'{"force":0,"more":1}', {"force": "1"}),
        ("PUT", JSON, b'{"more":1}', {"more": 1}),
    ],
)
def test_query_wins_over_the_body(method: str, kind: str, body: bytes, members: Any) -> None:
    """DELETE reads both places, GET a form too, the others only the body."""
    headers = Headers({"CONTENT-TYPE": kind})

    assert members == read_parameters(method, "force=1", headers, body)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (None, []),
        ("", []),
        ("a,b", ["a", "b"]),
        ("a, b ,", ["a", "b"]),
        (["a,b"], ["a,b"]),
        (7, [7]),
    ],
)
def test_list_is_read_as_it_may_be_spelled(value: Any, parts: list[Any]) -> None:
    """Comma with or without space, or a real list, whose elements keep their commas."""
    assert parts == as_list(value)


@pytest.mark.parametrize(
    ("path", "bare"),
    [
        ("/users/1.json", "/users/1"),
        ("/users/1", "/users/1"),
        ("/users/a.json.json", "/users/a.json"),
    ],
)
def test_one_suffix_is_stripped(path: str, bare: str) -> None:
    """One trailing `.json` means nothing."""
    assert bare == without_suffix(path)


def test_headers_are_found_in_any_case() -> None:
    """Header names are case-insensitive; their values show in no repr."""
    headers = Headers({"Cb-ToKen": "hush", "Accept": "*/*"})

    assert ("hush", None) == (headers["CB-Token"], headers.get("cb-authkey"))
    assert "cb-token" in headers
    assert ["Cb-ToKen", "Accept"] == list(headers)
    assert "Headers(Cb-ToKen, Accept)" == repr(headers)


def test_recorded_request_can_be_read() -> None:
    """A record gives what arrived, decoded on demand, and is made before the answer."""
    service = Service()
    request = WireRequest("POST", "/nowhere.json", "a[]=1&a[]=2&b=%2B&a[]=3", {"X-A": "1"}, b"[1]")
    service.receive(request)
    [record] = service.requests

    assert ("POST", "/nowhere.json") == (record.method, record.path)
    assert {"a[]": ["1", "2", "3"], "b": "+"} == record.query
    assert ([1], b"[1]", "1") == (record.json, record.body, record.headers["x-a"])
    assert "RecordedRequest(method='POST', path='/nowhere.json')" == repr(record)


def test_record_of_another_body_has_neither_json_nor_form() -> None:
    """A body that is neither JSON nor a form is no error."""
    record = RecordedRequest("GET", "/", "", Headers({}), b"a=1")

    assert (None, []) == (record.json, record.form)


def test_lone_surrogate_does_no_harm() -> None:
    """Text that has no UTF-8 is answered with a replacement."""
    service = Service()
    body = b'{"user":{"login":"mara","password":"long-enough-1","full_name":"\\ud800"}}'
    headers = {"CB-AuthKey": "emulator-auth-key", "Content-Type": JSON}
    response = service.receive(WireRequest("POST", "/users", "", headers, body)).response

    assert response is not None
    assert 201 == response.status
    assert b'"full_name":"?"' in response.body
