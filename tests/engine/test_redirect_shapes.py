"""Secrets go to this service's own scheme, host and port alone, however a redirect is spelled."""

import pkgutil
import re
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Final

import pytest

from connectycube import (
    ApiError,
    Backoff,
    ConnectyCube,
    LoginPassword,
    Session,
    TransportError,
    api,
)
from connectycube.auth import endpoints as session_calls
from connectycube.endpoint import Endpoint
from connectycube.http import Request
from connectycube.testing import Reply, ScriptedTransport

from .virtual_time import ON_ONE_LOOP

pytestmark = [pytest.mark.anyio, ON_ONE_LOOP]

API: Final = "https://api.connectycube.com"
TOKEN: Final = "canary-token"
STATUSES: Final = [300, 301, 302, 303, 304, 305, 307, 308, 399]
# Where a download goes on, and to what URL; `None` is nowhere.
SHAPES: Final = {
    # the service itself
    f"{API}/else": f"{API}/else",
    f"{API}:443/else": f"{API}:443/else",
    "HTTPS://API.CONNECTYCUBE.COM/else": "https://API.CONNECTYCUBE.COM/else",
    "/else": f"{API}/else",
    "else": f"{API}/blobs/uid/else",
    "../else": f"{API}/blobs/else",
    "?x=1": f"{API}/blobs/uid/download?x=1",
    "//api.connectycube.com/else": f"{API}/else",
    # its host, but not quite
    f"{API}:8443/else": f"{API}:8443/else",
    f"{API}./else": f"{API}./else",
    "https://evil.api.connectycube.com/x": "https://evil.api.connectycube.com/x",
    "https://connectycube.com/x": "https://connectycube.com/x",
    f"{API}.evil.example/x": f"{API}.evil.example/x",
    "https://evil.example/api.connectycube.com": "https://evil.example/api.connectycube.com",
    "https://xn--pi-6kc.connectycube.com/x": "https://xn--pi-6kc.connectycube.com/x",
    # anybody
    "https://store.example/x": "https://store.example/x",
    "//store.example/x": "https://store.example/x",
    "//store.example:8443/x": "https://store.example:8443/x",
    "https://store.example/x?X-Amz-Signature=s": "https://store.example/x?X-Amz-Signature=s",
    "https://93.184.216.34/x": "https://93.184.216.34/x",
    # in the clear
    "http://api.connectycube.com/else": None,
    "http://api.connectycube.com:443/else": None,
    "http://store.example/x": None,
    "ws://store.example/x": None,
    # a user
    "https://api.connectycube.com@evil.example/x": None,
    "https://api.connectycube.com:443@evil.example/x": None,
    "https://evil.example@api.connectycube.com/x": None,
    "//user@api.connectycube.com/x": None,
    # slashes of all kinds
    "///store.example/x": None,
    "https:///store.example/x": None,
    "https:/store.example/x": None,
    "https:store.example/x": None,
    "/\\store.example/x": None,
    "\\\\store.example/x": None,
    "https:\\\\store.example/x": None,
    "https://api.connectycube.com\\@evil.example/x": None,
    "https://evil.example\\.api.connectycube.com/x": None,
    # letters of elsewhere
    "https://аpi.connectycube.com/x": None,  # noqa: RUF001 - that is the point
    "https://api。connectycube。com/x": None,
    "https://api.connectycube.com⁄evil.example/x": None,  # noqa: RUF001 - the same
    # what some programs drop
    "https://api.connectycube.com\t.evil.example/x": None,
    "ht\ntps://store.example/x": None,
    "https://store.example/\r\nCB-Token: x": None,
    "\x01https://store.example/x": None,
    # this machine and its network
    "https://127.0.0.1/x": None,
    "//2130706433/x": None,
    "//0x7f.1/x": None,
    "https://[::ffff:7f00:1]/x": None,
    "//localhost./x": None,
    "https://169.254.169.254/latest/meta-data": None,
    "//metadata.google.internal/x": None,
}
FOLLOWED: Final = [(shape, url) for shape, url in SHAPES.items() if url is not None]
REFUSED: Final = [shape for shape, url in SHAPES.items() if url is None]
RESOURCES: Final = [
    import_module(f"{api.__name__}.{one.name}") for one in pkgutil.iter_modules(api.__path__)
]
ENDPOINTS: Final[list[Endpoint[Any]]] = [
    endpoint
    for module in (session_calls, *RESOURCES)
    for endpoint in vars(module).values()
    if isinstance(endpoint, Endpoint)
]


