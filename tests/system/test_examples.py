"""The examples run as they stand, and let nobody see a secret."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import anyio
import pytest
import redis

from connectycube import (
    AiohttpConnector,
    ChatConnection,
    ConnectyCube,
    Hosts,
    LoginPassword,
    MessageReceived,
    Read,
)
from connectycube.emulator import Emulator
from tests.conformance.redis_server import redis_server
from tests.examples import EXAMPLES, FOLDER

from .watched import Watched, run_watched

# Those that read secrets from the environment, and which.
SECRETS: Final = {
    "aiohttp_worker.py": ["WORKER_PASSWORD"],
    "fastapi_service.py": [],
    "mint_session.py": ["MINT_SECRET"],
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_runs_as_it_stands(path: Path, tmp_path: Path) -> None:
    """
    It ends well, complains of nothing, and shows no secret.

    Neither what it says nor what it logs, neither the commands of its processes nor the files that
    it leaves hold a password, a key or a token.
    """
    done = run_watched([path], tmp_path)

    assert (0, "", {}) == (done.status, done.errors, done.secrets)
    assert done.out
    assert done.logged


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_of_the_environment_stay_there(name: str, tmp_path: Path) -> None:
    """What serves for good takes the application's key and its own secrets from there, only."""
    with Emulator(auth_key="canary-auth-key") as emulator:
        env = {
            "CONNECTYCUBE_APP_ID": f"{emulator.app_id}",
            "CONNECTYCUBE_AUTH_KEY": emulator.auth_key,
            "CONNECTYCUBE_BASE_URL": emulator.base_url,
        }
        env |= {secret: f"canary-of-{secret.lower()}" for secret in SECRETS[name]}
        done = run_watched([FOLDER / name], tmp_path, env)
        sent = [one.json for one in emulator.requests if one.path == "/session" and one.json]

    assert (0, "", {}) == (done.status, done.errors, done.secrets)
    assert {"canary-auth-key"} == {one["auth_key"] for one in sent}


def test_the_secret_that_signs_tokens_stays_in_the_environment(tmp_path: Path) -> None:
    """Nor do the tokens show that the service asks about, although they stand in a URL."""
    env = {"IDENTITY_SECRET": "canary-identity-secret"}
    done = run_watched([FOLDER / "identity_endpoint.py"], tmp_path, env)
    claim = re.compile(r"[\w-]+=*\.[0-9a-f]{64}")

    assert (0, "", {}) == (done.status, done.errors, done.secrets)
    assert [] == claim.findall(done.out + done.logged)


@pytest.fixture
def guarded_redis() -> Iterator[str]:
    """Give the URL of a server that wants a password."""
    with redis_server() as url, redis.Redis.from_url(url) as client:
        client.config_set("requirepass", "canary-redis")
        yield url.replace("unix://", "unix://:canary-redis@")


def test_the_fleet_shares_a_redis_server(guarded_redis: str, tmp_path: Path) -> None:
    """Eight processes sign in once, and once more when the session expires, over a real server."""
    done = run_watched([FOLDER / "fleet.py"], tmp_path, {"REDIS_URL": guarded_redis})

    assert (0, "", {}) == (done.status, done.errors, done.secrets)
    signed_in = re.findall(r": process \d of 8 signed in, logins: 1$", done.out, re.MULTILINE)
    assert 2 == len(signed_in)


@pytest.mark.long
def test_the_fleet_takes_the_url_of_an_open_server_from_its_command(tmp_path: Path) -> None:
    """Where there is no secret in it, `--redis` does."""
    with redis_server() as url:
        done = run_watched([FOLDER / "fleet.py", "--redis", url], tmp_path)
        with redis.Redis.from_url(url) as client:
            left = client.dbsize()

    assert (0, "", 0) == (done.status, done.errors, left)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:canary-redis@localhost",
        "redis://u:canary-redis@h/0",
        "unix:///s?password=canary-redis",
    ],
)
def test_the_fleet_refuses_a_password_in_its_command(url: str, tmp_path: Path) -> None:
    """It says where it belongs, and does not repeat it."""
    done = run_watched([FOLDER / "fleet.py", "--redis", url], tmp_path)

    assert 2 == done.status
    assert "belongs in REDIS_URL" in done.errors
    assert "canary" not in done.out + done.errors


