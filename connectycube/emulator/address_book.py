"""The contacts that users have uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

Book = dict[str, str]
"""The name for each phone, in the order they came."""


class AddressBooks:
    """Hold one book for each user and device, and one of no device: the global one."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._books: dict[tuple[int, str | None], Book] = {}

    def book(self, user_id: int, udid: str | None = None) -> Book:
        """Return a copy of a user's book; an empty one where there is none."""
        with self._lock:
            return dict(self._books.get((user_id, udid), {}))

    def replace(self, user_id: int, book: Book, *, udid: str | None = None) -> None:
        """Put a book in the place of the one that was."""
        with self._lock:
            self._books[user_id, udid] = dict(book)

    def forget_user(self, user_id: int) -> None:
        """Forget the books of a user who is gone."""
        with self._lock:
            for key in [key for key in self._books if key[0] == user_id]:
                del self._books[key]

    def clear(self) -> None:
        """Forget every book."""
        with self._lock:
            self._books.clear()
