"""The administration API: each call as the contract's examples have it, and its key."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import anyio
import pytest

from connectycube import (
    Backoff,
    ClosedError,
    ConnectyCube,
    Endpoint,
    InvalidInputError,
    InvalidQueryError,
    LoginPassword,
    NotFoundError,
    RequestTimeoutError,
    Session,
    TransportError,
    UnauthorizedError,
    where,
)
from connectycube import admin as calls
from connectycube.admin import AdminClient
from connectycube.endpoint import Needs
from connectycube.http import Request
from connectycube.models.dialog import Dialog, DialogType
from connectycube.models.meeting import Attendee, Meeting
from connectycube.session import Clock
from connectycube.testing import Reply, ScriptedTransport

from .admin_stage import KEY, AdminWire, played, sent
from .wire_stage import Sent, reply, sample

pytestmark = pytest.mark.anyio

DIALOG: Final = "6666c1d2a4b35e0017f0a911"
MESSAGE: Final = "6666c903a4b35e0017f0b003"
MEETING: Final = "6666f0aaa4b35e0017f0e001"
SINCE: Final = datetime.fromtimestamp(1717200000, UTC)
UNTIL: Final = datetime.fromtimestamp(1718000000, UTC)
ENDPOINTS: Final = [one for one in vars(calls).values() if isinstance(one, Endpoint)]


# -- dialogs and messages


@pytest.mark.parametrize("dialog", [DIALOG, Dialog(id=DIALOG)])
async def test_a_user_is_spared_a_dialog(dialog: str | Dialog) -> None:
    """By the dialog or its id."""
    muted = await played("admin.update_dialog", lambda admin: admin.mute(dialog, 90244))

    assert (DIALOG, [90244], []) == (muted.id, muted.silent_ids, muted.deleted_ids)


async def test_a_user_is_spared_it_no_more() -> None:
    """By the same call, the other way."""
    wire = AdminWire([reply("admin.update_dialog")])
    await wire.admin.unmute(DIALOG, 90244)

    assert [{"user_id": 90244, "is_muted": False}] == [one.json for one in wire.sent]


async def test_any_dialog_is_changed() -> None:
    """With all that its owner and its admins may change."""
    wire = AdminWire([reply("admin.update_dialog")])
    changed = await wire.admin.update_dialog(
        DIALOG,
        name="Sailing trip",
        photo=None,
        allow_preview=True,
        add_occupants=[1, 2, 1],
        remove_occupants=[3],
        add_admins=[1],
        remove_admins=[90244],
        pin_messages=[MESSAGE],
    )

    assert "Sailing trip" == changed.name
    assert [
        Sent(
            "PUT",
            f"/admin/chat/{DIALOG}",
            json={
                "name": "Sailing trip",
                "photo": None,
                "permissions": {"allow_preview": True},
                "push_all": {
                    "occupants_ids": [1, 2],
                    "admins_ids": [1],
                    "pinned_messages_ids": [MESSAGE],
                },
                "pull_all": {"occupants_ids": [3], "admins_ids": [90244]},
            },
        )
    ] == wire.sent


async def test_all_dialogs_are_searched() -> None:
    """With what only administrators are told, where it is told."""
    page = await played(
        "admin.list_dialogs",
        lambda admin: admin.find_dialogs(limit=2, updated_at=where.gt(UNTIL)),
    )

    assert (212, 0, 2) == (page.total_entries, page.skip, page.limit)
    assert [[], [90244]] == [one.silent_ids for one in page.items]
    assert [DialogType.PRIVATE, DialogType.GROUP] == [one.type for one in page.items]
    assert isinstance(page.items[0], Dialog)


async def test_all_messages_are_searched() -> None:
    """With the sender's own parameters, and who has deleted it."""
    page = await played(
        "admin.list_messages",
        lambda admin: admin.find_messages(
            dialog_id=DIALOG, id=where.lt("6666ffffa4b35e0017f0b0ff")
        ),
    )

    newest, oldest = page.items
    assert (3, [90400], []) == (page.total_entries, newest.deleted_for_ids, oldest.deleted_for_ids)
    assert {"priority": "high", "meta": {"source": "bot"}} == newest.params
    assert datetime(2024, 6, 10, 9, 50, tzinfo=UTC) == oldest.edited_at


