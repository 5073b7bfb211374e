"""Every chat line that we ship, on every event loop that it runs on."""

from importlib.util import find_spec
from typing import Any, Final, TypeAlias

import attrs
import pytest

from connectycube.transports.aiohttp_websocket import AiohttpConnector
from connectycube.transports.tcp import TcpConnector

Shipped: TypeAlias = TcpConnector | AiohttpConnector


@attrs.frozen
class Line:
    """A connector and what it runs on, as anyio's plugin names it."""

    kind: type[Shipped]
    backend: Any


_UVLOOP: Final = pytest.mark.skipif(find_spec("uvloop") is None, reason="uvloop is not installed")
_ON_UVLOOP: Final = ("asyncio", {"use_uvloop": True})
LINES: Final = [
    pytest.param(Line(TcpConnector, "asyncio"), id="tcp-asyncio"),
    pytest.param(Line(TcpConnector, _ON_UVLOOP), id="tcp-uvloop", marks=_UVLOOP),
    pytest.param(Line(TcpConnector, "trio"), id="tcp-trio"),
    pytest.param(Line(AiohttpConnector, "asyncio"), id="aiohttp-asyncio"),
    pytest.param(Line(AiohttpConnector, _ON_UVLOOP), id="aiohttp-uvloop", marks=_UVLOOP),
]
