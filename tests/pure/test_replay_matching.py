"""Which request is a recorded one."""

from typing import Any

import orjson
import pytest

from connectycube.http import Headers, Request
from connectycube.transports._cassette import Recorded
from connectycube.transports._matching import differences, same_value


def recorded(**parts: Any) -> Recorded:
    whole: dict[str, Any] = {
        "label": "GET /a",
        "method": "GET",
        "url": "https://x/a",
        "token": None,
        "sent": None,
        "status": 200,
        "headers": Headers(),
        "content": b"",
        "is_whole": True,
        "error": None,
    }
    return Recorded(**{**whole, **parts})


def asking(url: str = "https://x/a", *, method: str = "GET", **parts: Any) -> Request:
    headers = {"CB-Token": parts["token"]} if "token" in parts else {}
    body = orjson.dumps(parts["body"]) if "body" in parts else None
    if body is not None:
        headers["Content-Type"] = "application/json"
    return Request(method=method, url=url, headers=Headers(headers), body=body)


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (recorded(), asking(), []),
        (recorded(), asking(method="PUT"), ["method"]),
        (recorded(), asking("https://x/b"), ["path"]),
        (recorded(), asking("https://y/a"), ["path"]),
        (recorded(), asking("https://x/a?b=1"), ["query"]),
        (recorded(url="https://x/a?b=1&c=2"), asking("https://x/a?c=2&b=1"), []),
        (recorded(url="https://x/a?b=1&b=2"), asking("https://x/a?b=1&b=2"), []),
        (recorded(url="https://x/a?b=1&b=2"), asking("https://x/a?b=2&b=1"), ["query"]),
        (recorded(url="https://x/a?b=%20"), asking("https://x/a?b=+"), []),
        (
            recorded(url="https://x/a?token=<token-1>"),
            asking("https://x/a?token=%3Ctoken-1%3E"),
            [],
        ),
        (recorded(url="https://x/a?token=<token-1>"), asking("https://x/a?token=own"), []),
        (
            recorded(url="https://x/a?token=<token-1>"),
            asking("https://x/a?token=<token-2>"),
            ["query"],
        ),
        (recorded(token="<token-1>"), asking(token="<token-1>"), []),
        (recorded(token="<token-1>"), asking(token="from elsewhere"), []),
        (recorded(token="<token-1>"), asking(token="<token-2>"), ["session"]),
        (recorded(token="<token-1>"), asking(), ["session"]),
        (recorded(), asking(token="any"), ["session"]),
        (recorded(sent={"a": [1, {"b": None}]}), asking(body={"a": [1, {"b": None}]}), []),
        (recorded(sent={"a": 1}), asking(body={"a": 2}), ["body"]),
        (recorded(sent={"a": 1}), asking(), ["body"]),
        (recorded(sent={"a": 1}), asking(body={"a": 1, "b": 2}), ["body"]),
        (recorded(sent={"a": 1}), asking(method="PUT", body=[]), ["method", "body"]),
    ],
)
def test_all_but_secrets_must_be_the_same(
    given: Recorded, request_: Request, expected: list[str]
) -> None:
    """Method, URL, session and JSON body; the order of a query does not matter."""
    assert expected == differences(given, request_)


@pytest.mark.parametrize(
    ("given", "value", "expected"),
    [
        ("<password-1>", "anything", True),
        ("<nonce-1>", 17, True),
        ("<token-1>", None, False),
        ("<token-1>", "<token-2>", False),
        ("a <token-1> b <token-2>", "a x b y", True),
        ("a <token-1> b", "a  b", False),
        ("a <token-1> b", "a <token-2> b", False),
        ("a.c", "abc", False),
        ("a", "<token-1>", False),
        (1, 1.0, False),
        (True, 1, False),
        ([], {}, False),
        ([1], [1, 2], False),
        ({"a": None}, {"b": None}, False),
        ({"<password-1>": 1}, {"canary": 1}, True),
        ({"<password-1>": 1}, {"canary": 2}, False),
        ({"signature": "<signature-1>", "nonce": 1, "a": 2}, {"a": 2}, True),
        ({"signature": "<signature-1>", "nonce": 1}, {"signature": "s", "nonce": 2}, True),
        ({"nonce": 1}, {"nonce": 2}, False),
    ],
)
def test_a_placeholder_stands_for_any_secret(given: Any, value: Any, expected: bool) -> None:  # noqa: FBT001 - a table
    """Not for nothing, and not for another one's placeholder; what a signature adds is left out."""
    assert expected == same_value(given, value)
