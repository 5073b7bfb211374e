"""The service on real ports: aiohttp in a thread of its own."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import struct
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs
from aiohttp import web

from .control import PREFIX, control
from .faults import NO_TROUBLE, Trouble
from .hosts import ADDRESS, CHAT_PATH
from .messages import LARGEST_KEPT, WireRequest, WireResponse
from .multipart import FormError, FormReader
from .server_chat import ChatPorts, serve_websocket
from .store import too_large_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from ssl import SSLContext

    from .messages import Origin, Outcome
    from .service import Service

_LARGEST_BODY = 110 * 1024 * 1024  # a file of 100 MB, and its form around it
_READ_AHEAD = 1024 * 1024  # bytes of a body that may wait for its handler
_STEP = 256 * 1024  # bytes of an answer that are written at once
_GRACE = 0.02  # seconds that a connection gets when the server stops
_TURNS = 12
_LINGER_NOT = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # closing resets the line


@attrs.frozen(kw_only=True)
class Ports:
    """Name the ports; a 0 leaves the choice to the machine."""

    api: int = 0
    store: int = 0
    chat: int = 0
    chat_tls: int | None = None
    """None: there is no certificate."""


class Server:
    """The open ports with their thread."""

    def __init__(self, service: Service, ports: Ports, chat_tls: SSLContext | None = None) -> None:
        self._service = service
        self._chat_tls = chat_tls
        self._workers = ThreadPoolExecutor(thread_name_prefix="connectycube-emulator-asks")
        ready: Future[Ports] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(ports, ready)),
            name="connectycube-emulator",
            daemon=True,  # a test run that forgets to stop must still end
        )
        self._thread.start()
        try:
            self.ports: Ports = ready.result()
        except BaseException:
            self._thread.join()
            raise

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def settle(self) -> None:
        """Let the loop take in what has reached its sockets."""
        asyncio.run_coroutine_threadsafe(_look_around(), self._loop).result()

    async def _serve(self, wanted: Ports, ready: Future[Ports]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        api, store = _runner(self._handle), _runner(self._handle_store)
        chat = ChatPorts(self._service.xmpp)
        watching = asyncio.create_task(chat.watch())
        tls = self._chat_tls
        try:
            opened = Ports(
                api=await _open(api, wanted.api),
                store=await _open(store, wanted.store),
                chat=await chat.open(wanted.chat),
                chat_tls=None if tls is None else await chat.open(wanted.chat_tls or 0, tls),
            )
            ready.set_result(opened)
        except OSError as error:
            ready.set_exception(error)
        else:
            await self._stopping.wait()
        finally:
            watching.cancel()
            await _look_around()  # asyncio forgets to close a line that a closed port let in
            await chat.close()
            await api.cleanup()
            await store.cleanup()
            self._workers.shutdown(wait=False, cancel_futures=True)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.raw_path.startswith(PREFIX):
            return _whole(control(self._service, _wire(request, await request.read(), "api")))
        if request.path == CHAT_PATH:
            return await serve_websocket(self._service.xmpp, request)
        trouble = self._meet(request, "api")
        body = await request.read() if trouble.reads else b""
        return await self._answer(request, _wire(request, body, "api"), trouble)

    async def _handle_store(self, request: web.Request) -> web.StreamResponse:
        trouble = self._meet(request, "store")
        try:
            if not trouble.reads:
                wire = _wire(request, b"", "store")
            elif (
                request.method == "POST"
                and (request.content_length or _LARGEST_BODY) > LARGEST_KEPT
            ):
                wire = await _upload(request)
            else:
                wire = _wire(request, await request.read(), "store")
        except web.HTTPRequestEntityTooLarge:
            return _whole(too_large_answer())
        return await self._answer(request, wire, trouble)

    def _meet(self, request: web.Request, origin: Origin) -> Trouble:
        """Ask for trouble before the body is read, since that may be what does not happen."""
        if not self._service.faults.any_wait:
            return NO_TROUBLE
        return self._service.faults.meet(_wire(request, b"", origin))

    async def _answer(
        self, request: web.Request, wire: WireRequest, trouble: Trouble
    ) -> web.StreamResponse:
        if self._service.may_wait:
            # Somebody outside is asked who a user is, and may ask us something before he answers.
            receive = self._service.receive
            outcome = await self._loop.run_in_executor(self._workers, receive, wire, trouble)
        else:
            outcome = self._service.receive(wire, trouble)
        if outcome.delay:
            await self._wait(outcome.delay)
        response = outcome.response
        if response is None or self._stopping.is_set():
            return _reset(request)
        if outcome.flow or outcome.cut_at is not None or len(response.body) > _STEP:
            return await self._stream(request, response, outcome)
        return _whole(response)

    async def _stream(
        self, request: web.Request, response: WireResponse, outcome: Outcome
    ) -> web.StreamResponse:
        """Promise the whole body and send it as it is to come, without a copy of it."""
        started = web.StreamResponse(status=response.status, headers=_headers(response))
        if response.body:
            started.content_length = len(response.body)
        # Whoever hangs up half-way has had enough: that is no error of the server's.
        with suppress(ConnectionResetError):
            await started.prepare(request)
            for pause, piece in outcome.pieces(_STEP):
                if pause:
                    await self._wait(pause)
                if self._stopping.is_set():
                    return _reset(request)
                await started.write(piece)
        if outcome.cut_at is not None and request.transport is not None:
            request.transport.close()
        return started

    async def _wait(self, seconds: float) -> None:
        # A stopping server ends every wait.
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else seconds):
                await self._stopping.wait()


async def _look_around() -> None:
    # A line is accepted, wired, read and handled in as many turns of the loop, and some more.
    for _turn in range(_TURNS):
        await asyncio.sleep(0)


def _runner(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.AppRunner:
    application = web.Application(client_max_size=_LARGEST_BODY)
    application.router.add_route("*", "/{tail:.*}", handle)
    # No access log: paths and headers hold tokens. A client that leaves ends its own handler.
    return web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=_GRACE,
        handler_cancellation=True,
        read_bufsize=_READ_AHEAD,
    )


async def _open(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, port).start()
    return int(runner.addresses[0][1])


def _wire(request: web.Request, body: bytes, origin: Origin) -> WireRequest:
    path, _, query = request.raw_path.partition("?")
    return WireRequest(request.method, path, query, dict(request.headers), body, origin)


async def _upload(request: web.Request) -> WireRequest:
    """Read a large form as it comes: a second copy of 100 MB takes as long as the line itself."""
    size, form = 0, None
    reader = FormReader(request.headers.get("Content-Type", ""))
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > _LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(max_size=_LARGEST_BODY, actual_size=size)
        reader.feed(chunk)
    with suppress(FormError):  # without parts the store finds the same, and says so
        form = reader.close()
    return attrs.evolve(_wire(request, b"", "store"), size=size, form=form)


def _whole(response: WireResponse) -> web.Response:
    return web.Response(
        status=response.status, headers=_headers(response), body=response.body or None
    )


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        line = request.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        request.transport.abort()
    return web.Response()  # goes nowhere: the line is closed


def _headers(response: WireResponse) -> dict[str, str]:
    return {"Server": "connectycube-emulator", **response.headers}
