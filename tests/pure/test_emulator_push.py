"""Push subscriptions and events of the emulator."""

import base64
import json
from typing import Any

import pytest

from connectycube.emulator.records import User

from .emulator_line import Line

DEVICE = {"platform": "android", "udid": "pixel"}
TOKEN = {"environment": "development", "client_identification_sequence": "fcm-demo"}
SUBSCRIPTION = {"notification_channel": "gcm", "push_token": TOKEN, "device": DEVICE}
WEB = {"environment": "production", "web_endpoint": "https://push.example.org/a"}


def encoded(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


EVENT = {
    "notification_type": "push",
    "environment": "development",
    "message": encoded({"message": "Cast off"}),
}


@pytest.fixture
def line() -> Line:
    return Line()


def device(line: Line, user: User, channel: str = "gcm", udid: str = "pixel", **more: Any) -> None:
    line.world.add_subscription(
        user.id, channel=channel, token=f"{channel}-{udid}", udid=udid, **more
    )


def push(line: Line, **members: Any) -> tuple[int, Any]:
    return line.send("POST", "/events", {"event": {**EVENT, **members}})


def reached(line: Line) -> list[tuple[str | None, str, str]]:
    users = {user.id: user.login for user in line.world.users}
    return [(users[one.user_id], one.channel, one.udid) for one in line.world.pushes]


def test_subscription_is_the_callers_and_never_shows_its_token(line: Line) -> None:
    """Each user sees the own ones only."""
    status, created = line.send("POST", "/subscriptions", SUBSCRIPTION)
    [subscription] = line.world.push.subscriptions

    assert (201, subscription.id) == (status, created[0]["subscription"]["id"])
    assert (200, created) == line.send("GET", "/subscriptions")
    assert (200, []) == line.send("GET", "/subscriptions", by=line.jonas)
    assert "fcm-demo" == subscription.token
    assert "fcm-demo" not in f"{created}{subscription!r}"


def test_subscribing_again_keeps_the_subscription(line: Line) -> None:
    """The same device with the same token has one; another token or device is another."""
    for body in (SUBSCRIPTION, SUBSCRIPTION, {**SUBSCRIPTION, "device": {**DEVICE, "udid": 5}}):
        line.send("POST", "/subscriptions", body)

    assert ["pixel", "5"] == [one.udid for one in line.world.push.subscriptions]


def test_device_belongs_to_who_subscribed_last(line: Line) -> None:
    """A device that changes hands does not get what is for the one before."""
    line.send("POST", "/subscriptions", SUBSCRIPTION)
    line.send("POST", "/subscriptions", SUBSCRIPTION, by=line.jonas)

    assert [line.jonas.id] == [one.user_id for one in line.world.push.subscriptions]


def test_subscription_takes_a_form(line: Line) -> None:
    """Older SDKs send brackets."""
    form = {
        "notification_channel": "web",
        "push_token[environment]": "production",
        "push_token[web_endpoint]": "https://push.example.org/a",
        "push_token[web_auth]": "a",
        "push_token[web_p256dh]": "b",
        "device[platform]": "web",
        "device[udid]": "browser",
    }

    assert 201 == line.send("POST", "/subscriptions", form=form)[0]


@pytest.mark.parametrize(
    ("members", "unfit"),
    [
        ({"notification_channel": None, "notification_channels": "gcm"}, ["notification_channel"]),
        ({"notification_channel": "sms"}, ["notification_channel"]),
        (
            {"push_token": {}, "device": "pixel"},
            ["environment", "client_identification_sequence", "platform", "udid"],
        ),
        ({"push_token": {**TOKEN, "environment": "test"}}, ["environment"]),
        ({"device": {**DEVICE, "platform": "amiga"}}, ["platform"]),
        ({"device": {**DEVICE, "udid": ["pixel"]}}, ["udid"]),
        ({"notification_channel": "web", "push_token": WEB}, ["web_auth", "web_p256dh"]),
    ],
)
def test_unfit_subscription_is_refused(line: Line, members: Any, unfit: list[str]) -> None:
    """Everything that is missing or unknown is told by field."""
    status, answer = line.send("POST", "/subscriptions", {**SUBSCRIPTION, **members})

    assert (422, unfit) == (status, list(answer["errors"]))
    assert [] == line.world.push.subscriptions


def test_only_the_own_subscription_can_be_deleted(line: Line) -> None:
    """To others it is unknown, and to its user a second time too."""
    device(line, line.mara)
    path = f"/subscriptions/{line.world.push.subscriptions[0].id}"

    assert 404 == line.send("DELETE", path, by=line.jonas)[0]
    assert (200, None) == line.send("DELETE", path)
    assert (404, {"errors": ["The resource wasn't found"]}) == line.send("DELETE", path)


def test_subscriptions_go_with_their_user(line: Line) -> None:
    """A deleted user gets no pushes."""
    device(line, line.jonas)
    line.world.remove_user(line.jonas.id)

    assert [] == line.world.push.subscriptions


@pytest.mark.parametrize(
    ("selector", "users"),
    [
        ({"user": {"ids": "1001,1003"}}, ["mara", "ruta"]),
        ({"user": {"ids": "1001, 1003"}}, ["mara", "ruta"]),
        ({"user": {"ids": [1003, "1001", 7]}}, ["mara", "ruta"]),
        ({"user": {"ids": 1002}}, ["jonas"]),
        ({"external_user": {"ids": "crm-5501,4410"}}, ["jonas", "ruta"]),
        ({"user": {"tags": {"any": "skippers,beta"}}}, ["jonas", "ruta"]),
        ({"user": {"tags": {"all": "skippers,team_red"}}}, ["jonas"]),
        ({"user": {"tags": {"any": "team_red", "exclude": ["skippers"]}}}, ["mara"]),
        ({"user": {"tags": {"exclude": "team_red"}}}, ["ruta"]),
    ],
)
def test_recipients_are_named_in_one_way(line: Line, selector: Any, users: list[str]) -> None:
    """By ids, by tags or by external ids, as lists or as texts."""
    for user in line.world.users:
        device(line, user, udid=str(user.login))

    status, [answer] = push(line, **selector)

    assert (201, line.mara.id) == (status, answer["event"]["user_id"])
    assert users == [login for login, _, _ in reached(line)]


def test_event_has_an_element_for_each_channel(line: Line) -> None:
    """Each platform gets its own form; every device of the environment gets one."""
    device(line, line.jonas)
    device(line, line.jonas, "gcm", "tablet")
    device(line, line.jonas, "apns", "phone", platform="ios")
    device(line, line.jonas, "web", "browser", platform="web", environment="production")

    _, answer = push(line, user={"ids": str(line.jonas.id)}, name="sailing")

    assert [
        ("apns", f"payload={encoded({'aps': {'alert': 'Cast off'}})}"),
        ("gcm", f"data.message={encoded('Cast off')}"),
    ] == [(one["event"]["notification_channel"]["name"], one["event"]["message"]) for one in answer]
    assert [("jonas", "apns", "phone"), ("jonas", "gcm", "pixel"), ("jonas", "gcm", "tablet")] == (
        reached(line)
    )
    assert {"message": "Cast off"} == line.world.pushes[0].payload
    assert {answer[0]["event"]["id"]} == {one.event_id for one in line.world.pushes[:1]}


@pytest.mark.parametrize(
    ("channel", "payload", "message"),
    [
        (
            "apns",
            {
                "message": "Hi",
                "ios_badge": 2,
                "ios_content_available": 1,
                "ios_push_type": "background",
                "expiration": 5,
                "boat": "Auk",
            },
            {"aps": {"alert": "Hi", "badge": 2, "content-available": 1}, "boat": "Auk"},
        ),
        (
            "apns",
            {"message": "Hi", "ios_loc_data": {"title_loc_key": "T", "body_loc_args": ["a"]}},
            {"aps": {"alert": {"body": "Hi", "title-loc-key": "T", "loc-args": ["a"]}}},
        ),
        ("apns", {"boat": "Auk"}, {"aps": {}, "boat": "Auk"}),
        ("web", {"message": "Hi", "boat": "Auk"}, {"message": "Hi", "boat": "Auk"}),
    ],
)
def test_universal_keys_become_the_platforms(
    line: Line, channel: str, payload: Any, message: Any
) -> None:
    """Apple's flags stand in `aps`, the sender's own keys beside it."""
    device(line, line.jonas, channel)

    push(line, user={"ids": line.jonas.id}, message=encoded(payload))

    assert f"payload={encoded(message)}" == line.world.pushes[0].message


def test_android_gets_data(line: Line) -> None:
    """Keys for Apple are left out; what is no text is JSON."""
    device(line, line.jonas)
    payload = {"boat": {"length": 9}, "ios_badge": 2, "message": "Hi"}

    push(line, user={"ids": line.jonas.id}, message=encoded(payload))

    assert f"data.message={encoded('Hi')}&data.boat={encoded({'length': 9})}" == (
        line.world.pushes[0].message
    )


@pytest.mark.parametrize(
    ("members", "channels"),
    [
        ({}, [("apns", "phone"), ("apns", "tablet"), ("gcm", "pixel")]),
        (
            {"message": encoded({"message": "Ring", "ios_voip": 1})},
            [("apns", "tablet"), ("apns_voip", "phone"), ("gcm", "pixel")],
        ),
        ({"push_type": "apns", "message": "payload=e30="}, [("apns", "phone"), ("apns", "tablet")]),
        ({"push_type": "apns_voip", "message": "payload=e30="}, [("apns_voip", "phone")]),
    ],
)
def test_call_takes_the_voip_channel_where_a_device_has_it(
    line: Line, members: Any, channels: Any
) -> None:
    """Everything else never does, unless its type says so; a type is one channel."""
    device(line, line.jonas)
    device(line, line.jonas, "apns", "phone")
    device(line, line.jonas, "apns_voip", "phone")
    device(line, line.jonas, "apns", "tablet")

    push(line, user={"ids": line.jonas.id}, **members)

    assert channels == [(channel, udid) for _, channel, udid in reached(line)]


def test_platform_message_goes_as_it_is(line: Line) -> None:
    """With a type, the message is in the platform's own format."""
    device(line, line.jonas, "apns")

    _, [answer] = push(line, user={"ids": "1002"}, push_type="apns", message="payload=e30=")

    assert "payload=e30=" == answer["event"]["message"] == line.world.pushes[0].message
    assert None is line.world.pushes[0].payload


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ({"user": {"ids": "1003,7"}}, "1003, 7"),
        ({"external_user": {"ids": "nobody"}}, "nobody"),
        ({"user": {"tags": {"any": "beta"}}}, "1003"),
        ({"user": {"tags": {"any": "none"}}}, "none"),
        ({"user": {"ids": "1001"}, "environment": "production"}, "1001"),
        ({"user": {"ids": "1001"}, "push_type": "apns"}, "1001"),
    ],
)
def test_event_that_reaches_nobody_is_refused(line: Line, selector: Any, names: str) -> None:
    """Neither other environments nor other channels count."""
    device(line, line.mara)
    text = f"Users with ids {names} do not have push notification subscriptions"

    assert (422, {"errors": {"base": [text]}}) == push(line, **selector)
    assert [] == line.world.pushes


