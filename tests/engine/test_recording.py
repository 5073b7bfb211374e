"""What a recording holds, and when it is written."""

import gzip
import hashlib
import json
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest

from connectycube import AuthenticationError, InvalidInputError, LoginPassword
from connectycube.errors import ClosedError, ConnectError, RequestTimeoutError, TransportError
from connectycube.http import Headers, Request
from connectycube.testing import EmulatorTransport, Reply, ScriptedTransport
from connectycube.transports.recording import RecordingTransport

from .middleware_stage import client_over, exchanges_of
from .stage import Stage
from .storage_stage import REAL_TIME, STORE, Pieces

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassette.json"


def asking(path: str = "/", body: bytes | None = None, **headers: str) -> Request:
    sent = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    url = f"https://x.example{path}"
    return Request(method="GET", url=url, headers=sent, body=body, label=f"GET {path}")


async def recorded(path: Path, request: Request, *steps: Reply | Exception) -> dict[str, Any]:
    """Return what a cassette tells of one request, whose answer is read to its end."""
    line = RecordingTransport(ScriptedTransport(steps), path)
    with suppress(TransportError):
        await (await line.send(request)).read()
    await line.aclose()
    [told] = exchanges_of(path)
    return told


JSON = {"Content-Type": "application/json; charset=utf-8"}
TEXT = {"Content-Type": "text/plain"}
LARGE = b"x" * (1024 * 1024 + 1)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, {"a": ["ü", 1, None]}, headers=JSON), {"json": {"a": ["ü", 1, None]}}),
        (Reply(200, b"{no json", headers=JSON), {"text": "{no json"}),
        (Reply(200, b'{"a":  1}', headers=TEXT), {"text": '{"a":  1}'}),
        (Reply(200, "ü".encode(), headers=TEXT), {"text": "ü"}),
        (Reply(200, b"\xff\x00", headers=TEXT), {"base64": "/wA="}),
        (Reply(200), None),
        (Reply(200, LARGE), {"length": len(LARGE), "sha256": hashlib.sha256(LARGE).hexdigest()}),
        (
            Reply(200, gzip.compress(b'{"a": 1}'), headers={**JSON, "Content-Encoding": "gzip"}),
            {"json": {"a": 1}},
        ),
        (
            Reply(200, gzip.compress(LARGE), headers={**TEXT, "Content-Encoding": "gzip"}),
            {"length": len(LARGE), "sha256": hashlib.sha256(LARGE).hexdigest()},
        ),
        (Reply(200, b"\xff", headers={**TEXT, "Content-Encoding": "br"}), {"base64": "/w=="}),
    ],
)
async def test_bodies_are_kept_as_they_read_best(path: Path, reply: Reply, expected: Any) -> None:
    """JSON as such, text as text, without compression; large ones by size and digest."""
    told = await recorded(path, asking(), reply)

    assert expected == told["response"]["body"]
    assert "Content-Encoding" not in told["response"]["headers"]
    assert told["response"]["whole"]


@pytest.mark.parametrize("depth", [300, 100_000])
@pytest.mark.parametrize("headers", [JSON, TEXT])
async def test_json_too_deep_to_be_read_is_told_by_its_digest(
    path: Path, depth: int, headers: dict[str, str]
) -> None:
    """It does not keep the rest from being written."""
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    told = await recorded(path, asking(), Reply(200, deep, headers=headers))

    digest = {"length": len(deep), "sha256": hashlib.sha256(deep).hexdigest()}
    assert digest == told["response"]["body"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectError("canary is not told"), "ConnectError"),
        (TransportError("no answer"), "TransportError"),
        (RequestTimeoutError("late"), "TransportError"),
    ],
)
async def test_a_failure_is_recorded_by_its_kind(
    path: Path, error: Exception, expected: str
) -> None:
    """Its message is for whoever met it."""
    line = RecordingTransport(ScriptedTransport([error]), path)
    with pytest.raises(type(error)) as caught:
        await line.send(asking())
    await line.aclose()

    assert error is caught.value
    assert expected == exchanges_of(path)[0]["error"]
    error.args = ("the test's own canary is put away",)


async def test_a_cut_body_is_recorded_as_far_as_it_came(path: Path, stage: Stage) -> None:
    """And that there was more to it."""
    stage.service.faults.cut(at=0.5, path="/session")
    line = RecordingTransport(EmulatorTransport(stage.service), path)
    body = json.dumps({"application_id": 21, "auth_key": stage.service.auth_key}).encode()
    request = Request(
        method="POST",
        url="https://x.example/session",
        headers=Headers(JSON),
        body=body,
        label="POST /session",
    )
    chunks = (await line.send(request)).iter_bytes()
    got = await anext(chunks)
    with pytest.raises(TransportError):
        await anext(chunks)
    await line.aclose()

    [told] = exchanges_of(path)
    assert not told["response"]["whole"]
    assert b'"token"' in got
    assert "canary" not in path.read_text()


async def test_what_nobody_read_is_not_whole(path: Path) -> None:
    """Such as the body of a redirect."""
    line = RecordingTransport(ScriptedTransport([Reply(301, b"moved")]), path)
    await (await line.send(asking())).aclose()
    await line.aclose()

    [told] = exchanges_of(path)
    assert (None, False) == (told["response"]["body"], told["response"]["whole"])


