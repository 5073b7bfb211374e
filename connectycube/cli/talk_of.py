"""Which events of the chat belong to a place, and how people read them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from connectycube.chat.events import (
    ChatEvent,
    Delivered,
    Disconnected,
    Gap,
    Kicked,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    OccupantJoined,
    OccupantLeft,
    Overflow,
    ReactionChanged,
    Read,
    Reconnected,
    Resumed,
    SystemMessage,
    Typing,
)
from connectycube.cli.commands.messages import told_text
from connectycube.cli.people import People
from connectycube.cli.place import Place
from connectycube.cli.when import told_time

# About the line itself, so they belong everywhere.
LINE: Final = (Disconnected, Reconnected, Resumed, Gap, Overflow)
# What is shown unless everything is asked for.
TALK: Final = (MessageReceived, MessageEdited, MessageDeleted)


def belongs(event: ChatEvent, place: Place | None, own_id: int) -> bool:
    """Say whether an event happened at a place; everything happens where none is named."""
    if place is None or isinstance(event, LINE):
        return True
    dialog_id = getattr(event, "dialog_id", None)
    if place.dialog is not None and dialog_id == place.dialog.id:
        return True
    if place.user_id is None or isinstance(event, SystemMessage):
        return False
    # Between two people a dialog is not always named.
    if isinstance(event, MessageReceived):
        message = event.message
        parties = {message.sender_id, message.recipient_id or own_id}
        return not message.is_group and parties == {place.user_id, own_id}
    return dialog_id is None and getattr(event, "user_id", None) == place.user_id


def event_json(event: ChatEvent) -> dict[str, Any]:
    """Return an event with its kind, for JSON."""
    members = {field.name: getattr(event, field.name) for field in attrs.fields(type(event))}
    return {"event": type(event).__name__, **members}


def people_of(event: ChatEvent) -> list[int | None]:
    """Return whose names are shown with an event."""
    return [getattr(event, "user_id", None)]


def told(event: ChatEvent, people: People) -> str:
    """Return an event as a line for people."""
    who = people.name(getattr(event, "user_id", None))
    tell = _WORDS.get(type(event))
    return f"{type(event).__name__} {who}".rstrip() if tell is None else tell(event, who)


def _message(event: MessageReceived, who: str) -> str:
    message = event.message
    return f"{told_time(message.sent_at)}  {who}: {told_text(message.body, message.attachments)}"


def _reaction(event: ReactionChanged, who: str) -> str:
    signs = [*(f"+{one}" for one in event.added), *(f"-{one}" for one in event.removed)]
    return f"{who} reacted to {event.message_id}: {' '.join(signs)}"


# Any, because each is called with events of its own kind alone.
_WORDS: Final[Mapping[type, Callable[[Any, str], str]]] = {
    MessageReceived: _message,
    MessageEdited: lambda event, who: f"{who} changed {event.message_id} to: {event.body}",
    MessageDeleted: lambda event, who: f"{who} deleted {event.message_id}",
    Typing: lambda event, who: f"{who} {'types' if event.is_typing else 'stopped typing'}",
    Delivered: lambda event, who: f"{event.message_id} has reached {who}",
    Read: lambda event, who: f"{who} has read {event.message_id}",
    ReactionChanged: _reaction,
    OccupantJoined: lambda _, who: f"{who} came",
    OccupantLeft: lambda _, who: f"{who} left",
    Kicked: lambda _, __: "you were put out of the room",
    Disconnected: lambda event, _: f"the line was cut: {event.reason}",
    Reconnected: lambda _, __: "the line is back",
    Resumed: lambda _, __: "the line is back",
    Gap: lambda _, __: "messages may be missing here: see `connectycube messages`",
    Overflow: lambda event, _: f"{event.dropped} events came too fast, and were dropped",
}
