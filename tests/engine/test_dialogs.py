"""Dialogs: each call as the contract's examples have it, request and answer."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from connectycube import (
    InvalidInputError,
    NotFoundError,
    Page,
    where,
)
from connectycube.models.dialog import Dialog, DialogType
from connectycube.testing import Reply

from .wire_stage import Sent, Wire, played, reply, sample

pytestmark = pytest.mark.anyio

GROUP: Final = "6666c1d2a4b35e0017f0a911"
PRIVATE: Final = "6666c1f0a4b35e0017f0a912"
PUBLIC: Final = "6666c22ca4b35e0017f0a913"
BROADCAST: Final = "6666c24ca4b35e0017f0a914"
UNKNOWN: Final = "6666ffffa4b35e0017f0a999"
MESSAGE: Final = "6666c9f0a4b35e0017f0aff0"
Call = Callable[[Wire], Awaitable[Any]]


# -- what is sent, and what comes back


CALLS: Final[dict[str, Call]] = {
    "chat.create_dialog.private": lambda w: w.chat.dialogs.create_private(90244),
    "chat.create_dialog.private_existing": lambda w: w.chat.dialogs.create_private(90244),
    "chat.create_dialog": lambda w: w.chat.dialogs.create_group(
        "Sailing trip",
        [90244, 90400],
        extensions={"location": "Harbour", "unknown": "dropped"},
    ),
    "chat.create_dialog.public": lambda w: w.chat.dialogs.create_public(
        "Harbour news", allow_preview=True
    ),
    "chat.update_dialog": lambda w: w.chat.dialogs.update(
        GROUP, name="Sailing trip II", add_occupants=[90350]
    ),
    "chat.update_dialog.reset_extensions": lambda w: w.chat.dialogs.update(GROUP, extensions=None),
    "chat.update_dialog_admins": lambda w: w.chat.dialogs.add_admins(GROUP, [90400]),
    "chat.update_dialog_admins.remove": lambda w: w.chat.dialogs.remove_admins(GROUP, [90244]),
    "chat.subscribe_to_dialog": lambda w: w.chat.dialogs.subscribe(PUBLIC),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_returns_a_dialog(name: str) -> None:
    """All that the service told of it, under our names."""
    told = sample(name)["body"]

    dialog = await played(name, CALLS[name])

    assert (told["_id"], told["type"], told["name"], told["occupants_ids"]) == (
        *(dialog.id, dialog.type, dialog.name, dialog.occupants_ids),
    )
    assert (told["admins_ids"], told["extensions"], told.get("occupants_count")) == (
        *(dialog.admins_ids, dialog.extensions, dialog.occupants_count),
    )
    assert {} == dialog.extra


QUIET: Final[dict[str, Call]] = {
    "chat.clear_dialog_history": lambda w: w.chat.dialogs.clear_history(GROUP),
    "chat.unsubscribe_from_dialog": lambda w: w.chat.dialogs.unsubscribe(PUBLIC),
}


@pytest.mark.parametrize("name", QUIET)
async def test_a_call_that_returns_nothing(name: str) -> None:
    """Where there is nothing to tell."""
    assert None is await played(name, QUIET[name])


async def test_a_whole_dialog_is_read() -> None:
    """Numbers, dates of both kinds, lists and objects, each as what it is."""
    page = await played(
        "chat.list_dialogs", lambda w: w.chat.dialogs.find(sort="-last_message_date_sent")
    )

    assert (4, 0, 100) == (page.total_entries, page.skip, page.limit)
    assert [PRIVATE, GROUP, PUBLIC, BROADCAST] == [dialog.id for dialog in page.items]
    assert (
        Dialog(
            id=GROUP,
            type=DialogType.GROUP,
            user_id=90211,
            name="Sailing trip",
            description="Saturday crew",
            photo=None,
            xmpp_room_jid=f"774_{GROUP}@muc.chat.connectycube.com",
            occupants_ids=[90211, 90244, 90400],
            admins_ids=[90244],
            last_message="See you at six",
            last_message_id="6666cae1a4b35e0017f0b001",
            last_message_user_id=90211,
            last_message_date_sent=datetime(2024, 6, 10, 9, 44, 1, tzinfo=UTC),
            last_message_status="delivered",
            unread_messages_count=2,
            pinned_messages_ids=[MESSAGE],
            extensions={"location": "Harbour"},
            created_at=datetime(2024, 6, 10, 9, 5, 38, tzinfo=UTC),
            updated_at=datetime(2024, 6, 10, 9, 44, 1, tzinfo=UTC),
        )
        == page.items[1]
    )
    assert [False, False, True, False] == [dialog.allow_preview for dialog in page.items]


async def test_dialogs_are_filtered() -> None:
    """Lists joined by commas; the application's own members by name."""
    page = await played(
        "chat.list_dialogs.filtered",
        lambda w: w.chat.dialogs.find(
            type=where.in_([DialogType.GROUP, DialogType.PUBLIC]),
            extensions={"location": "Harbour"},
            limit=20,
        ),
    )

    assert [GROUP] == [dialog.id for dialog in page.items]


async def test_no_dialogs_are_an_empty_page() -> None:
    """With its numbers."""
    page = await played("chat.list_dialogs.empty", lambda w: w.chat.dialogs.find())

    assert Page[Dialog](items=[], total_entries=0, skip=0, limit=100) == page


