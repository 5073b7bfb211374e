"""A claim that is written into a lock file, for processes that share nothing but a folder."""

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from connectycube.stores._lock_file import locked

# An owner's name and two numbers are far shorter.
_LONGEST: Final = 1000


class Claim:
    """
    One try to be the only holder of a lock file for some seconds.

    The file's lock is held only while this is decided; the claim is the file's content, and an
    empty file, or a damaged one, is nobody's. Since processes share no other clock it is counted in
    wall time, and a claim that seems to begin further ahead than it lasts is no claim: a clock that
    was set back cannot keep everybody out.
    """

    def __init__(
        self, path: Path, seconds: float, *, wall: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._seconds = seconds
        self._wall = wall
        self._owner = secrets.token_hex(16)
        self._is_over = False

    def take(self) -> bool:
        """
        Say whether the claim is ours now.

        Raises:
            BlockingIOError: somebody else is deciding now: ask again.
            OSError: the file cannot be used.
        """
        with locked(self._path) as file:
            # The thread of a cancelled task may come here after its claim was given back.
            if self._is_over or self._is_held(file):
                return False
            os.ftruncate(file, 0)
            _write(file, f"{self._owner} {self._wall()!r} {self._seconds!r}")
            return True

    def give_back(self) -> None:
        """
        End the claim, and nobody else's.

        Raises:
            BlockingIOError: somebody else is deciding now: ask again.
            OSError: the file cannot be used.
        """
        self._is_over = True
        with locked(self._path) as file:
            if _read(file).startswith(f"{self._owner} "):
                os.ftruncate(file, 0)

    def _is_held(self, file: int) -> bool:
        try:
            _owner, began, seconds = _read(file).split()
            return abs(self._wall() - float(began)) < float(seconds)
        except ValueError:
            return False


def _read(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    return os.read(file, _LONGEST).decode("ascii", "replace")


def _write(file: int, text: str) -> None:
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, text.encode("ascii"))
