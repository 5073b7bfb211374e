"""Files and sessions: expiry in the middle, and the URLs that carry a token."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    Session,
    SessionExpiredError,
    SignedOutError,
)

from .stage import SIGN_IN, SIM
from .storage_stage import (
    COMPLETE,
    CONTENT,
    CREATE,
    DOWNLOAD,
    FETCH,
    REAL_TIME,
    REMOVE,
    WHOLE,
    Files,
)

pytestmark = REAL_TIME


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


# -- expiry


@pytest.mark.parametrize(
    ("path", "step", "position"), [("/blobs", CREATE, 0), ("/blobs/*/complete", COMPLETE, 2)]
)
async def test_a_session_that_dies_during_an_upload_is_renewed_once(
    files: Files, path: str, step: str, position: int
) -> None:
    """That one step is resent; the content goes out once."""
    cube, session = await files.signed_in()
    files.service.faults.expire(path=path)

    blob = await cube.storage.upload(b"1234")

    expected = list(WHOLE)
    expected[position : position + 1] = [step, SIGN_IN, step]
    assert expected == files.steps
    assert (4, [b"1234"]) == (blob.size, files.stored)
    assert cube.session is not None
    assert session.token != cube.session.token


async def test_a_session_that_dies_during_a_download_is_renewed_once(files: Files) -> None:
    """Only the service asks for it; the store knows none."""
    cube, uid = await files.uploaded(b"1234")
    files.service.faults.expire(path="/blobs/*/download")

    assert b"1234" == await cube.storage.download(uid)
    assert [DOWNLOAD, SIGN_IN, DOWNLOAD, FETCH] == files.steps


async def test_a_download_keeps_the_session_young(files: Files) -> None:
    """The service moves its end on with every request, and the client knows it."""
    cube, uid = await files.uploaded(b"1234")
    files.stage.advance(6000)
    await cube.storage.download(uid)
    files.stage.advance(6000)

    assert b"1234" == await cube.storage.download(uid)
    assert [DOWNLOAD, FETCH] * 2 == files.steps


@pytest.mark.parametrize("path", ["/blobs", "/blobs/*/complete", "/blobs/*/download"])
async def test_a_second_expiry_is_the_caller_s(files: Files, path: str) -> None:
    """A server that forgets every session costs one sign-in for each call, and no loop."""
    cube, uid = await files.uploaded()
    files.service.faults.expire(path=path, times=None)

    with pytest.raises(SessionExpiredError):
        await (cube.storage.download(uid) if "download" in path else cube.storage.upload(b"1"))

    # A record that was made is removed, with a session of its own.
    assert (2 if "complete" in path else 1) == files.steps.count(SIGN_IN)


async def test_the_clean_up_renews_the_session_where_it_must(files: Files) -> None:
    """The record is removed even when the session died while the content was sent."""
    cube, _ = await files.signed_in()
    files.service.faults.status(403, origin="store")
    files.service.faults.expire(method="DELETE")

    with pytest.raises(ForbiddenError) as caught:
        await cube.storage.upload(b"1234")

    assert (CONTENT, []) == (caught.value.label, files.records)
    assert [CREATE, CONTENT, REMOVE, SIGN_IN, REMOVE] == files.steps


async def test_an_upload_makes_the_first_session(files: Files) -> None:
    """As every other call."""
    cube = files.client()

    await cube.storage.upload(b"1234")

    assert [SIGN_IN, *WHOLE] == files.steps


async def test_a_session_without_a_user_uploads_nothing(files: Files) -> None:
    """Files belong to somebody: 403, and nothing is left."""
    with pytest.raises(ForbiddenError):
        await files.client(AppOnly()).storage.upload(b"1234")

    assert ([SIGN_IN, CREATE], []) == (files.steps, files.records)


async def test_somebody_else_s_file_cannot_be_deleted(files: Files) -> None:
    """The owner's right; a file that is gone is not found."""
    cube, _ = await files.uploaded()
    [record] = files.records
    other = files.client(SIM)

    with pytest.raises(ForbiddenError):
        await other.storage.delete(record.id)
    await cube.storage.delete(record.id)
    with pytest.raises(NotFoundError):
        await cube.storage.delete(record.id)


