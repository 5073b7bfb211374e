"""What a transport's observer is told of whole calls."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import pytest

from connectycube import (
    BadRequestError,
    ConnectyCube,
    LoginPassword,
    RequestTimeoutError,
    ServerError,
)
from connectycube.http import Request
from connectycube.testing import EmulatorTransport, Reply, ScriptedTransport

from .stage import Stage

pytestmark = pytest.mark.anyio


class Observer:
    """Keeps a line for everything it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def call(self, label: str, /) -> Generator[None]:
        self.told.append(f"begin {label}")
        try:
            yield
        except Exception as error:
            self.told.append(f"{type(error).__name__} {label}")
            raise
        else:
            self.told.append(f"end {label}")

    def event(self, name: str, attributes: Mapping[str, str | int | float], /) -> None:
        assert attributes["seconds"] >= 0  # type: ignore[operator]  # as the Protocol promises
        shown = [str(value) for key, value in attributes.items() if key not in ("seconds", "label")]
        self.told.append(" ".join([name, *shown]))


class Observed(ScriptedTransport):
    """A scripted transport with an observer."""

    def __init__(self, *script: Reply) -> None:
        super().__init__(script)
        self.observer = Observer()


USER = Reply(200, {"items": [{"id": 7}]})
SESSION = Reply(201, {"session": {"id": 1, "token": "canary-t", "user_id": 7}})
EXPIRED = Reply(401, {"errors": {"base": ["Required session does not exist"]}})


def client(transport: Observed) -> ConnectyCube:
    return ConnectyCube(
        21, "canary-key", auth=LoginPassword("mar", "canary-pw"), transport=transport
    )


async def test_a_call_is_told_from_its_beginning_to_its_end() -> None:
    """Signing in, waiting, repeating and renewing lie inside the call that needed them."""
    again = Reply(201, {"session": {"id": 2, "token": "canary-u", "user_id": 7}})
    transport = Observed(SESSION, Reply(503), USER, EXPIRED, again, USER)
    cube = client(transport)
    await cube.users.get(7)
    await cube.users.get(7)

    label = "GET /users/v2"
    assert [
        f"begin {label}",
        "attempt 1 201",
        "attempt 1 503",
        "wait",
        "attempt 2 200",
        f"end {label}",
        f"begin {label}",
        "attempt 1 401",
        "attempt 1 201",
        "renewal renewed",
        "attempt 1 200",
        f"end {label}",
    ] == transport.observer.told


async def test_errors_pass_through_it_as_the_caller_gets_them() -> None:
    """Those of our own deadline included."""
    transport = Observed(SESSION, Reply(400), EXPIRED, Reply(500), Reply(500), Reply(500))
    cube = client(transport)
    with pytest.raises(BadRequestError):
        await cube.users.get(7)
    with pytest.raises(ServerError):
        await cube.users.get(7)

    assert "BadRequestError GET /users/v2" in transport.observer.told
    assert "renewal ServerError" in transport.observer.told
    assert "ServerError GET /users/v2" == transport.observer.told[-1]


async def test_a_deadline_is_seen_as_the_error_that_it_becomes(stage: Stage) -> None:
    transport = Observed()
    observer = transport.observer
    stage.service.faults.hang()

    class Line:
        def __init__(self) -> None:
            self.observer = observer

        async def send(self, request: Request, /) -> object:
            return await stage.line.send(request)

        async def aclose(self) -> None:
            """Leave the stage's line open."""

    cube = ConnectyCube(21, "emulator-auth-key", transport=Line(), timeout=2.0)  # type: ignore[arg-type]  # what it gives is open
    with pytest.raises(RequestTimeoutError):
        await cube.create_session()

    assert ["begin POST /session", "RequestTimeoutError POST /session"] == observer.told


async def test_a_call_that_is_made_of_others_is_one() -> None:
    """Such as an upload, a change of the profile, or a download that is led elsewhere."""
    transport = EmulatorTransport()
    told = Observer()
    transport.observer = told  # type: ignore[attr-defined]  # an attribute is all that it takes
    async with ConnectyCube(
        21,
        "emulator-auth-key",
        auth=LoginPassword("mar", "awesomepwd"),
        base_url="http://localhost",
        transport=transport,
    ) as cube:
        await cube.users.update(full_name="Mar", password="awesomepwd2", old_password="awesomepwd")
        blob = await cube.storage.upload(b"canary")
        await cube.storage.download(blob.uid)

    begun = [line for line in told.told if line.startswith("begin")]
    assert [
        "begin PUT /users/{user_id}",
        "begin POST (object store)",
        "begin GET /blobs/{uid}/download",
    ] == begun
    assert ["end", "end", "end"] == [
        line.split()[0] for line in told.told if line.startswith("end")
    ]
