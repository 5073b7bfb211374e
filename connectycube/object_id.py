"""The ids of dialogs, messages, records and the like: 24 hexadecimal digits."""

from typing import Final

from connectycube.errors import InvalidInputError

_LENGTH: Final = 24
_DIGITS: Final = frozenset("0123456789abcdefABCDEF")


def is_object_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == _LENGTH and _DIGITS.issuperset(value)


def checked_object_id(value: object, name: str) -> str:
    """
    Return an id of this kind as it is.

    Raises:
        InvalidInputError: it is none.
    """
    if not isinstance(value, str) or not is_object_id(value):
        raise InvalidInputError(f"{name} must be an id of 24 hexadecimal digits")
    return value
