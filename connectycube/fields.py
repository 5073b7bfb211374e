"""What the fields of our values share: the marker for "not given", and the mask for secrets."""

import enum
from typing import Final, Literal, TypeAlias

from connectycube.errors import InvalidInputError


class Unset(enum.Enum):
    """The type of `UNSET`: an option that was not given, as distinct from `None`, which clears."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
UnsetType: TypeAlias = Literal[Unset.UNSET]


def masked(_value: object) -> str:
    """Stand in for a secret in a repr: `token: str = attrs.field(repr=masked)`."""
    return "***"


def checked_flag(value: object, name: str) -> bool:
    """
    Return a flag as it is.

    Raises:
        InvalidInputError: it is neither True nor False, such as the text "no", which is true.
    """
    if not isinstance(value, bool):
        raise InvalidInputError(f"{name} is True or False")
    return value


def header_text(value: object, name: str) -> str:
    """
    Return text that a header can carry as it is.

    Raises:
        InvalidInputError: it is no text, empty, or holds more than printable ASCII.
    """
    if not isinstance(value, str) or not value or not (value.isascii() and value.isprintable()):
        raise InvalidInputError(f"{name} must be non-empty text of printable ASCII")
    return value


def check_text(value: object, name: str) -> None:
    """
    Refuse what names nothing.

    Raises:
        InvalidInputError: it is no text, or blank.
    """
    if not isinstance(value, str) or not value.strip():
        raise InvalidInputError(f"{name} must be a non-empty text")
