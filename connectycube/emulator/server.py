"""The service on real ports: aiohttp in a thread of its own."""

from __future__ import annotations

import asyncio
import math
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from .control import PREFIX, control
from .messages import WireRequest, WireResponse
from .store import too_large_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .messages import Origin
    from .service import Service

ADDRESS = "127.0.0.1"
_LARGEST_BODY = 110 * 1024 * 1024  # a file of 100 MB, and its form around it
_GRACE = 0.02  # seconds that a connection gets when the server stops


class Server:
    """The open ports with their thread."""

    def __init__(self, service: Service, ports: tuple[int, int]) -> None:
        self._service = service
        self._workers = ThreadPoolExecutor(thread_name_prefix="connectycube-emulator-asks")
        ready: Future[tuple[int, int]] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(ports, ready)),
            name="connectycube-emulator",
            daemon=True,  # a test run that forgets to stop must still end
        )
        self._thread.start()
        try:
            self.ports = ready.result()
        except BaseException:
            self._thread.join()
            raise

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self, ports: tuple[int, int], ready: Future[tuple[int, int]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        api, store = _runner(self._handle), _runner(self._handle_store)
        try:
            ready.set_result((await _open(api, ports[0]), await _open(store, ports[1])))
        except OSError as error:
            ready.set_exception(error)
        else:
            await self._stopping.wait()
        finally:
            await api.cleanup()
            await store.cleanup()
            self._workers.shutdown(wait=False, cancel_futures=True)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        wire = _wire(request, await request.read(), "api")
        if wire.path.startswith(PREFIX):
            return _whole(control(self._service, wire))
        return await self._answer(request, wire)

    async def _handle_store(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _whole(too_large_answer())
        return await self._answer(request, _wire(request, body, "store"))

    async def _answer(self, request: web.Request, wire: WireRequest) -> web.StreamResponse:
        if self._service.may_wait:
            # Somebody outside is asked who a user is, and may ask us something before he answers.
            receive = self._service.receive
            outcome = await self._loop.run_in_executor(self._workers, receive, wire)
        else:
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


def _runner(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.AppRunner:
    application = web.Application(client_max_size=_LARGEST_BODY)
    application.router.add_route("*", "/{tail:.*}", handle)
    # No access log: paths and headers hold tokens. A client that leaves ends its own handler.
    return web.AppRunner(
        application, access_log=None, shutdown_timeout=_GRACE, handler_cancellation=True
    )


async def _open(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, port).start()
    return int(runner.addresses[0][1])


def _wire(request: web.Request, body: bytes, origin: Origin) -> WireRequest:
    path, _, query = request.raw_path.partition("?")
    return WireRequest(request.method, path, query, dict(request.headers), body, origin)


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
