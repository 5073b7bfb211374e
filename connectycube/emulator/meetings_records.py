"""What the emulated service remembers of meetings: the meetings and their recordings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

import attrs

from .rendering import Json, iso

if TYPE_CHECKING:
    from .records import User


@attrs.frozen(kw_only=True)
class Attendee:
    """Name somebody who is invited: a user, an address, or both."""

    id: int | None = None
    email: str | None = attrs.field(default=None, repr=False)

    def is_meant(self, user: User) -> bool:
        """Say whether this user is meant; an address is enough (inferred)."""
        if self.id is not None:
            return self.id == user.id
        return self.email is not None and self.email == user.email

    @property
    def members(self) -> Json:
        """Return what was given, and nothing else."""
        both = {"id": self.id, "email": self.email}
        return {name: value for name, value in both.items() if value is not None}


class MeetingMembers(TypedDict, total=False):
    """Name the members of a meeting that may be written."""

    name: str
    start_date: int
    end_date: int
    attendees: Sequence[Attendee]
    record: bool | None
    public: bool
    scheduled: bool
    notify: bool
    notify_before: Json | None
    timezone: Json | None


@attrs.define(kw_only=True, eq=False)
class Meeting:
    """Keep one meeting; its dates are unix seconds."""

    id: str
    host_id: int
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)
    name: str = attrs.field(repr=False)
    start_date: int
    end_date: int
    attendees: Sequence[Attendee] = ()
    record: bool | None = None
    """Whether it is recorded; None until somebody says so."""
    public: bool = False
    scheduled: bool = False
    notify: bool = False
    notify_before: Json | None = attrs.field(default=None, repr=False)
    timezone: Json | None = attrs.field(default=None, repr=False)
    chat_dialog_id: str | None = None

    def is_of(self, user: User) -> bool:
        """Say whether a user hosts it or is invited."""
        return user.id == self.host_id or any(one.is_meant(user) for one in self.attendees)


@attrs.frozen(kw_only=True)
class Recording:
    """Keep the record of one recording; its content is in the store."""

    id: str
    meeting_id: str
    file_uid: str = attrs.field(repr=False)
    participants_ids: Sequence[int]
    duration: float
    """In seconds."""
    size: float
    """In megabytes."""
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)


class RecordingMembers(TypedDict, total=False):
    """Name what may be given for a new recording."""

    content: bytes
    """What the download URL leads to."""
    participants_ids: Sequence[int]
    """Left out: the host and the invited users."""
    duration: float
    size: float
    """Left out: that of the content."""


def meeting_json(meeting: Meeting, *, milliseconds: bool = True) -> Json:
    """Show a meeting; the administration's answers have no milliseconds."""
    return {
        "_id": meeting.id,
        "name": meeting.name,
        "start_date": meeting.start_date,
        "end_date": meeting.end_date,
        "attendees": [one.members for one in meeting.attendees],
        "record": meeting.record,
        "chat_dialog_id": meeting.chat_dialog_id,
        "created_at": _moment(meeting.created_at, milliseconds=milliseconds),
        "updated_at": _moment(meeting.updated_at, milliseconds=milliseconds),
        "host_id": meeting.host_id,
        "public": meeting.public,
        "scheduled": meeting.scheduled,
        "notify": meeting.notify,
        "notify_before": meeting.notify_before,
        "timezone": meeting.timezone,
    }


def recording_json(recording: Recording, download_url: str, *, with_file: bool) -> Json:
    """Show a recording; only the administration and the webhook see the uid of its file."""
    shown: dict[str, Any] = {
        "_id": recording.id,
        "room_id": recording.meeting_id,
        "participants_ids": list(recording.participants_ids),
        "updated_at": iso(recording.updated_at),
        "created_at": iso(recording.created_at),
        "download_url": download_url,
        "participants_count": len(recording.participants_ids),
        "duration": recording.duration,
        "size": recording.size,
    }
    return shown | {"file_uid": recording.file_uid} if with_file else shown


def _moment(moment: datetime, *, milliseconds: bool) -> str:
    if not milliseconds:
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
