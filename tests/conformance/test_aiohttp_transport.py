"""The default transport keeps the transport's contract, against servers that do not."""

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from importlib.util import find_spec
from typing import Any, Final, Self

import pytest

from connectycube.emulator import Emulator
from connectycube.errors import ClosedError, ConnectError, ConnectyCubeError, TransportError
from connectycube.http import Headers, Request
from connectycube.transports.aiohttp import AiohttpResponse, AiohttpTransport

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LABEL: Final = "GET /thing/{id}"
SECRETS: Final = Headers({"CB-Token": "canary-token"})
UVLOOP: Final = pytest.param(
    ("asyncio", {"use_uvloop": True}),
    id="uvloop",
    marks=pytest.mark.skipif(find_spec("uvloop") is None, reason="uvloop is not installed"),
)
pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=[pytest.param("asyncio", id="asyncio"), UVLOOP])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """Run on the loops that aiohttp runs on."""
    return request.param


@pytest.fixture(scope="module", autouse=True)
def _quick_collections() -> Iterator[None]:
    """Set apart what lives anyway, so that collecting after each test takes no time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _nothing_unclosed(check_canary: Callable[[], None]) -> Iterator[None]:
    """Fail where a connection or a session is left to the garbage collector."""
    yield
    check_canary()  # lets go of the errors, whose frames may hold what was forgotten
    gc.collect()


class Line:
    """One accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """Read one request, and give its head and body as they came."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        for field in head.decode().lower().split("\r\n"):
            if field.startswith("content-length:"):
                return head + await self._reader.readexactly(int(field.partition(":")[2]))
        return head

    async def start(self) -> bytes:
        """Read whatever comes first."""
        return await self._reader.read(1)

    async def gone(self) -> None:
        """Wait until the other side hangs up."""
        with suppress(ConnectionError):
            await self._reader.read()

    async def say(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()

    def reset(self) -> None:
        self.writer.transport.abort()


class Server:
    """Talks on each connection as a test says, and tells what came."""

    def __init__(self, talk: Callable[[Line], Awaitable[object]]) -> None:
        self._talk = talk
        self._tasks: set[asyncio.Task[Any]] = set()
        self.connections = 0
        self.open = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open += 1
        try:
            await self._talk(Line(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the other side has hung up, or the test is over
        finally:
            self.open -= 1
            writer.close()


class Answering:
    """Answers every request alike, and keeps the requests."""

    def __init__(self, answer: bytes = OK) -> None:
        self.answer = answer
        self.requests: list[bytes] = []

    async def __call__(self, line: Line) -> None:
        while True:
            self.requests.append(await line.request())
            await line.say(self.answer)


def asking(url: str, method: str = "GET", **more: Any) -> Request:
    return Request(method=method, url=url, label=LABEL, **{"headers": SECRETS, **more})


async def fetched(transport: AiohttpTransport, request: Request) -> tuple[int, bytes]:
    response = await transport.send(request)
    try:
        return response.status, await response.read()
    finally:
        await response.aclose()


def opened(**options: Any) -> aclosing[AiohttpTransport]:
    return aclosing(AiohttpTransport(**options))


def held(transport: AiohttpTransport) -> int:
    """Count the connections that the pool believes to be in use."""
    assert transport._session is not None
    connector: Any = transport._session.connector
    return len(connector._acquired)


# -- nothing was sent


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """Listen without ever accepting, with no room left to queue."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for caller in callers:
            caller.close()


async def assert_nothing_sent(transport: AiohttpTransport, url: str) -> None:
    for method, body in (("GET", None), ("POST", b"{}")):
        with pytest.raises(ConnectError, match=r"^GET /thing/\{id\}: no connection: \w+"):
            async with asyncio.timeout(5):
                await transport.send(asking(url, method, body=body))
    assert 0 == held(transport)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_closed_port_is_a_connect_error(closed_port: int, scheme: str) -> None:
    """Where nobody listens, nothing is sent."""
    async with opened() as transport:
        await assert_nothing_sent(transport, f"{scheme}://127.0.0.1:{closed_port}/")


