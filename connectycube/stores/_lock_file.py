"""One at a time, among threads and processes: the lock that the system keeps on an open file."""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

import anyio
from anyio import to_thread

from connectycube.stores._private_files import open_own

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")

_FIRST_PAUSE: Final = 0.001
_LONGEST_PAUSE: Final = 0.05


@contextmanager
def locked(path: Path) -> Generator[int]:
    """
    Hold a file's lock for the block, which gets the file's descriptor.

    The file is made where it is missing, and stays: whoever waits for the lock of a file that was
    removed would get one that nobody else asks for. The system ends the lock of a process that
    dies.

    Raises:
        BlockingIOError: somebody else holds it now.
        OSError: the file is not this user's, or cannot be made.
    """
    descriptor = open_own(path, os.O_RDWR | os.O_CREAT)
    try:
        _lock(descriptor)
        try:
            yield descriptor
        finally:
            # Closing is not enough: a process forked meanwhile has the file open as well.
            _unlock(descriptor)
    finally:
        os.close(descriptor)


async def in_turn(work: Callable[[*Arguments], T], *arguments: *Arguments) -> T:
    """
    Do blocking work in a thread, again for as long as it finds a lock taken.

    No thread waits for a lock, so that a cancelled caller is held up by nobody else. On asyncio a
    task that is cancelled by asyncio's own means leaves its thread to finish alone.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            return await to_thread.run_sync(work, *arguments)
        except BlockingIOError:
            await anyio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes, and nobody may read those: one that no content reaches.
    _FAR: Final = 1 << 30

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from None

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
