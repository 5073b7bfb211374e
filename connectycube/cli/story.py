"""How the demo tells a story."""

import json
import sys


class UntrueError(Exception):
    """A claim of the story did not hold."""


class Story:
    """Prints what happens, and stops at the first claim that is not true."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._chapter = ""
        self._tick = "ok" if "utf" not in (sys.stdout.encoding or "").lower() else "\u2713"

    def remark(self, text: str) -> None:
        """Say something beside the story."""
        if not self._as_json:
            print(text)

    def chapter(self, title: str) -> None:
        self._chapter = title
        self.remark(f"\n{title}")

    def claim(self, what: str, holds: object) -> None:
        if self._as_json:
            told = {"chapter": self._chapter, "claim": what, "holds": bool(holds)}
            print(json.dumps(told), flush=True)
        else:
            print(f"  {self._tick} {what}" if holds else f"  NOT TRUE: {what}", flush=True)
        if not holds:
            raise UntrueError(what)
