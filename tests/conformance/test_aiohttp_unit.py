"""What the default transport makes of each thing that aiohttp can do, without a socket."""

import asyncio
import inspect
import ssl
from collections.abc import Iterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import aiohttp.client_exceptions
import pytest
from aioresponses import aioresponses
from aioresponses.core import CallbackResult
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from connectycube.errors import ConnectError, InvalidInputError, TransportError
from connectycube.http import Headers, Request
from connectycube.transports.aiohttp import AiohttpTransport

ADDRESS: Final = "https://api.example.org/thing?token=canary"
LABEL: Final = "GET /thing"
REQUEST: Final = Request(
    method="GET", url=ADDRESS, headers=Headers({"CB-Token": "canary-token"}), label=LABEL
)
KEY: Any = SimpleNamespace(host="api.example.org", port=443, ssl=True, is_ssl=True)
INFO: Final = aiohttp.RequestInfo(
    URL(ADDRESS), "GET", CIMultiDictProxy(CIMultiDict({"CB-Token": "canary-token"})), URL(ADDRESS)
)
REFUSED: Final = ConnectionRefusedError(111, "Connection refused")


class AnsweredResponse(aiohttp.ClientResponse):
    """A response that knows how much was sent: aioresponses does not tell, aiohttp 3.14 asks."""

    def __init__(self, *args: Any, **options: Any) -> None:
        if "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters:
            options.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **options)


@pytest.fixture
def wire() -> Iterator[aioresponses]:
    with aioresponses() as wire:
        yield wire


def answer(wire: aioresponses, method: str = "GET", **parts: Any) -> None:
    """Give one answer; the one place that mends aioresponses 0.7.9."""
    wire.add(ADDRESS, method, response_class=AnsweredResponse, **parts)


CASES: Final[list[tuple[Exception, type[TransportError], str]]] = [
    # nothing was sent
    (aiohttp.ClientConnectorError(KEY, REFUSED), ConnectError, "Connection refused"),
    (
        aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "Name or service not known")),
        ConnectError,
        "Name or service not known",
    ),
    (aiohttp.ClientProxyConnectionError(KEY, REFUSED), ConnectError, "Connection refused"),
    (
        aiohttp.client_exceptions.UnixClientConnectorError("/x", KEY, REFUSED),
        ConnectError,
        "Connection refused",
    ),
    (aiohttp.ClientSSLError(KEY, REFUSED), ConnectError, "Connection refused"),
    (
        aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "wrong version number")),
        ConnectError,
        "wrong version number",
    ),
    (
        aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError("canary")),
        ConnectError,
        "ClientConnectorCertificateError",
    ),
    (aiohttp.ServerFingerprintMismatch(b"a", b"b", "canary", 1), ConnectError, "Fingerprint"),
    (aiohttp.ConnectionTimeoutError("canary"), ConnectError, "ConnectionTimeoutError"),
    (
        aiohttp.ClientHttpProxyError(INFO, (), status=407, message="canary"),
        ConnectError,
        "ClientHttpProxyError",
    ),
    # it may have been sent
    (aiohttp.ClientError("canary"), TransportError, "ClientError"),
    (aiohttp.ClientConnectionError("canary"), TransportError, "ClientConnectionError"),
    (
        aiohttp.ClientConnectionResetError("canary"),
        TransportError,
        "ClientConnectionResetError",
    ),
    (aiohttp.ClientOSError(104, "Connection reset by peer"), TransportError, "reset by peer"),
    (aiohttp.ClientOSError(None, "Can not write to canary"), TransportError, "ClientOSError"),
    (aiohttp.ClientOSError(32, "Can not write to canary"), TransportError, "Broken pipe"),
    (aiohttp.ServerConnectionError("canary"), TransportError, "ServerConnectionError"),
    (aiohttp.ServerDisconnectedError("canary"), TransportError, "ServerDisconnectedError"),
    (aiohttp.ServerTimeoutError("canary"), TransportError, "ServerTimeoutError"),
    (aiohttp.SocketTimeoutError("canary"), TransportError, "SocketTimeoutError"),
    (aiohttp.ClientPayloadError("canary"), TransportError, "ClientPayloadError"),
    (
        aiohttp.ClientResponseError(INFO, (), status=400, message="canary"),
        TransportError,
        "ClientResponseError",
    ),
    (aiohttp.ContentTypeError(INFO, (), message="canary"), TransportError, "ContentTypeError"),
    (aiohttp.TooManyRedirects(INFO, ()), TransportError, "TooManyRedirects"),
    (TimeoutError("canary"), TransportError, "TimeoutError"),
    (ConnectionResetError(104, "Connection reset by peer"), TransportError, "reset by peer"),
    (OSError("canary"), TransportError, "OSError"),
]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("error", "kind", "shown"), [pytest.param(*case, id=type(case[0]).__name__) for case in CASES]
)
async def test_each_error_of_aiohttp_is_one_of_ours(
    wire: aioresponses, error: Exception, kind: type[TransportError], shown: str
) -> None:
    """`ConnectError` where nothing left, else `TransportError`; only the class is told."""
    answer(wire, exception=error)
    async with aclosing(AiohttpTransport()) as transport:
        with pytest.raises(TransportError) as caught:
            await transport.send(REQUEST)

    assert kind is caught.type
    assert str(caught.value).startswith(f"{LABEL}: no ")
    assert shown in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_every_error_of_aiohttp_has_its_case() -> None:
    """A new error of aiohttp needs a decision: was something sent?"""
    elsewhere = {  # websockets, and redirects, which are not followed
        *("WSMessageTypeError", "WSServerHandshakeError"),
        *("RedirectClientError", "InvalidUrlRedirectClientError", "NonHttpUrlRedirectClientError"),
        # an address that is none is tried on a real transport
        *("InvalidURL", "InvalidUrlClientError", "NonHttpUrlClientError"),
        # of later versions alone
        "UploadAbortedError",
    }
    known = {
        name
        for name, value in vars(aiohttp.client_exceptions).items()
        if isinstance(value, type) and issubclass(value, aiohttp.ClientError)
    }

    assert known - elsewhere == {type(case[0]).__name__ for case in CASES} & known


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [asyncio.CancelledError(), KeyError("bug"), KeyboardInterrupt()])
async def test_what_is_no_trouble_on_the_line_passes(
    wire: aioresponses, error: BaseException
) -> None:
    """Cancellation is never swallowed, and a bug does not pass for a network error."""

    async def fail(_url: object, **_: object) -> CallbackResult:
        raise error

    answer(wire, callback=fail)
    async with aclosing(AiohttpTransport()) as transport:
        with pytest.raises(type(error)) as caught:
            await transport.send(REQUEST)

    assert error is caught.value


