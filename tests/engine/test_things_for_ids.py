"""Where the id of something is wanted, the thing itself will do."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from connectycube import (
    Access,
    AdminClient,
    Blob,
    ConnectyCube,
    Dialog,
    InvalidInputError,
    Message,
    NoRetry,
    Session,
    User,
    where,
)
from connectycube.models.admin import AdminDialog
from connectycube.testing import Reply, ScriptedTransport

pytestmark = pytest.mark.anyio

ID: Final = "6666c1d2a4b35e0017f0a911"
OTHER: Final = "6666c1d2a4b35e0017f0a912"
JONAS: Final = User(id=7)
DIALOG: Final = Dialog(id=ID)
MESSAGE: Final = Message(id=OTHER)
BLOB: Final = Blob(id=9, uid="canary-uid")
Call = Callable[[Any, Any], Awaitable[object]]

BY_USER: Final[list[Call]] = [
    lambda cube, user: cube.chat.dialogs.create_private(user),
    lambda cube, user: cube.chat.dialogs.create_group("x", [8, user], admins_ids=[user]),
    lambda cube, user: cube.chat.dialogs.update(ID, add_occupants=[user], remove_occupants=[user]),
    lambda cube, user: cube.chat.dialogs.add_admins(ID, [user]),
    lambda cube, user: cube.chat.dialogs.remove_admins(ID, [user]),
    lambda cube, user: cube.chat.messages.create(user, "x"),
    lambda cube, user: cube.chat.messages.send_system(user, a="b"),
    lambda cube, user: cube.calls.reject(user, "s"),
    lambda cube, user: cube.push.send("x", environment="development", user_ids=[user]),
    lambda cube, user: cube.users.get(user),
    lambda cube, user: cube.chat.messages.find(ID, sender_id=user),
    lambda cube, user: cube.chat.messages.find(ID, recipient_id=where.in_([user, 8])),
]
BY_BLOB: Final[list[Call]] = [
    lambda cube, blob: cube.storage.get(blob),
    lambda cube, blob: cube.storage.update(blob, name="x"),
    lambda cube, blob: cube.storage.delete(blob),
    lambda cube, blob: cube.storage.complete(blob, 1),
]
BY_DIALOG: Final[list[Call]] = [
    lambda cube, dialog: cube.chat.dialogs.find(id=dialog),
    lambda cube, dialog: cube.chat.dialogs.count(id=where.not_in([dialog])),
]
BY_MESSAGE: Final[list[Call]] = [
    lambda cube, message: cube.chat.messages.find(ID, id=message),
    lambda cube, message: cube.chat.messages.count(ID, id=where.gt(message)),
]
OF_ADMINS: Final[list[tuple[Call, object, object]]] = [
    (lambda admin, user: admin.mute(ID, user), JONAS, 7),
    (lambda admin, user: admin.unmute(ID, user), JONAS, 7),
    (lambda admin, user: admin.delete_user(user), JONAS, 7),
    (lambda admin, user: admin.update_dialog(ID, add_admins=[user]), JONAS, 7),
    (lambda admin, one: admin.find_dialogs(id=one), DIALOG, ID),
    (lambda admin, one: admin.find_messages(dialog_id=one), AdminDialog(id=ID), ID),
    (lambda admin, one: admin.find_messages(dialog_id=where.in_([one])), DIALOG, ID),
    (lambda admin, one: admin.find_messages(id=one), MESSAGE, OTHER),
]


async def sent(call: Call, one: object, *, by_admin: bool = False) -> list[tuple[str, str, object]]:
    """Return the requests of a call; what it makes of the answer does not matter here."""
    transport = ScriptedTransport(lambda _: Reply(500, {}))
    client: Any = AdminClient("canary-key", transport=transport, retry=NoRetry())
    if not by_admin:
        client = ConnectyCube(21, "canary-key", transport=transport, retry=NoRetry())
        client.set_session(Session.from_token("canary-token", 90211))
    with pytest.raises(Exception, match="500"):
        await call(client, one)
    return [(request.method, request.url, request.body) for request in transport.requests]


@pytest.mark.parametrize(
    ("call", "thing", "its_id"),
    [
        *((call, JONAS, 7) for call in BY_USER),
        *((call, BLOB, 9) for call in BY_BLOB),
        *((call, DIALOG, ID) for call in BY_DIALOG),
        *((call, MESSAGE, OTHER) for call in BY_MESSAGE),
    ],
)
async def test_a_thing_is_sent_as_its_id(call: Call, thing: object, its_id: object) -> None:
    assert await sent(call, its_id) == await sent(call, thing)


@pytest.mark.parametrize(("call", "thing", "its_id"), OF_ADMINS)
async def test_administrators_have_it_so_too(call: Call, thing: object, its_id: object) -> None:
    found = await sent(call, thing, by_admin=True)

    assert await sent(call, its_id, by_admin=True) == found


async def test_a_long_list_of_things_is_asked_for_in_parts() -> None:
    """As a long list of ids is."""
    dialogs = [Dialog(id=f"{number:024x}") for number in range(1, 151)]
    transport = ScriptedTransport([Reply(200, {"items": []})] * 2)
    cube = ConnectyCube(21, "canary-key", transport=transport, retry=NoRetry())
    cube.set_session(Session.from_token("canary-token", 90211))

    assert [] == [one async for one in cube.chat.dialogs.iterate(id=where.in_(dialogs))]
    assert 2 == len(transport.requests)


def test_access_is_given_to_users() -> None:
    assert [7, 8] == Access.users([JONAS, 8]).users_ids


@pytest.mark.parametrize("wrong", [True, "7", 7.0, 0, None, DIALOG, [7]])
async def test_what_is_no_user_and_no_file_is_refused(wrong: Any) -> None:
    """Another kind of thing has an id too, but not such a one."""
    cube = ConnectyCube(21, "canary-key", transport=ScriptedTransport())
    for call in (*BY_USER[:5], *BY_USER[6:9], *BY_BLOB):
        with pytest.raises(InvalidInputError):
            await call(cube, wrong)
