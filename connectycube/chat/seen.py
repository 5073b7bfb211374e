"""Which messages have been told of, so that none is told of twice."""

from typing import Final

_MOST: Final = 4096


class Seen:
    """
    Remembers at least the last 4096 keys, and at most twice as many.

    What it keeps of each is a number, since thousands of conversations may do so in one process.
    """

    def __init__(self) -> None:
        self._newer: set[int] = set()
        self._older: set[int] = set()

    def add(self, *key: object) -> bool:
        """Remember a key, and say whether it is new."""
        number = hash(key)
        if number in self._newer or number in self._older:
            return False
        self._newer.add(number)
        if len(self._newer) >= _MOST:
            self._older, self._newer = self._newer, set()
        return True

    def knows(self, *key: object) -> bool:
        """Say whether a key is remembered."""
        number = hash(key)
        return number in self._newer or number in self._older
