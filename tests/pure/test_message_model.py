"""Messages and attachments as they come from people: read, whatever was put into them."""

import json
import random
from datetime import UTC, datetime
from typing import Any, Final

import attrs
import orjson
import pytest

from connectycube import InvalidInputError
from connectycube.models.link_preview import LinkPreview
from connectycube.models.message import Attachment, Message, Reactions, attachment_members
from connectycube.models.search_result import SearchResult
from connectycube.reader import can_be_written
from connectycube.structure import explain, members_of, read_by_init, reader

ID: Final = "6666c901a4b35e0017f0b001"


def read(kind: Any, told: Any) -> Any:
    return reader(kind)(orjson.loads(orjson.dumps(told)), kind)


def a_message(**told: Any) -> Message:
    message = read(Message, {"_id": ID, **told})
    assert isinstance(message, Message)
    assert [] == explain(Message, {"_id": ID, **told})
    return message


def test_a_message_of_nothing_but_its_id() -> None:
    """Whatever the service leaves out is nothing, or an empty list."""
    assert Message(id=ID) == a_message()


def test_nulls_are_nothing() -> None:
    """In every member that may be missing."""
    members = ("chat_dialog_id", "message", "sender_id", "attachments", "reactions", "read")
    others = ("read_ids", "delivered_ids", "views_count", "date_sent", "edited_at")

    assert Message(id=ID) == a_message(**dict.fromkeys((*members, *others)))


@pytest.mark.parametrize(
    ("member", "told", "field", "expected"),
    [
        ("sender_id", "7", "sender_id", 7),
        ("read_ids", ["7", 8], "read_ids", [7, 8]),
        ("delivered_ids", "7,8", "delivered_ids", [7, 8]),
        ("read", 1, "read", True),
        ("read", 0, "read", False),
        ("read", True, "read", True),
        ("date_sent", "1718012061", "date_sent", datetime(2024, 6, 10, 9, 34, 21, tzinfo=UTC)),
        ("date_sent", 1718012061, "date_sent", datetime(2024, 6, 10, 9, 34, 21, tzinfo=UTC)),
        ("message", 7, "text", "7"),
        ("views_count", "2", "views_count", 2),
        ("country", "LV", "params", {"country": "LV"}),
    ],
)
def test_kinds_are_forgiven(member: str, told: Any, field: str, expected: Any) -> None:
    """Numbers come as texts, flags as numbers, lists joined by commas."""
    message = a_message(**{member: told})

    assert expected == getattr(message, field)


@pytest.mark.parametrize(
    "member",
    [
        {"message": {"a": 1}},
        {"sender_id": "somebody"},
        {"date_sent": "yesterday"},
        {"edited_at": [1]},
        {"edited_at": "not-yet"},
        {"read": 2},
        {"read_ids": {"a": 1}},
        {"attachments": "none"},
        {"attachments": {"0": {"type": "image"}}},
        {"attachments": [{"type": "image", "url": "u"}, "b"]},
        {"reactions": ["👍"]},
    ],
)
def test_what_came_in_another_form_is_kept(member: dict[str, Any]) -> None:
    """As it came, among the unknown; all else of the message is read."""
    message = a_message(**member, views_count=3, country="LV")

    assert Message(id=ID, views_count=3, extra={**member, "country": "LV"}) == message


def test_attachments_are_their_senders_word() -> None:
    """Numbers as texts are read, free members kept, and odd ones do not hide the rest."""
    image = {"type": "image", "content-type": "image/png", "size": "48213", "width": 12.5}
    place = {"type": "place", "latitude": "64.79", "longitude": -23.7, "label": {"en": "Fjord"}}

    message = a_message(attachments=[image, place, {"type": 5, "duration": "2.5"}])

    assert [
        Attachment(type="image", content_type="image/png", size=48213, extra={"width": 12.5}),
        Attachment(type="place", latitude=64.79, longitude=-23.7, extra={"label": {"en": "Fjord"}}),
        Attachment(type="5", duration=2.5),
    ] == message.attachments


