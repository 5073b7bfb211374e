"""Records: each call as the contract's examples have it, and what is never sent."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import attrs
import pytest

from connectycube import (
    DecodeError,
    ForbiddenError,
    InvalidInputError,
    InvalidQueryError,
    NotFoundError,
    Page,
    TransportError,
    change,
    where,
)
from connectycube.api.data import Data
from connectycube.models.deleted import Deleted
from connectycube.models.record import Access, Permissions, Record
from connectycube.retry import Attempt, repeatable
from connectycube.testing import Reply

from .wire_stage import Sent, Wire, played, reply, sample

pytestmark = pytest.mark.anyio

FIRST: Final = "6666e001a4b35e0017f0d001"
SECOND: Final = "6666e002a4b35e0017f0d002"
THIRD: Final = "6666e003a4b35e0017f0d003"
MADE: Final = datetime(2024, 6, 10, 10, 6, 40, tzinfo=UTC)
USUAL: Final = Permissions(read=Access.everyone(), update=Access.owner(), delete=Access.owner())
SHARED: Final = Permissions(
    read=Access.owner(), update=Access.users([90244, 90400]), delete=Access.groups(["skippers"])
)
Members = dict[str, Any]


@attrs.frozen
class Voyage:
    boat: str
    length: int
    ports: list[str] = attrs.field(factory=list[str])


class Once:
    """Repeats once, at once, what may be repeated."""

    def delay(self, attempt: Attempt, /) -> float | None:
        return 0.0 if attempt.number == 1 and repeatable(attempt) else None


def data(wire: Wire) -> Data[Members]:
    return Data(wire.cube._caller)


def record(record_id: str, boat: str, length: int, **others: Any) -> Record[Members]:
    """Return one of the contract's records."""
    told: Members = {
        "user_id": 90211,
        "created_at": MADE,
        "updated_at": MADE,
        "fields": {"boat": boat, "length": length, "ports": None},
    }
    return Record(id=record_id, **(told | others))


KITTIWAKE: Final = record(FIRST, "Kittiwake", 9)
PETREL: Final = record(SECOND, "Petrel", 7)


async def test_a_record_is_created() -> None:
    """With the values that its class makes of what was sent."""
    created = await played(
        "custom_objects.create_record",
        lambda w: data(w).create("Voyage", {"boat": "Kittiwake", "length": "9"}),
    )

    assert attrs.evolve(KITTIWAKE, permissions=USUAL) == created


async def test_a_record_is_created_with_permissions() -> None:
    """They come back under other names, and are the same value."""
    created = await played(
        "custom_objects.create_record.permissions",
        lambda w: data(w).create("Voyage", {"boat": "Petrel", "length": 7}, permissions=SHARED),
    )

    assert attrs.evolve(PETREL, permissions=SHARED) == created


async def test_a_value_of_ones_own_goes_in_and_comes_out() -> None:
    """Of any attrs class; by `of` it comes out as one, with the record around it."""
    wire = Wire([reply("custom_objects.create_record")] * 2)
    voyage = Voyage("Kittiwake", 9)

    plain = await data(wire).create("Voyage", voyage)
    own: Record[Voyage] = await data(wire).of(Voyage).create("Voyage", voyage, parent=PETREL)

    assert {"boat": "Kittiwake", "length": 9, "ports": None} == plain.fields
    assert (FIRST, voyage) == (own.id, own.fields)
    body = {"boat": "Kittiwake", "length": 9, "ports": []}
    assert [body, {**body, "_parent_id": SECOND}] == [one.json for one in wire.sent]


async def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ForbiddenError, match="Undefined class"):
        await played(
            "custom_objects.create_record.error.class",
            lambda w: data(w).create("Nothing", {"a": 1}),
        )


async def test_records_are_found() -> None:
    """A parent that is an empty text is none."""
    page = await played(
        "custom_objects.list_records",
        lambda w: data(w).find("Voyage", {"length": where.gt(5)}, sort="-_id"),
    )

    assert Page(items=[KITTIWAKE, PETREL], skip=0, limit=100) == page


async def test_found_records_may_be_of_ones_own() -> None:
    """What does not fit the class is an error that says where."""
    wire = Wire([reply("custom_objects.list_records")] * 2)

    page = await data(wire).of(Voyage).find("Voyage")

    assert [Voyage("Kittiwake", 9), Voyage("Petrel", 7)] == [one.fields for one in page.items]
    other = attrs.make_class("Other", {"sail": attrs.field(type=str)})
    with pytest.raises(DecodeError, match=r"missing @ record\.sail"):
        await data(wire).of(other).find("Voyage")


