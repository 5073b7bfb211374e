"""
What a push notification carries, in the keys that serve every platform.

    PushPayload("Cast off in 10 minutes", ios_badge=1, custom={"dialog_id": dialog.id})

https://developers.connectycube.com/server/push_notifications
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import attrs
import orjson

from connectycube.errors import InvalidInputError
from connectycube.fields import checked_flag
from connectycube.query import json_text
from connectycube.searches.lists import is_moment, unix
from connectycube.values import frozen

_FLAGS: Final = ("ios_content_available", "ios_mutable_content", "ios_voip")


@frozen(kw_only=True)
class LocalizedPush:
    """Texts that an iOS application looks up in its own tables, and what to put into them."""

    title_key: str | None = None
    title_args: Sequence[str] = ()
    body_key: str | None = None
    body_args: Sequence[str] = ()


@frozen
class PushPayload:
    """
    What a notification carries; each platform takes what it knows.

    Attributes:
        message: the text that is shown.
        ios_badge: number on the application's icon.
        ios_sound: name of a sound file in the application.
        ios_content_available: wake the application without showing anything.
        ios_mutable_content: let the application change the notification first.
        ios_voip: go by the VoIP channel where the device subscribed to it, else as usual.
        ios_push_type: `alert` unless it says `background`.
        ios_localized: texts to look up instead of the message.
        expiration: when it is no longer worth delivering, aware.
        android_notification: members that Firebase shows by itself.
        custom: the application's own members, beside these.
    """

    message: str | None = None
    ios_badge: int | None = attrs.field(default=None, kw_only=True)
    ios_sound: str | None = attrs.field(default=None, kw_only=True)
    ios_category: str | None = attrs.field(default=None, kw_only=True)
    ios_thread_id: str | None = attrs.field(default=None, kw_only=True)
    ios_content_available: bool = attrs.field(default=False, kw_only=True)
    ios_mutable_content: bool = attrs.field(default=False, kw_only=True)
    ios_voip: bool = attrs.field(default=False, kw_only=True)
    ios_push_type: Literal["alert", "background"] | None = attrs.field(default=None, kw_only=True)
    ios_localized: LocalizedPush | None = attrs.field(default=None, kw_only=True)
    expiration: datetime | None = attrs.field(default=None, kw_only=True)
    android_notification: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)
    custom: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)

    def members(self) -> dict[str, Any]:
        """
        Return it under the keys that the service reads; what was not given is left out.

        Raises:
            InvalidInputError: a member of `custom` has a name that is taken.
        """
        told: dict[str, Any] = {
            "message": self.message,
            "ios_badge": self.ios_badge,
            "ios_sound": self.ios_sound,
            "ios_category": self.ios_category,
            "ios_thread_id": self.ios_thread_id,
            **{name: 1 if checked_flag(getattr(self, name), name) else None for name in _FLAGS},
            "ios_push_type": self.ios_push_type,
            "ios_loc_data": None if self.ios_localized is None else _keys(self.ios_localized),
            "expiration": None if self.expiration is None else _seconds(self.expiration),
            "android_fcm_notification": self.android_notification,
        }
        if taken := sorted(told.keys() & self.custom.keys()):
            raise InvalidInputError(f"{taken[0]} is no member of one's own")
        return {name: value for name, value in told.items() if value is not None} | {**self.custom}


def encode_push_payload(payload: Mapping[str, Any] | PushPayload) -> str:
    """
    Spell a payload as the service reads it: compact JSON in Base64.

    Raises:
        InvalidInputError: it is no JSON, or a `PushPayload` of nothing.
    """
    members = payload.members() if isinstance(payload, PushPayload) else payload
    # An object of one's own may be empty: the service takes it.
    if not members and isinstance(payload, PushPayload):
        raise InvalidInputError("a push payload holds at least one member")
    try:
        told = orjson.dumps({**members}, default=json_text, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError as error:
        raise InvalidInputError(f"the payload is no JSON: {error.__cause__ or error}") from None
    return b64encode(told).decode()


def _keys(texts: LocalizedPush) -> dict[str, Any]:
    told = {
        "title_loc_key": texts.title_key,
        "title_loc_args": list(texts.title_args),
        "body_loc_key": texts.body_key,
        "body_loc_args": list(texts.body_args),
    }
    return {name: value for name, value in told.items() if value}


def _seconds(moment: datetime) -> int:
    if not is_moment(moment):
        raise InvalidInputError("expiration is a datetime with a time zone")
    return unix(moment)
