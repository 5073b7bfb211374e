"""
Play the session of a page: `python session.py FILE`, where the file has its steps as JSON.

Every step may await at its top, as at the prompt of `python -m asyncio`. After each a line with
`MARK` alone is printed. What was opened and not closed is closed at the end.
"""

import ast
import asyncio
import json
import sys
from pathlib import Path
from types import FunctionType
from typing import Any, Final

MARK: Final = "\x1e"


async def play(steps: list[dict[str, Any]]) -> None:
    """Run one step after the other, in one namespace."""
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for step in steps:
            code = compile(step["code"], step["page"], "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            pending = FunctionType(code, names)()
            if pending is not None:
                await pending
            print(MARK, flush=True)  # noqa: T201 - what the test reads
    finally:
        await close(names)


async def close(names: dict[str, Any]) -> None:
    """Do what leaving the prompt does: close clients first, then what they talk to."""
    for value in dict.fromkeys(one for one in names.values() if hasattr(one, "aclose")):
        if not isinstance(value, type):
            await value.aclose()
    for value in list(names.values()):
        if type(value).__name__ == "Emulator":
            value.stop()


if __name__ == "__main__":
    sys.path[0] = ""  # what stands in the folder can be imported, as at a prompt
    asyncio.run(play(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
