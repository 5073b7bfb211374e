"""Lines are cut, hang, lie and repeat themselves: nothing is lost, and nothing comes twice."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from connectycube import CustomIdentity, Reconnect
from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import (
    ChatEvent,
    Disconnected,
    Gap,
    MessageReceived,
    OccupantJoined,
    Reconnected,
    Resumed,
)
from connectycube.chat.state import ChatOptions
from connectycube.emulator import IdentityProvider
from tests.system.stage import until

from .stage import PATIENCE, Stage, hear, settled

pytestmark = pytest.mark.anyio
QUICK = Reconnect(base=0.05, cap=0.2)
ALERT = ChatOptions(ping_interval=1.0, ping_timeout=1.0, ack_timeout=0.3)
COUNT = 40


class Listener:
    """Takes all events of a conversation."""

    def __init__(self, chat: ChatConnection) -> None:
        self._chat = chat
        self.events: list[ChatEvent] = []

    async def run(self) -> None:
        async for event in self._chat:
            self.events.append(event)

    @property
    def bodies(self) -> list[str]:
        return [e.message.body for e in self.events if isinstance(e, MessageReceived)]

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.events)


@asynccontextmanager
async def heard(*chats: ChatConnection) -> AsyncGenerator[list[Listener]]:
    """Listen to each of them."""
    listeners = [Listener(chat) for chat in chats]
    async with anyio.create_task_group() as group:
        for listener in listeners:
            group.start_soon(listener.run)
        yield listeners
        group.cancel_scope.cancel()


TROUBLE = ("cuts", "cuts, no resuming", "acks lost", "twice", "out of turn", "no line")


def make(trouble: str, stage: Stage, number: int) -> None:
    """Let something go wrong before this message."""
    faults = stage.emulator.chat_faults
    match trouble:
        case "twice":
            faults.duplicate(stage.sim.id)
            faults.cut(after=3) if number % 10 == 5 else None
        case "out of turn" if number % 7 == 3:
            faults.reorder(stage.sim.id)
        case "acks lost" if number % 10 == 5:
            faults.lose_acks(stage.mar.id)
        case "no line" if number % 20 == 10:
            faults.refuse(times=3)
            faults.cut()
        case "cuts" | "cuts, no resuming" if number % 10 == 5:
            faults.cut(after=number % 4)


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("in_group", [False, True], ids=["private", "group"])
async def test_nothing_is_lost_and_nothing_comes_twice(
    stage: Stage, trouble: str, *, in_group: bool
) -> None:
    """Whatever the lines do; in the order in which it was said, unless the service changes that."""
    stage.emulator.service.settings.sm_resume = "no resuming" not in trouble
    dialogs = stage.mar.cube.chat.dialogs
    place: Any = stage.sim.id
    if in_group:
        place = await dialogs.create_group("Crew", [stage.sim.id])
    async with (
        stage.mar.talks(reconnect=QUICK, options=ALERT) as mar,
        stage.sim.talks(reconnect=QUICK) as sim,
        heard(mar, sim) as (_, listener),
    ):
        texts = [f"{number}" for number in range(COUNT)]
        for number, text in enumerate(texts):
            make(trouble, stage, number)
            await mar.send(place, text)
        stage.emulator.chat_faults.clear()
        await mar.send(place, "end")
        with anyio.move_on_after(PATIENCE):
            await until(lambda: "end" in listener.bodies and len(listener.bodies) > COUNT)

    expected = [*texts, "end"]
    if trouble == "out of turn":
        assert sorted(expected) == sorted(listener.bodies)
    else:
        assert expected == listener.bodies
    assert 0 == listener.count(Gap)


async def test_a_service_that_goes_down_and_forgets_is_found_again(stage: Stage) -> None:
    """What was said meanwhile comes from the history; rooms are entered again."""
    group = await stage.mar.cube.chat.dialogs.create_group("Crew", [stage.sim.id])
    async with (
        stage.mar.talks(reconnect=QUICK) as mar,
        stage.sim.talks(reconnect=Reconnect(base=1.0, uniform=lambda _, most: most)) as sim,
    ):
        await sim.join(group)
        await settled(mar, sim)
        stage.emulator.chat_faults.shut_down()
        await hear(mar, Reconnected)
        sent = [await mar.send(group, text) for text in ("one", "two")]
        disconnected = await hear(sim, Disconnected)
        await hear(sim, Reconnected)
        found = [(await hear(sim, MessageReceived)).message for _ in sent]
        await mar.join(group)
        joined = await hear(sim, OccupantJoined)

    assert "system-shutdown" in disconnected.reason
    assert [one.message_id for one in sent] == [one.id for one in found]
    assert [True, True] == [one.is_delayed for one in found]
    assert stage.mar.id == joined.user_id


async def test_what_is_brought_back_was_not_read(stage: Stage) -> None:
    """To catch up is not to read."""
    stage.emulator.service.settings.sm_resume = False
    group = await stage.mar.cube.chat.dialogs.create_group("Crew", [stage.sim.id])
    async with stage.mar.talks() as mar, stage.sim.talks(reconnect=QUICK) as sim:
        await settled(mar, sim)
        stage.emulator.chat_faults.cut(stage.sim.id)
        await mar.send(group, "hello")
        await hear(sim, MessageReceived)
        counts = await stage.sim.cube.chat.messages.unread_counts(group)

    assert {group.id: 1} == counts.dialogs


async def test_a_line_that_hangs_is_replaced(stage: Stage) -> None:
    async with stage.mar.talks(reconnect=QUICK, options=ALERT) as mar, stage.sim.talks() as sim:
        await settled(mar, sim)
        stage.emulator.chat_faults.hang(stage.mar.id)
        await sim.send(stage.mar.id, "hello")
        await mar.send(stage.sim.id, "hello")
        first = await hear(mar, Resumed)
        answered = await hear(mar, MessageReceived)

    assert (Resumed(), "hello") == (first, answered.message.body)


async def test_a_token_that_has_expired_is_renewed(stage: Stage) -> None:
    """The chat asks for the session's token, and the strategy makes another session."""
    vouched = {"user": {"id": 2345, "login": "eve"}}
    stage.emulator.service.settings.identity = IdentityProvider(verify=lambda _asked: vouched)
    asked = []

    async def token() -> str:
        asked.append("canary-token")
        return asked[-1]

    cube = stage.client(CustomIdentity(token))
    async with cube.chat.connect(reconnect=QUICK) as chat:
        stage.emulator.world.expire_sessions(chat.user_id)
        stage.emulator.chat_faults.cut(chat.user_id)
        await hear(chat, Resumed)
        await chat.ping()

    assert 2 == len(asked)


