"""The rules for what may be written into a user."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from .parameters import as_list
from .refusals import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .records import Profile

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_MAX_TAGS = 5
LONGEST_LOGIN = 70


class _UnfitError(ValueError):
    """Say what is wrong with one member."""


def read_profile(members: Mapping[str, Any]) -> Profile:
    """
    Return the changes that a `user` object asks for.

    Left-out members are not in it, null clears (inferred), unknown members are ignored.
    All unfit members are refused together, as a field map.
    """
    changes: dict[str, Any] = {}
    unfit: dict[str, list[str]] = {}
    for name, value in members.items():
        rule = _RULES.get(name)
        if rule is None:
            continue
        target, read = rule
        try:
            changes[target] = read(value)
        except _UnfitError as error:
            unfit[name] = [str(error)]
    if unfit:
        raise fields(unfit)
    # Every key is a member of Profile: they come from the table below.
    return cast("Profile", changes)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    # The JS type of external_id also allows a number; form-encoded values are text anyway.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _UnfitError("must be a string")


def _sized(least: int, most: int) -> Callable[[Any], str | None]:
    def read(value: Any) -> str | None:
        text = _text(value) or None
        if text is not None and len(text) < least:
            raise _UnfitError(f"is too short (minimum is {least} characters)")
        if text is not None and len(text) > most:
            raise _UnfitError(f"is too long (maximum is {most} characters)")
        return text

    return read


def _password(value: Any) -> str:
    text = _sized(8, 40)(value)
    if text is None:
        raise _UnfitError("cannot be blank")
    return text


def _email(value: Any) -> str | None:
    text = _text(value) or None
    if text is not None and _EMAIL.fullmatch(text) is None:
        raise _UnfitError("is invalid")
    return text


def _website(value: Any) -> str | None:
    text = _text(value)
    # docs sample: a value without a scheme comes back with http:// before it.
    return f"http://{text}" if text and _SCHEME.match(text) is None else text


def _number(value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, (int, str)) and not isinstance(value, bool):
            return int(value)
    except ValueError:
        pass
    raise _UnfitError("is not a number")


def _tags(value: Any) -> tuple[str, ...]:
    if value is not None and not isinstance(value, (str, list)):
        raise _UnfitError("must be a string or a list")
    tags = tuple(dict.fromkeys(str(tag).strip() for tag in as_list(value)))
    if len(tags) > _MAX_TAGS:
        raise _UnfitError(f"is too long (maximum is {_MAX_TAGS} tags)")
    return tags


# Member on the wire → member of a user, and how to read it.
_RULES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "login": ("login", _sized(3, LONGEST_LOGIN)),
    "password": ("password", _password),
    "email": ("email", _email),
    "full_name": ("full_name", _text),
    "phone": ("phone", _text),
    "website": ("website", _website),
    "custom_data": ("custom_data", _text),
    # Written as tag_list, read as user_tags; the read name is no write name.
    "tag_list": ("tags", _tags),
    "avatar": ("avatar", _text),
    "blob_id": ("blob_id", _number),
    "external_id": ("external_id", _text),
    "external_user_id": ("external_user_id", _number),
    "facebook_id": ("facebook_id", _text),
    "twitter_id": ("twitter_id", _text),
    "timezone": ("timezone", _number),
}