@pytest.mark.asyncio
async def test_aiohttp_is_asked_for_nothing_more(wire: aioresponses) -> None:
    """One request is one call: no redirects, the address untouched, the headers as given."""
    answer(wire)
    async with aclosing(AiohttpTransport(proxy="http://localhost:3128")) as transport:
        response = await transport.send(REQUEST)
        await response.aclose()

    ((key, (call,)),) = wire.requests.items()
    assert ("GET", URL(ADDRESS)) == key
    assert call.kwargs["allow_redirects"] is False
    assert "http://localhost:3128" == call.kwargs["proxy"]
    assert {"CB-Token": "canary-token"}.items() <= dict(call.kwargs["headers"]).items()


@pytest.mark.asyncio
async def test_an_answer_is_given_as_it_is(wire: aioresponses) -> None:
    """Status, headers in any case, and the body: none is interpreted."""
    answer(wire, status=422, body=b'{"errors":["no"]}', headers={"Retry-After": "3"})
    async with aclosing(AiohttpTransport()) as transport:
        response = await transport.send(REQUEST)

        assert (422, "3") == (response.status, response.headers["retry-after"])
        assert b'{"errors":["no"]}' == await response.read()
        await response.aclose()


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": -1},
        {"connect_timeout": 0},
        {"connect_timeout": -1.0},
        {"connect_timeout": float("nan")},
        {"proxy": ""},
        {"proxy": "localhost:3128"},
        {"proxy": "socks5://user:canary@localhost:3128"},
        {"proxy": "http://user:canary@localhost:port"},
        {"proxy": "http://user:canary@localhost:99999"},
        {"proxy": "http://[canary"},
        {"proxy": "http://"},
    ],
)
def test_options_that_cannot_be_right_are_refused(options: dict[str, Any]) -> None:
    """A mistake shows where it is made, without the proxy's password."""
    with pytest.raises(InvalidInputError) as caught:
        AiohttpTransport(**options)

    assert caught.value.__cause__ is None


def test_a_transport_may_be_made_where_no_loop_runs() -> None:
    """Nothing is opened before it is used."""
    assert AiohttpTransport()._session is None
