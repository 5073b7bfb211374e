"""
The deprecated look-ups of users, for applications that have not switched them off.

https://developers.connectycube.com/server/users#retrieve-users-v1
"""

import warnings
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

import attrs

from connectycube._caller import Caller
from connectycube.endpoint import Endpoint, Needs, checked_id
from connectycube.errors import InvalidQueryError
from connectycube.models.page import Page
from connectycube.models.user import User
from connectycube.query import numbered_page

FIND: Final = Endpoint(
    "GET", "/users", Page[User], item="user", needs=Needs.USER, bracket_lists=True
)
FIND_BY_FULL_NAME: Final = Endpoint(
    "GET", "/users/by_full_name", Page[User], item="user", needs=Needs.USER
)
FIND_BY_TAGS: Final = Endpoint("GET", "/users/by_tags", Page[User], item="user", needs=Needs.USER)
GET: Final = Endpoint("GET", "/users/{user_id}", User, envelope="user", needs=Needs.USER)
GET_BY_LOGIN: Final = attrs.evolve(GET, path="/users/by_login")
GET_BY_EMAIL: Final = attrs.evolve(GET, path="/users/by_email")
GET_BY_PHONE: Final = attrs.evolve(GET, path="/users/phone")
GET_BY_FACEBOOK_ID: Final = attrs.evolve(GET, path="/users/by_facebook_id")
GET_BY_TWITTER_ID: Final = attrs.evolve(GET, path="/users/by_twitter_id")
GET_BY_EXTERNAL_ID: Final = attrs.evolve(GET, path="/users/external/{external_user_id}")

_OPERATORS: Final = frozenset({"gt", "lt", "ge", "le", "eq", "ne", "between", "in"})
_DATES: Final = frozenset({"created_at", "updated_at", "last_request_at"})
_NUMBERS: Final = frozenset({"id", "timezone", "blob_id", "external_user_id"})

Value: TypeAlias = str | int | date
Condition: TypeAlias = tuple[str, str, Value | Sequence[Value]]
"""A field, an operator (gt lt ge le eq ne between in), and a value or several."""


@attrs.frozen(eq=False, repr=False)
class UsersV1:
    """
    What version 1 offers; `users.find` and the getters of `users` are its successors.

    Every method warns of its deprecation, and raises `ForbiddenError` where the application has
    switched version 1 off, as it is by default.
    """

    _caller: Caller

    async def find(
        self,
        filters: Sequence[Condition] = (),
        *,
        page: int = 1,
        per_page: int = 10,
        order: str | None = None,
    ) -> Page[User]:
        """
        Return a numbered page of the users that fit: `find([("id", "in", [1, 2])])`.

        Args:
            filters: conditions on any field but `custom_data`.
            page: counts from 1.
            per_page: 1 to 100.
            order: a field, with a minus sign for descending.

        Raises:
            InvalidQueryError: a condition, page or order that cannot be spelled.
        """
        _warn("find", "users.find")
        query: dict[str, Any] = {
            "filter": [_spelled(one) for one in filters],
            **numbered_page(page, per_page),
        }
        if order is not None:
            field = str(order).removeprefix("-")
            if not field.isidentifier():
                raise InvalidQueryError("order is the name of a field")
            query["order"] = f"{'desc' if order.startswith('-') else 'asc'} {_type(field)} {field}"
        return await self._caller.call(FIND, query=query)

    async def find_by_full_name(
        self, full_name: str, *, page: int = 1, per_page: int = 10
    ) -> Page[User]:
        """Return a numbered page of the users with this name."""
        _warn("find_by_full_name", "users.find(full_name=...)")
        query = {"full_name": full_name, **numbered_page(page, per_page)}
        return await self._caller.call(FIND_BY_FULL_NAME, query=query)

    async def find_by_tags(
        self, tags: Sequence[str], *, page: int = 1, per_page: int = 10
    ) -> Page[User]:
        """Return a numbered page of the users with any of these tags."""
        _warn("find_by_tags", "users.find(tags=where.in_(...))")
        query = {"tags": _spelled_list(tags), **numbered_page(page, per_page)}
        return await self._caller.call(FIND_BY_TAGS, query=query)

    async def get(self, user_id: int) -> User:
        """Return the user with this id."""
        _warn("get", "users.get")
        return await self._caller.call(GET, path={"user_id": checked_id(user_id, "user_id")})

    async def get_by_login(self, login: str) -> User:
        """Return the user with this login."""
        _warn("get_by_login", "users.get_by_login")
        return await self._caller.call(GET_BY_LOGIN, query={"login": login})

    async def get_by_email(self, email: str) -> User:
        """Return the user with this e-mail address."""
        _warn("get_by_email", "users.get_by_email")
        return await self._caller.call(GET_BY_EMAIL, query={"email": email})

    async def get_by_phone(self, phone: str) -> User:
        """Return the user with this telephone number."""
        _warn("get_by_phone", "users.get_by_phone")
        return await self._caller.call(GET_BY_PHONE, query={"phone": phone})

    async def get_by_facebook_id(self, facebook_id: str) -> User:
        """Return the user with this Facebook id."""
        _warn("get_by_facebook_id", "users.get_by_facebook_id")
        return await self._caller.call(GET_BY_FACEBOOK_ID, query={"facebook_id": facebook_id})

    async def get_by_twitter_id(self, twitter_id: str) -> User:
        """Return the user with this Twitter id."""
        _warn("get_by_twitter_id", "users.get_by_twitter_id")
        return await self._caller.call(GET_BY_TWITTER_ID, query={"twitter_id": twitter_id})

    async def get_by_external_id(self, external_user_id: str | int) -> User:
        """Return the user with this id in the application's own system."""
        _warn("get_by_external_id", "users.get_by_external_id")
        path = {"external_user_id": external_user_id}
        GET_BY_EXTERNAL_ID.fill(path)
        return await self._caller.call(GET_BY_EXTERNAL_ID, path=path)


def _warn(name: str, successor: str) -> None:
    # Two frames up: inside a coroutine the next frame is the one that awaits it.
    warnings.warn(
        f"users.v1.{name} is deprecated by the service: use {successor}",
        DeprecationWarning,
        stacklevel=3,
    )


def _spelled(condition: Condition) -> str:
    try:
        field, operator, value = condition
    except (TypeError, ValueError):
        raise InvalidQueryError("a condition is a field, an operator and a value") from None
    values = [value] if isinstance(value, str | int | date) else list(value)
    if operator not in _OPERATORS or not values or not field.isidentifier():
        raise InvalidQueryError("a condition is a field, an operator and a value")
    if field == "custom_data":
        raise InvalidQueryError("users cannot be searched by custom_data")
    return f"{_type(field)} {field} {operator} {','.join(_text(one) for one in values)}"


def _spelled_list(values: object) -> str:
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise InvalidQueryError("a list of at least one value")
    return ",".join(_text(one) for one in values)


def _type(field: str) -> str:
    if field in _DATES:
        return "date"
    # An id of the type string would find nobody.
    return "number" if field in _NUMBERS else "string"


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidQueryError("a datetime needs a time zone, such as datetime.now(UTC)")
        value = value.astimezone(UTC).date()
    text = value.isoformat() if isinstance(value, date) else str(value)
    if "," in text:
        raise InvalidQueryError("a value cannot hold a comma: the service would read two")
    return text
