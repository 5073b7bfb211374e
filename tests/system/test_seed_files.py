"""Rows S41-S45: a picture, uploaded and shown to others."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest

from .exchange import exchange
from .stage import Stage

pytestmark = pytest.mark.anyio

PICTURE = b"\x89PNG" + bytes(range(256))


async def streamed() -> AsyncIterator[bytes]:
    yield PICTURE[:100]
    yield PICTURE[100:]


@pytest.mark.parametrize(
    "source",
    [lambda path: path, lambda _: PICTURE, lambda _: io.BytesIO(PICTURE), lambda _: streamed()],
    ids=["path", "bytes", "file", "stream"],
)
async def test_s41_a_picture_is_uploaded(
    stage: Stage, tmp_path: Path, source: Callable[[Path], Any]
) -> None:
    """Name, type and size go along, private by default; nothing of the session to the store."""
    path = tmp_path / "photo.png"
    path.write_bytes(PICTURE)
    cube = stage.client()

    blob = await cube.storage.upload(source(path), name="photo.png", size=len(PICTURE))

    [stored] = stage.emulator.store_requests
    created, completed = stage.requests[1], stage.requests[2]
    assert ["POST /session", "POST /blobs", f"PUT /blobs/{blob.id}/complete"] == stage.steps
    assert {"content_type": "image/png", "name": "photo.png", "public": False} == (
        created.json["blob"]
    )
    assert {"blob": {"size": len(PICTURE)}} == completed.json
    assert [] == [name for name in stored.headers if name.lower().startswith("cb-")]
    assert (PICTURE, len(PICTURE)) == (stored.form[-1].content, blob.size)


async def test_s42_the_file_is_connected_to_the_user(stage: Stage) -> None:
    """By its uid, in two steps or in one."""
    cube = stage.client()
    blob = await cube.storage.upload(PICTURE)
    by_hand = await cube.users.update(avatar=blob.uid)
    at_once = await cube.users.set_avatar(PICTURE)

    uids = [file.uid for file in stage.service.world.files]
    assert uids == [by_hand.avatar, at_once.avatar]
    assert uids[1] == stage.service.world.users[0].avatar


async def test_s43_the_updated_user_comes_back(stage: Stage) -> None:
    """And the client knows it."""
    cube = stage.client()

    user = await cube.users.set_avatar(PICTURE)

    assert cube.session is not None
    assert ("mar", user) == (user.login, cube.session.user)


async def test_s44_a_private_url_is_built_from_the_uid(stage: Stage) -> None:
    """From the service's address and the token of now; nothing is asked."""
    cube = stage.client()
    session = await cube.create_session()
    stage.requests.clear()

    url = cube.storage.private_url("ab12cd")

    assert f"{stage.emulator.base_url}/blobs/ab12cd?token={session.token}" == url
    assert [] == stage.requests


async def test_s45_a_private_url_is_embeddable(stage: Stage) -> None:
    """A plain GET without headers and its redirect show the picture, while the session lives."""
    cube = stage.client()
    user = await cube.users.set_avatar(PICTURE)
    url = cube.storage.private_url(str(user.avatar))

    redirect, _ = await anyio.to_thread.run_sync(exchange, url)
    location = redirect.headers["Location"]
    picture = await anyio.to_thread.run_sync(exchange, location)
    wrong = await anyio.to_thread.run_sync(exchange, f"{url}x")
    await cube.destroy_session()
    dead = await anyio.to_thread.run_sync(exchange, url)

    assert location.startswith(stage.emulator.store_url)
    assert (200, PICTURE) == (picture[0].status, picture[1])
    assert (301, 401, 401) == (redirect.status, wrong[0].status, dead[0].status)
