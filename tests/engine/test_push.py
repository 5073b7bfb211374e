"""Push notifications: each call as the contract's examples have it, and what is never sent."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from connectycube import InvalidInputError, ValidationError
from connectycube.api.push import Push
from connectycube.bodies.push import PushPayload
from connectycube.models.push import Device, Named, PushEvent, Subscription

from .wire_stage import Sent, Wire, played, reply

pytestmark = pytest.mark.anyio

PHONE: Final = Subscription(
    id=7301,
    notification_channel=Named(name="gcm"),
    device=Device(udid="3f9d2c61-pixel", platform=Named(name="android")),
)
MADE: Final = datetime(2024, 6, 10, 10, tzinfo=UTC)


def push(wire: Wire) -> Push:
    return Push(wire.cube._caller)


async def test_a_device_subscribes() -> None:
    """Its platform is that of the channel."""
    found = await played(
        "push.create_subscription",
        lambda w: push(w).subscribe(
            channel="gcm",
            environment="development",
            udid="3f9d2c61-pixel",
            token="fcm-demo-token",
        ),
    )

    assert [PHONE] == found


async def test_a_browser_subscribes() -> None:
    [found] = await played(
        "push.create_subscription.web",
        lambda w: push(w).subscribe(
            channel="web",
            environment="production",
            udid="fp-88aa",
            web_endpoint="https://push.example.org/abc",
            web_auth="k1",
            web_p256dh="k2",
        ),
    )

    assert (7302, "web") == (found.id, found.channel)


async def test_an_apple_device_may_name_its_application() -> None:
    """And get calls by a channel of their own; one answer may come without a list."""
    wire = Wire([reply("push.create_subscription.object")])

    found = await push(wire).subscribe(
        channel="apns_voip",
        environment="production",
        udid="9B2C",
        token="canary",
        bundle_identifier="org.example.app",
    )

    assert [PHONE] == found
    [sent] = wire.sent
    assert {
        "notification_channel": "apns_voip",
        "push_token": {
            "environment": "production",
            "client_identification_sequence": "canary",
            "bundle_identifier": "org.example.app",
        },
        "device": {"platform": "ios", "udid": "9B2C"},
    } == sent.json


async def test_subscriptions_are_found_and_ended() -> None:
    found = await played("push.list_subscriptions", lambda w: push(w).find_subscriptions())
    await played("push.delete_subscription", lambda w: push(w).unsubscribe(7301))

    assert [(7301, "gcm"), (7304, "apns")] == [(one.id, one.channel) for one in found]
    assert PHONE == found[0]


@pytest.mark.parametrize(
    "payload",
    [
        "Cast off in 10 minutes",
        {"message": "Cast off in 10 minutes"},
        PushPayload("Cast off in 10 minutes"),
    ],
)
async def test_users_are_notified(payload: Any) -> None:
    """An event for each channel that it goes by."""
    events = await played(
        "push.create_event",
        lambda w: push(w).send(payload, environment="development", user_ids=[90244, 90400]),
    )

    assert ["apns", "gcm"] == [one.channel for one in events]
    assert (
        PushEvent(
            id=88121,
            event_type="one_shot",
            message="data.message=Q2FzdCBvZmYgaW4gMTAgbWludXRlcw==",
            occurred_count=0,
            created_at=MADE,
            updated_at=MADE,
            active=True,
            application_id=774,
            user_id=90211,
            kind="API",
            environment="development",
            notification_channel=Named(name="gcm"),
        )
        == events[1]
    )


async def test_users_with_tags_are_notified() -> None:
    [event] = await played(
        "push.create_event.tags",
        lambda w: push(w).send(
            "Cast off in 10 minutes", environment="production", tags_any=["team_red"]
        ),
    )

    assert "team_red" == event.tag_query


async def test_nobody_to_notify_is_an_error() -> None:
    with pytest.raises(ValidationError, match="do not have push notification subscriptions"):
        await played(
            "push.create_event.error.no_subscribers",
            lambda w: push(w).send("x", environment="development", user_ids=[90400]),
        )


@pytest.mark.parametrize(
    ("options", "members"),
    [
        (
            {"tags_any": ["vip", "gold"], "tags_all": ["eu"], "tags_exclude": ["banned"]},
            {"user": {"tags": {"any": "vip,gold", "all": "eu", "exclude": "banned"}}},
        ),
        ({"external_ids": ["ext-1", 2]}, {"external_user": {"ids": "ext-1,2"}}),
        (
            {"user_ids": (1,), "name": "sail", "event_type": "fixed_date", "date": MADE},
            {"user": {"ids": "1"}, "name": "sail", "event_type": "fixed_date", "date": 1718013600},
        ),
    ],
)
async def test_an_event_is_spelled(options: Any, members: dict[str, Any]) -> None:
    """Lists joined by commas, former members as they are, moments in seconds."""
    wire = Wire([reply("push.create_event")])

    await push(wire).send("x", environment="production", **options)

    event = {
        "notification_type": "push",
        "environment": "production",
        "message": "eyJtZXNzYWdlIjoieCJ9",
        **members,
    }
    assert [Sent("POST", "/events", json={"event": event})] == wire.sent


async def test_one_platform_gets_its_own_form() -> None:
    """As it is given."""
    wire = Wire([reply("push.create_event")])

    await push(wire).send(
        "payload=e30=", environment="production", user_ids=[271], push_type="apns"
    )

    [sent] = wire.sent
    assert ("payload=e30=", "apns") == (
        sent.json["event"]["message"],
        sent.json["event"]["push_type"],
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"user_ids": []},
        {"user_ids": [0]},
        {"user_ids": ["7"]},
        {"user_ids": 7},
        {"user_ids": "7"},
        {"user_ids": [7], "tags_any": ["vip"]},
        {"user_ids": [7], "external_ids": ["7"]},
        {"tags_any": ["a,b"]},
        {"tags_any": "vip"},
        {"external_ids": [""]},
        {"user_ids": [7], "environment": "test"},
        {"user_ids": [7], "payload": PushPayload()},
        {"user_ids": [7], "push_type": "apns", "payload": {"a": 1}},
        {"user_ids": [7], "message": "x"},
        {"user_ids": [7], "user": {"ids": "8"}},
    ],
    ids=str,
)
async def test_what_is_no_push_is_not_sent(options: dict[str, Any]) -> None:
    """Recipients are chosen in one way; none of them is lost in a comma."""
    wire = Wire([])
    told = {"payload": PushPayload("x"), "environment": "production", **options}
    payload = told.pop("payload")

    with pytest.raises(InvalidInputError):
        await push(wire).send(payload, **told)

    assert [] == wire.sent


@pytest.mark.parametrize(
    "options",
    [
        {"channel": "gcm"},
        {"channel": "gcm", "token": ""},
        {"channel": "sms", "token": "canary"},
        {"channel": "web", "token": "canary"},
        {"channel": "web", "web_endpoint": "https://push.example.org", "web_auth": "canary"},
        {"channel": "apns", "token": "canary", "web_auth": "canary"},
        {"channel": "apns", "token": "canary", "environment": "sandbox"},
        {"channel": "apns", "token": "canary", "udid": ""},
    ],
)
async def test_what_is_no_subscription_is_not_sent(options: dict[str, Any]) -> None:
    """Each channel has what it needs, and nothing of another."""
    wire = Wire([])

    with pytest.raises(InvalidInputError):
        await push(wire).subscribe(**{"environment": "production", "udid": "9B2C", **options})

    assert [] == wire.sent
