"""One event on its way to a handler."""

from typing import TYPE_CHECKING, Any, TypeAlias

from connectycube.chat.events import ChatEvent, ChatMessage, MessageReceived

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectycube.bots.bot import Bot
    from connectycube.bots.conversation import Conversation
    from connectycube.chat.connection import ChatConnection
    from connectycube.client import ConnectyCube

Place: TypeAlias = str | int
"""A group's dialog, by its id, or the user at the other side of a private one."""


class Context:
    """
    What is known of an event while it is handled.

    Attributes:
        event: what happened.
        chat: the conversation that it came by.
        bot: whose it is.
        found: what filters found in it and middleware added, by name.
        error: what went wrong, for error handlers.
    """

    __slots__ = ("_conversation", "bot", "chat", "error", "event", "found")

    def __init__(self, bot: "Bot", chat: "ChatConnection", event: ChatEvent) -> None:
        self.bot: Bot = bot
        self.chat: ChatConnection = chat
        self.event: ChatEvent = event
        self.found: dict[str, Any] = {}
        self.error: Exception | None = None
        self._conversation: Conversation | None = None

    @property
    def cube(self) -> "ConnectyCube":
        return self.bot.cube

    @property
    def values(self) -> "Mapping[str | type, Any]":
        """The application's own values, as the bot was given them."""
        return self.bot.values

    @property
    def message(self) -> ChatMessage | None:
        """The message that arrived, where that is what happened."""
        return self.event.message if isinstance(self.event, MessageReceived) else None

    @property
    def user_id(self) -> int | None:
        """Who did it, where somebody did."""
        return getattr(self.event, "user_id", None)

    @property
    def place(self) -> Place | None:
        """Where it happened."""
        return place_of(self.event, self.chat.user_id)

    @property
    def loaded_conversation(self) -> "Conversation | None":
        return self._conversation

    async def conversation(self) -> "Conversation":
        """Return how far the talk with this user is in this place; loaded once an event."""
        if self._conversation is None:
            self._conversation = await self.bot.conversation_of(self)
        return self._conversation


def place_of(event: ChatEvent, own_id: int) -> Place | None:
    """
    Return where something happened.

    Only a message tells whether its dialog is a group. Of other events a dialog that is told is
    taken for one, else it is the user.
    """
    if isinstance(event, MessageReceived):
        message = event.message
        if message.is_group:
            return message.dialog_id
        # One's own from another device happened at the other side too.
        other = message.recipient_id if message.sender_id == own_id else message.sender_id
        return message.sender_id if other is None else other
    return getattr(event, "dialog_id", None) or getattr(event, "user_id", None)


def is_own(event: ChatEvent, own_id: int) -> bool:
    """Whether the bot's own user did it: an echo from a group, or another device."""
    return getattr(event, "user_id", None) == own_id
