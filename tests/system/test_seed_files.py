"""Rows S41-S45: a picture, uploaded and shown to others. Over real sockets where others read it."""

import io
from collections.abc import AsyncIterator, Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread
import pytest

from connectycube import ConnectyCube
from connectycube.emulator import Emulator

from .seed_stage import MAR, Seed

pytestmark = pytest.mark.anyio

PICTURE = b"\x89PNG" + bytes(range(256))


@pytest.fixture
def seed() -> Seed:
    return Seed()


async def streamed() -> AsyncIterator[bytes]:
    yield PICTURE[:100]
    yield PICTURE[100:]


@pytest.mark.parametrize(
    "source",
    [lambda path: path, lambda _: PICTURE, lambda _: io.BytesIO(PICTURE), lambda _: streamed()],
    ids=["path", "bytes", "file", "stream"],
)
async def test_s41_a_picture_is_uploaded(
    seed: Seed, tmp_path: Path, source: Callable[[Path], Any]
) -> None:
    """Name, type and size go along, private by default; nothing of the session to the store."""
    path = tmp_path / "photo.png"
    path.write_bytes(PICTURE)
    cube = seed.client()

    blob = await cube.storage.upload(source(path), name="photo.png", size=len(PICTURE))

    [stored] = seed.service.store_requests
    created, completed = seed.requests[1], seed.requests[2]
    assert ["POST /session", "POST /blobs", f"PUT /blobs/{blob.id}/complete"] == seed.steps
    assert {"content_type": "image/png", "name": "photo.png", "public": False} == (
        created.json["blob"]
    )
    assert {"blob": {"size": len(PICTURE)}} == completed.json
    assert [] == [name for name in stored.headers if name.lower().startswith("cb-")]
    assert (PICTURE, len(PICTURE)) == (stored.form[-1].content, blob.size)


async def test_s42_the_file_is_connected_to_the_user(seed: Seed) -> None:
    """By its uid, in two steps or in one."""
    cube = seed.client()
    blob = await cube.storage.upload(PICTURE)
    by_hand = await cube.users.update(avatar=blob.uid)
    at_once = await cube.users.set_avatar(PICTURE)

    uids = [file.uid for file in seed.service.world.files]
    assert uids == [by_hand.avatar, at_once.avatar]
    assert uids[1] == seed.service.world.users[0].avatar


async def test_s43_the_updated_user_comes_back(seed: Seed) -> None:
    """And the client knows it."""
    cube = seed.client()

    user = await cube.users.set_avatar(PICTURE)

    assert cube.session is not None
    assert ("mar", user) == (user.login, cube.session.user)


async def test_s44_a_private_url_is_built_from_the_uid(seed: Seed) -> None:
    """From the service's address and the token of now; nothing is asked."""
    cube = seed.client()
    session = await cube.create_session()
    seed.requests.clear()

    url = cube.storage.private_url("ab12cd")

    assert f"http://localhost/blobs/ab12cd?token={session.token}" == url
    assert [] == seed.requests


def get(url: str) -> tuple[int, str, bytes]:
    """Fetch a URL as plainly as can be: status, Location and body."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("Location", ""), answer.read()
    connection.close()
    return found


async def test_s45_a_private_url_is_embeddable() -> None:
    """A plain GET without headers and its redirect show the picture, while the session lives."""
    async with Emulator() as emulator:
        seed = Seed()
        seed.transport.service = emulator.service
        cube = ConnectyCube(
            emulator.app_id,
            emulator.auth_key,
            auth=MAR,
            base_url=emulator.base_url,
            transport=seed.transport,
        )
        user = await cube.users.set_avatar(PICTURE)
        url = cube.storage.private_url(str(user.avatar))

        status, location, _ = await anyio.to_thread.run_sync(get, url)
        shown = await anyio.to_thread.run_sync(get, location)
        wrong = await anyio.to_thread.run_sync(get, f"{url}x")
        await cube.destroy_session()
        dead = await anyio.to_thread.run_sync(get, url)

    assert (301, (200, "", PICTURE)) == (status, shown)
    assert location.startswith("http://")
    assert (401, 401) == (wrong[0], dead[0])
