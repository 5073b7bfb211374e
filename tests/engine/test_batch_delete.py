"""Many things are deleted by as few requests as the service takes, and each is accounted for."""

from typing import Any, Final

import pytest

from connectycube import ServerError
from connectycube._batch_delete import batches, delete_all
from connectycube.endpoint import Endpoint, Needs
from connectycube.http import Request
from connectycube.models.deleted import Deleted
from connectycube.testing import Reply

from .wire_stage import Sent, Wire

pytestmark = pytest.mark.anyio

DELETE: Final = Endpoint("DELETE", "/shelves/{shelf}/things/{ids}", Deleted, needs=Needs.USER)


def ids_of(count: int) -> list[str]:
    return [f"{number:024x}" for number in range(count)]


def odd_ones_stay(request: Request) -> Reply:
    """Delete what has an even id, in the words of the contract."""
    ids = request.url.rpartition("/")[2].partition("?")[0].split(",")
    kept = [one for one in ids if int(one, 16) % 2]
    gone = [one for one in ids if one not in kept]
    return Reply(200, {"SuccessfullyDeleted": {"ids": gone}, "WrongPermissions": {"ids": kept}})


async def deleted(wire: Wire, ids: list[str], **query: Any) -> Deleted:
    caller = wire.cube._caller
    return await delete_all(caller, DELETE, "ids", ids, query=query or None, shelf="a")


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (100, [100]), (101, [50, 51]), (200, [100, 100]), (250, [83, 83, 84])],
)
async def test_none_of_several_stands_alone(count: int, sizes: list[int]) -> None:
    """An answer about a single one is another than one about several."""
    ids = ids_of(count)
    cut = batches(ids)

    assert sizes == [len(batch) for _, batch in cut]
    assert ids == [one for _, batch in cut for one in batch]
    assert all(ids[at] == batch[0] for at, batch in cut)


async def test_each_is_told_of_in_one_result() -> None:
    """Of all requests together, whatever else they say; one that comes twice is sent once."""
    ids = ids_of(250)
    wire = Wire(odd_ones_stay)

    told = await deleted(wire, [*ids, *ids[:7]], force=True)

    assert Deleted(deleted=ids[::2], not_permitted=ids[1::2]) == told
    assert [
        Sent("DELETE", f"/shelves/a/things/{','.join(batch)}", [("force", "1")])
        for batch in (ids[:83], ids[83:166], ids[166:])
    ] == wire.sent


@pytest.mark.parametrize("body", [None, {}, b" ", b"done", {"NotFound": {"ids": []}}])
async def test_an_answer_that_tells_nothing_is_a_yes(body: Any) -> None:
    """As the service gives it of a single one, and may of several."""
    ids = ids_of(3)

    assert Deleted(deleted=ids) == await deleted(Wire([Reply(200, body)]), ids)


async def test_nothing_takes_no_request() -> None:
    """And is no error."""
    assert Deleted() == await deleted(Wire([]), [])


async def test_a_failure_on_the_way_tells_how_far_it_came() -> None:
    """What was deleted before stays deleted."""
    ids = ids_of(250)
    yes = Reply(200, {"SuccessfullyDeleted": {"ids": []}})
    with pytest.raises(ServerError) as caught:
        await deleted(Wire([yes, yes, Reply(503)]), ids)
    with pytest.raises(ServerError) as first:
        await deleted(Wire([Reply(503)]), ids)

    notes = ["the first 166 of 250 ids were dealt with before that"]
    assert notes == caught.value.__notes__
    assert [] == getattr(first.value, "__notes__", [])
