"""The emulator on real ports: what a line can do to a client, and how starting and stopping go."""

import gc
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trio

from connectycube.emulator import Emulator, Settings

KEYS = {"application_id": 21, "auth_key": "emulator-auth-key"}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(start=datetime(2024, 6, 10, 9, 5, 9, tzinfo=UTC)) as emulator:
        yield emulator


def connect(emulator: Emulator) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)


def send(
    emulator: Emulator, method: str, path: str, body: Any = None, token: str = ""
) -> tuple[http.client.HTTPResponse, bytes]:
    headers = {"Content-Type": "application/json", "CB-Token": token}
    with closing(connect(emulator)) as connection:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        return response, response.read()


def until_arrived(emulator: Emulator, count: int) -> None:
    while len(emulator.requests) < count:
        send(emulator, "GET", "/_emulator/clock")  # a round trip instead of a sleep


def test_session_over_a_real_port(emulator: Emulator) -> None:
    """A client that knows the address gets a session, with the emulator's own date."""
    response, body = send(emulator, "POST", "/session.json", KEYS)
    token = json.loads(body)["session"]["token"]
    known, _ = send(emulator, "GET", "/session?a=b", token=token)

    assert (201, 200) == (response.status, known.status)
    assert ["Mon, 10 Jun 2024"] == [value[:16] for value in response.headers.get_all("Date", [])]
    assert "2024-06-10 11:05" == response.headers["cb-token-expirationdate"][:16]
    assert [("POST", "/session.json"), ("GET", "/session")] == [
        (request.method, request.path) for request in emulator.requests
    ]
    assert (KEYS, token) == (emulator.requests[0].json, emulator.requests[1].headers["cb-token"])
    assert {"a": "b"} == emulator.requests[1].query


def test_clock_moves_while_it_serves(emulator: Emulator) -> None:
    """A test may move the clock from its own thread, and sessions die by it."""
    _, body = send(emulator, "POST", "/session", KEYS)
    token = json.loads(body)["session"]["token"]
    emulator.clock.advance(7201)
    response, _ = send(emulator, "GET", "/session", token=token)

    assert 401 == response.status


def test_dropped_request_gets_no_answer(emulator: Emulator) -> None:
    """A drop closes the connection without a byte, also where the handler ran."""
    emulator.faults.drop()
    emulator.faults.drop(processed=True)

    for _ in range(2):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            send(emulator, "POST", "/session", KEYS)

    assert 1 == len(emulator.world.sessions)


@pytest.mark.parametrize("at", [0, 0.5])
def test_cut_answer_promises_more_than_it_brings(emulator: Emulator, at: float) -> None:
    """A cut answer has its status and full length, and ends inside the body."""
    emulator.faults.cut(at=at)

    with pytest.raises(http.client.IncompleteRead) as cut:
        send(emulator, "POST", "/session", KEYS)

    assert cut.value.expected is not None
    whole = len(cut.value.partial) + cut.value.expected
    assert int(whole * at) == len(cut.value.partial)


def test_delayed_answer_comes_late(emulator: Emulator) -> None:
    """A delay passes in real time before the normal answer."""
    emulator.faults.delay(0.05)
    began = time.monotonic()
    response, _ = send(emulator, "POST", "/session", KEYS)

    assert 201 == response.status
    assert time.monotonic() - began >= 0.05


def test_answer_is_sent_verbatim(emulator: Emulator) -> None:
    """A scripted answer keeps its bytes and headers."""
    emulator.faults.answer(429, body=b"<x>", headers={"Retry-After": "3", "Date": "today"})
    response, body = send(emulator, "GET", "/session")

    assert (429, b"<x>") == (response.status, body)
    assert ("3", ["today"]) == (response.headers["Retry-After"], response.headers.get_all("Date"))


def test_unknown_method_and_head_are_answered(emulator: Emulator) -> None:
    """Methods that the service lacks are unknown routes."""
    head, nothing = send(emulator, "HEAD", "/session")
    options, text = send(emulator, "OPTIONS", "/session")

    assert (404, b"") == (head.status, nothing)
    assert 404 == options.status
    assert b"E_ROUTE_NOT_FOUND: Route not found OPTIONS /session" == text


def test_path_arrives_as_it_was_sent(emulator: Emulator) -> None:
    """Escapes in the path are neither decoded nor changed on the way."""
    send(emulator, "GET", "/users/external/a%2fb%20c%C3%A4?x=%5b")

    assert "/users/external/a%2fb%20c%C3%A4" == emulator.requests[0].path
    assert "x=%5b" == emulator.requests[0].raw_query


def test_large_body_is_taken(emulator: Emulator) -> None:
    """Bodies beyond the usual server limit of one megabyte arrive."""
    response, _ = send(emulator, "POST", "/session", {**KEYS, "more": "x" * 3_000_000})

    assert 201 == response.status


def test_control_routes_are_not_recorded(emulator: Emulator) -> None:
    """The control routes work over HTTP, need no session and meet no fault."""
    emulator.faults.hang(times=None)
    moved, _ = send(emulator, "POST", "/_emulator/clock", {"advance": 60})
    _, faults = send(emulator, "GET", "/_emulator/faults")

    assert 200 == moved.status
    assert ["hang"] == [fault["kind"] for fault in json.loads(faults)]
    assert [] == emulator.requests


def test_many_threads_may_call_at_once(emulator: Emulator) -> None:
    """Requests and touches from other threads lose nothing."""

    def work(number: int) -> int:
        emulator.world.add_user(login=f"user-{number}")
        emulator.faults.delay(0, path="/nowhere")
        return send(emulator, "POST", "/session", KEYS)[0].status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(work, range(64)))

    assert [201] * 64 == statuses
    assert (64, 64, 64) == (
        len(emulator.world.users),
        len(emulator.world.sessions),
        len(emulator.faults.scripted),
    )


