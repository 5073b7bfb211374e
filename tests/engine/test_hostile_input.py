"""What cannot be sent is refused before anything is, whatever it is."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from connectycube import ConnectyCube, InvalidInputError, where

from .wire_stage import Wire, reply

pytestmark = pytest.mark.anyio

ID: Final = "6666c1d2a4b35e0017f0a911"
NAN: Final = float("nan")
SURROGATE: Final = "\ud800"
HOSTILE_IDS: Final[list[Any]] = [
    *(
        None,
        True,
        -1,
        7,
        NAN,
        b"x",
        "",
        " ",
        "..",
        "../users/7",
        f"{ID}/..",
        f"{ID}\n",
        f"{ID}?a=b",
    ),
    *(
        SURROGATE,
        "\x00",
        "%2e%2e",
        "x\r\nCB-Token: y",
        [],
        [ID],
        {},
        object(),
        "٣" * 24,
        "a" * 10**6,
    ),
]
BY_ID: Final[list[Callable[[ConnectyCube, Any], Awaitable[object]]]] = [
    lambda cube, one: cube.chat.dialogs.update(one, name="x"),
    lambda cube, one: cube.chat.dialogs.delete(ID, one),
    lambda cube, one: cube.chat.dialogs.find_occupants(one),
    lambda cube, one: cube.chat.messages.delete(ID, one, force=True),
    lambda cube, one: cube.chat.messages.get_reactions(one),
    lambda cube, one: cube.chat.messages.mark_read(ID, one),
    lambda cube, one: cube.chat.search("hello", dialog_ids=[ID, one]),
    lambda cube, one: cube.data.delete("Boat", one),
    lambda cube, one: cube.data.get_many("Boat", [ID, one]),
    lambda cube, one: cube.data.update_many("Boat", {ID: {"a": 1}, str(one): {"a": 1}}),
    lambda cube, one: cube.meetings.delete(one),
    lambda cube, one: cube.meetings.find_recordings(one),
    lambda cube, one: cube.whiteboards.update(one, name="x"),
]


def odd(value: object) -> Any:
    """Return what types forbid, to be tried all the same."""
    return value


def deep(times: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(times):
        value = [value]
    return value


NOT_SENT: Final[dict[str, Callable[[ConnectyCube], Awaitable[object]]]] = {
    # Written as null it would clear the field.
    "no number": lambda cube: cube.data.create("Boat", {"length": NAN}),
    "no number inside": lambda cube: cube.data.create("Boat", {"at": [1.5, float("inf")]}),
    "no number of a call": lambda cube: cube.calls.reject(7, "s", user_info={"a": {"b": NAN}}),
    "deep": lambda cube: cube.data.create("Boat", {"a": deep(5000)}),
    "deep as a parameter": lambda cube: cube.chat.messages.create(
        ID, "x", params={"a": deep(5000)}
    ),
    "half a character": lambda cube: cube.chat.messages.create(ID, SURROGATE),
    "half a character of a name": lambda cube: cube.chat.dialogs.update(ID, name=SURROGATE),
    "half a character of a field": lambda cube: cube.data.find("Boat", {"a": SURROGATE}),
    "a large number": lambda cube: cube.data.create("Boat", {"length": 2**70}),
    "filters": lambda cube: cube.data.find("Boat", odd([1])),
    "what to delete": lambda cube: cube.data.delete_where("Boat", odd("all")),
    "fields to tell": lambda cube: cube.data.find("Boat", include=odd(5)),
    "records": lambda cube: cube.data.get_many("Boat", odd(5)),
    "many": lambda cube: cube.data.create_many("Boat", odd(5)),
    "changes": lambda cube: cube.data.update_many("Boat", odd([ID])),
    "permissions": lambda cube: cube.data.create("Boat", {}, permissions=odd({"read": "open"})),
    "a calculation": lambda cube: cube.data.aggregate(
        "Boat", calculate=odd(["sum"]), field="a", group_by="b"
    ),
    "a channel": lambda cube: cube.push.subscribe(
        channel=odd(["gcm"]), environment="development", udid="u", token="canary-device"
    ),
    "a true user": lambda cube: cube.chat.dialogs.create_private(odd(True)),
    "a text of users": lambda cube: cube.chat.dialogs.create_group("x", odd("7")),
    "user info": lambda cube: cube.calls.reject(7, "s", user_info=odd(["ab"])),
    "contacts": lambda cube: cube.address_book.upload(odd(5)),
    "dialogs": lambda cube: cube.chat.search("hello", dialog_ids=odd(5)),
    "a condition": lambda cube: cube.chat.dialogs.find(name=where.gt(odd({}))),
}


@pytest.mark.parametrize("number", range(len(BY_ID)))
async def test_no_id_leads_anywhere_else(number: int) -> None:
    """Nothing that is no id gets into a path, nor are the others of its list sent."""
    wire = Wire([])
    for one in HOSTILE_IDS:
        with pytest.raises(InvalidInputError):
            await BY_ID[number](wire.cube, one)
    assert [] == wire.sent


@pytest.mark.parametrize("name", NOT_SENT)
async def test_what_cannot_be_sent_is_refused(name: str) -> None:
    """By an error of ours, and not by whatever it happens to break."""
    wire = Wire([])

    with pytest.raises(InvalidInputError):
        await NOT_SENT[name](wire.cube)
    assert [] == wire.sent


async def test_the_last_moment_can_be_the_start_of_a_meeting() -> None:
    """Though there is no hour after it."""
    wire = Wire([reply("meetings.create_meeting")])
    last = datetime.max.replace(tzinfo=UTC)

    await wire.cube.meetings.create("Briefing", start=last)

    [one] = wire.sent
    assert one.json["start_date"] == one.json["end_date"]
