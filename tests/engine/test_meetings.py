"""Meetings: each call as the contract's examples have it, searches, and what is not sent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from connectycube import InvalidInputError, InvalidQueryError, NotFoundError, where
from connectycube.api.meetings import Meetings
from connectycube.http import Request
from connectycube.models.meeting import (
    Attendee,
    Meeting,
    MeetingTimezone,
    NotifyBefore,
    Recording,
)
from connectycube.session import Clock
from connectycube.testing import Reply

from .wire_stage import Sent, Wire, played, sample, sent

pytestmark = pytest.mark.anyio

BRIEFING: Final = "6666f0aaa4b35e0017f0e001"
START: Final = datetime.fromtimestamp(1718100000, UTC)
END: Final = datetime.fromtimestamp(1718103600, UTC)
NOW: Final = 1718000000.25
JONAS: Final = Attendee(id=90244, email="jonas@example.org")
VISITOR: Final = Attendee(email="visitor@example.org")
REMINDER: Final = NotifyBefore(metric="minutes", value=15)
RIGA: Final = MeetingTimezone(offset=180, name="Europe/Riga")
MADE: Final = datetime(2024, 6, 10, 12, 30, 2, 114_000, tzinfo=UTC)
MEETING: Final = Meeting(
    id=BRIEFING,
    name="Crew briefing",
    start=START,
    end=END,
    attendees=[JONAS, VISITOR],
    record=False,
    chat_dialog_id="6666f0aaa4b35e0017f0e000",
    host_id=90211,
    public=False,
    scheduled=True,
    notify=True,
    notify_before=REMINDER,
    timezone=RIGA,
    created_at=MADE,
    updated_at=MADE,
)


def meetings(wire: Wire) -> Meetings:
    """Return the meetings of a client whose clock stands still."""
    return Meetings(wire.cube._caller, Clock(wall=lambda: NOW))


async def test_a_meeting_is_planned() -> None:
    """With everything that it may have."""
    made = await played(
        "meetings.create_meeting",
        lambda wire: meetings(wire).create(
            "Crew briefing",
            start=START,
            end=END,
            attendees=[JONAS, VISITOR],
            chat=True,
            record=False,
            scheduled=True,
            notify=True,
            notify_before=REMINDER,
            timezone=RIGA,
        ),
    )

    assert MEETING == made


async def test_a_meeting_begins_now_unless_told_otherwise() -> None:
    """For an hour, of nobody else; on a whole second that has not passed."""
    wire = Wire([Reply(201, {"_id": BRIEFING}), Reply(201, {"_id": BRIEFING})])
    await meetings(wire).create("Call")
    await meetings(wire).create("Call", start=START)
    bodies = [one.json for one in wire.sent]

    rest = {"name": "Call", "attendees": [], "record": False, "chat": False}
    assert [
        {**rest, "start_date": 1718000001, "end_date": 1718003601},
        {**rest, "start_date": 1718100000, "end_date": 1718103600},
    ] == bodies


async def test_meetings_are_found() -> None:
    """By moments, and by what they were planned as; nulls of the answer read as nothing."""
    page = await played(
        "meetings.list_meetings",
        lambda wire: meetings(wire).find(
            start=where.gte(datetime.fromtimestamp(1718000000, UTC)), scheduled=True
        ),
    )

    assert MEETING == page.items[0]
    assert (None, 0, None) == (page.total_entries, page.skip, page.limit)
    debrief = page.items[1]
    assert (None, None, None, None) == (
        debrief.record,
        debrief.chat_dialog_id,
        debrief.notify_before,
        debrief.timezone,
    )


async def test_every_filter_is_spelled_as_the_service_wants_it() -> None:
    """Seconds for the meeting's own times, dates with milliseconds for the record's."""
    wire = Wire([Reply(200, [])])
    page = await meetings(wire).find(
        limit=10,
        offset=20,
        start=START,
        end=where.gt(START) & where.lt(END),
        created_at=where.lte(MADE.astimezone(tz=None)),
        updated_at=MADE,
        scheduled=False,
    )

    assert (20, 10, []) == (page.skip, page.limit, page.items)
    assert [
        Sent(
            "GET",
            "/meetings",
            [
                ("limit", "10"),
                ("offset", "20"),
                ("start_date", "1718100000"),
                ("end_date[gt]", "1718100000"),
                ("end_date[lt]", "1718103600"),
                ("created_at[lte]", "2024-06-10T12:30:02.114Z"),
                ("updated_at", "2024-06-10T12:30:02.114Z"),
                ("scheduled", "false"),
            ],
        )
    ] == wire.sent


async def test_all_meetings_are_iterated() -> None:
    """Page after page, each once, though the service tells no total."""
    ids = [f"{number:024x}" for number in range(250)]

    def answer(request: Request) -> Reply:
        query = dict(sent(request).query)
        offset, limit = int(query.get("offset", 0)), min(100, int(query.get("limit", 100)))
        return Reply(200, [{"_id": one} for one in ids[offset : offset + limit]])

    for limit in (None, 1, 7, 250, 1000):
        found = [one.id async for one in meetings(Wire(answer)).iterate(limit=limit)]
        assert ids == found
    assert ids[30:] == [one.id async for one in meetings(Wire(answer)).iterate(offset=30)]


@pytest.mark.parametrize("name", ["meetings.get_meeting", "meetings.get_meeting.object"])
async def test_a_meeting_is_fetched(name: str) -> None:
    """In a list of one, or alone."""
    assert MEETING == await played(name, lambda wire: meetings(wire).get(BRIEFING))


async def test_no_meeting_is_none() -> None:
    """A list of nothing says that there is none."""
    with pytest.raises(NotFoundError, match="GET /meetings"):
        await meetings(Wire([Reply(200, [])])).get(MEETING)


async def test_a_meeting_is_changed() -> None:
    """By the meeting or its id."""
    changed = await played(
        "meetings.update_meeting",
        lambda wire: meetings(wire).update(
            MEETING,
            name="Crew briefing (moved)",
            start=datetime.fromtimestamp(1718110000, UTC),
            end=datetime.fromtimestamp(1718113600, UTC),
            attendees=[Attendee(id=90244)],
            record=True,
        ),
    )

    assert (True, "Crew briefing (moved)") == (changed.record, changed.name)


async def test_what_is_none_is_cleared_and_the_rest_left() -> None:
    """Only what was given goes out; what came from the service can go back."""
    wire = Wire([Reply(200, {"_id": BRIEFING}), Reply(200, {"_id": BRIEFING})])
    await meetings(wire).update(BRIEFING, notify_before=None, timezone=None, public=True)
    await meetings(wire).update(
        BRIEFING, attendees=MEETING.attendees, notify_before=MEETING.notify_before
    )
    attendees = sample("meetings.create_meeting")["body"]["attendees"]

    assert [
        {"notify_before": None, "timezone": None, "public": True},
        {"attendees": attendees, "notify_before": {"metric": "minutes", "value": 15}},
    ] == [one.json for one in wire.sent]


async def test_a_meeting_is_deleted() -> None:
    """By the meeting or its id."""
    await played("meetings.delete_meeting", lambda wire: meetings(wire).delete(BRIEFING))
    await played("meetings.delete_meeting", lambda wire: meetings(wire).delete(MEETING))


async def test_recordings_are_found() -> None:
    """With a signed URL that nothing prints."""
    [recording] = await played(
        "meetings.list_meeting_recordings", lambda wire: meetings(wire).find_recordings(MEETING)
    )

    told = sample("meetings.list_meeting_recordings")["body"][0]
    assert (
        Recording(
            id="6667010ca4b35e0017f0e101",
            meeting_id=BRIEFING,
            participants_ids=[90211, 90244],
            participants_count=2,
            duration=61.42,
            size=3.7,
            download_url=told["download_url"],
            created_at=datetime(2024, 6, 11, 10, 31, 40, tzinfo=UTC),
            updated_at=datetime(2024, 6, 11, 10, 31, 44, tzinfo=UTC),
        )
        == recording
    )
    assert "Signature" not in repr(recording)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.create(""),
        lambda m: m.create("Call", start=START.replace(tzinfo=None)),
        lambda m: m.create("Call", end="tomorrow"),
        lambda m: m.create("Call", attendees=[Attendee()]),
        lambda m: m.create("Call", attendees=[Attendee(id=0)]),
        lambda m: m.create("Call", attendees=[Attendee(email=" ")]),
        lambda m: m.create("Call", attendees=[90244]),
        lambda m: m.create("Call", attendees=90244),
        lambda m: m.create("Call", record=1),
        lambda m: m.create("Call", colour="red"),
        lambda m: m.create("Call", timezone=MeetingTimezone(name="Europe/Riga")),
        lambda m: m.create("Call", timezone=MeetingTimezone(offset=60)),
        lambda m: m.update(BRIEFING),
        lambda m: m.update(BRIEFING, name=None),
        lambda m: m.update(BRIEFING, start=None),
        lambda m: m.update("../users/7", name="Call"),
        lambda m: m.get("6666f0aaa4b35e0017f0e00"),
        lambda m: m.delete(BRIEFING + "/x"),
        lambda m: m.find_recordings(7),
    ],
)
async def test_what_cannot_be_is_not_sent(call: Callable[[Any], Any]) -> None:
    """It is refused here, with the reason."""
    wire = Wire([])
    with pytest.raises(InvalidInputError):
        await call(meetings(wire))

    assert [] == wire.sent


@pytest.mark.parametrize(
    ("metric", "values", "refused"),
    [
        ("minutes", (0, 55), (-1, 56)),
        ("hours", (1, 24), (0, 25)),
        ("days", (1, 30), (0, 31)),
        ("weeks", (1, 4), (0, 5)),
        ("months", (), (1, None, True)),
    ],
)
async def test_a_reminder_has_its_limits(
    metric: str, values: tuple[int, ...], refused: tuple[int, ...]
) -> None:
    """Those that the service documents, both ends included."""
    for value in values:
        wire = Wire([Reply(200, {"_id": BRIEFING})])
        reminder = NotifyBefore(metric=metric, value=value)
        await meetings(wire).update(BRIEFING, notify_before=reminder)
        assert {"notify_before": {"metric": metric, "value": value}} == wire.sent[0].json
    for value in refused:
        with pytest.raises(InvalidInputError, match="0 to 55 minutes"):
            await meetings(Wire([])).update(
                BRIEFING, notify_before=NotifyBefore(metric=metric, value=value)
            )


@pytest.mark.parametrize(
    "search",
    [
        {"limit": 0},
        {"offset": -1},
        {"start": START.replace(tzinfo=None)},
        {"start": where.in_([START])},
        {"scheduled": "yes"},
        {"scheduled": where.ne(True)},
        {"host_id": 7},
    ],
)
async def test_a_forbidden_search_is_not_sent(search: dict[str, Any]) -> None:
    """Neither for a page nor for all."""
    wire = Wire([])
    with pytest.raises(InvalidQueryError):
        await meetings(wire).find(**search)
    with pytest.raises(InvalidQueryError):
        meetings(wire).iterate(**search)

    assert [] == wire.sent


async def test_when_a_meeting_ends_is_its_hosts_affair() -> None:
    """The service documents no rule for it, so there is none here."""
    wire = Wire([Reply(201, {"_id": BRIEFING})])
    await meetings(wire).create("Call", start=START, end=START - timedelta(hours=1))

    assert 1718100000 - 3600 == wire.sent[0].json["end_date"]
