"""The official JavaScript SDK under Node, as the tests of `tests/interop` pin it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

import attrs

from connectycube.emulator import Emulator

NAME: Final = "official JavaScript SDK"
_HERE: Final = Path(__file__).parent
_PINNED: Final = _HERE.parents[1] / "tests" / "interop"
_APP_ID: Final = 21
_AUTH_KEY: Final = "auth-key"
_TOKEN_CALL: Final = 0.05
# Scripts of strangers do not run here.
_INSTALL: Final = (
    "ci",
    "--ignore-scripts",
    "--omit=optional",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
    "--fetch-retries=1",
)
_PAST_THE_END: Final = 2 * 60 * 60 + 1
_PATIENCE: Final = 120.0


class CannotRunError(Exception):
    """Something is missing here, or did not work; the message says what."""


@attrs.frozen
class Told:
    """What became of so many calls that met an expired session."""

    logins: int
    sent: int
    answered: int
    wall: float


@attrs.frozen
class Sdk:
    """The SDK, installed in a folder."""

    _node: str
    _folder: str

    def run(self, script: str, given: Any, *options: str, **environment: str) -> Any:
        """Run a script of this folder, and return what it tells."""
        # A module on standard input finds its packages from the working directory.
        command = [self._node, *options, "--input-type=module", "-", json.dumps(given)]
        text = (_HERE / script).read_text(encoding="utf-8")
        return json.loads(_run(command, self._folder, text, environment))


@contextmanager
def installed() -> Iterator[Sdk]:
    """
    Install it for a while.

    Raises:
        CannotRunError: the row stays empty.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise CannotRunError("it needs Node 18 or newer and npm")
    with TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            if not (_PINNED / name).is_file():
                raise CannotRunError(f"tests/interop/{name} is not here")
            shutil.copy(_PINNED / name, folder)
        _run([npm, *_INSTALL], folder)
        yield Sdk(node, folder)


def storms(sizes: Sequence[int]) -> Iterator[tuple[int, Told]]:
    """
    Let each number of calls meet an expired session.

    Raises:
        CannotRunError: the row stays empty.
    """
    with installed() as sdk:
        for size in sizes:
            yield size, _storm(sdk, size)


def _storm(sdk: Sdk, size: int) -> Told:
    with Emulator(app_id=_APP_ID, auth_key=_AUTH_KEY) as emulator:
        given = {
            "baseUrl": emulator.base_url,
            "appId": _APP_ID,
            "authKey": _AUTH_KEY,
            "calls": size,
            "expireAfter": _PAST_THE_END,
        }
        emulator.faults.delay(_TOKEN_CALL, method="POST", path="/session", times=None)
        told = sdk.run("storm.mjs", given)
        lines = [f"{one.method} {one.path}" for one in emulator.requests]
    # The session that expired was made by one more.
    logins = lines.count("POST /session.json") - 1
    sent = lines.count("GET /users/v2.json")
    return Told(logins, sent, told["answered"], told["seconds"])


def _run(
    command: Sequence[str],
    folder: str,
    given: str = "",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - found by their own names
            command,
            cwd=folder,
            env={**os.environ, **environment},
            input=given,
            capture_output=True,
            encoding="utf-8",
            timeout=_PATIENCE,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise CannotRunError(f"{Path(command[0]).name} took more than {_PATIENCE:g} s") from None
    except subprocess.CalledProcessError as failed:
        told = failed.stderr.strip().partition("\n")[0]
        raise CannotRunError(f"{Path(command[0]).name} failed: {told}") from None
    return done.stdout
