"""
The administration API, for servers alone: whoever has its key has everything.

https://developers.connectycube.com/admin_api/chat
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from types import NoneType, TracebackType
from typing import Any, Final, Self, TypeVar, Unpack

from connectycube._admin_caller import AdminCaller
from connectycube._client_options import (
    BASE_URL,
    checked_base_url,
    checked_timeout,
    default_transport,
)
from connectycube._gateway import Gateway
from connectycube.bodies.dialogs import Extensions, Text, dialog_changes, message_ids, user_ids
from connectycube.bodies.meetings import MeetingOptions, new_meeting
from connectycube.endpoint import Endpoint, Needs, Retry
from connectycube.fields import UNSET, UnsetType, checked_flag, header_text
from connectycube.http import Transport
from connectycube.keyset_pager import KeysetPager
from connectycube.models.admin import AdminDialog, AdminMessage
from connectycube.models.dialog import DialogLike
from connectycube.models.dialog import dialog_id as id_of_dialog
from connectycube.models.meeting import Meeting, MeetingLike, Recording
from connectycube.models.meeting import meeting_id as id_of_meeting
from connectycube.models.message import MessageLike
from connectycube.models.page import Page
from connectycube.models.user import UserLike
from connectycube.models.user import user_id as id_of_user
from connectycube.retry import Backoff, RetryPolicy
from connectycube.searches.admin import (
    AdminMessageFilters,
    after,
    any_dialog_queries,
    any_message_queries,
    statistics_query,
)
from connectycube.searches.dialogs import DialogFilters
from connectycube.searches.lists import check_page
from connectycube.session import App, Clock

D = TypeVar("D", AdminDialog, AdminMessage)

UPDATE_DIALOG: Final = Endpoint(
    "PUT", "/admin/chat/{dialog_id}", AdminDialog, needs=Needs.ADMIN_KEY
)
FIND_DIALOGS: Final = Endpoint("GET", "/admin/chat/list", Page[AdminDialog], needs=Needs.ADMIN_KEY)
FIND_MESSAGES: Final = Endpoint(
    "GET", "/admin/chat/messages/list", Page[AdminMessage], needs=Needs.ADMIN_KEY
)
CREATE_MEETING: Final = Endpoint(
    "POST", "/admin/meetings", Meeting, needs=Needs.ADMIN_KEY, retry=Retry.NEVER
)
FIND_RECORDINGS: Final = Endpoint(
    "GET", "/admin/meetings/recordings/{meeting_id}", list[Recording], needs=Needs.ADMIN_KEY
)
DELETE_RECORDINGS: Final = Endpoint(
    "DELETE", "/admin/meetings/recordings/{meeting_id}", NoneType, needs=Needs.ADMIN_KEY
)
COUNT_MESSAGES: Final = Endpoint(
    "GET", "/admin/stats/messages/sent-total", int, envelope="total", needs=Needs.ADMIN_KEY
)
COUNT_MESSAGES_PER_DAY: Final = Endpoint(
    "GET", "/admin/stats/messages/sent-per-day", dict[str, int | None], needs=Needs.ADMIN_KEY
)
COUNT_DIALOGS: Final = Endpoint(
    "GET",
    "/admin/stats/dialogs/created-total",
    int,
    envelope="total",
    needs=Needs.ADMIN_KEY,
    bracket_lists=True,
)
COUNT_DIALOGS_PER_DAY: Final = Endpoint(
    "GET",
    "/admin/stats/dialogs/created-per-day",
    dict[str, int | None],
    needs=Needs.ADMIN_KEY,
    bracket_lists=True,
)
# It says no more than that it worked.
DELETE_USER: Final = Endpoint("DELETE", "/admin/user/{user_id}", NoneType, needs=Needs.ADMIN_KEY)


class AdminClient:
    """
    A client of the administration API, which sees and changes everything of an application.

    Its key belongs on servers, never in what users get. Every call needs it, and a plan that has
    the API; the service refuses others with `UnauthorizedError` or `ForbiddenError`. Nothing is
    opened before it is used; from its first call on the client belongs to that call's event loop.

    Args:
        api_key: the administration API's key, as the administration panel shows it.
        base_url: `https://`, or `http://` for this machine alone.
        transport: moves the requests, and stays open when the client closes. By default the client
            opens an `AiohttpTransport` of its own.
        retry: whether a failed attempt is repeated.
        timeout: seconds for a whole call; `None` for no limit.
        clock: where time is read.

    Raises:
        InvalidInputError: an option that cannot be right.

    https://developers.connectycube.com/admin_api/chat
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = BASE_URL,
        transport: Transport | None = None,
        retry: RetryPolicy = Backoff(),  # noqa: B008 - frozen
        timeout: float | None = 30.0,
        clock: Clock = Clock(),  # noqa: B008 - frozen
    ) -> None:
        app = App(admin_key=header_text(api_key, "api_key"))
        address, limit = checked_base_url(base_url), checked_timeout(timeout)
        self._clock = clock
        self._owns_transport = transport is None
        gateway = Gateway(
            app=app,
            base_url=address,
            transport=default_transport() if transport is None else transport,
            retry=retry,
        )
        self._caller = AdminCaller(gateway=gateway, timeout=limit)

    # -- dialogs and messages

    async def update_dialog(
        self,
        dialog_id: DialogLike,
        *,
        name: str | UnsetType = UNSET,
        description: Text = UNSET,
        photo: Text = UNSET,
        extensions: Extensions | UnsetType | None = UNSET,
        allow_preview: bool | UnsetType = UNSET,
        add_occupants: Iterable[UserLike] = (),
        remove_occupants: Iterable[UserLike] = (),
        add_admins: Iterable[UserLike] = (),
        remove_admins: Iterable[UserLike] = (),
        pin_messages: Iterable[MessageLike] = (),
        unpin_messages: Iterable[MessageLike] = (),
    ) -> AdminDialog:
        """
        Change any dialog, and return it as it is now.

        What is left out stays; `None` clears. Cancelled in flight, the dialog may have changed or
        not.

        Args:
            extensions: replaces all that there were.
            add_occupants: users or their ids; groups and public dialogs only, as is removing.
            add_admins: users or their ids; a dialog has at most five.
            pin_messages: messages, or their ids.

        Raises:
            InvalidInputError: nothing to change, or ids that are none.
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/admin_api/chat
        """
        body = dialog_changes(
            name=name,
            description=description,
            photo=photo,
            extensions=extensions,
            allow_preview=allow_preview,
            added={
                "occupants_ids": user_ids(add_occupants, "add_occupants"),
                "admins_ids": user_ids(add_admins, "add_admins"),
                "pinned_messages_ids": message_ids(pin_messages, "pin_messages"),
            },
            removed={
                "occupants_ids": user_ids(remove_occupants, "remove_occupants"),
                "admins_ids": user_ids(remove_admins, "remove_admins"),
                "pinned_messages_ids": message_ids(unpin_messages, "unpin_messages"),
            },
        )
        path = {"dialog_id": id_of_dialog(dialog_id)}
        return await self._caller.call(UPDATE_DIALOG, path=path, body=body)

    async def mute(self, dialog_id: DialogLike, user_id: UserLike) -> AdminDialog:
        """
        Spare a user the notifications of a dialog, and return it; `silent_ids` tells who is spared.

        Raises:
            InvalidInputError: ids that are none.
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/admin_api/chat
        """
        return await self._mute(dialog_id, user_id, is_muted=True)

    async def unmute(self, dialog_id: DialogLike, user_id: UserLike) -> AdminDialog:
        """
        Give a user the notifications of a dialog again, and return it.

        Raises:
            InvalidInputError: ids that are none.
            NotFoundError: there is no such dialog.

        https://developers.connectycube.com/admin_api/chat
        """
        return await self._mute(dialog_id, user_id, is_muted=False)

    async def find_dialogs(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        **filters: Unpack[DialogFilters],
    ) -> Page[AdminDialog]:
        """
        Return the first of all dialogs of the application that fit, and how many there are.

        Args:
            limit: dialogs on the page, 1 to 100; 100 by default.
            sort: `created_at`, `updated_at` or `id`, with a minus sign for the newest first.
            filters: those of `chat.dialogs.find`, typed by `DialogFilters`, such as
                `updated_at=where.gt(yesterday)`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/admin_api/chat
        """
        check_page(limit=limit, skip=0)
        queries = any_dialog_queries(filters, sort=sort, most=1)
        if not queries:
            return Page(items=[], total_entries=0, limit=limit)
        return await self._caller.call(FIND_DIALOGS, query={**queries[0], "limit": limit})

    def iterate_dialogs(
        self,
        *,
        limit: int | None = None,
        oldest_first: bool = False,
        **filters: Unpack[DialogFilters],
    ) -> KeysetPager[AdminDialog]:
        """
        Iterate over all dialogs of the application that fit, each once, page after page, by id.

        Ids begin with the moment of their making, so the newest come first. None that stays is
        missed, whatever comes and goes meanwhile.

        Args:
            limit: dialogs on each page, 1 to 100.
            oldest_first: turn the order; what is made meanwhile comes last then.
            filters: as for `find_dialogs`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/admin_api/chat
        """
        check_page(limit=limit, skip=0)
        queries = any_dialog_queries(filters, sort=_by_id(oldest_first=oldest_first))
        return self._pager(FIND_DIALOGS, queries, limit, oldest_first=oldest_first)

    async def find_messages(
        self,
        *,
        limit: int | None = None,
        sort: str | None = None,
        **filters: Unpack[AdminMessageFilters],
    ) -> Page[AdminMessage]:
        """
        Return the first of all messages of the application that fit, and how many there are.

        Nothing is marked as read by that.

        Args:
            limit: messages on the page, 1 to 100; 100 by default.
            sort: `created_at`, `updated_at` or `id`, with a minus sign for the newest first.
            filters: `id`, `dialog_id`, `created_at` and `updated_at`, each with a value or an
                operator of `connectycube.where`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/admin_api/chat
        """
        check_page(limit=limit, skip=0)
        queries = any_message_queries(filters, sort=sort, most=1)
        if not queries:
            return Page(items=[], total_entries=0, limit=limit)
        return await self._caller.call(FIND_MESSAGES, query={**queries[0], "limit": limit})

    def iterate_messages(
        self,
        *,
        limit: int | None = None,
        oldest_first: bool = False,
        **filters: Unpack[AdminMessageFilters],
    ) -> KeysetPager[AdminMessage]:
        """
        Iterate over all messages of the application that fit, each once, page after page, by id.

        Senders choose the ids of messages, by the moment if they keep to the rules, so the newest
        come first. None that stays is missed, whatever comes and goes meanwhile.

        Args:
            limit: messages on each page, 1 to 100.
            oldest_first: turn the order; what is written meanwhile comes last then.
            filters: as for `find_messages`.

        Raises:
            InvalidQueryError: the service's rules forbid it; nothing was sent.

        https://developers.connectycube.com/admin_api/chat
        """
        check_page(limit=limit, skip=0)
        queries = any_message_queries(filters, sort=_by_id(oldest_first=oldest_first))
        return self._pager(FIND_MESSAGES, queries, limit, oldest_first=oldest_first)

    # -- meetings

    async def create_meeting(
        self,
        host_id: UserLike,
        name: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        **options: Unpack[MeetingOptions],
    ) -> Meeting:
        """
        Plan a meeting that a user hosts, and return it; the rest is as for `meetings.create`.

        Never repeated by itself; cancelled in flight, the meeting may exist or not.

        Raises:
            InvalidInputError: what cannot be a meeting.
            NotFoundError: there is no such user.
            ValidationError: the service refused a value.

        https://developers.connectycube.com/admin_api/meeting
        """
        now = self._clock.wall()
        body = new_meeting(name, start=start, end=end, options=options, now=now)
        return await self._caller.call(
            CREATE_MEETING, body={"user_id": id_of_user(host_id, "host_id"), **body}
        )

    async def find_recordings(self, meeting_id: MeetingLike) -> list[Recording]:
        """
        Return the recordings of any meeting, with the uid of each file.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is no such meeting.

        https://developers.connectycube.com/admin_api/meeting
        """
        path = {"meeting_id": id_of_meeting(meeting_id)}
        return await self._caller.call(FIND_RECORDINGS, path=path)

    async def delete_recordings(self, meeting_id: MeetingLike) -> None:
        """
        Delete all recordings of a meeting.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is nothing to delete; also where a repeat found it gone.

        https://developers.connectycube.com/admin_api/meeting
        """
        path = {"meeting_id": id_of_meeting(meeting_id)}
        await self._caller.call(DELETE_RECORDINGS, path=path)

    # -- users

    async def delete_user(self, user_id: UserLike) -> None:
        """
        Delete any user of the application.

        Raises:
            InvalidInputError: it is no id.
            NotFoundError: there is no such user; also where a repeat found it gone.

        https://developers.connectycube.com/admin_api/user
        """
        await self._caller.call(DELETE_USER, path={"user_id": id_of_user(user_id)})

    # -- statistics

    async def count_messages(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """
        Return how many messages were sent in all, or between two moments.

        Raises:
            InvalidQueryError: a moment without a time zone.

        https://developers.connectycube.com/admin_api/statistics
        """
        return await self._caller.call(
            COUNT_MESSAGES, query=statistics_query(since=since, until=until)
        )

    async def count_messages_per_day(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> dict[date, int]:
        """
        Return how many messages were sent on each day on which there were any.

        Args:
            limit: days in the answer, 100 by default.
            offset: days to leave out first.

        Raises:
            InvalidQueryError: a moment without a time zone, or numbers that cannot be.

        https://developers.connectycube.com/admin_api/statistics
        """
        query = statistics_query(since=since, until=until, limit=limit, offset=offset)
        return _by_day(await self._caller.call(COUNT_MESSAGES_PER_DAY, query=query))

    async def count_dialogs(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        types: Iterable[int] | None = None,
    ) -> int:
        """
        Return how many dialogs were made in all, or between two moments.

        Args:
            types: of `DialogType`; all of them by default.

        Raises:
            InvalidQueryError: a moment without a time zone, or no such types.

        https://developers.connectycube.com/admin_api/statistics
        """
        query = statistics_query(since=since, until=until, types=types)
        return await self._caller.call(COUNT_DIALOGS, query=query)

    async def count_dialogs_per_day(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        types: Iterable[int] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> dict[date, int]:
        """
        Return how many dialogs were made on each day on which there were any.

        Args:
            types: of `DialogType`; all of them by default.
            limit: days in the answer, 100 by default.
            offset: days to leave out first.

        Raises:
            InvalidQueryError: a moment without a time zone, or types or numbers that cannot be.

        https://developers.connectycube.com/admin_api/statistics
        """
        query = statistics_query(since=since, until=until, types=types, limit=limit, offset=offset)
        return _by_day(await self._caller.call(COUNT_DIALOGS_PER_DAY, query=query))

    # -- the client itself

    async def aclose(self) -> None:
        """Close what the client opened. May be called twice."""
        self._caller.guard.close()
        if self._owns_transport:
            await self._caller.gateway.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AdminClient at {self._caller.gateway.base_url}>"

    async def _mute(
        self, dialog_id: DialogLike, user_id: UserLike, *, is_muted: bool
    ) -> AdminDialog:
        body = {"user_id": id_of_user(user_id), "is_muted": is_muted}
        path = {"dialog_id": id_of_dialog(dialog_id)}
        return await self._caller.call(UPDATE_DIALOG, path=path, body=body)

    def _pager(
        self,
        endpoint: Endpoint[Page[D]],
        queries: Sequence[Mapping[str, Any]],
        limit: int | None,
        *,
        oldest_first: bool,
    ) -> KeysetPager[D]:
        async def fetch(query: Mapping[str, Any], last: str | None) -> Page[D]:
            narrowed = after(query, last, descending=not oldest_first)
            return await self._caller.call(endpoint, query={**narrowed, "limit": limit})

        searches = [partial(fetch, query) for query in queries]
        return KeysetPager(searches, key=lambda item: item.id, descending=not oldest_first)


def _by_id(*, oldest_first: bool) -> str:
    return "id" if checked_flag(oldest_first, "oldest_first") else "-id"


def _by_day(told: dict[str, int | None]) -> dict[date, int]:
    """Read the names of days; what else there may come to be is none."""
    days: dict[date, int] = {}
    for name, count in told.items():
        with suppress(ValueError):
            days[date.fromisoformat(name)] = count or 0
    return days