def test_no_example_asks_for_a_secret_in_a_command() -> None:
    """What is typed is kept in a shell's history: no option, and no variable before a command."""
    option = re.compile(r"--[\w-]*(?:password|secret|token|auth-?key)", re.IGNORECASE)
    variable = re.compile(r"\b[A-Z_]*(?:PASSWORD|SECRET|TOKEN|KEY)=\S")
    sources = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES}

    assert [] == [name for name, text in sources.items() if option.search(text)]
    assert [] == [name for name, text in sources.items() if variable.search(text)]


LEAKS: Final = {
    "output": "print('canary')",
    "logs": "import logging; logging.getLogger('x').debug('FA4E%s', '0' * 32)",
    "commands": (
        "import subprocess, sys; run = [sys.executable, '-c', 'import time; time.sleep(.3)'];"
        "subprocess.run([*run, 'long-' + 'enough'])"
    ),
    "notes.txt": "open('notes.txt', 'w').write('can' + 'ary')",
    "tmpfile": "import os; open(os.environ['TMPDIR'] + '/tmpfile', 'w').write('emulator-auth-key')",
}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux shows commands like that")
@pytest.mark.parametrize("place", LEAKS)
def test_a_secret_is_seen_wherever_it_shows(place: str, tmp_path: Path) -> None:
    """The watch itself is watched: each way to leak is found, and named by its place."""
    script = tmp_path / "leak.py"
    script.write_text(LEAKS[place], encoding="utf-8")
    done: Watched = run_watched(["-W", "ignore", script], tmp_path)

    assert (0, [place]) == (done.status, list(done.secrets))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends no group of processes")
def test_the_echo_answers_whoever_writes_until_it_is_stopped() -> None:
    """What it prints leads to it over a WebSocket, as the official SDK would come."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", FOLDER / "chat.py", "--echo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that its emulator ends with it
    ) as process:
        try:
            assert process.stdout is not None
            told = ""
            while "Ctrl-C" not in told:
                told += process.stdout.readline()
                assert told.endswith("\n")
            [url] = re.findall(r"api_url: '(.+?)'", told)
            [websocket] = re.findall(r"websocket: '(.+?)'", told)
            [bot] = re.findall(r"chat\.send\((\d+),", told)
            answers = anyio.run(write_to, int(bot), url, websocket)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            _, errors = process.communicate(timeout=30)

    assert (["Hello", "\N{ANCHOR} <&>"], "") == (answers, errors)


async def write_to(bot: int, url: str, websocket: str) -> list[str]:
    """Write to the bot, see that it reads, and return what it says."""
    hosts = Hosts(chat="127.0.0.1", chat_websocket=websocket, muc="muc.127.0.0.1")
    jonas = LoginPassword("jonas", "long-enough-2")
    async with (
        ConnectyCube(21, "emulator-auth-key", auth=jonas, base_url=url, hosts=hosts) as cube,
        cube.chat.connect(connector=AiohttpConnector()) as chat,
    ):
        return [await said_back(chat, bot, body) for body in ("Hello", "\N{ANCHOR} <&>")]


async def said_back(chat: ChatConnection, bot: int, body: str) -> str:
    sent, was_read = (await chat.send(bot, body)).message_id, False
    with anyio.fail_after(30):
        async for event in chat:
            was_read |= isinstance(event, Read) and event.message_id == sent
            if isinstance(event, MessageReceived):
                assert was_read
                return event.message.body
    raise AssertionError("the conversation is over")
