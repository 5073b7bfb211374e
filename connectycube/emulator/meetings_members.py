"""The rules for what may be written into a meeting; G1, G3 and M4 share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .meetings_records import Attendee
from .parameters import as_object
from .refusals import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .meetings_records import MeetingMembers
    from .rendering import Json

REQUIRED = ("name", "start_date", "end_date", "attendees")
_METRICS = {"minutes": range(56), "hours": range(1, 25), "days": range(1, 31), "weeks": range(1, 5)}


class _UnfitError(ValueError):
    """Say what is wrong with one member."""


def read_meeting(members: Mapping[str, Any], *, required: Iterable[str] = ()) -> MeetingMembers:
    """
    Return what a body says of a meeting; unknown members are ignored.

    All unfit members are refused together, as a field map (inferred). That a meeting ends before
    it starts is nobody's concern: the official SDK's own defaults can come out so.
    """
    wanted: dict[str, Any] = {}
    unfit: dict[str, list[str]] = {}
    for name in required:
        if members.get(name) in (None, ""):
            unfit[name] = ["cannot be blank"]
    for name, value in members.items():
        read = _RULES.get(name)
        if read is None or name in unfit:
            continue
        try:
            wanted[name] = read(value)
        except _UnfitError as error:
            unfit[name] = [str(error)]
    if unfit:
        raise fields(unfit)
    # Every key is a member of a meeting: they come from the table below.
    return cast("MeetingMembers", wanted)


def read_flag(value: Any) -> bool | None:
    """Read a flag as it may be spelled; None for what is none."""
    return {"1": True, "true": True, "0": False, "false": False}.get(str(value).lower())


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _UnfitError("must be a string")
    return value


def _number(value: Any) -> int:
    try:
        if isinstance(value, (int, str)) and not isinstance(value, bool):
            return int(value)
    except ValueError:
        pass
    raise _UnfitError("is not a number")


def _flag(value: Any) -> bool:
    flag = read_flag(value)
    if flag is None:
        raise _UnfitError("must be a boolean")
    return flag


def _flag_or_null(value: Any) -> bool | None:
    return None if value is None else _flag(value)


def _attendees(value: Any) -> tuple[Attendee, ...]:
    # A form brings a list as an object whose keys are the places.
    by_place = as_object(value)
    values = list(by_place.values()) if by_place is not None else value
    if not isinstance(values, list):
        raise _UnfitError("must be a list")
    return tuple(_attendee(one) for one in values)


def _attendee(value: Any) -> Attendee:
    members = as_object(value) or {}
    user_id, email = members.get("id"), members.get("email")
    if user_id is None and not email:
        raise _UnfitError("need an id or an email each")
    return Attendee(
        id=None if user_id is None else _number(user_id), email=str(email) if email else None
    )


def _notify_before(value: Any) -> Json | None:
    if value is None:
        return None
    members = as_object(value) or {}
    metric = str(members.get("metric"))
    if metric not in _METRICS:
        raise _UnfitError("needs a metric: minutes, hours, days or weeks")
    amount = _number(members.get("value"))
    if amount not in _METRICS[metric]:
        span = _METRICS[metric]
        raise _UnfitError(f"must be from {span.start} to {span.stop - 1} {metric}")
    return {"metric": metric, "value": amount}


def _timezone(value: Any) -> Json | None:
    if value is None:
        return None
    members = as_object(value)
    if members is None or "offset" not in members:
        raise _UnfitError("needs an offset in minutes")
    return {"offset": _number(members["offset"]), "name": members.get("name")}


_RULES: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "start_date": _number,
    "end_date": _number,
    "attendees": _attendees,
    "record": _flag_or_null,
    "public": _flag,
    "scheduled": _flag,
    "notify": _flag,
    "notify_before": _notify_before,
    "timezone": _timezone,
}
