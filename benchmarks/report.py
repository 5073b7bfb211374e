"""What every benchmark shares: its options, its table, and the bars it must clear."""

import argparse
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs

Row = Mapping[str, Any]


@attrs.frozen
class Options:
    """
    How a benchmark is run.

    Attributes:
        quick: under 20 seconds, for CI.
        check: exit with 1 where a bar is missed.
        json: where the figures are written.
    """

    quick: bool
    check: bool
    json: Path | None

    @classmethod
    def parse(cls, description: str, argv: Sequence[str] | None = None) -> "Options":
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--quick", action="store_true", help="fewer rounds, under 20 s")
        parser.add_argument("--check", action="store_true", help="exit 1 when a bar is missed")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
        return cls(**vars(parser.parse_args(argv)))


@attrs.define
class Report:
    """Gathers rows and bars, and ends the program."""

    title: str
    options: Options
    rows: list[Row] = attrs.field(factory=list[Row])
    missed: list[str] = attrs.field(factory=list[str])
    _tables: list[int] = attrs.field(factory=lambda: [0])

    def table(self) -> None:
        """Begin another table, with columns of its own."""
        self._tables.append(len(self.rows))

    def add(self, **figures: Any) -> None:
        """Add a row; what it lacks, or has as `None`, is shown as a dash."""
        self.rows.append(figures)

    def bar(self, name: str, *, holds: bool) -> None:
        """Note whether a bar is cleared; a missed one is named at the end."""
        if not holds:
            self.missed.append(name)

    def finish(self) -> int:
        """Print the table, write the figures, and return the exit status."""
        print(self.title)
        for start, end in pairwise([*self._tables, len(self.rows)]):
            _print_table(self.rows[start:end])
        for name in self.missed:
            print(f"MISSED: {name}", file=sys.stderr)
        if self.options.json is not None:
            figures = {
                "benchmark": self.title,
                "python": platform.python_version(),
                "rows": self.rows,
                "missed": self.missed,
            }
            self.options.json.write_text(json.dumps(figures, indent=2) + "\n")
        if not self.missed:
            print("every bar is cleared")
        return 1 if self.missed and self.options.check else 0


def _print_table(rows: Sequence[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([_shown(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def _shown(figure: Any) -> str:
    if figure is None:
        return "-"
    if isinstance(figure, str):
        return figure
    if isinstance(figure, list):
        return " ".join(_shown(one) for one in figure) or "nothing"
    return f"{figure:,.2f}" if isinstance(figure, float) else f"{figure:,}"
