"""The demo's chat: two people talk, with typing and read marks."""

from typing import TypeVar

import anyio

from connectycube.chat.connection import ChatConnection
from connectycube.chat.events import ChatEvent, Delivered, MessageReceived, Read, Typing
from connectycube.cli.story import Story, UntrueError
from connectycube.client import ConnectyCube
from connectycube.transports.aiohttp_websocket import AiohttpConnector

T = TypeVar("T", bound=ChatEvent)
_PATIENCE = 30.0
_WANTED = {"delivered", "read"}


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


async def _marks(chat: ChatConnection, message_id: str) -> set[str]:
    """Wait until a message was read, and return all that was told of it."""
    told: set[str] = set()
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
