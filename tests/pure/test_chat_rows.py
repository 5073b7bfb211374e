"""The chat's coverage: what is told of each kind of stanza is proved, sent and heard."""

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__)
ROOT: Final = HERE.parents[2]
ROWS: Final[list[dict[str, Any]]] = json.loads(HERE.with_name("chat_rows.json").read_text("utf-8"))
# What goes one way alone: it is never sent by a client of ours.
ONLY_HEARD: Final = {
    "date_sent",
    "invite of a room",
    "reactions, which REST alone makes",
    "delayed signals",
    "no answer in time",
    "kicked",
    "others join and leave",
}
# What the service keeps to itself.
ONLY_SENT: Final = {"silent"}


@cache
def functions(path: str) -> frozenset[str]:
    """Return the names of all functions of a file, without importing it."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['section']} {row['what']}")
def test_each_row_names_tests_that_exist(row: dict[str, Any]) -> None:
    named = [name.split("::") for name in (*row["sent"], *row["heard"])]
    missing = [name for path, name in named if name not in functions(path)]

    assert [] == missing


def test_each_row_is_proved_in_both_directions() -> None:
    unsent = {row["what"] for row in ROWS if not row["sent"]}
    unheard = {row["what"] for row in ROWS if not row["heard"]}

    assert (ONLY_HEARD, ONLY_SENT) == (unsent, unheard)


def test_every_section_has_rows_and_no_row_is_there_twice() -> None:
    names = [(row["section"], row["what"]) for row in ROWS]

    assert {str(number) for number in range(4, 15)} == {section for section, _ in names}
    assert len(names) == len(set(names))


def test_named_steps_of_the_script_are_played() -> None:
    """A step that is in no table of the script would prove nothing."""
    script = (ROOT / "tests/chat_script/script.py").read_text("utf-8")
    named = {
        name
        for row in ROWS
        for name in (*row["sent"], *row["heard"])
        if name.startswith("tests/chat_script/")
    }
    paths = [name.removeprefix("tests/chat_script/").split("::") for name in sorted(named)]
    unplayed = [act for path, act in paths if f"{path.removesuffix('.py')}.{act}" not in script]

    assert [] == unplayed
