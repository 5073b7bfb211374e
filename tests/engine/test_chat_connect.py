"""How a client comes to talk: who it is, and with which password."""

import base64
import subprocess
import sys
from typing import Any

import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    ExistingSession,
    ForbiddenError,
    InvalidInputError,
    LoginPassword,
)
from connectycube.api.chat import Chat
from connectycube.frames import ChatAddress
from connectycube.http import Hosts
from connectycube.testing.scripted_frames import ScriptedFrames, ScriptedStream
from connectycube.transports.tcp import TcpConnector

from .stage import MAR, Stage, token_of

pytestmark = pytest.mark.anyio


def login(server: ScriptedFrames) -> list[str]:
    text = server.sent[0].partition(">")[2].partition("<")[0]
    return base64.b64decode(text).decode().split("\0")


async def test_a_password_login_opens_the_chat_by_its_password(stage: Stage) -> None:
    cube, session = await stage.signed_in(MAR)
    server = ScriptedFrames()
    async with cube.chat.connect(connector=server) as chat:
        pass

    assert session.user_id == chat.user_id
    assert ["", f"{session.user_id}-21", "canary-of-mar"] == login(server)


async def test_any_other_session_opens_it_by_its_token(stage: Stage) -> None:
    """A bare token does not even tell whose it is: the service does."""
    elsewhere = await stage.elsewhere()
    cube = stage.client(ExistingSession(elsewhere.token))
    server = ScriptedFrames()
    async with cube.chat.connect(connector=server):
        pass

    assert ["", f"{elsewhere.user_id}-21", elsewhere.token] == login(server)


async def test_the_password_is_asked_for_at_each_connect(stage: Stage) -> None:
    asked: list[int] = []

    async def password() -> str:
        asked.append(len(asked))
        return "canary-of-mar"

    cube, _ = await stage.signed_in(LoginPassword("mar", password))
    before = len(asked)
    for _ in range(2):
        async with cube.chat.connect(connector=ScriptedFrames()):
            pass

    assert before + 2 == len(asked)


async def test_a_session_is_made_where_there_is_none(stage: Stage) -> None:
    cube = stage.client(MAR)
    async with cube.chat.connect(connector=ScriptedFrames()):
        pass

    assert token_of(cube) is not None


async def test_an_application_has_nobody_who_could_talk(stage: Stage) -> None:
    server = ScriptedFrames()
    with pytest.raises(ForbiddenError, match="Need user"):
        await stage.client(AppOnly()).chat.connect(connector=server).__aenter__()

    assert [] == server.streams


class Noting:
    """A connector that notes where it is asked to go."""

    def __init__(self) -> None:
        self.server = ScriptedFrames()
        self.addresses: list[ChatAddress] = []

    async def connect(self, address: ChatAddress, /) -> ScriptedStream:
        self.addresses.append(address)
        return await self.server.connect(address)


async def test_the_client_s_own_hosts_and_connector_are_used(stage: Stage) -> None:
    cube, _ = await stage.signed_in()
    connector = Noting()
    hosts = Hosts(chat="chat.own:5299", chat_websocket="wss://chat.own/", muc="muc.chat.own")
    async with Chat(cube._caller, hosts=hosts, connector=connector).connect():
        pass

    assert [
        ChatAddress(
            domain="chat.own",
            muc="muc.chat.own",
            host="chat.own",
            port=5299,
            websocket_url="wss://chat.own/",
        )
    ] == connector.addresses


@pytest.mark.parametrize("option", [{"max_pending": 0}, {"overflow": "wait"}])
def test_options_that_cannot_be_right_are_refused_at_once(stage: Stage, option: Any) -> None:
    with pytest.raises(InvalidInputError):
        stage.client().chat.connect(**option)


def test_by_default_the_line_is_tcp(stage: Stage) -> None:
    assert isinstance(stage.client().chat.connect()._connector, TcpConnector)


def test_rest_alone_does_not_pay_for_the_chat() -> None:
    code = (
        "import sys; from connectycube import ConnectyCube;"
        "ConnectyCube(21, 'key').chat.dialogs;"
        "print([name for name in sys.modules if name.startswith('connectycube.chat.')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == ran.stdout.strip()


def test_a_connection_is_made_where_no_loop_runs() -> None:
    cube = ConnectyCube(21, "key", auth=MAR)

    assert "ChatConnection" == type(cube.chat.connect()).__name__
