"""The map from the official SDK's calls to ours, as the page about it has it."""

import re
from typing import Final

from .pages import DOCS, Page

PAGE: Final = Page(DOCS / "reference/javascript.md")
_ROW: Final = re.compile(r"^\| (`.+) \| (.+) \|$")
_CODE: Final = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[list[str], str]]:
    """Return what stands in the tables: the SDK's names, and what it says of them."""
    _, _, tables = PAGE.text.partition("\n## Sessions\n")
    found = (_ROW.match(line) for line in tables.splitlines())
    return [(_CODE.findall(row[1]), row[2]) for row in found if row is not None]


def is_named(call: str) -> bool:
    """Say whether a call of the SDK has its row, by its name or that of all its part."""
    names = {name for named, _ in rows() for name in named}
    parts = call.split(".")
    return call in names or any(f"{'.'.join(parts[:end])}.*" in names for end in range(1, 4))


def ours() -> list[str]:
    """Return the names of ours that it leads to."""
    return [name for _, said in rows() for name in _CODE.findall(said)]
