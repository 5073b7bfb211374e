"""
A program that is watched for secrets: what it says, logs, leaves behind, and shows to `ps`.

The marks of a secret: the canary of the tests, what examples call their passwords and keys, and the
emulator's session tokens, which are visibly its own.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs

MARK: Final = re.compile(
    r"canary[-\w]*|long-enough\S*|emulator-auth-key|FA4E[0-9A-F]{32}", re.IGNORECASE
)
_LOG: Final = "every.log"
# Each Python process of the program logs all there is to log into one file.
_LOGGING: Final = f"""\
import logging, os
log = os.path.join(os.path.dirname(__file__), {_LOG!r})
logging.basicConfig(level=logging.DEBUG, filename=log, encoding="utf-8")
"""
_PAUSE: Final = 0.05


@attrs.frozen(kw_only=True)
class Watched:
    """What became of a program, and where it let secrets be seen, by place."""

    status: int
    out: str
    errors: str
    logged: str
    secrets: dict[str, list[str]]


def run_watched(
    command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None
) -> Watched:
    """
    Run a Python program to its end in a folder that is its home and its place for scratch files.

    Args:
        command: after the interpreter, which turns warnings into errors.
        env: what its environment holds besides.
    """
    home, site = folder / "home", folder / "site"
    home.mkdir()
    site.mkdir()
    (site / "sitecustomize.py").write_text(_LOGGING, encoding="utf-8")
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), f"{home}")
    process = subprocess.Popen(
        [sys.executable, "-W", "error", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=home,
        env={**os.environ, **places, "PYTHONPATH": f"{site}", **(env or {})},
        start_new_session=True,
    )
    seen: set[str] = set()
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, seen, over))
    watch.start()
    try:
        out, errors = process.communicate(timeout=120)
    finally:
        over.set()
        watch.join()
        process.kill()
    log = site / _LOG
    logged = log.read_text(encoding="utf-8") if log.is_file() else ""
    told = {"output": out + errors, "logs": logged, "commands": "\n".join(sorted(seen))}
    told |= {f"{path.relative_to(home)}": _content(path) for path in home.rglob("*")}
    found = {place: MARK.findall(text) for place, text in told.items()}
    return Watched(
        status=process.returncode,
        out=out,
        errors=errors,
        logged=logged,
        secrets={place: marks for place, marks in found.items() if marks},
    )


def _content(path: Path) -> str:
    text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    return f"{path.name}\n{text}"


def _watch(session: int, seen: set[str], over: threading.Event) -> None:
    """Look at the commands of all processes of a session again and again, as `ps` does on Linux."""
    while not over.wait(_PAUSE):
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                if int(stat.rpartition(")")[2].split()[3]) == session:
                    command = (folder / "cmdline").read_bytes()
                    seen.add(command.replace(b"\0", b" ").decode("utf-8", "replace"))
            except (OSError, ValueError, IndexError):
                continue  # it ended meanwhile
