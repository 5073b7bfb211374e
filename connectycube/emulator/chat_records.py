"""What the chat remembers: dialogs, messages, and what went out to those who are connected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, TypedDict

import attrs

from .rendering import Json


class DialogType(IntEnum):
    """Name the kinds of dialogs by their numbers on the wire."""

    BROADCAST = 1
    GROUP = 2
    PRIVATE = 3
    PUBLIC = 4
    MEETING = 5


class Role(IntEnum):
    """Say what somebody is in a dialog; a higher role may do what a lower one may."""

    NONE = 0
    MEMBER = 1
    ADMIN = 2
    OWNER = 3


@attrs.define(kw_only=True, eq=False)
class Dialog:
    """Keep one dialog. Who reads it sees the last message and the unread ones in their own way."""

    id: str
    type: DialogType
    owner_id: int
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)
    name: str | None = attrs.field(default=None, repr=False)
    description: str | None = attrs.field(default=None, repr=False)
    photo: str | None = attrs.field(default=None, repr=False)
    occupants_ids: list[int] = attrs.field(factory=list[int])
    """The owner too. In a public dialog these are its subscribers, in a broadcast nobody."""
    admins_ids: list[int] = attrs.field(factory=list[int])
    extensions: dict[str, str] | None = attrs.field(default=None, repr=False)
    allow_preview: bool | None = None
    """None: the permissions were never set."""
    pinned_messages_ids: list[str] = attrs.field(factory=list[str], repr=False)
    hidden_for: set[int] = attrs.field(factory=set[int], repr=False)
    """Users who deleted it for themselves."""
    silent_for: set[int] = attrs.field(factory=set[int], repr=False)
    """Users who turned its notifications off."""


@attrs.define(kw_only=True, eq=False)
class Message:
    """Keep one message."""

    id: str
    dialog_id: str
    sender_id: int
    recipient_id: int
    """The other one of a private dialog; 0 elsewhere."""
    text: str | None = attrs.field(repr=False)
    date_sent: int
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)
    read_ids: list[int] = attrs.field(factory=list[int], repr=False)
    """The sender first."""
    delivered_ids: list[int] = attrs.field(factory=list[int], repr=False)
    """The sender first."""
    attachments: list[Json] = attrs.field(factory=list[Json], repr=False)
    params: Json = attrs.field(factory=dict[str, Any], repr=False)
    """Custom parameters, shown flat on the message."""
    reactions: dict[str, list[int]] = attrs.field(factory=dict[str, list[int]], repr=False)
    """Who reacted with an emoji, in order; no emoji is left with nobody."""
    views_count: int = 0
    edited_at: datetime | None = attrs.field(default=None, repr=False)
    deleted_for: set[int] = attrs.field(factory=set[int], repr=False)
    """Users for whom it vanished."""


class DialogMembers(TypedDict, total=False):
    """Name what may be given for a new dialog."""

    id: str
    name: str | None
    description: str | None
    photo: str | None
    occupants_ids: list[int]
    admins_ids: list[int]
    extensions: dict[str, str] | None
    allow_preview: bool | None
    pinned_messages_ids: list[str]
    created_at: datetime
    updated_at: datetime


class MessageMembers(TypedDict, total=False):
    """Name what may be given for a new message."""

    id: str
    date_sent: int
    created_at: datetime
    updated_at: datetime
    read_ids: list[int]
    delivered_ids: list[int]
    attachments: list[Json]
    params: Json
    reactions: dict[str, list[int]]
    views_count: int


DeliveryKind = Literal["message", "edit", "removal", "reaction", "system", "reject"]


@attrs.frozen(kw_only=True)
class Delivery:
    """Keep what goes out over the chat because of a call."""

    kind: DeliveryKind
    sender_id: int
    recipients_ids: tuple[int, ...]
    dialog_id: str | None = None
    message_id: str | None = None
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    """What the kind needs besides: the keys of a system message, the emoji of a reaction."""
