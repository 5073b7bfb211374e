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
_USUAL: Final = [
    pytest.param(Line(TcpConnector, "asyncio"), id="tcp-asyncio"),
    pytest.param(Line(TcpConnector, "trio"), id="tcp-trio"),
    pytest.param(Line(AiohttpConnector, "asyncio"), id="aiohttp-asyncio"),
]
_ALSO: Final = {
    "tcp-uvloop": Line(TcpConnector, _ON_UVLOOP),
    "aiohttp-uvloop": Line(AiohttpConnector, _ON_UVLOOP),
}
# The check of all promises takes them all; what goes beyond it does so in long runs.
ALL_LINES: Final = [*_USUAL, *(pytest.param(_ALSO[name], id=name, marks=_UVLOOP) for name in _ALSO)]
LINES: Final = [
    *_USUAL,
    *(pytest.param(_ALSO[name], id=name, marks=[_UVLOOP, pytest.mark.long]) for name in _ALSO),
]
