"""The session that `login` keeps for the commands after it: one file, its owner's alone."""

import errno
import json
from pathlib import Path
from typing import Any

import attrs

from connectycube.cli.exit_codes import CommandError, NotSignedInError
from connectycube.errors import InvalidInputError
from connectycube.session import Session
from connectycube.stores._lock_file import locked
from connectycube.stores._private_files import prepare_folder, read_file, replace_file
from connectycube.values import frozen


@frozen(kw_only=True)
class KeptSession:
    """A session, and where and as whom it was made; never a password or a key."""

    session: Session
    app_id: int
    base_url: str
    login: str | None = None
    email: str | None = None
    chat_host: str | None = None
    chat_websocket: str | None = None
    muc_host: str | None = None


def read_kept(path: Path) -> KeptSession | None:
    """
    Return what was kept; `None` where there is nothing.

    Raises:
        NotSignedInError: the file is a link, somebody else's, open to others, or not ours.
        CommandError: it cannot be read.
    """
    try:
        data = read_file(path)
    except NotADirectoryError:
        return None
    except OSError as error:
        if isinstance(error, PermissionError) or error.errno == errno.ELOOP:
            raise NotSignedInError(
                f"{path} must be a file of yours, open to nobody else: remove it and log in again"
            ) from None
        raise CommandError(f"{path}: {error.strerror}") from None
    return None if data is None else _read(data, path)


def keep(path: Path, kept: KeptSession) -> None:
    """
    Write a kept session in place of the one before.

    Raises:
        CommandError: the folder is not this user's alone, or cannot be written to.
    """
    document: dict[str, Any] = {
        field.name: getattr(kept, field.name) for field in attrs.fields(KeptSession)
    }
    document["session"] = kept.session.to_dict()
    try:
        prepare_folder(path.parent)
        with locked(path.with_suffix(".lock")):
            replace_file(path, json.dumps(document, indent=2).encode())
    except BlockingIOError:
        raise CommandError(f"{path}: another login is writing it") from None
    except InvalidInputError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None


def forget(path: Path) -> None:
    """
    Remove a kept session, where there is one.

    Raises:
        CommandError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None


def _read(data: bytes, path: Path) -> KeptSession:
    try:
        document = json.loads(data)
        return KeptSession(**{**document, "session": Session.from_dict(document["session"])})
    except (ValueError, TypeError, KeyError):
        # The causes quote what they stumbled over.
        raise NotSignedInError(f"{path} holds no session of login: log in again") from None
