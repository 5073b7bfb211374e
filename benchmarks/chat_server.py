"""
The cheapest chat there is, in a process of its own: it believes everybody and remembers nothing.

`python -m benchmarks.chat_server CERTIFICATE` prints its ports as JSON. It speaks just what a
client needs to log in and to count, and does what messages to these users say:

* `FLOOD`: send so many messages back, so many at once, a question behind each;
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

HOST: Final = "127.0.0.1"
APP_ID: Final = 21
SINK, FLOOD, ONE_BY_ONE, ALL_AT_ONCE = 1, 2, 3, 4
_ELEMENT: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>)?\s*"
    r"(?:<(stream:stream)\b[^>]*>|(</stream:stream>)"
    r"|<(\w+)(?:[^>\"'/]|/(?!>)|\"[^\"]*\"|'[^']*')*(?:/>|>(?:.*?)</\3>))",
    re.DOTALL,
)
_ID: Final = re.compile(r"\bid=[\"']([^\"']*)")
_TO: Final = re.compile(r"\bto=[\"'](\d+)-")
_BODY: Final = re.compile(r"<body>([^<]*)")
_HEADER: Final = (
    f"<?xml version='1.0'?><stream:stream from='{HOST}' id='s' version='1.0'"
    " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
_OPEN: Final = (
    f'<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="{HOST}" id="s" version="1.0"/>'
)
_CLOSE: Final = '<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>'
_STREAMS: Final = 'xmlns:stream="http://etherx.jabber.org/streams"'
_FEATURES: Final = (
    f'<stream:features {_STREAMS}><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl">'
    "<mechanism>PLAIN</mechanism></mechanisms></stream:features>",
    f'<stream:features {_STREAMS}><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'
    '<sm xmlns="urn:xmpp:sm:3"/></stream:features>',
)
_QUESTION: Final = '<r xmlns="urn:xmpp:sm:3"/>'
_STANZAS: Final = frozenset({"message", "presence", "iq"})
_numbers: Final = itertools.count()
_everybody: "set[_Client]" = set()


class _Client:
    """One client, whatever its line."""

    def __init__(self, write: Callable[[list[str]], None], *, is_framed: bool) -> None:
        self._write = write
        self._is_framed = is_framed
        self._is_known = False
        self._handled = 0
        self._jid = f"7-{APP_ID}@{HOST}/device-{len(_everybody)}"
        self._asked = 0
        self._confirmed = asyncio.Event()

    def take(self, name: str, text: str) -> list[str]:
        """Return what there is to answer to an element."""
        self._handled += name in _STANZAS
        match name:
            case "message":
                return self._message(text)
            case "r":
                return [f'<a xmlns="urn:xmpp:sm:3" h="{self._handled}"/>']
            case "a":
                self._asked -= 1
                if not self._asked:
                    self._confirmed.set()
            case "iq":
                return [self._answer(text)]
            case "open" | "stream:stream":
                return [_OPEN if self._is_framed else _HEADER, _FEATURES[self._is_known]]
            case "auth":
                self._is_known = True
                return ['<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>']
            case "enable":
                self._handled = 0
                _everybody.add(self)
                return ['<enabled xmlns="urn:xmpp:sm:3"/>']
            case "close" | "/":
                _everybody.discard(self)
                return [_CLOSE if self._is_framed else "</stream:stream>"]
        return []

    def say(self) -> list[str]:
        """Return a message, and a question behind it."""
        number = next(_numbers)
        return [
            f'<message xmlns="jabber:client" from="8-{APP_ID}@{HOST}/x" to="{self._jid}"'
            f' type="chat" id="5f1d{number:020x}"><body>{time.monotonic_ns()}: good &amp; well,'
            ' thank you</body><extraParams xmlns="jabber:client"><priority>high</priority>'
            "<save_to_history>1</save_to_history><date_sent>1718010309</date_sent></extraParams>"
            "</message>",
            _QUESTION,
        ]

    async def be_told(self, at_once: int = 1) -> None:
        """Send it so many messages, and wait until it has said that they came."""
        self._asked = at_once
        self._confirmed.clear()
        self._write([each for _ in range(at_once) for each in self.say()])
        await self._confirmed.wait()

    async def _flood(self, size: int, at_once: int) -> None:
        for _ in range(size // at_once):
            await self.be_told(at_once)

    def write(self) -> None:
        self._write(self.say())

    def _message(self, text: str) -> list[str]:
        to, body = _TO.search(text), _BODY.search(text)
        match int(to[1]) if to else SINK:
            case 2 if body:
                size, at_once = map(int, body[1].split())
                _tasks.add(asyncio.create_task(self._flood(size, at_once)))
            case 3:
                _tasks.add(asyncio.create_task(_one_by_one()))
            case 4:
                for client in _everybody:
                    client.write()
        return []

    def _answer(self, text: str) -> str:
        told = _ID.search(text)
        content = ""
        if "xmpp-bind" in text:
            content = (
                f'<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>{self._jid}</jid></bind>'
            )
        return (
            f'<iq xmlns="jabber:client" type="result" id="{told[1] if told else ""}">{content}</iq>'
        )


async def _one_by_one() -> None:
    for client in tuple(_everybody):
        await client.be_told()


_tasks: set[asyncio.Task[None]] = set()


class _Stream(asyncio.Protocol):
    """The elements of a stream over TCP."""

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        self._buffer = ""
        self._client = _Client(self._send, is_framed=False)

    def data_received(self, data: bytes) -> None:
        # Whoever measures here writes ASCII.
        self._buffer += data.decode()
        end, answers = 0, list[str]()
        while found := _ELEMENT.match(self._buffer, end):
            end = found.end()
            name = found[1] or found[3] or "/"
            answers += self._client.take(name, found[0])
        self._buffer = self._buffer[end:]
        if answers:
            self._send(answers)

    def connection_lost(self, _error: Exception | None) -> None:
        _everybody.discard(self._client)

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
        found = _ELEMENT.match(message.data)
        if found:
            put(client.take(found[3], found[0]))
    _everybody.discard(client)
    writing.cancel()
    return socket


@attrs.frozen
class Ports:
    """Where it answers; those with TLS by a certificate for `HOST`."""

    plain: int
    tls: int
    websocket: int
    secure_websocket: int
    authority: Path = Path()

    def of_stream(self, *, tls: bool) -> int:
        return self.tls if tls else self.plain


async def _serve(certificate: str) -> None:
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    application = web.Application()
    application.router.add_get("/", _framed)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    ports: list[int] = []
    for make in (_Stream, runner.server):
        assert make is not None  # noqa: S101 - it was set up
        for tls in (None, context):
            server = await loop.create_server(make, HOST, 0, ssl=tls, backlog=1024)
            ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


@contextmanager
def running() -> Iterator[Ports]:
    """
    Serve from another process, and say where.

    Raises:
        ImportError: there is no trustme to make a certificate with.
    """
    import trustme  # noqa: PLC0415 - only where a server is wanted

    authority = trustme.CA()
    with TemporaryDirectory() as folder:
        certificate = Path(folder, "server.pem")
        issued = authority.issue_cert(HOST)
        issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
        trusted = Path(folder, "authority.pem")
        authority.cert_pem.write_to_path(str(trusted))
        command = [sys.executable, "-m", "benchmarks.chat_server", str(certificate)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
            try:
                told = process.stdout.readline() if process.stdout else ""
                yield Ports(*json.loads(told), authority=trusted)
            finally:
                process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
