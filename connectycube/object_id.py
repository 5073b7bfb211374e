"""The ids of dialogs, messages, records and the like: 24 hexadecimal digits."""

import re
from typing import Final

from connectycube.errors import InvalidInputError

# Not compiled here, since every import would pay for it.
_FORM: Final = r"[0-9a-fA-F]{24}"


def is_object_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(_FORM, value) is not None


def checked_object_id(value: object, name: str) -> str:
    """
    Return an id of this kind as it is.

    Raises:
        InvalidInputError: it is none.
    """
    if not isinstance(value, str) or not is_object_id(value):
        raise InvalidInputError(f"{name} must be an id of 24 hexadecimal digits")
    return value
