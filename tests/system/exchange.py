"""Plain HTTP, as anybody may speak it to the emulator: no client of ours between."""

import http.client
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit


def exchange(
    url: str, method: str = "GET", body: Any = None, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send one request; a list of bytes goes out in chunks, without a length."""
    parts = urlsplit(url)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    with closing(http.client.HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request(method, target, body, sent, encode_chunked=isinstance(body, list))
        response = connection.getresponse()
        return response, response.read()


def shown(url: str) -> tuple[int, bytes]:
    """Open a URL as a browser does, and return the status and content at the end of redirects."""
    response, content = exchange(url)
    if response.status in (301, 302):
        return shown(response.headers["Location"])
    return response.status, content
