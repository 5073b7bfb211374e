"""A user of an application."""

from datetime import datetime
from typing import Any, TypeAlias

import attrs

from connectycube.errors import InvalidInputError
from connectycube.values import frozen


@frozen(kw_only=True)
class User:
    """
    A user, as much of it as the service chose to tell: a member it left out is `None`.

    Attributes:
        tags: at most five.
        custom_data: free text; many applications keep JSON in it.
        avatar: uid of the avatar's file.
        timezone: offset from UTC in minutes.
        last_request_at: `None` until the user's first request.
        extra: members that this package does not name, or that came in another form.

    https://developers.connectycube.com/server/users#user-model
    """

    id: int
    login: str | None = None
    email: str | None = None
    full_name: str | None = None
    phone: str | None = None
    website: str | None = None
    tags: list[str] = attrs.field(factory=list[str], metadata={"wire": "user_tags"})
    custom_data: str | None = None
    avatar: str | None = None
    external_id: str | None = None
    facebook_id: str | None = None
    twitter_id: str | None = None
    timezone: int | None = None
    is_guest: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_request_at: datetime | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)


UserLike: TypeAlias = int | User


def user_id(user: UserLike, name: str = "user_id") -> int:
    """
    Return the id of a user, or the id that was given.

    Raises:
        InvalidInputError: it is neither.
    """
    value: object = user.id if isinstance(user, User) else user
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise InvalidInputError(f"{name} must be a positive integer, or a User")
    return value
