"""Session requests are signed as older deployments verify them."""

import hashlib
import hmac
from typing import Any

import pytest

from connectycube.signing import signed

SECRET = "canary-secret"
BODY = {
    "application_id": 774,
    "auth_key": "AbCdEf123456789",
    "user": {"login": "mara", "password": "long-enough-1"},
}
# The documented example string.
TEXT = (
    "application_id=774&auth_key=AbCdEf123456789&nonce=8891&timestamp=1718000000"
    "&user[login]=mara&user[password]=long-enough-1"
)


def mac(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()


def test_the_documented_example() -> None:
    """The string of the contract's example is what is signed."""
    body = signed(BODY, secret=SECRET, nonce=8891, timestamp=1718000000)

    assert {**BODY, "nonce": 8891, "timestamp": 1718000000, "signature": mac(TEXT)} == body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "nonce=1&timestamp=2"),
        ({"b": 1, "a": 2}, "a=2&b=1&nonce=1&timestamp=2"),
        ({"a": None, "b": {"c": None}}, "nonce=1&timestamp=2"),
        ({"z": {"b": {"d": 1}, "a": 2}}, "nonce=1&timestamp=2&z[a]=2&z[b][d]=1"),
        ({"user": {"guest": "1"}}, "nonce=1&timestamp=2&user[guest]=1"),
        ({"Z": 1, "_": 2, "a": 3}, "Z=1&_=2&a=3&nonce=1&timestamp=2"),
        ({"q": "a b&c=é"}, "nonce=1&q=a b&c=é&timestamp=2"),
        ({"ab": 1, "a": {"x": 2}}, "a[x]=2&ab=1&nonce=1&timestamp=2"),
    ],
)
def test_what_is_signed(body: dict[str, Any], text: str) -> None:
    """Nested keys in brackets, nulls left out, sorted by key bytewise, values raw."""
    assert mac(text) == signed(body, secret=SECRET, nonce=1, timestamp=2)["signature"]


def test_the_body_given_is_left_alone() -> None:
    """Signing makes a new body: a retry signs the same one again."""
    body = {"application_id": 7}
    signed(body, secret=SECRET, nonce=1, timestamp=2)

    assert {"application_id": 7} == body


def test_another_secret_signs_otherwise() -> None:
    """The secret is what makes the signature."""
    one = signed(BODY, secret=SECRET, nonce=1, timestamp=2)
    other = signed(BODY, secret="canary-other", nonce=1, timestamp=2)

    assert one["signature"] != other["signature"]
