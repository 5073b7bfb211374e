"""How the demo tells a story."""

import sys


class UntrueError(Exception):
    """A claim of the story did not hold."""


class Story:
    """Prints what happens, and stops at the first claim that is not true."""

    def __init__(self) -> None:
        self._tick = "ok" if "utf" not in (sys.stdout.encoding or "").lower() else "\u2713"

    def chapter(self, title: str) -> None:
        print(f"\n{title}")

    def claim(self, what: str, holds: object) -> None:
        if not holds:
            print(f"  NOT TRUE: {what}")
            raise UntrueError(what)
        print(f"  {self._tick} {what}", flush=True)
