"""The index of errors knows every one, with its cause and what to do."""

import inspect
import re
from typing import Final

import pytest

import connectycube
from connectycube import bots, emulator, errors

from .pages import DOCS, Page

PAGE: Final = Page(DOCS / "reference/errors.md")
KINDS: Final = {
    name: value
    for module in (connectycube, bots, emulator)
    for name in module.__all__
    if isinstance(value := getattr(module, name), type) and issubclass(value, Exception)
}
PUBLIC: Final = sorted(KINDS)
ENTRIES: Final = dict(
    re.findall(r"^### (\w+)\n\n(.*?)(?=^##|\Z)", PAGE.text, re.MULTILINE | re.DOTALL)
)


def test_the_index_has_each_public_error_once() -> None:
    """No error is unknown to the index, and it makes none up."""
    assert PUBLIC == sorted(re.findall(r"^### (\w+)$", PAGE.text, re.MULTILINE))


@pytest.mark.parametrize("name", PUBLIC)
def test_each_has_a_cause_and_what_to_do(name: str) -> None:
    """Whoever meets an error learns both."""
    cause, do = re.fullmatch(
        r"\*\*Cause\.\*\* (.+?)\n\n\*\*Do\.\*\* (.+?)\n\n?", ENTRIES[name], re.DOTALL
    ).groups()  # type: ignore[union-attr] # no match is a failure, too

    assert 20 < len(cause)
    assert 15 < len(do)


@pytest.mark.parametrize("name", PUBLIC)
def test_what_an_error_carries_is_told(name: str) -> None:
    """Its own attributes are named in the index, with it or with what it descends from."""
    own = set(inspect.getdoc(KINDS[name]).split()) & {  # type: ignore[union-attr] # each has one
        "`reason`",
        "`retry_after`",
        "`provider_status`",
    }

    assert [] == [word for word in own if word.strip(";,") not in ENTRIES[name]]


def test_the_tree_is_that_of_the_source() -> None:
    """The picture is drawn twice, and says the same."""
    drawn = next(block for block in PAGE.blocks if block.language == "text").code
    tree = re.search(
        r"^    ConnectyCubeError\n.*?\n\n", errors.__doc__ or "", re.MULTILINE | re.DOTALL
    )

    assert tree is not None
    assert inspect.cleandoc(tree[0]) == drawn.strip()
