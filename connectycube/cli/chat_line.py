"""Which line the chat takes: TCP, or a WebSocket through whatever lets little else out."""

from urllib.parse import urlsplit

from connectycube.client import ConnectyCube
from connectycube.frames import Connector
from connectycube.transports._environment import proxy_of_environment
from connectycube.transports.aiohttp_websocket import AiohttpConnector


def chat_line(cube: ConnectyCube, *, is_websocket: bool) -> Connector | None:
    """Return what opens the chat's line; `None` for the client's own way, which is TCP."""
    if not is_websocket:
        return None
    parts = urlsplit(cube.hosts.chat_websocket)
    scheme = "http" if parts.scheme == "ws" else "https"
    return AiohttpConnector(proxy=proxy_of_environment(scheme, parts.hostname or ""))
