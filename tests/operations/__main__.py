"""Print the operations of the contract, and what there is for each."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from . import evidence
from .table import ALL, OPERATIONS, Operation

COLUMNS: Final[Mapping[str, Callable[[Operation], str | None]]] = {
    "client": evidence.client,
    "emulator": evidence.emulator,
    "sample": evidence.sample,
    "vector": evidence.vector,
    "docstring": evidence.docstring,
}
_MISSING: Final = "-- MISSING --"


def report(operations: Sequence[Operation] = OPERATIONS) -> tuple[list[str], bool]:
    """Return the lines of the report, and whether nothing is missing."""
    rows = [[str(one), *(look(one) or _MISSING for look in COLUMNS.values())] for one in operations]
    heads = ["operation", *COLUMNS]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [heads, *rows]
    ]
    lines += [f"{one}: not offered, {one.legacy}" for one in ALL if one.legacy is not None]
    whole = sum(_MISSING not in row for row in rows)
    there = sum(cell != _MISSING for row in rows for cell in row[1:])
    cells = len(rows) * len(COLUMNS)
    lines.append(f"{whole} of {len(rows)} operations are complete: {100 * there / cells:.1f} %")
    return lines, whole == len(rows)


def main(arguments: list[str]) -> int:
    """Print the report; with `--check`, fail where anything is missing."""
    lines, complete = report()
    sys.stdout.write("\n".join(lines) + "\n")
    return int("--check" in arguments and not complete)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
