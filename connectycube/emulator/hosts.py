"""Where the parts of the service live."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Hosts:
    """Name the hosts beside the REST address."""

    chat: str
    chat_websocket: str
    muc: str
    whiteboard: str
    link_preview: str

    @classmethod
    def on_loopback(cls, port: int) -> Hosts:
        """Point every part at this machine, so that nothing ever reaches the real service."""
        return cls(
            chat="127.0.0.1",
            chat_websocket=f"ws://127.0.0.1:{port}/_chat",
            muc="muc.127.0.0.1",
            whiteboard=f"http://127.0.0.1:{port}",
            link_preview=f"http://127.0.0.1:{port}",
        )
