"""The reference describes all that is public."""

import re
from functools import cached_property
from typing import Final

import connectycube
from connectycube import ConnectyCube, assist, bots, emulator, testing
from connectycube._resources import Resources

from .pages import DOCS, PAGES

DESCRIBED: Final = [
    name
    for page in PAGES
    if page.path.parent == DOCS / "reference"
    for name in re.findall(r"^::: (\S+)$", page.text, re.MULTILINE)
]


def test_everything_public_is_described_once() -> None:
    """A name that can be imported is in the reference, with its docstring."""
    public = {f"connectycube.{name}" for name in (*connectycube.__all__, *connectycube._EXTRAS)}
    for module in (assist, bots, emulator, testing):
        public |= {f"{module.__name__}.{name}" for name in module.__all__}

    assert len(DESCRIBED) == len(set(DESCRIBED))
    assert set() == public - set(DESCRIBED)


def test_each_part_of_a_client_is_described() -> None:
    """`cube.users` and the others are of classes that are no public names themselves."""
    parts = {
        type(getattr(ConnectyCube(21, "key"), name))
        for kind in (ConnectyCube, Resources)
        for name, value in vars(kind).items()
        if isinstance(value, cached_property)
    }

    described = {name.rpartition(".")[2] for name in DESCRIBED}
    assert 10 == len(parts)
    assert set() == {kind.__name__ for kind in parts} - described
