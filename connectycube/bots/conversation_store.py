"""Where it is kept how far talks have come: a Protocol, and the two that are shipped."""

import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol, Self

import attrs

from connectycube.stores._entry import entry_name
from connectycube.stores._lock_file import in_turn, locked
from connectycube.stores._private_files import prepare_folder, read_file, replace_file
from connectycube.values import frozen

_FIRST_SWEEP: Final = 256
_log = logging.getLogger("connectycube.bots")


@frozen(kw_only=True)
class StoredConversation:
    """
    How far a talk has come.

    Attributes:
        state: the name of its state.
        data: what was learned on the way: what JSON can hold.
        expires_at: from when on it counts as none; `None`: never.
    """

    state: str
    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    expires_at: datetime | None = None

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def to_json(self) -> str:
        """
        Return it as text.

        Raises:
            TypeError, ValueError: JSON cannot hold its data.
        """
        ends = None if self.expires_at is None else self.expires_at.isoformat()
        kept = {"state": self.state, "data": dict(self.data), "expires_at": ends}
        return json.dumps(kept, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """
        Read what `to_json` gave.

        Raises:
            ValueError: it is something else.
        """
        kept = json.loads(text)
        match kept:
            case {"state": str(state), "data": dict(data), "expires_at": str() | None as ends}:
                expires_at = None if ends is None else datetime.fromisoformat(ends)
                if expires_at is None or expires_at.tzinfo is not None:
                    return cls(state=state, data=data, expires_at=expires_at)
        raise ValueError("no conversation")


class ConversationStore(Protocol):
    """
    Keeps conversations by key; any object with these three methods serves.

    A key is text of the bot's making, and names its user, the dialog and the other user. A bot
    never asks for the same key twice at once. What has expired may be forgotten, and need not be.
    A store that cannot be reached raises what it likes: the handler that needed it has failed.
    """

    async def load(self, key: str, /) -> StoredConversation | None:
        """Return what was saved last, `None` where there is nothing that can be read."""
        ...

    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        """Keep a conversation in place of the one before, wholly or not at all."""
        ...

    async def delete(self, key: str, /) -> None:
        """Forget it, if there is one."""
        ...


class MemoryConversationStore:
    """Keeps conversations for as long as the process lives; any number of bots may share it."""

    def __init__(self) -> None:
        # As text, so that nobody changes what is kept by changing what they were given.
        self._kept: dict[str, tuple[str, datetime | None]] = {}
        self._sweep_at = _FIRST_SWEEP

    async def load(self, key: str, /) -> StoredConversation | None:
        kept = self._kept.get(key)
        return None if kept is None else StoredConversation.from_json(kept[0])

    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        self._kept[key] = conversation.to_json(), conversation.expires_at
        if len(self._kept) >= self._sweep_at:
            self._sweep(datetime.now(UTC))

    async def delete(self, key: str, /) -> None:
        self._kept.pop(key, None)

    def __repr__(self) -> str:
        return f"<MemoryConversationStore of {len(self._kept)} conversations>"

    def _sweep(self, now: datetime) -> None:
        """Forget what has expired; seldom, so that it costs little for each."""
        self._kept = {
            key: (text, ends)
            for key, (text, ends) in self._kept.items()
            if ends is None or ends > now
        }
        self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._kept))


class FileConversationStore:
    """
    Keeps each conversation in a file of its own, in a folder that is this user's alone.

    They outlive the process, and one folder serves the bots of one machine. A file is named by a
    digest of its key and replaced as a whole; one that is damaged, a link, or open to others counts
    as none, with a warning. One that was never ended stays until it is: give states a timeout, and
    delete files that nobody has touched for longer.

    Args:
        folder: made, open to this user alone, where it is missing. Not one of a `FileStore`.

    Raises:
        InvalidInputError: the folder is a link or no folder, somebody else's, or open to others.
        OSError: the folder cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder).absolute()
        prepare_folder(self._folder)

    async def load(self, key: str, /) -> StoredConversation | None:
        return await in_turn(self._load, self._path(key))

    async def save(self, key: str, conversation: StoredConversation, /) -> None:
        await in_turn(self._save, self._path(key), conversation.to_json().encode())

    async def delete(self, key: str, /) -> None:
        await in_turn(self._delete, self._path(key))

    def __repr__(self) -> str:
        return f"<FileConversationStore in {self._folder}>"

    def _path(self, key: str) -> Path:
        return self._folder / f"{entry_name(key)}.conversation"

    def _load(self, path: Path) -> StoredConversation | None:
        try:
            data = read_file(path)
            return None if data is None else StoredConversation.from_json(data)
        except (OSError, ValueError) as error:
            # The class alone: texts of errors quote what they stumbled over.
            _log.warning(
                "a stored conversation cannot be read and counts as none: %s (%s)",
                path,
                type(error).__name__,
            )
            return None

    def _save(self, path: Path, data: bytes) -> None:
        prepare_folder(self._folder)
        # One lock for all: files are replaced in less than a millisecond.
        with locked(self._folder / "conversations.lock"):
            replace_file(path, data)

    def _delete(self, path: Path) -> None:
        with locked(self._folder / "conversations.lock"):
            path.unlink(missing_ok=True)