async def test_dialogs_are_counted() -> None:
    """Alone the number is asked for, of all or of those that fit."""
    wire = Wire([reply("chat.count_dialogs")])

    assert 4 == await played("chat.count_dialogs", lambda w: w.chat.dialogs.count())
    assert 4 == await wire.chat.dialogs.count(type=3, name=where.contains("trip"))
    assert [
        Sent("GET", "/chat/Dialog", [("count", "1"), ("name[ctn]", "trip"), ("type", "3")])
    ] == wire.sent


async def test_one_of_none_is_nothing_and_is_not_asked_for() -> None:
    """An empty list is an answer, not a mistake."""
    dialogs = Wire([]).chat.dialogs

    assert Page[Dialog](items=[], total_entries=0, skip=2, limit=5) == await dialogs.find(
        id=where.in_([]), skip=2, limit=5
    )
    assert 0 == await dialogs.count(type=where.in_([]))
    assert [] == [one async for one in dialogs.iterate(name=where.in_([]))]


async def test_a_dialog_is_looked_up() -> None:
    """By a search for its id; a `Dialog` will do as well."""
    wire = Wire([reply("chat.list_dialogs.filtered"), reply("chat.list_dialogs.empty")])

    dialog = await wire.chat.dialogs.get(GROUP)
    with pytest.raises(NotFoundError) as caught:
        await wire.chat.dialogs.get(dialog)

    assert GROUP == dialog.id
    assert [Sent("GET", "/chat/Dialog", [("_id", GROUP), ("limit", "1")])] * 2 == wire.sent
    assert (404, "GET /chat/Dialog") == (caught.value.status, caught.value.label)


async def test_dialogs_are_iterated_over() -> None:
    """By the date of their making; each page begins with the last of the one before."""
    items = sample("chat.list_dialogs")["body"]["items"]
    pages = [
        {"items": items[:2], "limit": 2},
        {"items": items[1:3], "limit": 2},
        {"items": items[2:3], "limit": 2},
    ]
    wire = Wire([Reply(200, page) for page in pages])

    found = [one.id async for one in wire.chat.dialogs.iterate(limit=2, type=where.ne(3))]

    assert [PRIVATE, GROUP, PUBLIC] == found
    always = [("limit", "2"), ("sort_asc", "created_at"), ("type[ne]", "3")]
    assert [
        Sent("GET", "/chat/Dialog", [*always, *skipped])
        for skipped in ([], [("skip", "1")], [("skip", "2")])
    ] == wire.sent


async def test_a_long_list_goes_in_parts() -> None:
    """Of a hundred; a page takes one part alone."""
    ids = [f"{number:024x}" for number in range(150)]
    wire = Wire([Reply(200, {"items": [], "limit": 100})] * 2)

    assert [] == [one async for one in wire.chat.dialogs.iterate(id=where.in_(ids))]
    assert [",".join(ids[:100]), ",".join(ids[100:])] == [
        dict(one.query)["_id[in]"] for one in wire.sent
    ]
    with pytest.raises(InvalidInputError, match="iterate"):
        await wire.chat.dialogs.find(id=where.in_(ids))


# -- the caller's own part


async def test_notifications_are_read_and_switched() -> None:
    """As a flag, whatever form the service gives it."""
    assert True is await played(
        "chat.get_dialog_notifications", lambda w: w.chat.dialogs.get_notifications(GROUP)
    )
    assert False is await played(
        "chat.update_dialog_notifications",
        lambda w: w.chat.dialogs.set_notifications(GROUP, False),
    )
    for told, flag in [("1", True), ("0", False), (True, True), ("false", False)]:
        wire = Wire([Reply(200, {"notifications": {"enabled": told}})])

        assert flag is await wire.chat.dialogs.set_notifications(GROUP, True)
        assert {"enabled": 1} == wire.sent[0].json


async def test_a_history_is_cleared_for_everybody() -> None:
    """The dialog stays."""
    wire = Wire([reply("chat.clear_dialog_history")])

    await wire.chat.dialogs.clear_history(Dialog(id=GROUP), force=True)

    assert [Sent("DELETE", f"/chat/Dialog/clearHistory/{GROUP}", [("force", "1")])] == wire.sent


# -- who is in it


@pytest.mark.parametrize(
    "name", ["chat.list_dialog_occupants", "chat.list_dialog_occupants.wrapped"]
)
async def test_occupants_are_read_in_both_forms(name: str) -> None:
    """Flat, and each in a wrapper of its own; where they stand is told as it was asked for."""
    wire = Wire([reply(name)])

    page = await wire.chat.dialogs.find_occupants(PUBLIC, limit=50, skip=3)

    assert [(90211, "mara.k"), (90244, "jonas")] == [(one.id, one.login) for one in page.items]
    assert (None, 3, 50) == (page.total_entries, page.skip, page.limit)
    path = f"/chat/Dialog/{PUBLIC}/occupants"
    assert [Sent("GET", path, [("limit", "50"), ("skip", "3")])] == wire.sent


async def test_occupants_are_iterated_over() -> None:
    """To the end, although the service tells neither how many there are nor its limit."""
    users = [{"id": number} for number in range(1, 6)]
    pages = [users[:3], users[2:5], users[4:]]
    wire = Wire([Reply(200, {"items": page}) for page in pages])

    found = [one.id async for one in wire.chat.dialogs.iterate_occupants(PUBLIC)]

    assert [1, 2, 3, 4, 5] == found
    assert [[], [("skip", "2")], [("skip", "4")]] == [one.query for one in wire.sent]
