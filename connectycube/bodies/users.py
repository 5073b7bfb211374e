"""
The writable members of a user, checked and spelled as the service reads them.

https://developers.connectycube.com/server/users#user-model
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson

from connectycube.auth.strategy import check_secret
from connectycube.errors import InvalidInputError
from connectycube.fields import UNSET, UnsetType, check_text
from connectycube.query import json_text

_MAX_TAGS: Final = 5
Text: TypeAlias = str | UnsetType | None
CustomData: TypeAlias = str | Mapping[str, Any] | Sequence[Any] | UnsetType | None


def check_password(value: object, name: str) -> None:
    """
    Refuse what is no password.

    Raises:
        InvalidInputError: it is missing, empty or no text.
    """
    if value is UNSET or callable(value):
        raise InvalidInputError("password and old_password go together, both as text")
    check_secret(value, name)


def profile(
    *,
    login: str | UnsetType,
    tags: Sequence[str] | UnsetType | None,
    custom_data: CustomData,
    external_id: str | int | UnsetType | None,
    **others: str | int | UnsetType | None,
) -> dict[str, Any]:
    """Gather the writable members that were given, spelled as the service reads them."""
    if login is not UNSET:
        check_text(login, "login")
    if isinstance(others["email"], str):
        check_text(others["email"], "email")
    members: dict[str, object] = {
        "login": login,
        "tag_list": tags if tags is UNSET or tags is None else _tag_list(tags),
        "custom_data": custom_data
        if custom_data is UNSET or custom_data is None or isinstance(custom_data, str)
        else _json(custom_data),
        "external_id": str(external_id) if isinstance(external_id, int) else external_id,
        **others,
    }
    return {name: value for name, value in members.items() if value is not UNSET}


def _tag_list(tags: object) -> str:
    if not isinstance(tags, Sequence) or isinstance(tags, str) or len(tags) > _MAX_TAGS:
        raise InvalidInputError(f"tags are a list of at most {_MAX_TAGS}")
    for tag in tags:
        check_text(tag, "a tag")
        if "," in tag:
            raise InvalidInputError("a tag cannot hold a comma: the service would read two")
    return ",".join(tags)


def _json(value: object) -> str:
    try:
        told = orjson.dumps(value, default=json_text, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError as error:
        raise InvalidInputError(f"custom_data is no JSON: {error.__cause__ or error}") from None
    return told.decode()
