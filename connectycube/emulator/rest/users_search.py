"""Users V2: U2, the search with operators and its rules."""

from __future__ import annotations

import operator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from connectycube.emulator.parameters import Parameters, as_list, as_object
from connectycube.emulator.refusals import RefusalError, based
from connectycube.emulator.rendering import user_json
from connectycube.emulator.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectycube.emulator.call import Call
    from connectycube.emulator.records import User
    from connectycube.emulator.world import World

_MOST = 100
_MOST_WITH_PREFIX = 5
_SHORTEST_PREFIX = 4

_TEXTS = ("login", "email", "full_name", "phone", "external_id", "facebook_id", "twitter_id")
_DATES = ("last_request_at", "created_at", "updated_at")
_STAND_ALONE = frozenset(("id", "user_tags", *_TEXTS))
_FIELDS = _STAND_ALONE | frozenset(_DATES)
_SORTABLE = _FIELDS | {"timezone", "website", "external_user_id"}
_PAGING = frozenset(("offset", "limit", "sort_asc", "sort_desc"))

_PRIMARY = frozenset(("eq", "in", "start_with"))
_MEMBERSHIP = frozenset(("in", "nin"))
# How a field's value meets an operator's; a null meets neither these nor a prefix.
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "lt": operator.lt,
    "gte": operator.ge,
    "lte": operator.le,
}


class _InvalidError(ValueError):
    """Mark a query that breaks the rules; how the service says so is unknown."""


@attrs.frozen
class _Filter:
    field: str
    operator: str
    value: Any
    """A list for in and nin, else one value."""


def list_users(call: Call) -> Reply:
    """Show the page of users that a valid query asks for (U2)."""
    try:
        filters = _read_filters(call)
        _check(filters)
        limit, skip = _read_page(call.parameters, filters)
        found = _candidates(call.world, filters)
        for one in filters:
            found = _narrowed(found, one)
        found = _sorted(found, call.parameters)
    except _InvalidError:
        raise _invalid_filter(call) from None
    older = call.settings.older_objects
    items = [user_json(user, older=older) for user in found[skip : skip + limit]]
    page = {"limit": limit, "skip": skip, "total_entries": len(found), "items": items}
    return Reply(payload=page)


def _read_filters(call: Call) -> list[_Filter]:
    filters: list[_Filter] = []
    for field, value in call.parameters.items():
        if field in _PAGING:
            continue
        if field not in _FIELDS:
            if call.settings.refuse_unknown_filters:
                raise _InvalidError
            continue
        read = _READERS.get(field, str)
        for name, given in _operations(value):
            takes_list = name in _MEMBERSHIP
            if as_object(given) is not None or (isinstance(given, list) and not takes_list):
                raise _InvalidError
            wanted = [read(one) for one in as_list(given)] if takes_list else read(given)
            filters.append(_Filter(field, name, wanted))
    return filters


def _operations(value: Any) -> Iterator[tuple[str, Any]]:
    operations = as_object(value)
    if operations is not None:
        if "eq" in operations:
            raise _InvalidError  # an equality has no operator on the wire
        # "" is the plain value that stood beside operators of the same field.
        yield from ((name or "eq", given) for name, given in operations.items())
    else:
        # One SDK sends a plain list, `user_tags[]=a&user_tags[]=b`; read as "one of" (inferred).
        yield ("in" if isinstance(value, list) else "eq"), value


def _check(filters: list[_Filter]) -> None:
    """Apply the validity rules of the contract's users V2 table."""
    if not any(one.field in _STAND_ALONE and one.operator in _PRIMARY for one in filters):
        raise _InvalidError
    for one in filters:
        if one.operator in _COMPARE:
            if one.field not in _DATES:
                raise _InvalidError
        elif one.operator == "start_with":
            is_text = one.field in _TEXTS or one.field == "user_tags"
            if not is_text or len(one.value) < _SHORTEST_PREFIX:
                raise _InvalidError
        elif one.operator != "eq" and one.operator not in _MEMBERSHIP:
            raise _InvalidError


def _read_page(parameters: Parameters, filters: list[_Filter]) -> tuple[int, int]:
    limit = _integer(parameters.get("limit", _MOST))
    skip = _integer(parameters.get("offset", 0))
    if limit < 1 or skip < 0:
        raise _InvalidError
    if any(one.operator == "start_with" for one in filters):
        return _MOST_WITH_PREFIX, skip
    # Beyond the maximum the service does what? Inferred: it gives the maximum.
    return min(limit, _MOST), skip


def _candidates(world: World, filters: list[_Filter]) -> list[User]:
    """Return the users that may fit: by an index where one filter names them, else all."""
    for one in filters:
        if one.field == "id" and one.operator in ("eq", "in"):
            ids = {one.value} if one.operator == "eq" else set(one.value)
            known = (world.user(user_id) for user_id in sorted(ids))
            return [user for user in known if user is not None]
        if one.field in ("login", "email") and one.operator == "eq":
            named = world.find_user(**{one.field: one.value})
            return [] if named is None else [named]
    return world.users


def _narrowed(users: list[User], one: _Filter) -> list[User]:
    """Return the users that fit; one loop for each kind of operator, because they are many."""
    if one.field == "user_tags":
        return _with_tags(users, one)
    read, wanted = operator.attrgetter(one.field), one.value
    if one.operator == "eq":
        return [user for user in users if read(user) == wanted]
    if one.operator in _MEMBERSHIP:
        meant, is_in = frozenset(wanted), one.operator == "in"
        return [user for user in users if (read(user) in meant) == is_in]
    if one.operator == "start_with":
        return [user for user in users if (read(user) or "").startswith(wanted)]
    compare = _COMPARE[one.operator]
    return [user for user in users if (held := read(user)) is not None and compare(held, wanted)]


def _with_tags(users: list[User], one: _Filter) -> list[User]:
    # A tag filter matches any element.
    if one.operator == "start_with":
        return [user for user in users if any(tag.startswith(one.value) for tag in user.tags)]
    meant = frozenset([one.value] if one.operator == "eq" else one.value)
    is_out = one.operator == "nin"
    return [user for user in users if meant.isdisjoint(user.tags) == is_out]


def _sorted(users: list[User], parameters: Parameters) -> list[User]:
    ascending, descending = parameters.get("sort_asc"), parameters.get("sort_desc")
    if ascending is not None and descending is not None:
        raise _InvalidError  # one of them
    field = ascending if descending is None else descending
    if field is None:
        return users
    if field not in _SORTABLE:
        raise _InvalidError
    read = operator.attrgetter("tags" if field == "user_tags" else field)
    valued = [user for user in users if read(user) is not None]
    valued.sort(key=read, reverse=descending is not None)
    null = [user for user in users if read(user) is None]
    return null + valued if descending is None else valued + null


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise _InvalidError from None


def _moment(value: Any) -> datetime:
    text = str(value).strip()
    try:
        if text.lstrip("-").replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        # The locale spelling that one SDK makes of a Date ends here too.
        raise _InvalidError from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_READERS: dict[str, Callable[[Any], Any]] = {"id": _integer, **dict.fromkeys(_DATES, _moment)}


def _invalid_filter(call: Call) -> RefusalError:
    return based(call.settings.invalid_filter_status, "Invalid filter")
