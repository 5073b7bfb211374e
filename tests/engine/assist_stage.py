"""A group whose talk can be summarised, and a model that counts how often it is asked."""

from collections.abc import Awaitable, Callable
from typing import Final, TypedDict, Unpack

import anyio.lowlevel

from connectycube import ConnectyCube
from connectycube.assist import Redactor, Summaries, mask_private
from connectycube.emulator.chat_records import Dialog, Message, MessageMembers

from .stage import MAR, SIM, Stage

HISTORY: Final = "GET /chat/Message"
DIALOG: Final = "GET /chat/Dialog"
# What a summary costs that is there already: what changed since, and whether all is there.
LOOK: Final = [HISTORY, HISTORY]


class Model:
    """
    Stands for a language model.

    Attributes:
        before: awaited before each answer.
    """

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.before: Callable[[], Awaitable[object]] = anyio.lowlevel.checkpoint

    async def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        number = len(self.prompts)
        await self.before()
        return f"summary {number}"

    @property
    def lines(self) -> list[str]:
        """Return the lines of the last transcript without their minutes."""
        transcript = self.prompts[-1].partition("\n\n")[2]
        return [line.split(" ", 2)[2] for line in transcript.splitlines()]


class More(TypedDict, total=False):
    """What a test may say about its summaries."""

    redact: Redactor
    max_messages: int
    max_chars: int
    keep: int
    debounce: float
    grace: float


class AssistStage(Stage):
    """Mar, who asks, and Sim, who writes, in a group."""

    def __init__(self) -> None:
        super().__init__()
        world = self.service.world
        self.mar = world.add_user(login=MAR.login, password="canary-of-mar", full_name="Mar Sim")
        self.sim = world.add_user(login=SIM.login, password="canary-of-sim")
        self.dialog = self.group()
        self.model = Model()

    def group(self) -> Dialog:
        return self.service.world.chat.add_dialog(self.mar.id, occupants_ids=[self.sim.id])

    def say(
        self, text: str | None, *, by: int | None = None, **members: Unpack[MessageMembers]
    ) -> Message:
        """Let somebody write, Sim by default, after a second."""
        self.advance(1)
        return self.service.world.chat.add_message(self.dialog, by or self.sim.id, text, **members)

    def edit(self, message: Message, text: str) -> None:
        self.advance(1)
        self.service.world.chat.edit(message, text)

    def summaries(self, cube: ConnectyCube, **options: Unpack[More]) -> Summaries:
        chosen: More = {"redact": mask_private, **options}
        return Summaries(cube, self.model, clock=self.clock.clock, **chosen)

    def sent_by(self) -> list[str]:
        """Return the labels of what was sent since this was asked last."""
        labels = self.labels
        self.line.sent.clear()
        return labels

    @property
    def unread(self) -> int:
        """Return how many messages of the group Mar has not read."""
        return self.service.world.chat.unread_count(self.dialog, self.mar.id)
