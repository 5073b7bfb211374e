"""A stage for each client story: over every transport, on every loop that the transport runs on."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from connectycube.emulator import Emulator

from .cli_stage import CREW, Crew, Shell
from .stage import AUTH_KEY, RIDES, Ride, Stage


@pytest.fixture(scope="module", params=RIDES)
def ride(request: pytest.FixtureRequest) -> Ride:
    given: Ride = request.param
    return given


@pytest.fixture(scope="module")
def anyio_backend(ride: Ride) -> str:
    return ride.backend


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Serve each test on ports of its own: what one gives up may still arrive in the next."""
    with Emulator(auth_key=AUTH_KEY) as emulator:
        yield emulator


@pytest.fixture
async def stage(emulator: Emulator, ride: Ride) -> AsyncGenerator[Stage]:
    stage = Stage(emulator, ride)
    async with aclosing(stage.transport):
        yield stage
    assert [] == stage.strayed


@pytest.fixture
def shell(emulator: Emulator, tmp_path: Path) -> Shell:
    """Give a shell where nobody is signed in yet."""
    return Shell.at(tmp_path, emulator)


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    """Give an emulator with people and dialogs, and a shell where mara is signed in."""
    with Emulator(auth_key=AUTH_KEY, seed=CREW) as emulator:
        shell = Shell.at(tmp_path, emulator)
        shell.login()
        yield Crew(emulator, shell)
