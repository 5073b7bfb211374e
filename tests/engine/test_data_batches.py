"""Many records at once: numbered, in parts of a hundred, with what became of each."""

from typing import Any, Final

import pytest

from connectycube import InvalidInputError, NotFoundError, TransportError, ValidationError
from connectycube.api.data import Data
from connectycube.models.record import Batch
from connectycube.testing import Reply

from .wire_stage import Wire, played

pytestmark = pytest.mark.anyio

FIRST: Final = "6666e001a4b35e0017f0d001"
THIRD: Final = "6666e003a4b35e0017f0d003"
MANY: Final = [f"{number:024x}" for number in range(250)]


def data(wire: Wire) -> Data[dict[str, Any]]:
    return Data(wire.cube._caller)


def answer(ids: list[str], **others: Any) -> Reply:
    return Reply(200, {"class_name": "Voyage", "items": [{"_id": one} for one in ids], **others})


def ids_of(batch: Batch[Any]) -> list[str]:
    return [one.id for one in batch.items]


async def test_records_are_created() -> None:
    """Numbered from nought."""
    batch = await played(
        "custom_objects.create_records",
        lambda w: data(w).create_many(
            "Voyage", [{"boat": "Kittiwake", "length": 9}, {"boat": "Petrel", "length": 7}]
        ),
    )

    assert ["Kittiwake", "Petrel"] == [one.fields["boat"] for one in batch.items]
    assert ([], [], [], None) == (batch.not_found, batch.failed, batch.untried, batch.error)


async def test_records_are_updated() -> None:
    """Numbered from one; those that are not there are told."""
    batch = await played(
        "custom_objects.update_records",
        lambda w: data(w).update_many("Voyage", {FIRST: {"length": 11}, THIRD: {"length": 12}}),
    )

    assert ([FIRST], [THIRD], None) == (ids_of(batch), batch.not_found, batch.error)


async def test_many_go_in_parts() -> None:
    """A hundred with each request, numbered anew in each."""
    wire = Wire([answer(MANY[:100]), answer(MANY[100:200]), answer(MANY[200:])])

    batch = await data(wire).create_many("Voyage", ({"number": one} for one in range(250)))

    assert MANY == ids_of(batch)
    parts = [one.json["record"] for one in wire.sent]
    assert [100, 100, 50] == [len(part) for part in parts]
    assert all([*part] == [str(number) for number in range(len(part))] for part in parts)
    assert [*range(250)] == [one["number"] for part in parts for one in part.values()]


@pytest.mark.parametrize("error", [TransportError("cut"), Reply(422, {"errors": ["no"]})])
async def test_a_later_part_that_fails_is_told(error: Any) -> None:
    """With what was done, what perhaps, and what was not tried."""
    wire = Wire([answer(MANY[:100]), error])

    batch = await data(wire).create_many("Voyage", [{}] * 250)

    assert MANY[:100] == ids_of(batch)
    assert ([*range(100, 200)], [*range(200, 250)]) == (batch.failed, batch.untried)
    assert isinstance(batch.error, TransportError | ValidationError)
    assert 2 == len(wire.sent)


async def test_updates_are_told_by_id() -> None:
    """Those that were not there, in any part; and those of the part that failed."""
    lost = {"ids": MANY[100:101]}
    wire = Wire([answer(MANY[:100]), answer(MANY[101:200], not_found=lost), TransportError("cut")])

    batch = await data(wire).update_many("Voyage", {one: {"length": 1} for one in MANY})

    assert MANY[:100] + MANY[101:200] == ids_of(batch)
    assert (MANY[100:101], MANY[200:], []) == (batch.not_found, batch.failed, batch.untried)
    assert MANY == [one["id"] for sent in wire.sent for one in sent.json["record"].values()]


async def test_a_first_part_that_fails_raises() -> None:
    """As any call does: there is nothing else to tell."""
    wire = Wire([Reply(404, {"errors": ["no"]})])

    with pytest.raises(NotFoundError):
        await data(wire).update_many("Voyage", {one: {"length": 1} for one in MANY})


async def test_nothing_is_sent_where_one_cannot_be() -> None:
    """Not even the part before it."""
    wire = Wire([])
    values: list[Any] = [{}] * 249

    with pytest.raises(InvalidInputError):
        await data(wire).create_many("Voyage", [*values, {"_id": FIRST}])

    assert [] == wire.sent


async def test_nothing_is_done_with_nothing() -> None:
    wire = Wire([])

    assert Batch[dict[str, Any]]() == await data(wire).create_many("Voyage", [])
    assert Batch[dict[str, Any]]() == await data(wire).update_many("Voyage", {})
    assert [] == wire.sent


async def test_many_are_got_in_parts() -> None:
    """A hundred ids in each path."""
    wire = Wire([answer(MANY[:100]), answer(MANY[100:200]), answer(MANY[200:])])

    found = await data(wire).get_many("Voyage", MANY)

    assert MANY == [one.id for one in found]
    assert [100, 100, 50] == [one.path.count(",") + 1 for one in wire.sent]


async def test_what_cannot_be_sent_is_refused_before_anything_is() -> None:
    """Even where it would have gone with a later part."""
    wire = Wire([answer(MANY[:100])])

    with pytest.raises(InvalidInputError, match="no JSON"):
        await data(wire).create_many(
            "Voyage", [{"n": n if n < 150 else object()} for n in range(200)]
        )

    assert [] == wire.sent
