"""The scripted transport and the fake clock do what a script says, and nothing else."""

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from connectycube.errors import ClosedError, ConnectError, TransportError
from connectycube.http import Request
from connectycube.testing import FakeClock, Reply, ScriptedTransport

pytestmark = pytest.mark.anyio


def asking(path: str = "/") -> Request:
    return Request(method="GET", url=f"http://x{path}", label=f"GET {path}")


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (None, b""),
        (b"", b""),
        (b"raw", b"raw"),
        ({"a": [1]}, b'{"a":[1]}'),
        ([], b"[]"),
        ("text", b'"text"'),
        (0, b"0"),
        (False, b"false"),
    ],
)
async def test_a_body_is_bytes_or_json(body: Any, content: bytes) -> None:
    """Bytes come as they are, anything else as JSON, nothing as nothing."""
    transport = ScriptedTransport([Reply(201, body, headers={"Retry-After": "3"})] * 2)
    response = await transport.send(asking())

    assert (201, "3") == (response.status, response.headers["retry-after"])
    assert content == await response.read()
    assert [content] == [chunk async for chunk in (await transport.send(asking())).iter_bytes()]


async def test_answers_come_in_order() -> None:
    """Each request gets the next answer, or the next exception, and is kept."""
    lost = ConnectError("no")
    transport = ScriptedTransport([Reply(200), lost, Reply(404)])
    statuses = [(await transport.send(asking("/1"))).status]
    with pytest.raises(ConnectError) as caught:
        await transport.send(asking("/2"))
    statuses.append((await transport.send(asking("/3"))).status)

    assert lost is caught.value
    assert [200, 404] == statuses
    assert ["GET /1", "GET /2", "GET /3"] == [request.label for request in transport.requests]


async def test_a_script_that_is_over_fails_the_test() -> None:
    """One request too many is a failure that no retry hides."""
    with pytest.raises(AssertionError, match=r"the script is over, and GET / came"):
        await ScriptedTransport().send(asking())


async def test_a_function_answers() -> None:
    """A script may look at the request, at once or after waiting."""

    def at_once(request: Request) -> Reply:
        return Reply(body=request.label)

    async def later(request: Request) -> Reply | Exception:
        await anyio.lowlevel.checkpoint()
        return TransportError("no") if request.label == "GET /" else Reply()

    assert b'"GET /"' == await (await ScriptedTransport(at_once).send(asking())).read()
    with pytest.raises(TransportError):
        await ScriptedTransport(later).send(asking())


async def test_gates_hold_an_answer_and_its_body() -> None:
    """A test decides when the head arrives, and when the body does."""
    gate, body_gate = anyio.Event(), anyio.Event()
    transport = ScriptedTransport([Reply(body=b"x", gate=gate, body_gate=body_gate)])
    seen: list[str] = []

    async def call() -> None:
        response = await transport.send(asking())
        seen.append("head")
        await response.read()
        seen.append("body")

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        assert ([], 1) == (seen, len(transport.requests))
        gate.set()
        await anyio.wait_all_tasks_blocked()
        assert ["head"] == seen
        body_gate.set()

    assert ["head", "body"] == seen


async def test_a_cut_body_raises_where_it_is_read() -> None:
    """The head of a cut answer is whole."""
    response = await ScriptedTransport([Reply(200, TransportError("cut"))]).send(asking())

    assert 200 == response.status
    with pytest.raises(TransportError, match=r"^cut$"):
        await response.read()


async def test_open_answers_are_counted() -> None:
    """A test sees whether every answer was closed; closing twice counts once."""
    transport = ScriptedTransport([Reply(), Reply()])
    one, other = [await transport.send(asking()) for _ in range(2)]
    assert 2 == transport.open_responses
    await one.aclose()
    await one.aclose()

    assert 1 == transport.open_responses
    await other.aclose()
    assert 0 == transport.open_responses


async def test_a_closed_transport_says_so() -> None:
    """Use after close is an error of the caller's."""
    transport = ScriptedTransport([Reply()])
    await transport.aclose()
    await transport.aclose()

    assert transport.closed
    with pytest.raises(ClosedError):
        await transport.send(asking())


async def test_sending_can_be_cancelled() -> None:
    """A cancelled request was sent, and leaves no open answer."""
    transport = ScriptedTransport([Reply(gate=anyio.Event())])
    async with anyio.create_task_group() as group:
        group.start_soon(transport.send, asking())
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()

    assert (1, 0) == (len(transport.requests), transport.open_responses)


async def test_the_clock_moves_when_told() -> None:
    """Both ways to read it stand still, and move together or apart."""
    fake = FakeClock(monotonic=5.0, wall=100.0)
    clock = fake.clock
    assert (5.0, 100.0) == (clock.monotonic(), clock.wall())
    fake.advance(2.5)
    assert (7.5, 102.5) == (clock.monotonic(), clock.wall())
    fake.wall = 0.0

    assert (7.5, 0.0) == (clock.monotonic(), clock.wall())
