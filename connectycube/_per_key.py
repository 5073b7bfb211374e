"""Things that are kept for a key as long as somebody uses them."""

from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Generic, TypeVar

import attrs

T = TypeVar("T")


@attrs.define(eq=False)
class _Piece(Generic[T]):
    thing: T
    users: int = 0


class PerKey(Generic[T]):
    """
    One thing for each key, made for its first user and gone with its last.

    Args:
        make: makes the thing of a key.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._pieces: dict[Hashable, _Piece[T]] = {}

    def __len__(self) -> int:
        """Return how many things are in use."""
        return len(self._pieces)

    def get(self, key: Hashable) -> T | None:
        """Return what is in use under a key."""
        piece = self._pieces.get(key)
        return None if piece is None else piece.thing

    @contextmanager
    def using(self, key: Hashable) -> Generator[T]:
        """Use the thing of a key for a block."""
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = _Piece(self._make())
        piece.users += 1
        try:
            yield piece.thing
        finally:
            piece.users -= 1
            if not piece.users:
                del self._pieces[key]
