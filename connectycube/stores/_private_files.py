"""A folder, and files in it, that are this user's alone."""

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectycube.errors import InvalidInputError

# Windows has no word for the first, and changes line ends without the second.
_AS_IT_IS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def prepare_folder(folder: Path) -> None:
    """
    Make the folder where it is missing, and see to it that it is this user's alone.

    Raises:
        InvalidInputError: it is a link or no folder, somebody else's, or open to others.
        OSError: it cannot be made.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=True)
    told = folder.lstat()
    if not stat.S_ISDIR(told.st_mode):
        raise InvalidInputError(f"{folder} is a link, or no folder at all")
    if not _is_private(told):
        raise InvalidInputError(
            f"{folder} must belong to this user and be open to nobody else, as after chmod 700"
        )


def open_own(path: Path, flags: int) -> int:
    """
    Open a file of this user's, or make one for this user alone; the caller closes the descriptor.

    Raises:
        OSError: it is a link or no file, somebody else's, or cannot be opened.
    """
    descriptor = os.open(path, flags | _AS_IT_IS, mode=0o600)
    told = os.fstat(descriptor)
    if not (stat.S_ISREG(told.st_mode) and _is_own(told)):
        os.close(descriptor)
        raise PermissionError(errno.EPERM, "no file of this user", os.fspath(path))
    return descriptor


def read_file(path: Path) -> bytes | None:
    """
    Return what a file holds, `None` where there is no file.

    Raises:
        OSError: as `open_own`, or it is open to others or cannot be read.
    """
    try:
        descriptor = open_own(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not _is_private(os.fstat(descriptor)):
            raise PermissionError(errno.EPERM, "open to others", os.fspath(path))
        return file.read()


def replace_file(path: Path, data: bytes) -> None:
    """
    Put a file in place of the one before, wholly or not at all.

    The new one has the same name each time, so that a process that dies leaves one at most, and the
    next one clears it away: whoever calls holds a lock.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(open_own(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _is_own(told: os.stat_result) -> bool:
    # Windows keeps access lists, which do not show in here.
    return sys.platform == "win32" or told.st_uid == os.geteuid()


def _is_private(told: os.stat_result) -> bool:
    return sys.platform == "win32" or (_is_own(told) and not told.st_mode & 0o077)