async def test_an_unknown_name_is_a_connect_error() -> None:
    """A host without an address gets nothing."""
    async with opened() as transport:
        await assert_nothing_sent(transport, "http://nobody.invalid/")


async def test_a_deaf_host_is_a_connect_error(deaf_port: int) -> None:
    """A connection that is not made in time is given up by the transport itself."""
    async with opened(connect_timeout=0.05) as transport:
        await assert_nothing_sent(transport, f"http://127.0.0.1:{deaf_port}/")


async def answer_in_plain_text(line: Line) -> None:
    await line.start()
    await line.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def hang_up(line: Line) -> None:
    await line.start()


async def reset(line: Line) -> None:
    await line.start()
    line.reset()


@pytest.mark.parametrize("talk", [answer_in_plain_text, hang_up, reset])
async def test_a_failed_handshake_is_a_connect_error(
    talk: Callable[[Line], Awaitable[object]],
) -> None:
    """Without TLS no byte of the request leaves."""
    async with Server(talk) as server, opened() as transport:
        await assert_nothing_sent(transport, f"https://127.0.0.1:{server.port}/")


async def test_a_silent_handshake_is_a_connect_error() -> None:
    """The time to connect includes TLS."""
    async with Server(Line.gone) as server, opened(connect_timeout=0.05) as transport:
        await assert_nothing_sent(transport, f"https://127.0.0.1:{server.port}/")


# -- sent, and no usable answer


@asynccontextmanager
async def talking(talk: Callable[[Line], Awaitable[object]]) -> AsyncIterator[Any]:
    async with Server(talk) as server, opened() as transport:
        yield server, transport
        assert 0 == held(transport)


async def reset_after_request(line: Line) -> None:
    await line.request()
    line.reset()


async def hang_up_after_request(line: Line) -> None:
    await line.request()


async def hang_up_in_head(line: Line) -> None:
    await line.request()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Le")


async def talk_garbage(line: Line) -> None:
    await line.request()
    await line.say(b"\x00\x01canary is not HTTP\r\n\r\n")


async def talk_another_protocol(line: Line) -> None:
    await line.request()
    await line.say(b"220 mail.example.org ESMTP\r\n")


async def talk_odd_length(line: Line) -> None:
    await line.request()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: canary\r\n\r\n")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(
    "talk",
    [
        reset_after_request,
        hang_up_after_request,
        hang_up_in_head,
        talk_garbage,
        talk_another_protocol,
        talk_odd_length,
    ],
)
async def test_no_answer_is_a_transport_error(
    talk: Callable[[Line], Awaitable[object]], method: str
) -> None:
    """Once the request has left, its effect is unknown; it is sent once, whatever its method."""
    async with talking(talk) as (server, transport):
        with pytest.raises(TransportError, match=r"^GET /thing/\{id\}: no answer: \w+") as caught:
            await transport.send(asking(server.url, method))

        assert TransportError is caught.type
        assert 1 == server.connections


CUTS: Final = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ncanary",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\ncanary",
]


async def consume(response: AiohttpResponse) -> None:
    async for _ in response.iter_bytes():
        pass


@pytest.mark.parametrize("read", [AiohttpResponse.read, consume])
@pytest.mark.parametrize("cut", CUTS)
async def test_a_cut_body_is_a_transport_error(
    cut: bytes, read: Callable[[AiohttpResponse], Awaitable[object]]
) -> None:
    """A body that ends early is never taken for a whole one, however it is read."""

    async def talk(line: Line) -> None:
        await line.request()
        await line.say(cut)

    async with talking(talk) as (server, transport):
        with pytest.raises(TransportError, match=r"^GET /thing/\{id\}: no answer: \w+") as caught:
            async with aclosing(await transport.send(asking(server.url))) as response:
                await read(response)

        assert TransportError is caught.type
        assert 1 == server.connections


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST"])
async def test_a_stale_connection_is_no_reason_to_repeat(method: str) -> None:
    """A kept connection that dies under a request is an error: the policy repeats, nobody else."""
    requests: list[bytes] = []

    async def talk(line: Line) -> None:
        requests.append(await line.request())
        await line.say(OK)
        requests.append(await line.request())

    async with talking(talk) as (server, transport):
        await fetched(transport, asking(server.url))
        with pytest.raises(TransportError) as caught:
            await transport.send(asking(server.url, method))

        assert TransportError is caught.type
        assert (2, 1) == (len(requests), server.connections)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/", "http://[::1/", "ftp://127.0.0.1/", "/users", "http://"]
)
async def test_an_address_that_is_none_is_an_error_of_ours(url: str) -> None:
    """No library's own error ever leaves the transport."""
    async with opened() as transport:
        with pytest.raises(ConnectyCubeError):
            await transport.send(asking(url))


