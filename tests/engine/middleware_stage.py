"""What tests of transports around a transport play on: all of them around an emulated service."""

import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from connectycube import ConnectyCube, RetryPolicy
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import Service
from connectycube.http import Request, Response, Transport
from connectycube.testing import EmulatorTransport
from connectycube.transports.logging import LoggingTransport
from connectycube.transports.opentelemetry import OpenTelemetryTransport
from connectycube.transports.recording import RecordingTransport

from .stage import AUTH_KEY, MAR, Stage
from .storage_stage import STORE

APP: Final = 21


class More(TypedDict, total=False):
    """What a test may say about its client."""

    auth_key: str
    auth_secret: str | None
    base_url: str
    retry: RetryPolicy
    timeout: float


class Traffic:
    """A transport that keeps all that passes, secrets and all."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.passed: list[str] = []

    @property
    def all(self) -> str:
        return "\n".join(self.passed)

    async def send(self, request: Request, /) -> Response:
        body = request.body
        if body is not None and not isinstance(body, bytes):
            body = b"".join([piece async for piece in body.open()])
        self.keep(request.url, request.headers, body or b"")
        return _Passing(await self._transport.send(request), self)

    async def aclose(self) -> None:
        await self._transport.aclose()

    def keep(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.passed += [url, *headers.values(), body.decode("latin-1")]


class _Passing:
    def __init__(self, response: Response, traffic: Traffic) -> None:
        self._response = response
        self._traffic = traffic
        traffic.keep("", response.headers, b"")

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def read(self) -> bytes:
        body = await self._response.read()
        self._traffic.keep("", {}, body)
        return body

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        async for piece in self._response.iter_bytes():
            self._traffic.keep("", {}, piece)
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


class Watched:
    """A stage whose line is watched by everything at once: a log, a cassette and spans."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.stage = Stage()
        self.service.store_url = STORE
        self.path = path
        self.traffic = Traffic(EmulatorTransport(self.service))
        self.exporter, provider = exporter_and_provider()
        traced = OpenTelemetryTransport(self.traffic, tracer_provider=provider)
        recorded = RecordingTransport(traced, path)
        self.line = LoggingTransport(recorded)
        self.layers = (traced, recorded, self.line)
        self._lines = lines

    @property
    def service(self) -> Service:
        return self.stage.service

    def client(self, auth: AuthStrategy = MAR, /, **options: Unpack[More]) -> ConnectyCube:
        return client_over(self.line, auth, **options)

    async def told(self) -> str:
        """Close the line, and return all that was told about what passed it."""
        await self.line.aclose()
        spans = [span.to_json() for span in self.exporter.get_finished_spans()]
        return "\n".join(
            [*self._lines, *map(repr, self.layers), *spans, self.path.read_text("utf-8")]
        )


def client_over(
    line: Transport, auth: AuthStrategy = MAR, /, **options: Unpack[More]
) -> ConnectyCube:
    """Return a client of the emulated application over this line."""
    chosen: More = {"auth_key": AUTH_KEY, **options}
    return ConnectyCube(APP, auth=auth, transport=line, **chosen)


def exporter_and_provider() -> tuple[InMemorySpanExporter, TracerProvider]:
    """Return where spans are made, and where they end up."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, provider


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect what is logged meanwhile by anybody, from DEBUG on, as a log would show it."""
    lines: list[str] = []
    handler = _Lines(lines)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(level)
    root.removeHandler(handler)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


def exchanges_of(path: Path) -> list[dict[str, Any]]:
    """Return what a cassette tells."""
    told: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["exchanges"]
    return told
