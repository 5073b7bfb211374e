"""Messages: C14 to C16, how they are listed and counted."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from connectycube.emulator.chat_records import DialogType, Message, Role
from connectycube.emulator.parameters import as_list
from connectycube.emulator.reply import Reply

from .list_filters import ListField, filtered, is_on, ordered, window
from .message_access import dialog_of, require
from .message_rendering import message_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectycube.emulator.call import Call
    from connectycube.emulator.chat_records import Dialog

_PREVIEWED = 20


def _attachment_types(message: Message) -> list[Any]:
    return [one.get("type") for one in message.attachments]


def _updated_at(message: Message) -> float:
    return message.updated_at.timestamp()


_FIELDS: dict[str, ListField[Message]] = {
    "_id": ListField("text", attrgetter("id")),
    "message": ListField("text", attrgetter("text")),
    "date_sent": ListField("moment", attrgetter("date_sent")),
    "sender_id": ListField("number", attrgetter("sender_id")),
    "recipient_id": ListField("number", attrgetter("recipient_id")),
    "attachments.type": ListField("text", _attachment_types),
    "updated_at": ListField("moment", _updated_at),
}
_OTHERS = ("chat_dialog_id", "mark_as_read", "preview")


def list_messages(call: Call) -> Reply:
    """Show a page of a dialog's messages, or only how many there are (C14, C15)."""
    dialog = dialog_of(call)
    asked = call.parameters
    if is_on(asked.get("preview")) and dialog.allow_preview:
        return _preview(call, dialog)
    require(call, dialog, Role.MEMBER)
    chat, user_id = call.world.chat, call.user.id
    found = filtered(asked, chat.messages_of(dialog, user_id), _FIELDS, besides=_OTHERS)
    if is_on(asked.get("count")):
        return Reply(payload={"items": {"count": len(found)}})
    limit, skip = window(asked)
    page = ordered(asked, found, _FIELDS, default=("date_sent", "asc"))[skip : skip + limit]
    # The default has a side effect: who is shown a message has read it.
    if str(asked.get("mark_as_read")).lower() not in ("0", "false"):
        for message in page:
            chat.view(message, user_id)
    return _listed(call, page, limit=limit, skip=skip)


def get_unread_counts(call: Call) -> Reply:
    """
    Count what the caller has not read: in all, and for each dialog that is asked for (C16).

    Only groups and private dialogs count.
    """
    chat, user_id = call.world.chat, call.user.id
    counts = {
        dialog.id: chat.unread_count(dialog, user_id)
        for dialog in chat.dialogs_of(user_id)
        if dialog.type in (DialogType.GROUP, DialogType.PRIVATE)
    }
    asked = map(str, as_list(call.parameters.get("chat_dialog_ids")))
    shown = {one: counts[one] for one in asked if one in counts}
    return Reply(payload={"total": sum(counts.values()), **shown})


def _preview(call: Call, dialog: Dialog) -> Reply:
    # For whoever is not in the dialog, so nothing is marked; the window that is asked for is
    # not looked at.
    last = call.world.chat.messages_of(dialog, call.user.id)[-_PREVIEWED:]
    return _listed(call, last, limit=_PREVIEWED, skip=0)


def _listed(call: Call, messages: Sequence[Message], *, limit: int, skip: int) -> Reply:
    items = [message_json(one, call.user.id) for one in messages]
    return Reply(payload={"skip": skip, "limit": limit, "items": items})
