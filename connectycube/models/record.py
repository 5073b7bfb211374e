"""Records of the application's own classes, which the service calls custom objects."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

import attrs

from connectycube.errors import InvalidInputError
from connectycube.models.user import UserLike, user_id
from connectycube.values import frozen

F = TypeVar("F")


@frozen(kw_only=True)
class Access:
    """
    Who may do one thing with a record.

    Make one by `Access.everyone()`, `Access.owner()`, `Access.users([…])`, `Access.groups([…])`.

    Attributes:
        access: `open`, `owner`, `open_for_users_ids`, `open_for_groups`, or what the service thinks
            of next.
        users_ids: who may, where it is for certain users.
        users_groups: which tags a user needs one of, where it is for groups.
        extra: members that this package does not name, or that came in another form.
    """

    access: str
    users_ids: list[int] = attrs.field(factory=list[int])
    users_groups: list[str] = attrs.field(factory=list[str])
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @classmethod
    def everyone(cls) -> "Access":
        """Let every user of the application."""
        return cls(access="open")

    @classmethod
    def owner(cls) -> "Access":
        """Let nobody but who made the record."""
        return cls(access="owner")

    @classmethod
    def users(cls, ids: Iterable[UserLike]) -> "Access":
        """Let these users, told by their ids or as such."""
        users_ids = [user_id(one, "a user's id") for one in _listed(ids)]
        return cls(access="open_for_users_ids", users_ids=users_ids)

    @classmethod
    def groups(cls, tags: Iterable[str]) -> "Access":
        """Let users who have one of these tags."""
        return cls(access="open_for_groups", users_groups=_listed(tags))


def _listed(values: Iterable[Any]) -> list[Any]:
    # One tag would pass for a list of its characters.
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidInputError("access is given to a list of users, or of tags")
    return list(values)


@frozen(kw_only=True)
class Permissions:
    """
    Who may read, update and delete a record; what is `None` is left to the service.

    Without any, everybody reads a record, and its owner updates and deletes it.

    https://developers.connectycube.com/server/custom_objects#record-with-permissions
    """

    read: Access | None = None
    update: Access | None = None
    delete: Access | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


@frozen(kw_only=True)
class Record(Generic[F]):
    """
    A record of one of the application's own classes.

    Attributes:
        user_id: who made it.
        parent_id: the record that it belongs to, and is deleted with.
        permissions: `None` where the service does not tell, as in searches.
        fields: its own members: a dict, or a value of the class that `data.of` was given.

    https://developers.connectycube.com/server/custom_objects
    """

    id: str = attrs.field(metadata={"wire": "_id"})
    user_id: int | None = None
    parent_id: str | None = attrs.field(
        default=None, metadata={"wire": "_parent_id", "blank_is_none": True}
    )
    created_at: datetime | None = None
    updated_at: datetime | None = None
    permissions: Permissions | None = None
    fields: F = attrs.field(factory=cast("Any", dict), metadata={"keeps_others": True})


@frozen(kw_only=True)
class Records:
    """
    An answer about several records.

    Attributes:
        not_found: ids of those that were to be updated, and are not there.
        total_found: how many were updated.
    """

    items: list[Record[dict[str, Any]]]
    not_found: list[str] = attrs.field(factory=list[str])
    total_found: int | None = attrs.field(default=None, metadata={"may_misfit": True})
    skip: int = attrs.field(default=0, metadata={"may_misfit": True})
    limit: int | None = attrs.field(default=None, metadata={"may_misfit": True})

    @staticmethod
    def told_as(data: dict[str, Any]) -> dict[str, Any]:
        """Take a single record that comes bare for one of one, and a list for its ids."""
        if "_id" in data:
            data = {"items": [data]}
        lost = data.get("not_found")
        return {**data, "not_found": lost.get("ids") if isinstance(lost, dict) else lost}


@frozen(kw_only=True)
class Batch(Generic[F]):
    """
    What became of many records that were sent in parts of a hundred.

    The parts before the first failure are done; after it none is tried.

    Attributes:
        items: the records that were made or updated.
        not_found: ids of those that were to be updated, and are not there.
        failed: the part that failed: where each stands in what was given, or the ids. Whether it
            had an effect is unknown, unless `error` is an `ApiError`.
        untried: what was not sent any more, told like `failed`.
        error: why; `None` where all went well.
    """

    items: list[Record[F]] = attrs.field(factory=list[Record[F]])
    not_found: list[str] = attrs.field(factory=list[str])
    failed: list[int] | list[str] = attrs.field(factory=list[int])
    untried: list[int] | list[str] = attrs.field(factory=list[int])
    error: Exception | None = None