@pytest.mark.parametrize("value", ["canary\r\nX-Other: 1", "canary\n", "canary\x00"])
async def test_a_header_that_would_be_two_is_an_error_of_ours(value: str) -> None:
    """A line end in a header is not sent, and not shown."""
    talk = Answering()
    async with talking(talk) as (server, transport):
        with pytest.raises(ConnectyCubeError):
            await transport.send(asking(server.url, headers=Headers({"CB-Token": value})))

        assert [] == talk.requests


# -- as given


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/a%2Fb/%7E~/%c3%A9",
        "/a,b/..%2F",
        "/x?id[in][]=1&id[in][]=2",
        "/x?q=%2C%20%2B+&empty=&q=%5Bgt%5D",
    ],
)
async def test_an_address_goes_out_as_given(target: str) -> None:
    """What was percent-encoded stays so, and nothing else becomes so."""
    talk = Answering()
    async with talking(talk) as (server, transport):
        assert (200, b"ok") == await fetched(transport, asking(server.url + target))

        assert f"GET {target} HTTP/1.1".encode() == talk.requests[0].split(b"\r\n")[0]


async def test_headers_go_out_as_given() -> None:
    """Every header arrives, spelled as it was, with the value that it had."""
    given = {"CB-Token": "canary-token", "cb-SDK": "Python 1", "Content-Type": "application/json"}
    talk = Answering()
    async with talking(talk) as (server, transport):
        await fetched(transport, asking(server.url, "PUT", headers=Headers(given), body=b"{}"))

        lines = talk.requests[0].split(b"\r\n")
        for name, value in given.items():
            assert 1 == lines.count(f"{name}: {value}".encode())


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_method_goes_out_as_given(method: str) -> None:
    """Any method may be asked for, with and without a body."""
    talk = Answering()
    async with talking(talk) as (server, transport):
        await fetched(transport, asking(server.url, method))
        await fetched(transport, asking(server.url, method, body=b'{"a":1}'))

        assert [method.encode()] * 2 == [sent.split(b" ")[0] for sent in talk.requests]
        assert [b"", b'{"a":1}'] == [sent.split(b"\r\n\r\n")[1] for sent in talk.requests]


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
async def test_a_body_of_any_size_goes_out_and_comes_in(size: int) -> None:
    """Bodies are whole in both directions, without a warning."""
    body = b"x" * size
    talk = Answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (size, body))
    async with talking(talk) as (server, transport):
        assert (200, body) == await fetched(transport, asking(server.url, "POST", body=body))

        assert body == talk.requests[0].split(b"\r\n\r\n")[1]


class Halves:
    """A body that is never held whole, and may break in its middle."""

    def __init__(self, *, breaks: bool = False) -> None:
        self._breaks = breaks

    @property
    def length(self) -> int:
        return 8

    async def open(self) -> AsyncIterator[bytes]:
        yield b"half"
        if self._breaks:
            raise OSError("canary")
        yield b"half"


def uploading(url: str, body: Halves) -> Request:
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(body.length)}
    return asking(url, "PUT", headers=Headers(headers), body=body)


async def test_a_body_in_pieces_goes_out_whole_and_again() -> None:
    """A large body is sent as it is read, with its length told, as often as it is asked for."""
    talk = Answering()
    async with talking(talk) as (server, transport):
        request = uploading(server.url, Halves())
        for _ in range(2):
            assert (200, b"ok") == await fetched(transport, request)

        assert 2 == len(talk.requests)
        for sent in talk.requests:
            head, _, body = sent.partition(b"\r\n\r\n")
            assert b"halfhalf" == body
            assert 1 == head.lower().count(b"content-length: 8")
            assert b"transfer-encoding" not in head.lower()


