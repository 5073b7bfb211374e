"""One span for each call, with what happened in it, and nothing secret."""

from typing import Any

import anyio
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from connectycube import ConnectyCube, LoginPassword, ServerError, SessionExpiredError
from connectycube.http import Request
from connectycube.testing import EmulatorTransport, Reply, ScriptedTransport
from connectycube.transports.opentelemetry import OpenTelemetryTransport

from .middleware_stage import client_over, exporter_and_provider
from .stage import FIND, SIGN_IN, Stage
from .storage_stage import REAL_TIME, STORE

pytestmark = pytest.mark.anyio
HOST = "api.connectycube.com"


class Traced:
    """A client whose calls become spans."""

    def __init__(self, stage: Stage) -> None:
        self.exporter, self.provider = exporter_and_provider()
        stage.service.store_url = STORE
        inner = EmulatorTransport(stage.service)
        self.line = OpenTelemetryTransport(inner, tracer_provider=self.provider)
        self.cube: ConnectyCube = client_over(self.line)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()


@pytest.fixture
def traced(stage: Stage) -> Traced:
    return Traced(stage)


def events(span: ReadableSpan) -> list[str]:
    """Return a span's events, but for the seconds in them."""
    told = []
    for event in span.events:
        attributes = dict(event.attributes or {})
        assert isinstance(attributes.pop("seconds"), float)
        assert isinstance(attributes.pop("label", ""), str)
        told.append(" ".join([event.name, *map(str, attributes.values())]))
    return told


def shown(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_call_is_a_span(traced: Traced) -> None:
    """Named by its label, with the attributes of HTTP's conventions."""
    await traced.cube.users.find(login="mar")

    [span] = traced.spans
    assert (FIND, SpanKind.CLIENT, StatusCode.UNSET) == (
        span.name,
        span.kind,
        span.status.status_code,
    )
    assert {
        "http.request.method": "GET",
        "http.route": "/users/v2",
        "server.address": HOST,
        "http.response.status_code": 200,
    } == shown(span)
    assert ["attempt 1 201", "attempt 1 200"] == events(span)


async def test_waits_and_renewals_are_events(traced: Traced, stage: Stage) -> None:
    """In their order, within the one span of the call that met them."""
    await traced.cube.create_session()
    stage.service.faults.status(503, path="/users/*")
    stage.service.faults.expire(path="/users/*", after=1)
    await traced.cube.users.find(login="mar")

    [_, span] = traced.spans
    assert [
        "attempt 1 503",
        "wait",
        "attempt 2 401",
        "attempt 1 201",
        "renewal renewed",
        "attempt 1 200",
    ] == events(span)
    assert 200 == shown(span)["http.response.status_code"]


async def test_a_refusal_is_told_by_its_class(traced: Traced, stage: Stage) -> None:
    """Never by its words, in which a service may repeat what it was given."""
    stage.service.faults.status(500, body={"errors": ["bad canary"]}, times=None)
    with pytest.raises(ServerError) as caught:
        await traced.cube.create_session()

    [span] = traced.spans
    assert (StatusCode.ERROR, "ServerError") == (span.status.status_code, span.status.description)
    assert ("ServerError", 500) == (
        shown(span)["error.type"],
        shown(span)["http.response.status_code"],
    )
    assert "canary" not in span.to_json()
    caught.value.args = ()
    caught.value.messages, caught.value.raw = [], None


async def test_an_error_without_an_answer_has_no_status(traced: Traced, stage: Stage) -> None:
    """What the attempt came to is in its event."""
    stage.service.faults.drop(times=None)
    once = traced.cube.with_options(timeout=0.001)
    with pytest.raises(Exception, match="POST /session"):
        await once.create_session()

    [span] = traced.spans
    assert "http.response.status_code" not in shown(span)
    assert "attempt 1 TransportError" == events(span)[0]


async def test_a_cancelled_call_ends_its_span(traced: Traced, stage: Stage) -> None:
    """By the name that the event loop has for it."""
    stage.service.faults.hang()
    with anyio.move_on_after(1):
        await traced.cube.create_session()

    [span] = traced.spans
    assert shown(span)["error.type"] in ("CancelledError", "Cancelled")
    assert StatusCode.ERROR is span.status.status_code


async def test_calls_at_once_keep_apart(traced: Traced) -> None:
    """Each has its own events; the sign-in is an event of the call that did it."""
    sim = traced.cube.with_auth(LoginPassword("sim", "canary-of-sim"))
    async with anyio.create_task_group() as group:
        for cube in (traced.cube, traced.cube, sim):
            group.start_soon(lambda cube: cube.users.find(login="mar"), cube)

    assert [1, 2, 2] == sorted(len(span.events) for span in traced.spans)
    assert {FIND} == {span.name for span in traced.spans}
    assert {HOST} == {shown(span)["server.address"] for span in traced.spans}


async def test_a_call_from_a_span_is_its_child(traced: Traced) -> None:
    """And the application's own span is current again afterwards."""
    tracer = traced.provider.get_tracer("application")
    with tracer.start_as_current_span("work") as work:
        await traced.cube.create_session()
        assert work is trace.get_current_span()

    child, parent = traced.spans
    assert (SIGN_IN, "work") == (child.name, parent.name)
    assert child.parent is not None
    assert parent.context is not None
    assert child.parent.span_id == parent.context.span_id


async def test_no_trace_leaves_the_house() -> None:
    """The request goes out as it came; not even `traceparent` is added."""
    exporter, provider = exporter_and_provider()
    inner = ScriptedTransport([Reply(200)])
    line = OpenTelemetryTransport(inner, tracer_provider=provider)
    request = Request(method="GET", url="https://x.example:8443/a?b=canary", label="GET /a")
    with line.observer.call("GET /a"):
        await line.send(request)

    [sent] = inner.requests
    [span] = exporter.get_finished_spans()
    assert request is sent
    assert ("x.example", 8443) == (shown(span)["server.address"], shown(span)["server.port"])


@pytest.mark.parametrize("anyio_backend", REAL_TIME[1].args[1])
async def test_a_file_there_and_back_is_two_spans(traced: Traced) -> None:
    """Whatever requests it takes, they are the events of one call, each with its own label."""
    blob = await traced.cube.storage.upload(b"content", name="a.bin")
    await traced.cube.storage.download(blob.uid)

    up, down = traced.spans
    assert ["POST (object store)", "GET /blobs/{uid}/download"] == [up.name, down.name]
    assert [
        "POST /session",
        "POST /blobs",
        "POST (object store)",
        "PUT /blobs/{blob_id}/complete",
    ] == [(event.attributes or {})["label"] for event in up.events]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("GET /users/{user_id}", {"http.request.method": "GET", "http.route": "/users/{user_id}"}),
        ("POST (object store)", {"http.request.method": "POST"}),
        ("own", {}),
        ("", {}),
    ],
)
def test_a_label_tells_method_and_route(label: str, expected: dict[str, str]) -> None:
    """As far as it has them."""
    exporter, provider = exporter_and_provider()
    observer = OpenTelemetryTransport(ScriptedTransport(), tracer_provider=provider).observer
    with observer.call(label):
        pass

    assert expected == shown(exporter.get_finished_spans()[0])


