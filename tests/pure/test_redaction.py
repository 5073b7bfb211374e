"""What a cassette shows in place of secrets, and what it leaves alone."""

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from connectycube.transports._redaction import Redaction

ODD = 'cänary/"odd" <+>&=%?'


def knowing(*secrets: str) -> Redaction:
    """Return a redaction that has seen these as passwords."""
    redaction = Redaction()
    for secret in secrets:
        redaction.learn("password", secret)
    redaction.seal()
    return redaction


@pytest.mark.parametrize(
    "name",
    [
        "auth_key",
        "password",
        "old_password",
        "user[password]",
        "token",
        "access_token",
        "firebase_phone[access_token]",
        "web_token",
        "refreshToken",
        "secret",
        "signature",
        "Signature",
        "Policy",
        "x-amz-signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "AWSAccessKeyId",
        "Key-Pair-Id",
        "api_key",
        "client_identification_sequence",
        "pwd",
        "passcode",
    ],
)
def test_a_name_tells_a_secret(name: str) -> None:
    """As a member, a field of a form, part of a query, or an element; in any case."""
    redaction = Redaction()
    shown = [
        redaction.json({name: "canary"})[name],
        redaction.field(name, "canary"),
        redaction.url(f"https://x/?{quote(name)}=canary").partition("=")[2],
        redaction.text(f"see https://x/?a=1&{name}=canary here").partition(f"{name}=")[2][:-5],
    ]

    assert 1 == len(set(shown))
    assert "canary" not in shown[0]


@pytest.mark.parametrize(
    "value",
    [
        {"user": {"id": 7, "login": "mar", "email": "a@b.example", "custom_data": "x=1&y=2"}},
        {"blob": {"uid": "A" * 36, "size": 10, "public": True, "access": None}},
        {"errors": {"password": ["cannot be blank"], "token": "is required"}},
        {"token": None, "password": "", "secret": True},
        {"items": [1, 2.5, "a"], "policy": {"kind": "open"}},
        {"timestamp": 1, "nonce": 2},
        '{"not": "secret"}',
        "{no json",
        "text with a=b, <b>c</b> and https://x/?y=z",
    ],
)
def test_what_is_no_secret_stays(value: Any) -> None:
    """Errors name the members that they speak of, and hold no secret."""
    redaction = knowing("canary-secret")

    assert value == redaction.json(value)


def test_a_secret_has_one_placeholder() -> None:
    """Wherever it occurs, whatever it is called there; another one has another."""
    redaction = Redaction()
    redaction.json({"session": {"token": "canary-1"}})
    redaction.seal()

    assert {"CB-Token": "<token-1>", "cb-token": "<token-2>"} == redaction.headers(
        {"CB-Token": "canary-1", "cb-token": "canary-2"}
    )
    assert "https://x/a?token=<token-1>" == redaction.url("https://x/a?token=canary-1")
    assert {"access_token": "<token-1>"} == redaction.json({"access_token": "canary-1"})


@pytest.mark.parametrize(
    "spelled",
    [
        ODD,
        quote(ODD),
        quote(ODD, safe=""),
        quote(ODD, safe="").lower(),
        quote_plus(ODD),
        json.dumps(ODD)[1:-1],
        json.dumps(ODD, ensure_ascii=False)[1:-1].replace("/", "\\/"),
        ODD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;"),
        ODD.encode().decode("latin-1"),
    ],
)
def test_a_secret_is_known_in_any_spelling(spelled: str) -> None:
    """As URLs, forms, JSON and XML write it, and as text in the wrong encoding."""
    assert "(<password-1>)" == knowing(ODD).text(f"({spelled})")


@pytest.mark.parametrize("before", ["", "mar:", "a policy that holds "])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_found_in_base64(before: str, encode: Any) -> None:
    """Wherever it stands in there, with or without the padding."""
    encoded = encode(f"{before}canary-in-base64, and more".encode()).decode()
    redaction = knowing("canary-in-base64")

    shown = redaction.text(f'"{encoded}" "{encoded.rstrip("=")}"')

    assert ["<base64", "<base64"] == [text.partition("-")[0] for text in shown.split('"')[1::2]]


