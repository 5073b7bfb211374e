"""Meetings of the administration: M4 to M6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.meetings_members import REQUIRED, read_flag, read_meeting
from connectycube.emulator.meetings_records import meeting_json
from connectycube.emulator.refusals import field, not_found, user_not_found
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from connectycube.emulator.call import Call
    from connectycube.emulator.meetings_records import Meeting


def create_meeting_for(call: Call) -> Reply:
    """Create a meeting for the user who will host it (M4)."""
    members = read_meeting(call.parameters, required=(*REQUIRED, "user_id"))
    host_id = str(call.parameters["user_id"])
    if not host_id.isdecimal():
        raise field("user_id", "is not a number")
    host = call.world.user(int(host_id))
    if host is None:
        raise user_not_found()
    has_chat = read_flag(call.parameters.get("chat")) or False
    meeting = call.world.meetings.add(host, chat=has_chat, **members)
    return Reply(status=201, payload=meeting_json(meeting, milliseconds=False))


def list_any_recordings(call: Call) -> Reply:
    """Show the recordings of any meeting, with the uids of their files (M5)."""
    meetings = call.world.meetings
    return Reply(payload=meetings.recordings_of(_meeting(call).id, with_files=True))


def delete_recordings(call: Call) -> Reply:
    """Remove the recordings of any meeting; that there are none is no error (M6)."""
    call.world.meetings.remove_recordings(_meeting(call).id)
    return Reply(payload={})


def _meeting(call: Call) -> Meeting:
    meeting = call.world.meetings.find(call.arguments[0])
    if meeting is None:
        raise not_found()
    return meeting
