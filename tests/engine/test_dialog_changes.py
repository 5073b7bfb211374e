"""Making, changing and deleting dialogs, and what is refused on the way."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from connectycube import (
    Backoff,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    TransportError,
    ValidationError,
)
from connectycube.models.deleted import Deleted
from connectycube.models.dialog import Dialog
from connectycube.models.message import Message
from connectycube.testing import Reply

from .wire_stage import Sent, Wire, played, reply

pytestmark = pytest.mark.anyio

GROUP: Final = "6666c1d2a4b35e0017f0a911"
PRIVATE: Final = "6666c1f0a4b35e0017f0a912"
PUBLIC: Final = "6666c22ca4b35e0017f0a913"
BROADCAST: Final = "6666c24ca4b35e0017f0a914"
UNKNOWN: Final = "6666ffffa4b35e0017f0a999"
MESSAGE: Final = "6666c9f0a4b35e0017f0aff0"
Call = Callable[[Wire], Awaitable[Any]]


async def test_a_dialog_is_made_with_all_it_may_have() -> None:
    """Ids as a list; what is left out is not sent."""
    wire = Wire([reply("chat.create_dialog.public")] * 2)

    await wire.chat.dialogs.create_broadcast(
        "News",
        description="d",
        photo="p",
        admins_ids=(7, 9, 7),
        extensions={"a": "b"},
        allow_preview=False,
    )
    await wire.chat.dialogs.create_group("Empty", [])

    told = {"description": "d", "photo": "p", "admins_ids": [7, 9], "extensions": {"a": "b"}}
    permissions = {"permissions": {"allow_preview": False}}
    assert [
        Sent("POST", "/chat/Dialog", json={"type": 1, "name": "News", **told, **permissions}),
        Sent("POST", "/chat/Dialog", json={"type": 2, "name": "Empty", "occupants_ids": []}),
    ] == wire.sent


async def test_a_dialog_is_changed_in_all_ways_at_once() -> None:
    """What is left out stays, `None` clears, and lists are added to or taken from."""
    wire = Wire([reply("chat.update_dialog")])

    await wire.chat.dialogs.update(
        Dialog(id=GROUP),
        name="N",
        description=None,
        photo=None,
        extensions={"a": "b"},
        allow_preview=True,
        add_occupants=[7],
        remove_occupants={8},
        pin_messages=[MESSAGE],
        unpin_messages=[Message(id=GROUP)],
    )

    body = {
        "name": "N",
        "description": None,
        "photo": None,
        "extensions": {"a": "b"},
        "permissions": {"allow_preview": True},
        "push_all": {"occupants_ids": [7], "pinned_messages_ids": [MESSAGE]},
        "pull_all": {"occupants_ids": [8], "pinned_messages_ids": [GROUP]},
    }
    assert [Sent("PUT", f"/chat/Dialog/{GROUP}", json=body)] == wire.sent


LOST: Final[list[tuple[Call, int]]] = [
    (lambda w: w.chat.dialogs.create_private(90244), 3),
    (lambda w: w.chat.dialogs.create_group("N", [7]), 1),
    (lambda w: w.chat.dialogs.create_public("N"), 1),
    (lambda w: w.chat.dialogs.create_broadcast("N"), 1),
    (lambda w: w.chat.dialogs.update(GROUP, name="N"), 3),
    (lambda w: w.chat.dialogs.subscribe(PUBLIC), 3),
    (lambda w: w.chat.dialogs.delete(GROUP), 3),
]


@pytest.mark.parametrize(("call", "attempts"), LOST)
async def test_what_would_make_another_dialog_is_not_repeated(call: Call, attempts: int) -> None:
    """Where nobody knows what became of it; two people have one dialog however often they ask."""
    wire = Wire(lambda _: TransportError("lost"), retry=Backoff())
    with pytest.raises(TransportError):
        await call(wire)

    assert attempts == len(wire.sent)


REFUSED: Final[dict[str, tuple[Call, type[Exception], str]]] = {
    "chat.create_dialog.error.no_opponent": (
        lambda w: w.chat.dialogs.create_private(90211),
        ValidationError,
        "must contain an opponent",
    ),
    "chat.update_dialog.error.role": (
        lambda w: w.chat.dialogs.update(GROUP, remove_occupants=[90211]),
        ForbiddenError,
        "appropriate permissions",
    ),
    "chat.update_dialog.error.type": (
        lambda w: w.chat.dialogs.update(PRIVATE, add_occupants=[90400]),
        ForbiddenError,
        "only for 'group' and 'public'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_is_the_error_that_it_is(name: str) -> None:
    """With the service's own words."""
    call, kind, words = REFUSED[name]
    wire = Wire([reply(name)])
    with pytest.raises(kind, match=words):
        await call(wire)

    assert 1 == len(wire.sent)


