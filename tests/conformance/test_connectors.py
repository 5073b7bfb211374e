"""Every connector that we ship keeps the promises of its Protocol."""

import gc
from collections.abc import Callable, Iterator

import pytest

from connectycube.testing.connector_check import check_connector

from .connectors import ALL_LINES, Line

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=ALL_LINES)
def line(request: pytest.FixtureRequest) -> Line:
    found: Line = request.param
    return found


@pytest.fixture(scope="module")
def anyio_backend(line: Line) -> object:
    return line.backend


@pytest.fixture(autouse=True)
def _nothing_unclosed(check_canary: Callable[[], None]) -> Iterator[None]:
    """Fail where a line is left to the garbage collector."""
    yield
    check_canary()  # lets go of the errors, whose frames may hold what was forgotten
    gc.collect()


async def test_what_we_ship_keeps_every_promise(line: Line) -> None:
    """The very check that third parties run."""
    await check_connector(line.kind)
