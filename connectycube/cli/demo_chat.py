"""The demo's chat: two people talk, with typing and read marks, and over lines that are cut."""

from collections import Counter
from typing import TypeVar

import anyio

from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import (
    ChatEvent,
    Delivered,
    Disconnected,
    MessageReceived,
    Read,
    Reconnected,
    Resumed,
    Sent,
    Typing,
)
from connectycube.chat.reconnect import Reconnect
from connectycube.cli.story import Story, UntrueError
from connectycube.client import ConnectyCube
from connectycube.emulator import Emulator
from connectycube.transports.aiohttp_websocket import AiohttpConnector

T = TypeVar("T", bound=ChatEvent)
_PATIENCE = 30.0
_WANTED = {"confirmed", "delivered", "read"}
_MESSAGES = 100
_CUTS = (20, 40, 60)
_QUICK = Reconnect(base=0.3)


async def talk(story: Story, cube: ConnectyCube, other: ConnectyCube) -> None:
    """Let two users talk, who both have signed in."""
    story.chapter("Talking: one over TCP, the other over a WebSocket")
    websocket = AiohttpConnector()
    async with (
        cube.chat.connect() as mine,
        other.chat.connect(connector=websocket) as theirs,
    ):
        await mine.typing(theirs.user_id)
        typing = await _next(theirs, Typing)
        story.claim(
            f"user {mine.user_id} types, and user {theirs.user_id} sees it",
            typing.user_id == mine.user_id and typing.is_typing,
        )
        text = "Cast off at six? <3 & bring \N{ANCHOR}"
        sent = (await mine.send(theirs.user_id, text, extra={"mood": "windy"})).message_id
        message = (await _next(theirs, MessageReceived)).message
        story.claim(
            "a message arrives to the letter, parameters and all",
            (message.body, message.params) == (text, {"mood": "windy"}),
        )
        await theirs.mark_read(message)
        marks = await _marks(mine, sent)
        story.claim(f"its sender hears that it was {', '.join(sorted(marks))}", marks == _WANTED)
        answer = (await theirs.reply(message, "Aye")).message_id
        heard = (await _next(mine, MessageReceived)).message
        story.claim(
            f"the answer is {heard.body!r}", (heard.id, heard.sender_id) == (answer, theirs.user_id)
        )
    kept = (await other.chat.messages.find(message.dialog_id or "")).items
    story.claim("both are in the history, for REST to find", {sent, answer} == {m.id for m in kept})


async def talk_over_cuts(
    story: Story, cube: ConnectyCube, other: ConnectyCube, emulator: Emulator
) -> None:
    """Let one talk to the other while their lines are cut, and see that nothing is lost."""
    story.chapter("Talking while the lines are cut")
    sent: list[Sent] = []
    async with (
        cube.chat.connect(reconnect=_QUICK) as mine,
        other.chat.connect(reconnect=_QUICK) as theirs,
        anyio.create_task_group() as group,
    ):
        ears = _Ears()
        group.start_soon(ears.listen, theirs)
        for number in range(_MESSAGES):
            if number in _CUTS:
                await ears.heard(sent[-1])
                # The last time the service has forgotten who was there.
                emulator.settings.sm_resume = number != _CUTS[-1]
                emulator.chat_faults.cut()
            sent.append(await mine.send(theirs.user_id, f"{number}"))
        await ears.heard(sent[-1])
        emulator.settings.sm_resume = True
        group.cancel_scope.cancel()
    story.claim(f"all {_MESSAGES} messages were confirmed as sent", len(sent) == _MESSAGES)
    story.claim(
        f"{len(ears.message_ids)} arrived: each once, and in their order",
        [one.message_id for one in sent] == ears.message_ids,
    )
    kinds = ears.kinds
    story.claim(
        f"the line was cut {kinds[Disconnected]} times: the conversation went on "
        f"{kinds[Resumed]} times, and began anew {kinds[Reconnected]} time",
        (kinds[Disconnected], kinds[Resumed], kinds[Reconnected]) == (len(_CUTS), 2, 1),
    )


class _Ears:
    """Note what comes, and whether a certain message did."""

    def __init__(self) -> None:
        self.kinds = Counter[type[ChatEvent]]()
        self.message_ids: list[str] = []
        self._news = anyio.Event()

    async def listen(self, chat: ChatConnection) -> None:
        async for event in chat:
            self.kinds[type(event)] += 1
            if isinstance(event, MessageReceived):
                self.message_ids.append(event.message.id)
            self._news.set()
            self._news = anyio.Event()

    async def heard(self, sent: Sent) -> None:
        with anyio.move_on_after(_PATIENCE):
            while sent.message_id not in self.message_ids:
                await self._news.wait()


async def _marks(chat: ChatConnection, message_id: str) -> set[str]:
    """Wait until a message was read, and return all that was told of it."""
    told = {"confirmed"}  # or `send` would not have returned
    with anyio.move_on_after(_PATIENCE):
        async for event in chat:
            match event:
                case Delivered(message_id=known) if known == message_id:
                    told.add("delivered")
                case Read(message_id=known) if known == message_id:
                    told.add("read")
                case _:
                    pass
            if told == _WANTED:
                break
    return told


async def _next(chat: ChatConnection, kind: type[T]) -> T:
    """Return the next event of a kind."""
    with anyio.move_on_after(_PATIENCE):
        async for event in chat:
            if isinstance(event, kind):
                return event
    raise UntrueError(f"no {kind.__name__} came")
