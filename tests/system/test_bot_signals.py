"""A bot under load is ended by SIGTERM, again and again: no message is lost, and none is late."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Final, Self

import anyio
import anyio.to_thread
import attrs
import pytest

from connectycube import AiohttpTransport, ConnectyCube, LoginPassword
from connectycube.emulator import Emulator
from connectycube.emulator.chat_records import Dialog
from connectycube.emulator.records import User
from connectycube.transports.tcp import TcpConnector

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]
SCRIPT: Final = Path(__file__).with_name("drained_bot.py")
DRAIN: Final = 8.0
GRACE: Final = 0.5
PATIENCE: Final = 60.0
STEP: Final = 0.05
PEOPLE: Final = ("ann", "ben", "cyd")
PAUSE: Final = 0.2  # between two messages of one person in one dialog


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@attrs.define(eq=False)
class Process:
    """
    One run of the bot.

    Attributes:
        begun: the ids of the messages that a handler began with.
        unfinished: those that it says it did not finish.
    """

    process: subprocess.Popen[str]
    begun: list[str] = attrs.field(factory=list[str])
    unfinished: list[str] = attrs.field(factory=list[str])

    @classmethod
    def start(cls, emulator: Emulator, *, slow: float = 0.1, drain: float = DRAIN) -> Self:
        command = [sys.executable, "-W", "error", str(SCRIPT), emulator.base_url]
        command += [emulator.hosts.chat, str(drain), str(slow)]
        pipe = subprocess.PIPE
        return cls(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True))

    def reaches(self, word: str) -> None:
        """Read what it says up to a line that begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said, _, message_id = line.strip().partition(" ")
            if said == "begins":
                self.begun.append(message_id)
            elif said == "unfinished":
                self.unfinished.append(message_id)
            if said == word:
                return
        raise AssertionError(f"it ended before {word!r}: {self.process.communicate()[1]}")

    def ends(self) -> float:
        """
        Send SIGTERM, hear it out, and return the seconds until its last word.

        What the interpreter takes to be gone behind that is not the bot's.
        """
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.reaches("bye")
        took = time.monotonic() - began
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert 0 == self.process.returncode, errors
        return took

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