async def test_a_body_that_breaks_ends_its_request() -> None:
    """Half a body is never answered, and its connection serves nobody else."""
    talk = Answering()
    async with talking(talk) as (server, transport):
        with pytest.raises(TransportError, match=r"^GET /thing/\{id\}: no answer: \w+"):
            await transport.send(uploading(server.url, Halves(breaks=True)))
        assert [] == talk.requests

        assert (200, b"ok") == await fetched(transport, asking(server.url))
        assert 2 == server.connections


async def test_no_content_type_is_invented() -> None:
    """A request without a body describes none."""
    talk = Answering()
    async with talking(talk) as (server, transport):
        await fetched(transport, asking(server.url, "POST"))

        assert b"content-type" not in talk.requests[0].lower()


# -- nothing of its own


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """A redirect is an answer like any other: following it could carry tokens elsewhere."""
    talk = Answering(
        b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    )
    async with talking(talk) as (server, transport):
        assert (status, b"") == await fetched(transport, asking(server.url))

        assert 1 == len(talk.requests)


async def test_cookies_are_not_kept() -> None:
    """Two clients on one transport must not share what a server sets."""
    talk = Answering(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=canary; Path=/\r\nContent-Length: 2\r\n\r\nok"
    )
    async with talking(talk) as (server, transport):
        for _ in range(2):
            await fetched(transport, asking(server.url.replace("127.0.0.1", "localhost")))

        assert 2 == len(talk.requests)
        assert b"cookie" not in b"".join(talk.requests).lower()


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_a_refusal_is_an_answer(status: int) -> None:
    """What a status means is decided elsewhere."""
    talk = Answering(b"HTTP/1.1 %d No\r\nContent-Length: 2\r\nRetry-After: 1\r\n\r\nno" % status)
    async with talking(talk) as (server, transport):
        assert (status, b"no") == await fetched(transport, asking(server.url))

        assert 1 == len(talk.requests)


async def test_an_answer_gives_its_head_first() -> None:
    """Status and headers are there before the body; lookups ignore case."""
    rest = asyncio.Event()

    async def talk(line: Line) -> None:
        await line.request()
        await line.say(
            b"HTTP/1.1 202 Yes\r\nCB-Token-ExpirationDate: x\r\nContent-Length: 4\r\n\r\n"
        )
        await rest.wait()
        await line.say(b"body")
        await line.gone()

    async with talking(talk) as (server, transport):
        response = await transport.send(asking(server.url))
        assert 202 == response.status
        assert "x" == response.headers["cb-token-expirationdate"]
        rest.set()
        assert b"body" == await response.read()
        await response.aclose()


async def test_a_body_comes_in_chunks() -> None:
    """A body can be read as it arrives, without holding all of it."""
    rest = asyncio.Event()

    async def talk(line: Line) -> None:
        await line.request()
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none")
        await rest.wait()
        await line.say(b"two")
        await line.gone()

    async with talking(talk) as (server, transport):
        response = await transport.send(asking(server.url))
        chunks = response.iter_bytes()
        assert b"one" == await anext(chunks)
        rest.set()
        assert b"two" == await anext(chunks)
        with pytest.raises(StopAsyncIteration):
            await anext(chunks)
        await response.aclose()


# -- the pool


async def test_a_read_answer_frees_its_connection() -> None:
    """One connection serves call after call; closing an answer twice is closing it once."""
    async with talking(Answering()) as (server, transport):
        for _ in range(5):
            response = await transport.send(asking(server.url))
            await response.read()
            await response.aclose()
            await response.aclose()

        assert 1 == server.connections


async def test_an_unread_answer_takes_its_connection_along() -> None:
    """What was not read is dropped with its connection, so the next call cannot read it."""
    cut = Answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with talking(cut) as (server, transport):
        for _ in range(2):
            response = await transport.send(asking(server.url))
            await response.aclose()

        assert 2 == server.connections


