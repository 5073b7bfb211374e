"""A transport that answers as it was told, and a clock that moves when it is told."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import attrs
import orjson

from connectycube.errors import ClosedError
from connectycube.http import Headers, Request
from connectycube.session import Clock


@attrs.frozen
class Reply:
    """
    One answer of a script.

    Attributes:
        body: bytes as they are, an exception to raise to whoever reads, or else a JSON value.
            `None` is no content.
        gate: what to wait for before the answer arrives.
        body_gate: what to wait for before its body does.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    gate: anyio.Event | None = attrs.field(default=None, kw_only=True)
    body_gate: anyio.Event | None = attrs.field(default=None, kw_only=True)


Step: TypeAlias = Reply | Exception
Script: TypeAlias = Iterable[Step] | Callable[[Request], Step | Awaitable[Step]]


class ScriptedTransport:
    """
    Answers requests by a script, on any event loop.

    Args:
        script: answers in the order of the requests, or a function, async or not, from a request
            to its answer. An exception in place of an answer is raised; so is an `AssertionError`
            when the script is over.

    Attributes:
        requests: what was sent, the oldest first.
        open_responses: how many answers nobody has closed yet.
        closed: whether `aclose` was called.
    """

    def __init__(self, script: Script = ()) -> None:
        self._script = script if callable(script) else iter(script)
        self.requests: list[Request] = []
        self.open_responses = 0
        self.closed: bool = False

    async def send(self, request: Request, /) -> "ScriptedResponse":
        if self.closed:
            raise ClosedError("this ScriptedTransport is closed")
        self.requests.append(request)
        await anyio.lowlevel.checkpoint()
        step = await self._next(request)
        if isinstance(step, Exception):
            raise step
        if step.gate is not None:
            await step.gate.wait()
        return ScriptedResponse(step, self)

    async def aclose(self) -> None:
        self.closed = True

    async def _next(self, request: Request) -> Step:
        if callable(self._script):
            step = self._script(request)
            return step if isinstance(step, Reply | Exception) else await step
        for step in self._script:
            return step
        raise AssertionError(f"the script is over, and {request.label or request.method} came")


class ScriptedResponse:
    """An open answer of a script."""

    def __init__(self, reply: Reply, transport: ScriptedTransport) -> None:
        self.status: int = reply.status
        self.headers: Headers = Headers(reply.headers)
        self._reply = reply
        self._transport: ScriptedTransport | None = transport
        transport.open_responses += 1

    async def read(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        if self._reply.body_gate is not None:
            await self._reply.body_gate.wait()
        body = self._reply.body
        if isinstance(body, Exception):
            raise body
        return body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        yield await self.read()

    async def aclose(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.open_responses -= 1


class FakeClock:
    """A clock that stands still until it is moved; the machine's own date may be set apart."""

    def __init__(self, *, monotonic: float = 1000.0, wall: float = 1_718_010_309.0) -> None:
        self.monotonic: float = monotonic
        self.wall: float = wall
        self.clock: Clock = Clock(monotonic=lambda: self.monotonic, wall=lambda: self.wall)

    def advance(self, seconds: float) -> None:
        """Let time pass, on both."""
        self.monotonic += seconds
        self.wall += seconds
