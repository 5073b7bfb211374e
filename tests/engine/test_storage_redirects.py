"""Redirects of a download: few, to https alone, and without anything of the session."""

from collections.abc import Iterator

import pytest

from connectycube import (
    ConnectyCube,
    ConnectyCubeError,
    LoginPassword,
    NotFoundError,
    TransportError,
)
from connectycube.http import Request
from connectycube.testing import Reply, ScriptedTransport

from .stage import AUTH_KEY
from .storage_stage import FETCH, REAL_TIME, STORE, Files

pytestmark = REAL_TIME

DOWNLOAD_PATH = "/blobs/uid/download"


@pytest.fixture
def files() -> Iterator[Files]:
    files = Files()
    yield files
    files.check()


def hops(files: Files, count: int) -> None:
    """Let the store redirect so many times more before it shows the content."""
    for number in range(count):
        files.service.faults.answer(
            302, headers={"Location": f"{STORE}/hop-{number}"}, origin="store"
        )
    files.service.faults.answer(200, body=b"content", origin="store")


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_three_redirects_are_followed(files: Files, count: int) -> None:
    """That of the service and two of the store."""
    cube, uid = await files.uploaded()
    hops(files, count)

    assert b"content" == await cube.storage.download(uid)
    assert count + 1 == files.steps.count(FETCH)


@pytest.mark.parametrize("count", [3, 10])
async def test_more_redirects_are_an_error(files: Files, count: int) -> None:
    """A loop ends after three."""
    cube, uid = await files.uploaded()
    hops(files, count)

    with pytest.raises(TransportError) as caught:
        await cube.storage.download(uid)

    assert f"{FETCH}: more than 3 redirects" == str(caught.value)
    assert 3 == files.steps.count(FETCH)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_kind_of_redirect_is_followed(files: Files, status: int) -> None:
    """The service documents one; its deployments may use another."""
    cube, uid = await files.uploaded()
    files.service.faults.answer(status, headers={"Location": f"{STORE}/x"}, origin="api")
    files.service.faults.answer(200, body=b"content", origin="store")

    assert b"content" == await cube.storage.download(uid)


@pytest.mark.parametrize(
    "location",
    [
        "http://store.example/x",
        "HTTP://store.example/x",
        "ftp://store.example/x",
        "file:///etc/passwd",
        "data:,x",
        "javascript:1",
    ],
)
@pytest.mark.parametrize("origin", ["api", "store"])
async def test_only_https_is_followed(files: Files, location: str, origin: str) -> None:
    """What travels in the clear could be read and replaced on its way."""
    cube, uid = await files.uploaded()
    before = len(files.at_store)
    headers = {"Location": location}
    if origin == "api":
        files.service.faults.answer(301, headers=headers, origin="api")
    else:
        files.service.faults.answer(301, headers=headers, origin="store")

    with pytest.raises(TransportError):
        await cube.storage.download(uid)

    assert before + (origin == "store") == len(files.at_store)


@pytest.mark.parametrize("headers", [{}, {"Location": ""}])
@pytest.mark.parametrize("origin", ["api", "store"])
async def test_a_redirect_to_nowhere_is_an_error_of_the_line(
    files: Files, headers: dict[str, str], origin: str
) -> None:
    """The same place is not asked again, least of all without a session."""
    cube, uid = await files.uploaded()
    if origin == "api":
        files.service.faults.answer(301, headers=headers, origin="api", times=None)
    else:
        files.service.faults.answer(301, headers=headers, origin="store", times=None)

    with pytest.raises(TransportError):
        await cube.storage.download(uid)

    assert (0 if origin == "api" else 1) == files.steps.count(FETCH)


@pytest.mark.parametrize(
    "location", ["https://[half", "https://", "https:///x", "//[", "https://a:b/"]
)
async def test_a_location_that_is_no_url_is_an_error_of_the_line(
    files: Files, location: str
) -> None:
    """Whatever a server writes there, no bare error of a parser comes out."""
    cube, uid = await files.uploaded()
    files.service.faults.answer(301, headers={"Location": location}, origin="api")

    with pytest.raises(TransportError):
        await cube.storage.download(uid)

    assert 0 == files.steps.count(FETCH)


async def test_a_relative_location_stays_at_its_host(files: Files) -> None:
    """It is read against the URL that it came from."""
    cube, uid = await files.uploaded()
    files.service.faults.answer(302, headers={"Location": "/other/place?x=1"}, origin="store")
    files.service.faults.answer(200, body=b"content", origin="store")

    assert b"content" == await cube.storage.download(uid)
    assert ("/other/place", "x=1") == (files.at_store[-1].path, files.at_store[-1].raw_query)


async def test_a_redirect_back_to_the_service_carries_no_token(files: Files) -> None:
    """Also at the service's own host a followed URL has to speak for itself."""
    cube, uid = await files.uploaded()
    files.service.faults.answer(
        302, headers={"Location": "https://api.connectycube.com/elsewhere"}, origin="api"
    )

    with pytest.raises(NotFoundError):
        await cube.storage.download(uid)

    followed = files.service.requests[-1]
    assert "/elsewhere" == followed.path
    assert [] == [name for name in followed.headers if name.lower().startswith("cb-")]


async def test_followed_requests_carry_nothing_at_all(files: Files) -> None:
    """No header of ours, but that the content is wanted as it is."""
    cube, uid = await files.uploaded()

    await cube.storage.download(uid)

    assert {"Accept-Encoding": "identity"} == dict(files.at_store[-1].headers)


async def test_a_plain_service_on_this_machine_may_lead_to_a_plain_store() -> None:
    """An emulator speaks http; so does its store."""
    sent: list[Request] = []

    def answer(request: Request) -> Reply:
        sent.append(request)
        if request.url.endswith("/session"):
            return Reply(201, {"session": {"id": 1, "token": "canary-t", "user_id": 7}})
        if request.url.endswith(DOWNLOAD_PATH):
            return Reply(301, headers={"Location": "http://localhost:9/x"})
        return Reply(200, b"content")

    transport = ScriptedTransport(answer)
    cube = ConnectyCube(
        21,
        AUTH_KEY,
        auth=LoginPassword("mar", "canary-of-mar"),
        base_url="http://localhost:8",
        transport=transport,
    )

    assert b"content" == await cube.storage.download("uid")
    assert "http://localhost:9/x" == sent[-1].url
    assert 0 == transport.open_responses


async def test_an_error_at_the_end_of_a_redirect_is_told(files: Files) -> None:
    """In the store's words, never with the signed URL."""
    cube, uid = await files.uploaded()
    files.service.faults.answer(
        301, headers={"Location": f"{STORE}/x?X-Amz-Signature=canary-s"}, origin="api"
    )

    with pytest.raises(ConnectyCubeError) as caught:
        await cube.storage.download(uid)

    assert FETCH in str(caught.value)