@pytest.mark.parametrize(
    "call",
    [
        *(
            lambda d, value=value: d.create_private(value)
            for value in (0, -7, "7", None, True, 7.0)
        ),
        *(
            lambda d, value=value: d.get(value)
            for value in ("", "7", 7, None, GROUP[:23], f"{GROUP}0")
        ),
        lambda d: d.create_group("", [7]),
        lambda d: d.create_group(None, [7]),
        lambda d: d.create_group("N", ["7"]),
        lambda d: d.create_group("N", "78"),
        lambda d: d.create_group("N", 7),
        lambda d: d.create_public("N", admins_ids=[0]),
        lambda d: d.create_public("N", extensions=["a"]),
        lambda d: d.create_public("N", occupants_ids=[7]),
        lambda d: d.update(GROUP),
        lambda d: d.update(GROUP, add_occupants=[], pin_messages=()),
        lambda d: d.update(GROUP, name=None),
        lambda d: d.update(GROUP, name=" "),
        lambda d: d.update(GROUP, extensions="a"),
        lambda d: d.update(GROUP, remove_occupants=[None]),
        lambda d: d.update(GROUP, pin_messages=["7"]),
        lambda d: d.update(GROUP, pin_messages=MESSAGE),
        lambda d: d.update("7", name="N"),
        lambda d: d.add_admins(GROUP, []),
        lambda d: d.remove_admins(GROUP, [True]),
        lambda d: d.delete(GROUP, "7"),
        lambda d: d.clear_history("clearHistory"),
        lambda d: d.subscribe(f"{PUBLIC}/subscribe"),
        lambda d: d.find(limit=0),
        lambda d: d.find(skip=-1),
        lambda d: d.find(sort="name"),
        lambda d: d.find_occupants(PUBLIC, limit=0),
        lambda d: d.find_occupants("7"),
    ],
)
async def test_what_cannot_be_is_not_sent(call: Callable[[Any], Awaitable[Any]]) -> None:
    """Nobody needs to be asked about it."""
    wire = Wire([])
    with pytest.raises(InvalidInputError):
        await call(wire.chat.dialogs)

    assert [] == wire.sent


# -- deleting


async def test_several_dialogs_are_deleted() -> None:
    """And it is told of each what became of it."""
    told = await played(
        "chat.delete_dialogs", lambda w: w.chat.dialogs.delete(GROUP, UNKNOWN, BROADCAST)
    )

    assert Deleted(deleted=[GROUP], not_found=[UNKNOWN], not_permitted=[BROADCAST]) == told


async def test_one_dialog_is_deleted_for_everybody() -> None:
    """The answer is empty, and the result says what it says of several."""
    told = await played("chat.delete_dialog", lambda w: w.chat.dialogs.delete(GROUP, force=True))

    assert Deleted(deleted=[GROUP]) == told


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(404, {"errors": {"base": ["not found"]}}), NotFoundError),
        (Reply(403, {"errors": ["no"]}), ForbiddenError),
        (Reply(200, {"NotFound": {"ids": [GROUP]}}), NotFoundError),
        (Reply(200, {"WrongPermissions": {"ids": [GROUP]}}), ForbiddenError),
    ],
)
async def test_a_single_dialog_that_stays_is_an_error(answer: Reply, kind: type[Exception]) -> None:
    """Whichever way the service says so; named twice it is still a single one."""
    wire = Wire([answer])
    with pytest.raises(kind):
        await wire.chat.dialogs.delete(GROUP, GROUP)

    assert [Sent("DELETE", f"/chat/Dialog/{GROUP}")] == wire.sent