async def test_the_pool_is_bounded() -> None:
    """More calls than connections wait for one, and all are answered."""
    go, waiting = asyncio.Event(), asyncio.Semaphore(0)

    async def talk(line: Line) -> None:
        while True:
            await line.request()
            waiting.release()
            await go.wait()
            await line.say(OK)

    async with Server(talk) as server, opened(limit=2) as transport:
        calls = [
            asyncio.create_task(fetched(transport, asking(f"{server.url}/{n}"))) for n in range(7)
        ]
        for _ in range(2):
            await waiting.acquire()
        assert (2, 2) == (held(transport), server.connections)

        go.set()

        assert [(200, b"ok")] * 7 == await asyncio.gather(*calls)
        assert (0, 2) == (held(transport), server.connections)


# -- cancellation


class Stages:
    """Stops where the path says: before the answer, in its body, or not at all."""

    def __init__(self) -> None:
        self.reached = asyncio.Semaphore(0)

    async def __call__(self, line: Line) -> None:
        while True:
            path = (await line.request()).split(b" ")[1]
            if path == b"/body":
                await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            if path == b"/ok":
                await line.say(OK)
            else:
                self.reached.release()
                await line.gone()
                return


async def cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError | tuple) for outcome in outcomes)


async def assert_unharmed(transport: AiohttpTransport, url: str) -> None:
    calls = [fetched(transport, asking(f"{url}/ok")) for _ in range(20)]
    assert [(200, b"ok")] * 20 == await asyncio.gather(*calls)
    assert 0 == held(transport)


@pytest.mark.parametrize("path", ["/head", "/body"])
async def test_calls_cancelled_while_they_wait_leave_nothing(path: str) -> None:
    """Cancelled before the answer, in its body, or in the queue for a connection: all is freed."""
    stages = Stages()
    async with Server(stages) as server, opened(limit=5) as transport:
        for _ in range(3):
            tasks = [
                asyncio.create_task(fetched(transport, asking(server.url + path)))
                for _ in range(20)
            ]
            for _ in range(5):
                await stages.reached.acquire()
            await cancelled(tasks)
            assert 0 == held(transport)

        await assert_unharmed(transport, server.url)


async def test_calls_cancelled_while_they_connect_leave_nothing(deaf_port: int) -> None:
    """A connection that is still being made is given up."""
    async with Server(Stages()) as server, opened(limit=5) as transport:
        tasks = [
            asyncio.create_task(fetched(transport, asking(f"http://127.0.0.1:{deaf_port}/")))
            for _ in range(20)
        ]
        for _ in range(10):
            await asyncio.sleep(0)
        assert 5 == held(transport)
        await cancelled(tasks)

        await assert_unharmed(transport, server.url)


async def test_calls_cancelled_at_any_moment_leave_nothing() -> None:
    """Wherever in its life a call is cancelled, the pool stays whole."""
    async with Server(Stages()) as server, opened(limit=5) as transport:
        for steps in range(40):
            tasks = [
                asyncio.create_task(fetched(transport, asking(f"{server.url}/ok")))
                for _ in range(8)
            ]
            for _ in range(steps):
                await asyncio.sleep(0)
            await cancelled(tasks)

        await assert_unharmed(transport, server.url)


async def test_a_late_deadline_leaves_nothing() -> None:
    """A deadline from outside ends a call as itself, not as an error of the transport's."""
    async with talking(Stages()) as (server, transport):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await fetched(transport, asking(f"{server.url}/head"))

        await assert_unharmed(transport, server.url)


# -- its loop, and its end


async def test_a_second_loop_is_refused_by_name() -> None:
    """A transport belongs to the loop of its first use, and stays whole when that is forgotten."""
    async with talking(Answering()) as (server, transport):
        await fetched(transport, asking(server.url))
        for use in (fetched(transport, asking(server.url)), transport.aclose()):
            with pytest.raises(ClosedError, match="AiohttpTransport belongs to another event loop"):
                await asyncio.to_thread(asyncio.run, use)

        assert (200, b"ok") == await fetched(transport, asking(server.url))


async def test_closing_closes_every_connection() -> None:
    """No connection outlives its transport; closing twice is closing once."""
    left = asyncio.Event()

    async def talk(line: Line) -> None:
        await line.request()
        await line.say(OK)
        await line.gone()
        left.set()

    async with Server(talk) as server:
        transport = AiohttpTransport()
        await fetched(transport, asking(server.url))
        await transport.aclose()
        await transport.aclose()
        async with asyncio.timeout(5):
            await left.wait()


