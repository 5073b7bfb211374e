"""The examples run as they stand."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from connectycube import (
    AiohttpConnector,
    ChatConnection,
    ConnectyCube,
    Hosts,
    LoginPassword,
    MessageReceived,
    Read,
)

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_runs_as_it_stands(path: Path, tmp_path: Path) -> None:
    """An example needs nothing but the package, ends well, and complains of nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", path],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout


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
