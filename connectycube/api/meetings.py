"""
Meetings: calls that are planned, who is invited to them, and what was recorded of them.

https://developers.connectycube.com/server/meetings
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from types import NoneType
from typing import Any, Final, Unpack

import attrs

from connectycube._caller import Caller
from connectycube.bodies.meetings import MeetingOptions, meeting_changes, new_meeting
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.errors import NotFoundError
from connectycube.fields import UNSET, UnsetType
from connectycube.models.meeting import (
    Attendee,
    Meeting,
    MeetingLike,
    MeetingTimezone,
    NotifyBefore,
    Recording,
)
from connectycube.models.meeting import meeting_id as id_of
from connectycube.models.page import Page
from connectycube.pager import Pager
from connectycube.searches.lists import check_page
from connectycube.searches.meetings import MeetingFilters, meeting_query
from connectycube.session import Clock

CREATE: Final = Endpoint("POST", "/meetings", Meeting, needs=Needs.USER, retry=Retry.NEVER)
FIND: Final = Endpoint("GET", "/meetings", list[Meeting], needs=Needs.USER)
# The only one may come without its list.
GET: Final = attrs.evolve(FIND, may_be_bare=True)
UPDATE: Final = Endpoint("PUT", "/meetings/{meeting_id}", Meeting, needs=Needs.USER)
DELETE: Final = Endpoint("DELETE", "/meetings/{meeting_id}", NoneType, needs=Needs.USER)
FIND_RECORDINGS: Final = Endpoint(
    "GET", "/meetings/recordings/{meeting_id}", list[Recording], needs=Needs.USER
)


@attrs.frozen
class Meetings:
    """
    Everything about meetings; `ConnectyCube.meetings` is one.

    Wherever a meeting is meant, its id serves as well as a `Meeting`. All of it is for signed-in
    users alone: a session without one gets `ForbiddenError`.
    """

    _caller: Caller
    _clock: Clock = attrs.field(factory=Clock)

    async def create(
        self,
        name: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        **options: Unpack[MeetingOptions],
    ) -> Meeting:
        """
        Plan a meeting that the caller hosts, and return it.

        With `notify` the attendees get a mail. Never repeated by itself; cancelled in flight, the
        meeting may exist or not.

        Args:
            start: now by default.
            end: an hour after the start by default.
            options: `attendees`, `chat`, `record`, `public`, `scheduled`, `notify`,
                `notify_before` and `timezone`; typed and told by `MeetingOptions`.

        Raises:
            InvalidInputError: no name, a moment without a time zone, an attendee with neither id
                nor e-mail, or a reminder that cannot be.
            ValidationError: the service refused a value.

        https://developers.connectycube.com/server/meetings#create-meeting
        """
        now = self._clock.wall()
        body = new_meeting(name, start=start, end=end, options=options, now=now)
        return await self._caller.call(CREATE, body=body)

    async def find(
        self, *, limit: int | None = None, offset: int = 0, **filters: Unpack[MeetingFilters]
    ) -> Page[Meeting]:
        """
        Return a page of the meetings that the caller hosts or is invited to; see `iterate` for all.

        The service does not tell how many there are.

        Args:
            limit: meetings on the page, 100 by default.
            offset: meetings to leave out first.
            filters: moments or comparisons of `connectycube.where`, such as
                `start=where.gte(monday) & where.lt(friday)`; `scheduled` is True or False.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/meetings
        """
        check_page(limit=limit, skip=offset, most=None, name="offset")
        page = await self._page(meeting_query(filters), limit, offset)
        return attrs.evolve(page, skip=offset, limit=limit)

    def iterate(
        self, *, limit: int | None = None, offset: int = 0, **filters: Unpack[MeetingFilters]
    ) -> Pager[Meeting]:
        """
        Iterate over all of the caller's meetings that fit, each once, fetching page after page.

        Their order is the service's own: where one goes meanwhile, others are not missed as long
        as it keeps to it.

        Args:
            limit: meetings on each page.
            offset: meetings to leave out first.
            filters: as for `find`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/server/meetings
        """
        check_page(limit=limit, skip=offset, most=None, name="offset")
        search = partial(self._page, meeting_query(filters), limit)
        return Pager([search], key=lambda meeting: meeting.id, offset=offset)

    async def get(self, meeting_id: MeetingLike) -> Meeting:
        """
        Return a meeting that the caller hosts, is invited to, or that is public.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is none, or it is none of the caller's.

        https://developers.connectycube.com/server/meetings
        """
        found = await self._caller.call(GET, query={"_id": id_of(meeting_id)})
        if not found:
            raise NotFoundError(label=GET.label, messages=["The resource wasn't found"])
        return found[0]

    async def update(
        self,
        meeting_id: MeetingLike,
        *,
        name: str | UnsetType = UNSET,
        start: datetime | UnsetType = UNSET,
        end: datetime | UnsetType = UNSET,
        attendees: Iterable[Attendee] | UnsetType = UNSET,
        record: bool | UnsetType = UNSET,
        public: bool | UnsetType = UNSET,
        scheduled: bool | UnsetType = UNSET,
        notify: bool | UnsetType = UNSET,
        notify_before: NotifyBefore | UnsetType | None = UNSET,
        timezone: MeetingTimezone | UnsetType | None = UNSET,
    ) -> Meeting:
        """
        Change a meeting, which its host may, and return it as it is now.

        What is left out stays; `None` clears. Mails go to all when the start moves or `notify` is
        switched on, and to those who are newly invited; where an answer is lost and the call is
        repeated, they may go twice. Cancelled in flight, the meeting may have changed or not.

        Args:
            attendees: all of them; who is left out is not invited any more.
            record: starts the recording, or stops it.

        Raises:
            InvalidInputError: nothing to change, or what `create` would not take.
            ForbiddenError: somebody else hosts it.
            NotFoundError: there is no such meeting.

        https://developers.connectycube.com/server/meetings
        """
        body = meeting_changes(
            {
                "name": name,
                "start_date": start,
                "end_date": end,
                "attendees": attendees,
                "record": record,
                "public": public,
                "scheduled": scheduled,
                "notify": notify,
                "notify_before": notify_before,
                "timezone": timezone,
            }
        )
        return await self._caller.call(UPDATE, path=_path(meeting_id), body=body)

    async def delete(self, meeting_id: MeetingLike) -> None:
        """
        Delete a meeting, which its host may.

        Raises:
            InvalidInputError: it is no id.
            ForbiddenError: somebody else hosts it.
            NotFoundError: there is no such meeting; also where a repeat found it gone.

        https://developers.connectycube.com/server/meetings
        """
        await self._caller.call(DELETE, path=_path(meeting_id))

    async def find_recordings(self, meeting_id: MeetingLike) -> list[Recording]:
        """
        Return the recordings of a meeting, of which there are none before it is over.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is no such meeting, or it is none of the caller's.

        https://developers.connectycube.com/server/meetings
        """
        return await self._caller.call(FIND_RECORDINGS, path=_path(meeting_id))

    async def _page(
        self, query: Mapping[str, Any], limit: int | None, offset: int
    ) -> Page[Meeting]:
        query = {**query, "limit": limit, "offset": offset or None}
        return Page(items=await self._caller.call(FIND, query=query))


def _path(meeting: MeetingLike) -> dict[str, str]:
    return {"meeting_id": id_of(meeting)}