async def test_a_record_that_does_not_fit_is_there_all_the_same() -> None:
    """The error tells its id, so that nobody makes it a second time."""
    other = attrs.make_class("Other", {"sail": attrs.field(type=str)})
    wire = Wire([Reply(201, {"_id": FIRST}), Reply(200, {"_id": SECOND})])

    with pytest.raises(DecodeError) as made:
        await data(wire).of(other).create("Voyage", {"boat": "Petrel"})
    with pytest.raises(DecodeError) as changed:
        await data(wire).of(other).update("Voyage", SECOND, {"boat": "Petrel"})

    assert [f"the record {FIRST} was made all the same"] == made.value.__notes__
    assert [f"the record {SECOND} was changed all the same"] == changed.value.__notes__


async def test_a_place_keeps_its_order() -> None:
    """Longitude before latitude, however they compare."""
    wire = Wire([reply("custom_objects.list_records"), reply("custom_objects.create_record")])

    await data(wire).find("Harbour", {"at": where.near(50.004444, -36.23438, 1000)})
    await data(wire).create("Harbour", {"at": [50.004444, -36.23438]})

    assert [
        Sent("GET", "/data/Harbour", [("at[near]", "50.004444,-36.23438;1000")]),
        Sent("POST", "/data/Harbour", json={"at": [50.004444, -36.23438]}),
    ] == wire.sent


async def test_all_records_are_iterated_over() -> None:
    """By id, a page at a time, each once."""
    pages = [[FIRST, SECOND], [SECOND, THIRD], [THIRD]]
    answers = [
        Reply(200, {"skip": 0, "limit": 2, "items": [{"_id": one} for one in page]})
        for page in pages
    ]
    wire = Wire(answers)

    found = [one.id async for one in data(wire).iterate("Voyage", {"length": 7}, limit=2)]

    assert [FIRST, SECOND, THIRD] == found
    queries = [dict(one.query) for one in wire.sent]
    assert [None, "1", "2"] == [query.pop("skip", None) for query in queries]
    assert [{"length": "7", "limit": "2", "sort_asc": "_id"}] * 3 == queries


async def test_records_are_counted() -> None:
    assert 2 == await played("custom_objects.count_records", lambda w: data(w).count("Voyage"))


async def test_records_are_calculated_over() -> None:
    """The answer is handed on as it is, since nothing documents it."""
    found = await played(
        "custom_objects.aggregate_records",
        lambda w: data(w).aggregate("Voyage", calculate="avg", field="length", group_by="boat"),
    )

    assert sample("custom_objects.aggregate_records")["body"]["items"] == found


async def test_several_records_are_got() -> None:
    found = await played(
        "custom_objects.get_records",
        lambda w: data(w).get_many("Voyage", [FIRST, PETREL, FIRST]),
    )

    assert [attrs.evolve(one, permissions=USUAL) for one in (KITTIWAKE, PETREL)] == found


@pytest.mark.parametrize("bare", [False, True])
async def test_one_record_is_got(*, bare: bool) -> None:
    """Whether it comes in a list or bare; what is not there is an error."""
    body = sample("custom_objects.get_records.single_bare")["body"]
    wire = Wire([Reply(200, body if bare else {"items": [body]}), Reply(200, {"items": []})])

    found = await data(wire).get("Voyage", FIRST)

    assert attrs.evolve(KITTIWAKE, permissions=USUAL) == found
    assert [Sent("GET", f"/data/Voyage/{FIRST}")] == wire.sent
    with pytest.raises(NotFoundError):
        await data(wire).get("Voyage", SECOND)


async def test_permissions_are_got() -> None:
    assert SHARED == await played(
        "custom_objects.get_record_permissions",
        lambda w: data(w).get_permissions("Voyage", SECOND),
    )


async def test_a_record_is_changed() -> None:
    """By values and changes; what comes back is the record as it is then."""
    changes = {"length": change.inc(1), "ports": change.push(["Riga", "Visby"])}
    found = await played(
        "custom_objects.update_record", lambda w: data(w).update("Voyage", KITTIWAKE, changes)
    )

    assert {"boat": "Kittiwake", "length": 10, "ports": ["Riga", "Visby"]} == found.fields


async def test_a_change_may_be_forbidden() -> None:
    with pytest.raises(ForbiddenError, match="appropriate permissions"):
        await played(
            "custom_objects.update_record.error.forbidden",
            lambda w: data(w).update("Voyage", FIRST, {"boat": "x"}),
        )


async def test_records_that_fit_are_changed() -> None:
    """A page of them, and how many there are."""
    page = await played(
        "custom_objects.update_records_by_criteria",
        lambda w: data(w).update_where("Voyage", {"length": where.lt(8)}, {"boat": "Storm petrel"}),
    )

    assert (1, 0, 100, ["Storm petrel"]) == (
        page.total_entries,
        page.skip,
        page.limit,
        [one.fields["boat"] for one in page.items],
    )


