"""Push subscriptions: P1 to P3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import as_object
from connectycube.emulator.push import CHANNELS, ENVIRONMENTS, PLATFORMS
from connectycube.emulator.refusals import fields, not_found
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.push import Subscription

_REQUIRED = "is required"
_WEB_MEMBERS = ("web_endpoint", "web_auth", "web_p256dh")


def create_subscription(call: Call) -> Reply:
    """Let pushes for the caller go to a device (P1)."""
    given = call.parameters
    token = as_object(given.get("push_token")) or {}
    device = as_object(given.get("device")) or {}
    channel = given.get("notification_channel")
    names = _WEB_MEMBERS if channel == "web" else ("client_identification_sequence",)
    reasons = {
        "notification_channel": _unfit(channel, CHANNELS),
        "environment": _unfit(token.get("environment"), ENVIRONMENTS),
        **{name: _unfit(token.get(name)) for name in names},
        "platform": _unfit(device.get("platform"), PLATFORMS),
        "udid": _unfit(device.get("udid")),
    }
    if unfit := {name: [reason] for name, reason in reasons.items() if reason}:
        raise fields(unfit)  # the words are inferred
    subscription = call.world.add_subscription(
        call.user.id,
        channel=str(channel),
        token=str(token[names[0]]),
        udid=str(device["udid"]),
        platform=device["platform"],
        environment=token["environment"],
    )
    return Reply(status=201, payload=[_shown(subscription)])


def list_subscriptions(call: Call) -> Reply:
    """Show the caller's subscriptions (P2)."""
    own = call.world.push.subscriptions_of(call.user.id)
    return Reply(payload=[_shown(one) for one in own])


def delete_subscription(call: Call) -> Reply:
    """Forget a subscription of the caller (P3); those of others are unknown (inferred)."""
    own = call.world.push.subscriptions_of(call.user.id)
    subscription = next((one for one in own if str(one.id) == call.arguments[0]), None)
    if subscription is None:
        raise not_found()
    call.world.push.unsubscribe(subscription)
    return Reply()


def _unfit(value: Any, known: tuple[str, ...] | None = None) -> str | None:
    if value is None or value == "":
        return _REQUIRED
    if known is not None and value not in known:
        return f"must be one of {', '.join(known)}"
    return None if isinstance(value, (str, int)) else "must be a string"


def _shown(subscription: Subscription) -> dict[str, Any]:
    # The token is never shown again.
    device = {"udid": subscription.udid, "platform": {"name": subscription.platform}}
    return {
        "subscription": {
            "id": subscription.id,
            "notification_channel": {"name": subscription.channel},
            "device": device,
        }
    }