@pytest.mark.parametrize(
    ("members", "unfit"),
    [
        ({"notification_type": "mail"}, "notification_type"),
        ({"notification_type": None}, "notification_type"),
        ({"environment": "test"}, "environment"),
        ({"message": ""}, "message"),
        ({"message": {"message": "Hi"}}, "message"),
        ({"message": "not base64"}, "message"),
        ({"message": encoded("[]")}, "message"),
        ({"message": base64.b64encode(b"\xff").decode()}, "message"),
        ({"push_type": "sms"}, "push_type"),
        ({"event_type": "sometimes"}, "event_type"),
        ({"user": None}, "user"),
        ({"user": {"ids": ""}}, "user"),
        ({"user": {"ids": "1001", "tags": {"any": "beta"}}}, "user"),
        ({"external_user": {"ids": "crm-1"}}, "user"),
        ({"user": {"tags": {"some": "beta"}}}, "tags"),
        ({"user": {"tags": {"any": ""}}}, "tags"),
    ],
)
def test_unfit_event_is_refused(line: Line, members: Any, unfit: str) -> None:
    """Every member has its rule, and recipients are named in exactly one way."""
    device(line, line.mara)

    status, answer = push(line, **{"user": {"ids": "1001"}, **members})

    assert (422, [unfit]) == (status, list(answer["errors"]))
    assert [] == line.world.pushes


