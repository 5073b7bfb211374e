"""A cassette plays back what was recorded, and nothing else."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio
import pytest

from connectycube import (
    AuthenticationError,
    ConnectyCube,
    InvalidInputError,
    LoginPassword,
    NoRetry,
)
from connectycube.auth.strategy import AuthStrategy
from connectycube.emulator import Service
from connectycube.errors import ClosedError, ConnectError, ServerError, TransportError
from connectycube.http import Headers, Request
from connectycube.testing import EmulatorTransport, Reply, ScriptedTransport
from connectycube.transports.recording import RecordingTransport, ReplayTransport

from .identity_stage import Way, every_way, provider_of
from .middleware_stage import client_over, exchanges_of
from .stage import MAR, Stage
from .storage_stage import REAL_TIME, STORE

Story: TypeAlias = Callable[[ConnectyCube, Callable[[], None]], Awaitable[Any]]

pytestmark = REAL_TIME
URL: Final = "https://x.example"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassette.json"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.service.store_url = STORE
    return stage


def asking(path: str = "/", **parts: Any) -> Request:
    return Request(method="GET", url=f"{URL}{path}", label="GET /{any}", **parts)


async def recorded(path: Path, *steps: Reply | Exception, **requests: Request) -> ReplayTransport:
    """Return the replay of these requests and their answers."""
    line = RecordingTransport(ScriptedTransport(steps), path)
    for request in requests.values():
        with suppress(TransportError):
            await (await line.send(request)).read()
    await line.aclose()
    return ReplayTransport(path)


async def calls(cube: ConnectyCube, expire: Callable[[], None]) -> Any:
    """Sign in, be renewed, be refused, and sign out."""
    session = await cube.create_session()
    first = await cube.users.update(full_name="Mar Sim", custom_data="ü")
    expire()
    second = await cube.users.update(full_name="Mar")
    page = await cube.users.find(login="mar")
    with pytest.raises(AuthenticationError):
        await cube.with_auth(LoginPassword("mar", "canary-wrong")).create_session()
    await cube.destroy_session()
    return session.user_id, first, second, page


async def files(cube: ConnectyCube, expire: Callable[[], None]) -> Any:
    """Upload, look, download, delete, with a renewal before each."""
    blob = await cube.storage.upload(b"content\xff", name="a.bin")
    expire()
    content = await cube.storage.download(blob.uid)
    expire()
    record = await cube.storage.get_by_uid(blob.uid)
    await cube.storage.delete(blob.id)
    return blob, content, record


async def private_url(cube: ConnectyCube, _expire: Callable[[], None]) -> Any:
    """A URL that carries the token which the replay itself handed out."""
    blob = await cube.storage.upload(b"content", name="a.bin")
    url = cube.storage.private_url(blob.uid)
    transport = cube._caller.gateway.transport
    response = await transport.send(Request(method="GET", url=url, label="GET /blobs/{uid}"))
    await response.aclose()
    return response.status


async def two_at_once(cube: ConnectyCube, _expire: Callable[[], None]) -> Any:
    """Two identities over one line."""
    other = cube.with_auth(LoginPassword("sim", "canary-of-sim"))
    names: dict[str, Any] = {}

    async def work(name: str, one: ConnectyCube) -> None:
        names[name] = (await one.users.update(full_name=name)).login

    async with anyio.create_task_group() as group:
        group.start_soon(work, "Mar", cube)
        group.start_soon(work, "Sim", other)
    return names


STORIES: Final[dict[str, Story]] = {
    story.__name__: story for story in (calls, files, private_url, two_at_once)
}


@pytest.mark.parametrize("auth_secret", [None, "canary-of-the-application"])
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
async def test_a_story_is_told_again_without_a_service(
    path: Path, story: Story, auth_secret: str | None
) -> None:
    """The same calls come to the same; other secrets do as well."""
    service = Service(auth_key="canary-key", auth_secret=auth_secret or "x", store_url=STORE)
    line = RecordingTransport(EmulatorTransport(service), path)
    cube = client_over(line, MAR, auth_key="canary-key", auth_secret=auth_secret)
    happened = await story(cube, service.world.expire_sessions)
    await line.aclose()
    replay = ReplayTransport(path)
    other = LoginPassword("mar", "canary-other")
    again = client_over(replay, other, auth_key="canary-other-key", auth_secret=auth_secret)

    assert await story(again, lambda: None) == happened
    assert [] == replay.unused
    assert "canary" not in path.read_text("utf-8")


@every_way
async def test_every_identity_is_played_back(path: Path, stage: Stage, way: Way) -> None:
    """With another token than the recorded one."""
    provider_of(stage)
    line = RecordingTransport(EmulatorTransport(stage.service), path)

    async def ids(auth: AuthStrategy, transport: RecordingTransport | ReplayTransport) -> Any:
        cube = client_over(transport, auth)
        session = await cube.create_session()
        return session.user_id, (await cube.login(auth)).id

    happened = await ids(way.make("canary-token"), line)
    await line.aclose()

    assert happened == await ids(way.make("anything"), ReplayTransport(path))


async def test_a_recording_of_a_replay_is_the_same(path: Path, stage: Stage) -> None:
    """Placeholders stay what they are."""
    line = RecordingTransport(EmulatorTransport(stage.service), path)
    await client_over(line).create_session()
    await line.aclose()
    twice = path.with_name("twice.json")
    copied = RecordingTransport(ReplayTransport(path), twice)
    await client_over(copied).create_session()
    await copied.aclose()

    told, again = exchanges_of(path), exchanges_of(twice)
    assert [one["response"] for one in told] == [one["response"] for one in again]


async def test_each_answer_is_given_once_in_order(path: Path) -> None:
    """The same request twice gets the first answer, then the second, then none."""
    replies = [Reply(200, b"1"), Reply(200, b"2")]
    replay = await recorded(path, *replies, a=asking(), b=asking())
    assert [f"GET {URL}/"] * 2 == replay.unused
    bodies = [await (await replay.send(asking())).read() for _ in range(2)]

    assert [b"1", b"2"] == bodies
    assert [] == replay.unused
    with pytest.raises(AssertionError, match=r"^GET /\{any\}: no such request is left in the cas"):
        await replay.send(asking())


async def test_a_request_that_was_not_recorded_names_the_nearest(path: Path) -> None:
    """By what is recorded, and what is different; nothing of the request itself is told."""
    replay = await recorded(path, Reply(), Reply(), a=asking("/b?d=1"), b=asking("/other?a=1"))
    headers = Headers({"CB-Token": "canary"})

    with pytest.raises(AssertionError) as caught:
        await replay.send(asking("/other?token=canary", headers=headers))
    told = (
        "GET /{any}: no such request is left in the cassette; "
        f"the nearest, GET {URL}/other?a=1, has another query and session"
    )
    assert told == str(caught.value)


async def test_no_retry_hides_a_request_that_was_not_recorded(path: Path) -> None:
    """It fails the test at once, as a script that is over does."""
    replay = await recorded(path)

    with pytest.raises(AssertionError, match=r"POST /session: no such request is left"):
        await client_over(replay).create_session()


@pytest.mark.parametrize("kind", [ConnectError, TransportError])
async def test_what_failed_fails_again(path: Path, kind: type[TransportError]) -> None:
    """As the same kind, which decides whether it is repeated."""
    replay = await recorded(path, kind("lost"), a=asking())

    with pytest.raises(TransportError, match=r"GET /\{any\}: no answer, as it was rec") as caught:
        await replay.send(asking())
    assert kind is type(caught.value)


async def test_a_retry_is_played_back(path: Path, stage: Stage) -> None:
    """Lost answers, refusals and successes come in their order."""
    stage.service.faults.drop(path="/users/*")
    stage.service.faults.status(503, path="/users/*")
    line = RecordingTransport(EmulatorTransport(stage.service), path)
    names = [(await client_over(line).users.update(full_name="Mar")).full_name]
    await line.aclose()
    replay = ReplayTransport(path)
    names.append((await client_over(replay).users.update(full_name="Mar")).full_name)
    assert [] == replay.unused
    once = client_over(ReplayTransport(path), retry=NoRetry())

    assert ["Mar", "Mar"] == names
    with pytest.raises(TransportError):
        await once.users.update(full_name="Mar")
    with pytest.raises(ServerError):
        await once.users.update(full_name="Mar")


async def test_a_cut_body_is_cut_again(path: Path) -> None:
    """After what came of it, whichever way it is read."""
    line = RecordingTransport(ScriptedTransport([Reply(200, b"abc")] * 2), path)
    for _ in range(2):
        await (await line.send(asking())).aclose()
    await line.aclose()
    told = json.loads(path.read_text())
    for exchange in told["exchanges"]:
        exchange["response"]["body"] = {"text": "abc"}
    path.write_text(json.dumps(told))
    replay = ReplayTransport(path)
    with pytest.raises(TransportError, match="is not whole"):
        await (await replay.send(asking())).read()
    chunks = (await replay.send(asking())).iter_bytes()
    assert b"abc" == await anext(chunks)
    with pytest.raises(TransportError, match="is not whole"):
        await anext(chunks)


async def test_a_body_too_large_for_the_cassette_says_so(path: Path) -> None:
    """Its status and header are there."""
    reply = Reply(200, b"x" * (1024 * 1024 + 1), headers={"Content-Length": "1048577"})
    response = await (await recorded(path, reply, a=asking())).send(asking())

    assert (200, False) == (response.status, "Content-Length" in response.headers)
    with pytest.raises(AssertionError, match="too large for the cassette"):
        await response.read()


@pytest.mark.parametrize(
    "body", [b"", b"\xff" * 200_000, "ü\ud800".encode("utf-8", "surrogatepass")]
)
async def test_a_body_comes_back_as_it_was(path: Path, body: bytes) -> None:
    """With the length that it has, in pieces of a bounded size."""
    replay = await recorded(path, Reply(200, body), Reply(200, body), a=asking(), b=asking())
    response = await replay.send(asking())
    assert body == await response.read()
    chunks = [chunk async for chunk in (await replay.send(asking())).iter_bytes()]

    assert str(len(body)) == response.headers["content-length"]
    assert body == b"".join(chunks)
    assert max([len(chunk) for chunk in chunks], default=0) <= 64 * 1024


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        '"text"',
        "{}",
        '{"format": "connectycube-cassette", "version": 2, "exchanges": []}',
        '{"format": "other", "version": 1, "exchanges": []}',
        '{"format": "connectycube-cassette", "version": 1, "exchanges": [{}]}',
        '{"format": "connectycube-cassette", "version": 1, "exchanges": [1]}',
        '{"format": "connectycube-cassette", "version": 1}',
    ],
)
async def test_what_is_no_cassette_is_refused(path: Path, text: str) -> None:
    """By its name, and nothing that is in it."""
    path.write_text(text)

    with pytest.raises(InvalidInputError, match=r"^cassette.json is no cassette of version 1$"):
        ReplayTransport(path)


async def test_closed_it_answers_nothing_more(path: Path) -> None:
    """May be closed twice."""
    replay = await recorded(path, Reply(200), a=asking())
    await replay.aclose()
    await replay.aclose()

    with pytest.raises(ClosedError, match="this ReplayTransport is closed"):
        await replay.send(asking())
    assert [f"GET {URL}/"] == replay.unused
