"""The exit statuses that scripts can go by, each by what really leads to it."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from connectycube.cli.exit_codes import MEANINGS
from connectycube.emulator import Emulator

from .cli_stage import Crew, Done, Shell


def status(code: int) -> Callable[[Emulator], object]:
    return lambda emulator: emulator.faults.status(code, path="/session", times=None)


@pytest.mark.parametrize(
    ("trouble", "wanted"),
    [
        (status(400), 5),
        (status(401), 3),
        (status(403), 5),
        (status(404), 4),
        (status(422), 5),
        (lambda emulator: emulator.faults.rate_limit(0, path="/session", times=None), 6),
        (status(500), 8),
        (lambda emulator: emulator.faults.garble(spoiled="json", path="/session"), 8),
        (lambda emulator: emulator.faults.drop(path="/session", times=None), 7),
    ],
)
def test_trouble_has_a_status(
    crew: Crew, trouble: Callable[[Emulator], object], wanted: int
) -> None:
    """Each kind of failure has its own, with one line on standard error and nothing else."""
    trouble(crew.emulator)

    done = crew.shell("whoami")

    assert (wanted, "") == (done.status, done.stdout)
    assert done.stderr.startswith("connectycube whoami: GET /session: ")
    assert 1 == len(done.stderr.splitlines())


def test_nobody_listens_is_7(shell: Shell) -> None:
    """A network failure points to the doctor."""
    shell.login()
    shell.environment["CONNECTYCUBE_TOKEN"] = "canary-token"

    done = shell("whoami", CONNECTYCUBE_BASE_URL="http://127.0.0.1:1")

    assert 7 == done.status
    assert "`connectycube doctor` may know why" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["whoami", "--nonsense"], ["nonsense"], ["messages"], ["request", "GET", "users"]]
)
def test_a_wrong_call_is_2(shell: Shell, arguments: list[str]) -> None:
    """What cannot be right is refused before anything is sent."""
    done = shell(*arguments)

    assert (2, "") == (done.status, done.stdout)


def test_a_file_that_is_not_there_is_2_and_one_that_is_there_is_1(crew: Crew) -> None:
    """A path that names nothing is a wrong call; one that is taken is a fact of this machine."""
    taken = crew.shell.home / "taken"
    taken.write_text("mine")

    assert 2 == crew.shell("upload", "/nowhere").status
    assert 1 == crew.shell("download", "some-uid", str(taken)).status
    assert "mine" == taken.read_text()


def test_no_traceback_unless_asked_for(crew: Crew) -> None:
    """`--debug` shows where a failure came from, and the log; else it is one line."""
    crew.emulator.faults.status(403, path="/session", times=None)

    short = crew.shell.run("whoami")
    long = crew.shell.run("whoami", "--debug")

    assert (5, 5) == (short.status, long.status)
    assert "Traceback" not in short.stderr
    assert "Traceback" in long.stderr
    assert "DEBUG connectycube.http: GET /session: 403" in long.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_is_130(crew: Crew) -> None:
    """Ended by its user, a command that follows says goodbye and ends with 130."""
    with crew.shell.process("tail", "--json") as process:
        assert process.stdout is not None
        while not crew.emulator.service.xmpp.sessions:
            assert process.poll() is None, process.stderr and process.stderr.read()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert 130 == process.returncode
    assert "" == errors.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has pipes of another kind")
def test_a_reader_who_leaves_is_141(crew: Crew) -> None:
    """`connectycube messages … | head -0` ends in silence."""
    known = crew.id_of("dialogs", "crew")
    with crew.shell.process("messages", known) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        process.wait(timeout=30)

    assert (141, "") == (process.returncode, errors)


def test_the_table_is_in_the_help() -> None:
    """`connectycube --help` lists each status with what it tells."""
    done = subprocess.run(
        [sys.executable, "-m", "connectycube", "--help"], capture_output=True, text=True, check=True
    )
    told = " ".join(done.stdout.split())

    for code, meaning in MEANINGS.items():
        assert re.search(rf" {int(code)} {re.escape(meaning)}", told)


def test_a_command_s_own_help_is_0(shell: Shell) -> None:
    """Help is no failure."""
    done: Done = shell("tail", "--help")

    assert 0 == done.status
    assert "Follow DIALOG" in done.stdout
