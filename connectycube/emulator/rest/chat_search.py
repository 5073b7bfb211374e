"""The chat search: C24, over the texts of messages and the names of dialogs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectycube.emulator.reply import Reply

from .chat_search_rules import Search, read_search
from .dialogs_rendering import dialog_json
from .message_rendering import message_json

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog, Message


def search_chat(call: Call) -> Reply:
    """Show where a text stands in the caller's dialogs, the newest messages first (C24)."""
    search = read_search(call.parameters)
    dialogs = [
        dialog
        for dialog in call.world.chat.dialogs_of(call.user.id)
        if search.dialog_ids is None or dialog.id in search.dialog_ids
    ]
    named = [dialog for dialog in dialogs if search.text in (dialog.name or "")]
    messages = _found(call, search, dialogs)
    results = {
        # That the limit holds for each list, and the dates for messages alone, is inferred.
        "dialogs": [dialog_json(call.world, one, call.user.id) for one in named[: search.limit]],
        "messages": [message_json(one, call.user.id) for one in messages[: search.limit]],
        # In the answers that are known nobody is ever found.
        "users": [],
    }
    return Reply(payload={"results": results})


def _found(call: Call, search: Search, dialogs: list[Dialog]) -> list[Message]:
    found = [
        message
        for dialog in dialogs
        for message in call.world.chat.messages_of(dialog, call.user.id)
        if search.text in (message.text or "")
        and search.covers(datetime.fromtimestamp(message.date_sent, UTC))
    ]
    return sorted(found, key=lambda message: message.date_sent, reverse=True)
