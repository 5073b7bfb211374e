"""What the examples that serve others promise: nothing left behind, and the right refusals."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import anyio
import httpx
import pytest
from aiohttp import web

from connectycube import ConnectyCube, CustomIdentity, ExternalAuthError, LoginPassword, NoRetry
from connectycube.emulator import Emulator, IdentityProvider
from tests.examples import load

pytestmark = pytest.mark.anyio

AUTH_KEY: Final = "canary-auth-key"
MARA: Final = {"login": "mara", "password": "canary-of-mara"}
CYCLES: Final = Path(__file__).with_name("service_cycles.py")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(auth_key=AUTH_KEY) as emulator:
        yield emulator


def environment(emulator: Emulator) -> dict[str, str]:
    return {
        "CONNECTYCUBE_APP_ID": f"{emulator.app_id}",
        "CONNECTYCUBE_AUTH_KEY": emulator.auth_key,
        "CONNECTYCUBE_BASE_URL": emulator.base_url,
    }


# -- the FastAPI service


def test_a_service_that_starts_and_stops_leaves_nothing_behind(emulator: Emulator) -> None:
    """After a hundred times there is no warning, and no more of anything than after thirty."""
    check_cycles(emulator, "bare", 100)


@pytest.mark.long
@pytest.mark.parametrize("way", ["bare", "uvicorn"])
def test_a_thousand_starts_leave_nothing_behind(way: str, emulator: Emulator) -> None:
    """The same for longer, and behind a server of its own."""
    check_cycles(emulator, way, 1000)


def check_cycles(emulator: Emulator, way: str, times: int) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", CYCLES, way, f"{times}"],
        env={**os.environ, **environment(emulator)},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    told = json.loads(done.stdout)
    first, last = told["first"], told["last"]
    for what in ("tasks", "threads", "files"):
        assert first[what] >= last[what], told
    # A leak is at least one object a time; a cache that fills late is a few in all.
    assert last["objects"] - first["objects"] < times // 2, told
    assert last["blocks"] - first["blocks"] < times * 4, told
    assert times == sum(
        one.path == "/session" and one.method == "POST" for one in emulator.requests
    )


@pytest.fixture
async def http(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[httpx.AsyncClient]:
    """Give a client of the service, which runs in this process without a server."""
    for name, value in environment(emulator).items():
        monkeypatch.setenv(name, value)
    app = load("fastapi_service").make_app()
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        transport = httpx.ASGITransport(with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            yield http


async def sign_in(http: httpx.AsyncClient, **user: str) -> tuple[int, dict[str, str]]:
    told = (await http.post("/session", json={**MARA, **user})).json()
    return told["user_id"], {"Authorization": f"Bearer {told['token']}"}


async def test_each_user_is_served_as_themselves(
    http: httpx.AsyncClient, emulator: Emulator
) -> None:
    """Two hundred calls of two users over one client never mix."""
    users = [await sign_in(http), await sign_in(http, login="jonas")]
    told: list[tuple[int, int]] = []

    async def ask(user_id: int, headers: dict[str, str]) -> None:
        told.append((user_id, (await http.get("/me", headers=headers)).json()["id"]))

    async with anyio.create_task_group() as group:
        for number in range(200):
            group.start_soon(ask, *users[number % 2])

    assert 200 == len(told)
    assert all(asked == answered for asked, answered in told)
    assert 2 == len(emulator.world.sessions)


async def test_a_note_goes_to_another_user(http: httpx.AsyncClient, emulator: Emulator) -> None:
    """It is the caller's own message."""
    mara, headers = await sign_in(http)
    jonas, _ = await sign_in(http, login="jonas")
    answer = await http.post("/notes", json={"to": jonas, "text": "Hello"}, headers=headers)

    assert 201 == answer.status_code
    message = emulator.world.chat.message(answer.json()["id"])
    assert message is not None
    assert ("Hello", mara, jonas) == (message.text, message.sender_id, message.recipient_id)


async def test_signing_out_ends_the_session(http: httpx.AsyncClient, emulator: Emulator) -> None:
    """It is gone at the service, not only forgotten here."""
    _, headers = await sign_in(http)

    assert 204 == (await http.delete("/session", headers=headers)).status_code
    assert [] == emulator.world.sessions
    assert 401 == (await http.get("/me", headers=headers)).status_code


