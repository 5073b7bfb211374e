"""Both event loops, in virtual time, and the stage."""

from typing import Any

import pytest

from .stage import Stage
from .virtual_time import virtual_backends


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return virtual_backends()[request.param]


@pytest.fixture
def stage() -> Stage:
    return Stage()
