"""
A transport around a transport that makes one OpenTelemetry span of each call (extra: `otel`).

https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final
from urllib.parse import urlsplit

import attrs
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, TracerProvider

from connectycube.http import CallObserver, Request, Response, Transport
from connectycube.transports._tap import observer_of

# Not the current span of the application's: a hook may well have opened one of its own.
_running: Final[ContextVar[Span | None]] = ContextVar("connectycube_span", default=None)


class OpenTelemetryTransport:
    """
    Makes a span of each call of the client, with its attempts, waits and renewal as events.

    A span holds the endpoint's label and the host, never the URL, a header or a body; of an error
    it holds the class, never the message. No header is added to a request: `traceparent` would
    tell a foreign service of the application's traces.

    Closing it closes the transport that it wraps, whose own observer goes on seeing every call.

    Args:
        transport: moves the requests.
        tracer_provider: where spans go; by default the one that the application set.
    """

    def __init__(
        self, transport: Transport, *, tracer_provider: TracerProvider | None = None
    ) -> None:
        tracer = trace.get_tracer("connectycube", tracer_provider=tracer_provider)
        self.observer: CallObserver = _SpanObserver(tracer, observer_of(transport))
        self._transport = transport

    async def send(self, request: Request, /) -> Response:
        span = _running.get()
        if span is not None and span.is_recording():
            span.set_attributes(_server(request.url))
        return await self._transport.send(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


@attrs.frozen
class _SpanObserver:
    """Opens a span around each call, and tells an inner observer the same."""

    _tracer: Tracer
    _inner: CallObserver | None

    @contextmanager
    def call(self, label: str, /) -> Generator[None]:
        with self._told(label), self._opened(label) as span:
            token = _running.set(span)
            try:
                yield
            except BaseException as error:
                kind = type(error).__name__
                span.set_attribute("error.type", kind)
                span.set_status(StatusCode.ERROR, kind)
                raise
            finally:
                _running.reset(token)

    def event(self, name: str, attributes: Mapping[str, str | int | float], /) -> None:
        if self._inner is not None:
            self._inner.event(name, attributes)
        span = _running.get()
        if span is None:  # such as content on its way to the object store, which is no call
            return
        span.add_event(name, dict(attributes))
        outcome = str(attributes.get("outcome", ""))
        if name == "attempt" and outcome.isdecimal():
            span.set_attribute("http.response.status_code", int(outcome))

    def _told(self, label: str) -> AbstractContextManager[object]:
        return nullcontext() if self._inner is None else self._inner.call(label)

    def _opened(self, label: str) -> AbstractContextManager[Span]:
        # An error is told by its class alone: messages and stacks may hold what is secret.
        return self._tracer.start_as_current_span(
            label,
            kind=SpanKind.CLIENT,
            attributes=_endpoint(label),
            record_exception=False,
            set_status_on_exception=False,
        )


def _endpoint(label: str) -> dict[str, str]:
    method, _, path = label.partition(" ")
    if not path:
        return {}
    route = {"http.route": path} if path.startswith("/") else {}
    return {"http.request.method": method, **route}


def _server(url: str) -> dict[str, str | int]:
    try:
        parts = urlsplit(url)
        port = {"server.port": parts.port} if parts.port is not None else {}
    except ValueError:
        return {}  # refusing it is up to the transport
    return {"server.address": parts.hostname or "", **port}
