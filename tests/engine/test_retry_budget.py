"""An outage is not made worse by those who suffer from it."""

import anyio
import attrs
import pytest

from connectycube import Backoff, ConnectyCube, ConnectyCubeError, ExistingSession, ServerError
from connectycube.http import Request, Response
from connectycube.testing import Reply, ScriptedTransport

pytestmark = pytest.mark.anyio


def client(transport: ScriptedTransport) -> ConnectyCube:
    return ConnectyCube(21, "canary-key", auth=ExistingSession("canary-t"), transport=transport)


async def look(cube: ConnectyCube) -> None:
    with pytest.raises(ServerError):
        await cube.users.get(7)


async def test_a_thousand_failing_calls_are_eleven_hundred_requests() -> None:
    """One after the other, and shared by every client of the transport."""
    transport = ScriptedTransport(lambda _: Reply(500))
    first = client(transport)
    clients = [first, client(transport), first.with_auth(ExistingSession("canary-other"))]
    for number in range(1000):
        await look(clients[number % 3])

    assert 1100 == len(transport.requests)


async def test_a_thousand_failing_calls_at_once_as_well() -> None:
    transport = ScriptedTransport(lambda _: Reply(503))
    cube = client(transport)
    async with anyio.create_task_group() as group:
        for _ in range(1000):
            group.start_soon(look, cube)

    assert 1100 == len(transport.requests)


async def test_other_transports_have_budgets_of_their_own() -> None:
    for _ in range(3):
        transport = ScriptedTransport(lambda _: Reply(500))
        await look(client(transport))

        assert 3 == len(transport.requests)


async def test_an_outage_that_ends_is_forgotten() -> None:
    """A thousand good calls later a bad one is repeated again."""
    down = True
    transport = ScriptedTransport(lambda _: Reply(500) if down else Reply(200, {"items": []}))
    cube = client(transport)
    for _ in range(100):
        await look(cube)
    down = False
    for _ in range(1000):
        await cube.users.find(login="x")
    down = True
    before = len(transport.requests)
    await look(cube)

    assert 3 == len(transport.requests) - before


async def test_a_transport_that_cannot_be_remembered_still_has_a_budget() -> None:
    """One whose instances are compared by value has no place in a dictionary."""

    @attrs.define
    class Unhashable:
        inner: ScriptedTransport

        async def send(self, request: Request, /) -> Response:
            return await self.inner.send(request)

        async def aclose(self) -> None:
            await self.inner.aclose()

    inner = ScriptedTransport(lambda _: Reply(500))
    cube = ConnectyCube(
        21, auth=ExistingSession("canary-t"), transport=Unhashable(inner), retry=Backoff(attempts=9)
    )
    for _ in range(10):
        with pytest.raises(ConnectyCubeError):
            await cube.users.get(7)

    assert 30 == len(inner.requests)


@pytest.mark.parametrize("asked", ["9" * 400, "inf", "1e400"])
async def test_a_pause_without_end_is_not_waited_for(asked: str) -> None:
    """Not even by a call that has all the time in the world."""
    script = [Reply(503, headers={"Retry-After": asked}), Reply(500), Reply(500)]
    transport = ScriptedTransport(script)
    cube = ConnectyCube(21, auth=ExistingSession("t"), transport=transport, timeout=None)
    await look(cube)

    assert (1 if asked.isdigit() else 3) == len(transport.requests)
