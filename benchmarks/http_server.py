"""
The cheapest server there is, in a process of its own: the same answer to every request.

`python -m benchmarks.http_server` prints its port. What a client costs is then the client's own.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

USER: Final = {
    "id": 8881,
    "full_name": "Mar Sim",
    "email": "mar@example.com",
    "login": "cubeuser",
    "phone": "+380501234567",
    "website": "https://example.com",
    "created_at": "2024-06-10T09:05:09Z",
    "updated_at": "2024-06-11T10:15:19Z",
    "last_request_at": "2024-06-12T11:25:29Z",
    "external_user_id": 52691165,
    "facebook_id": None,
    "twitter_id": None,
    "blob_id": None,
    "custom_data": '{"theme":"dark"}',
    "user_tags": "dev,python",
    "avatar": None,
    "timezone": 3,
}
_PAGE: Final = json.dumps(
    {"limit": 1, "skip": 0, "total_entries": 1, "items": [USER]}, separators=(",", ":")
).encode()
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Content-Length: %d\r\nDate: Mon, 10 Jun 2024 09:05:09 GMT\r\n"
    b"CB-Token-ExpirationDate: 2024-06-10 11:05:09 UTC\r\nServer: benchmark\r\n\r\n%b"
) % (len(_PAGE), _PAGE)
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class _AlwaysTheSame(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end)
            after = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < after:
                return
            self._buffer = self._buffer[after:]
            if isinstance(self._transport, asyncio.Transport):
                self._transport.write(_ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_AlwaysTheSame, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def running() -> Iterator[str]:
    """Serve from another process, and give the base URL."""
    command = [sys.executable, "-m", "benchmarks.http_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline() if process.stdout else '')}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve())
