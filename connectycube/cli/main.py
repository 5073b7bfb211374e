"""The program `connectycube`: all commands with the extra, those that need none without it."""

import importlib.util
import sys
from collections.abc import Sequence
from typing import Final

from connectycube.cli.plain import OPTIONS, run_plain

_NEEDED: Final = ("click", "rich")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    is_plain = bool(arguments) and arguments[0] in OPTIONS
    if is_plain or not _has_extra():
        try:
            return run_plain(arguments)
        except KeyboardInterrupt:
            return 130
    from connectycube.cli.app import app  # noqa: PLC0415 - it needs the extra

    try:
        app.main(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def _has_extra() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)
