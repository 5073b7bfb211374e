"""What the emulated service remembers: users, sessions, files, mails."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

import attrs


class Profile(TypedDict, total=False):
    """Name the members of a user that may be written."""

    login: str | None
    password: str | None
    email: str | None
    full_name: str | None
    phone: str | None
    website: str | None
    custom_data: str | None
    tags: tuple[str, ...]
    avatar: str | None
    blob_id: int | None
    external_id: str | None
    external_user_id: int | None
    facebook_id: str | None
    twitter_id: str | None
    timezone: int | None


@attrs.define(kw_only=True, eq=False)
class User:
    """Keep one user."""

    id: int
    object_id: str = attrs.field(repr=False)
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)
    login: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    """None: no password opens this user (guests, external identities)."""
    email: str | None = attrs.field(default=None, repr=False)
    full_name: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)
    website: str | None = attrs.field(default=None, repr=False)
    custom_data: str | None = attrs.field(default=None, repr=False)
    tags: tuple[str, ...] = attrs.field(default=(), repr=False)
    avatar: str | None = attrs.field(default=None, repr=False)
    blob_id: int | None = attrs.field(default=None, repr=False)
    external_id: str | None = attrs.field(default=None, repr=False)
    external_user_id: int | None = attrs.field(default=None, repr=False)
    facebook_id: str | None = attrs.field(default=None, repr=False)
    twitter_id: str | None = attrs.field(default=None, repr=False)
    timezone: int | None = attrs.field(default=None, repr=False)
    is_guest: bool = False
    is_online: bool = False
    """Connected to the chat; `World.set_online` says so."""
    last_request_at: datetime | None = attrs.field(default=None, repr=False)
    gone_at: datetime | None = attrs.field(default=None, repr=False)
    """When a guest vanishes."""


@attrs.define(kw_only=True, eq=False)
class Session:
    """Keep one session."""

    id: int
    token: str = attrs.field(repr=False)
    user_id: int | None
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)
    expires_at: datetime
    ts: int = attrs.field(repr=False)
    nonce: int | None = attrs.field(default=None, repr=False)


@attrs.define(kw_only=True, eq=False)
class File:
    """Keep the record of one file; its content is in the store."""

    id: int
    uid: str = attrs.field(repr=False)
    owner_id: int
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)
    name: str = attrs.field(default="", repr=False)
    content_type: str = ""
    public: bool = False
    size: int | None = None
    """As the owner told it on completion; None until then."""
    completed_at: datetime | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Mail:
    """Keep one mail that the service would have sent."""

    to: str = attrs.field(repr=False)
    subject: str
    body: str = attrs.field(repr=False)
    """Holds the link, and so a one-time code."""
    link: str = attrs.field(repr=False)
    user_id: int | None
    """None: nobody here has the address."""
    sent_at: datetime


@attrs.frozen(kw_only=True)
class Application:
    """Name the one application that this emulator serves."""

    id: int = 21
    auth_key: str = attrs.field(default="emulator-auth-key", repr=False)
    auth_secret: str = attrs.field(default="emulator-auth-secret", repr=False)
    admin_key: str = attrs.field(default="emulator-admin-key", repr=False)


DEFAULT_APPLICATION = Application()