async def test_a_body_that_is_read_again_is_recorded_once(path: Path) -> None:
    """It came over the line once."""
    line = RecordingTransport(ScriptedTransport([Reply(200, b"once")]), path)
    response = await line.send(asking())
    read = [await response.read(), await response.read()]
    await line.aclose()

    assert [b"once"] * 2 == read
    assert {"text": "once"} == exchanges_of(path)[0]["response"]["body"]


async def test_exchanges_stand_in_the_order_of_their_requests(path: Path) -> None:
    """Whatever the order of the answers; a cancelled one is left out, and so is a refused one."""
    gates = [anyio.Event(), anyio.Event(), anyio.Event()]
    replies = [Reply(200 + number, gate=gate) for number, gate in enumerate(gates)]
    line = RecordingTransport(ScriptedTransport([*replies, InvalidInputError("never sent")]), path)
    async with anyio.create_task_group() as group:
        for number in range(3):
            group.start_soon(line.send, asking(f"/{number}"))
            await anyio.wait_all_tasks_blocked()
        gates[2].set()
        await anyio.wait_all_tasks_blocked()
        gates[0].set()
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    with pytest.raises(InvalidInputError):
        await line.send(asking("/3"))
    await line.aclose()

    told = [(one["request"]["label"], one["response"]["status"]) for one in exchanges_of(path)]
    assert [("GET /0", 200), ("GET /2", 202)] == told


async def test_the_cassette_is_its_owner_s_and_replaces_what_stood_there(path: Path) -> None:
    """In one step, when it is closed and not again; nothing else is left beside it."""
    path.write_text("older")
    path.chmod(0o644)
    line = RecordingTransport(ScriptedTransport([Reply(200)]), path)
    await (await line.send(asking())).read()
    assert path.read_text() == "older"
    await line.aclose()
    written = path.stat()
    await line.aclose()

    assert 0o600 == stat.S_IMODE(written.st_mode)
    assert written.st_ino == path.stat().st_ino
    assert [path] == list(path.parent.iterdir())
    assert {"format", "version", "exchanges"} == json.loads(path.read_text()).keys()


async def test_a_cassette_that_cannot_be_written_is_told(path: Path) -> None:
    """What it wraps is closed all the same; nothing half-written is left behind."""
    inner = ScriptedTransport()
    line = RecordingTransport(inner, path)
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        await line.aclose()

    assert inner.closed
    assert [path] == list(path.parent.iterdir())


async def test_closing_in_a_cancelled_scope_writes_the_cassette(path: Path) -> None:
    """A test that ran out of time keeps its recording."""
    line = RecordingTransport(ScriptedTransport([Reply(200)]), path)
    await (await line.send(asking())).read()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await line.aclose()

    assert 1 == len(exchanges_of(path))


@pytest.mark.parametrize("name", ["missing/cassette.json", ""])
def test_a_place_that_is_none_is_refused_at_once(tmp_path: Path, name: str) -> None:
    """Not after an hour of recording."""
    with pytest.raises(InvalidInputError):
        RecordingTransport(ScriptedTransport(), tmp_path / name if name else "/")


async def test_a_closed_line_records_nothing_more(path: Path) -> None:
    """It says so as the transport inside does."""
    line = RecordingTransport(ScriptedTransport(), path)
    await line.aclose()

    with pytest.raises(ClosedError):
        await line.send(asking())


@pytest.mark.parametrize("anyio_backend", REAL_TIME[1].args[1])
@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"", {}),
        (b"few words", {"text": "few words"}),
        (b"\xff\x00", {"base64": "/wA="}),
        (b"x" * 1024, {"text": "x" * 1024}),
        (b"x" * 1025, {}),
        (bytes(range(256)) * 20_000, {}),
    ],
    ids=["empty", "text", "bytes", "small", "larger", "large"],
)
async def test_an_upload_is_told_by_size_and_digest(
    path: Path, stage: Stage, content: bytes, shown: dict[str, str]
) -> None:
    """And with its content where that is small; the form's fields without what opens the store."""
    stage.service.store_url = STORE
    line = RecordingTransport(EmulatorTransport(stage.service), path)
    cube = client_over(line)
    blob = await cube.storage.upload(Pieces(content), size=len(content), name="a.bin")
    await line.aclose()

    told = exchanges_of(path)[2]["request"]["body"]
    digest = {"length": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert {**digest, **shown} == told["file"]
    assert (blob.uid, "<policy-1>") == (told["form"]["key"], told["form"]["policy"])
    assert [content] == [one.content for one in stage.service.world.store.objects.values()]


async def test_a_login_is_shown_where_the_service_shows_it(path: Path, stage: Stage) -> None:
    """What is no user's login may be a token, as which some backends' own users sign in."""
    stage.service.settings.create_users = False
    stage.service.world.add_user(login="mar", password="canary-of-mar")
    line = RecordingTransport(EmulatorTransport(stage.service), path)
    for login, password in (("nobody", "canary-x"), ("mar", "canary-y"), ("mar", "canary-of-mar")):
        with suppress(AuthenticationError):
            await client_over(line, LoginPassword(login, password)).create_session()
    await line.aclose()

    sent = [one["request"]["body"]["json"]["user"] for one in exchanges_of(path)]
    assert [
        {"login": "<login-1>", "password": "<password-1>"},
        {"login": "mar", "password": "<password-2>"},
        {"login": "mar", "password": "<password-3>"},
    ] == sent
