"""What the recorded cases on records, pushes, meetings and whiteboards take for granted."""

import itertools
from collections.abc import Callable
from typing import Any, Final

from connectycube.emulator import Service

from .vectors import Case

_CLASSES: Final = {
    "call_history_item": {
        "call_name": "String",
        "call_participants": "Array",
        "call_start_time": "Integer",
        "call_end_time": "Integer",
        "call_state": "String",
        "is_group_call": "Boolean",
        "call_id": "String",
        "caller_location": "Location",
    },
    "profile": {
        **dict.fromkeys(("full_name", "job", "country_of_birth", "note"), "String"),
        **dict.fromkeys(("groups", "tags", "marks", "queue", "colors", "scores"), "Array"),
        "age": "Integer",
    },
    "places": {"location": "Location"},
}
_RECORDS: Final = ("656f407e29d6c5002fce89dc", "5f998d3bca8bf4140543f79a")
_SCORES: Final = {"profile": {"scores": [1, 2, 3, 4]}}
_SUBSCRIPTION: Final = 56
_PUSHED: Final[dict[int, Any]] = {
    12: {"external_id": "ext-2"},
    21: {"external_id": "ext-1"},
    271: {"tags": ("vip", "eu")},
}
_MEETING: Final = "602f926aaa81493ce4c5788e"
_DIALOG: Final = "602f9ea20740a24ec238d9da"
_WHITEBOARD: Final = "602faca5bb3c7a638f8c0805"


def arrange_others(
    service: Service, case: Case, *, user_id: int, add_user: Callable[..., None]
) -> None:
    """Let there be what a case speaks of, the user's own; others come by id and profile."""
    world = service.world
    match case.area:
        case "data":
            _arrange_records(service, case.args["class_name"], user_id)
        case "push":
            world.ids._subscriptions = itertools.count(_SUBSCRIPTION)
            _subscribe(service, user_id)
            for pushed_id, profile in _PUSHED.items():
                add_user(pushed_id, **profile)
                _subscribe(service, pushed_id)
        case "meeting":
            host = world.user(user_id)
            assert host is not None
            meeting = world.add_meeting(host)
            world.meetings._meetings[_MEETING] = world.meetings._meetings.pop(meeting.id)
            meeting.id = _MEETING
            world.add_recording(_MEETING)
        case "whiteboard":
            world.chat.add_dialog(user_id, id=_DIALOG)
            now = world.now()
            world.whiteboards.add(
                id=_WHITEBOARD, dialog_id=_DIALOG, owner_id=user_id, name="My whiteboard", now=now
            )


def _arrange_records(service: Service, class_name: str, user_id: int) -> None:
    world = service.world
    for name, fields in _CLASSES.items():
        world.add_class(name, fields=fields)
    if class_name not in _CLASSES:
        return
    records = world.custom_objects._records[class_name]
    for record_id in _RECORDS:
        record = world.add_record(class_name, _SCORES.get(class_name, {}), user_id=user_id)
        records[record_id] = records.pop(record.id)
        record.id = record_id


def _subscribe(service: Service, user_id: int) -> None:
    for environment in ("development", "production"):
        service.world.add_subscription(
            user_id,
            channel="apns",
            platform="ios",
            environment=environment,
            token=f"token-{user_id}-{environment}",
            udid=f"device-{user_id}",
        )
