"""Meetings, their recordings, and what the service tells of these."""

from datetime import datetime
from typing import Any, TypeAlias

import attrs

from connectycube.fields import masked
from connectycube.models.user import User
from connectycube.object_id import checked_object_id
from connectycube.values import frozen


@frozen(kw_only=True)
class Attendee:
    """
    Somebody who is invited to a meeting: a user by id, anybody by e-mail, or both.

    Attributes:
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/meetings#create-meeting
    """

    id: int | None = None
    email: str | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class NotifyBefore:
    """
    How long before a meeting its attendees are reminded.

    Attributes:
        metric: `minutes` (0 to 55), `hours` (1 to 24), `days` (1 to 30) or `weeks` (1 to 4).
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/meetings#create-meeting
    """

    metric: str | None = None
    value: int | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class MeetingTimezone:
    """
    The time zone that a meeting's mails are written in.

    Attributes:
        offset: minutes from UTC.
        name: such as `Europe/Riga`.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/meetings#create-meeting
    """

    offset: int | None = None
    name: str | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Meeting:
    """
    A meeting, as much of it as the service chose to tell: a member it left out is `None`.

    Attributes:
        record: whether it is being recorded, or will be.
        chat_dialog_id: the dialog that was made along with it, if one was.
        host_id: the user who made it.
        public: whether any user may fetch it by its id.
        scheduled: for filters alone.
        notify: whether attendees are told of it by mail.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/meetings#meeting-model
    """

    id: str = attrs.field(metadata={"wire": "_id"})
    name: str | None = None
    start: datetime | None = attrs.field(default=None, metadata={"wire": "start_date"})
    end: datetime | None = attrs.field(default=None, metadata={"wire": "end_date"})
    attendees: list[Attendee] = attrs.field(factory=list[Attendee])
    record: bool | None = None
    chat_dialog_id: str | None = None
    host_id: int | None = None
    public: bool = False
    scheduled: bool = False
    notify: bool = False
    notify_before: NotifyBefore | None = None
    timezone: MeetingTimezone | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Recording:
    """
    A recording of a meeting, which appears once the meeting is over.

    Attributes:
        duration: seconds, by the documentation; answers to administrators look like another unit.
        size: megabytes, with the same doubt.
        download_url: signed, for whoever holds it; an hour good at least, so better not kept.
        file_uid: names the file; told to administrators and webhooks.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/meetings
    """

    id: str = attrs.field(metadata={"wire": "_id"})
    meeting_id: str | None = attrs.field(default=None, metadata={"wire": "room_id"})
    participants_ids: list[int] = attrs.field(factory=list[int])
    participants_count: int | None = None
    duration: float | None = None
    size: float | None = None
    download_url: str | None = attrs.field(default=None, repr=masked)
    file_uid: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class MeetingWebhook:
    """
    What the service posts to the application when a meeting's recordings are ready.

    Attributes:
        host: the user who made the meeting.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/meetings
    """

    meeting: Meeting
    host: User | None = attrs.field(default=None, metadata={"wire": "hostUser"})
    recordings: list[Recording] = attrs.field(
        factory=list[Recording], metadata={"wire": "callRecords"}
    )
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


MeetingLike: TypeAlias = str | Meeting


def meeting_id(meeting: MeetingLike) -> str:
    """
    Return the id of a meeting, or the id that was given.

    Raises:
        InvalidInputError: it is neither.
    """
    return checked_object_id(meeting.id if isinstance(meeting, Meeting) else meeting, "meeting_id")
