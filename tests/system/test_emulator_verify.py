"""A verify URL of an application's own backend, really asked by the emulator."""

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectycube.emulator import Emulator, HttpVerify, IdentityProvider

from .exchange import exchange

KEYS = {"application_id": 21, "auth_key": "emulator-auth-key"}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


class Backend:
    """An application's own backend on a port of its own; while asked it may ask the emulator."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.answer: tuple[int, bytes] = (200, b'{"user": {"id": 2345}}')
        self.asks: str | None = None
        self.answered = 0
        self.release = threading.Event()
        self.release.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                outer.asked.append((path, parse_qs(query)))
                if outer.asks is not None:
                    exchange(outer.asks)
                outer.release.wait(10)
                outer.answered += 1
                status, body = outer.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/verify"


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    thread = threading.Thread(target=lambda: backend.server.serve_forever(poll_interval=0.01))
    thread.start()
    yield backend
    backend.server.shutdown()
    backend.server.server_close()
    thread.join()


def enter(emulator: Emulator, login: str = "eyJ.demo") -> tuple[int, Any]:
    body = json.dumps({**KEYS, "user": {"login": login, "password": "filler"}})
    response, answer = exchange(f"{emulator.base_url}/session", "POST", body)
    return response.status, json.loads(answer)


def errors(text: str) -> tuple[int, Any]:
    return 422, {"errors": {"base": [f"Custom Identity Provider {text}"]}}


def test_verify_url_is_asked_with_the_token(emulator: Emulator, backend: Backend) -> None:
    """The backend sees the mapped parameters beside the URL's own, and names the user."""
    exchange(
        f"{emulator.base_url}/_emulator/identity", "PUT", json.dumps({"url": f"{backend.url}?v=1"})
    )
    status, answer = enter(emulator, "a b+c&d")

    assert (201, "2345") == (status, answer["session"]["user"]["external_id"])
    assert [("/verify", {"v": ["1"], "token": ["a b+c&d"]})] == backend.asked


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ((401, b'{"error": "Expired"}'), 'responded with an error = "Expired". Status code = 401'),
        ((500, b"oops"), 'responded with an error = "oops". Status code = 500'),
        ((302, b"gone"), 'responded with an error = "gone". Status code = 302'),
        ((200, b"not JSON"), "uid is required"),
    ],
)
def test_verify_url_may_refuse(
    emulator: Emulator, backend: Backend, answer: tuple[int, bytes], refused: str
) -> None:
    """Any status but a success is a refusal, redirects too; so is an answer that is no JSON."""
    backend.answer = answer
    emulator.settings.identity = IdentityProvider(verify=HttpVerify(backend.url))

    assert errors(refused) == enter(emulator)
    assert 1 == len(backend.asked)


def test_silent_or_missing_backend_is_a_refusal(emulator: Emulator, backend: Backend) -> None:
    """A backend that nobody reaches, or that does not answer in time, confirms nobody."""
    backend.release.clear()
    emulator.settings.identity = IdentityProvider(verify=HttpVerify(backend.url, timeout=0.05))
    silent = enter(emulator)
    backend.release.set()
    emulator.settings.identity = IdentityProvider(verify=HttpVerify("http://127.0.0.1:1/"))
    missing = enter(emulator)

    for status, answer in (silent, missing):
        [text] = answer["errors"]["base"]
        assert (422, True) == (status, text.endswith("Status code = 500"))


def test_backend_may_ask_the_emulator_meanwhile(emulator: Emulator, backend: Backend) -> None:
    """While a backend is asked the emulator serves others, the backend among them."""
    backend.asks = f"{emulator.base_url}/session"
    emulator.settings.identity = IdentityProvider(verify=HttpVerify(backend.url))

    assert 201 == enter(emulator)[0]
    assert ["POST", "GET"] == [request.method for request in emulator.requests]


def test_stop_does_not_wait_for_a_backend(backend: Backend) -> None:
    """A verification under way does not hold the emulator open."""
    backend.release.clear()
    emulator = Emulator().start()
    emulator.settings.identity = IdentityProvider(verify=HttpVerify(backend.url))
    parts = urlsplit(emulator.base_url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    body = json.dumps({**KEYS, "user": {"login": "t", "password": "filler"}})
    connection.request("POST", "/session", body)
    while not backend.asked:
        exchange(f"{emulator.base_url}/_emulator/clock")  # a round trip instead of a sleep
    emulator.stop()
    answered = backend.answered
    backend.release.set()
    connection.close()

    assert 0 == answered


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "example.org", ""])
def test_verify_url_is_http(url: str) -> None:
    """No other scheme is ever opened."""
    with pytest.raises(ValueError, match="http or https"):
        HttpVerify(url)
