"""No secret by an argument, and none in anything that a command says."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from connectycube.cli.app import app
from connectycube.cli.catalogue import CATALOGUE
from connectycube.cli.secret_names import is_secret_name
from connectycube.emulator import Emulator

from .cli_stage import CREW, Crew, Shell

SECRET = "canary-of-mara"
KEYS = {
    "CONNECTYCUBE_LOGIN": "mara",
    "CONNECTYCUBE_PASSWORD": SECRET,
    "CONNECTYCUBE_AUTH_SECRET": "canary-auth-secret",
}


def commands() -> Iterator[click.Command]:
    context = click.Context(app)
    for name in CATALOGUE:
        command = app.get_command(context, name)
        assert command is not None
        yield command


@pytest.fixture
def secretive(tmp_path: Path) -> Iterator[Crew]:
    """Give a shell in whose environment everything secret holds the canary."""
    emulator = Emulator(auth_key="canary-auth-key", auth_secret="canary-auth-secret", seed=CREW)
    with emulator:
        yield Crew(emulator, Shell.at(tmp_path, emulator, **KEYS))


def test_no_option_takes_a_secret() -> None:
    """What names a secret is a flag: nothing behind it stands in `ps`."""
    options = [
        (command.name, option.opts)
        for command in commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.is_flag
        if any(is_secret_name(name) for name in option.opts)
    ]

    assert [] == options


@pytest.mark.parametrize(
    "option", ["--password", "--auth-key", "--auth-secret", "--token", "--secret", "--api-key"]
)
@pytest.mark.parametrize("command", ["whoami", "send"])
def test_a_secret_among_the_arguments_is_refused(shell: Shell, command: str, option: str) -> None:
    """The message says where it belongs, and does not repeat it."""
    for spelled in ([option, "canary-argument"], [f"{option}=canary-argument"]):
        done = shell(command, *spelled)

        assert 2 == done.status
        told = " ".join(done.stderr.split())
        assert f"{option}: secrets are never taken from arguments" in told
        assert "environment (CONNECTYCUBE_PASSWORD" in told
        assert "profile file with mode 600" in told
        assert "canary" not in done.stdout + done.stderr


def test_a_secret_before_the_command_is_refused(shell: Shell) -> None:
    """It is the same wherever it stands."""
    done = shell("--password", "canary-argument", "whoami")

    assert 2 == done.status
    assert "secrets are never taken from arguments" in done.stderr


def test_what_is_too_much_is_not_repeated(shell: Shell) -> None:
    """A password behind the name is an argument too many, and may be a secret."""
    done = shell("login", "mara", "canary-argument")

    assert 2 == done.status
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("more", [(), ("--json",), ("--debug",)])
def test_nothing_secret_is_told(secretive: Crew, tmp_path: Path, more: tuple[str, ...]) -> None:
    """With all its secrets in the environment, no command shows one, whatever becomes of it."""
    file = tmp_path / "note.txt"
    file.write_text("ahoy")
    jonas = secretive.id_of("users", "jonas")
    calls = [
        ["whoami"],
        ["session"],
        ["users", "jonas"],
        ["dialogs"],
        ["send", jonas, "ahoy"],
        ["upload", str(file)],
        ["request", "GET", "/session"],
        ["request", "POST", "/blobs", "-b", '{"blob": {"content_type": "a/b", "name": "c"}}'],
        ["request", "GET", "/nothing"],
        ["messages", "0" * 24],
        ["download", "no-such-uid", str(tmp_path / "x")],
        ["doctor"],
        ["login"],
        ["logout"],
    ]
    for call in calls:
        done = secretive.shell(*call, *more)
        told = done.stdout + done.stderr

        assert "canary" not in told, call
        # Tokens look as the uids of files do.
        found = set(re.findall(r"\b[0-9A-F]{36}\b", told))
        assert found <= {one.uid for one in secretive.emulator.world.files}, call
        assert "X-Amz-Signature" not in told, call


def test_a_token_is_shown_to_whoever_asks_for_it(crew: Crew) -> None:
    """`session --show-token` prints it, and says on standard error what it is."""
    token = json.loads(crew.shell.kept.read_text())["session"]["token"]

    plain = crew.shell("session", "--json")
    shown = crew.shell("session", "--json", "--show-token")

    assert token not in plain.stdout + plain.stderr
    assert token == shown.json["token"]
    assert "is a secret: whoever has it can act as this user" in shown.stderr


def test_a_mistake_of_ours_tells_its_kind_alone(crew: Crew) -> None:
    """A text that is not ours may hold anything, so it is for --debug."""
    code = (
        "import sys\n"
        "from connectycube.cli import people\n"
        "from connectycube.cli.main import main\n"
        "class Wrong(people.People):\n"
        "    async def learn(self, ids): raise RuntimeError('canary-in-a-text')\n"
        "import connectycube.cli.commands.messages as messages\n"
        "messages.People = Wrong\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    known = crew.id_of("dialogs", "crew")
    done = subprocess.run(
        [sys.executable, "-c", code, "messages", known],
        capture_output=True,
        text=True,
        check=False,
        env=crew.shell.environment,
    )

    assert 1 == done.returncode
    assert "connectycube messages: RuntimeError, a mistake of ours: see --debug\n" == done.stderr