# -- URLs


async def test_urls_are_made_without_asking_anybody(files: Files) -> None:
    """Without a suffix, under the service's own address."""
    cube, session = await files.signed_in()

    assert "https://api.connectycube.com/blobs/ab12" == cube.storage.public_url("ab12")
    assert f"https://api.connectycube.com/blobs/ab12?token={session.token}" == (
        cube.storage.private_url("ab12")
    )
    assert [] == files.steps


@pytest.mark.parametrize("uid", ["a b", "a&b", "a?b", "a#b", "a&token=x", "ü", "a.json"])
async def test_a_uid_is_percent_encoded(files: Files, uid: str) -> None:
    """It stays one segment of the path."""
    cube, _ = await files.signed_in()

    parts = urlsplit(cube.storage.private_url(uid))

    assert (2, "", ["token"]) == (
        parts.path.count("/"),
        parts.fragment,
        list(parse_qs(parts.query)),
    )


@pytest.mark.parametrize("token", ["canary+a/b=", "canary&uid=1", "canary%41", "canary#x?"])
async def test_a_token_is_percent_encoded(files: Files, token: str) -> None:
    """Whatever it holds, it comes out as it went in, and adds no parameter."""
    cube = files.client()
    cube.set_session(Session.from_token(token))

    query = urlsplit(cube.storage.private_url("uid")).query

    assert {"token": [token]} == parse_qs(query)


@pytest.mark.parametrize("uid", ["", None, 7.5, ".", "a/b"])
async def test_what_is_no_uid_makes_no_url(files: Files, uid: object) -> None:
    """A profile without an avatar has none."""
    cube, _ = await files.signed_in()

    for make in (cube.storage.public_url, cube.storage.private_url):
        with pytest.raises(InvalidInputError):
            make(uid)  # type: ignore[arg-type]


async def test_a_private_url_needs_a_session(files: Files) -> None:
    """Before the first and after the last one; a public one does not."""
    cube = files.client()
    with pytest.raises(SignedOutError):
        cube.storage.private_url("uid")
    await cube.create_session()
    assert "token=" in cube.storage.private_url("uid")
    await cube.destroy_session()

    with pytest.raises(SignedOutError):
        cube.storage.private_url("uid")
    assert cube.storage.public_url("uid").endswith("/blobs/uid")


async def test_a_private_url_carries_the_session_of_now(files: Files) -> None:
    """After a renewal it is the new one's."""
    cube, session = await files.signed_in()
    files.stage.expire()
    await cube.users.update(full_name="Mar")

    url = cube.storage.private_url("uid")

    assert cube.session is not None
    assert session.token not in url
    assert cube.session.token in url


# -- closed clients

CALLS: list[Callable[[ConnectyCube], Awaitable[Any]]] = [
    lambda cube: cube.storage.upload(b"1234"),
    lambda cube: cube.storage.download("uid"),
    lambda cube: cube.users.set_avatar(b"1234"),
    lambda cube: cube.storage.delete(7),
]


@pytest.mark.parametrize("call", CALLS)
async def test_a_signed_out_client_moves_no_file(
    files: Files, call: Callable[[ConnectyCube], Awaitable[Any]]
) -> None:
    """Nothing signs in by itself again."""
    cube, _ = await files.signed_in()
    await cube.destroy_session()
    files.stage.line.sent.clear()

    with pytest.raises(SignedOutError):
        await call(cube)

    assert [] == files.steps


async def test_many_uploads_at_once_meet_one_expired_session(files: Files) -> None:
    """One renewal for all; each file is whole."""
    cube, _ = await files.signed_in()
    files.stage.expire()
    contents = [str(number).encode() for number in range(20)]

    async with anyio.create_task_group() as group:
        for content in contents:
            group.start_soon(cube.storage.upload, content)

    assert (1, sorted(contents)) == (files.steps.count(SIGN_IN), sorted(files.stored))
