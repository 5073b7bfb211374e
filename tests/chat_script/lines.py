"""The lines of our client, and the event loops that each runs on."""

import ssl
from collections.abc import Callable
from typing import Final

import attrs
import pytest

from connectycube.frames import Connector
from connectycube.transports.aiohttp_websocket import AiohttpConnector
from connectycube.transports.tcp import TcpConnector


@attrs.frozen
class Line:
    """
    A way to the chat.

    Attributes:
        connector: makes what opens it, from a context that trusts the server.
        is_tls: whether the server's port with TLS is wanted.
    """

    backend: str
    connector: Callable[[ssl.SSLContext], Connector]
    is_tls: bool = False


def _plain(_: ssl.SSLContext) -> Connector:
    return TcpConnector()


def _tls(context: ssl.SSLContext) -> Connector:
    return TcpConnector(ssl_context=context)


def _websocket(_: ssl.SSLContext) -> Connector:
    return AiohttpConnector()


# A usual run takes each line and each loop once, a long one takes all there are.
LINES: Final = [
    pytest.param(Line("asyncio", _plain), id="tcp-asyncio", marks=pytest.mark.long),
    pytest.param(Line("trio", _plain), id="tcp-trio"),
    pytest.param(Line("asyncio", _tls, is_tls=True), id="tls-asyncio"),
    pytest.param(Line("trio", _tls, is_tls=True), id="tls-trio", marks=pytest.mark.long),
    pytest.param(Line("asyncio", _websocket), id="websocket-asyncio"),
]