async def test_a_search_is_sorted_and_its_dates_are_seconds() -> None:
    """As the administration API wants them, unlike that of users."""
    wire = AdminWire([Reply(200, {"items": []}), Reply(200, {"items": []})])
    await wire.admin.find_messages(sort="-updated_at", created_at=where.gte(SINCE))
    await wire.admin.find_dialogs(
        sort="id", type=where.in_([2, 3]), created_at=SINCE, extensions={"city": "Kyiv"}
    )

    assert [
        [("created_at[gte]", "1717200000"), ("sort_desc", "updated_at")],
        [
            ("created_at", "1717200000"),
            ("extensions[city]", "Kyiv"),
            ("sort_asc", "_id"),
            ("type[in]", "2,3"),
        ],
    ] == [one.query for one in wire.sent]


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("limit", [None, 7, 100])
async def test_everything_is_iterated_by_id(
    oldest_first: bool,  # noqa: FBT001 - a parameter of the test
    limit: int | None,
) -> None:
    """Page after page from the last id on, within the bounds that were asked for."""
    ids = [f"{number:024x}" for number in range(250)]
    low, high = ids[10], ids[239]

    def answer(request: Request) -> Reply:
        query = dict(sent(request).query)
        assert ("sort_asc" if oldest_first else "sort_desc") in query
        size = int(query.get("limit", 100))
        fits: dict[str, Callable[[str, str], bool]] = {
            "lt": str.__lt__,
            "lte": str.__le__,
            "gt": str.__gt__,
            "gte": str.__ge__,
        }
        bounds = [(op, query[f"_id[{op}]"]) for op in fits if f"_id[{op}]" in query]
        fitting = [one for one in ids if all(fits[op](one, bound) for op, bound in bounds)]
        ordered = sorted(fitting, reverse=not oldest_first)[:size]
        body = {
            "total_entries": len(fitting),
            "limit": size,
            "items": [{"_id": i} for i in ordered],
        }
        return Reply(200, body)

    admin = AdminWire(answer).admin
    expected = ids if oldest_first else ids[::-1]
    options: dict[str, Any] = {"limit": limit, "oldest_first": oldest_first}
    assert expected == [one.id async for one in admin.iterate_dialogs(**options)]
    assert expected == [one.id async for one in admin.iterate_messages(**options)]

    bounded = admin.iterate_messages(id=where.gt(low) & where.lte(high), **options)
    assert [one for one in expected if low < one <= high] == [one.id async for one in bounded]


async def test_a_search_for_one_of_nothing_asks_nobody() -> None:
    """And finds nothing."""
    wire = AdminWire([])
    page = await wire.admin.find_dialogs(id=where.in_([]))
    messages = await wire.admin.find_messages(dialog_id=where.in_([]))

    assert ([], [], 0) == (page.items, messages.items, page.total_entries)
    assert [] == [one async for one in wire.admin.iterate_dialogs(type=where.in_([]))]
    assert [] == wire.sent


# -- meetings and users


async def test_a_meeting_is_planned_for_a_host() -> None:
    """With what a host's own meeting may have."""
    wire = AdminWire([reply("admin.create_meeting")] * 2, clock=Clock(wall=lambda: 1718100000.0))
    made = await wire.admin.create_meeting(
        90211,
        "Crew briefing",
        start=datetime.fromtimestamp(1718100000, UTC),
        end=datetime.fromtimestamp(1718103600, UTC),
        attendees=[Attendee(id=90244)],
        record=False,
        chat=False,
    )
    await wire.admin.create_meeting(90211, "Crew briefing", attendees=[Attendee(id=90244)])

    assert (MEETING, 90211) == (made.id, made.host_id)
    assert [sample("admin.create_meeting")["request"]["json"]] * 2 == [s.json for s in wire.sent]


@pytest.mark.parametrize("meeting", [MEETING, Meeting(id=MEETING)])
async def test_recordings_are_found_and_deleted(meeting: str | Meeting) -> None:
    """With the uid of each file; an empty object is a yes."""
    name = "admin.list_meeting_recordings"
    [recording] = await played(name, lambda admin: admin.find_recordings(meeting))
    await played("admin.delete_meeting_recordings", lambda admin: admin.delete_recordings(meeting))

    assert ("rec-1", MEETING) == (recording.file_uid, recording.meeting_id)


