"""One HTTP request and what comes back: the words every transport speaks."""

from collections.abc import AsyncIterator, ItemsView, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final, Protocol

import attrs

from connectycube.values import frozen

_SHOWN: Final = frozenset(
    {"accept", "accept-encoding", "cb-sdk", "content-length", "content-type", "host"}
)


class Headers(Mapping[str, str]):
    """Header fields: spelled as given, looked up in any case, and shy in a repr."""

    __slots__ = ("_by_name", "_items")

    def __init__(self, items: Mapping[str, str] | None = None) -> None:
        self._items = dict(items or {})
        self._by_name: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        if self._by_name is None:
            self._by_name = {key.lower(): value for key, value in self._items.items()}
        return self._by_name[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> ItemsView[str, str]:
        return self._items.items()

    def __repr__(self) -> str:
        shown = (
            f"{name}: {value if name.lower() in _SHOWN else '***'}"
            for name, value in self._items.items()
        )
        return f"<Headers {', '.join(shown)}>"


class Body(Protocol):
    """A body of known length that is too large to hold; it can be sent again from its start."""

    @property
    def length(self) -> int:
        """The number of bytes; the request's `Content-Length` says the same."""
        ...

    def open(self) -> AsyncIterator[bytes]:
        """
        Begin to read it from its start.

        Whatever this or its iterator raises must end the request without an answer.
        """
        ...


@frozen(kw_only=True)
class Request:
    """
    One HTTP request, complete and absolute.

    Attributes:
        label: names the endpoint for logs and middleware; the URL may hold a token.
    """

    method: str
    url: str = attrs.field(repr=False)
    headers: Headers = attrs.field(factory=Headers)
    body: bytes | Body | None = attrs.field(default=None, repr=False)
    label: str = ""


class Response(Protocol):
    """
    An open answer: the header has arrived, the body is read by whoever asked.

    Bodies come as they were on the line: what `Content-Encoding` says is undone by the engine.
    `read`, and the iterator of `iter_bytes`, raise `TransportError` where the body is cut.
    """

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields; lookups ignore case."""
        ...

    async def read(self) -> bytes:
        """Return the whole body."""
        ...

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """
        Give the body in chunks as they arrive.

        Cancelling a wait for one loses none, or whoever waits again gets a `TransportError`.
        """
        ...

    async def aclose(self) -> None:
        """Free the connection; what was not read is dropped. May be called twice."""
        ...


class Transport(Protocol):
    """
    Moves one request, and knows nothing else.

    `send` raises `ConnectError` only where nothing was sent, and `TransportError` for any other
    failure. It neither retries, follows redirects, keeps cookies nor sets time limits of its own
    but for connecting; headers and bodies go out as given. Cancelling it at any await leaks no
    connection.
    """

    async def send(self, request: Request, /) -> Response:
        """Send the request and return the open answer; its `aclose` is the caller's duty."""
        ...

    async def aclose(self) -> None:
        """Close every connection. May be called twice."""
        ...


class CallObserver(Protocol):
    """
    Sees the whole of a call, which to a transport is only requests.

    A transport that has one gives it as an attribute `observer`; without it a call costs nothing
    more. What it raises is the caller's to see.
    """

    def call(self, label: str, /) -> AbstractContextManager[object]:
        """Return what is entered for as long as a call takes, waiting and renewal included."""
        ...

    def event(self, name: str, attributes: Mapping[str, str | int | float], /) -> None:
        """
        Learn what happens within the running call.

        `attempt` comes with the `label` of its endpoint, which may be another one than the call's,
        with `number`, `outcome` (a status, or an error's class) and `seconds`;
        `wait` with `seconds`, before a repeat; `renewal` with `outcome` and `seconds`, where this
        call met an expired session.
        """
        ...


class EventLoop(Protocol):
    """
    What calls need of the event loop.

    A transport that serves one kind of loop alone may give it as an attribute `event_loop`, where
    that is cheaper than to find out by anyio which loop it is.
    """

    def current(self) -> object:
        """Return what is equal within one loop alone."""
        ...

    def time(self) -> float:
        """Return the loop's time, as `anyio.current_time` does."""
        ...

    def bound(self, until: float, /) -> AbstractContextManager[object, bool]:
        """Return what ends a block of the current task quietly at a time of the loop."""
        ...


class HostsLike(Protocol):
    """Anything with the five addresses of `Hosts`."""

    @property
    def chat(self) -> str: ...
    @property
    def chat_websocket(self) -> str: ...
    @property
    def muc(self) -> str: ...
    @property
    def whiteboard(self) -> str: ...
    @property
    def link_preview(self) -> str: ...


@frozen(kw_only=True)
class Hosts:
    """Where the service answers besides its API; a deployment of one's own gives its own."""

    chat: str = "chat.connectycube.com"
    chat_websocket: str = "wss://chat.connectycube.com:5291"
    muc: str = "muc.chat.connectycube.com"
    whiteboard: str = "https://whiteboard.connectycube.com"
    link_preview: str = "https://linkpreview.connectycube.com"
