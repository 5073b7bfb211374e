"""A message of a dialog, and what hangs on it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from connectycube.errors import InvalidInputError
from connectycube.models.sent import Sent
from connectycube.object_id import checked_object_id
from connectycube.values import frozen


@frozen(kw_only=True)
class Attachment:
    """
    Something that a message brings along: a file, a link, a place.

    The service checks none of it, so all of it is the sender's word.

    Attributes:
        type: such as `image`, `video`, `audio`, `file` or `place`.
        id: id of an uploaded file.
        uid: uid of an uploaded file; `storage.private_url(uid)` leads to its content.
        size: bytes.
        duration: seconds.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/chat#create-a-message
    """

    type: str | None = None
    id: str | None = None
    uid: str | None = None
    url: str | None = None
    name: str | None = None
    size: int | None = None
    content_type: str | None = attrs.field(default=None, metadata={"wire": "content-type"})
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    data: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Reactions:
    """
    What a message was answered with in a single character.

    Attributes:
        own: the caller's.
        total: how many users chose each.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/chat#message-reactions
    """

    own: list[str] = attrs.field(factory=list[str])
    total: dict[str, int] = attrs.field(factory=dict[str, int])
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Message:
    """
    A message, as much of it as the service chose to tell: a member it left out is `None`.

    Attributes:
        id: the same over the chat.
        recipient_id: the opponent in a private dialog, 0 in any other.
        read_ids: who has read it, its sender included.
        delivered_ids: who has received it, its sender included.
        views_count: told of broadcast and public dialogs.
        extra: the sender's own parameters; also members that came in another form.

    https://developers.connectycube.com/server/chat#message-model
    """

    id: str = attrs.field(metadata={"wire": "_id"})
    dialog_id: str | None = attrs.field(default=None, metadata={"wire": "chat_dialog_id"})
    text: str | None = attrs.field(default=None, metadata={"wire": "message"})
    sender_id: int | None = None
    recipient_id: int | None = None
    date_sent: datetime | None = None
    attachments: list[Attachment] = attrs.field(factory=list[Attachment])
    reactions: Reactions | None = None
    read: bool = False
    read_ids: list[int] = attrs.field(factory=list[int])
    delivered_ids: list[int] = attrs.field(factory=list[int])
    views_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    edited_at: datetime | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @property
    def params(self) -> dict[str, Any]:
        """The sender's own parameters, which the service keeps beside the message's members."""
        return self.extra


@frozen(kw_only=True)
class UnreadCounts:
    """
    How many messages the caller has not read, in private and group dialogs.

    Attributes:
        total: as the service counts them.
        dialogs: by the id of each dialog that was asked for.

    https://developers.connectycube.com/server/chat#retrieve-unread-messages-count
    """

    total: int
    dialogs: dict[str, int]


MessageLike: TypeAlias = str | Message | Sent


def message_id(message: MessageLike) -> str:
    """
    Return the id of a message, or the id that was given.

    Raises:
        InvalidInputError: it is neither.
    """
    if isinstance(message, Sent):
        return message.message_id
    return checked_object_id(message.id if isinstance(message, Message) else message, "message_id")


def attachment_members(attachment: Attachment | Mapping[str, Any]) -> dict[str, Any]:
    """
    Spell an attachment as the service reads it.

    Raises:
        InvalidInputError: it is none, or holds nothing.
    """
    if isinstance(attachment, Attachment):
        named = {
            field.metadata.get("wire", field.name): getattr(attachment, field.name)
            for field in attrs.fields(Attachment)
            if field.name != "extra"
        }
        # What came in another form stands in `extra` under the name of a member.
        spelled = {name: value for name, value in named.items() if value is not None}
        spelled = {**attachment.extra, **spelled}
    elif isinstance(attachment, Mapping):
        spelled = dict(attachment)
    else:
        raise InvalidInputError("an attachment is an Attachment, or a mapping of its members")
    if not spelled:
        raise InvalidInputError("an attachment needs at least one member")
    return spelled
