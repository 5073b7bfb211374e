"""The members of a dialog as calls send them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from connectycube.emulator.parameters import Parameters, as_list, as_object
from connectycube.emulator.refusals import based, field

from .list_filters import is_on

if TYPE_CHECKING:
    from collections.abc import Iterable

BLANK = "can't be blank"
_TEXTS = ("name", "photo", "description")
_MOST_ADMINS = 5
_MOST_EXTENSIONS = 3
_MOST_DIGITS = 18


def read_user_ids(name: str, value: Any) -> list[int]:
    """Return ids of users, each once: an array, or a string with commas and maybe spaces."""
    ids: dict[int, None] = {}
    for one in as_list(value):
        text = str(one).strip()
        if isinstance(one, bool) or not (text.isascii() and text.isdigit()):
            raise field(name, "is invalid")
        if len(text) > _MOST_DIGITS:
            raise field(name, "is invalid")
        ids[int(text)] = None
    return list(ids)


def read_object_ids(value: Any) -> list[str]:
    """Return ids of messages, each once."""
    return list(dict.fromkeys(str(one).strip() for one in as_list(value)))


def read_texts(members: Parameters) -> dict[str, str | None]:
    """Return the name, photo and description that are given; a photo may be the id of a file."""
    texts: dict[str, str | None] = {}
    for name in _TEXTS:
        if name not in members:
            continue
        value = members[name]
        if name == "photo" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise field(name, "must be a string")
        texts[name] = value
    return texts


def read_extensions(value: Any, known: str) -> dict[str, str] | None:
    """
    Return the custom fields that the application has, as texts; others are dropped silently.

    An application without a list of its own has whichever three come first.
    """
    if value is None or value == "":
        return None
    given = as_object(value)
    if given is None:
        raise field("extensions", "must be an object")
    allowed = as_list(known) or list(given)[:_MOST_EXTENSIONS]
    kept = {name: _text(one) for name, one in given.items() if name in allowed and one is not None}
    return kept or None


def read_allow_preview(value: Any) -> bool | None:
    """Return what the permissions say about a preview."""
    given = as_object(value)
    if given is None and value:
        raise field("permissions", "must be an object")
    allowed = given.get("allow_preview") if given else None
    return None if allowed is None else is_on(allowed)


def check_admins(ids: Iterable[int]) -> None:
    """Refuse more admins than a dialog may have."""
    if len(set(ids)) > _MOST_ADMINS:
        raise based(422, f"A dialog has at most {_MOST_ADMINS} admins")  # inferred


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
