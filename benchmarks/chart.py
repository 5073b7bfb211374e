"""
Draws the storm of `refresh`: how many logins one expired session costs, by how many calls meet it.

`python -m benchmarks.refresh --json FILE`, then `python -m benchmarks.chart FILE`, which writes
`benchmarks/refresh.svg`.
"""

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, TypeAlias

from benchmarks.contestants import CALLS, FLOOR, WAITERS

PICTURE: Final = Path(__file__).with_name("refresh.svg")
Points: TypeAlias = tuple[tuple[int, int], ...]
_SVG: Final = 'xmlns="http://www.w3.org/2000/svg"'
_WIDTH, _HEIGHT = 760, 420
_LEFT, _TOP, _SIDE, _TALL = 80, 60, 430, 290
_TICKS: Final = (1, 10, 100, 1_000, 10_000)
_DECADES: Final = math.log10(_TICKS[-1])
_OURS, _OTHERS = "#0b6e4f", ("#c2410c", "#7c3aed", "#0369a1", "#a16207", "#be185d")


def curves(rows: Iterable[Mapping[str, Any]]) -> dict[Points, list[str]]:
    """Return each curve with the clients whose it is, ours first: most of them lie on another."""
    points: dict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        if row.get("case") == "expired" and row.get("logins") is not None:
            points[row["client"]][row["calls"]] = row["logins"]
    shared: dict[Points, list[str]] = defaultdict(list)
    for client in sorted(points, key=lambda name: name != CALLS):
        if client not in (FLOOR, WAITERS):
            name = "connectycube" if client == CALLS else client.replace("_", "-")
            shared[tuple(sorted(points[client].items()))].append(name)
    return shared


def drawn(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the picture."""
    lines = [
        f'<svg {_SVG} viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">',
        "<title>Logins that one expired session costs</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(_LEFT, 30, "Logins that one expired session costs", size=17),
    ]
    for tick in _TICKS:
        x, y = _place(tick, tick)
        lines += [
            _line((_LEFT, y), (_LEFT + _SIDE, y), color="#e5e7eb"),
            _text(_LEFT - 8, y + 4, f"{tick:,}", anchor="end"),
            _text(x, _TOP + _TALL + 20, f"{tick:,}", anchor="middle"),
        ]
    middle = _LEFT + _SIDE / 2
    lines.append(_text(middle, _TOP + _TALL + 45, "calls that meet it at once", anchor="middle"))
    taken: list[float] = []
    colors = iter(_OTHERS * len(_TICKS))
    for points, names in curves(rows).items():
        color = _OURS if "connectycube" in names else next(colors)
        lines += _curve(points, names, color, taken)
    return "\n".join([*lines, "</svg>", ""])


def _curve(points: Points, names: Sequence[str], color: str, taken: list[float]) -> list[str]:
    places = [_place(calls, logins) for calls, logins in points]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    lines = [f'<polyline points="{joined}" fill="none" stroke="{color}" stroke-width="3"/>']
    lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>' for x, y in places]
    # Each client has a line of its own, upwards from the end of the curve.
    for name in names:
        at = y + 4
        while any(abs(at - other) < 16 for other in taken):  # noqa: PLR2004 - the height of a line
            at -= 16
        taken.append(at)
        lines.append(_text(x + 12, at, f"{name}: {points[-1][1]:,}", color=color))
    return lines


def _place(calls: int, logins: int) -> tuple[float, float]:
    """Return where that is in the picture; both axes are logarithmic."""
    across, up = math.log10(calls) / _DECADES, math.log10(max(logins, 1)) / _DECADES
    return _LEFT + across * _SIDE, _TOP + _TALL - up * _TALL


def _line(start: tuple[float, float], end: tuple[float, float], *, color: str) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", color: str = "#1f2937", size: int = 13
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{size}" fill="{color}">{escape(words)}</text>'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path, help="what `benchmarks.refresh --json` wrote")
    figures = json.loads(parser.parse_args().figures.read_text(encoding="utf-8"))
    PICTURE.write_text(drawn(figures["rows"]), encoding="utf-8")
    print(f"{PICTURE.name} is drawn")
    return 0


if __name__ == "__main__":
    sys.exit(main())