async def test_any_user_is_deleted() -> None:
    """By id."""
    await played("admin.delete_user", lambda admin: admin.delete_user(90400))


# -- statistics


async def test_everything_is_counted() -> None:
    """In all and by day, of some types or of all."""
    assert 4031 == await played(
        "admin.count_messages", lambda admin: admin.count_messages(since=SINCE, until=UNTIL)
    )
    assert 96 == await played(
        "admin.count_dialogs",
        lambda admin: admin.count_dialogs(types=[DialogType.GROUP, DialogType.PRIVATE]),
    )
    assert {date(2024, 6, 9): 4, date(2024, 6, 10): 2} == await played(
        "admin.count_dialogs_per_day",
        lambda admin: admin.count_dialogs_per_day(types=[DialogType.GROUP]),
    )
    wire = AdminWire([reply("admin.count_messages_per_day")])
    days = await wire.admin.count_messages_per_day(since=SINCE, limit=100)
    assert {date(2024, 6, 8): 120, date(2024, 6, 10): 87} == days
    assert [("limit", "100"), ("start_date", "1717200000")] == wire.sent[0].query


async def test_pages_of_days_follow_one_another() -> None:
    """By an offset; what is no day is left out, and null counts nothing."""
    wire = AdminWire([Reply(200, {"2024-06-08": None, "2024-06-09": "3", "total": 3})])
    days = await wire.admin.count_dialogs_per_day(until=UNTIL, limit=2, offset=4)

    assert {date(2024, 6, 8): 0, date(2024, 6, 9): 3} == days
    query = [("end_date", "1718000000"), ("limit", "2"), ("offset", "4")]
    assert query == wire.sent[0].query


# -- what is refused here


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.update_dialog(DIALOG),
        lambda a: a.update_dialog("list", name="x"),
        lambda a: a.mute(DIALOG, True),
        lambda a: a.unmute("messages/list", 7),
        lambda a: a.create_meeting(0, "Call"),
        lambda a: a.create_meeting(7, ""),
        lambda a: a.find_recordings("x"),
        lambda a: a.delete_recordings(7),
        lambda a: a.delete_user("../users"),
        lambda a: a.delete_user(-1),
    ],
)
async def test_what_cannot_be_is_not_sent(call: Callable[[Any], Any]) -> None:
    """It is refused here, with the reason."""
    wire = AdminWire([])
    with pytest.raises(InvalidInputError):
        await call(wire.admin)

    assert [] == wire.sent


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.find_dialogs(limit=101),
        lambda a: a.find_dialogs(sort="name"),
        lambda a: a.find_dialogs(id="x"),
        lambda a: a.find_dialogs(id=where.in_([f"{number:024x}" for number in range(101)])),
        lambda a: a.find_messages(limit=0),
        lambda a: a.find_messages(created_at=UNTIL.replace(tzinfo=None)),
        lambda a: a.find_messages(text="hello"),
        lambda a: anext(a.iterate_dialogs(limit=101)),
        lambda a: anext(a.iterate_messages(sender_id=7)),
        lambda a: a.count_messages(since="yesterday"),
        lambda a: a.count_messages_per_day(offset=-1),
        lambda a: a.count_dialogs(types=[]),
        lambda a: a.count_dialogs(types=7),
        lambda a: a.count_dialogs_per_day(types=["group"]),
    ],
)
async def test_a_forbidden_search_is_not_sent(call: Callable[[Any], Any]) -> None:
    """By the rules of the service that are known."""
    wire = AdminWire([])
    with pytest.raises(InvalidQueryError):
        await call(wire.admin)

    assert [] == wire.sent


# -- the key


@pytest.mark.parametrize("key", ["", None, 7, "line\nbreak", "ключ"])
def test_a_key_is_text_that_a_header_can_carry(key: Any) -> None:
    """Anything else is refused when the client is made, and not repeated in the error."""
    with pytest.raises(InvalidInputError, match="api_key must be") as caught:
        AdminClient(key, transport=ScriptedTransport([]))

    assert not key or str(key) not in str(caught.value)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.label)
