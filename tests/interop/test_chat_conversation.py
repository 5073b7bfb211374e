"""The unmodified official SDK and our client talk over our emulator: `tests/chat_script`."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from connectycube.emulator import Emulator
from connectycube.transports.httpx2 import Httpx2Transport
from tests.chat_script import Partner, play
from tests.chat_script.lines import LINES, Line

from .chat_stage import ChatStage, server_context
from .stage import APP_ID, AUTH_KEY, People

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=LINES)
def line(request: pytest.FixtureRequest) -> Line:
    given: Line = request.param
    return given


@pytest.fixture(scope="module")
def anyio_backend(line: Line) -> str:
    return line.backend


@pytest.fixture
def emulator(line: Line) -> Iterator[Emulator]:
    tls = server_context() if line.is_tls else None
    with Emulator(app_id=APP_ID, auth_key=AUTH_KEY, chat_tls=tls) as emulator:
        yield emulator


@pytest.fixture
async def stage(
    emulator: Emulator, people: People, line: Line, node: str, flows_folder: Path
) -> AsyncGenerator[ChatStage]:
    async with aclosing(Httpx2Transport()) as transport:
        yield ChatStage(emulator, people, line, node, flows_folder, transport)


async def test_our_client_with_the_official_sdk(stage: ChatStage) -> None:
    """Every step of the script passes in both directions."""
    people = stage.people
    async with stage.ours(people.mara) as hers, stage.sdk(people.jonas) as his:
        failures = await played(stage, hers, his)

    assert {} == failures


async def test_our_client_with_itself(stage: ChatStage) -> None:
    """The same without the SDK, which shows that the script asks for nothing of its own."""
    people = stage.people
    async with stage.ours(people.mara) as hers, stage.ours(people.jonas) as his:
        failures = await played(stage, hers, his)

    assert {} == failures


async def played(stage: ChatStage, first: Partner, second: Partner) -> dict[str, str]:
    return await play(
        first,
        second,
        guest=lambda: stage.ours(stage.people.ida),
        dialog_id=stage.group(),
        private_id=stage.private(),
    )
