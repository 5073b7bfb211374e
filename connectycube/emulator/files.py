"""The records of files, by their two names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .records import File

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from datetime import datetime

    from .ids import Ids


class Files:
    """Hold the records of files; iterating brings the oldest first. Contents are in the store."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._by_id: dict[str, File] = {}
        self._by_uid: dict[str, File] = {}

    def __iter__(self) -> Iterator[File]:
        with self._lock:
            return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, *, id: str | None = None, uid: str | None = None) -> File | None:  # noqa: A002 - its name
        """Return the file with this id or this uid, as they stand in a path."""
        with self._lock:
            return self._by_uid.get(uid) if uid is not None else self._by_id.get(id or "")

    def add(self, ids: Ids, owner_id: int, now: datetime, *, older: bool) -> File:
        """Create a record that has no content yet."""
        with self._lock:
            file = File(
                id=ids.file(),
                uid=ids.file_uid(older=older),
                owner_id=owner_id,
                created_at=now,
                updated_at=now,
            )
            self._by_id[str(file.id)] = self._by_uid[file.uid] = file
            return file

    def remove(self, file: File) -> None:
        """Forget a record, if it is there."""
        with self._lock:
            self._by_id.pop(str(file.id), None)
            self._by_uid.pop(file.uid, None)

    def clear(self) -> None:
        """Forget every record."""
        with self._lock:
            self._by_id.clear()
            self._by_uid.clear()
