"""The rules of a search for messages, and of the bodies that make and change them."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from connectycube import InvalidInputError, InvalidQueryError, where
from connectycube.bodies.messages import (
    checked_reaction,
    message_changes,
    new_message,
    system_message,
)
from connectycube.fields import UNSET
from connectycube.models.dialog import Dialog
from connectycube.models.message import Attachment
from connectycube.query import encode_query
from connectycube.searches.messages import message_queries

DIALOG: Final = "6666c1d2a4b35e0017f0a911"
ID: Final = "6666c901a4b35e0017f0b001"
NOON: Final = datetime(2024, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"id": ID}, f"&_id={ID}"),
        ({"id": where.gt(ID)}, f"&_id[gt]={ID}"),
        ({"text": where.contains("price & 50%")}, "&message[ctn]=price%20%26%2050%25"),
        ({"date_sent": NOON}, "&date_sent=1718020800"),
        (
            {"date_sent": where.gte(NOON) & where.lt(NOON)},
            "&date_sent[gte]=1718020800&date_sent[lt]=1718020800",
        ),
        ({"sender_id": where.in_([7, 9])}, "&sender_id[in]=7%2C9"),
        ({"sender_id": where.not_in([])}, ""),
        ({"recipient_id": where.ne(7)}, "&recipient_id[ne]=7"),
        ({"attachment_type": "image"}, "&attachments.type=image"),
        ({"updated_at": where.gte(NOON)}, "&updated_at[gte]=2024-06-10T12%3A00%3A00Z"),
    ],
)
def test_searches_are_spelled(filters: dict[str, Any], query: str) -> None:
    """By the service's names and in the form that it keeps each field in."""
    [found] = message_queries(DIALOG, filters)

    assert f"chat_dialog_id={DIALOG}{query}" == encode_query(found)


@pytest.mark.parametrize(
    ("sort", "pair"),
    [
        (None, ""),
        ("date_sent", "&sort_asc=date_sent"),
        ("-date_sent", "&sort_desc=date_sent"),
    ],
)
def test_the_order_is_spelled(sort: str | None, pair: str) -> None:
    """By the moment of sending, or as the service will."""
    [found] = message_queries(DIALOG, {}, sort=sort)

    assert f"chat_dialog_id={DIALOG}{pair}" == encode_query(found)


@pytest.mark.parametrize(
    "filters",
    [
        {"id": "x"},
        {"text": ""},
        {"date_sent": NOON.replace(tzinfo=None)},
        {"date_sent": 1718020800},
        {"sender_id": "7"},
        {"recipient_id": True},
        {"sender_id": where.in_([7, 0])},
        {"text": where.starts_with("pric")},
        {"message": "x"},
    ],
)
def test_a_search_that_cannot_be_is_refused(filters: dict[str, Any]) -> None:
    """By the kind of a value, an operator, or a field that nobody knows."""
    with pytest.raises(InvalidQueryError):
        message_queries(DIALOG, filters)


def made(to: Any = DIALOG, text: Any = None, **options: Any) -> dict[str, Any]:
    chosen = {"attachments": (), "send_to_chat": False, "markable": False, "params": None}
    return new_message(to, text, **{**chosen, **options})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (made(text="x"), {"chat_dialog_id": DIALOG, "message": "x"}),
        (made(Dialog(id=DIALOG), "x"), {"chat_dialog_id": DIALOG, "message": "x"}),
        (made(7, "x", markable=True), {"recipient_id": 7, "message": "x", "markable": 1}),
        (
            made(7, "", send_to_chat=True, params={"a": {"b": None}}),
            {"recipient_id": 7, "message": "", "send_to_chat": 1, "a": {"b": None}},
        ),
        (
            made(7, attachments=iter([Attachment(type="image"), {"type": "place"}])),
            {"recipient_id": 7, "attachments": {"0": {"type": "image"}, "1": {"type": "place"}}},
        ),
    ],
)
def test_new_messages_are_spelled(body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Attachments by number, flags only where they are wanted, own parameters beside the rest."""
    assert expected == body


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": None, "text": "x"},
        {"to": 1.5, "text": "x"},
        {"to": -1, "text": "x"},
        {"text": 5},
        {"text": b"x"},
        {"attachments": {"0": {"type": "image"}}},
        {"attachments": "image"},
        {"attachments": [None]},
        {"params": {}},
        {"params": [("a", 1)]},
        {"params": {5: 1}},
        {"params": {"": 1}},
        *({"params": {name: 1}} for name in ("_id", "chat_dialog_id", "message", "sender_id")),
        *({"params": {name: 1}} for name in ("attachments", "send_to_chat", "markable", "read")),
    ],
)
def test_a_message_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    """To nobody, of nothing, or with a parameter that would pass for something else."""
    with pytest.raises(InvalidInputError):
        made(**wrong)


def test_a_parameter_may_have_any_name_that_is_free() -> None:
    """Also `extra`, and those by which Python knows the service's members."""
    params = {"extra": 1, "text": 2, "dialog_id": 3}

    assert {"recipient_id": 7, **params} == made(7, params=params)


def test_changes_are_spelled() -> None:
    """The text of one message, marks of any number."""
    both = message_changes(DIALOG, count=1, text="x", read=True, delivered=True)
    mark = message_changes(DIALOG, count=0, text=UNSET, read=False, delivered=True)

    assert {"chat_dialog_id": DIALOG, "message": "x", "read": 1, "delivered": 1} == both
    assert {"chat_dialog_id": DIALOG, "delivered": 1} == mark


@pytest.mark.parametrize("text", [None, "", 5])
def test_a_text_cannot_be_changed_to_nothing(text: object) -> None:
    """The service has no word for it."""
    with pytest.raises(InvalidInputError):
        message_changes(DIALOG, count=1, text=text, read=True, delivered=False)


def test_a_system_message_holds_anything_but_its_recipient() -> None:
    """Who gets it is said once."""
    assert {"recipientId": 7, "recipient": "x"} == system_message(7, {"recipient": "x"})
    with pytest.raises(InvalidInputError):
        system_message(7, {"recipientId": 8})


@pytest.mark.parametrize("reaction", ["", " ", None, 5])
def test_a_reaction_is_a_text(reaction: object) -> None:
    """Mostly of one character, which is the service's to judge."""
    with pytest.raises(InvalidInputError):
        checked_reaction(reaction)
