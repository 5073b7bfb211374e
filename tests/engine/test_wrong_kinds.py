"""Flags, permissions and moments of a wrong kind: refused, where they would mean something else."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest

from connectycube import (
    Access,
    AdminClient,
    ConnectyCube,
    Contact,
    InvalidInputError,
    NoRetry,
    Permissions,
    PushPayload,
    where,
)
from connectycube.testing import ScriptedTransport

from .wire_stage import Wire, reply

pytestmark = pytest.mark.anyio

ID: Final = "6666c1d2a4b35e0017f0a911"
NAIVE: Final = datetime(2024, 6, 10)  # noqa: DTZ001 - that is the point
NO: Final[Any] = "no"  # a text that says no is true

FLAGS: Final[dict[str, Callable[[ConnectyCube], Awaitable[object]]]] = {
    "enabled": lambda cube: cube.chat.dialogs.set_notifications(ID, NO),
    "force": lambda cube: cube.chat.dialogs.delete(ID, force=NO),
    "force of a history": lambda cube: cube.chat.dialogs.clear_history(ID, force=NO),
    "force of messages": lambda cube: cube.chat.messages.delete(ID, force=NO),
    "force of a book": lambda cube: cube.address_book.upload([], force=NO),
    "allow_preview": lambda cube: cube.chat.dialogs.update(ID, allow_preview=NO),
    "allow_preview of a new one": lambda cube: cube.chat.dialogs.create_public(
        "x", allow_preview=NO
    ),
    "mark_as_read": lambda cube: cube.chat.messages.find(ID, mark_as_read=NO),
    "preview": lambda cube: cube.chat.messages.find(ID, preview=NO),
    "read": lambda cube: cube.chat.messages.update(ID, dialog_id=ID, read=NO),
    "delivered": lambda cube: cube.chat.messages.update(ID, dialog_id=ID, delivered=NO),
    "send_to_chat": lambda cube: cube.chat.messages.create(ID, "x", send_to_chat=NO),
    "markable": lambda cube: cube.chat.messages.create(ID, "x", markable=NO),
    "remove": lambda cube: cube.address_book.upload([Contact(phone="37120000002", remove=NO)]),
    "compact": lambda cube: cube.address_book.find_registered(compact=NO),
    "public": lambda cube: cube.storage.upload(b"x", name="x.txt", public=NO),
    "public of an avatar": lambda cube: cube.users.set_avatar(b"x", name="x.png", public=NO),
    "download_url": lambda cube: cube.storage.get_by_uid("x", download_url=NO),
    "ios_voip": lambda cube: cube.push.send(
        PushPayload("x", ios_voip=NO), environment="development", user_ids=[7]
    ),
    "record": lambda cube: cube.meetings.create("x", record=NO),
}


@pytest.mark.parametrize("name", FLAGS)
async def test_a_flag_is_true_or_false(name: str) -> None:
    """The error names it, and nothing is sent."""
    wire = Wire([])

    with pytest.raises(InvalidInputError, match=f"^{name.split(maxsplit=1)[0]} is True or False$"):
        await FLAGS[name](wire.cube)
    assert [] == wire.sent


def test_a_flag_of_an_iteration_is_one_too() -> None:
    """It is refused where the iteration is asked for."""
    admin = AdminClient("canary-key", transport=ScriptedTransport(), retry=NoRetry())

    with pytest.raises(InvalidInputError, match=r"^mark_as_read is True or False$"):
        Wire([]).cube.chat.messages.iterate(ID, mark_as_read=NO)
    with pytest.raises(InvalidInputError, match=r"^oldest_first is True or False$"):
        admin.iterate_messages(oldest_first=NO)


def permitting(access: Any) -> Permissions:
    return Permissions(read=access)


WRONG: Final[list[Any]] = [
    "owner",
    {"read": "owner"},
    Access.owner(),
    permitting("owner"),
    permitting({"access": "owner"}),
    permitting(Access(access="")),
    permitting(Access(access="open_for_users_ids", users_ids=["7"])),  # type: ignore[list-item]
    permitting(Access(access="open_for_groups", users_groups=[7])),  # type: ignore[list-item]
]


@pytest.mark.parametrize("permissions", WRONG, ids=str)
async def test_permissions_of_a_wrong_kind_leave_no_record_open(permissions: Any) -> None:
    """Left out without a word they would mean that everybody reads it."""
    wire = Wire([])
    data = wire.cube.data

    with pytest.raises(InvalidInputError):
        await data.create("Boat", {"name": "x"}, permissions=permissions)
    with pytest.raises(InvalidInputError):
        await data.create_many("Boat", [{"name": "x"}], permissions=permissions)
    with pytest.raises(InvalidInputError):
        await data.update("Boat", ID, permissions=permissions)
    assert [] == wire.sent


@pytest.mark.parametrize(
    "make",
    [
        lambda: Access.users("12"),  # type: ignore[arg-type]
        lambda: Access.users(7),  # type: ignore[arg-type]
        lambda: Access.users([True]),
        lambda: Access.groups("vip"),
        lambda: Access.groups(None),  # type: ignore[arg-type]
    ],
)
def test_access_is_given_to_lists(make: Callable[[], object]) -> None:
    """A text would be taken letter by letter."""
    with pytest.raises(InvalidInputError):
        make()


NAIVELY: Final[list[Callable[[ConnectyCube], Awaitable[object]]]] = [
    lambda cube: cube.chat.messages.create(ID, params={"at": NAIVE}),
    lambda cube: cube.chat.messages.create(ID, params={"deep": [{"at": NAIVE}]}),
    lambda cube: cube.chat.messages.send_system(7, at=NAIVE),
    lambda cube: cube.calls.reject(7, "s", user_info={"at": NAIVE}),
    lambda cube: cube.data.create("Boat", {"at": [NAIVE]}),
    lambda cube: cube.users.update(custom_data={"at": NAIVE}),
    lambda cube: cube.push.send({"at": NAIVE}, environment="development", user_ids=[7]),
]


@pytest.mark.parametrize("number", range(len(NAIVELY)))
async def test_no_moment_goes_out_without_its_zone(number: int) -> None:
    """Nobody could say which moment it is."""
    wire = Wire([])

    with pytest.raises(InvalidInputError, match="a datetime needs a time zone"):
        await NAIVELY[number](wire.cube)
    assert [] == wire.sent


async def test_moments_are_spelled_as_the_service_does() -> None:
    """Inside parameters of one's own, too; a day has no zone."""
    wire = Wire([reply("chat.create_message")])
    at = datetime(2024, 6, 10, 12, tzinfo=UTC)

    await wire.cube.chat.messages.create(ID, params={"at": [at], "day": date(2024, 6, 10)})

    [one] = wire.sent
    told = {"chat_dialog_id": ID, "at": ["2024-06-10T12:00:00Z"], "day": "2024-06-10"}
    assert told == one.json