async def test_a_closed_transport_says_so() -> None:
    """Use after close is an error of the caller's, used before or not."""
    async with Server(Answering()) as server:
        for uses in range(2):
            transport = AiohttpTransport()
            for _ in range(uses):
                await fetched(transport, asking(server.url))
            await transport.aclose()
            with pytest.raises(ClosedError, match="AiohttpTransport is closed"):
                await transport.send(asking(server.url))


async def test_an_answer_may_be_closed_after_its_transport() -> None:
    """The order in which things are closed does not matter."""
    async with Server(Stages()) as server, opened() as transport:
        response = await transport.send(asking(f"{server.url}/body"))
        await transport.aclose()
        await response.aclose()


# -- proxies


async def test_a_request_goes_through_the_proxy() -> None:
    """With a proxy no request goes anywhere else; the proxy's password goes to it alone."""
    talk, target = Answering(), Answering()
    async with Server(talk) as proxy, Server(target) as server:
        url = f"http://user:canary@127.0.0.1:{proxy.port}"
        async with opened(proxy=url) as transport:
            assert (200, b"ok") == await fetched(transport, asking(f"{server.url}/x?a=%2C"))

        head = talk.requests[0].split(b"\r\n")
        assert f"GET {server.url}/x?a=%2C HTTP/1.1".encode() == head[0]
        assert b"CB-Token: canary-token" in head
        assert any(line.startswith(b"Proxy-Authorization: Basic ") for line in head)
        assert [] == target.requests


async def test_a_tunnel_shows_the_proxy_no_token() -> None:
    """For `https` a proxy learns the host, and nothing of the request."""
    talk = Answering(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")
    async with Server(talk) as proxy, opened(proxy=f"http://127.0.0.1:{proxy.port}") as transport:
        await assert_nothing_sent(transport, "https://api.example.org/x?token=canary")

        assert talk.requests
        for sent in talk.requests:
            assert sent.startswith(b"CONNECT api.example.org:443 HTTP/1.1\r\n")
            assert b"canary" not in sent


@pytest.mark.parametrize("url", ["http://api.example.org/", "https://api.example.org/"])
async def test_a_proxy_that_is_not_there_is_a_connect_error(closed_port: int, url: str) -> None:
    """Without its proxy nothing is sent, not even directly."""
    proxy = f"http://user:canary@127.0.0.1:{closed_port}"
    async with opened(proxy=proxy) as transport:
        await assert_nothing_sent(transport, url)


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a machine has set for others does not lead our tokens astray."""
    talk, target = Answering(), Answering()
    async with Server(talk) as proxy, Server(target) as server, opened() as transport:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        await fetched(transport, asking(server.url))

        assert (0, 1) == (len(talk.requests), len(target.requests))


# -- the emulator


async def test_the_emulator_answers() -> None:
    """A real exchange: request, answer and headers are whole."""
    with Emulator() as emulator:
        body = {"application_id": emulator.app_id, "auth_key": emulator.auth_key}
        request = asking(
            f"{emulator.base_url}/session",
            "POST",
            headers=Headers({"Content-Type": "application/json"}),
            body=json.dumps(body).encode(),
        )
        async with opened() as transport:
            response = await transport.send(request)
            session = json.loads(await response.read())["session"]
            await response.aclose()

        assert 201 == response.status
        assert emulator.app_id == session["application_id"]
        assert response.headers["CB-TOKEN-EXPIRATIONDATE"]


@pytest.mark.parametrize("fault", ["drop", "cut"])
async def test_the_emulator_fails_on_demand(fault: str) -> None:
    """A dropped or cut answer of the emulator is a transport error, and the next is whole."""
    with Emulator() as emulator:
        getattr(emulator.faults, fault)()
        async with opened() as transport:
            with pytest.raises(TransportError):
                await fetched(transport, asking(f"{emulator.base_url}/session"))

            assert 401 == (await fetched(transport, asking(f"{emulator.base_url}/session")))[0]
        assert 2 == len(emulator.requests)
