"""What else goes on while an account is deleted."""

import anyio
import pytest

from connectycube import (
    Backoff,
    SessionExpiredError,
    SignedOutError,
)

from .stage import DELETE, SIGN_IN, Stage, Together, begin, outcomes, rename

pytestmark = pytest.mark.anyio

IMPATIENT = Backoff(base=0.01)


async def test_a_401_that_arrives_during_the_delete_waits_for_it(stage: Stage) -> None:
    """A renewal in between could create the account that has just been deleted."""
    cube, _ = await stage.signed_in()
    gate = stage.line.hold(DELETE, answered=True)
    async with Together() as group:
        deleting = begin(group, cube.users.delete)
        await gate.reached()
        calls = [begin(group, rename(cube)) for _ in range(10)]
        await anyio.wait_all_tasks_blocked()
        assert stage.logins == []
        gate.open()

    assert deleting.error is None
    assert [SignedOutError] * 10 == [type(call.error) for call in calls]
    assert stage.logins == []
    assert stage.count(SIGN_IN) == 1  # the first


async def test_two_deletes_at_once_create_nobody(stage: Stage) -> None:
    """The second one's 401 says that the first one worked."""
    cube, _ = await stage.signed_in()
    gate = stage.line.hold(DELETE, answered=True)
    stage.line.sent.clear()
    async with Together() as group:
        first = begin(group, cube.users.delete)
        await gate.reached()
        second = begin(group, cube.users.delete)
        await anyio.wait_all_tasks_blocked()
        others = [begin(group, rename(cube)) for _ in range(3)]
        await anyio.wait_all_tasks_blocked()
        gate.open()

    assert first.error is None
    assert isinstance(second.error, SignedOutError | None)
    assert [SignedOutError] * 3 == [type(call.error) for call in others]
    assert stage.count(SIGN_IN) == 0
    assert stage.logins == []


@pytest.mark.parametrize("lost", ["cancelled", "timed out"])
async def test_a_second_delete_does_not_lift_the_doubt_of_the_first(
    stage: Stage, lost: str
) -> None:
    """Its 401 may mean that the first one worked, whose answer never comes."""
    cube, _ = await stage.signed_in()
    gate = stage.line.hold(DELETE, answered=True)
    stage.line.sent.clear()
    async with Together() as group:
        first = begin(group, cube.with_options(timeout=5).users.delete)
        await gate.reached()
        second = begin(group, cube.users.delete)
        await anyio.wait_all_tasks_blocked()
        if lost == "cancelled":
            first.scope.cancel()
    results = await outcomes([rename(cube)] * 3)

    assert isinstance(second.error, SessionExpiredError | SignedOutError)
    assert {type(one) for one in results} <= {SessionExpiredError, SignedOutError}
    assert stage.count(SIGN_IN) == 0
    assert stage.logins == []


async def test_a_sign_in_during_the_delete_of_the_same_user_ends_with_it(stage: Stage) -> None:
    """The new session dies with the account: renewing it would create the account anew."""
    cube, _ = await stage.signed_in()
    gate = stage.line.hold(DELETE)
    async with Together() as group:
        deleting = begin(group, cube.users.delete)
        await gate.reached()
        await cube.create_session()
        gate.open()
    stage.line.sent.clear()
    results = await outcomes([rename(cube)] * 3)

    assert deleting.error is None
    assert [SignedOutError] * 3 == [type(one) for one in results]
    assert stage.count(SIGN_IN) == 0
    assert stage.logins == []
