"""What the recording keeps of a value."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from connectycube import Blob, Page, Session
from connectycube.models.contact import Contact, ContactsUpload, RegisteredContact
from connectycube.models.deleted import Deleted
from connectycube.models.link_preview import LinkPreview
from connectycube.models.message import UnreadCounts
from connectycube.models.record import Batch, Permissions
from connectycube.models.search_result import SearchResult

from .sameness import without_scheme
from .vectors import Json


def identity(value: Any) -> Any:
    """Return of a value what the recording keeps of it."""
    if isinstance(value, str):
        return without_scheme(value)
    if isinstance(value, bool):
        return {"enabled": value}
    for kind, kept in _KEPT.items():
        if isinstance(value, kind):
            return kept(value)
    if attrs.has(type(value)):
        # Ids of 24 digits go under another name than numbers do.
        return {"_id" if isinstance(value.id, str) else "id": value.id}
    for name in ("_id", "total_entries"):
        if isinstance(value, dict) and name in value:
            return {name: value[name]}
    return value


def _page(page: Page[Any]) -> Json:
    total = {} if page.total_entries is None else {"total_entries": page.total_entries}
    return {**total, **identity(page.items)}


def _batch(batch: Batch[Any]) -> Json:
    assert batch.error is None
    missed = {"not_found": batch.not_found} if batch.not_found else {}
    return {**identity(batch.items), **missed}


def _upload(upload: ContactsUpload) -> Json:
    rejected = {str(number): texts for number, texts in upload.rejected.items()}
    return {**_members("created", "updated", "deleted")(upload), "rejected": rejected}


def _permissions(permissions: Permissions) -> Json:
    told = _members("read", "update", "delete")(permissions)
    return {"access": {name: one.access for name, one in told.items() if one is not None}}


def _search(result: SearchResult) -> Json:
    lists = _members("dialogs", "messages", "users")(result)
    return {name: [_id(one) for one in found] for name, found in lists.items()}


def _members(*names: str) -> Callable[[Any], Json]:
    return lambda value: {name: getattr(value, name) for name in names}


def _id(item: Any) -> Any:
    match item:
        case dict():
            return item.get("_id")
        case Contact(phone=phone):
            return phone
        case RegisteredContact(user=user):
            return user.id
        case _:
            return item.id


_KEPT: Final[Mapping[type, Callable[[Any], Json]]] = {
    int: lambda count: {"count": count},
    list: lambda items: {"ids": [_id(one) for one in items]},
    Session: _members("token", "user_id"),
    Blob: _members("id", "uid", "size"),
    Page: _page,
    Batch: _batch,
    Deleted: _members("deleted", "not_found", "not_permitted"),
    ContactsUpload: _upload,
    Permissions: _permissions,
    UnreadCounts: lambda counts: {"total": counts.total, **counts.dialogs},
    SearchResult: _search,
    LinkPreview: _members("url", "title"),
}
