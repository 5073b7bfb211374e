"""The commands, as processes."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectycube import __version__


def run(
    *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "connectycube", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**_clean_environment(), **(environment or {})},
    )


def _clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("CONNECTYCUBE_")}


@pytest.fixture
def served() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An emulator on a free port, and that port."""
    with subprocess.Popen(
        [sys.executable, "-m", "connectycube", "emulator", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r":(\d+)$", process.stdout.readline().strip())
            assert found is not None
            yield process, int(found[1])
        finally:
            process.kill()
            process.communicate()


def post_session(port: int, path: str) -> tuple[int, dict[str, object]]:
    body = json.dumps({"application_id": 21, "auth_key": "emulator-auth-key"})
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("path", ["/session", "/session.json"])
def test_emulator_command_serves_both_spellings(
    served: tuple[subprocess.Popen[str], int], path: str
) -> None:
    """`connectycube emulator` answers `POST /session` with and without the suffix."""
    status, body = post_session(served[1], path)

    assert 201 == status
    assert isinstance(body["session"], dict)
    assert 21 == body["session"]["application_id"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGTERM to a console program")
def test_emulator_command_stops_cleanly(served: tuple[subprocess.Popen[str], int]) -> None:
    """A terminated emulator ends with success and says nothing on standard error."""
    process, _ = served
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)

    assert (0, "") == (process.returncode, errors)


def test_emulator_command_says_where_the_chat_is(
    served: tuple[subprocess.Popen[str], int],
) -> None:
    """Both doors of the chat are told, and open: a stream over TCP, and a WebSocket."""
    process, port = served
    assert process.stdout is not None
    told = "".join(iter(process.stdout.readline, "\n"))
    found = re.search(r"chat over TCP on 127\.0\.0\.1:(\d+), over WebSocket on (\S+)", told)
    assert found is not None

    with socket.create_connection(("127.0.0.1", int(found[1])), timeout=30) as line:
        line.sendall(
            b"<stream:stream to='127.0.0.1' version='1.0' xmlns='jabber:client'"
            b" xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        assert line.recv(100).startswith(b"<?xml version='1.0'?><stream:stream")
    assert f"ws://127.0.0.1:{port}/_chat" == found[2]


def test_emulator_command_names_a_port_that_is_taken(
    served: tuple[subprocess.Popen[str], int],
) -> None:
    """A port in use is one line on standard error and exit status 1, no traceback."""
    done = run("emulator", "--port", str(served[1]))

    assert 1 == done.returncode
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_emulator_command_names_the_place_of_a_seed_that_is_wrong(tmp_path: Path) -> None:
    """A seed that cannot be planted or read is told on standard error, and nothing is served."""
    seed = tmp_path / "seed.json"
    seed.write_text('{"users": [{"full_name": "Mara"}]}')

    planted = run("emulator", "--port", "0", "--seed", str(seed))
    missing = run("emulator", "--port", "0", "--seed", str(tmp_path / "none.json"))

    assert (1, "connectycube emulator: users[0]: needs a login or an email\n") == (
        planted.returncode,
        planted.stderr,
    )
    assert 1 == missing.returncode
    assert "none.json: No such file" in missing.stderr
    assert "" == planted.stdout + missing.stdout


def test_demo_tells_the_whole_story() -> None:
    """The demo ends with success, having renewed once for a thousand calls."""
    done = run("demo")

    assert (0, "") == (done.returncode, done.stderr)
    assert "all 1,000 calls succeeded" in done.stdout
    assert "together they cost 1 renewal" in done.stdout
    assert "user 1001 types, and user 1002 sees it" in done.stdout
    assert "its sender hears that it was confirmed, delivered, read" in done.stdout
    assert "the guest is refused" in done.stdout


def test_live_demo_asks_for_its_variables() -> None:
    """Without the variables the live demo says which one is missing, and sends nothing."""
    done = run("demo", "--live")

    assert 2 == done.returncode
    assert "CONNECTYCUBE_APP_ID is not set" in done.stderr


def test_live_demo_runs_where_the_variables_point(
    served: tuple[subprocess.Popen[str], int],
) -> None:
    """The steps that need neither clock nor chat hold at any address, and clean up."""
    environment = {
        "CONNECTYCUBE_APP_ID": "21",
        "CONNECTYCUBE_AUTH_KEY": "emulator-auth-key",
        "CONNECTYCUBE_BASE_URL": f"http://127.0.0.1:{served[1]}",
    }
    done = run("demo", "--live", environment=environment)

    assert (0, "") == (done.returncode, done.stderr)
    assert "the three users are deleted" in done.stdout
    assert "WebSocket" not in done.stdout


def test_version() -> None:
    """`--version` names the package and its version."""
    assert f"connectycube {__version__}\n" == run("--version").stdout


def test_unknown_command_is_a_usage_error() -> None:
    """What does not exist is refused with status 2, as usual."""
    assert 2 == run("nonsense").returncode
