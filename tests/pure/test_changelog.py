"""The changelog is one of Keep a Changelog: https://keepachangelog.com/en/1.1.0/."""

import re
from datetime import date
from pathlib import Path
from typing import Final

import connectycube

TEXT: Final = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
SECTIONS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
HEADING: Final = re.compile(r"^## \[(Unreleased|\d+\.\d+\.\d+)\](?: - (\d{4}-\d{2}-\d{2}))?$")


def headings() -> list[str]:
    return [line for line in TEXT.splitlines() if line.startswith("## ")]


def versions() -> list[tuple[int, ...]]:
    found = (HEADING.match(line) for line in headings())
    names = [one[1] for one in found if one is not None and one[1] != "Unreleased"]
    return [tuple(map(int, name.split("."))) for name in names]


def parts() -> list[list[str]]:
    """Return the lines of each version, without its heading."""
    found: list[list[str]] = []
    for line in TEXT.splitlines():
        if line.startswith("## "):
            found.append([])
        elif found:
            found[-1].append(line)
    return found


def test_the_top_version_is_the_one_that_is_here() -> None:
    """What is handed out is told of."""
    assert connectycube.__version__ == ".".join(map(str, versions()[0]))


def test_every_heading_is_a_version_and_the_newest_comes_first() -> None:
    """What is not released yet stands above all; dates do not run backwards."""
    dates = [one[2] for line in headings() if (one := HEADING.match(line)) and one[2]]

    assert [] == [line for line in headings() if not HEADING.match(line)]
    assert sorted(versions(), reverse=True) == versions()
    assert "Unreleased" not in "".join(headings()[1:])
    assert sorted(dates, reverse=True) == dates
    assert all(date.fromisoformat(one) for one in dates)


def test_every_section_is_a_known_one_in_its_order_and_says_something() -> None:
    """Added comes before Changed, and so on to Security; none is empty or told twice."""
    for lines in parts():
        names = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
        entries = [sum(line.startswith("- ") for line in part) for part in _sections(lines)]

        assert set(names) <= set(SECTIONS)
        assert sorted(set(names), key=SECTIONS.index) == names
        assert 0 not in entries


def test_every_line_is_an_entry_of_whole_sentences() -> None:
    """An entry is one line, begins with a dash and ends with a stop."""
    for lines in parts():
        told = [line for line in lines if line.strip() and not line.startswith("### ")]

        assert [] == [line for line in told if not re.fullmatch(r"- .+[.]", line)]


def _sections(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for line in lines:
        if line.startswith("### "):
            found.append([])
        elif found:
            found[-1].append(line)
    return found
