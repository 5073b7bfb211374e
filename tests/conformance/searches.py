"""Searches of the recorded cases in terms of our API."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

from connectycube import ConnectyCube, where
from connectycube.where import Filter

Json = dict[str, Any]

_DATES: Final = {
    *("last_request_at", "created_at", "updated_at"),
    *("date_sent", "last_message_date_sent"),
}
_OURS: Final = {"user_tags": "tags"}
_OPERATORS: Final[Mapping[str, Callable[[Any], Filter[Any]]]] = {
    "in": where.in_,
    "nin": where.not_in,
    "start_with": where.starts_with,
    "gt": where.gt,
    "gte": where.gte,
    "lt": where.lt,
    "lte": where.lte,
    "ne": where.ne,
    "ctn": where.contains,
    "all": where.all_,
    "or": where.any_of,
}


def operators(wanted: Json, *, to: Callable[[Any], Any] = lambda plain: plain) -> Any:
    """Return a filter of all these operators, each of its values in our terms."""
    whole: Filter[Any] | None = None
    for name, given in wanted.items():
        value: Any = [to(one) for one in given] if isinstance(given, list) else to(given)
        condition = _OPERATORS[name](value)
        whole = condition if whole is None else whole & condition
    return whole


async def search(cube: ConnectyCube, args: Json) -> Any:
    """Search for users, version 2."""
    params = nested(args["params"])
    options: Json = {name: params.pop(name) for name in ("limit", "offset") if name in params}
    for name, sign in (("sort_asc", ""), ("sort_desc", "-")):
        if name in params:
            options["sort"] = sign + params.pop(name)
    filters = {_OURS.get(name, name): wanted(name, value) for name, value in params.items()}
    return await cube.users.find(**options, **filters)


async def look_up(cube: ConnectyCube, args: Json) -> Any:
    """Look users up, version 1: the official SDK tells the call by what it is given."""
    params, v1 = args["params"], cube.users.v1
    if not isinstance(params, dict):
        return await v1.get(params)
    given = dict(params)
    paging = {name: given.pop(name) for name in ("page", "per_page") if name in given}
    if "filter" in given or "order" in given or not given:
        return await v1.find(_conditions(given.get("filter", [])), order=_order(given), **paging)
    [(name, value)] = given.items()
    if name == "tags":
        tags = value.split(",") if isinstance(value, str) else value
        return await v1.find_by_tags(tags, **paging)
    calls: Mapping[str, Callable[..., Awaitable[Any]]] = {
        "login": v1.get_by_login,
        "email": v1.get_by_email,
        "full_name": v1.find_by_full_name,
        "facebook_id": v1.get_by_facebook_id,
        "twitter_id": v1.get_by_twitter_id,
        "phone": v1.get_by_phone,
        "external": v1.get_by_external_id,
        "external_user_id": v1.get_by_external_id,
    }
    return await calls[name](value, **paging)


def nested(params: Json) -> Json:
    """Write `field[operator]` as an operator of the field, and nothing as `None`."""
    found: Json = {}
    for name, given in params.items():
        field, _, operator = name.removesuffix("[]").removesuffix("]").partition("[")
        value = None if given == {"$undefined": True} else given
        if operator:
            others = found.get(field, {})
            value = {**others, operator: [value] if name.endswith("[]") else value}
        found[field] = value
    return found


def wanted(field: str, value: Any) -> Any:
    """Return what is wanted of a field in our terms: a value, or operators."""
    if isinstance(value, list):
        return where.in_(value)
    if not isinstance(value, dict):
        return _value(field, value)
    return operators(value, to=partial(_value, field))


def _value(field: str, value: Any) -> Any:
    if field not in _DATES:
        return value
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value["$date"] if isinstance(value, dict) else value)


def _conditions(filters: Any) -> list[tuple[str, str, Any]]:
    several = filters if isinstance(filters, list) else [filters]
    return [(one["field"], one["param"], _condition(**one)) for one in several]


def _condition(*, field: str, param: str, value: Any) -> Any:
    if field in _DATES:
        return date.fromisoformat(value)
    return value.split(",") if param == "between" else value


def _order(given: Json) -> str | None:
    order = given.get("order")
    return None if order is None else ("-" if order["sort"] == "desc" else "") + order["field"]
