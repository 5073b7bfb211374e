"""A dialog: the place where messages go."""

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from connectycube.errors import InvalidInputError
from connectycube.object_id import checked_object_id
from connectycube.values import frozen


class DialogType(enum.IntEnum):
    """
    The kinds of dialogs that are known; the service may come to have others.

    https://developers.connectycube.com/server/chat#chat-dialog-model
    """

    BROADCAST = 1
    GROUP = 2
    PRIVATE = 3
    PUBLIC = 4
    MEETING = 5


@frozen(kw_only=True)
class Dialog:
    """
    A dialog, as much of it as the service chose to tell: a member it left out is `None`.

    Attributes:
        type: one of `DialogType`, or a number that is newer than this package.
        user_id: the owner.
        name: private dialogs have none, or the opponent's.
        photo: a file's uid or id, or a link.
        xmpp_room_jid: where the chat has it; private dialogs have no room.
        occupants_ids: empty for public dialogs, whose people `find_occupants` tells.
        occupants_count: told of public dialogs.
        last_message_status: `sent`, `delivered` or `read`; `None` where somebody else wrote last.
        unread_messages_count: the caller's; `None` where the service did not count.
        extensions: the application's own members, as texts.
        permissions: `allow_preview` says the same more simply.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/chat#chat-dialog-model
    """

    id: str = attrs.field(metadata={"wire": "_id"})
    type: int | None = None
    user_id: int | None = None
    name: str | None = None
    description: str | None = None
    photo: str | None = None
    xmpp_room_jid: str | None = None
    occupants_ids: list[int] = attrs.field(factory=list[int])
    occupants_count: int | None = None
    admins_ids: list[int] = attrs.field(factory=list[int])
    last_message: str | None = None
    last_message_id: str | None = None
    last_message_user_id: int | None = None
    last_message_date_sent: datetime | None = None
    last_message_status: str | None = None
    unread_messages_count: int | None = None
    pinned_messages_ids: list[str] = attrs.field(factory=list[str])
    extensions: dict[str, Any] | None = None
    permissions: dict[str, Any] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @property
    def allow_preview(self) -> bool:
        """Whether others may read the last messages before they join."""
        return bool(self.permissions and self.permissions.get("allow_preview"))


DialogLike: TypeAlias = str | Dialog


def dialog_id(dialog: DialogLike) -> str:
    """
    Return the id of a dialog, or the id that was given.

    Raises:
        InvalidInputError: it is neither.
    """
    return checked_object_id(dialog.id if isinstance(dialog, Dialog) else dialog, "dialog_id")


def dialog_ids(dialogs: Iterable[DialogLike]) -> list[str]:
    """Return the ids of dialogs; rules as for `dialog_id`."""
    if not isinstance(dialogs, Iterable):
        raise InvalidInputError("dialogs are a list")
    return [dialog_id(dialog) for dialog in dialogs]
