"""Hooks that go wrong cost a bounded time."""

import anyio
import anyio.lowlevel
import pytest

from connectycube import (
    ExistingSession,
    ExpiredSession,
    Session,
    SessionExpiredError,
)

from .stage import UPDATE, Hook, Stage, outcomes, rename

pytestmark = pytest.mark.anyio


async def test_a_hook_that_gives_the_dead_session_back_is_asked_once(stage: Stage) -> None:
    """The call is resent once at most, and then the service's error is the answer."""

    async def same(expired: ExpiredSession) -> Session:
        return expired.session

    hook = Hook(same)
    cube, _ = await stage.expired(on_session_expired=hook)

    [result] = await outcomes([rename(cube)])

    assert isinstance(result, SessionExpiredError)
    assert len(hook.asked) == 1
    assert stage.count(UPDATE) <= 2


async def test_a_renew_callable_that_gives_the_dead_token_back_is_asked_once(stage: Stage) -> None:
    """A back end that hands out the token it has cached must not be asked in a circle."""
    first = await stage.elsewhere()
    asked = 0

    async def cached() -> Session:
        nonlocal asked
        asked += 1
        assert asked < 20, "asked without end"
        await anyio.lowlevel.checkpoint()
        return first

    cube = stage.client(ExistingSession(first, renew=cached))
    stage.expire()

    [result] = await outcomes([rename(cube)])

    assert isinstance(result, SessionExpiredError)
    assert asked == 1


async def test_a_slow_hook_is_bounded_by_the_caller_s_time(stage: Stage) -> None:
    """A hook that never ends costs a caller its timeout, and the grace at most."""

    async def never(_: ExpiredSession) -> None:
        await anyio.sleep_forever()

    cube, _ = await stage.expired(on_session_expired=never, timeout=2.0)
    began = anyio.current_time()

    results = await outcomes([rename(cube)] * 10)

    assert {"RequestTimeoutError"} == {type(one).__name__ for one in results}
    assert anyio.current_time() - began <= 3.1


async def test_clean_up_after_a_slow_hook_is_bounded_too(stage: Stage) -> None:
    """However many sessions it had made, ending them holds no call for long."""

    async def wasteful(expired: ExpiredSession) -> None:
        for _ in range(4):
            await expired.renew()
        await anyio.sleep_forever()

    cube, _ = await stage.expired(on_session_expired=wasteful, timeout=0.5)
    stage.service.faults.hang(method="DELETE", path="/session", times=None)
    began = anyio.current_time()

    [result] = await outcomes([rename(cube)])

    assert isinstance(result, Exception)
    assert anyio.current_time() - began <= 0.5 + 1.0 + 0.05
