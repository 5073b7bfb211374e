"""A conversation in whole XMPP elements: the words every chat line speaks."""

from collections.abc import Sequence
from typing import Protocol, Self

from connectycube.errors import InvalidInputError
from connectycube.http import HostsLike
from connectycube.values import frozen

TLS_PORT = 5223


@frozen(kw_only=True)
class ChatAddress:
    """
    Where the chat answers.

    Attributes:
        domain: what users' addresses end in; the stream is opened to it.
        muc: what rooms' addresses end in.
        host: where direct TLS answers, with `port`.
        websocket_url: where the WebSocket answers.
    """

    domain: str
    muc: str
    host: str
    port: int = TLS_PORT
    websocket_url: str

    @classmethod
    def from_hosts(cls, hosts: HostsLike) -> Self:
        """
        Read it off the addresses of a service, where `chat` may name a port.

        Raises:
            InvalidInputError: `chat` is no host, or its port is none.
        """
        host, port = _host_and_port(hosts.chat)
        domain = host.strip("[]")
        return cls(
            domain=domain, muc=hosts.muc, host=domain, port=port, websocket_url=hosts.chat_websocket
        )


class FrameStream(Protocol):
    """
    One open line, on which whole XMPP elements come and go as text.

    Opening the stream, its header and its framing are the line's own, so neither ever shows as a
    frame. An element may lean on what a stream's header declares: `jabber:client` where it names
    no namespace, and the prefix `stream`.

    `send`, `receive` and `restart` raise `StreamClosedError` where the line is over, whoever ended
    it. Sending belongs to one task at a time, and so does receiving.
    """

    @property
    def is_private(self) -> bool:
        """Whether nobody else can read along: encrypted, or never leaving this machine."""
        ...

    async def send(self, frame: str, /) -> None:
        """Send one element. Cancelled, it may have gone in part, and the line is of no more use."""
        ...

    async def receive(self) -> str:
        """Return the next element. Cancelling the wait loses none."""
        ...

    async def restart(self) -> None:
        """Open the stream anew on the same line, as the server awaits after a login."""
        ...

    async def aclose(self) -> None:
        """
        Say goodbye if that can be done at once, and close. May be called twice.

        Where the caller is cancelled already, close without a goodbye.
        """
        ...


class BatchingStream(FrameStream, Protocol):
    """A line that sends many elements as cheaply as one. Any line may be such a one."""

    async def send_all(self, frames: Sequence[str], /) -> None:
        """Send elements in this order; all else as for `send`."""
        ...


class Connector(Protocol):
    """Opens lines, and keeps nothing of them."""

    async def connect(self, address: ChatAddress, /) -> FrameStream:
        """
        Open a line, with its stream opened to the domain.

        Raises:
            ConnectError: there is no line to be had.
            StreamClosedError: it was closed before its stream was open.
        """
        ...


def _host_and_port(chat: str) -> tuple[str, int]:
    host, colon, port = chat.rpartition(":")
    if not colon or chat.endswith("]"):
        host, port = chat, str(TLS_PORT)
    elif ":" in host and not host.endswith("]"):
        host, port = chat, str(TLS_PORT)  # an IPv6 address by itself
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
        raise InvalidInputError("hosts.chat must be a host, or a host and a port")
    return host, int(port)
