"""
The cheapest server there is, in a process of its own: one user, in the envelope of each client.

`python -m benchmarks.http_server` prints its port. What a client costs is then the client's own.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

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
_PAGE: Final = {"limit": 1, "skip": 0, "total_entries": 1, "items": [USER]}
_SESSION: Final = {"token": "t", "user_id": 8881, "application_id": 21, "user": USER}
# By the first segment of the path; a client that is not named here takes the page.
_ENVELOPES: Final[Mapping[bytes, Any]] = {
    b"session": {"session": _SESSION},
    b"slack": {"ok": True, "user": USER},
    b"telegram": {"ok": True, "result": {**USER, "is_bot": True, "first_name": "Mar"}},
}


def _answer(value: Any) -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode()
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
        b"Content-Length: %d\r\nDate: Mon, 10 Jun 2024 09:05:09 GMT\r\n"
        b"CB-Token-ExpirationDate: 2024-06-10 11:05:09 UTC\r\nServer: benchmark\r\n\r\n%b"
    ) % (len(body), body)


_ANSWERS: Final = {segment: _answer(value) for segment, value in _ENVELOPES.items()}
_ANSWER: Final = _answer(_PAGE)
_SEGMENT: Final = re.compile(rb"[A-Z]+ (?:http://[^/]*)?/(\w*)")
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class _OneUser(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end)
            asked = _SEGMENT.match(self._buffer)
            after = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < after:
                return
            self._buffer = self._buffer[after:]
            if isinstance(self._transport, asyncio.Transport):
                self._transport.write(_ANSWERS.get(asked[1], _ANSWER) if asked else _ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_OneUser, "127.0.0.1", 0)
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
