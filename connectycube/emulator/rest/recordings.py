"""Recordings of meetings: G5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectycube.emulator.reply import Reply

from .meetings import visible_meeting

if TYPE_CHECKING:
    from connectycube.emulator.call import Call


def list_recordings(call: Call) -> Reply:
    """Show the recordings of a meeting that the caller may see (G5)."""
    meeting = visible_meeting(call, call.arguments[0])
    return Reply(payload=call.world.meetings.recordings_of(meeting.id))