class World:
    """Who there is, and where they write."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.chat = emulator.world.chat
        add = emulator.world.add_user
        self.bot = add(login="bot", password="canary-of-bot")
        self.people = [add(login=name, password=f"canary-of-{name}") for name in PEOPLE]
        ids = [self.bot.id, *(one.id for one in self.people)]
        self.group = emulator.world.add_dialog(self.people[0], occupants_ids=ids)

    @property
    def dialogs(self) -> list[Dialog]:
        private = [self.chat.private_dialog(one.id, self.bot.id) for one in self.people]
        return [self.group, *private]

    def asked(self, dialog: Dialog) -> list[str]:
        return [one.text or "" for one in self.chat.messages_of(dialog) if not self.is_reply(one)]

    def replies(self, dialog: Dialog) -> list[str]:
        return [one.text or "" for one in self.chat.messages_of(dialog) if self.is_reply(one)]

    def is_reply(self, message: object) -> bool:
        return getattr(message, "sender_id", None) == self.bot.id

    def is_answered(self, message_id: str) -> bool:
        message = self.chat.message(message_id)
        assert message is not None
        dialog = self.chat.dialog(message.dialog_id)
        assert dialog is not None
        return f"re: {message.text}" in self.replies(dialog)

    @property
    def is_all_answered(self) -> bool:
        return all(len(self.asked(one)) <= len(set(self.replies(one))) for one in self.dialogs)


@pytest.fixture
def world() -> Iterator[World]:
    with Emulator(auth_key="canary-key") as emulator:
        yield World(emulator)


@asynccontextmanager
async def load(world: World) -> AsyncGenerator[None]:
    """Let everybody write to the bot and to the group for as long as the block runs."""
    async with aclosing(AiohttpTransport()) as transport, anyio.create_task_group() as tasks:
        for person in world.people:
            await tasks.start(write, world, person, transport)
        yield
        tasks.cancel_scope.cancel()


async def write(
    world: World,
    person: User,
    transport: AiohttpTransport,
    *,
    task_status: anyio.abc.TaskStatus[None],
) -> None:
    cube = ConnectyCube(
        21,
        "canary-key",
        auth=LoginPassword(person.login or "", person.password or ""),
        base_url=world.emulator.base_url,
        hosts=world.emulator.hosts,
        transport=transport,
        chat_connector=TcpConnector(),
    )
    # What comes back is looked at in the history.
    async with cube.chat.connect(max_pending=1) as chat:
        task_status.started()
        number = 0
        while True:
            number += 1
            slow = " slow" if random.random() < 0.02 else ""  # noqa: S311 - no secret
            # Whatever is on its way when this is cancelled goes out all the same.
            await chat.send(world.bot.id, f"{person.login} {number}{slow}")
            if number % 3 == 0:
                await chat.send(world.group.id, f"{person.login} {number} to all{slow}")
            await anyio.sleep(PAUSE)


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.long)])
async def test_no_message_is_lost_or_answered_twice_and_the_end_is_in_time(
    world: World, rounds: int
) -> None:
    """
    The service's history is the ledger: each message has its one answer, in their order.

    What a handler began with is answered when the process is gone, or told as unfinished; what came
    in between, while there was no bot, is answered by the next. On a machine so busy that time was
    up, what was cut off between its answer and its mark may be answered again.
    """
    took: list[float] = []
    cut_off: set[str] = set()
    async with load(world):
        for _ in range(rounds):
            process = Process.start(world.emulator)
            try:
                await anyio.to_thread.run_sync(process.reaches, "online")
                await anyio.sleep(random.uniform(0, 0.5))  # noqa: S311 - no secret
                took.append(await in_fair_time(process))
            finally:
                process.kill()
            late = {one for one in process.begun if not world.is_answered(one)}
            cut_off.update(process.unfinished)

            assert set() == late - cut_off
            assert took[-1] <= DRAIN + GRACE, process.unfinished
    await the_rest_is_answered(world)

    for dialog in world.dialogs:
        asked, replies = world.asked(dialog), world.replies(dialog)
        assert asked
        assert [f"re: {text}" for text in asked] == list(dict.fromkeys(replies))
        assert len(replies) - len(asked) <= len(cut_off)
    print(  # noqa: T201 - the figures of a long run
        f"{rounds} ends in {min(took):.2f} to {max(took):.2f} s,"
        f" {sum(len(world.asked(one)) for one in world.dialogs)} messages,"
        f" {len(cut_off)} of them once cut off"
    )


async def in_fair_time(process: Process) -> float:
    """Return what a process took to end, without what a busy machine kept everybody waiting."""
    took = held_up = 0.0

    async def wait_like_everybody() -> None:
        nonlocal held_up
        while True:
            until = anyio.current_time() + STEP
            await anyio.sleep(STEP)
            held_up += anyio.current_time() - until

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait_like_everybody)
        took = await anyio.to_thread.run_sync(process.ends)
        tasks.cancel_scope.cancel()
    return took - held_up


async def the_rest_is_answered(world: World) -> None:
    process = Process.start(world.emulator)
    try:
        with anyio.fail_after(PATIENCE):
            while not world.is_all_answered:  # noqa: ASYNC110 - of another thread's world
                await anyio.sleep(0.05)
        await anyio.to_thread.run_sync(process.reaches, "online")
        await anyio.to_thread.run_sync(process.ends)
    finally:
        process.kill()


async def test_what_takes_too_long_is_unfinished_and_begun_again(world: World) -> None:
    """The process is gone in its time, and the next begins with what it left."""
    ann = world.people[0]
    async with aclosing(AiohttpTransport()) as transport:
        cube = ConnectyCube(
            21,
            "canary-key",
            auth=LoginPassword("ann", "canary-of-ann"),
            base_url=world.emulator.base_url,
            hosts=world.emulator.hosts,
            transport=transport,
        )
        async with cube.chat.connect() as chat:
            sent = [(await chat.send(world.bot.id, body)).message_id for body in ("slow", "quick")]
        process = Process.start(world.emulator, slow=60, drain=1)
        try:
            await anyio.to_thread.run_sync(process.reaches, "begins")
            took = await in_fair_time(process)
        finally:
            process.kill()
        await the_rest_is_answered(world)

    assert (sent[:1], sent) == (process.begun, process.unfinished)
    assert took <= 1 + GRACE
    private = world.chat.private_dialog(ann.id, world.bot.id)
    assert ["re: slow", "re: quick"] == world.replies(private)


async def test_a_second_signal_ends_it_at_once(world: World) -> None:
    world.chat.add_message(world.dialogs[1], world.people[0].id, "slow")
    process = Process.start(world.emulator, slow=60, drain=30)
    try:
        await anyio.to_thread.run_sync(process.reaches, "begins")
        process.process.send_signal(signal.SIGTERM)
        await anyio.sleep(0.2)
        running = process.process.poll() is None
        process.process.send_signal(signal.SIGINT)
        took = await anyio.to_thread.run_sync(process.ends)
    finally:
        process.kill()

    assert running
    assert process.begun == process.unfinished
    assert took < 1