@pytest.mark.parametrize(
    ("changes", "attempts"),
    [({"length": 1}, 2), ({"length": change.inc(1)}, 1), ({"ports": change.pop()}, 1)],
)
@pytest.mark.parametrize("way", ["update", "update_many", "update_where"])
async def test_what_would_add_up_is_not_repeated(changes: Any, attempts: int, way: str) -> None:
    """Where it is unknown what became of the first attempt."""
    wire = Wire([TransportError("cut"), TransportError("cut")], retry=Once())
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "update": lambda: data(wire).update("Voyage", FIRST, changes),
        "update_many": lambda: data(wire).update_many("Voyage", {FIRST: changes}),
        "update_where": lambda: data(wire).update_where("Voyage", {"length": 7}, changes),
    }

    with pytest.raises(TransportError):
        await calls[way]()

    assert attempts == len(wire.sent)


async def test_records_are_deleted() -> None:
    """Several at once, with what became of each."""
    found = await played(
        "custom_objects.delete_records",
        lambda w: data(w).delete("Voyage", FIRST, PETREL, THIRD),
    )

    assert Deleted(deleted=[FIRST], not_found=[THIRD], not_permitted=[SECOND]) == found


async def test_one_record_is_deleted() -> None:
    """The service says nothing then, or the same as of several."""
    found = await played(
        "custom_objects.delete_record", lambda w: data(w).delete("Voyage", KITTIWAKE)
    )

    assert Deleted(deleted=[FIRST]) == found
    wire = Wire([Reply(200, {"SuccessfullyDeleted": {"ids": [FIRST]}})])
    assert found == await data(wire).delete("Voyage", FIRST)


async def test_records_that_fit_are_deleted() -> None:
    assert 3 == await played(
        "custom_objects.delete_records_by_criteria",
        lambda w: data(w).delete_where("Voyage", {"length": where.gte(7)}),
    )


async def test_one_of_none_asks_nobody() -> None:
    """An empty list is an answer, not a mistake."""
    wire = Wire([])
    none: Members = {"boat": where.in_([])}

    assert Page[Any](items=[], skip=3, limit=7) == await data(wire).find(
        "Voyage", none, skip=3, limit=7
    )
    assert [] == [one async for one in data(wire).iterate("Voyage", none)]
    assert [0, []] == [
        await data(wire).count("Voyage", none),
        await data(wire).aggregate(
            "Voyage", none, calculate="sum", field="length", group_by="boat"
        ),
    ]
    assert 0 == (await data(wire).update_where("Voyage", none, {"boat": "x"})).total_entries
    assert 0 == await data(wire).delete_where("Voyage", none)
    assert [] == await data(wire).get_many("Voyage", [])
    assert [] == wire.sent


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.create("", {}),
        lambda d: d.create("a/b", {}),
        lambda d: d.create("Voyage", None),
        lambda d: d.get("Voyage", "multi"),
        lambda d: d.get("Voyage", ""),
        lambda d: d.get_many("Voyage", FIRST),
        lambda d: d.get_permissions("Voyage", f"{FIRST},{SECOND}"),
        lambda d: d.update("Voyage", FIRST),
        lambda d: d.update("Voyage", "by_criteria", {"boat": "x"}),
        lambda d: d.update_many("Voyage", {FIRST: {}}),
        lambda d: d.delete("Voyage", FIRST, "by_criteria"),
    ],
)
async def test_what_cannot_be_is_not_sent(call: Any) -> None:
    """Least of all with a path that would name something else."""
    wire = Wire([])

    with pytest.raises(InvalidInputError):
        await call(data(wire))

    assert [] == wire.sent


@pytest.mark.parametrize(
    "call",
    [
        lambda d: d.find("Voyage", limit=101),
        lambda d: d.delete_where("Voyage", {}),
        lambda d: d.delete_where("Voyage", {"boat": where.not_in([])}),
        lambda d: d.delete_where("Voyage", {"at": where.near(1, 2, 3)}),
        lambda d: d.update_where("Voyage", {}, {"boat": "x"}),
    ],
)
async def test_a_forbidden_search_is_not_sent(call: Any) -> None:
    """Nor one that every record would fit, where they would be changed or deleted."""
    wire = Wire([])

    with pytest.raises(InvalidQueryError):
        await call(data(wire))

    assert [] == wire.sent


async def test_the_last_record_is_no_page_to_go_on_from() -> None:
    with pytest.raises(InvalidQueryError):
        data(Wire([])).iterate("Voyage", limit=-1)


async def test_a_class_of_ones_own_is_an_attrs_class() -> None:
    with pytest.raises(InvalidInputError, match="attrs class"):
        data(Wire([])).of(int)