class Service:
    """Answers every request by a function, and a sign-in where none is given for it."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.transport = ScriptedTransport(answer)
        self.cube = ConnectyCube(
            21,
            "canary-key",
            auth=LoginPassword("mar", "canary-of-mar"),
            transport=self.transport,
            retry=Backoff(base=0.0),
        )
        self.cube.set_session(Session.from_token(TOKEN, user_id=7))

    @property
    def sent(self) -> list[Request]:
        return self.transport.requests


def redirecting(location: str, status: int = 301) -> Service:
    """Return a service that sends everybody somewhere else, and remembers them by a cookie."""
    headers = {"Location": location, "Set-Cookie": "id=canary-cookie"}
    return Service(lambda _: Reply(status, headers=headers))


def leading(*locations: str) -> Service:
    """Return a service whose file lies at the end of some redirects."""
    left = list(locations)

    def answer(_: Request) -> Reply:
        if not left:
            return Reply(200, b"content")
        return Reply(302, headers={"Location": left.pop(0), "Set-Cookie": "id=canary-cookie"})

    return Service(answer)


def told(request: Request) -> str:
    """Return all that a request says, for a search in it."""
    return f"{request.url} {dict(request.headers.items())} {request.body!r}".lower()


def check_bare(request: Request) -> None:
    """Say that nothing of ours, and nothing of the way here, is in a request."""
    names = {name.lower() for name in request.headers}

    assert [] == [name for name in names if name.startswith("cb-")]
    assert set() == names & {"authorization", "cookie", "origin", "referer", "from"}
    assert "canary" not in told(request)


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_call_of_the_service_is_never_redirected(shape: str) -> None:
    """Whatever the place looks like; a redirect is an answer that says no."""
    service = redirecting(shape)

    with pytest.raises(ApiError) as caught:
        await service.cube.users.update(full_name="Mar")

    assert 301 == caught.value.status
    assert [f"{API}/users/7"] == [request.url for request in service.sent]
    assert service.cube.session is not None
    assert 0 == service.transport.open_responses


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.label)
@pytest.mark.parametrize("status", STATUSES)
async def test_no_call_of_the_service_is_redirected(endpoint: Endpoint[Any], status: int) -> None:
    """Of whatever kind the call and the redirect are; 307 and 308 would take the body along."""
    service = redirecting("https://store.example/x", status)
    ids = dict.fromkeys(re.findall(r"\{(\w+)\}", endpoint.path), 7)
    body = {"login": "mar"} if endpoint.method in ("POST", "PUT") else None

    with pytest.raises(ApiError) as caught:
        await service.cube.call(endpoint, path=ids, body=body)

    assert status == caught.value.status
    assert [API + endpoint.fill(ids)] == [request.url for request in service.sent]


def calls(cube: ConnectyCube) -> dict[str, Callable[[], Awaitable[object]]]:
    """Return what carries a password or an application's key."""
    auth = LoginPassword("mar", "canary-of-mar")
    return {
        "create_session": cube.create_session,
        "login": lambda: cube.login(auth),
        "sign_up": lambda: cube.users.sign_up(login="mar", password="canary-of-mar"),
        "renewal": cube.with_auth(auth).users.find_online,
    }


@pytest.mark.parametrize("call", ["create_session", "login", "sign_up", "renewal"])
@pytest.mark.parametrize("shape", [f"{API}:8443/session", "https://evil.example/x", "/else"])
async def test_credentials_are_never_redirected(call: str, shape: str) -> None:
    """A password goes once, to the place that it was meant for."""
    service = redirecting(shape, 307)

    with pytest.raises(ApiError):
        await calls(service.cube)[call]()

    [request] = service.sent
    assert request.url.rpartition("/")[0] == API


@pytest.mark.parametrize(("shape", "url"), FOLLOWED)
@pytest.mark.parametrize("hop", [1, 2, 3])
async def test_a_download_goes_on_without_anything_of_the_session(
    shape: str, url: str, hop: int
) -> None:
    """Also to the service's own host, since what the redirect names need not be its."""
    before = [f"{API}/blobs/uid/{number}" for number in range(1, hop)]
    service = leading(*before, shape)
    if hop > 1:
        url = url.replace("/uid/download", f"/uid/{hop - 1}")

    assert b"content" == await service.cube.storage.download("uid")
    first, *others = service.sent
    assert (f"{API}/blobs/uid/download", TOKEN) == (first.url, first.headers["CB-Token"])
    assert [*before, url] == [request.url for request in others]
    for request in others:
        check_bare(request)
    assert 0 == service.transport.open_responses


@pytest.mark.parametrize("shape", REFUSED)
@pytest.mark.parametrize("hop", [1, 2, 3])
async def test_a_download_goes_nowhere_that_it_should_not(shape: str, hop: int) -> None:
    """The request before was the last one."""
    before = [f"https://store.example/{number}" for number in range(1, hop)]
    service = leading(*before, shape)

    with pytest.raises(TransportError):
        await service.cube.storage.download("uid")

    first, *others = service.sent
    assert f"{API}/blobs/uid/download" == first.url
    assert before == [request.url for request in others]
    assert 0 == service.transport.open_responses


@pytest.mark.parametrize("count", [4, 5, 50])
async def test_a_download_follows_three_redirects_at_most(count: int) -> None:
    """The fourth is an error, wherever it leads."""
    service = leading(*(f"https://store.example/{number}" for number in range(count)))

    with pytest.raises(TransportError):
        await service.cube.storage.download("uid")

    assert 1 + 3 == len(service.sent)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("shape", ["https://evil.example/x", "/else", f"{API}/else"])
async def test_content_is_never_redirected(status: int, shape: str) -> None:
    """What a signed form was made for is one place."""
    access = {"params": "https://store.example/bucket?key=abc&policy=p"}

    def answer(request: Request) -> Reply:
        if request.label == "POST /blobs":
            blob = {"id": 3, "uid": "abc", "name": "a", "blob_object_access": access}
            return Reply(201, {"blob": blob})
        if request.method == "POST":
            return Reply(status, headers={"Location": shape})
        return Reply(200)

    service = Service(answer)

    with pytest.raises(ApiError):
        await service.cube.storage.upload(b"content", name="a")

    urls = [request.url for request in service.sent]
    assert [f"{API}/blobs", "https://store.example/bucket", f"{API}/blobs/3"] == urls
    check_bare(service.sent[1])
