"""What only the transport on httpx2 does: the environment's proxies, and its own mapping."""

import logging
import ssl
from contextlib import aclosing
from typing import Any, Final

import h11
import httpcore2
import pytest

from connectycube.errors import ConnectError, InvalidInputError, TransportError
from connectycube.testing.raw_server import OK, Answering, RawServer
from connectycube.transports._environment import is_this_machine, proxy_of_environment
from connectycube.transports.httpx2 import Httpx2Transport, _mapped_error

from .transports import LABEL, asking, fetched

PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
OURSELVES: Final = [
    *("localhost", "LOCALHOST", "localhost.", "api.localhost", "127.0.0.1", "127.8.9.1", "127.1"),
    *("0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "0.0.0.0", "0", "::1", "::"),  # noqa: S104 - not bound
    *("::ffff:127.0.0.1", "::ffff:7f00:1"),
]
OTHERS: Final = [
    *("api.connectycube.com", "localhost.example.org", "mylocalhost", "128.0.0.1", "10.0.0.1"),
    *("127.example.org", "::2", "2130706432x", "::ffff:10.0.0.1"),
]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("host", OURSELVES)
def test_this_machine_is_known_in_any_form(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """No spelling of our own address reaches a proxy."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.org:3128")

    assert is_this_machine(host)
    assert proxy_of_environment("http", host) is None


@pytest.mark.parametrize("host", OTHERS)
def test_another_machine_is_not_taken_for_this_one(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """What only looks like us goes through the proxy."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.org:3128")

    assert not is_this_machine(host)
    assert "http://proxy.example.org:3128" == proxy_of_environment("http", host)


@pytest.mark.parametrize(
    ("scheme", "host", "proxy"),
    [
        ("http", "api.example.org", "http://plain.example.org:1"),
        ("https", "api.example.org", "http://secure.example.org:2"),
        ("https", "api.example.net", None),
        ("https", "deep.api.example.net", None),
    ],
)
def test_the_environment_names_proxies_by_scheme(
    monkeypatch: pytest.MonkeyPatch, scheme: str, host: str, proxy: str | None
) -> None:
    """Each scheme has its own, with or without `http://`, and `NO_PROXY` has exceptions."""
    monkeypatch.setenv("http_proxy", "plain.example.org:1")
    monkeypatch.setenv("https_proxy", "http://secure.example.org:2")
    monkeypatch.setenv("no_proxy", "api.example.net")

    assert proxy == proxy_of_environment(scheme, host)


@pytest.mark.anyio
async def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other machines are reached through it."""
    talk = Answering()
    async with RawServer(talk) as proxy, aclosing(Httpx2Transport()) as transport:
        monkeypatch.setenv("http_proxy", proxy.url)

        assert (200, b"ok") == await fetched(transport, asking("http://api.example.org/x"))
        assert talk.requests[0].startswith(b"GET http://api.example.org/x HTTP/1.1\r\n")


@pytest.mark.anyio
async def test_a_proxy_that_we_cannot_speak_to_is_not_passed_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where only a SOCKS proxy is set, nothing goes out directly."""
    monkeypatch.setenv("all_proxy", "socks5://user:canary@proxy.example.org:1080")
    async with aclosing(Httpx2Transport()) as transport:
        with pytest.raises(InvalidInputError, match="the environment's proxy is no HTTP proxy"):
            await transport.send(asking("http://api.example.org/x"))


@pytest.mark.anyio
async def test_nothing_is_added_to_a_request() -> None:
    """Host and Content-Length, which HTTP demands, and nothing else."""
    talk = Answering()
    async with RawServer(talk) as server, aclosing(Httpx2Transport()) as transport:
        for body in (None, b"{}"):
            await fetched(transport, asking(server.url, "POST", body=body))

    host = f"Host: 127.0.0.1:{server.port}\r\nCB-Token: canary-token\r\nContent-Length:"
    assert [
        f"POST / HTTP/1.1\r\n{host} 0\r\n\r\n".encode(),
        f"POST / HTTP/1.1\r\n{host} 2\r\n\r\n{{}}".encode(),
    ] == talk.requests


@pytest.mark.anyio
async def test_headers_of_answers_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An answer's address may be signed; what others do with httpcore2 is logged as ever."""
    caplog.set_level(logging.DEBUG)
    signed = OK.replace(b"\r\n", b"\r\nLocation: /x?signature=hidden\r\n", 1)
    async with RawServer(Answering(signed)) as server:
        async with aclosing(Httpx2Transport()) as transport:
            await fetched(transport, asking(server.url))
        ours = caplog.text
        async with httpcore2.AsyncConnectionPool() as pool:
            await pool.request("GET", server.url)

    assert "hidden" not in ours
    assert "hidden" in caplog.text


@pytest.mark.anyio
async def test_headers_that_come_twice_are_joined() -> None:
    """As lists in headers are; the first spelling stands."""
    twice = OK.replace(b"\r\n", b"\r\nX-Part: a\r\nx-part: b\r\n", 1)
    async with RawServer(Answering(twice)) as server, aclosing(Httpx2Transport()) as transport:
        response = await transport.send(asking(server.url))
        await response.aclose()

    assert {"X-Part": "a, b", "Content-Length": "2"} == dict(response.headers)


CASES: Final[list[tuple[Exception, type[Exception], str]]] = [
    (httpcore2.ConnectError(OSError(111, "Connection refused")), ConnectError, "(Connection refus"),
    (httpcore2.ConnectError("canary"), ConnectError, "no connection: ConnectError"),
    (httpcore2.ConnectTimeout("canary"), ConnectError, "ConnectTimeout"),
    (httpcore2.ProxyError("502 canary"), ConnectError, "ProxyError"),
    (httpcore2.ReadError("canary"), TransportError, "no answer: ReadError"),
    (httpcore2.WriteError("canary"), TransportError, "WriteError"),
    (httpcore2.RemoteProtocolError("canary"), TransportError, "RemoteProtocolError"),
    (httpcore2.ReadTimeout("canary"), TransportError, "ReadTimeout"),
    (h11.LocalProtocolError("canary"), TransportError, "LocalProtocolError"),
    (ssl.SSLError(1, "bad record mac"), TransportError, "bad record mac"),
    (OSError(104, "Connection reset by peer"), TransportError, "Connection reset by peer"),
    (httpcore2.LocalProtocolError("canary"), InvalidInputError, "HTTP cannot carry"),
    (UnicodeError("canary"), InvalidInputError, "HTTP cannot carry"),
]


@pytest.mark.parametrize(("error", "kind", "shown"), CASES)
def test_each_error_is_one_of_ours(error: Exception, kind: type[Exception], shown: str) -> None:
    """`ConnectError` where nothing left, else `TransportError`; only the class is told."""
    mapped = _mapped_error(error, LABEL)

    assert kind is type(mapped)
    assert str(mapped).startswith(f"{LABEL}: ")
    assert shown in str(mapped)


@pytest.mark.parametrize("error", [KeyError("bug"), ConnectError("ours")])
def test_what_is_no_trouble_on_the_line_passes(error: Exception) -> None:
    """A bug does not pass for a network error, and what is ours already stays as it is."""
    assert error is _mapped_error(error, LABEL)


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"connect_timeout": 0},
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
    with pytest.raises(InvalidInputError):
        Httpx2Transport(**options)


def test_a_transport_may_be_made_where_no_loop_runs() -> None:
    """Nothing is opened before it is used."""
    assert not Httpx2Transport()._sockets.open