def test_a_short_secret_is_replaced_where_it_is_the_whole_value() -> None:
    """It may be part of any word."""
    redaction = knowing("mar")

    assert {"a": "<password-1>", "b": "market"} == redaction.json({"a": "mar", "b": "market"})


def test_a_word_is_a_name_whatever_the_password() -> None:
    """Somebody may choose the name of a member; in a key of another kind it is hidden."""
    redaction = knowing("session", "canary-7")

    assert {"session": "<password-1>", "<password-2>": 1} == redaction.json(
        {"session": "session", "canary-7": 1}
    )


def test_a_placeholder_stays_what_it_is() -> None:
    """Also where a secret is the word in it, and where it stands for a secret by name."""
    redaction = knowing("password", "password-1")
    shown = redaction.json({"token": "<token-9>", "a": "the password-1 here"})

    assert {"token": "<token-9>", "a": "the <password-2> here"} == shown
    assert shown == redaction.json(shown)


def test_signed_bodies_lose_what_makes_them_unique() -> None:
    """Nonce and time are secrets of no one, and elsewhere mean something."""
    body = {"nonce": 1, "timestamp": 1718010309, "signature": "canary", "application_id": 21}
    expected = {
        "nonce": "<nonce-1>",
        "timestamp": "<timestamp-1>",
        "signature": "<signature-1>",
        "application_id": 21,
    }

    assert expected == Redaction().json(body)


def test_unknown_headers_show_their_names_alone() -> None:
    """Whoever adds one may have put anything into it."""
    headers = {"X-Own": "canary", "Set-Cookie": "a=canary", "Content-Type": "text/plain"}
    expected = {
        "X-Own": "<x_own-1>",
        "Set-Cookie": "<set_cookie-1>",
        "Content-Type": "text/plain",
    }

    assert expected == Redaction().headers(headers)


def test_a_url_keeps_all_that_is_not_secret() -> None:
    """Spelled as it was; user and password before the host are hidden."""
    redaction = knowing("canary-a")
    url = "https://mar:canary-b@x/p%20q?a=1%202&token=canary&b&c=x%26canary-a"

    assert "https://mar:<password-2>@x/p%20q?a=1%202&token=<token-1>&b&c=x%26<password-1>" == (
        redaction.url(url)
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("token=canary&b=2", "token=<token-1>&b=2"),
        (
            "https://x/?a=1&amp;Signature=canary&amp;b=2",
            "https://x/?a=1&amp;Signature=<signature-1>&amp;b=2",
        ),
        (
            "<AWSAccessKeyId>canary</AWSAccessKeyId>",
            "<AWSAccessKeyId><awsaccesskeyid-1></AWSAccessKeyId>",
        ),
        ('{"as": {"token": "canary"}}', '{"as": {"token": "<token-1>"}}'),
        ('[{"password": 12345678}]', '[{"password": "<password-1>"}]'),
    ],
)
def test_secrets_are_named_inside_texts(text: str, shown: str) -> None:
    """In a form, a URL, XML, or JSON within JSON."""
    assert {"text": shown} == Redaction().json({"text": text})


def test_bytes_may_hold_a_secret_too() -> None:
    """As text, whatever surrounds it."""
    assert knowing("canary-1").values_in(b"\xff\x00canary-1\xfe")
    assert not knowing("canary-1").values_in(b"\xff\x00canary-2\xfe")


@pytest.mark.parametrize("depth", [300, 100_000])
def test_what_is_nested_too_deep_is_hidden(depth: int) -> None:
    """In a header or a URL; of a body the caller tells the digest."""
    deep = "[" * depth + "]" * depth
    redaction = Redaction()

    assert "https://x/?a=<text-1>&b=1" == redaction.url(f"https://x/?a={deep}&b=1")
    assert {"Accept": "<text-1>"} == redaction.headers({"Accept": deep})
    with pytest.raises(RecursionError):
        redaction.text(deep)