async def test_errors_become_what_they_mean(http: httpx.AsyncClient, emulator: Emulator) -> None:
    """A caller learns whose fault it was, and when to come back, and no more."""
    _, headers = await sign_in(http)
    wrong = await http.post("/session", json={**MARA, "password": "canary-wrong"})
    nobody = await http.post("/notes", json={"to": 0, "text": "Hello"}, headers=headers)
    emulator.faults.rate_limit(retry_after=60, path="/session", times=None)
    limited = await http.get("/me", headers=headers)
    emulator.faults.clear()
    emulator.faults.drop(path="/session", times=None)
    away = await http.get("/me", headers=headers)
    emulator.faults.clear()
    emulator.faults.status(503, path="/session", times=None)
    broken = await http.get("/me", headers=headers)
    strange = await http.get("/me", headers={b"Authorization": b"Bearer \xe9"})
    answers = [wrong, nobody, limited, away, broken, strange]

    assert [401, 422, 429, 503, 502, 422] == [answer.status_code for answer in answers]
    assert [None, None, "60", None, None, None] == [
        answer.headers.get("Retry-After") for answer in answers
    ]
    assert {"error": "AuthenticationError"} == wrong.json()


@pytest.mark.parametrize(
    "body", [{"password": "canary"}, {"login": 7, "password": "canary"}, {"login": "x" * 9}]
)
async def test_a_wrong_body_is_not_repeated(http: httpx.AsyncClient, body: Any) -> None:
    """There may be a password in it."""
    answer = await http.post("/session", json=body)

    assert 422 == answer.status_code
    assert "canary" not in answer.text


# -- the worker


@asynccontextmanager
async def worker(emulator: Emulator, **limits: float) -> AsyncGenerator[Any]:
    """Give the worker, its address, and its client; whatever it does ends with the block."""
    example = load("aiohttp_worker")
    for name, limit in limits.items():
        setattr(example, name, limit)
    auth = LoginPassword("notes", "canary-of-notes")
    async with ConnectyCube(
        emulator.app_id, AUTH_KEY, auth=auth, base_url=emulator.base_url
    ) as cube:
        await cube.create_session()
        outbox, stop = example.Outbox(cube), asyncio.Event()
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        async with anyio.create_task_group() as group:
            group.start_soon(example.serve, outbox, stop, ready)
            async with aiohttp.ClientSession(await ready) as http:
                yield outbox, stop, http
            stop.set()


async def put(http: aiohttp.ClientSession, to: int, text: str = "Hello") -> int:
    async with http.post("/notes", json={"to": to, "text": text}) as response:
        return response.status


async def test_a_worker_finishes_what_it_took(emulator: Emulator) -> None:
    """Told to stop, it sends all that waits before it ends."""
    to = emulator.world.add_user(login="reader").id
    emulator.faults.delay(0.05, path="/chat/Message", times=None)
    async with worker(emulator) as (outbox, stop, http):
        taken = [await put(http, to) for _ in range(20)]
        stop.set()

    assert ([202] * 20, 20, []) == (taken, outbox.sent, outbox.failed)


async def test_a_worker_sends_each_note_once(emulator: Emulator) -> None:
    """Where an answer is lost it looks before it sends again, and waits as long as it is told."""
    to = emulator.world.add_user(login="reader").id
    emulator.faults.drop(processed=True, method="POST", path="/chat/Message", times=3)
    emulator.faults.drop(method="POST", path="/chat/Message", times=3)
    emulator.faults.rate_limit(retry_after=0, method="POST", path="/chat/Message", times=3)
    async with worker(emulator) as (outbox, _, http):
        for number in range(6):
            await put(http, to, f"{number}")

    [dialog] = emulator.world.chat.dialogs
    texts = sorted(one.text or "" for one in emulator.world.chat.messages_of(dialog))
    assert (["0", "1", "2", "3", "4", "5"], 6, []) == (texts, outbox.sent, outbox.failed)
    assert 9 == outbox.repeats


async def test_a_worker_says_what_it_could_not_send(emulator: Emulator) -> None:
    """What is refused is not tried again; what fails for long is given up."""
    to = emulator.world.add_user(login="reader").id
    async with worker(emulator, ATTEMPTS=2) as (outbox, _, http):
        await put(http, 0)
        await outbox.finish()
        emulator.faults.status(503, path="/chat/Message", times=None)
        await put(http, to)

    assert ["InvalidInputError", "gave up after 2 attempts"] == [why for _, why in outbox.failed]


async def test_a_worker_without_room_says_when_to_come_back(emulator: Emulator) -> None:
    """A queue has an end."""
    to = emulator.world.add_user(login="reader").id
    emulator.faults.delay(0.2, path="/chat/Message", times=None)
    async with worker(emulator, ROOM=1, WORKERS=1) as (_, _, http):
        statuses = [await put(http, to) for _ in range(5)]

    assert {202, 503} == set(statuses)


