"""What the command line's stories play on: a shell in a home of its own, and an emulator."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import attrs
from click.testing import CliRunner

from connectycube.cli.app import app
from connectycube.emulator import Emulator

PASSWORD: Final = "canary-of-mara"
# What the machine that runs the tests may have set.
_ALIEN: Final = ("CONNECTYCUBE_", "XDG_", "SSL_CERT_")
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
USER_PASSWORD: Final = "canary-of-jonas"
CREW: Final[dict[str, Any]] = {
    "users": [
        {"login": "mara", "password": PASSWORD, "full_name": "Mara Sim", "tags": ["crew"]},
        {"login": "jonas", "password": USER_PASSWORD, "email": "jonas@example.org"},
        {"login": "stranger", "password": "canary-of-stranger"},
    ],
    "dialogs": [
        {
            "key": "crew",
            "name": "Crew",
            "type": "group",
            "owner": "mara",
            "occupants": ["jonas"],
            "messages": [
                {"from": "jonas", "text": "Cast off at six"},
                {"from": "mara", "text": "Aye"},
            ],
        },
        {"key": "two", "type": "private", "owner": "mara", "occupants": ["jonas"]},
    ],
}


@attrs.frozen
class Done:
    """How a command ended, and what it said."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[Any]:
        """The lines of JSON on standard output."""
        return [json.loads(line) for line in self.stdout.splitlines()]


class Shell:
    """Runs commands in this process, or in one of their own, with an environment of its own."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.environment = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            **environment,
        }

    @classmethod
    def at(cls, home: Path, emulator: Emulator, **environment: str) -> "Shell":
        """Return a shell that knows the application of an emulator, and nobody's password."""
        known = {
            "CONNECTYCUBE_BASE_URL": emulator.base_url,
            "CONNECTYCUBE_APP_ID": str(emulator.app_id),
            "CONNECTYCUBE_AUTH_KEY": emulator.auth_key,
        }
        return cls(home, **{**known, **environment})

    def __call__(self, *arguments: str, given: str | bytes = "", **environment: str) -> Done:
        """Run a command here; an empty variable counts as none."""
        runner = CliRunner(env={**_without_aliens(), **self._variables(environment)})
        result = runner.invoke(app, arguments, input=given, catch_exceptions=False)
        return Done(result.exit_code, result.stdout, result.stderr)

    def process(
        self,
        *arguments: str,
        stream: int = subprocess.PIPE,
        environment: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[str]":
        """Start a command as a process, whose pipes are the caller's, or all the same stream."""
        mine = {name: value for name, value in os.environ.items() if not _is_alien(name)}
        return subprocess.Popen(
            [sys.executable, "-m", "connectycube", *arguments],
            stdin=stream,
            stdout=stream,
            stderr=stream,
            text=True,
            env={**mine, **self._variables(environment or {})},
            start_new_session=True,
        )

    def run(self, *arguments: str, given: str = "", **environment: str) -> Done:
        """Run a command as a process."""
        with self.process(*arguments, environment=environment) as process:
            stdout, stderr = process.communicate(given, timeout=60)
            return Done(process.returncode, stdout, stderr)

    def on_terminal(
        self, *arguments: str, question: str = "", answer: str = "", term: str = "dumb"
    ) -> str:
        """Run a command on a terminal, answer its question, and return what the terminal showed."""
        import pty  # noqa: PLC0415 - there is none on Windows

        terminal, end = pty.openpty()
        plain = {"TERM": term, "COLUMNS": "120"}
        with (
            self.process(*arguments, stream=end, environment=plain) as process,
            os.fdopen(terminal, "r+b", 0) as line,
        ):
            os.close(end)
            shown = b""
            # Linux says EIO where nobody is at the other end any more.
            with suppress(OSError):
                while piece := line.read(1024):
                    shown += piece
                    if answer and question.encode() in shown:
                        line.write(answer.encode())
                        answer = ""
            process.wait(timeout=60)
        return shown.decode().replace("\r\n", "\n")

    def login(self, name: str = "mara", *options: str, password: str = PASSWORD) -> Done:
        """Sign in, with the password on standard input."""
        done = self("login", name, "--stdin", *options, given=f"{password}\n")
        assert 0 == done.status, done.stderr
        return done

    @property
    def kept(self) -> Path:
        """Where login keeps the session of the default profile."""
        return self.home / "state" / "connectycube" / "signed-in" / "default.json"

    @property
    def profile(self) -> Path:
        """Where the default profile is."""
        return self.home / "config" / "connectycube" / "default.toml"

    def write_profile(self, text: str, *, mode: int = 0o600) -> Path:
        """Write the default profile."""
        self.profile.parent.mkdir(parents=True, exist_ok=True)
        self.profile.write_text(text, encoding="utf-8")
        self.profile.chmod(mode)
        return self.profile

    def _variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {**self.environment, **environment}


def _without_aliens() -> dict[str, str | None]:
    return {name: None for name in os.environ if _is_alien(name)}


def _is_alien(name: str) -> bool:
    return name.startswith(_ALIEN) or name.lower() in _PROXIES


@attrs.frozen
class Crew:
    """An emulator with people and dialogs in it, and mara signed in."""

    emulator: Emulator
    shell: Shell

    def id_of(self, kind: str, name: str) -> str:
        """Return the id of what was seeded."""
        return str(self.emulator.seeded[kind][name])  # type: ignore[index] # a test's own words
