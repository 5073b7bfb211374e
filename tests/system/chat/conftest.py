"""A stage for each story of the chat: over every line, on every loop that the line runs on."""

from collections.abc import AsyncGenerator, Iterator

import pytest

from connectycube.emulator import Emulator
from tests.system.stage import AUTH_KEY, until

from .stage import LINES, Line, Stage, certified, on, opened


@pytest.fixture(scope="module", params=on(LINES))
def line(request: pytest.FixtureRequest) -> Line:
    given: Line = request.param
    return given


@pytest.fixture(scope="module")
def anyio_backend(line: Line) -> str:
    return line.backend


@pytest.fixture
def emulator(line: Line) -> Iterator[Emulator]:
    with Emulator(auth_key=AUTH_KEY, chat_tls=certified() if line.has_tls else None) as emulator:
        yield emulator


@pytest.fixture
async def stage(emulator: Emulator, line: Line) -> AsyncGenerator[Stage]:
    async with opened(emulator, line) as stage:
        yield stage
        # Whatever a story is about, it leaves no line open.
        await until(lambda: stage.lines == 0)
