"""The emulator as a program holds it: its ports, and everything behind them."""

from __future__ import annotations

import queue
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from .hosts import ADDRESS, Hosts
from .records import DEFAULT_APPLICATION
from .seeding_file import read_seed
from .server import Ports, Server
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from ssl import SSLContext
    from types import TracebackType

    from .calls import Calls
    from .calls_wanted import CallFilter
    from .clock import Clock
    from .faults import Faults
    from .messages import RecordedRequest
    from .seeding_names import Seeded
    from .settings import Settings
    from .world import World
    from .xmpp_faults import ChatFaults


class Emulator:
    """
    Serve the emulated service on this machine, from its own thread and loop.

    Usable from asyncio, trio and plain code, as `with` or `async with`. Stopping closes what
    starting opened; what the service remembers stays until `reset`.

    `seed` is a document of what is there from the start and after each reset, or the file of one.
    With `chat_tls`, which holds a certificate, the chat has a port with TLS from the first byte.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        store_port: int = 0,
        chat_port: int = 0,
        chat_tls: SSLContext | None = None,
        app_id: int = DEFAULT_APPLICATION.id,
        auth_key: str = DEFAULT_APPLICATION.auth_key,
        auth_secret: str = DEFAULT_APPLICATION.auth_secret,
        admin_key: str = DEFAULT_APPLICATION.admin_key,
        settings: Settings | None = None,
        start: datetime | None = None,
        seed: Mapping[str, Any] | str | Path | None = None,
    ) -> None:
        self.service: Service = Service(
            app_id=app_id,
            auth_key=auth_key,
            auth_secret=auth_secret,
            admin_key=admin_key,
            settings=settings,
            start=start,
            seed=read_seed(Path(seed)) if isinstance(seed, (str, Path)) else seed,
        )
        self._wanted_ports = Ports(api=port, store=store_port, chat=chat_port)
        self._chat_tls = chat_tls
        self._running: Server | None = None

    def start(self) -> Self:
        """Open the ports and serve; raises `OSError` where one is taken."""
        if self._running is None:
            self._running = Server(self.service, self._wanted_ports, self._chat_tls)
            self.service.store_url = self.store_url
            self.service.hosts = self.hosts
        return self

    def stop(self) -> None:
        """Close the ports and every connection, also those that hang."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def run(self, announce: Callable[[Emulator], object] | None = None) -> None:
        """
        Serve in the foreground until SIGINT or SIGTERM, then stop and return.

        `announce` is called once the ports are open. Only the main thread may call this.
        """
        # SimpleQueue, because a signal handler may interrupt the very wait that it ends.
        signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, lambda got, _: signals.put(got)) for one in numbers}
        try:
            with self:
                if announce is not None:
                    announce(self)
                while True:
                    # Bounded, because on Windows a signal does not wake a waiting thread.
                    with suppress(queue.Empty):
                        signals.get(timeout=1.0)
                        break
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        self.stop()

    # Starting and stopping take a few milliseconds and wait for nobody else, so they need no await.
    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Return the open port of the REST service."""
        return self._ports.api

    @property
    def base_url(self) -> str:
        """Return the address of the REST service."""
        return f"http://{ADDRESS}:{self.port}"

    @property
    def store_url(self) -> str:
        """Return the origin of the object store, which every write and download URL begins with."""
        return f"http://{ADDRESS}:{self._ports.store}"

    @property
    def hosts(self) -> Hosts:
        """Return fitting addresses of the other parts, all on this machine."""
        return Hosts.on_loopback(self.port, self.chat_tls_port or self.chat_port)

    @property
    def chat_url(self) -> str:
        """Return the address of the realtime chat over WebSocket."""
        return self.hosts.chat_websocket

    @property
    def chat_port(self) -> int:
        """Return the open port of the realtime chat, without TLS."""
        return self._ports.chat

    @property
    def chat_tls_port(self) -> int | None:
        """Return the port of the realtime chat with TLS, where there is a certificate."""
        return self._ports.chat_tls

    @property
    def chat_faults(self) -> ChatFaults:
        """Return the faults of the realtime chat, to be scripted."""
        return self.service.xmpp.faults

    @property
    def app_id(self) -> int:
        """Return the id of the application."""
        return self.service.app_id

    @property
    def auth_key(self) -> str:
        """Return the authorization key of the application."""
        return self.service.auth_key

    @property
    def auth_secret(self) -> str:
        """Return the secret that signs session requests."""
        return self.service.auth_secret

    @property
    def admin_key(self) -> str:
        """Return the key of the administration."""
        return self.service.admin_key

    def seed(self, document: Mapping[str, Any]) -> Seeded:
        """Add what a document describes; see `Service.seed`."""
        return self.service.seed(document)

    @property
    def seeded(self) -> Seeded:
        """Return the ids of what was seeded, by kind and name."""
        return self.service.seeded

    @property
    def clock(self) -> Clock:
        """Return the clock, to be moved."""
        return self.service.clock

    @property
    def faults(self) -> Faults:
        """Return the faults, to be scripted."""
        return self.service.faults

    @property
    def requests(self) -> list[RecordedRequest]:
        """Return what arrived at the REST service, the oldest first."""
        return self.service.requests

    @property
    def store_requests(self) -> list[RecordedRequest]:
        """Return what arrived at the object store, the oldest first."""
        return self.service.store_requests

    @property
    def settings(self) -> Settings:
        """Return the switches."""
        return self.service.settings

    @property
    def world(self) -> World:
        """Return all that the service remembers."""
        return self.service.world

    def calls(
        self, method: str | None = None, path: str | None = None, **given: Unpack[CallFilter]
    ) -> Calls:
        """Return the requests that arrived and fit, to be checked; see `Service.calls`."""
        return self.service.calls(method, path, **given)

    def settle(self) -> None:
        """
        Take in whatever was sent so far, also by those who have given up waiting for its answer.

        Takes well below a millisecond. What an application sends later comes later.
        """
        if self._running is not None:
            self._running.settle()

    def reset(self, *, seed: Mapping[str, Any] | None = None) -> None:
        """Go back to the start and its seed, or to another; see `Service.reset`. Ports stay."""
        self.service.reset(seed=seed)

    @property
    def _ports(self) -> Ports:
        if self._running is None:
            raise RuntimeError("the emulator is not running: start it, or use it in a with block")
        return self._running.ports

    def __repr__(self) -> str:
        place = "stopped" if self._running is None else self.base_url
        return f"<Emulator {place}>"
