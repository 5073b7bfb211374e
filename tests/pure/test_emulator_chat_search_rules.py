"""What the emulator's chat search takes, and how attachments may be sent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectycube.emulator.refusals import RefusalError
from connectycube.emulator.rest.chat_search_rules import read_search
from connectycube.emulator.rest.message_attachments import read_attachments

TEXT = {"search_text": "Sailing"}
MAY = datetime(2024, 5, 1, tzinfo=UTC)
JUNE = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({}, "search_text"),
        ({"search_text": "Sail"}, "search_text"),
        ({**TEXT, "chat_dialog_ids": ",".join(["a"] * 11)}, "chat_dialog_ids"),
        ({**TEXT, "start_date": "2024-06-01T00:00:00Z"}, "end_date"),
        ({**TEXT, "start_date": "soon", "end_date": "2024-05-01"}, "start_date"),
        ({**TEXT, "start_date": "2024-05-01", "end_date": "2024-06-01"}, "end_date"),
        ({**TEXT, "start_date": "2024-06-01", "end_date": "2024-02-29"}, "end_date"),
        ({**TEXT, "limit": "0"}, "limit"),
        ({**TEXT, "limit": "101"}, "limit"),
        ({**TEXT, "limit": "many"}, "limit"),
    ],
)
def test_search_beyond_the_rules_is_refused(parameters: Any, name: str) -> None:
    """Five characters, ten dialogs, both dates, three months and a hundred results."""
    with pytest.raises(RefusalError) as caught:
        read_search(parameters)

    assert (422, [name]) == (
        caught.value.reply.status,
        list(caught.value.reply.payload["errors"]),
    )


def test_dates_are_inverted() -> None:
    """The start is the newest moment and the end the oldest; both still belong to the span."""
    search = read_search({**TEXT, "start_date": "2024-06-01", "end_date": "2024-05-01T00:00:00Z"})

    assert (JUNE, MAY) == (search.until, search.since)
    assert [True, True] == [search.covers(MAY), search.covers(JUNE)]
    assert [False, False] == [
        search.covers(MAY.replace(year=2023)),
        search.covers(JUNE.replace(day=2)),
    ]


def test_search_at_the_limits_is_taken() -> None:
    """What the rules just allow is allowed; ids may have spaces around their commas."""
    search = read_search(
        {
            "search_text": "Sails",
            "chat_dialog_ids": "a, b,c",
            "limit": "100",
            "end_date": "2024-05-01",
        }
    )

    assert (frozenset("abc"), 100, MAY, None) == (
        search.dialog_ids,
        search.limit,
        search.since,
        search.until,
    )


@pytest.mark.parametrize(
    ("sent", "kinds"),
    [
        (None, []),
        ("", []),
        ([], []),
        ({}, []),
        ([{"type": "image"}, {"type": "place"}], ["image", "place"]),
        ({"7": {"type": "image"}, "3": {"type": "place"}}, ["image", "place"]),
    ],
)
def test_attachments_are_read_from_both_forms(sent: Any, kinds: list[str]) -> None:
    """A list and a map with any keys are read alike, in the order they were sent."""
    assert kinds == [one["type"] for one in read_attachments(sent)]


@pytest.mark.parametrize("sent", ["image", 7, ["image"], {"0": "image"}, {"type": "image"}])
def test_attachment_that_is_no_object_is_refused(sent: Any) -> None:
    """A message with an attachment that has no members is not stored."""
    with pytest.raises(RefusalError) as caught:
        read_attachments(sent)

    assert {"errors": {"attachments": ["is invalid"]}} == caught.value.reply.payload
