"""
The cheapest chat there is, in a process of its own: it believes everybody and remembers nothing.

`python -m benchmarks.chat_server CERTIFICATE` prints its ports. It speaks just what a client needs
to log in and to count, and does what messages to these users say:

* `FLOOD`: send so many messages back, so many at once, and a question behind so many;
* `ONE_BY_ONE`: send one to everybody, the next when the last was confirmed;
* `ALL_AT_ONCE`: send one to everybody.

What it sends says when: a reading of the monotonic clock, which is one for all processes.
"""

import asyncio
import itertools
import json
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import attrs
from aiohttp import web

from benchmarks.open_files import allow

HOST: Final = "127.0.0.1"
APP_ID: Final = 21
SINK, FLOOD, ONE_BY_ONE, ALL_AT_ONCE = 1, 2, 3, 4
_MOST_CLIENTS: Final = 2000
# Whoever measures here writes sound XML, and no element within another of its name.
_ELEMENT: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>)?\s*"
    r"(?:<(stream:stream)\b[^>]*>|(</stream:stream>)"
    r"|<(\w+)(?:[^>\"'/]|/(?!>)|\"[^\"]*\"|'[^']*')*(?:/>|>(?:.*?)</\3>))",
    re.DOTALL,
)
_ID: Final = re.compile(r"\bid=[\"']([^\"']*)")
_TO: Final = re.compile(r"\bto=[\"'](\d+)-")
_BODY: Final = re.compile(r"<body>([^<]*)")
_FRAMING: Final = 'xmlns="urn:ietf:params:xml:ns:xmpp-framing"'
_STREAMS: Final = 'xmlns:stream="http://etherx.jabber.org/streams"'
_HEADER: Final = (
    f"<?xml version='1.0'?><stream:stream from='{HOST}' id='s' version='1.0'"
    f" xmlns='jabber:client' {_STREAMS}>"
)
_OPEN: Final = f'<open {_FRAMING} from="{HOST}" id="s" version="1.0"/>'
_BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"
_COUNTING: Final = "urn:xmpp:sm:3"
_BEFORE_LOGIN: Final = (
    f'<stream:features {_STREAMS}><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl">'
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>"
)
_AFTER_LOGIN: Final = (
    f'<stream:features {_STREAMS}><bind xmlns="{_BIND}"/>'
    f'<sm xmlns="{_COUNTING}"/></stream:features>'
)
_MESSAGE: Final = (
    f'<message xmlns="jabber:client" from="8-{APP_ID}@{HOST}/x" to="%s" type="chat" id="5f1d%020x">'
    '<body>%d: good &amp; well, thank you</body><extraParams xmlns="jabber:client">'
    "<priority>high</priority><save_to_history>1</save_to_history>"
    "<date_sent>1718010309</date_sent></extraParams></message>"
)
_QUESTION: Final = f'<r xmlns="{_COUNTING}"/>'
_STANZAS: Final = frozenset({"message", "presence", "iq"})
_numbers: Final = itertools.count()
_everybody: Final[set["_Client"]] = set()
_tasks: Final[set[asyncio.Task[None]]] = set()