async def test_a_password_that_was_changed_ends_it(stage: Stage) -> None:
    async with stage.mar.talks(reconnect=QUICK) as mar:
        stage.emulator.world.change_user(stage.mar.user, {"password": "canary-another"})
        stage.emulator.chat_faults.cut(stage.mar.id)
        events = [event async for event in mar]

    assert "not-authorized" in getattr(events[-1], "reason", "")


async def test_another_device_of_that_name_ends_it(stage: Stage) -> None:
    """Else the two would take it from each other for ever."""
    phone = ChatOptions(resource="phone")
    async with (
        stage.mar.talks(options=phone, reconnect=QUICK) as one,
        stage.mar.talks(options=phone, reconnect=QUICK) as newcomer,
    ):
        ended = [event async for event in one]
        await newcomer.ping()

    assert "conflict" in getattr(ended[-1], "reason", "")


async def test_leaving_while_there_is_no_line_is_prompt(stage: Stage) -> None:
    slow = Reconnect(base=20.0, uniform=lambda _, most: most)
    async with stage.mar.talks(reconnect=slow) as mar:
        await mar.ping()
        stage.emulator.chat_faults.cut(stage.mar.id)
        await hear(mar, Disconnected)
        left = anyio.current_time()
    assert anyio.current_time() - left < 5
    assert [] == [event async for event in mar]
