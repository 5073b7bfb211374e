"""Sessions kept in a folder: for programs that start again, and processes of one machine."""

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from connectycube.session import Session
from connectycube.stores._claim import Claim
from connectycube.stores._entry import SessionFormat, entry_name
from connectycube.stores._lock_file import in_turn, locked
from connectycube.stores._private_files import prepare_folder, read_file, replace_file

_GIVE_BACK_GRACE: Final = 2.0


class FileStore:
    """
    Keeps each session in a file of its own, in a folder that is this user's alone.

    A file is named by a digest of its key and replaced as a whole. One that is damaged, a link, or
    open to others counts as none. Beside it lies a small file that carries locks and leases, and
    stays. Leases are counted in wall time; the folder must be on a disk whose file locks work.

    A cancelled call has done its work wholly or not at all. On asyncio it may still be doing so in
    its thread for a moment, where a task was cancelled by asyncio's own means.

    On Windows nobody looks whose the folder is, whether it is a link, or who may read it: choose
    one inside the user's profile. There a save may also fail while another process reads.

    Args:
        folder: made, open to this user alone, where it is missing. It is looked at again each time.
        encrypt: turns what would be written into what is; called in threads.
        decrypt: turns it back, or raises what it likes; called in threads.

    Raises:
        InvalidInputError: the folder is a link or no folder, somebody else's, or open to others;
            or one of `encrypt` and `decrypt` is missing.
        OSError: the folder cannot be made.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        encrypt: Callable[[bytes], bytes] | None = None,
        decrypt: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._format = SessionFormat(encrypt, decrypt)
        self._folder = Path(folder).absolute()
        prepare_folder(self._folder)

    async def load(self, key: str, /) -> Session | None:
        return await in_turn(self._load, self._path(key, ".session"))

    async def save(self, key: str, session: Session, /) -> None:
        data = await to_thread.run_sync(self._format.write, session)
        await in_turn(self._save, key, data)

    async def delete(self, key: str, token: str, /) -> None:
        await in_turn(self._delete, key, token)

    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:
        """Claim a key among all processes that use the folder, for so many seconds at most."""
        claim = Claim(self._path(key, ".lock"), seconds)
        mine: bool | None = None
        try:
            mine = await in_turn(self._take, claim)
            yield mine
        finally:
            # After a cancellation nobody knows, and asking costs little.
            if mine is not False:
                # What cannot be given back ends by itself, and is no fault of the block's.
                with anyio.move_on_after(_GIVE_BACK_GRACE, shield=True), suppress(OSError):
                    await in_turn(claim.give_back)

    def __repr__(self) -> str:
        return f"<FileStore in {self._folder}>"

    def _path(self, key: str, suffix: str) -> Path:
        return self._folder / (entry_name(key) + suffix)

    def _load(self, path: Path) -> Session | None:
        prepare_folder(self._folder)
        try:
            data = read_file(path)
        except OSError as error:
            self._format.warn(str(path), error)
            return None
        return None if data is None else self._format.read(data, str(path))

    def _save(self, key: str, data: bytes) -> None:
        prepare_folder(self._folder)
        with locked(self._path(key, ".lock")):
            replace_file(self._path(key, ".session"), data)

    def _delete(self, key: str, token: str) -> None:
        path = self._path(key, ".session")
        kept = self._load(path)
        if kept is None or kept.token != token:
            return
        # Only now is it worth a lock, and with the lock it is looked at again.
        with locked(self._path(key, ".lock")):
            kept = self._load(path)
            if kept is not None and kept.token == token:
                path.unlink()

    def _take(self, claim: Claim) -> bool:
        prepare_folder(self._folder)
        return claim.take()
