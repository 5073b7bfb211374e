"""Reactions to a message: C22 and C23."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.refusals import based, field
from connectycube.emulator.reply import Reply

from .message_access import message_of, others_of

if TYPE_CHECKING:
    from connectycube.emulator.call import Call


def update_message_reactions(call: Call) -> Reply:
    """
    Add a reaction of the caller, take one back, or both (C22).

    A user may have several, each once: adding one again changes nothing (inferred).
    """
    added, removed = _reaction(call, "add"), _reaction(call, "remove")
    if added is None and removed is None:
        raise based(422, "add or remove is required")  # inferred
    message, dialog = message_of(call)
    chat, user_id = call.world.chat, call.user.id
    changed: dict[str, str] = {}
    if removed is not None and chat.unreact(message, user_id, removed):
        changed["remove"] = removed
    if added is not None and chat.react(message, user_id, added):
        changed["add"] = added
    if changed:
        others = others_of(call, dialog)
        chat.deliver("reaction", user_id, others, dialog=dialog, message=message, **changed)
    return Reply()


def list_message_reactions(call: Call) -> Reply:
    """Show who reacted with what (C23)."""
    message, _ = message_of(call)
    return Reply(payload={emoji: list(ids) for emoji, ids in message.reactions.items()})


def _reaction(call: Call, name: str) -> str | None:
    value = call.parameters.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise field(name, "must be a string")
    return value
