"""The service on a real port: aiohttp in a thread of its own."""

from __future__ import annotations

import asyncio
import math
import queue
import signal
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from aiohttp import web

from .control import PREFIX, control
from .hosts import Hosts
from .messages import RecordedRequest, WireRequest, WireResponse
from .records import DEFAULT_APPLICATION
from .service import Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from .clock import Clock
    from .faults import Faults
    from .settings import Settings
    from .world import World

_ADDRESS = "127.0.0.1"
_LARGEST_BODY = 110 * 1024 * 1024  # a file of 100 MB, and its form around it
_GRACE = 0.02  # seconds that a connection gets when the server stops


class Emulator:
    """
    Serve the emulated service on this machine, from its own thread and loop.

    Usable from asyncio, trio and plain code, as `with` or `async with`. Stopping closes what
    starting opened; what the service remembers stays until `reset`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        app_id: int = DEFAULT_APPLICATION.id,
        auth_key: str = DEFAULT_APPLICATION.auth_key,
        auth_secret: str = DEFAULT_APPLICATION.auth_secret,
        settings: Settings | None = None,
        start: datetime | None = None,
    ) -> None:
        self.service = Service(
            app_id=app_id,
            auth_key=auth_key,
            auth_secret=auth_secret,
            settings=settings,
            start=start,
        )
        self._wanted_port = port
        self._running: _Running | None = None

    def start(self) -> Self:
        """Open the port and serve; raises `OSError` where the port is taken."""
        if self._running is None:
            self._running = _Running(self.service, self._wanted_port)
        return self

    def stop(self) -> None:
        """Close the port and every connection, also those that hang."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def run(self, announce: Callable[[Emulator], object] | None = None) -> None:
        """
        Serve in the foreground until SIGINT or SIGTERM, then stop and return.

        `announce` is called once the port is open. Only the main thread may call this.
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
        """Return the open port."""
        if self._running is None:
            raise RuntimeError("the emulator is not running: start it, or use it in a with block")
        return self._running.port

    @property
    def base_url(self) -> str:
        """Return the address of the REST service."""
        return f"http://{_ADDRESS}:{self.port}"

    @property
    def hosts(self) -> Hosts:
        """Return fitting addresses of the other parts, all on this machine."""
        return Hosts.on_loopback(self.port)

    @property
    def chat_url(self) -> str:
        """Return the address of the realtime chat, once there is one."""
        raise RuntimeError("this emulator has no realtime chat yet")

    @property
    def app_id(self) -> int:
        """Return the id of the application."""
        return self.service.application.id

    @property
    def auth_key(self) -> str:
        """Return the authorization key of the application."""
        return self.service.application.auth_key

    @property
    def auth_secret(self) -> str:
        """Return the secret that signs session requests."""
        return self.service.application.auth_secret

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
        """Return what arrived, the oldest first."""
        return self.service.requests

    @property
    def settings(self) -> Settings:
        """Return the switches."""
        return self.service.settings

    @property
    def world(self) -> World:
        """Return all that the service remembers."""
        return self.service.world

    def reset(self) -> None:
        """Go back to the start; the port stays open."""
        self.service.reset()

    def __repr__(self) -> str:
        place = "stopped" if self._running is None else self.base_url
        return f"<Emulator {place}>"


class _Running:
    """One open port with its thread."""

    def __init__(self, service: Service, port: int) -> None:
        self._service = service
        ready: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(port, ready)),
            name="connectycube-emulator",
            daemon=True,  # a test run that forgets to stop must still end
        )
        self._thread.start()
        try:
            self.port = ready.result()
        except BaseException:
            self._thread.join()
            raise

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self, port: int, ready: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_route("*", "/{tail:.*}", self._handle)
        # No access log: paths and headers hold tokens. A client that leaves ends its own handler.
        runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=_GRACE, handler_cancellation=True
        )
        try:
            await runner.setup()
            await web.TCPSite(runner, _ADDRESS, port).start()
        except OSError as error:
            ready.set_exception(error)
        else:
            ready.set_result(int(runner.addresses[0][1]))
            await self._stopping.wait()
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path, _, query = request.raw_path.partition("?")
        wire = WireRequest(request.method, path, query, dict(request.headers), body)
        if path.startswith(PREFIX):
            return _whole(control(self._service, wire))
        outcome = self._service.receive(wire)
        if outcome.delay:
            await self._wait(outcome.delay)
        if outcome.response is None or self._stopping.is_set():
            return _drop(request)
        if outcome.cut_at is not None:
            return await _cut(request, outcome.response, outcome.cut_at)
        return _whole(outcome.response)

    async def _wait(self, seconds: float) -> None:
        # A stopping server ends every wait.
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._stopping.wait()


def _whole(response: WireResponse) -> web.Response:
    return web.Response(
        status=response.status, headers=_headers(response), body=response.body or None
    )


async def _cut(request: web.Request, response: WireResponse, at: int) -> web.StreamResponse:
    started = web.StreamResponse(status=response.status, headers=_headers(response))
    started.content_length = len(response.body)
    await started.prepare(request)
    if at:
        await started.write(response.body[:at])
    if request.transport is not None:
        request.transport.close()
    return started


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere: the line is closed


def _headers(response: WireResponse) -> dict[str, str]:
    return {"Server": "connectycube-emulator", **response.headers}
