"""TLS on every transport: what is not trusted is refused before anything is sent."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import trustme

from connectycube.errors import ConnectError
from connectycube.testing.raw_server import Answering, RawServer

from .transports import RIDES, Ride, asking, assert_nothing_sent, fetched

pytestmark = pytest.mark.anyio

AUTHORITY: Final = trustme.CA()
ELSEWHERE: Final = trustme.CA()
GOOD: Final = AUTHORITY.issue_cert("localhost", "127.0.0.1")
REFUSED: Final[dict[str, Callable[[], trustme.LeafCert]]] = {
    "an unknown authority": lambda: ELSEWHERE.issue_cert("localhost", "127.0.0.1"),
    "another name": lambda: AUTHORITY.issue_cert("elsewhere.example.org"),
    "a date that has passed": lambda: AUTHORITY.issue_cert(
        "localhost",
        "127.0.0.1",
        not_before=datetime.now(UTC) - timedelta(days=9),
        not_after=datetime.now(UTC) - timedelta(days=1),
    ),
}


@pytest.fixture(scope="module", params=RIDES)
def ride(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def anyio_backend(ride: Ride) -> Any:
    return ride.backend


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def test_a_trusted_certificate_is_taken(ride: Ride) -> None:
    """With its authority in the context, a private service is reached by name and by address."""
    talk = Answering()
    transport = ride.kind(ssl_context=trusting())
    async with RawServer(talk, ssl_context=serving(GOOD)) as server:
        told = [
            await fetched(transport, asking(url, "POST", body=b"x" * 300_000))
            for url in (server.url, server.url.replace("127.0.0.1", "localhost"))
        ]
        await transport.aclose()

        assert [(200, b"ok")] * 2 == told
        assert [300_000] * 2 == [len(sent.partition(b"\r\n\r\n")[2]) for sent in talk.requests]
        assert await server.until(lambda: server.open == 0)


@pytest.mark.parametrize("why", REFUSED)
async def test_what_is_not_trusted_gets_nothing(ride: Ride, why: str) -> None:
    """The request stays here, and the error says that nothing was sent."""
    talk = Answering()
    transport = ride.kind(ssl_context=trusting())
    async with RawServer(talk, ssl_context=serving(REFUSED[why]())) as server:
        await assert_nothing_sent(transport, f"{server.url}/?token=canary")
        await transport.aclose()

        assert await server.until(lambda: server.open == 0)
        assert (2, []) == (server.connections, talk.requests)


async def test_the_machine_s_own_authorities_are_the_default(ride: Ride) -> None:
    """Without a context, a private authority is an unknown one."""
    talk = Answering()
    transport = ride.kind()
    async with RawServer(talk, ssl_context=serving(GOOD)) as server:
        with pytest.raises(ConnectError, match=r"[Cc]ertificate"):
            await transport.send(asking(server.url))
        await transport.aclose()

        assert [] == talk.requests
