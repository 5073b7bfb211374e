"""A private dialog that is asked for many times at once is made once."""

from functools import partial
from typing import Final

import anyio
import attrs
import pytest
from anyio.abc import TaskGroup

from connectycube import RequestTimeoutError, Session, ValidationError
from connectycube.api.chat import Chat
from connectycube.http import Request
from connectycube.models.dialog import Dialog
from connectycube.testing import Reply

from .stage import Task, Together, begin, outcomes
from .wire_stage import ME, Wire, reply

pytestmark = pytest.mark.anyio

DIALOG: Final = "6666c1f0a4b35e0017f0a912"


class Maker:
    """A service that takes its time, in seconds, to make a dialog; the last time goes on."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = list(seconds)

    async def __call__(self, _: Request) -> Reply:
        await anyio.sleep(self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0])
        return reply("chat.create_dialog.private")


async def ask(group: TaskGroup, *chats: Chat) -> list[Task]:
    """Let each ask for the same dialog, one after another but all at once."""
    tasks = []
    for chat in chats:
        tasks.append(begin(group, partial(chat.dialogs.create_private, 7)))
        await anyio.wait_all_tasks_blocked()
    return tasks


async def test_two_at_once_are_one_request() -> None:
    """And both get the dialog; afterwards it is asked for anew."""
    wire = Wire(Maker(1))
    chat = wire.chat

    found = await outcomes([partial(chat.dialogs.create_private, 90244) for _ in range(50)])

    assert {DIALOG} == {one.id for one in found if isinstance(one, Dialog)}
    assert 50 == len(found)
    assert 1 == len(wire.sent)
    assert 0 == len(chat._creations)
    await chat.dialogs.create_private(90244)
    assert 2 == len(wire.sent)


async def test_different_people_are_different_dialogs() -> None:
    """Each goes its own way."""
    wire = Wire(Maker(1))
    chat = wire.chat

    await outcomes([partial(chat.dialogs.create_private, user_id) for user_id in (7, 8, 7, 9)])

    assert [[7], [8], [9]] == sorted(one.json["occupants_ids"] for one in wire.sent)


async def test_clients_share_nothing() -> None:
    """Nor does one client with itself as another user."""
    wire, other = Wire(Maker(1)), Wire(Maker(1))
    await outcomes([partial(one.chat.dialogs.create_private, 7) for one in (wire, other)])
    assert [1, 1] == [len(wire.sent), len(other.sent)]

    chat = wire.chat
    async with Together() as group:
        await ask(group, chat)
        wire.cube.set_session(Session.from_token("canary-token", ME + 1))
        await ask(group, chat)
    assert 3 == len(wire.sent)


async def test_a_refusal_reaches_everybody() -> None:
    """One asks, and all learn why not."""
    refusal = reply("chat.create_dialog.error.no_opponent")
    wire = Wire([refusal])
    chat = wire.chat

    found = await outcomes([partial(chat.dialogs.create_private, ME) for _ in range(3)])

    assert [ValidationError] * 3 == [type(one) for one in found]
    assert 3 == len({id(one) for one in found})
    assert 1 == len(wire.sent)


@pytest.mark.parametrize("first", [True, False])
async def test_cancelling_one_concerns_nobody_else(*, first: bool) -> None:
    """Neither where it waits nor where its request is the one that all wait for."""
    wire = Wire(Maker(0.5))
    chat = wire.chat
    async with Together() as group:
        tasks = await ask(group, chat, chat, chat)
        gone = tasks.pop(0 if first else 1)
        gone.scope.cancel()

    assert None is gone.value
    assert [DIALOG, DIALOG] == [task.value.id for task in tasks]
    assert 1 == len(wire.sent)


async def test_a_cancelled_request_that_takes_too_long_is_taken_over() -> None:
    """By one of those who wait; a moment later somebody else may still join."""
    wire = Wire(Maker(60, 0.5))
    chat = wire.chat
    async with Together() as group:
        tasks = await ask(group, chat, chat, chat)
        tasks[0].scope.cancel()
        await anyio.sleep(1.2)
        tasks += await ask(group, chat)

    assert [None, DIALOG, DIALOG, DIALOG] == [task.value and task.value.id for task in tasks]
    assert 2 == len(wire.sent)
    assert 0 == len(chat._creations)


async def test_a_short_time_limit_is_only_its_owner_s() -> None:
    """Views of one client share the request; who is more patient tries again."""
    wire = Wire(Maker(5))
    hasty = Chat(wire.cube.with_options(timeout=2)._caller)
    patient = attrs.evolve(hasty, caller=wire.cube.with_options(timeout=20)._caller)
    async with Together() as group:
        tasks = await ask(group, hasty, patient, hasty)

    errors = [type(task.error) for task in tasks]
    assert [RequestTimeoutError, type(None), RequestTimeoutError] == errors
    assert DIALOG == tasks[1].value.id
    assert 2 == len(wire.sent)
