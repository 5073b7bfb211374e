"""What the documentation shows of testing, copied into an empty folder and run there."""

from typing import Final

import pytest

ECHO_BOT: Final = """
from connectycube import ChatConnection, ConnectyCube, MessageReceived
from connectycube.bots import Bot, Router

router = Router()


@router.message()
async def echo(event: MessageReceived, chat: ChatConnection) -> None:
    await chat.reply(event, event.message.body)


def echo_bot(cube: ConnectyCube) -> Bot:
    return Bot(cube, router)
"""
TEST_ECHO_BOT: Final = """
import pytest
from echo_bot import echo_bot


@pytest.mark.anyio
async def test_echo(connectycube_emulator, connectycube_client):
    async with connectycube_emulator.running(echo_bot(connectycube_client).run):
        writer = await connectycube_emulator.actor("writer")
        await writer.send("tester", "Hello")
        await writer.sees("Hello")
"""

SERVICE: Final = """
from contextlib import asynccontextmanager
from typing import Annotated

from connectycube import ConnectyCube, LoginPassword
from fastapi import Depends, FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with ConnectyCube.from_env(auth=LoginPassword("clerk", "long-enough-1")) as cube:
        app.state.cube = cube
        yield


def cube_of(request: Request) -> ConnectyCube:
    return request.app.state.cube


app = FastAPI(lifespan=lifespan)


@app.get("/people/{login}")
async def person(login: str, cube: Annotated[ConnectyCube, Depends(cube_of)]) -> dict[str, str]:
    user = await cube.users.get_by_login(login)
    return {"name": user.full_name or login}
"""
TEST_SERVICE: Final = """
import pytest
from fastapi.testclient import TestClient
from service import app

MARA = {"users": [{"login": "mara", "password": "long-enough-1", "full_name": "Mara Sim"}]}


@pytest.mark.connectycube(seed=MARA)
def test_a_name(connectycube_emulator, connectycube_environment):
    with TestClient(app) as web:
        assert {"name": "Mara Sim"} == web.get("/people/mara").json()
        assert {"name": "Mara Sim"} == web.get("/people/mara").json()
    connectycube_emulator.calls("POST", "/session").once()
"""
# The client of a test in place of the service's own, where there is no lifespan to go through.
TEST_SERVICE_IN_PROCESS: Final = """
import httpx
import pytest
from service import app, cube_of


@pytest.mark.anyio
@pytest.mark.connectycube(seed={"users": [{"login": "mara", "password": "long-enough-1"}]})
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_name(connectycube_emulator, connectycube_client, monkeypatch):
    monkeypatch.setitem(app.dependency_overrides, cube_of, lambda: connectycube_client)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as web:
        assert {"name": "mara"} == (await web.get("/people/mara")).json()
    connectycube_emulator.calls("GET", "/users/v2", user="tester").once()
"""


def lines(snippet: str) -> int:
    return len([one for one in snippet.splitlines() if one.strip()])


def write(pytester: pytest.Pytester, **files: str) -> None:
    for name, content in files.items():
        (pytester.path / f"{name}.py").write_text(content, encoding="utf-8")


def test_a_bot_is_tested_in_eight_lines(pytester: pytest.Pytester) -> None:
    """On every event loop that is installed, and with nothing beside the wheel and pytest."""
    write(pytester, echo_bot=ECHO_BOT, test_echo_bot=TEST_ECHO_BOT)

    done = pytester.runpytest_subprocess("-p", "no:asyncio", "-W", "error")

    assert 8 == lines(TEST_ECHO_BOT)
    done.assert_outcomes(passed=2)


def test_a_bot_that_fails_its_test_is_told_plainly(pytester: pytest.Pytester) -> None:
    """As one failed check, with what the bot said instead."""
    write(pytester, echo_bot=ECHO_BOT.replace("event.message.body", "'Helo'"))
    write(pytester, test_echo_bot=TEST_ECHO_BOT.replace('sees("Hello"', 'sees("Hello", timeout=1'))

    done = pytester.runpytest_subprocess("-k", "asyncio")

    done.assert_outcomes(failed=1, deselected=1)
    told = (
        "E *AssertionError: writer saw no 'Hello' within 1 s; the nearest was 'Helo';"
        " messages that came, seen or not: 'Helo' from tester"
    )
    done.stdout.fnmatch_lines(told)
    assert "ExceptionGroup" not in done.stdout.str()


def test_a_fastapi_service_is_tested_in_ten_lines(pytester: pytest.Pytester) -> None:
    """With its own client and lifespan, or with the test's client in its place."""
    write(pytester, service=SERVICE, test_service=TEST_SERVICE)
    write(pytester, test_in_process=TEST_SERVICE_IN_PROCESS)

    done = pytester.runpytest_subprocess("-W", "ignore::DeprecationWarning")

    assert 10 == lines(TEST_SERVICE)
    done.assert_outcomes(passed=2)
