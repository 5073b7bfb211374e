"""Searching the whole chat: the rules, the inverted dates, and both forms of the answer."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest

from connectycube import InvalidInputError, InvalidQueryError
from connectycube.api.chat_search import search_query
from connectycube.models.dialog import Dialog
from connectycube.models.search_result import SearchResult
from connectycube.query import encode_query
from connectycube.testing import Reply

from .wire_stage import Wire, played

DIALOGS: Final = [f"{number:024x}" for number in range(11)]
START: Final = datetime(2024, 3, 10, 12, tzinfo=UTC)
END: Final = datetime(2024, 6, 10, 12, tzinfo=UTC)


def query(text: Any = "Sailing", **options: Any) -> str:
    chosen = {"dialog_ids": None, "since": None, "until": None, "limit": None, **options}
    return encode_query(search_query(text, **chosen))


@pytest.mark.anyio
async def test_a_recorded_search_is_read() -> None:
    """Dialogs, messages and users, each as anywhere else."""
    found = await played("chat.search_chat", lambda wire: wire.chat.search("Sailing", limit=20))

    assert ["Sailing trip"] == [dialog.name for dialog in found.dialogs]
    assert ["Sailing on Saturday?"] == [message.text for message in found.messages]
    assert [] == found.users


@pytest.mark.anyio
async def test_an_answer_without_its_wrapper_is_read() -> None:
    """As another SDK of the service expects it."""
    found = await played("chat.search_chat.flat", lambda wire: wire.chat.search("Sailing"))

    assert ["Sailing trip"] == [dialog.name for dialog in found.dialogs]
    assert ([], []) == (found.messages, found.users)


@pytest.mark.anyio
async def test_a_search_of_no_dialogs_is_not_sent() -> None:
    """It finds nothing."""
    wire = Wire([])

    assert SearchResult() == await wire.chat.search("Sailing", dialog_ids=[])
    assert [] == wire.sent


@pytest.mark.anyio
@pytest.mark.parametrize("body", [{"results": {}}, {"results": {"dialogs": None}}, {}])
async def test_nothing_found_is_an_answer(body: dict[str, Any]) -> None:
    """In any of its forms."""
    assert SearchResult() == await Wire([Reply(200, body)]).chat.search("Sailing")


@pytest.mark.parametrize(
    ("options", "pairs"),
    [
        ({}, ""),
        ({"limit": 100}, "&limit=100"),
        ({"dialog_ids": [DIALOGS[1]]}, f"&chat_dialog_ids={DIALOGS[1]}"),
        (
            {"dialog_ids": iter([Dialog(id=DIALOGS[1]), DIALOGS[2], DIALOGS[1]])},
            f"&chat_dialog_ids={DIALOGS[1]}%2C{DIALOGS[2]}",
        ),
        ({"since": START}, "&end_date=2024-03-10T12%3A00%3A00Z"),
        (
            {"since": START, "until": END},
            "&start_date=2024-06-10T12%3A00%3A00Z&end_date=2024-03-10T12%3A00%3A00Z",
        ),
    ],
)
def test_searches_are_spelled(options: dict[str, Any], pairs: str) -> None:
    """The service starts with the newest moment, and ends with the oldest."""
    assert f"search_text=Sailing{pairs}" == query(**options)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (END, END),
        (datetime(2023, 11, 30, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
        (datetime(2023, 12, 15, tzinfo=UTC), datetime(2024, 3, 15, tzinfo=UTC)),
        (START, END.astimezone(timezone(timedelta(hours=2)))),
    ],
)
def test_three_months_can_be_searched(since: datetime, until: datetime) -> None:
    """As the calendar has them."""
    assert "&start_date=" in query(since=since, until=until)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "Sail"},
        {"text": ""},
        {"text": None},
        {"dialog_ids": DIALOGS},
        {"limit": 0},
        {"limit": 101},
        {"until": END},
        {"since": "2024-03-10"},
        {"since": START, "until": END + timedelta(seconds=1)},
        {"since": END, "until": START},
        {"since": START.replace(tzinfo=None), "until": END},
        {"since": "2024-03-10", "until": "2024-06-10"},
        {"since": datetime(2023, 11, 30, tzinfo=UTC), "until": datetime(2024, 3, 1, tzinfo=UTC)},
    ],
)
def test_a_search_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    """Too short a text, too many dialogs, half a span or too long a one."""
    with pytest.raises(InvalidQueryError):
        query(**wrong)


def test_dialogs_have_ids() -> None:
    """What is no id cannot be searched."""
    with pytest.raises(InvalidInputError):
        query(dialog_ids=["x"])
