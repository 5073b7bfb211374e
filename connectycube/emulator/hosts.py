"""Where the parts of the service live."""

from __future__ import annotations

import attrs

ADDRESS = "127.0.0.1"
CHAT_PATH = "/_chat"
"""Where the chat speaks over WebSocket, on the port of the REST service."""


@attrs.frozen(kw_only=True)
class Hosts:
    """Name the hosts beside the REST address."""

    chat: str
    chat_websocket: str
    muc: str
    whiteboard: str
    link_preview: str

    @classmethod
    def on_loopback(cls, port: int, chat_port: int) -> Hosts:
        """Point every part at this machine, so that nothing ever reaches the real service."""
        return cls(
            chat=f"{ADDRESS}:{chat_port}",
            chat_websocket=f"ws://{ADDRESS}:{port}{CHAT_PATH}",
            muc=f"muc.{ADDRESS}",
            whiteboard=f"http://{ADDRESS}:{port}",
            link_preview=f"http://{ADDRESS}:{port}",
        )
