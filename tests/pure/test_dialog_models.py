"""Dialogs and whiteboards are read whatever form their members have; a deletion tells its lists."""

from datetime import UTC, datetime
from typing import Any, Final

import orjson
import pytest

from connectycube import DecodeError
from connectycube.codec import decode
from connectycube.endpoint import Endpoint
from connectycube.errors import InvalidInputError
from connectycube.models.deleted import Deleted
from connectycube.models.dialog import Dialog, DialogType, dialog_id, dialog_ids
from connectycube.models.whiteboard import Whiteboard, whiteboard_id
from connectycube.retry import Attempt

ID: Final = "6666c1d2a4b35e0017f0a911"
NAMED: Final = frozenset(
    {
        *("_id", "type", "user_id", "name", "description", "photo", "xmpp_room_jid"),
        *("occupants_ids", "occupants_count", "admins_ids", "last_message", "last_message_id"),
        *("last_message_user_id", "last_message_date_sent", "last_message_status"),
        *("unread_messages_count", "pinned_messages_ids", "extensions", "permissions"),
        *("created_at", "updated_at"),
    }
)
ODD: Final[list[Any]] = [None, True, 0, -1, 1.5, "", "x", "7", [], [None], ["x"], {}, {"a": 1}]


def read(kind: Any, body: Any) -> Any:
    endpoint = Endpoint("GET", "/things", kind)
    return decode(endpoint, Attempt(1, endpoint, 200, {}, orjson.dumps(body))).value


def test_a_dialog_is_its_id() -> None:
    """All else may be missing."""
    assert Dialog(id=ID) == read(Dialog, {"_id": ID})
    with pytest.raises(DecodeError, match=r"missing @ answer\.id"):
        read(Dialog, {"type": 2})


@pytest.mark.parametrize("name", sorted(NAMED - {"_id"}))
def test_any_member_may_come_in_any_form(name: str) -> None:
    """What cannot be read is kept beside; the rest of the dialog is read all the same."""
    for value in ODD:
        dialog = read(Dialog, {"_id": ID, "name": "N", "occupants_ids": [7], name: value})

        assert (ID, "N") == (dialog.id, "N" if name == "name" else dialog.name)
        assert set(dialog.extra) <= {name}
        assert [value] == list(dialog.extra.values()) or not dialog.extra


def test_the_same_in_other_forms() -> None:
    """Ids and counts as texts, lists joined by commas, dates in seconds."""
    told = {
        "_id": ID,
        "type": "2",
        "user_id": "7",
        "name": 2024,
        "occupants_ids": "7, 8,9",
        "admins_ids": ["7", 8],
        "pinned_messages_ids": None,
        "created_at": 1718012641,
        "last_message_date_sent": "1718012641",
    }
    moment = datetime.fromtimestamp(1718012641, UTC)

    assert Dialog(
        id=ID,
        type=2,
        user_id=7,
        name="2024",
        occupants_ids=[7, 8, 9],
        admins_ids=[7, 8],
        created_at=moment,
        last_message_date_sent=moment,
    ) == read(Dialog, told)


def test_what_is_new_is_kept() -> None:
    """A kind of dialog, and a member."""
    dialog = read(Dialog, {"_id": ID, "type": 9, "is_muted": None})

    assert (9, {"is_muted": None}) == (dialog.type, dialog.extra)
    assert DialogType.GROUP == read(Dialog, {"_id": ID, "type": 2}).type


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [(None, False), ({}, False), ({"allow_preview": False}, False), ({"allow_preview": 1}, True)],
)
def test_whether_a_dialog_can_be_looked_into(permissions: Any, *, allowed: bool) -> None:
    """Only where the service says so."""
    assert allowed is Dialog(id=ID, permissions=permissions).allow_preview


def test_a_whiteboard_is_its_id() -> None:
    """All else may be missing, or come in another form."""
    assert Whiteboard(id=ID) == read(Whiteboard, {"_id": ID})
    assert (None, {"user_id": []}) == (
        *(read(Whiteboard, {"_id": ID, "user_id": []}).user_id,),
        read(Whiteboard, {"_id": ID, "user_id": []}).extra,
    )


@pytest.mark.parametrize("given", ["", "7", 7, None, ID[1:], f"{ID}0", f"{ID[:-1]}g", object()])
def test_what_names_no_dialog_is_refused(given: Any) -> None:
    """Nor a whiteboard; a value of the other kind is neither."""
    for read_id in (dialog_id, whiteboard_id):
        with pytest.raises(InvalidInputError, match="24 hexadecimal"):
            read_id(given)
    with pytest.raises(InvalidInputError):
        dialog_id(Whiteboard(id=ID))  # type: ignore[arg-type]


def test_a_value_names_itself() -> None:
    """As its id does."""
    assert [ID, ID] == dialog_ids([ID, Dialog(id=ID)])
    assert [ID, ID] == [whiteboard_id(ID), whiteboard_id(Whiteboard(id=ID))]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {
                "SuccessfullyDeleted": {"ids": ["a", 7]},
                "NotFound": {"ids": []},
                "WrongPermissions": {"ids": ["b"]},
            },
            Deleted(deleted=["a", "7"], not_permitted=["b"]),
        ),
        ({"NotFound": {"ids": ["a"]}}, Deleted(not_found=["a"])),
        ({"NotFound": {"ids": None}, "SuccessfullyDeleted": None}, Deleted()),
        ({"NotFound": ["a"], "WrongPermissions": {}}, Deleted(not_found=["a"])),
        ({}, Deleted()),
        (None, Deleted()),
        ([], Deleted()),
    ],
)
def test_a_deletion_tells_its_lists(body: Any, told: Deleted) -> None:
    """Any of them may be missing, and the whole body too."""
    assert told == read(Deleted, body)


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), (1, True), ("1", True), ("true", True), (0, False), ("0", False)],
)
def test_a_flag_in_any_form(value: Any, *, flag: bool) -> None:
    """Some of the service's flags are numbers, and some numbers texts."""
    assert flag is read(bool, value)


@pytest.mark.parametrize("value", [None, 2, -1, "", "yes", 1.0, [], {}])
def test_what_is_no_flag(value: Any) -> None:
    """Is not guessed at."""
    with pytest.raises(DecodeError):
        read(bool, value)


@pytest.mark.parametrize("value", [{"a": 1}, 7, ["x"], [None], "a,b"])
def test_what_is_no_list_of_ids(value: Any) -> None:
    """Numbers, also as texts, and nothing else."""
    with pytest.raises(DecodeError):
        read(list[int], value)


def test_a_member_deep_within() -> None:
    """Each dot of an envelope leads one further in, and what is missing there is named."""
    endpoint = Endpoint("GET", "/things", int, envelope="items.count")

    def count(body: Any) -> int:
        return decode(endpoint, Attempt(1, endpoint, 200, {}, orjson.dumps(body))).value

    assert 4 == count({"items": {"count": "4"}})
    odd: list[Any] = [{}, [], None]
    for within in odd:
        with pytest.raises(DecodeError, match="no member 'count'"):
            count({"items": within})
