"""Where profiles and kept sessions lie, by the platform's own habits."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from connectycube.cli.exit_codes import CommandError, ExitCode
from connectycube.values import frozen

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_APPLICATION: Final = "connectycube"


@frozen(kw_only=True)
class Places:
    """
    The files of one profile.

    Attributes:
        profile: settings, written by a person.
        kept: the session that `login` keeps.
        sessions: the folder of those that are made of credentials.
    """

    profile: Path
    kept: Path
    sessions: Path


def places_of(profile: str, environ: Mapping[str, str]) -> Places:
    """
    Return where a profile's files are; none of them need be there.

    `XDG_CONFIG_HOME` and `XDG_STATE_HOME` count on every platform.

    Raises:
        CommandError: the name could lead somewhere else.
    """
    if not _NAME.fullmatch(profile):
        raise CommandError(
            "a profile's name has letters, digits, dots, dashes and underscores", ExitCode.USAGE
        )
    config, state = _folders(environ)
    return Places(
        profile=config / f"{profile}.toml",
        kept=state / "signed-in" / f"{profile}.json",
        sessions=state / "sessions",
    )


def _folders(environ: Mapping[str, str]) -> tuple[Path, Path]:
    config, state = _habits(environ)
    return (
        Path(environ.get("XDG_CONFIG_HOME") or config) / _APPLICATION,
        Path(environ.get("XDG_STATE_HOME") or state) / _APPLICATION,
    )


def _habits(environ: Mapping[str, str]) -> tuple[Path, Path]:
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "win32":
        roaming = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
        local = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
        return roaming, local
    if sys.platform == "darwin":
        support = home / "Library" / "Application Support"
        return support, support
    return home / ".config", home / ".local" / "state"