class _Client:
    """One client, whatever its line."""

    def __init__(self, write: Callable[[list[str]], None], *, is_framed: bool) -> None:
        self._write = write
        self._is_framed = is_framed
        self._is_known = False
        self._handled = 0
        # The SDK hears nobody whose address holds the name of its own device.
        self._jid = f"7-{APP_ID}@{HOST}/device-{len(_everybody)}"
        self._unconfirmed = 0
        self._confirmed = asyncio.Event()

    def take(self, name: str, text: str) -> list[str]:
        """Return what there is to answer to an element."""
        self._handled += name in _STANZAS
        answers: list[str] = []
        match name:
            case "message":
                self._message(text)
            case "r":
                answers = [f'<a xmlns="{_COUNTING}" h="{self._handled}"/>']
            case "a":
                self._unconfirmed -= 1
                if not self._unconfirmed:
                    self._confirmed.set()
            case "iq":
                answers = [self._answer(text)]
            case "open" | "stream:stream":
                opening = _OPEN if self._is_framed else _HEADER
                answers = [opening, _AFTER_LOGIN if self._is_known else _BEFORE_LOGIN]
            case "auth":
                self._is_known = True
                answers = ['<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>']
            case "enable":
                self._handled = 0
                _everybody.add(self)
                answers = [f'<enabled xmlns="{_COUNTING}"/>']
            case "close" | "/":
                self.gone()
                answers = [f"<close {_FRAMING}/>" if self._is_framed else "</stream:stream>"]
        return answers

    def tell(self, count: int = 1, each: int = 1) -> None:
        """Send it so many messages, and a question behind each so many."""
        self._unconfirmed = count // each
        self._confirmed.clear()
        said: list[str] = []
        for number in range(1, count + 1):
            said.append(_MESSAGE % (self._jid, next(_numbers), time.monotonic_ns()))
            if not number % each:
                said.append(_QUESTION)
        self._write(said)

    async def be_told(self, count: int = 1, each: int = 1) -> None:
        """Do that, and wait until it has said that they came."""
        self.tell(count, each)
        await self._confirmed.wait()

    def gone(self) -> None:
        _everybody.discard(self)

    def _message(self, text: str) -> None:
        to, body = _TO.search(text), _BODY.search(text)
        whom = int(to[1]) if to else SINK
        if whom == FLOOD and body:
            _tasks.add(asyncio.create_task(self._flood(*map(int, body[1].split()))))
        elif whom == ONE_BY_ONE:
            _tasks.add(asyncio.create_task(_one_by_one()))
        elif whom == ALL_AT_ONCE:
            for client in _everybody:
                client.tell()

    async def _flood(self, size: int, at_once: int, each: int) -> None:
        for _ in range(size // at_once):
            await self.be_told(at_once, each)

    def _answer(self, request: str) -> str:
        told = _ID.search(request)
        jid = f"<jid>{self._jid}</jid>"
        content = f'<bind xmlns="{_BIND}">{jid}</bind>' if _BIND in request else ""
        request_id = told[1] if told else ""
        return f'<iq xmlns="jabber:client" type="result" id="{request_id}">{content}</iq>'


async def _one_by_one() -> None:
    for client in tuple(_everybody):
        await client.be_told()


class _Stream(asyncio.Protocol):
    """The elements of a stream over TCP."""

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        self._buffer = ""
        self._client = _Client(self._send, is_framed=False)

    def data_received(self, data: bytes) -> None:
        self._buffer += data.decode("ascii")
        end = 0
        answers: list[str] = []
        while found := _ELEMENT.match(self._buffer, end):
            end = found.end()
            answers += self._client.take(found[1] or found[3] or "/", found[0])
        self._buffer = self._buffer[end:]
        if answers:
            self._send(answers)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio has it
        self._client.gone()

    def _send(self, elements: list[str]) -> None:
        self._transport.write("".join(elements).encode())


async def _framed(request: web.Request) -> web.WebSocketResponse:
    """Serve a WebSocket, on which each element is a frame (RFC 7395)."""
    socket = web.WebSocketResponse(protocols=("xmpp",), compress=False)
    await socket.prepare(request)
    outgoing: asyncio.Queue[str] = asyncio.Queue()

    def put(elements: list[str]) -> None:
        for element in elements:
            outgoing.put_nowait(element)

    async def write() -> None:
        while True:
            await socket.send_str(await outgoing.get())

    client = _Client(put, is_framed=True)
    writing = asyncio.create_task(write())
    async for message in socket:
        if found := _ELEMENT.match(message.data):
            put(client.take(found[3], found[0]))
    client.gone()
    writing.cancel()
    return socket


@attrs.frozen
class Ports:
    """
    Where it answers.

    Attributes:
        authority: file of the certificate that signs the one of those with TLS.
    """

    plain: int
    tls: int
    websocket: int
    secure_websocket: int
    authority: Path

    def of_stream(self, *, tls: bool) -> int:
        return self.tls if tls else self.plain


async def _serve(certificate: str) -> None:
    allow(_MOST_CLIENTS)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    application = web.Application()
    application.router.add_get("/", _framed)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - it was set up
    loop, ports = asyncio.get_running_loop(), []
    for make in (_Stream, runner.server):
        for tls in (None, context):
            server = await loop.create_server(make, HOST, 0, ssl=tls, backlog=1024)
            ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until whoever started it is gone


@contextmanager
def running() -> Iterator[Ports]:
    """
    Serve from another process, and say where.

    Raises:
        ImportError: there is no trustme to make a certificate with.
    """
    import trustme  # noqa: PLC0415 - the server itself does without it

    made = trustme.CA()
    with TemporaryDirectory() as folder:
        certificate, authority = Path(folder, "server.pem"), Path(folder, "authority.pem")
        made.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(certificate))
        made.cert_pem.write_to_path(str(authority))
        command = [sys.executable, "-m", "benchmarks.chat_server", str(certificate)]
        with subprocess.Popen(  # noqa: S603 - ours
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                told = process.stdout.readline() if process.stdout else ""
                plain, tls, websocket, secure_websocket = json.loads(told)
                yield Ports(plain, tls, websocket, secure_websocket, authority)
            finally:
                process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
