"""Every transport that we ship keeps the promises of its Protocol."""

import gc
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from connectycube.testing import check_transport

from .transports import ALL_RIDES, Ride

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=ALL_RIDES)
def ride(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def anyio_backend(ride: Ride) -> Any:
    return ride.backend


@pytest.fixture(autouse=True)
def _nothing_unclosed(check_canary: Callable[[], None]) -> Iterator[None]:
    """Fail where a connection or an iterator is left to the garbage collector."""
    yield
    check_canary()  # lets go of the errors, whose frames may hold what was forgotten
    gc.collect()


async def test_what_we_ship_keeps_every_promise(ride: Ride) -> None:
    """The very check that third parties run."""
    context = ssl.create_default_context()  # shared: one for each transport takes long to make
    await check_transport(partial(ride.kind, ssl_context=context))