@pytest.mark.parametrize("name", ["channel", "environment", "platform"])
def test_unfit_subscription_from_python_is_a_value_error(line: Line, name: str) -> None:
    """Misspelled names are told."""
    with pytest.raises(ValueError, match="amiga must be one of"):
        line.world.add_subscription(1001, token="a", udid="b", **{name: "amiga"})


def test_dates_of_an_older_sdk_are_shown(line: Line) -> None:
    """Scheduled events are sent at once; what they say of time is only shown."""
    device(line, line.mara)
    times = {
        "event_type": "period_date",
        "date": 1718014000,
        "period": 86400,
        "end_date": 1718100400,
    }

    _, [answer] = push(line, user={"ids": "1001"}, **times)

    assert times == {name: answer["event"][name] for name in times}
    assert 1 == len(line.world.pushes)


def test_pushes_are_forgotten_with_the_rest(line: Line) -> None:
    """A reset empties subscriptions and pushes."""
    device(line, line.mara)
    push(line, user={"ids": "1001"})
    line.world.reset()

    assert ([], []) == (line.world.pushes, line.world.push.subscriptions)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/subscriptions"), ("GET", "/subscriptions"), ("POST", "/events")],
)
def test_pushes_are_for_users(line: Line, method: str, path: str) -> None:
    """A session without a user has no devices."""
    assert 403 == line.send(method, path, by="app")[0]
