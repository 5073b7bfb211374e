"""The meetings with their recordings, and who gets a mail about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from .chat_records import DialogType
from .meetings_records import (
    Attendee,
    Meeting,
    MeetingMembers,
    Recording,
    RecordingMembers,
    meeting_json,
    recording_json,
)
from .records import Mail
from .rendering import Json, user_json
from .store import StoredObject

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator

    from .records import User
    from .world import World

_HOUR = 3600
_MEGABYTE = 1024 * 1024
_NO_CONTENT = b"a recording of the emulator"


class Meetings:
    """Hold meetings by id; iterating brings the oldest first, which is the order of their ids."""

    def __init__(self, lock: threading.RLock, world: World) -> None:
        self._lock = lock
        self._world = world
        self._meetings: dict[str, Meeting] = {}
        self._recordings: dict[str, list[Recording]] = {}

    def __iter__(self) -> Iterator[Meeting]:
        with self._lock:
            return iter(list(self._meetings.values()))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._meetings.clear()
            self._recordings.clear()

    def find(self, meeting_id: str) -> Meeting | None:
        """Return the meeting with this id."""
        return self._meetings.get(meeting_id)

    def add(self, host: User, *, chat: bool = False, **members: Unpack[MeetingMembers]) -> Meeting:
        """
        Create a meeting, on demand with a dialog for it, and tell everybody where it notifies.

        Without dates it begins now; without an end it takes an hour.
        """
        with self._lock:
            now = self._world.now()
            begins = members.get("start_date", int(now.timestamp()))
            meeting = Meeting(
                id=self._world.object_id(),
                host_id=host.id,
                created_at=now,
                updated_at=now,
                name="Meeting",
                start_date=begins,
                end_date=begins + _HOUR,
            )
            _write(meeting, members)
            if chat:
                meeting.chat_dialog_id = self._add_dialog(host, meeting)
            self._meetings[meeting.id] = meeting
            if meeting.notify:
                self._tell(meeting, self._everybody(meeting), "Invitation")
            return meeting

    def change(self, meeting: Meeting, changes: MeetingMembers) -> None:
        """Write these members, and tell those whom the change concerns."""
        with self._lock:
            notified, began, invited = meeting.notify, meeting.start_date, meeting.attendees
            _write(meeting, changes)
            meeting.updated_at = self._world.now()
            if not meeting.notify and self._world.settings.meeting_mails_need_notify:
                return
            if meeting.notify and not notified:
                self._tell(meeting, self._everybody(meeting), "Invitation")
            elif meeting.start_date != began:
                self._tell(meeting, self._everybody(meeting), "New time")
            else:
                added = [one for one in meeting.attendees if one not in invited]
                self._tell(meeting, added, "Invitation")

    def remove(self, meeting: Meeting) -> None:
        """Forget a meeting and its recordings; its dialog stays (inferred)."""
        with self._lock:
            self.remove_recordings(meeting.id)
            self._meetings.pop(meeting.id, None)

    # Recordings.

    def add_recording(self, meeting_id: str, **members: Unpack[RecordingMembers]) -> Recording:
        """
        Let the recording of a meeting be ready, as it is some time after the meeting.

        Raises `KeyError` where there is no such meeting.
        """
        with self._lock:
            meeting = self._known(meeting_id)
            content = members.get("content", _NO_CONTENT)
            now = self._world.now()
            older = self._world.settings.older_objects
            recording = Recording(
                id=self._world.object_id(),
                meeting_id=meeting_id,
                file_uid=self._world.ids.file_uid(older=older),
                participants_ids=tuple(members.get("participants_ids", self._users_of(meeting))),
                duration=members.get("duration", 60.0),
                size=members.get("size", len(content) / _MEGABYTE),
                created_at=now,
                updated_at=now,
            )
            self._world.store.objects[recording.file_uid] = StoredObject(
                key=recording.file_uid,
                content_type="video/mp4",
                public=False,
                etag=f'"{recording.id}"',
                content=content,
            )
            self._recordings.setdefault(meeting_id, []).append(recording)
            return recording

    def recordings_of(self, meeting_id: str, *, with_files: bool = False) -> list[Json]:
        """Show the recordings of a meeting, the oldest first, each with a fresh signed URL."""
        with self._lock:
            now, store = self._world.now(), self._world.store
            return [
                recording_json(one, store.read_url(one.file_uid, now=now), with_file=with_files)
                for one in self._recordings.get(meeting_id, ())
            ]

    def remove_recordings(self, meeting_id: str) -> None:
        """Forget the recordings of a meeting, and their contents."""
        with self._lock:
            for one in self._recordings.pop(meeting_id, ()):
                self._world.store.remove(one.file_uid)

    def webhook(self, meeting_id: str) -> Json:
        """Return what the service posts to the application once the recordings are ready."""
        with self._lock:
            meeting = self._known(meeting_id)
            host = self._world.user(meeting.host_id)
            older = self._world.settings.older_objects
            return {
                "meeting": meeting_json(meeting),
                "hostUser": user_json(host, older=older) if host else None,
                "callRecords": self.recordings_of(meeting_id, with_files=True),
            }

    def _known(self, meeting_id: str) -> Meeting:
        meeting = self.find(meeting_id)
        if meeting is None:
            raise KeyError(f"no meeting has the id {meeting_id}")
        return meeting

    def _add_dialog(self, host: User, meeting: Meeting) -> str:
        dialog = self._world.chat.add_dialog(
            host.id,
            DialogType.MEETING,
            name=meeting.name,
            occupants_ids=self._users_of(meeting),
        )
        return dialog.id

    def _users_of(self, meeting: Meeting) -> list[int]:
        invited = (self._user(one) for one in meeting.attendees)
        return list(dict.fromkeys((meeting.host_id, *(one.id for one in invited if one))))

    # Mails.

    def _everybody(self, meeting: Meeting) -> list[Attendee]:
        return [*meeting.attendees, Attendee(id=meeting.host_id)]

    def _tell(self, meeting: Meeting, invited: Iterable[Attendee], subject: str) -> None:
        link = f"https://emulator.invalid/meetings/{meeting.id}"
        told: set[str] = set()
        for one in invited:
            user = self._user(one)
            address = one.email or (user.email if user else None)
            if not address or address in told:
                continue
            told.add(address)
            self._world.mails.append(
                Mail(
                    to=address,
                    subject=f"{subject}: {meeting.name}",
                    body=f"Hello,\n\nthe meeting is here: {link}\n",
                    link=link,
                    user_id=user.id if user else None,
                    sent_at=self._world.now(),
                )
            )

    def _user(self, attendee: Attendee) -> User | None:
        if attendee.id is not None:
            return self._world.user(attendee.id)
        return self._world.find_user(email=attendee.email)


def _write(meeting: Meeting, members: MeetingMembers) -> None:
    for name, value in members.items():
        setattr(meeting, name, value)