def test_a_call_within_a_call_gives_way_again() -> None:
    """What a hook asks of another client is a span of its own."""
    exporter, provider = exporter_and_provider()
    observer = OpenTelemetryTransport(ScriptedTransport(), tracer_provider=provider).observer
    with observer.call("GET /outer"):
        with observer.call("GET /inner"):
            observer.event("attempt", {"number": 1, "outcome": "200", "seconds": 0.5})
        observer.event("wait", {"seconds": 0.5})

    spans = exporter.get_finished_spans()
    told = [(span.name, events(span)) for span in spans]
    assert [("GET /inner", ["attempt 1 200"]), ("GET /outer", ["wait"])] == told


def test_an_event_outside_a_call_is_nobody_s() -> None:
    """It is dropped, whatever span the application is in."""
    exporter, provider = exporter_and_provider()
    observer = OpenTelemetryTransport(ScriptedTransport(), tracer_provider=provider).observer
    with provider.get_tracer("application").start_as_current_span("work"):
        observer.event("attempt", {"number": 1, "outcome": "200", "seconds": 0.5})

    [span] = exporter.get_finished_spans()
    assert [] == list(span.events)


@pytest.mark.parametrize("url", ["https://[", "https://x:port/"])
async def test_a_url_that_is_none_is_the_transport_s_to_refuse(url: str) -> None:
    """Nothing is raised on the way to it."""
    exporter, provider = exporter_and_provider()
    line = OpenTelemetryTransport(ScriptedTransport([Reply(200)]), tracer_provider=provider)
    with line.observer.call("GET /"):
        response = await line.send(Request(method="GET", url=url, label="GET /"))

    assert 200 == response.status
    assert "server.address" not in shown(exporter.get_finished_spans()[0])


async def test_without_a_provider_of_the_application_s_nothing_is_kept(stage: Stage) -> None:
    """The API alone records no span, and calls work as ever."""
    line = OpenTelemetryTransport(EmulatorTransport(stage.service))
    session = await client_over(line).create_session()

    assert session.user_id is not None


async def test_a_session_that_cannot_be_renewed_is_told(stage: Stage) -> None:
    """The outcome of a renewal is the class of what it came to."""
    made = await stage.elsewhere()
    exporter, provider = exporter_and_provider()
    line = OpenTelemetryTransport(EmulatorTransport(stage.service), tracer_provider=provider)
    cube = client_over(line)
    cube.set_session(made)
    stage.service.faults.expire(path="/users/*")
    stage.service.faults.answer(
        401, body={"errors": ["Required session does not exist"]}, times=None
    )
    with pytest.raises(SessionExpiredError):
        await cube.users.find(login="mar")

    [span] = exporter.get_finished_spans()
    assert "SessionExpiredError" == shown(span)["error.type"]
    assert any(one.startswith("renewal ") for one in events(span))
