"""The official SDK talks to our echo bot: processes of their own, and an emulator of its own."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread
import attrs
import pytest

import connectycube.bots
from connectycube import ConnectyCube, Hosts, LoginPassword
from tests.chat_script import Place

from .chat_partner import SdkPartner, SdkSettings

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "echo_bot.py"
DOCSTRING: Final = connectycube.bots.__doc__ or ""
KEY: Final = "emulator-auth-key"
JONAS: Final = LoginPassword("jonas", "canary-of-jonas")
PATIENCE: Final = 60


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@attrs.frozen
class Service:
    """What `connectycube emulator` says of itself."""

    url: str
    chat: str
    websocket: str

    @property
    def hosts(self) -> Hosts:
        return Hosts(chat=self.chat, chat_websocket=self.websocket, muc="muc.127.0.0.1")

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CONNECTYCUBE_APP_ID": "21",
            "CONNECTYCUBE_AUTH_KEY": KEY,
            "CONNECTYCUBE_BASE_URL": self.url,
            "CONNECTYCUBE_CHAT": self.chat,
            "ECHO_BOT_LOGIN": "echo",
            "ECHO_BOT_PASSWORD": "long-enough-1",
        }


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-W", "error", *arguments]
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=environment or None
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.fixture
def service() -> Iterator[Service]:
    with process("-m", "connectycube", "emulator", "--port", "0") as running:
        assert running.stdout is not None
        told = ""
        while "curl" not in told:
            told += running.stdout.readline()
        yield Service(*re.findall(r" on ([^\s,]+)", told))


def ended(running: subprocess.Popen[str]) -> str:
    """End a bot, and return its last words."""
    running.send_signal(signal.SIGTERM)
    said, errors = running.communicate(timeout=PATIENCE)
    assert (0, "") == (running.returncode, errors)
    return said


@pytest.fixture
async def sdk(service: Service, node: str, flows_folder: Path) -> SdkPartner:
    async with client(service) as cube:
        session = await cube.create_session()
    given = {
        "baseUrl": service.url,
        "hosts": attrs.asdict(service.hosts),
        "appId": 21,
        "authKey": KEY,
    }
    settings = SdkSettings(
        node=node,
        folder=flows_folder,
        domain="127.0.0.1",
        websocket=service.websocket,
        given=given,
        user_id=session.user_id or 0,
        password="canary-of-jonas",
    )
    return SdkPartner(settings)


def client(service: Service) -> ConnectyCube:
    return ConnectyCube(21, KEY, auth=JONAS, base_url=service.url, hosts=service.hosts)


async def test_the_example_echoes_what_the_sdk_says(service: Service, sdk: SdkPartner) -> None:
    """In private and in a group, until SIGTERM ends it."""
    with process(str(EXAMPLE), **service.environment) as running:
        assert running.stdout is not None
        online = await anyio.to_thread.run_sync(running.stdout.readline)
        bot = int(online.split()[1])
        async with client(service) as cube, sdk:
            group = await cube.chat.dialogs.create_group("All", [bot])
            private = await cube.chat.dialogs.create_private(bot)
            for place in (Place(private.id, bot), Place(group.id)):
                for body in ("Hello", "\N{ANCHOR} <&>"):
                    await sdk.send(place, body)
                    heard = await sdk.inbox.expect("message", user_id=bot, body=body)
                    assert (place.user_id is None) == heard["is_group"]
        last = await anyio.to_thread.run_sync(ended, running)

    assert "Bye.\n" == last


async def test_the_bot_of_the_docstring_is_the_official_one_in_fifteen_lines(
    service: Service, sdk: SdkPartner, tmp_path: Path
) -> None:
    """As it stands there, but for the addresses of the emulator."""
    code = textwrap.dedent(re.findall(r"^ {4}[^`]*\n(?=\n\S)", DOCSTRING, re.MULTILINE)[0])
    assert len([line for line in code.splitlines() if line]) <= 15
    hosts = f"__import__('connectycube').{service.hosts!r}"
    script = tmp_path / "bot.py"
    script.write_text(code.replace("from_env(", f"from_env(hosts={hosts}, "), encoding="utf-8")
    with process(str(script), **service.environment) as running:
        async with client(service) as cube, sdk:
            bot = await echo_user(cube)
            private = await cube.chat.dialogs.create_private(bot)
            for body in ("Hello", "Are you there?"):
                await sdk.send(Place(private.id, bot), body)
                await sdk.inbox.expect("message", user_id=bot, body=body)
        await anyio.to_thread.run_sync(ended, running)


async def echo_user(cube: ConnectyCube) -> int:
    """Wait until the bot has signed in, and return who it is."""
    with anyio.fail_after(PATIENCE):
        while True:
            page = await cube.users.find(login="echo")
            if page.items:
                return page.items[0].id
            await anyio.sleep(0.1)
