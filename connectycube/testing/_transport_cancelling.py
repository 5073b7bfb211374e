"""Promises of a transport about being cancelled."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import anyio
import anyio.lowlevel

from connectycube.errors import TransportError
from connectycube.http import Transport
from connectycube.testing._transport_stage import (
    Make,
    Pieces,
    asking,
    fetched,
    uploading,
    using,
)
from connectycube.testing.promise import promise
from connectycube.testing.raw_server import OK, Line, RawServer

_CALLS: Final = 10
_STEPS: Final = 40


class _Stages:
    """Stops where the path says: before the body of a request, before or in its answer."""

    def __init__(self) -> None:
        self.reached = 0

    async def __call__(self, line: Line) -> None:
        while True:
            head = await line.head()
            path = head.split(b" ")[1].partition(b"?")[0]
            if path == b"/ok":
                await line.say(OK)
                continue
            if path == b"/body":
                await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            self.reached += 1
            if path == b"/deaf":
                await anyio.sleep_forever()
            await line.gone()
            return


async def cancelled_before_the_answer(make: Make) -> None:
    await _cancel_many(make, lambda transport, url: fetched(transport, asking(f"{url}/head")))


async def cancelled_within_the_answer(make: Make) -> None:
    await _cancel_many(make, lambda transport, url: fetched(transport, asking(f"{url}/body")))


async def cancelled_while_a_body_is_read(make: Make) -> None:
    await _cancel_many(
        make,
        lambda transport, url: fetched(
            transport, uploading(f"{url}/upload", Pieces(b"half", stalls=True))
        ),
    )


async def cancelled_while_a_body_is_sent(make: Make) -> None:
    """The other side takes nothing, and the body is more than a line holds."""
    large = Pieces(*[b"x" * 65536] * 400)

    async def talk(line: Line) -> None:
        await line.head()
        if not stuck.is_set():
            await stuck.wait()  # nothing more is read meanwhile
        await line.gone()

    stuck = anyio.Event()
    async with using(make, talk) as (server, transport):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(transport.send, uploading(server.url, large))
            await server.until(lambda: large.taken > 0)
            for _ in range(_STEPS):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        stuck.set()
        await _check_gone(server)


async def cancelled_at_any_moment(make: Make) -> None:
    async with using(make, _Stages()) as (server, transport):
        for steps in range(_STEPS):
            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(fetched, transport, asking(f"{server.url}/ok"))
                for _ in range(steps):
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
        await _check_unharmed(transport, server)
        await transport.aclose()
        await _check_gone(server)


async def a_cancelled_wait_loses_no_chunk(make: Make) -> None:
    rest = anyio.Event()

    async def talk(line: Line) -> None:
        await line.request()
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none")
        await rest.wait()
        await line.say(b"twotwo")
        await line.gone()

    async with using(make, talk) as (server, transport):
        response = await transport.send(asking(server.url))
        chunks = response.iter_bytes()
        told = await anext(chunks)
        with suppress(TransportError):  # it says that it cannot go on, which is allowed
            with anyio.CancelScope() as scope:
                scope.cancel()
                await anext(chunks)
            promise(scope.cancelled_caught, "a wait for a chunk can be cancelled")
            with anyio.move_on_after(0.02):
                told += await anext(chunks, b"")
            rest.set()
            async for chunk in chunks:
                told += chunk
            # A generator ends with what passes through it; whoever reads knows that.
            promise(
                told == b"onetwotwo" or hasattr(chunks, "athrow"),
                "after a cancelled wait the body goes on without a gap, or raises a TransportError",
            )
        await response.aclose()


async def _cancel_many(make: Make, call: Callable[[Transport, str], Awaitable[object]]) -> None:
    """Cancel calls that are stuck alike, and see what they leave."""
    stages = _Stages()
    scopes = [anyio.CancelScope() for _ in range(_CALLS)]

    async def ask(scope: anyio.CancelScope) -> None:
        with scope:
            await call(transport, server.url)

    async with using(make, stages) as (server, transport):
        async with anyio.create_task_group() as tasks:
            for scope in scopes:
                tasks.start_soon(ask, scope)
            await server.until(lambda: stages.reached == _CALLS)
            for scope in scopes:
                scope.cancel()
        promise(stages.reached == _CALLS, f"{_CALLS} requests to one origin go out at once")
        promise(
            all(scope.cancelled_caught for scope in scopes),
            "a cancellation passes through, and is never swallowed",
        )
        await _check_gone(server)
        await _check_unharmed(transport, server)


async def _check_gone(server: RawServer) -> None:
    promise(
        await server.until(lambda: server.open == 0),
        f"cancelling leaves no connection open: {server.open} are left",
    )


async def _check_unharmed(transport: Transport, server: RawServer) -> None:
    told = [await fetched(transport, asking(f"{server.url}/ok")) for _ in range(_CALLS)]
    promise(told == [(200, b"ok")] * _CALLS, "after cancellations the transport goes on")


CANCELLING: Final = (
    cancelled_before_the_answer,
    cancelled_within_the_answer,
    cancelled_while_a_body_is_read,
    cancelled_while_a_body_is_sent,
    cancelled_at_any_moment,
    a_cancelled_wait_loses_no_chunk,
)
