"""Meetings: G1 to G4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.meetings_members import REQUIRED, read_flag, read_meeting
from connectycube.emulator.meetings_records import meeting_json
from connectycube.emulator.refusals import field, not_found, not_permitted
from connectycube.emulator.reply import Reply

from .list_filters import ListField, filtered
from .paging import number_of

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.meetings_records import Meeting

_LIMIT = 100
_FIELDS: dict[str, ListField[Meeting]] = {
    "start_date": ListField("moment", lambda meeting: meeting.start_date),
    "end_date": ListField("moment", lambda meeting: meeting.end_date),
    "created_at": ListField("moment", lambda meeting: meeting.created_at.timestamp()),
    "updated_at": ListField("moment", lambda meeting: meeting.updated_at.timestamp()),
}
_NO_FILTERS = ("_id", "limit", "offset", "scheduled")


def create_meeting(call: Call) -> Reply:
    """Create a meeting, whose host is the caller (G1)."""
    members = read_meeting(call.parameters, required=REQUIRED)
    has_chat = read_flag(call.parameters.get("chat")) or False
    meeting = call.world.meetings.add(call.user, chat=has_chat, **members)
    return Reply(status=201, payload=meeting_json(meeting))


def list_meetings(call: Call) -> Reply:
    """Show one meeting, or those that the caller hosts or is invited to, by id (G2)."""
    meeting_id = call.parameters.get("_id")
    if meeting_id is not None:
        return Reply(payload=[meeting_json(visible_meeting(call, str(meeting_id)))])
    own = [meeting for meeting in call.world.meetings if meeting.is_of(call.user)]
    found = filtered(call.parameters, own, _FIELDS, besides=_NO_FILTERS)
    if "scheduled" in call.parameters:
        wanted = read_flag(call.parameters["scheduled"])
        if wanted is None:
            raise field("scheduled", "must be a boolean")
        found = [meeting for meeting in found if meeting.scheduled is wanted]
    limit = number_of(call.parameters.get("limit"), least=1, otherwise=_LIMIT)
    skip = number_of(call.parameters.get("offset"), least=0, otherwise=0)
    return Reply(payload=[meeting_json(one) for one in found[skip : skip + limit]])


def update_meeting(call: Call) -> Reply:
    """Write the members that are given; only the host may (G3)."""
    meeting = _hosted_meeting(call)
    call.world.meetings.change(meeting, read_meeting(call.parameters))
    return Reply(payload=meeting_json(meeting))


def delete_meeting(call: Call) -> Reply:
    """Remove a meeting; only the host may (G4)."""
    call.world.meetings.remove(_hosted_meeting(call))
    return Reply()


def visible_meeting(call: Call, meeting_id: str) -> Meeting:
    """Return a meeting that the caller may see: one of the caller's, or a public one."""
    meeting = call.world.meetings.find(meeting_id)
    # That a foreign one is as good as none is inferred.
    if meeting is None or not (meeting.public or meeting.is_of(call.user)):
        raise not_found()
    return meeting


def _hosted_meeting(call: Call) -> Meeting:
    meeting = call.world.meetings.find(call.arguments[0])
    if meeting is None:
        raise not_found()
    if meeting.host_id != call.user.id:
        raise not_permitted()
    return meeting
