"""Every transport that we ship, on every event loop that it runs on."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from importlib.util import find_spec
from typing import Any, Final, TypeAlias

import attrs
import pytest

from connectycube.errors import ConnectError
from connectycube.http import Headers, Request
from connectycube.testing.raw_server import Line, RawServer
from connectycube.transports.aiohttp import AiohttpTransport
from connectycube.transports.httpx2 import Httpx2Transport

Shipped: TypeAlias = AiohttpTransport | Httpx2Transport
LABEL: Final = "GET /thing/{id}"
SECRETS: Final = Headers({"CB-Token": "canary-token"})


@attrs.frozen
class Ride:
    """A transport and what it runs on, as anyio's plugin names it."""

    kind: type[Shipped]
    backend: Any


_UVLOOP: Final = pytest.mark.skipif(find_spec("uvloop") is None, reason="uvloop is not installed")
_USUAL: Final = [
    pytest.param(Ride(AiohttpTransport, "asyncio"), id="aiohttp-asyncio"),
    pytest.param(Ride(Httpx2Transport, "asyncio"), id="httpx2-asyncio"),
    pytest.param(Ride(Httpx2Transport, "trio"), id="httpx2-trio"),
]
_ALSO: Final = {
    "aiohttp-uvloop": Ride(AiohttpTransport, ("asyncio", {"use_uvloop": True})),
    "httpx2-uvloop": Ride(Httpx2Transport, ("asyncio", {"use_uvloop": True})),
}
# The check of all promises takes them all; what goes beyond it does so in long runs.
ALL_RIDES: Final = [*_USUAL, *(pytest.param(_ALSO[name], id=name, marks=_UVLOOP) for name in _ALSO)]
RIDES: Final = [
    *_USUAL,
    *(pytest.param(_ALSO[name], id=name, marks=[_UVLOOP, pytest.mark.long]) for name in _ALSO),
]


def asking(url: str, method: str = "GET", **more: Any) -> Request:
    return Request(method=method, url=url, label=LABEL, **{"headers": SECRETS, **more})


async def fetched(transport: Shipped, request: Request) -> tuple[int, bytes]:
    async with aclosing(await transport.send(request)) as response:
        return response.status, await response.read()


@asynccontextmanager
async def talking(
    kind: type[Shipped], talk: Callable[[Line], Awaitable[object]], **options: Any
) -> AsyncGenerator[tuple[RawServer, Shipped]]:
    async with RawServer(talk) as server, aclosing(kind(**options)) as transport:
        yield server, transport


async def assert_nothing_sent(transport: Shipped, url: str) -> None:
    for method, body in (("GET", None), ("POST", b"{}")):
        with pytest.raises(ConnectError, match=r"^GET /thing/\{id\}: no connection: \w+"):
            await transport.send(asking(url, method, body=body))
