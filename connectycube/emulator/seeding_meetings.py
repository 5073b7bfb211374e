"""Meetings of a seed, with their recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .meetings_members import read_meeting
from .refusals import RefusalError

if TYPE_CHECKING:
    from .meetings_records import RecordingMembers
    from .seeding_names import Names
    from .seeding_place import Place
    from .world import World

_FLAGS = ("record", "public", "scheduled", "notify")
_OBJECTS = ("notify_before", "timezone")
_DATES = ("start_date", "end_date")


def seed_meeting(world: World, place: Place, names: Names) -> None:
    """Create a meeting, by the rules of the service, and let its recordings be ready."""
    members = place.members(
        "key",
        "name",
        "attendees",
        "chat",
        "recordings",
        *_DATES,
        *_FLAGS,
        *_OBJECTS,
        required=("host",),
    )
    host = names.user(world, members["host"])
    body: dict[str, Any] = {name: members[name].flag() for name in _FLAGS if name in members}
    body |= {name: members[name].value for name in _OBJECTS if name in members}
    for name in _DATES:
        if name in members:
            body[name] = int(members[name].moment().timestamp())
    if "name" in members:
        body["name"] = members["name"].text()
    if "attendees" in members:
        invited = members["attendees"].items()
        body["attendees"] = [_attendee(world, one, names) for one in invited]
    try:
        wanted = read_meeting(body)
    except RefusalError as refusal:
        _refuse(members, refusal)
        raise
    has_chat = "chat" in members and members["chat"].flag()
    meeting = world.add_meeting(host, chat=has_chat, **wanted)
    own = members.get("key") or members.get("name")
    names.keep("meetings", place, own.text() if own else None, meeting.id)
    if recordings := members.get("recordings"):
        for one in recordings.items():
            _seed_recording(world, one, names, meeting.id)


def _attendee(world: World, place: Place, names: Names) -> dict[str, Any]:
    """Read a user's name, or the address of somebody who is no user."""
    name = place.text()
    user = names.look_up_user(world, name)
    if user is None and "@" in name:
        return {"email": name}
    user = names.user(world, place)
    return {"id": user.id} if user.email is None else {"id": user.id, "email": user.email}


def _refuse(members: dict[str, Place], refusal: RefusalError) -> None:
    for name, reasons in refusal.reply.payload["errors"].items():
        members[name].refuse("; ".join(reasons))


def _seed_recording(world: World, place: Place, names: Names, meeting_id: str) -> None:
    members = place.members("content", "participants", "duration", "size")
    wanted: RecordingMembers = {}
    if "content" in members:
        wanted["content"] = members["content"].text().encode()
    if "participants" in members:
        wanted["participants_ids"] = names.user_ids(world, members["participants"])
    if "duration" in members:
        wanted["duration"] = members["duration"].number()
    if "size" in members:
        wanted["size"] = members["size"].number()
    world.add_recording(meeting_id, **wanted)
