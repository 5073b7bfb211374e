"""The message of a push: an object for all platforms, and what each makes of it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from connectycube.emulator.parameters import as_object

Payload = Mapping[str, Any]

# What the universal keys become in the `aps` of Apple's format.
_APS = {
    "ios_badge": "badge",
    "ios_sound": "sound",
    "ios_category": "category",
    "ios_thread_id": "thread-id",
    "ios_content_available": "content-available",
    "ios_mutable_content": "mutable-content",
}
# Keys that steer the delivery; no device gets them.
_STEERING = ("ios_voip", "ios_push_type", "ios_loc_data", "expiration", "android_fcm_notification")
_LOCALISED = {
    "title_loc_key": "title-loc-key",
    "title_loc_args": "title-loc-args",
    "body_loc_key": "loc-key",
    "body_loc_args": "loc-args",
}


def read_payload(message: str) -> Payload | None:
    """Return the object that a universal message holds in base64; None where it holds none."""
    try:
        return as_object(json.loads(base64.b64decode(message, validate=True)))
    except (binascii.Error, ValueError, RecursionError):
        return None


def is_call(payload: Payload) -> bool:
    """Say whether the VoIP channel is wanted, on devices that have it."""
    return str(payload.get("ios_voip")) == "1"


def platform_message(channel: str, payload: Payload) -> str:
    """Return a payload in a platform's own format; that of browsers is inferred."""
    if channel == "web":
        return f"payload={_base64(_json(payload))}"
    custom = {
        name: value
        for name, value in payload.items()
        if name not in _APS and name not in _STEERING and name != "message"
    }
    if channel == "gcm":
        data = {**_message_of(payload), **custom}
        return "&".join(f"data.{name}={_base64(_text(value))}" for name, value in data.items())
    return f"payload={_base64(_json({'aps': _aps(payload), **custom}))}"


def _aps(payload: Payload) -> dict[str, Any]:
    localised = as_object(payload.get("ios_loc_data")) or {}
    alert: Any = payload.get("message")
    if localised:
        known = {_LOCALISED[name]: value for name, value in localised.items() if name in _LOCALISED}
        alert = {"body": alert, **known}
    aps = {_APS[name]: value for name, value in payload.items() if name in _APS}
    return aps if alert is None else {"alert": alert, **aps}


def _message_of(payload: Payload) -> dict[str, Any]:
    return {"message": payload["message"]} if "message" in payload else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()
