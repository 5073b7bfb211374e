"""No deleted account is created anew, whatever became of the request that deletes it."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from connectycube import (
    AppOnly,
    Backoff,
    ConnectError,
    ConnectyCube,
    ConnectyCubeError,
    ForbiddenError,
    ServerError,
    SessionExpiredError,
    SignedOutError,
    TransportError,
    User,
)

from .stage import DELETE, SIGN_IN, SIM, UPDATE, Stage, Together, begin, outcomes, rename

pytestmark = pytest.mark.anyio

IMPATIENT = Backoff(base=0.01)


async def test_deleting_signs_out(stage: Stage) -> None:
    """Nothing signs in by itself afterwards; create_session does, as somebody new."""
    cube, session = await stage.signed_in()

    await cube.users.delete()

    assert cube.session is None
    assert stage.logins == []
    with pytest.raises(SignedOutError):
        await cube.users.update(full_name="Ghost")
    assert stage.logins == []
    assert session.user_id != (await cube.create_session()).user_id


async def test_an_expired_session_is_renewed_to_delete_its_user(stage: Stage) -> None:
    """Deleting is a call like any other: renewed and resent once."""
    cube, _ = await stage.expired()

    await cube.users.delete()

    assert stage.labels == [DELETE, SIGN_IN, DELETE]
    assert stage.logins == []
    assert cube.session is None


async def test_an_application_session_has_no_account_to_delete(stage: Stage) -> None:
    """There is no own id to send, and nothing is sent."""
    cube, _ = await stage.signed_in(AppOnly())
    stage.line.sent.clear()

    with pytest.raises(ForbiddenError):
        await cube.users.delete()

    assert stage.labels == []
    assert cube.session is not None


async def dropped(stage: Stage, cube: ConnectyCube) -> None:
    stage.service.faults.drop(processed=True, method="DELETE", path="/users/*")
    with pytest.raises(TransportError):
        await cube.users.delete()


async def cut(stage: Stage, cube: ConnectyCube) -> None:
    stage.service.faults.cut(method="DELETE", path="/users/*")
    with pytest.raises(TransportError):
        await cube.users.delete()


async def timed_out(stage: Stage, cube: ConnectyCube) -> None:
    stage.line.hold(DELETE, answered=True)
    with pytest.raises(TransportError):
        await cube.with_options(timeout=1).users.delete()


async def cancelled(stage: Stage, cube: ConnectyCube) -> None:
    gate = stage.line.hold(DELETE, answered=True)
    async with Together() as group:
        deleting = begin(group, cube.users.delete)
        await gate.reached()
        deleting.scope.cancel()
    assert deleting.scope.cancelled_caught


async def answered_by_a_gateway(stage: Stage, cube: ConnectyCube) -> None:
    stage.line.answer_instead(DELETE, 504)
    with pytest.raises(ServerError):
        await cube.users.delete()


async def unreadable(stage: Stage, cube: ConnectyCube) -> None:
    stage.line.answer_instead(DELETE, 500)
    with pytest.raises(ServerError):
        await cube.users.delete()


UNKNOWN = [dropped, cut, timed_out, cancelled, answered_by_a_gateway, unreadable]


@pytest.mark.parametrize("end", UNKNOWN)
async def test_an_account_that_may_be_gone_is_not_created_anew(
    stage: Stage, end: Callable[[Stage, ConnectyCube], Awaitable[None]]
) -> None:
    """Where nobody knows whether it was deleted, calls fail instead of signing in again."""
    cube, _ = await stage.signed_in()
    stage.line.sent.clear()

    await end(stage, cube)
    assert stage.logins == []
    results = await outcomes([rename(cube)] * 5)
    results += await outcomes([rename(cube)] * 5)

    assert {type(one) for one in results} <= {SessionExpiredError, SignedOutError}
    assert stage.logins == []
    assert stage.count(SIGN_IN) == 0


async def test_an_account_that_may_be_gone_is_not_created_anew_ahead_of_time(stage: Stage) -> None:
    """The same when the session is renewed by the clock, before a call is sent."""
    cube, _ = await stage.signed_in()
    await dropped(stage, cube)
    stage.advance(7201)
    stage.line.sent.clear()

    results = await outcomes([rename(cube)] * 5)

    assert [SessionExpiredError] * 5 == [type(one) for one in results]
    assert stage.logins == []
    assert stage.count(SIGN_IN) == 0


@pytest.mark.parametrize("times", [1, 2])
async def test_a_repeat_after_a_lost_answer_does_not_create_anew(stage: Stage, times: int) -> None:
    """A 401 to a repeated DELETE means that the first one worked, not that it is to be renewed."""
    cube, _ = await stage.signed_in(retry=IMPATIENT)
    stage.service.faults.drop(processed=True, method="DELETE", path="/users/*")
    if times > 1:
        stage.service.faults.status(503, method="DELETE", path="/users/*")
    stage.line.sent.clear()

    await outcomes([cube.users.delete])

    assert stage.count(SIGN_IN) == 0
    assert stage.logins == []
    results = await outcomes([rename(cube)] * 3)
    assert {type(one) for one in results} <= {SessionExpiredError, SignedOutError}
    assert stage.logins == []


async def test_a_refusal_after_a_lost_answer_leaves_the_outcome_unknown(stage: Stage) -> None:
    """What the last attempt met says nothing about what the first one did."""
    cube, _ = await stage.signed_in(retry=IMPATIENT)
    stage.service.faults.drop(processed=True, method="DELETE", path="/users/*")
    stage.service.faults.status(429, method="DELETE", path="/users/*", times=2)
    stage.line.sent.clear()

    [ended] = await outcomes([cube.users.delete])
    results = await outcomes([rename(cube)] * 3)

    assert isinstance(ended, ConnectyCubeError)
    assert {type(one) for one in results} <= {SessionExpiredError, SignedOutError}
    assert stage.count(SIGN_IN) == 0
    assert stage.logins == []


async def test_a_refused_delete_changes_nothing(stage: Stage) -> None:
    """Where the service said no, the session goes on, and is renewed."""
    cube, session = await stage.signed_in()
    stage.service.faults.status(403, method="DELETE", path="/users/*")

    with pytest.raises(ForbiddenError):
        await cube.users.delete()
    stage.expire()
    user = await cube.users.update(full_name="Still here")

    assert session.user_id == user.id


async def test_a_delete_that_never_left_changes_nothing(stage: Stage) -> None:
    """Cancelled before it was sent, the account is surely there: the session goes on."""
    cube, _ = await stage.signed_in()

    with anyio.CancelScope() as scope:
        scope.cancel()
        await cube.users.delete()
    stage.expire()
    [result] = await outcomes([rename(cube)])

    assert stage.logins == ["mar"]
    assert isinstance(result, User | SessionExpiredError)


async def test_after_an_unknown_end_create_session_decides(stage: Stage) -> None:
    """An explicit sign-in lifts the doubt, for this identity or another."""
    cube, _ = await stage.signed_in()
    await dropped(stage, cube)

    session = await cube.create_session(SIM)
    stage.expire()
    user = await cube.users.update(full_name="Sim")

    assert session.user_id == user.id
    assert stage.logins == ["sim"]


async def test_a_session_in_doubt_goes_on_while_it_lives(stage: Stage) -> None:
    """An account that was not deleted after all can be used as before."""
    cube, _ = await stage.signed_in()
    stage.service.faults.drop(processed=False, method="DELETE", path="/users/*")
    with pytest.raises(TransportError):
        await cube.users.delete()

    await cube.users.update(full_name="Alive")

    assert stage.tokens(UPDATE) == stage.tokens(DELETE)
    assert stage.logins == ["mar"]


async def test_a_failed_delete_that_may_be_repeated_ends_the_account(stage: Stage) -> None:
    """The session is kept where the outcome is unknown, so that the delete can be tried again."""
    cube, _ = await stage.signed_in()
    stage.service.faults.drop(processed=False, method="DELETE", path="/users/*")
    with pytest.raises(TransportError):
        await cube.users.delete()

    await cube.users.delete()

    assert stage.logins == []
    assert cube.session is None


async def test_a_delete_that_found_no_connection_changes_nothing(stage: Stage) -> None:
    """Nothing was sent, so the account is surely there, and its session is renewed."""
    cube, session = await stage.signed_in()
    stage.line.fail(DELETE, ConnectError("refused"))
    with pytest.raises(ConnectError):
        await cube.users.delete()
    stage.expire()

    user = await cube.users.update(full_name="Still here")

    assert session.user_id == user.id
    assert stage.logins == ["mar"]
