"""Recorded operations on records, pushes, contacts, meetings and whiteboards, in our terms."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from connectycube import ConnectyCube, change, where
from connectycube.bodies.push import encode_push_payload
from connectycube.models.contact import Contact
from connectycube.models.meeting import Attendee, MeetingTimezone, NotifyBefore
from connectycube.models.record import Access, Permissions

from .searches import operators
from .vectors import Json, NoCounterpartError


async def _create_records(cube: ConnectyCube, args: Json) -> Any:
    record = args.get("record", {})
    if isinstance(record, list):
        return await cube.data.create_many(args["class_name"], record)
    values = {name: value for name, value in record.items() if name not in _SURROUNDINGS}
    more: Json = {"parent": record["_parent_id"]} if "_parent_id" in record else {}
    if "permissions" in record:
        more["permissions"] = _permissions(record["permissions"])
    return await cube.data.create(args["class_name"], values, **more)


_SURROUNDINGS: Final = {"_parent_id", "permissions"}


def _permissions(told: Mapping[str, Any]) -> Permissions:
    rules: Json = {action: _access(**rule) for action, rule in told.items()}
    return Permissions(**rules)


def _access(access: str, **more: Any) -> Access:
    kinds: Mapping[str, Any] = {
        "open": Access.everyone,
        "owner": Access.owner,
        "open_for_users_ids": Access.users,
        "open_for_groups": Access.groups,
    }
    meant: Access = kinds[access](*more.values())
    return meant


async def _find_records(cube: ConnectyCube, args: Json) -> Any:
    class_name, params = args["class_name"], args.get("params", {})
    if not isinstance(params, dict):
        return await cube.data.get_many(class_name, _several(params))
    asked = dict(params)
    options: Json = {name: asked.pop(name) for name in ("limit", "skip") if name in asked}
    for name, sign in (("sort_asc", ""), ("sort_desc", "-")):
        if name in asked:
            options["sort"] = sign + asked.pop(name)
    options |= asked.pop("output", {})
    counts, group_by = asked.pop("count", None), asked.pop("group_by", None)
    if group_by is not None:
        [(field, wanted)] = asked.items()
        return await cube.data.aggregate(
            class_name, calculate=wanted["calc"], field=field, group_by=group_by
        )
    filters = _filters(asked)
    if counts:
        return await cube.data.count(class_name, filters)
    return await cube.data.find(class_name, filters, **options)


def _several(ids: str | list[str]) -> list[str]:
    return ids.split(",") if isinstance(ids, str) else ids


def _filters(asked: Json) -> Json:
    return {
        field: _filter(wanted) if isinstance(wanted, dict) else wanted
        for field, wanted in asked.items()
    }


def _filter(wanted: Json) -> Any:
    if "near" not in wanted:
        return operators(wanted)
    if not isinstance(wanted["near"], str):
        raise NoCounterpartError  # a place without a distance
    place, _, metres = wanted["near"].partition(";")
    longitude, latitude = map(float, place.split(","))
    return where.near(longitude, latitude, int(metres))


async def _update_records(cube: ConnectyCube, args: Json) -> Any:
    class_name, params = args["class_name"], args["params"]
    if isinstance(params, list):
        return await cube.data.update_many(class_name, {_id(one): _values(one) for one in params})
    if "search_criteria" in params:
        criteria = _filters(params["search_criteria"])
        return await cube.data.update_where(class_name, criteria, _values(params))
    return await cube.data.update(class_name, _id(params), _values(params))


def _id(record: Json) -> str:
    if not record.keys() & {"id", "_id"}:
        raise NoCounterpartError  # which record it is, is the first that one says
    given: str = record["id"] if "id" in record else record["_id"]
    return given


def _values(record: Json) -> Json:
    """Return what is to change, the words for changes as such."""
    values: Json = {}
    for name, value in record.items():
        if name in _CHANGES:
            values |= {field: _CHANGES[name](taken) for field, taken in value.items()}
        elif name not in ("id", "_id", "search_criteria"):
            values[name] = _items(value) if isinstance(value, dict) else value
    return values


def _items(by_index: Json) -> change.Change:
    return change.set_items({int(number): item for number, item in by_index.items()})


_CHANGES: Final[Mapping[str, Any]] = {
    "inc": change.inc,
    "push": change.push,
    "pull": change.pull,
    "pull_all": change.pull_all,
    "pop": lambda end: change.pop(first=end == -1),
    "add_to_set": change.add_to_set,
}


async def _delete_records(cube: ConnectyCube, args: Json) -> Any:
    class_name, target = args["class_name"], args["target"]
    if isinstance(target, dict):
        return await cube.data.delete_where(class_name, _filters(target))
    if not target:
        raise NoCounterpartError  # the first one is no option
    return await cube.data.delete(class_name, *_several(target))


async def _subscribe(cube: ConnectyCube, args: Json) -> Any:
    params = args["params"]
    # The official documentation also writes it in the plural.
    names = ("notification_channel", "notification_channels")
    (channel,) = (params[name] for name in names if name in params)
    token = dict(params["push_token"])
    if "client_identification_sequence" in token:
        token["token"] = token.pop("client_identification_sequence")
    return await cube.push.subscribe(channel=channel, **params["device"], **token)


async def _send_push(cube: ConnectyCube, args: Json) -> Any:
    event = dict(args["event"])
    assert "push" == event.pop("notification_type")
    message = event.pop("message")
    # The platform's own form goes out as it is, the universal one is for us to encode.
    payload = message if "push_type" in event else json.loads(base64.b64decode(message))
    user, external = event.pop("user", {}), event.pop("external_user", {})
    tags = user.get("tags", {})
    recipients: Json = {f"tags_{name}": joined.split(",") for name, joined in tags.items()}
    if "ids" in user:
        recipients["user_ids"] = [int(one) for one in _several(user["ids"])]
    if external:
        recipients["external_ids"] = _several(external["ids"])
    return await cube.push.send(payload, **recipients, **event)


async def _encode_payload(_cube: ConnectyCube, args: Json) -> str:
    return encode_push_payload(json.loads(args["text"]))


async def _upload_contacts(cube: ConnectyCube, args: Json) -> Any:
    given = args.get("contacts", [])
    contacts = given if isinstance(given, dict) else [_contact(**one) for one in given]
    params = args.get("params", {})
    force = bool(params.get("force"))
    return await cube.address_book.upload(contacts, force=force, udid=params.get("udid"))


def _contact(*, phone: str, name: str, destroy: int = 0) -> Contact:
    return Contact(phone=phone, name=name, remove=bool(destroy))


async def _registered(cube: ConnectyCube, args: Json) -> Any:
    given = args.get("params", {})
    params: Json = {"compact": given} if isinstance(given, bool) else given
    compact = bool(params.get("compact"))
    return await cube.address_book.find_registered(udid=params.get("udid"), compact=compact)


async def _create_meeting(cube: ConnectyCube, args: Json) -> Any:
    if "params" not in args:
        raise NoCounterpartError  # the name is the first that one says
    members = _meeting(args["params"])
    return await cube.meetings.create(members.pop("name"), **members)


async def _find_meetings(cube: ConnectyCube, args: Json) -> Any:
    params = dict(args.get("params", {}))
    if "_id" in params:
        return await cube.meetings.get(params["_id"])
    options: Json = {name: params.pop(name) for name in ("limit", "offset") if name in params}
    asked = {_MOMENTS.get(name, name): value for name, value in params.items()}
    filters: Json = {
        name: operators(wanted, to=_moment) if isinstance(wanted, dict) else wanted
        for name, wanted in asked.items()
    }
    return await cube.meetings.find(**options, **filters)


_MOMENTS: Final[Mapping[str, str]] = {"start_date": "start", "end_date": "end"}


async def _update_meeting(cube: ConnectyCube, args: Json) -> Any:
    return await cube.meetings.update(args["id"], **_meeting(args["params"]))


def _meeting(params: Json) -> Json:
    kinds: Mapping[str, Any] = {
        "start_date": _moment,
        "end_date": _moment,
        "attendees": lambda several: [Attendee(**one) for one in several],
        "notify_before": lambda told: NotifyBefore(**told),
        "timezone": lambda told: MeetingTimezone(**told),
    }
    return {
        _MOMENTS.get(name, name): kinds.get(name, lambda plain: plain)(value)
        for name, value in params.items()
    }


def _moment(value: Any) -> datetime:
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value["$date"] if isinstance(value, dict) else value)


async def _find_whiteboards(cube: ConnectyCube, args: Json) -> Any:
    params = args["params"]
    dialog_id = params if isinstance(params, str) else params["chat_dialog_id"]
    return await cube.whiteboards.find(dialog_id)


async def _whiteboard_url(cube: ConnectyCube, args: Json) -> str:
    params = args["params"]
    return cube.whiteboards.url(params["id"], params["username"], params["title"])


OTHER_OPERATIONS: Final[Mapping[str, Any]] = {
    "data.create": _create_records,
    "data.list": _find_records,
    "data.read_permissions": lambda cube, args: cube.data.get_permissions(
        args["class_name"], args["id"]
    ),
    "data.update": _update_records,
    "data.delete": _delete_records,
    "push.subscriptions.create": _subscribe,
    "push.subscriptions.list": lambda cube, _: cube.push.find_subscriptions(),
    "push.subscriptions.delete": lambda cube, args: cube.push.unsubscribe(args["id"]),
    "push.events.create": _send_push,
    "push.base64_encode": _encode_payload,
    "addressbook.upload": _upload_contacts,
    "addressbook.get": lambda cube, args: cube.address_book.get(udid=args.get("udid")),
    "addressbook.get_registered_users": _registered,
    "meeting.create": _create_meeting,
    "meeting.get": _find_meetings,
    "meeting.update": _update_meeting,
    "meeting.delete": lambda cube, args: cube.meetings.delete(args["id"]),
    "meeting.get_recordings": lambda cube, args: cube.meetings.find_recordings(args["id"]),
    "whiteboard.create": lambda cube, args: cube.whiteboards.create(
        args["params"]["name"], args["params"]["chat_dialog_id"]
    ),
    "whiteboard.get": _find_whiteboards,
    "whiteboard.update": lambda cube, args: cube.whiteboards.update(
        args["id"], name=args["params"]["name"]
    ),
    "whiteboard.delete": lambda cube, args: cube.whiteboards.delete(args["id"]),
    "whiteboard.get_url": _whiteboard_url,
}
