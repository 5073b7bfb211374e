"""Deleting things by their ids, as many at once as the service takes."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from connectycube._caller import Caller
from connectycube.endpoint import Endpoint
from connectycube.errors import ConnectyCubeError, ForbiddenError, NotFoundError
from connectycube.models.deleted import Deleted

MAX_BATCH: Final = 100


async def delete_all(
    caller: Caller,
    endpoint: Endpoint[Deleted],
    name: str,
    ids: Sequence[str],
    *,
    query: Mapping[str, Any] | None = None,
    **path: str,
) -> Deleted:
    """
    Delete things by their ids, and return what became of each.

    Args:
        name: of the ids in the endpoint's path.
        path: what else its path names.

    Raises:
        NotFoundError: the only one is not there. Of several, this is told of each instead.
        ForbiddenError: the only one is somebody else's to delete.
    """
    distinct = list(dict.fromkeys(ids))
    told = Deleted()
    for at, batch in batches(distinct):
        try:
            answer = await caller.call(endpoint, path={**path, name: batch}, query=query)
        except ConnectyCubeError as error:
            if at:
                error.add_note(f"the first {at} of {len(distinct)} ids were dealt with before that")
            raise
        told = _joined(told, answer if _says_anything(answer) else Deleted(deleted=batch))
    if len(distinct) == 1:
        _check(endpoint, told)
    return told


def batches(ids: list[str]) -> list[tuple[int, list[str]]]:
    """Cut ids into batches, each with where it begins; of several ids, none stands alone."""
    count = -(-len(ids) // MAX_BATCH)
    # An answer about one id is another than one about several, so all are of nearly one size.
    bounds = [len(ids) * number // count for number in range(count + 1)] if count else []
    return [(start, ids[start:end]) for start, end in pairwise(bounds)]


def _joined(one: Deleted, other: Deleted) -> Deleted:
    return Deleted(
        deleted=one.deleted + other.deleted,
        not_found=one.not_found + other.not_found,
        not_permitted=one.not_permitted + other.not_permitted,
    )


def _says_anything(told: Deleted) -> bool:
    return bool(told.deleted or told.not_found or told.not_permitted)


def _check(endpoint: Endpoint[Any], told: Deleted) -> None:
    if told.not_found:
        raise NotFoundError(label=endpoint.label, messages=["The resource wasn't found"])
    if told.not_permitted:
        raise ForbiddenError(
            label=endpoint.label,
            messages=["You don't have appropriate permissions to perform this operation"],
        )