def wordings() -> Iterator[tuple[Callable[[ConnectyCube], Awaitable[object]], str]]:
    yield (
        lambda cube: cube.chat.dialogs.find(name=where.starts_with("x")),
        r"^name does not know where\.starts_with, but where\.all_, .*where\.not_in$",
    )
    yield (
        lambda cube: cube.users.find(login=where.contains("x")),
        r"does not know where\.contains, but .*where\.starts_with$",
    )
    yield (
        lambda cube: cube.data.find("Boat", {"name": where.starts_with("x")}),
        r"does not know where\.starts_with, but .*where\.near",
    )
    yield (
        lambda cube: cube.data.find("Boat", {"name": where.contains("")}),
        r"^name: where\.contains takes a text$",
    )
    yield (
        lambda cube: cube.meetings.find(scheduled=where.ne(True)),  # type: ignore[arg-type]
        r"^scheduled does not know where\.ne, only a value$",
    )
    yield (
        lambda cube: cube.chat.dialogs.find(offset=3),  # type: ignore[call-arg]
        "^offset is none of .*: skip leaves items out$",
    )
    yield (
        lambda cube: cube.chat.messages.find(ID, offset=3),  # type: ignore[call-arg]
        "^offset is none of .*: skip leaves items out$",
    )
    yield (
        lambda cube: cube.meetings.find(skip=3),  # type: ignore[call-arg]
        "^skip is none of .*: offset leaves items out$",
    )
    yield (
        lambda cube: cube.users.find(skip=3),  # type: ignore[call-arg]
        "^users cannot be searched by skip: offset leaves users out$",
    )
    yield (
        lambda cube: cube.chat.dialogs.create_group("x", [[7]]),  # type: ignore[list-item]
        "^each of occupants_ids must be a positive integer, or a User$",
    )
    yield (
        lambda cube: cube.chat.messages.create("jonas", "x"),
        "^to is a dialog or its id of 24 hexadecimal digits, or a user or their id",
    )
    yield (
        lambda cube: cube.chat.search("hello", until=datetime.now(UTC)),
        "^until goes with since, which may stand alone$",
    )


@pytest.mark.parametrize(("call", "words"), list(wordings()))
async def test_a_refusal_speaks_of_what_the_caller_wrote(
    call: Callable[[ConnectyCube], Awaitable[object]], words: str
) -> None:
    """By the names of this package, not by those of the wire."""
    with pytest.raises(InvalidInputError, match=words):
        await call(Wire([]).cube)
