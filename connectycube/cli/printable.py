"""Text of strangers, fit for a terminal: it neither moves the cursor nor turns lines around."""

from typing import Final

_JOINER: Final = "\u200d"  # holds emoji together
_SPACES: Final = frozenset("\t\n\r\u2028\u2029")
_STRANGE: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Return a text on one line, without what a terminal takes for an order."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _SPACES:
        return " "
    return character if character.isprintable() or character == _JOINER else _STRANGE
