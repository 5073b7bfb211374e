"""What the default redactor hides, and what it leaves."""

import time

import pytest

from connectycube.assist import mask_private

HIDDEN = [
    ("write to mara.sim+x@mail.example.org now", "write to [e-mail] now"),
    ("<jürgen@bücher.example>", "<[e-mail]>"),
    ("x@y@example.org", "x@[e-mail]"),
    ("call +371 20 000 001", "call [phone]"),
    ("call +1 (555) 010-0199!", "call [phone]!"),
    ("call (0)20 7946 0958 or 06.12.34.56.78", "call [phone] or [phone]"),
    ("555 - 0123 - 45", "[phone]"),
    ("\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "[phone]"),
    ("card 4111 1111 1111 1111, thanks", "card [card], thanks"),
    ("378282246310005", "[card]"),
    ("4111-1111-1111-1112", "[number]"),
    ("IBAN LV80 0000 0435 1950 0101 3", "IBAN LV[number]"),
    ("eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", "[token]"),
    ("key sk-proj-abcdefghij0123456789", "key [token]"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[token]"),
    ("AKIAIOSFODNN7EXAMPLE", "[token]"),
    ("0123456789abcdef0123456789abcdef", "[token]"),
    ("id 123e4567-e89b-12d3-a456-426614174000", "id [token]"),
    ("h4x7k2m9q1w8e5r3t6y0", "[token]"),
    ("dGhpcyBpcyBhIHNlY3JldCBrZXk1Cg==", "[token]"),
    ("my password is hunter2.", "my password is [secret]"),
    ("Password: hunter2, user: mara", "Password: [secret], user: mara"),
    ("PIN=1234", "PIN=[secret]"),
    ('{"api_key": "abc"}', '{"api_key": "[secret]"}'),
    ("https://x.example/?token=abc&page=2", "https://x.example/?token=[secret]&page=2"),
    ("Authorization: Bearer abc.def", "Authorization: Bearer [secret]"),
]
LEFT = [
    "",
    "See you at 10:30 on 2024-06-10, or 10.06.2024, or 6/10/2024",
    "from 2024-06-10 10:30 on",
    "It costs 1250 EUR for 12 people",
    "room 404, floor 12",
    "internationalisation and Donaudampfschifffahrt",
    "my-holiday-photos-2024-final.jpg",
    "a secret garden, a pin board, tokens of love, passwords",
    "me @home, you @work",
    "\N{FAMILY} \N{THUMBS UP SIGN} Grüße, привет, 你好",
]


@pytest.mark.parametrize(("text", "expected"), HIDDEN, ids=[text for text, _ in HIDDEN])
def test_what_looks_private_is_hidden(text: str, expected: str) -> None:
    """Addresses, numbers, cards, tokens and told secrets, wherever they stand."""
    assert expected == mask_private(text)


@pytest.mark.parametrize("text", LEFT)
def test_what_people_say_stays(text: str) -> None:
    """Words, dates, times and small numbers make a summary worth reading."""
    assert text == mask_private(text)


@pytest.mark.parametrize("text", [text for text, _ in HIDDEN])
def test_what_is_hidden_once_stays_as_it_is(text: str) -> None:
    """A second look finds nothing new."""
    once = mask_private(text)

    assert once == mask_private(once)


@pytest.mark.parametrize(
    "text",
    [
        *("a", "a.", "a@", "a@a.", "1", "1 ", "1----", "(+", "eyJ", "eyJa.", "A1", "-", "sk-"),
        *("token", "token:", "pin is ", "password   "),
    ],
)
def test_no_text_takes_long(text: str) -> None:
    """Whoever writes a message may choose it to be slow; it grows no faster than its length."""
    long = text * (200_000 // len(text))
    began = time.perf_counter()
    mask_private(long)

    assert time.perf_counter() - began < 2
