"""The emulator answers the recorded calls of data, push and address book as the service did."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .emulator_line import Line
from .test_emulator_fixtures import shape

WIRE = Path(__file__).parent.parent / "wire"
FIELDS = {"boat": "String", "length": "Integer", "ports": "Array"}
KITTIWAKE = {"boat": "Kittiwake", "length": 9}
PETREL = {"boat": "Petrel", "length": 7}
FOR_SOME = {
    "read": {"access": "owner"},
    "update": {"access": "open_for_users_ids", "ids": ["90244", "90400"]},
    "delete": {"access": "open_for_groups", "groups": ["skippers"]},
}
Arrange = Callable[[Line], None]


def boats(**permissions: Any) -> Arrange:
    """Let the two recorded boats be there; the second with these permissions."""

    def arrange(line: Line) -> None:
        line.world.add_record("Voyage", KITTIWAKE, user_id=line.mara.id)
        line.world.add_record(
            "Voyage", PETREL, user_id=line.mara.id, permissions=permissions or None
        )

    return arrange


def boat_of_jonas(line: Line) -> None:
    line.world.add_record("Voyage", KITTIWAKE, user_id=line.jonas.id)


def devices(*channels: str) -> Arrange:
    """Let Jonas have a device of each of these channels, and Mara one for them all."""

    def arrange(line: Line) -> None:
        for user in (line.jonas, line.mara):
            for channel in channels:
                for environment in ("development", "production"):
                    line.world.add_subscription(
                        user.id,
                        channel=channel,
                        token=f"{user.login}-{environment}",
                        udid="one",
                        environment=environment,
                    )

    return arrange


def contacts(book: dict[str, str], udid: str | None = None) -> Arrange:
    def arrange(line: Line) -> None:
        line.world.add_contacts(line.mara.id, book, udid=udid)

    return arrange


MARA = {"37120000001": "Mara"}
# Not here: `single_bare` and `create_subscription.object`, which only one SDK expects so.
REPLAYED: list[tuple[str, Arrange]] = [
    ("address_book.get_address_book", contacts(MARA | {"37120000002": "Jonas"}, "phone-1")),
    ("address_book.list_registered_contacts", contacts(MARA)),
    ("address_book.list_registered_contacts.full", contacts(MARA)),
    ("address_book.upload_address_book", contacts({"37120000005": "Ilze"}, "phone-1")),
    ("address_book.upload_address_book.clean", contacts({})),
    ("custom_objects.aggregate_records", boats()),
    ("custom_objects.count_records", boats()),
    ("custom_objects.create_record.error.class", boats()),
    ("custom_objects.create_record", boats()),
    ("custom_objects.create_record.permissions", boats()),
    ("custom_objects.create_records", boats()),
    ("custom_objects.delete_record", boats()),
    ("custom_objects.delete_records", boats(**FOR_SOME)),
    ("custom_objects.delete_records_by_criteria", boats()),
    ("custom_objects.get_record_permissions", boats(**FOR_SOME)),
    ("custom_objects.get_records", boats()),
    ("custom_objects.list_records", boats()),
    ("custom_objects.update_record.error.forbidden", boat_of_jonas),
    ("custom_objects.update_record", boats()),
    ("custom_objects.update_records", boats()),
    ("custom_objects.update_records_by_criteria", boats()),
    ("push.create_event.error.no_subscribers", devices("gcm")),
    ("push.create_event", devices("apns", "gcm")),
    ("push.create_event.tags", devices("gcm")),
    ("push.create_subscription", devices()),
    ("push.create_subscription.web", devices()),
    ("push.delete_subscription", devices("gcm")),
    ("push.list_subscriptions", devices("gcm")),
]


@pytest.mark.parametrize("suffix", ["", ".json"])
@pytest.mark.parametrize(("name", "arrange"), REPLAYED, ids=[row[0] for row in REPLAYED])
def test_recorded_request_gets_the_recorded_answer(
    name: str, arrange: Arrange, suffix: str
) -> None:
    """Status, errors and the shape of bodies are as recorded, with and without the suffix."""
    line = Line()
    line.world.add_class("Voyage", fields=FIELDS)
    arrange(line)
    recorded = json.loads(with_our_ids(line, (WIRE / f"{name}.json").read_text()))
    request = recorded["request"]

    status, body = line.send(
        request["method"],
        request["path"] + suffix,
        request.get("json"),
        query=request.get("query", ""),
    )

    assert recorded["status"] == status
    if status >= 400:
        assert recorded["body"] == body
    else:
        assert shape(recorded["body"]) == shape(body)


def with_our_ids(line: Line, text: str) -> str:
    """Put the ids of what was arranged in the places of the recorded ones."""
    records = line.world.custom_objects.records("Voyage")
    for recorded, record in zip(
        ("6666e001a4b35e0017f0d001", "6666e002a4b35e0017f0d002"), records, strict=False
    ):
        text = text.replace(recorded, record.id)
    for subscription in line.world.push.subscriptions_of(line.mara.id)[:1]:
        text = text.replace("7301", str(subscription.id))
    return text.replace("90244", str(line.jonas.id))
