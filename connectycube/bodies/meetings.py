"""
What a meeting is made with and changed by, checked and spelled as the service reads it.

https://developers.connectycube.com/server/meetings#create-meeting
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypedDict

from connectycube.endpoint import checked_id
from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, check_text
from connectycube.models.meeting import Attendee, MeetingTimezone, NotifyBefore
from connectycube.searches.lists import is_moment, is_number, unix

_USUAL_LENGTH: Final = timedelta(hours=1)
_RANGES: Final = {"minutes": (0, 55), "hours": (1, 24), "days": (1, 30), "weeks": (1, 4)}


class MeetingOptions(TypedDict, total=False):
    """
    What a new meeting may have besides name and times.

    Attributes:
        attendees: who is invited, each by id or e-mail.
        chat: make a chat dialog along with it.
        record: record it.
        public: let any user fetch it by its id.
        scheduled: for filters alone.
        notify: tell the attendees by mail.
        notify_before: remind them, too.
        timezone: what the mails are written in.
    """

    attendees: Iterable[Attendee]
    chat: bool
    record: bool
    public: bool
    scheduled: bool
    notify: bool
    notify_before: NotifyBefore | None
    timezone: MeetingTimezone | None


def new_meeting(
    name: str,
    *,
    start: datetime | None,
    end: datetime | None,
    options: MeetingOptions,
    now: float,
) -> dict[str, Any]:
    """
    Return the body that makes a meeting: now, for an hour, of nobody else, unless told otherwise.

    Args:
        now: seconds since 1970.

    Raises:
        InvalidInputError: no name, times without a zone, or an option that there is not.
    """
    if unknown := options.keys() - MeetingOptions.__annotations__.keys():
        raise InvalidInputError(f"a meeting is not made with {', '.join(sorted(unknown))}")
    if start is None:
        start = datetime.fromtimestamp(math.ceil(now), UTC)
    _check_moment(start, "start")
    if end is None:
        end = min(start, datetime.max.replace(tzinfo=UTC) - _USUAL_LENGTH) + _USUAL_LENGTH
    body = {"attendees": (), "record": False, "chat": False, **options}
    return _spelled(
        {
            "name": name,
            "start_date": start,
            "end_date": end,
            **{member: value for member, value in body.items() if value is not None},
        }
    )


def meeting_changes(members: Mapping[str, object]) -> dict[str, Any]:
    """
    Return the body that changes a meeting.

    Args:
        members: what was given, by the wire's names; `UNSET` stays as it is.

    Raises:
        InvalidInputError: nothing to change, or what cannot be.
    """
    body = _spelled({name: value for name, value in members.items() if value is not UNSET})
    if not body:
        raise InvalidInputError("update needs at least one member to change")
    return body


def _spelled(members: Mapping[str, Any]) -> dict[str, Any]:
    body = dict(members)
    for name, value in members.items():
        if name == "name":
            check_text(value, "name")
        elif name == "attendees":
            body[name] = _attendees(value)
        elif name in ("start_date", "end_date"):
            _check_moment(value, name.removesuffix("_date"))
            body[name] = unix(value)
        elif name == "notify_before":
            body[name] = None if value is None else _reminder(value)
        elif name == "timezone":
            body[name] = None if value is None else _timezone(value)
        elif not isinstance(value, bool):
            raise InvalidInputError(f"{name} is True or False")
    return body


def _check_moment(value: object, name: str) -> None:
    if not is_moment(value):
        raise InvalidInputError(f"{name} is a datetime with a time zone")


def _attendees(attendees: Iterable[object]) -> list[dict[str, Any]]:
    if not isinstance(attendees, Iterable):
        raise InvalidInputError("attendees are a list")
    return [_attendee(one) for one in attendees]


def _attendee(one: object) -> dict[str, Any]:
    if not isinstance(one, Attendee) or (one.id is None and one.email is None):
        raise InvalidInputError("an attendee is an Attendee with an id, an e-mail or both")
    told: dict[str, Any] = {}
    if one.id is not None:
        told["id"] = checked_id(one.id, "an attendee's id")
    if one.email is not None:
        check_text(one.email, "an attendee's e-mail")
        told["email"] = one.email
    return told


def _reminder(value: object) -> dict[str, Any]:
    if isinstance(value, NotifyBefore) and value.metric in _RANGES and is_number(value.value):
        least, most = _RANGES[value.metric]
        if least <= (value.value or 0) <= most:
            return {"metric": value.metric, "value": value.value}
    ranges = ", ".join(f"{least} to {most} {name}" for name, (least, most) in _RANGES.items())
    raise InvalidInputError(f"notify_before is a NotifyBefore of {ranges}")


def _timezone(value: object) -> dict[str, Any]:
    if not isinstance(value, MeetingTimezone) or not is_number(value.offset):
        raise InvalidInputError("timezone is a MeetingTimezone with an offset in minutes")
    check_text(value.name, "a time zone's name")
    return {"offset": value.offset, "name": value.name}
