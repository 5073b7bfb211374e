"""What an answer says and what was read of it, in one form to be compared in."""

from datetime import UTC, datetime
from typing import Any, Final, get_origin

import attrs

from connectycube import Endpoint, Page, Session
from connectycube.models.deleted import Deleted
from connectycube.models.record import Record, Records

from .vectors import Json

# The session's own id is not unique, and its dates say nothing about its end.
NOT_KEPT: Final = {"id", "ts", "created_at", "updated_at"}
# What models keep without a name of its own, for the service has better ones or deprecates it.
NOT_NAMED: Final = {
    *("_id", "id", "external_user_id", "blob_id"),
    *("blob_status", "set_completed_at", "download_url"),
    "address_book_name",
    "country",  # somebody's own parameter of a message
}
MOMENTS: Final = {
    *("created_at", "updated_at", "last_request_at", "expires"),
    *("date_sent", "last_message_date_sent", "start_date", "end_date"),
}


def told(answer: Json, endpoint: Endpoint[Any]) -> Any:
    """Return what a recorded answer says, as far as our API passes it on."""
    content: Any = answer.get("json")
    for name in endpoint.envelope.split(".") if endpoint.envelope else ():
        content = content[name]
    return _plain(_passed_on(content, endpoint))


def _passed_on(content: Any, endpoint: Endpoint[Any]) -> Any:
    kind, item = get_origin(endpoint.result) or endpoint.result, endpoint.item
    if kind is Session:
        return {name: member for name, member in content.items() if name not in NOT_KEPT}
    if kind is Deleted:
        return {name: one["ids"] for name, one in (content or {}).items()}
    if kind is list:
        several = [content] if isinstance(content, dict) else content
        return [one[item] for one in several] if item else several
    if kind is Page and item is not None:
        return _any_page(content, item)
    if kind not in (Page, Records):
        return content
    page = {name: member for name, member in content.items() if name != "class_name"}
    if "not_found" in page:
        page["not_found"] = page["not_found"]["ids"]
    return page


def read(value: Any) -> Any:
    """Return what was read of an answer, in the words of the service."""
    return _plain(_shown(value))


def _any_page(told: Json, item: str) -> Json:
    """Write a page of items that may be wrapped, a numbered one as offset and limit have it."""
    items = [one.get(item, one) for one in told["items"]]
    if "per_page" not in told:
        return {**told, "items": items}
    return {
        "items": items,
        "total_entries": told["total_entries"],
        "limit": told["per_page"],
        "skip": (told["current_page"] - 1) * told["per_page"],
    }


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [_shown(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _shown(one) for name, one in value.items()}
    if not attrs.has(type(value)):
        return value
    found: Json = {}
    for field in attrs.fields(type(value)):
        content = getattr(value, field.name)
        if field.name == "extra":
            assert content.keys() <= NOT_NAMED
            found |= content
        elif field.name == "fields" and isinstance(value, Record):
            found |= content
        elif field.name == "tags":
            found["user_tags"] = ",".join(content) or None
        else:
            found[field.metadata.get("wire", field.name)] = _shown(content)
    return found


def _plain(content: Any) -> Any:
    """
    Write moments in one way, and leave out what says nothing.

    That is null, false, a list of nothing, and the 0 of nobody's session.
    """
    if isinstance(content, list):
        return [_plain(one) for one in content]
    if not isinstance(content, dict):
        return content
    found = {
        name: _moment(one) if name in MOMENTS else _plain(one) for name, one in content.items()
    }
    return {name: one for name, one in found.items() if one not in (None, False, [])}


def _moment(value: Any) -> Any:
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value) if isinstance(value, str) else value
