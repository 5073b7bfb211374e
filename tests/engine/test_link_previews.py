"""Previews of links: from a host of their own, which learns the link and nothing more."""

from typing import Any, Final

import orjson
import pytest

from connectycube import (
    AppOnly,
    Backoff,
    ClosedError,
    ConnectError,
    ConnectyCube,
    ConnectyCubeError,
    DecodeError,
    Hosts,
    InvalidInputError,
    NoRetry,
    RetryPolicy,
    ServerError,
    Session,
)
from connectycube.api.link_previews import LinkPreviews
from connectycube.models.link_preview import LinkPreview
from connectycube.testing import Reply, ScriptedTransport
from connectycube.testing.scripted import Script

from .wire_stage import reply, sample

pytestmark = pytest.mark.anyio

SEA: Final = "https://example.org/sea"
NAME: Final = "chat.get_link_preview"
HOSTS: Final = Hosts(link_preview="https://preview.example/")


def previews(
    script: Script, *, signed_in: bool = True, retry: RetryPolicy | None = None
) -> tuple[ScriptedTransport, LinkPreviews]:
    transport = ScriptedTransport(script)
    cube = ConnectyCube(
        21, "canary-key", auth=AppOnly(), transport=transport, retry=retry or NoRetry()
    )
    if signed_in:
        cube.set_session(Session.from_token("canary-token", 90211))
    return transport, LinkPreviews(cube._caller, HOSTS)


@pytest.mark.parametrize("signed_in", [True, False])
async def test_a_preview_is_asked_for_by_nobody(signed_in: bool) -> None:  # noqa: FBT001 - a case
    """With or without a session, none of it leaves; nor does a session begin."""
    transport, links = previews([reply(NAME)], signed_in=signed_in)

    found = await links.get(SEA)

    [request] = transport.requests
    assert LinkPreview(**sample(NAME)["body"]) == found
    assert ("POST", "https://preview.example/unfurl") == (request.method, request.url)
    assert isinstance(request.body, bytes)
    assert sample(NAME)["request"]["json"] == orjson.loads(request.body)
    assert {"Accept-Encoding", "Content-Type"} == set(request.headers)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, LinkPreview()),
        ({"title": None, "images": None}, LinkPreview()),
        ({"title": ["Sea"], "lang": "en"}, LinkPreview(extra={"title": ["Sea"], "lang": "en"})),
    ],
)
async def test_a_page_may_say_little(told: dict[str, Any], expected: LinkPreview) -> None:
    """Or say it in another form, which is kept."""
    _, links = previews([Reply(200, told)])

    assert expected == await links.get(SEA)


FAILURES: Final[list[tuple[Reply | Exception, type[ConnectyCubeError]]]] = [
    (Reply(500, {"errors": ["no"]}), ServerError),
    (ConnectError("refused"), ConnectError),
    (Reply(200, b"<html>"), DecodeError),
]


@pytest.mark.parametrize(("step", "error"), FAILURES)
async def test_a_failure_is_told(step: Reply | Exception, error: type[ConnectyCubeError]) -> None:
    """Whoever asks decides what to show instead."""
    _, links = previews([step])
    with pytest.raises(error):
        await links.get(SEA)


@pytest.mark.parametrize("step", [step for step, _ in FAILURES])
async def test_a_fallback_shows_the_host(step: Reply | Exception) -> None:
    """For applications that show a link either way."""
    _, links = previews([step])

    expected = LinkPreview(url=SEA, title="example.org", description="")
    assert expected == await links.get(SEA, fallback=True)


async def test_a_preview_is_asked_for_again() -> None:
    """Nothing changes by it; and the error says what became of the attempts before."""
    transport, links = previews(
        [Reply(502), Reply(503), Reply(404, {"errors": ["gone"]})],
        retry=Backoff(uniform=lambda _low, _high: 0.0),
    )
    with pytest.raises(ConnectyCubeError, match="gone") as caught:
        await links.get(SEA)

    assert 3 == len(transport.requests)
    assert ["attempt 1: 502", "attempt 2: 503"] == caught.value.__notes__


@pytest.mark.parametrize(
    "url", ["", "example.org", "/sea", "ftp://example.org", "https://", "http://[", None, 5]
)
async def test_what_is_no_link_is_not_sent(url: Any) -> None:
    """Also not for a fallback, which could not show its host."""
    transport, links = previews([])
    with pytest.raises(InvalidInputError):
        await links.get(url, fallback=True)

    assert [] == transport.requests


async def test_a_closed_client_asks_for_nothing() -> None:
    """A fallback would hide the mistake."""
    transport = ScriptedTransport([])
    cube = ConnectyCube(21, transport=transport)
    await cube.aclose()
    with pytest.raises(ClosedError):
        await LinkPreviews(cube._caller, HOSTS).get(SEA, fallback=True)

    assert [] == transport.requests
