"""HTTP as bytes on a plain socket, for tests of what a line really carries."""

import select
import socket
from contextlib import closing

from connectycube.emulator import Emulator, RecordedRequest

KEYS = b'{"application_id":21,"auth_key":"emulator-auth-key"}'


class Line:
    """One connection, as bytes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._left = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def ask(self, head: bytes = b"POST /session", body: bytes = KEYS, more: bytes = b"") -> None:
        """Send a whole request; `more` are header lines with their ends."""
        kind = b"Host: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        self.send(head + b" HTTP/1.1\r\n" + kind + more + b"\r\n" + body)

    def head(self) -> tuple[int, dict[str, str]]:
        """Read a status and the header fields, and nothing behind them."""
        while b"\r\n\r\n" not in self._left:
            received = self._socket.recv(65536)
            assert received, "the line ended inside the head"
            self._left += received
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines)
        return int(first.split()[1]), fields

    def take(self, count: int) -> bytes:
        """Read exactly so many bytes, or fewer where the line ends in order."""
        while len(self._left) < count and (received := self._socket.recv(65536)):
            self._left += received
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def rest(self) -> bytes:
        """Read to the end of the line; a reset raises."""
        return self.take(1 << 60)

    def chunked(self) -> bytes:
        """Read a body that comes in chunks."""
        body = b""
        while True:
            size = b""
            while not size.endswith(b"\r\n"):
                size += self.take(1)
            body += self.take(int(size, 16))
            self.take(2)
            if size == b"0\r\n":
                return body

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        status, fields = self.head()
        return status, fields, self.take(int(fields["Content-Length"]))

    @property
    def is_silent(self) -> bool:
        """Say that neither bytes nor an end have come."""
        return not self._left and not select.select([self._socket], [], [], 0)[0]

    def close(self) -> None:
        self._socket.close()


def pass_by(emulator: Emulator) -> None:
    """Make a round trip on another line: what was to come before has come."""
    with closing(Line(emulator.port)) as other:
        other.ask(b"GET /_emulator/clock", b"")
        assert 200 == other.answer()[0]


def until_recorded(emulator: Emulator) -> RecordedRequest:
    """Return the last request that arrived, once there is one."""
    while not emulator.requests:
        pass_by(emulator)
    return emulator.requests[-1]
