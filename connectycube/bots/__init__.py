"""
Bots: a router's handlers take part in the chat, for as long as the bot runs.

The official echo bot, which says back what it is told in private, with its end on SIGTERM:

    import anyio
    from connectycube import ChatConnection, ConnectyCube, LoginPassword, MessageReceived
    from connectycube.bots import Bot, Router, in_private

    router = Router()

    @router.message(in_private())
    async def echo(event: MessageReceived, chat: ChatConnection) -> None:
        await chat.reply(event, event.message.body)

    async def main() -> None:
        async with ConnectyCube.from_env(auth=LoginPassword("echo", "long-enough-1")) as cube:
            await Bot(cube, router).run(handle_signals=True)

    anyio.run(main)

https://github.com/ConnectyCube/connectycube-chatbot-template
"""

from connectycube.bots.arguments import Argument, Rest
from connectycube.bots.bot import Bot
from connectycube.bots.commands import Command, CommandHelp
from connectycube.bots.context import Context
from connectycube.bots.conversation import Conversation, State, States, in_state
from connectycube.bots.conversation_store import (
    ConversationStore,
    FileConversationStore,
    MemoryConversationStore,
    StoredConversation,
)
from connectycube.bots.errors import (
    CommandUsageError,
    HandlerSignatureError,
    HandlerTimeoutError,
)
from connectycube.bots.filters import (
    Filter,
    attachment,
    in_group,
    in_private,
    predicate,
    regex,
    sender,
    text,
)
from connectycube.bots.middleware import CallNext, Middleware
from connectycube.bots.router import Router
from connectycube.bots.throttle import Throttle

__all__ = [
    "Argument",
    "Bot",
    "CallNext",
    "Command",
    "CommandHelp",
    "CommandUsageError",
    "Context",
    "Conversation",
    "ConversationStore",
    "FileConversationStore",
    "Filter",
    "HandlerSignatureError",
    "HandlerTimeoutError",
    "MemoryConversationStore",
    "Middleware",
    "Rest",
    "Router",
    "State",
    "States",
    "StoredConversation",
    "Throttle",
    "attachment",
    "in_group",
    "in_private",
    "in_state",
    "predicate",
    "regex",
    "sender",
    "text",
]