async def test_a_worker_does_not_wait_for_ever(emulator: Emulator) -> None:
    """A service that hangs holds up the end for no longer than was meant."""
    to = emulator.world.add_user(login="reader").id
    emulator.faults.hang(path="/chat/Message", times=None)
    async with worker(emulator, TIME_TO_FINISH=0.3) as (outbox, stop, http):
        await put(http, to)
        began = time.monotonic()
        stop.set()

    assert time.monotonic() - began < 3
    assert 0 == outbox.sent


# -- who a user is


def asked(endpoint: Any, method: str, path: str, query: bytes) -> tuple[int, Any]:
    """Ask the endpoint without a server, and return its status and answer."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("it reads no body")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query}
    asyncio.run(endpoint(scope, receive, send))
    start, body = sent
    assert (b"cache-control", b"no-store") in start["headers"]
    return start["status"], json.loads(body["body"] or b"null")


def test_the_endpoint_vouches_for_its_own_tokens_alone() -> None:
    """Signed and fresh, or 401; other paths and methods are told so."""
    example = load("identity_endpoint")
    tokens = example.Tokens(b"canary-secret")
    endpoint = example.IdentityEndpoint(tokens)
    good = tokens.make("sailor-17 \u00e9").encode()
    claim, _, signature = good.partition(b".")
    refused = [
        b"",
        b"token=",
        b"token=x",
        b"token=" + claim,
        b"token=" + claim + b"." + signature[:-1] + (b"0" if signature[-1:] != b"0" else b"1"),
        b"token=" + example.Tokens(b"canary-other").make("sailor-17").encode(),
        b"token=" + tokens.make("sailor-17", lifetime=-1).encode(),
        b"token=%ff%00.%ff",
        b"other=" + good,
        b"token=" + good + b"&x=" + b"y" * 5000,
    ]

    assert (200, {"user": {"id": "sailor-17 \u00e9"}}) == asked(
        endpoint, "GET", "/verify", b"token=" + good
    )
    assert (200, None) == asked(endpoint, "HEAD", "/verify", b"token=" + good)
    for query in refused:
        assert 401 == asked(endpoint, "GET", "/verify", query)[0], query
    assert 405 == asked(endpoint, "POST", "/verify", b"token=" + good)[0]
    assert 404 == asked(endpoint, "GET", "/", b"token=" + good)[0]


async def test_the_service_believes_the_endpoint(emulator: Emulator) -> None:
    """One external id is one user, and a refusal is an error that names its status."""
    example = load("identity_endpoint")
    tokens = example.Tokens(b"canary-secret")
    endpoint = example.IdentityEndpoint(tokens)

    def verify(parameters: Any) -> tuple[int, Any]:
        return asked(endpoint, "GET", "/verify", f"token={parameters['token']}".encode())

    emulator.settings.identity = IdentityProvider(verify=verify)
    async with ConnectyCube(
        emulator.app_id, AUTH_KEY, base_url=emulator.base_url, retry=NoRetry()
    ) as cube:
        for _ in range(2):
            await cube.create_session(CustomIdentity(tokens.make("sailor-17")))
        with pytest.raises(ExternalAuthError) as refused:
            await cube.create_session(CustomIdentity(tokens.make("sailor-17", lifetime=-1)))

    assert 401 == refused.value.provider_status
    assert ["sailor-17"] == [user.external_id for user in emulator.world.users]


async def test_a_mint_makes_sessions_for_known_visits_alone(emulator: Emulator) -> None:
    """Each time a new one of the same user; a service that fails is not the visitor's fault."""
    example = load("mint_session")
    async with ConnectyCube(
        emulator.app_id, AUTH_KEY, base_url=emulator.base_url, retry=NoRetry()
    ) as cube:
        mint = example.Mint(cube, b"canary-secret", {"canary-visit": "mara"})
        runner = web.AppRunner(mint.app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"

        async def ask(visit: str) -> tuple[int, Any]:
            headers = {"Authorization": f"Bearer {visit}"}
            async with page.post("/session", headers=headers) as response:
                is_told = response.status == 200
                assert not is_told or response.headers["Cache-Control"] == "no-store"
                return response.status, await response.json() if is_told else None

        try:
            async with aiohttp.ClientSession(url) as page:
                (_, first), (_, second) = [await ask("canary-visit") for _ in range(2)]
                strangers = [(await ask(visit))[0] for visit in ("", "x")]
                emulator.faults.status(503, path="/session")
                failed, _ = await ask("canary-visit")
        finally:
            await runner.cleanup()

    [mara] = emulator.world.users
    assert (mara.id, mara.id) == (first["user_id"], second["user_id"])
    assert first["token"] != second["token"]
    assert {"application_id", "user_id", "token"} == set(first)
    assert ([401, 401], 502) == (strangers, failed)
