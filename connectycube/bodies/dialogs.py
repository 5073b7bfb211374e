"""
What a dialog is made with and changed by, checked and spelled as the service reads it.

https://developers.connectycube.com/server/chat#dialog-model
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, TypedDict

from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, UnsetType, check_text, checked_flag
from connectycube.models.dialog import DialogType
from connectycube.models.message import MessageLike, message_id
from connectycube.models.user import UserLike, user_id

Text: TypeAlias = str | UnsetType | None
Extensions: TypeAlias = Mapping[str, str]


class DialogOptions(TypedDict, total=False):
    """
    What a new dialog of any kind but a private one may have.

    Attributes:
        photo: a file's uid or id, or a link.
        admins_ids: users or their ids, at most five.
        extensions: at most three texts, by names that the application allows; the service drops
            others without a word.
        allow_preview: whether others may read the last messages before they join.
    """

    description: str | None
    photo: str | None
    admins_ids: Iterable[UserLike]
    extensions: Extensions | None
    allow_preview: bool | None


def new_dialog(
    kind: DialogType,
    name: str,
    options: DialogOptions,
    *,
    occupants_ids: Iterable[UserLike] | None = None,
) -> dict[str, Any]:
    """
    Return the body that makes a dialog.

    Raises:
        InvalidInputError: no name, ids that are none, or an option that there is not.
    """
    check_text(name, "name")
    if unknown := options.keys() - DialogOptions.__annotations__.keys():
        raise InvalidInputError(f"a dialog is not made with {', '.join(sorted(unknown))}")
    extensions, allow_preview = options.get("extensions"), options.get("allow_preview")
    if allow_preview is not None:
        checked_flag(allow_preview, "allow_preview")
    admins_ids = user_ids(options.get("admins_ids", ()), "admins_ids")
    body = {
        "type": int(kind),
        "name": name,
        "occupants_ids": None
        if occupants_ids is None
        else user_ids(occupants_ids, "occupants_ids"),
        "description": options.get("description"),
        "photo": options.get("photo"),
        "admins_ids": admins_ids or None,
        "extensions": None if extensions is None else _mapping(extensions),
        "permissions": None if allow_preview is None else {"allow_preview": allow_preview},
    }
    return {member: value for member, value in body.items() if value is not None}


def dialog_changes(
    *,
    name: str | UnsetType,
    description: Text,
    photo: Text,
    extensions: Extensions | UnsetType | None,
    allow_preview: bool | UnsetType,
    added: Mapping[str, list[Any]],
    removed: Mapping[str, list[Any]],
) -> dict[str, Any]:
    """
    Return the body that changes a dialog.

    Args:
        added: by member, what its list gains.
        removed: by member, what its list loses.

    Raises:
        InvalidInputError: nothing to change, or a name or a flag that is none.
    """
    if name is not UNSET:
        check_text(name, "name")
    if allow_preview is not UNSET:
        checked_flag(allow_preview, "allow_preview")
    if not (extensions is UNSET or extensions is None):
        extensions = _mapping(extensions)
    replaced = {
        "name": name,
        "description": description,
        "photo": photo,
        "extensions": extensions,
        "permissions": UNSET if allow_preview is UNSET else {"allow_preview": allow_preview},
    }
    lists = {
        "push_all": {member: ids for member, ids in added.items() if ids},
        "pull_all": {member: ids for member, ids in removed.items() if ids},
    }
    body = {member: value for member, value in replaced.items() if value is not UNSET}
    body |= {member: ids for member, ids in lists.items() if ids}
    if not body:
        raise InvalidInputError("update needs at least one member to change")
    return body


def user_ids(values: Iterable[UserLike], name: str) -> list[int]:
    """
    Return the ids of users as a list, each once.

    Raises:
        InvalidInputError: one is neither a user nor such an id.
    """
    listed = _listed(values, name)
    return list(dict.fromkeys(user_id(one, f"each of {name}") for one in listed))


def message_ids(values: Iterable[MessageLike], name: str) -> list[str]:
    """
    Return the ids of messages as a list, each once.

    Raises:
        InvalidInputError: one is neither a message nor such an id.
    """
    return list(dict.fromkeys(message_id(one) for one in _listed(values, name)))


def _listed(values: object, name: str) -> Iterable[Any]:
    # One text would pass for a list of its characters.
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidInputError(f"{name} is a list of ids")
    return values


def _mapping(extensions: object) -> dict[str, Any]:
    if not isinstance(extensions, Mapping):
        raise InvalidInputError("extensions is a mapping of names to texts")
    return dict(extensions)