def test_stop_closes_what_has_just_come() -> None:
    """A line that was opened, and on which nobody has said anything yet."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with Emulator() as emulator, ExitStack() as lines:
            for port in (emulator.port, emulator.chat_port) * 3:
                lines.enter_context(socket.create_connection(("127.0.0.1", port)))
            emulator.stop()
        gc.collect()

    assert [] == [f"{one.message}" for one in said]


def test_stop_is_quick_and_leaves_nothing() -> None:
    """Stopping closes idle connections and hanging requests at once, and ends the thread."""
    before = threading.active_count()
    emulator = Emulator()
    emulator.start().start()
    idle, hanging = connect(emulator), connect(emulator)
    idle.request("GET", "/session")
    idle.getresponse().read()
    emulator.faults.hang()
    hanging.request("GET", "/session")
    until_arrived(emulator, 2)
    port = emulator.port
    began = time.monotonic()

    emulator.stop()
    emulator.stop()

    assert time.monotonic() - began < 5  # and not until the hanging request gives up
    assert before == threading.active_count()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        hanging.getresponse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()
    idle.close()
    hanging.close()


def test_client_that_leaves_does_not_disturb(emulator: Emulator) -> None:
    """A client that gives up on a hanging request leaves the server well."""
    emulator.faults.hang(times=3)
    connections = [connect(emulator) for _ in range(3)]
    for connection in connections:
        connection.request("GET", "/session")
    until_arrived(emulator, 3)
    for connection in connections:
        connection.close()

    assert 401 == send(emulator, "GET", "/session")[0].status


def test_stopped_emulator_starts_again_with_its_world() -> None:
    """What the service remembers outlives a stop; without a port there is no address."""
    emulator = Emulator(settings=Settings(legacy=True))
    with emulator:
        send(emulator, "POST", "/session", KEYS)
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.base_url
    with emulator:
        sessions = len(emulator.world.sessions)
        emulator.reset()
        answered, _ = send(emulator, "GET", "/session")

    assert (1, 401) == (sessions, answered.status)
    assert "<Emulator stopped>" == repr(emulator)


def test_emulator_is_seeded_from_a_file(tmp_path: Path) -> None:
    """Who is in the seed is there from the start, and again after a reset over HTTP."""
    seed = tmp_path / "seed.json"
    seed.write_text('{"users": [{"login": "mara"}]}')

    with Emulator(seed=seed) as emulator:
        answer, _ = send(emulator, "POST", "/_emulator/seed", {"users": [{"login": "jonas"}]})
        before = emulator.seeded
        send(emulator, "POST", "/_emulator/reset")

        assert 200 == answer.status
        assert {"users": {"mara": 1001, "jonas": 1002}} == before
        assert ["mara"] == [user.login for user in emulator.world.users]


def test_taken_port_is_an_error_at_the_start(emulator: Emulator) -> None:
    """A port that is in use raises where the emulator is started, and nothing stays behind."""
    before = threading.active_count()
    other = Emulator(port=emulator.port)

    with pytest.raises(OSError, match="address already in use"):
        other.start()

    assert before == threading.active_count()
    other.stop()


def test_everything_points_to_this_machine(emulator: Emulator) -> None:
    """No address of the emulator leads to the real service."""
    addresses = [emulator.base_url, *(getattr(emulator.hosts, name) for name in HOSTS)]

    assert [True] * 6 == ["127.0.0.1" in address for address in addresses]
    assert (21, "emulator-auth-key", "emulator-auth-secret") == (
        emulator.app_id,
        emulator.auth_key,
        emulator.auth_secret,
    )
    assert emulator.hosts.chat_websocket == emulator.chat_url
    assert f"127.0.0.1:{emulator.chat_port}" == emulator.hosts.chat


HOSTS = ("chat", "chat_websocket", "muc", "whiteboard", "link_preview")


@pytest.mark.asyncio
async def test_serves_an_asyncio_program() -> None:
    """The emulator runs beside an asyncio loop that it does not use."""
    async with Emulator() as emulator, aiohttp.ClientSession() as http_session:
        emulator.faults.cut()
        async with http_session.post(f"{emulator.base_url}/session", json=KEYS) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
        async with http_session.post(f"{emulator.base_url}/session", json=KEYS) as response:
            assert 201 == response.status


def test_serves_a_trio_program() -> None:
    """The emulator runs beside a trio loop that it does not know."""

    async def program() -> bytes:
        async with Emulator() as emulator:
            stream = await trio.open_tcp_stream("127.0.0.1", emulator.port)
            async with stream:
                await stream.send_all(b"GET /session HTTP/1.1\r\nHost: x\r\n\r\n")
                return bytes(await stream.receive_some())

    assert trio.run(program).startswith(b"HTTP/1.1 401 ")


SERVE = """
from connectycube.emulator import Emulator
Emulator().run(lambda emulator: print(emulator.base_url, flush=True))
print("stopped")
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_runs_in_the_foreground_until_a_signal(number: signal.Signals) -> None:
    """A served process announces its address and ends cleanly on either signal."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVE],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline()
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)

    assert address.startswith("http://127.0.0.1:")
    assert ("stopped\n", "", 0) == (rest, errors, process.returncode)


PURE = """
import sys
from connectycube.emulator.service import Service
from connectycube.emulator import World, Clock
Service()
print(sorted({"aiohttp", "asyncio", "anyio"} & sys.modules.keys()))
"""


def test_service_loads_without_aiohttp() -> None:
    """Only the server needs aiohttp; the in-process service does without."""
    done = subprocess.run(
        [sys.executable, "-c", PURE], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "[]\n" == done.stdout
