"""The profile file: settings and secrets of one application, written by a person as TOML."""

import errno
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from connectycube.cli.exit_codes import CommandError, ExitCode
from connectycube.cli.settings import KEYS
from connectycube.stores._private_files import read_file

_PLACE: Final = re.compile(r"at (line \d+, column \d+|end of document)")


class ProfileError(CommandError):
    """
    A profile file that is not used.

    Attributes:
        what: what is wrong with it.
        remedy: what to do about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}: {remedy}", ExitCode.CREDENTIALS)


def read_profile(path: Path) -> dict[str, str]:
    """
    Return the settings of a profile; none where there is no such file.

    Raises:
        ProfileError: the file is a link, somebody else's, open to others, or says what no profile
            does. Nothing of what it holds is told.
    """
    try:
        data = read_file(path)
    except NotADirectoryError:
        return {}
    except PermissionError as error:
        raise _refused(path, error) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ProfileError(f"{path} is a link", "put the file itself there") from None
        raise ProfileError(f"{path}: {error.strerror}", "see that it can be read") from None
    return {} if data is None else _settings(data, path)


def _refused(path: Path, error: PermissionError) -> ProfileError:
    if error.errno == errno.EPERM and error.strerror == "open to others":
        return ProfileError(f"{path} is open to others", f"chmod 600 {path}")
    return ProfileError(f"{path} is no file of yours", "put one there that is, with mode 600")


def _settings(data: bytes, path: Path) -> dict[str, str]:
    try:
        document: Mapping[str, Any] = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise ProfileError(f"{path} is not written in UTF-8", "save it so") from None
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))  # the rest may quote a secret
        where = f" {found[0]}" if found else ""
        raise ProfileError(f"{path} is no TOML{where}", 'write lines as app_id = "21"') from None
    for name, value in document.items():
        if name not in KEYS:
            remedy = f"it may have {', '.join(KEYS)}"
            raise ProfileError(f"{path}: a profile has no {name!r}", remedy)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ProfileError(f"{path}: {name} is no text", "put it into quotation marks")
    return {name: str(value) for name, value in document.items() if value != ""}
