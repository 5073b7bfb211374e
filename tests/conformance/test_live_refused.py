"""Whatever would reach the live service is stopped where lines are opened, before one is."""

from contextlib import aclosing
from typing import Any

import pytest

from connectycube import AdminClient, ConnectError, ConnectyCube, LoginPassword, NoRetry
from connectycube.errors import InvalidInputError
from connectycube.frames import ChatAddress
from connectycube.http import Hosts
from connectycube.live import VARIABLE
from connectycube.testing import Reply, ScriptedTransport
from connectycube.testing.raw_server import Answering, RawServer

from .connectors import LINES, Line
from .transports import RIDES, Ride

pytestmark = pytest.mark.anyio
NO_WAY = b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module", params=[*RIDES, *LINES])
def way(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def anyio_backend(way: Ride | Line) -> Any:
    return way.backend


async def test_nothing_is_opened_before_the_refusal(
    way: Ride | Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients fail loudly; a proxy, which would see the first byte, sees none until it is asked."""
    if isinstance(way, Line):
        monkeypatch.setenv(VARIABLE, "no")
        with pytest.raises(InvalidInputError, match="chat: connect: this leads to the live"):
            await way.kind().connect(ChatAddress.from_hosts(Hosts()))
        return
    talk, mara = Answering(NO_WAY), LoginPassword("mara", "canary-of-mara")
    async with RawServer(talk) as proxy, aclosing(way.kind(proxy=proxy.url)) as transport:
        cube = ConnectyCube(
            1, "canary-key", auth=mara, transport=transport, timeout=5, retry=NoRetry()
        )
        admin = AdminClient("canary-key", transport=transport, timeout=5, retry=NoRetry())

        monkeypatch.setenv(VARIABLE, "no")
        with pytest.raises(InvalidInputError, match="POST /session: this leads to the live"):
            await cube.users.get(1)
        with pytest.raises(InvalidInputError, match="this leads to the live"):
            await admin.count_messages()
        before = proxy.connections

        monkeypatch.setenv(VARIABLE, "yes")
        with pytest.raises(ConnectError):
            await cube.users.get(1)

    assert (0, 1) == (before, proxy.connections)
    assert talk.requests[0].startswith(b"CONNECT api.connectycube.com:443 ")


async def test_a_transport_that_stays_here_is_nobody_s_business(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A script may answer for the live address: nothing leaves the process."""
    monkeypatch.setenv(VARIABLE, "no")
    script = ScriptedTransport([Reply(body={"session": {"token": "canary-token"}}, status=201)])

    await ConnectyCube(1, "canary-key", transport=script).create_session()

    assert ["https://api.connectycube.com/session"] == [one.url for one in script.requests]
