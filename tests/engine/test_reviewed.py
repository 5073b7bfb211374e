"""What a reviewer found once, and must not come back."""

from collections.abc import AsyncIterator

import anyio
import pytest

from connectycube import (
    ConnectError,
    ConnectyCube,
    Endpoint,
    ExpiredSession,
    ForbiddenError,
    InvalidInputError,
    Needs,
    Session,
    TransportError,
    User,
)
from connectycube._download import Download
from connectycube.http import Headers

from .stage import MAR, SIGN_IN, SIM, Stage, outcomes, rename

pytestmark = pytest.mark.anyio


async def test_a_failure_does_not_outlive_the_recovery_of_its_token(stage: Stage) -> None:
    """Stale, not renewed for want of a connection, then found alive: its real end is renewed."""
    cube, session = await stage.signed_in()
    stage.clock.advance(7201)
    stage.line.fail(SIGN_IN, ConnectError("away"))
    [failed] = await outcomes([rename(cube)])
    await cube.get_session()
    stage.line._failures.clear()
    stage.expire()

    user = await cube.users.update(full_name="Mar")

    assert isinstance(failed, ConnectError)
    assert session.user_id == user.id


async def test_a_hook_that_declined_too_early_is_asked_at_the_real_end(stage: Stage) -> None:
    """Once the service has shown the session alive, its end is another expiry."""
    asked = 0

    async def hook(expired: ExpiredSession) -> Session | None:
        nonlocal asked
        asked += 1
        return None if asked == 1 else await expired.renew()

    cube, _ = await stage.signed_in(on_session_expired=hook)
    stage.clock.advance(7201)
    await cube.users.update(full_name="Early")
    stage.expire()

    results = await outcomes([rename(cube)])

    assert [User] == [type(one) for one in results]
    assert asked == 2


async def test_closing_a_view_leaves_its_client_open(stage: Stage) -> None:
    """`async with cube.with_options(...)` closes nothing that it did not open."""
    cube, session = await stage.signed_in()

    async with cube.with_options(timeout=3) as hasty:
        await hasty.users.update(full_name="Mar")

    assert session.user_id == (await cube.users.update(full_name="Sim")).id


async def test_a_deletion_of_an_earlier_epoch_leaves_no_doubt_in_the_next(stage: Stage) -> None:
    """A lost delete of Mar says nothing about Sim, who was signed in meanwhile."""
    cube, _ = await stage.signed_in()
    stage.service.faults.drop(method="DELETE", path="/users/*")
    gate = stage.line.hold("DELETE /users/{user_id}")
    lost: list[Exception] = []
    sims = await stage.client(SIM).create_session()

    async def delete() -> None:
        try:
            await cube.users.delete()
        except TransportError as error:
            lost.append(error)

    async with anyio.create_task_group() as group:
        group.start_soon(delete)
        await gate.reached()
        cube.set_session(sims)
        gate.open()
    stage.service.faults.status(403, method="DELETE", path="/users/*")
    with pytest.raises(ForbiddenError):
        await cube.users.delete()
    await cube.create_session(SIM)
    stage.expire()

    user = await cube.users.update(full_name="Sim")

    assert len(lost) == 1
    assert sims.user_id == user.id


async def test_something_else_than_a_session_is_refused_before_anything_is_lost(
    stage: Stage,
) -> None:
    """`set_session("token")` is a mistake that costs nothing."""
    cube, session = await stage.signed_in()

    with pytest.raises(InvalidInputError):
        cube.set_session("canary-token")  # type: ignore[arg-type] # the subject

    assert cube.session is not None
    assert session.token == cube.session.token


class Falsy:
    """A strategy that is false, as a container without items would be."""

    identity = "sim"

    def __bool__(self) -> bool:
        return False

    credentials = staticmethod(SIM.credentials)
    chat_password = staticmethod(SIM.chat_password)


async def test_a_strategy_may_be_false(stage: Stage) -> None:
    """What is given is used, whatever its truth value."""
    cube = stage.client(MAR)

    await cube.create_session(Falsy())

    assert stage.logins == ["sim"]


async def test_a_call_with_keys_of_its_own_makes_no_session(stage: Stage) -> None:
    """An endpoint that needs the application's keys brings them in its body."""
    endpoint = Endpoint("POST", "/session", Session, envelope="session", needs=Needs.APP_KEYS)
    cube = stage.client()

    await cube.call(endpoint, body={"application_id": 21, "auth_key": "canary-auth-key"})

    assert [SIGN_IN] == stage.labels
    assert [""] == stage.tokens(SIGN_IN)


class Slow:
    """An answer whose generator dies of a cancelled wait."""

    status = 200
    headers = Headers()

    async def read(self) -> bytes:
        return b""

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        yield b"first"
        await anyio.sleep_forever()
        yield b"second"

    async def aclose(self) -> None:
        pass


async def test_a_reading_that_was_broken_off_never_passes_for_whole(stage: Stage) -> None:
    """Where a cancelled wait may have lost something, going on is an error, not an end."""
    cube: ConnectyCube = stage.client()

    async def opened() -> tuple[Slow, str]:
        return Slow(), "http://localhost/x"

    async with Download(opened, cube._caller.gateway, stall=None, progress=None) as chunks:
        assert b"first" == await anext(chunks)
        with anyio.move_on_after(0.01):
            await anext(chunks)
        with pytest.raises(TransportError, match="broken off"):
            await anext(chunks)
    with pytest.raises(InvalidInputError, match="inside"):
        await anext(chunks)
