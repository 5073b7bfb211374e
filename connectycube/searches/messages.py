"""
What messages can be searched by, checked before anything is sent.

https://developers.connectycube.com/server/chat#retrieve-messages
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias, TypedDict

from connectycube.models.message import Message
from connectycube.models.user import User
from connectycube.object_id import is_object_id
from connectycube.searches.lists import (
    ListField,
    by_id,
    is_id,
    is_moment,
    is_text,
    list_queries,
    unix,
)
from connectycube.where import Filter

Text: TypeAlias = str | Filter[str]
Someone: TypeAlias = int | User | Filter[int] | Filter[User]
Moment: TypeAlias = datetime | Filter[datetime]


class MessageFilters(TypedDict, total=False):
    """The fields that a search of a dialog's messages knows."""

    id: Text | Message | Filter[Message]
    text: Text
    date_sent: Moment
    sender_id: Someone
    recipient_id: Someone
    attachment_type: Text
    updated_at: Moment


_A_TEXT: Final = "a non-empty text"
_A_MOMENT: Final = "a datetime with a time zone"
_A_USER: Final = "a user's id"
_FIELDS: Final = {
    "id": ListField(wire="_id", takes=is_object_id, wanted="an id of 24 hexadecimal digits"),
    "text": ListField(wire="message", takes=is_text, wanted=_A_TEXT),
    "date_sent": ListField(wire="date_sent", takes=is_moment, wanted=_A_MOMENT, spell=unix),
    "sender_id": ListField(wire="sender_id", takes=is_id, wanted=_A_USER),
    "recipient_id": ListField(wire="recipient_id", takes=is_id, wanted=_A_USER),
    "attachment_type": ListField(wire="attachments.type", takes=is_text, wanted=_A_TEXT),
    "updated_at": ListField(wire="updated_at", takes=is_moment, wanted=_A_MOMENT),
}
_THINGS: Final = {"id": Message, "sender_id": User, "recipient_id": User}
_SORTABLE: Final = {"date_sent": "date_sent"}


def message_queries(
    dialog_id: str,
    filters: Mapping[str, object],
    *,
    sort: str | None = None,
    most: int | None = None,
) -> list[dict[str, Any]]:
    """
    Check a search of one dialog, and return its queries: none, one, or those of a long list.

    Args:
        most: how many there may be.

    Raises:
        InvalidQueryError: the service's rules forbid it.
    """
    plain = {
        name: by_id(_THINGS[name], value) if name in _THINGS else value
        for name, value in filters.items()
    }
    found = list_queries(_FIELDS, plain, sort=sort, sortable=_SORTABLE, most=most, paged_by="skip")
    return [{"chat_dialog_id": dialog_id, **query} for query in found]