def test_reactions_are_read() -> None:
    """Counts may be texts; what are no counts is kept."""
    told = {"own": None, "total": {"👍": "2"}, "others": 1}

    assert Reactions(total={"👍": 2}, extra={"others": 1}) == a_message(reactions=told).reactions
    assert Reactions(own=["👍"], extra={"total": [1]}) == (
        a_message(reactions={"own": ["👍"], "total": [1]}).reactions
    )


@pytest.mark.parametrize("told", [{}, {"_id": None}, {"_id": ["a"]}, {"message": "a"}])
def test_a_message_without_an_id_is_none(told: dict[str, Any]) -> None:
    """Nothing could be done with it."""
    assert explain(Message, told)


def test_what_people_send_is_read_quickly() -> None:
    """By readers that are written out, as those of all models."""
    assert all(map(can_be_written, (Message, Attachment, Reactions, SearchResult)))


@pytest.mark.parametrize(
    ("attachment", "members"),
    [
        (Attachment(type="image", id="510077"), {"type": "image", "id": "510077"}),
        (
            Attachment(content_type="image/png", size=5, latitude=0.0),
            {"content-type": "image/png", "size": 5, "latitude": 0.0},
        ),
        (Attachment(uid="u", extra={"label": "a", "uid": 7}), {"uid": "u", "label": "a"}),
        ({"type": "x", "free": 1}, {"type": "x", "free": 1}),
    ],
)
def test_attachments_are_spelled(attachment: Any, members: dict[str, Any]) -> None:
    """By the service's names, without what was not given."""
    assert members == attachment_members(attachment)


@pytest.mark.parametrize("attachment", [Attachment(), {}, "image", None, ["type", "image"]])
def test_an_attachment_of_nothing_is_refused(attachment: Any) -> None:
    """The service would keep an empty one."""
    with pytest.raises(InvalidInputError):
        attachment_members(attachment)


def test_an_attachment_that_was_read_can_be_sent_again() -> None:
    """With every member that it came with."""
    told = {"type": "image", "content-type": "image/png", "width": 12.5, "free": {"a": [1]}}

    [attachment] = a_message(attachments=[told]).attachments

    assert told == attachment_members(attachment)


def test_a_list_of_other_models_is_still_strict() -> None:
    """Only models that keep what is odd forgive it."""
    with pytest.raises(ValueError, match="a list of objects"):
        read(list[Message], [{"_id": ID}, 5])


VALUES: Final[list[Any]] = [
    *(
        7,
        "mara",
        None,
        True,
        1,
        1.5,
        "2024-06-10T09:05:09Z",
        "a,b",
        "7",
        10**30,
        "",
        "-",
        "not-yet",
    ),
    *([], ["a"], [None], {}, {"id": 1}, [{"type": 1}], [{"width": {}}, 5], [{"_id": ID}]),
    *({"own": ["a"], "total": {"a": 1}}, {"own": {}, "total": {"a": "x"}}),
]


@pytest.mark.parametrize("model", [Message, Attachment, Reactions, LinkPreview, SearchResult])
def test_written_readers_agree_with_plain_ones(model: Any) -> None:
    """Both read the same, keep the same and refuse the same, which can then be explained."""
    dice = random.Random(6)  # noqa: S311 - no secret
    names = [field.metadata.get("wire", field.name) for field in attrs.fields(model)]
    for _ in range(2000):
        told: dict[str, Any] = {"_id": ID} if model is Message else {}
        for name in dice.sample(names, dice.randrange(4)):
            told[name] = dice.choice(VALUES)
        value = outcome(model, told, written=True)

        assert value == outcome(model, told, written=False), told
        assert (value is None) == bool(explain(model, told)), told


def outcome(model: Any, told: Any, *, written: bool) -> Any:
    try:
        hook = reader(model) if written else read_by_init(model, members_of(model))
        return hook(json.loads(json.dumps(told)), model)
    except Exception:  # noqa: BLE001 - a hook may raise anything
        return None
