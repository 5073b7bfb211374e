"""
What an application sees of the chat.

Ids of users are numbers, ids of dialogs and messages 24 hexadecimal digits. `dialog_id` is `None`
where a message between two people came without one, which some senders' copies do.
"""

from datetime import datetime
from typing import Any, Literal, TypeAlias

import attrs

from connectycube.models.message import Attachment
from connectycube.models.sent import Sent as Sent  # noqa: PLC0414 - re-exported
from connectycube.values import frozen


@frozen(kw_only=True)
class ChatMessage:
    """
    A message as it came over the chat.

    Attributes:
        id: the same in the history; empty where a sender gave none.
        sender_id: who wrote it; the caller, where it came back from a group or another device.
        recipient_id: whom it was sent to; `None` in groups.
        is_group: whether it came through a dialog's room rather than from one user to another.
        sent_at: when, by the service or the sender; `None` where neither said.
        params: the sender's own parameters: texts, and mappings of texts.
        is_carbon: whether it is a copy of what another device of the caller sent or received.
        is_delayed: whether it waited while the caller was away.
        is_markable: whether its sender asked for marks of delivery.
        destroy_after: seconds after which it wants to be gone; such a message is not kept.
    """

    id: str
    sender_id: int
    recipient_id: int | None = None
    dialog_id: str | None = None
    is_group: bool = False
    body: str = ""
    attachments: list[Attachment] = attrs.field(factory=list[Attachment])
    params: dict[str, Any] = attrs.field(factory=dict[str, Any])
    sent_at: datetime | None = None
    is_carbon: bool = False
    is_delayed: bool = False
    is_markable: bool = False
    destroy_after: int | None = None


@frozen(kw_only=True)
class MessageReceived:
    """A message arrived: somebody's, or one's own from a group or another device."""

    message: ChatMessage

    @property
    def dialog_id(self) -> str | None:
        return self.message.dialog_id

    @property
    def user_id(self) -> int:
        """Who wrote it."""
        return self.message.sender_id


@frozen(kw_only=True)
class MessageRefused:
    """
    The service sent a message of ours back.

    Attributes:
        code: an older, numeric form of the reason, as 503 where the recipient blocks the sender.
        condition: the reason by its XMPP name, such as `service-unavailable`.
    """

    message_id: str
    code: int | None = None
    condition: str = ""
    text: str = ""
    user_id: int | None = None
    dialog_id: str | None = None


@frozen(kw_only=True)
class MessageEdited:
    """
    A message got another text.

    Attributes:
        is_last: whether the sender took it for the newest of its dialog.
    """

    message_id: str
    user_id: int
    dialog_id: str | None = None
    body: str = ""
    is_last: bool = False
    params: dict[str, Any] = attrs.field(factory=dict[str, Any])
    is_carbon: bool = False


@frozen(kw_only=True)
class MessageDeleted:
    """A message was taken back by `user_id`."""

    message_id: str
    user_id: int
    dialog_id: str | None = None
    is_carbon: bool = False


@frozen(kw_only=True)
class Typing:
    """Somebody began to type, or stopped."""

    user_id: int
    dialog_id: str | None = None
    is_typing: bool = True
    is_carbon: bool = False


@frozen(kw_only=True)
class Delivered:
    """A message reached `user_id`."""

    message_id: str
    user_id: int
    dialog_id: str | None = None
    is_carbon: bool = False


@frozen(kw_only=True)
class Read:
    """A message was read by `user_id`."""

    message_id: str
    user_id: int
    dialog_id: str | None = None
    is_carbon: bool = False


@frozen(kw_only=True)
class ReactionChanged:
    """`user_id` reacted to a message, or took a reaction back."""

    message_id: str
    user_id: int
    dialog_id: str | None = None
    added: list[str] = attrs.field(factory=list[str])
    removed: list[str] = attrs.field(factory=list[str])


@frozen(kw_only=True)
class SystemMessage:
    """One copy of the application tells another one something; people need not see it."""

    user_id: int
    message_id: str = ""
    body: str = ""
    params: dict[str, Any] = attrs.field(factory=dict[str, Any])
    is_delayed: bool = False


@frozen(kw_only=True)
class CallSignal:
    """
    What the parties of a call tell each other; the call itself is not this package's business.

    Attributes:
        type: `call`, `accept`, `reject`, `hangUp`, `iceCandidates`, `update`, `iceRestart`, …
        params: all else that was said; what stands there more than once is a list.
    """

    user_id: int
    type: str
    session_id: str
    params: dict[str, Any] = attrs.field(factory=dict[str, Any])


@frozen(kw_only=True)
class OccupantJoined:
    """Somebody entered a room that the caller is in."""

    dialog_id: str
    user_id: int


@frozen(kw_only=True)
class OccupantLeft:
    """Somebody left a room that the caller is in."""

    dialog_id: str
    user_id: int


@frozen(kw_only=True)
class Kicked:
    """The caller is no longer in a room, and did not ask for that; `by_id` where it is told."""

    dialog_id: str
    by_id: int | None = None


@frozen(kw_only=True)
class LastActivity:
    """How long ago a watched user was last active, in seconds; 0 is online now."""

    user_id: int
    seconds: int


@frozen(kw_only=True)
class ContactChanged:
    """A contact came or went, or asks to be one, or answers that."""

    user_id: int
    change: Literal[
        "available", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed"
    ]


@frozen(kw_only=True)
class Disconnected:
    """
    The line is cut, or the conversation is over; then it is the last event.

    Attributes:
        reason: why, in words for a log.
        unconfirmed: messages of ours that the service may never have seen, the oldest first. While
            the chat connects again they wait to be sent once more.
    """

    reason: str
    unconfirmed: list[str] = attrs.field(factory=list[str])


@frozen(kw_only=True)
class Reconnected:
    """
    A new conversation is there; messages that were missed follow, as far as the history has them.

    Rooms are entered anew, and what waited is sent. What was neither a message nor kept is lost.
    """


@frozen(kw_only=True)
class Resumed:
    """The old conversation goes on; nothing was missed, and what waited is sent."""


@frozen(kw_only=True)
class Gap:
    """
    Messages may have been missed that could not be brought back: too many, or no answer.

    Attributes:
        dialog_ids: where; empty where not even that is known.
    """

    dialog_ids: list[str] = attrs.field(factory=list[str])


@frozen(kw_only=True)
class Overflow:
    """Events came faster than they were taken: so many of the oldest were dropped."""

    dropped: int


ChatEvent: TypeAlias = (
    MessageReceived
    | Sent
    | MessageRefused
    | MessageEdited
    | MessageDeleted
    | Typing
    | Delivered
    | Read
    | ReactionChanged
    | SystemMessage
    | CallSignal
    | OccupantJoined
    | OccupantLeft
    | Kicked
    | LastActivity
    | ContactChanged
    | Disconnected
    | Reconnected
    | Resumed
    | Gap
    | Overflow
)