async def test_the_client_of_users_never_makes_an_administrators_call(
    endpoint: Endpoint[Any],
) -> None:
    """It has no such key, and says so before anything is sent, with a session or without."""
    transport = ScriptedTransport([])
    cube = ConnectyCube(21, "canary-key", auth=LoginPassword("mar", KEY), transport=transport)
    path = {"dialog_id": DIALOG, "meeting_id": MEETING, "user_id": 7}
    for session in (None, Session.from_token("canary-token", 7)):
        if session is not None:
            cube.set_session(session)
        with pytest.raises(InvalidInputError, match="AdminClient"):
            await cube.call(endpoint, path=path)

    assert [] == transport.requests
    assert Needs.ADMIN_KEY is endpoint.needs


async def test_a_key_that_is_refused_is_told() -> None:
    """As the service says it; nothing of ours shows the key."""
    wire = AdminWire([reply("admin.error.key")])
    with pytest.raises(UnauthorizedError, match="Unauthorized") as caught:
        await wire.admin.find_dialogs()

    told = [repr(wire.admin), repr(wire.admin._caller), repr(wire.admin._caller.gateway.app)]
    assert "<AdminClient at https://api.connectycube.com>" == told[0]
    assert [] == [one for one in (*told, repr(caught.value)) if KEY in one]


# -- the line


async def test_what_may_be_repeated_is_repeated() -> None:
    """A search after a lost connection, and a deletion; a meeting is never made twice."""
    retry = Backoff(uniform=lambda low, _high: low)
    lost = TransportError("reset")
    wire = AdminWire([lost, reply("admin.count_messages"), lost, reply("admin.delete_user")])
    patient = AdminClient(KEY, transport=wire.transport, retry=retry)
    assert 4031 == await patient.count_messages()
    await patient.delete_user(90400)
    assert 4 == len(wire.sent)

    wire = AdminWire([lost])
    with pytest.raises(TransportError):
        await AdminClient(KEY, transport=wire.transport, retry=retry).create_meeting(7, "Call")
    assert 1 == len(wire.sent)


async def test_unknown_things_are_told_by_the_service() -> None:
    """By the same errors as everywhere."""
    wire = AdminWire([Reply(404, {"errors": ["The resource wasn't found"]})])
    with pytest.raises(NotFoundError, match=r"DELETE /admin/user/\{user_id\}"):
        await wire.admin.delete_user(7)


async def test_a_call_has_a_time_limit() -> None:
    """For all of it, however many attempts."""

    async def never(_request: Request) -> Reply:
        await anyio.sleep_forever()
        raise AssertionError

    admin = AdminWire(never, timeout=timedelta(milliseconds=1).total_seconds()).admin
    with pytest.raises(RequestTimeoutError, match="GET /admin/chat/list"):
        await admin.find_dialogs()


class Observer:
    """Keeps the names of the calls and events that it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def call(self, label: str, /) -> Generator[None]:
        self.told.append(f"begin {label}")
        yield
        self.told.append("end")

    def event(self, name: str, _attributes: Mapping[str, str | int | float], /) -> None:
        self.told.append(name)


class Observed(ScriptedTransport):
    """A scripted transport with an observer."""

    def __init__(self, *script: Reply) -> None:
        super().__init__(script)
        self.observer = Observer()


async def test_an_observer_sees_whole_calls() -> None:
    """As it does those of users."""
    transport = Observed(reply("admin.count_messages"))
    await AdminClient(KEY, transport=transport).count_messages()

    told = ["begin GET /admin/stats/messages/sent-total", "attempt", "end"]
    assert told == transport.observer.told


async def test_a_closed_client_makes_no_calls() -> None:
    """It closes what it opened, and leaves what it was given open; twice does no harm."""
    wire = AdminWire([reply("admin.count_messages")])
    async with wire.admin as admin:
        pass
    await admin.aclose()
    with pytest.raises(ClosedError):
        await admin.count_messages()

    assert not wire.transport.closed
    async with AdminClient(KEY):
        pass


def test_a_client_belongs_to_one_event_loop() -> None:
    """As all clients do: the first call decides."""
    wire = AdminWire([reply("admin.count_messages")] * 2)
    anyio.run(wire.admin.count_messages)
    with pytest.raises(ClosedError, match="event loop"):
        anyio.run(wire.admin.count_messages)
