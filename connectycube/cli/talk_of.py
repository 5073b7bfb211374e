"""Which events of the chat belong to a place, and how people read them."""

from typing import Any, Final

import attrs

from connectycube.chat.events import (
    ChatEvent,
    ChatMessage,
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
    match event:
        case MessageReceived(message=message):
            return f"{_time(message)}  {who}: {told_text(message.body, message.attachments)}"
        case MessageEdited(message_id=known, body=body):
            return f"{who} changed {known} to: {body}"
        case MessageDeleted(message_id=known):
            return f"{who} deleted {known}"
        case Typing(is_typing=is_typing):
            return f"{who} {'types' if is_typing else 'stopped typing'}"
        case Delivered(message_id=known):
            return f"{known} has reached {who}"
        case Read(message_id=known):
            return f"{who} has read {known}"
        case ReactionChanged(message_id=known, added=added, removed=removed):
            signs = [*(f"+{one}" for one in added), *(f"-{one}" for one in removed)]
            return f"{who} reacted to {known}: {' '.join(signs)}"
        case OccupantJoined():
            return f"{who} came"
        case OccupantLeft():
            return f"{who} left"
        case Kicked():
            return "you were put out of the room"
        case Disconnected(reason=reason):
            return f"the line was cut: {reason}"
        case Reconnected() | Resumed():
            return "the line is back"
        case Gap():
            return "messages may be missing here: see `connectycube messages`"
        case Overflow(dropped=dropped):
            return f"{dropped} events were dropped: they came faster than they were taken"
        case _:
            return f"{type(event).__name__} {who}".rstrip()


def _time(message: ChatMessage) -> str:
    return told_time(message.sent_at)
