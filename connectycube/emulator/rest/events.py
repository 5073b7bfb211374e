"""Push events: who is meant, on which devices, and what went out (P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.parameters import as_list, as_object
from connectycube.emulator.push import CHANNELS, ENVIRONMENTS, SentPush, Subscription
from connectycube.emulator.records import User
from connectycube.emulator.refusals import based, field, fields
from connectycube.emulator.rendering import iso
from connectycube.emulator.reply import Reply

from .push_messages import Payload, is_call, platform_message, read_payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectycube.emulator.call import Call

# One SDK still has the last two; they are sent at once, and their dates are only shown.
_EVENT_TYPES = ("one_shot", "fixed_date", "period_date")


@attrs.frozen
class _Recipients:
    """Say which users an event is for, and how the sender named them."""

    users: list[User]
    names: list[str]
    """What the refusal names where nobody can be reached."""
    tag_query: str | None = None


def create_event(call: Call) -> Reply:
    """Send a push to every device that is meant; one element for each channel (P4)."""
    event = as_object(call.parameters.get("event")) or {}
    _check(event)
    push_type, message = event.get("push_type"), str(event["message"])
    payload = None if push_type else read_payload(message)
    if not push_type and payload is None:
        raise field("message", "must be a JSON object in base64")
    recipients = _recipients(call, event)
    reached: dict[str, list[Subscription]] = {}
    for own in _devices_of(call, recipients.users, event["environment"]):
        for one in _addressed(own, event, payload):
            reached.setdefault(one.channel, []).append(one)
    if not reached:
        names = ", ".join(recipients.names)
        raise based(422, f"Users with ids {names} do not have push notification subscriptions")
    shown: list[dict[str, Any]] = []
    for channel in sorted(reached):
        text = message if payload is None else platform_message(channel, payload)
        event_id = call.world.ids.event()
        call.world.push.sent += [
            SentPush(
                event_id=event_id,
                sender_id=call.user.id,
                user_id=one.user_id,
                channel=channel,
                environment=one.environment,
                udid=one.udid,
                payload=payload,
                message=text,
                sent_at=call.now,
            )
            for one in reached[channel]
        ]
        shown.append(
            _shown(
                call,
                event,
                event_id=event_id,
                channel=channel,
                message=text,
                tag_query=recipients.tag_query,
            )
        )
    return Reply(status=201, payload=shown)


def _check(event: Mapping[str, Any]) -> None:
    reasons = {
        "notification_type": _unfit(event.get("notification_type"), ("push",)),
        "environment": _unfit(event.get("environment"), ENVIRONMENTS),
        "message": _unfit(event.get("message")),
        "push_type": _unfit(event.get("push_type") or CHANNELS[0], CHANNELS),
        "event_type": _unfit(event.get("event_type") or _EVENT_TYPES[0], _EVENT_TYPES),
    }
    if unfit := {name: [reason] for name, reason in reasons.items() if reason}:
        raise fields(unfit)  # the words are inferred


def _unfit(value: Any, known: tuple[str, ...] | None = None) -> str | None:
    if value is None or value == "":
        return "is required"
    if not isinstance(value, str):
        return "must be a string"
    return None if known is None or value in known else f"must be one of {', '.join(known)}"


def _recipients(call: Call, event: Mapping[str, Any]) -> _Recipients:
    user = as_object(event.get("user")) or {}
    external = as_object(event.get("external_user")) or {}
    tags = as_object(user.get("tags")) or {}
    ids, external_ids = as_list(user.get("ids")), as_list(external.get("ids"))
    if sum(map(bool, (ids, tags, external_ids))) != 1:
        raise field("user", "needs one of ids, tags and external ids")
    if tags:
        return _with_tags(
            call, {name: set(map(str, as_list(value))) for name, value in tags.items()}
        )
    names = dict.fromkeys(str(one) for one in ids or external_ids)
    if ids:
        users = [one for one in call.world.users if str(one.id) in names]
    else:
        users = [one for one in call.world.users if _external_ids(one) & names.keys()]
    return _Recipients(users, list(names))


def _with_tags(call: Call, tags: Mapping[str, set[str]]) -> _Recipients:
    if not tags.keys() <= {"any", "all", "exclude"} or not any(tags.values()):
        raise field("tags", "must have any, all or exclude")
    wanted, required = tags.get("any"), tags.get("all", set())
    users = [
        user
        for user in call.world.users
        if (not wanted or wanted & set(user.tags))
        and required <= set(user.tags)
        and not tags.get("exclude", set()) & set(user.tags)
    ]
    # The text is inferred.
    query = ";".join(",".join(sorted(names)) for names in tags.values())
    return _Recipients(users, [str(user.id) for user in users] or [query], query)


def _external_ids(user: User) -> set[str]:
    return {str(one) for one in (user.external_id, user.external_user_id) if one is not None}


def _devices_of(call: Call, users: list[User], environment: str) -> list[list[Subscription]]:
    by_user: dict[int, list[Subscription]] = {user.id: [] for user in users}
    for one in call.world.push.subscriptions:
        if one.environment == environment and one.user_id in by_user:
            by_user[one.user_id].append(one)
    return list(by_user.values())


def _addressed(
    own: list[Subscription], event: Mapping[str, Any], payload: Payload | None
) -> list[Subscription]:
    """Return where an event reaches a user; a call takes the VoIP channel where a device has it."""
    if payload is None:
        return [one for one in own if one.channel == event["push_type"]]
    if not is_call(payload):
        return [one for one in own if one.channel != "apns_voip"]
    ringing = {one.udid for one in own if one.channel == "apns_voip"}
    return [one for one in own if one.channel != "apns" or one.udid not in ringing]


def _shown(
    call: Call,
    event: Mapping[str, Any],
    *,
    event_id: int,
    channel: str,
    message: str,
    tag_query: str | None,
) -> dict[str, Any]:
    return {
        "event": {
            "id": event_id,
            "event_type": event.get("event_type") or _EVENT_TYPES[0],
            "message": message,
            "date": event.get("date"),
            "period": event.get("period"),
            "name": event.get("name"),
            "occured_count": 0,  # the wire's spelling
            "created_at": iso(call.now),
            "updated_at": iso(call.now),
            "end_date": event.get("end_date"),
            "active": True,
            "application_id": call.world.application.id,
            "user_id": call.user.id,
            "kind": "API",
            "environment": event["environment"],
            "tag_query": tag_query,
            "notification_channel": {"name": channel},
        }
    }
