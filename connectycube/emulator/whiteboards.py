"""The whiteboards of dialogs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import threading


@attrs.define(kw_only=True, eq=False)
class Whiteboard:
    """Keep one whiteboard."""

    id: str
    dialog_id: str
    owner_id: int
    name: str = attrs.field(repr=False)
    created_at: datetime = attrs.field(repr=False)
    updated_at: datetime = attrs.field(repr=False)


class Whiteboards:
    """Hold the whiteboards; what is drawn on them is no part of the emulator."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._by_id: dict[str, Whiteboard] = {}

    def find(self, whiteboard_id: str) -> Whiteboard | None:
        """Return the whiteboard with this id."""
        return self._by_id.get(whiteboard_id)

    def of_dialog(self, dialog_id: str) -> list[Whiteboard]:
        """Return the whiteboards of a dialog, the oldest first."""
        with self._lock:
            return [one for one in self._by_id.values() if one.dialog_id == dialog_id]

    def add(
        self,
        *,
        id: str,  # noqa: A002 - its name
        dialog_id: str,
        owner_id: int,
        name: str,
        now: datetime,
    ) -> Whiteboard:
        """Create a whiteboard."""
        with self._lock:
            board = self._by_id[id] = Whiteboard(
                id=id,
                dialog_id=dialog_id,
                owner_id=owner_id,
                name=name,
                created_at=now,
                updated_at=now,
            )
            return board

    def remove(self, board: Whiteboard) -> None:
        """Forget a whiteboard, if it is there."""
        with self._lock:
            self._by_id.pop(board.id, None)

    def clear(self) -> None:
        """Forget every whiteboard."""
        with self._lock:
            self._by_id.clear()
