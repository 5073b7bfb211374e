"""The application is asked for a session when one has expired: once, and believed."""

import anyio
import anyio.lowlevel
import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    ExistingSession,
    ExpiredSession,
    ForbiddenError,
    Session,
    SessionExpiredError,
    User,
)
from connectycube.session import SessionExpiredHook

from .stage import AUTH_KEY, END, MAR, SIGN_IN, SIM, UPDATE, Stage, outcomes, rename

pytestmark = pytest.mark.anyio


class Hook:
    """Answers with what it is given, and counts how often it is asked."""

    def __init__(self, answer: SessionExpiredHook) -> None:
        self._answer = answer
        self.asked: list[ExpiredSession] = []

    async def __call__(self, expired: ExpiredSession) -> Session | None:
        self.asked.append(expired)
        assert len(self.asked) < 20, "asked without end"
        await anyio.lowlevel.checkpoint()
        return await self._answer(expired)


async def decline(_: ExpiredSession) -> None:
    return None


async def renew(expired: ExpiredSession) -> Session:
    return await expired.renew()


async def elsewhere(stage: Stage, auth: AppOnly | None = None) -> Session:
    other = ConnectyCube(21, AUTH_KEY, auth=auth or MAR, transport=stage.line)
    return await other.create_session()


async def test_the_hook_learns_what_expired_and_how(stage: Stage) -> None:
    """It gets the dead session and the service's error, before any renewal."""
    hook = Hook(renew)
    cube, dead = await stage.expired(on_session_expired=hook)

    await cube.users.update(full_name="Mar")

    [asked] = hook.asked
    assert dead.token == asked.session.token
    assert dead.user_id == asked.session.user_id
    assert ["Required session does not exist"] == asked.error.messages


async def test_no_hook_is_asked_for_the_first_session(stage: Stage) -> None:
    """Nothing has expired yet: the strategy makes it."""
    hook = Hook(decline)
    cube = stage.client(on_session_expired=hook)

    await cube.users.update(full_name="Mar")

    assert hook.asked == []


async def test_renew_is_the_strategy_s_own_way(stage: Stage) -> None:
    """`expired.renew()` signs in once, however many calls wait."""
    hook = Hook(renew)
    cube, _ = await stage.expired(on_session_expired=hook)

    results = await outcomes([rename(cube)] * 50)

    assert {User} == {type(one) for one in results}
    assert len(hook.asked) == 1
    assert stage.count(SIGN_IN) == 1
    assert stage.count(END) == 0


async def test_a_hook_may_create_a_session_on_its_own_client(stage: Stage) -> None:
    """As the official sample does: adopted, and each call is resent once."""
    clients: list[ConnectyCube] = []

    async def create(_: ExpiredSession) -> Session:
        return await clients[0].create_session()

    hook = Hook(create)
    cube, dead = await stage.expired(on_session_expired=hook)
    clients.append(cube)

    results = await outcomes([rename(cube)] * 50)

    assert {User} == {type(one) for one in results}
    assert len(hook.asked) == 1
    assert stage.count(SIGN_IN) == 1
    assert stage.count(END) == 0
    [new] = stage.live_tokens
    assert sorted([dead.token] * 50 + [new] * 50) == sorted(stage.tokens(UPDATE))


async def test_a_hook_may_use_a_view_with_other_limits(stage: Stage) -> None:
    """`with_options` shares the session, so its create_session is the client's own."""
    clients: list[ConnectyCube] = []

    async def create(_: ExpiredSession) -> Session:
        return await clients[0].with_options(timeout=5).create_session()

    cube, _ = await stage.expired(on_session_expired=create)
    clients.append(cube)

    await cube.users.update(full_name="Mar")

    assert cube.session is not None
    assert stage.live_tokens == [cube.session.token]


async def test_a_session_from_elsewhere_is_adopted(stage: Stage) -> None:
    """A back end of the application's own may have minted it."""
    cube, _ = await stage.expired(on_session_expired=Hook(lambda _: elsewhere(stage)))

    user = await cube.users.update(full_name="Mar")

    assert cube.session is not None
    assert user.id == cube.session.user_id
    assert stage.live_tokens == [cube.session.token]
    assert stage.count(END) == 0


async def test_declining_gives_everybody_the_original_error(stage: Stage) -> None:
    """`None`: what the service said reaches each call, which is not resent."""
    hook = Hook(decline)
    cube, _ = await stage.expired(on_session_expired=hook)

    results = await outcomes([rename(cube)] * 50)

    assert [SessionExpiredError] * 50 == [type(one) for one in results]
    assert {("Required session does not exist",)} == {
        tuple(one.messages) for one in results if isinstance(one, SessionExpiredError)
    }
    assert {401} == {one.status for one in results if isinstance(one, SessionExpiredError)}
    assert len({id(one) for one in results}) == 50
    assert len(hook.asked) == 1
    assert stage.count(UPDATE) == 50
    assert stage.count(SIGN_IN) == 0


async def test_a_renewal_that_the_hook_then_declines_is_destroyed(stage: Stage) -> None:
    """A session that nobody will use does not stay behind."""

    async def waste(expired: ExpiredSession) -> None:
        await expired.renew()

    cube, _ = await stage.expired(on_session_expired=waste)

    results = await outcomes([rename(cube)] * 3)

    assert [SessionExpiredError] * 3 == [type(one) for one in results]
    assert stage.live_tokens == []


async def test_renewing_twice_leaves_one_session(stage: Stage) -> None:
    """Only the one that the hook returns is kept."""

    async def twice(expired: ExpiredSession) -> Session:
        await expired.renew()
        return await expired.renew()

    cube, _ = await stage.expired(on_session_expired=twice)

    await cube.users.update(full_name="Mar")

    assert cube.session is not None
    assert stage.live_tokens == [cube.session.token]


class NoNetworkError(Exception):
    """What an application's hook may raise."""


async def test_what_a_hook_raises_reaches_every_waiter(stage: Stage) -> None:
    """It runs once, and its error arrives as it is: type, arguments, cause."""

    async def fail(_: ExpiredSession) -> None:
        raise NoNetworkError("down", 5) from OSError("cable")

    hook = Hook(fail)
    cube, _ = await stage.expired(on_session_expired=hook)

    results = await outcomes([rename(cube)] * 50)

    assert [NoNetworkError] * 50 == [type(one) for one in results]
    errors = [one for one in results if isinstance(one, NoNetworkError)]
    assert {("down", 5)} == {one.args for one in errors}
    assert {OSError} == {type(one.__cause__) for one in errors}
    assert len({id(one) for one in errors}) == 50
    assert len(hook.asked) == 1


async def test_a_call_begun_after_a_hook_failed_asks_it_again(stage: Stage) -> None:
    """A failure is not for ever."""
    answers = [decline, renew]

    async def second_time(expired: ExpiredSession) -> Session | None:
        return await answers.pop(0)(expired)

    cube, _ = await stage.expired(on_session_expired=second_time)

    [first] = await outcomes([rename(cube)])
    [second] = await outcomes([rename(cube)])

    assert isinstance(first, SessionExpiredError)
    assert isinstance(second, User)
    assert answers == []


async def test_a_session_of_another_user_is_refused(stage: Stage) -> None:
    """The call is not resent in another one's name."""
    cube, dead = await stage.expired(
        on_session_expired=Hook(lambda _: ConnectyCube(21, AUTH_KEY, auth=SIM, transport=stage.line).create_session())
    )

    results = await outcomes([rename(cube)] * 5)

    assert [SessionExpiredError] * 5 == [type(one) for one in results]
    assert [dead.token] * 5 == stage.tokens(UPDATE)


async def test_a_session_without_a_user_is_accepted(stage: Stage) -> None:
    """The service then says what it cannot be used for, and that is the end of it."""
    hook = Hook(lambda _: elsewhere(stage, AppOnly()))
    cube, _ = await stage.expired(on_session_expired=hook)

    with pytest.raises(ForbiddenError, match="Need user"):
        await cube.users.update(full_name="Mar")

    assert len(hook.asked) == 1
    assert stage.count(UPDATE) == 2


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
    first = await elsewhere(stage)
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


async def test_a_hook_is_asked_ahead_of_time_too(stage: Stage) -> None:
    """A session that is over by our clock is replaced before anything is sent."""
    hook = Hook(renew)
    cube, dead = await stage.signed_in(on_session_expired=hook)
    stage.advance(7201)
    stage.line.sent.clear()

    await cube.users.update(full_name="Mar")

    [asked] = hook.asked
    assert dead.token == asked.session.token
    assert [SIGN_IN, UPDATE] == stage.labels


async def test_a_slow_hook_is_bounded_by_the_caller_s_time(stage: Stage) -> None:
    """A hook that never ends costs a caller its timeout, and the grace at most."""

    async def never(_: ExpiredSession) -> None:
        await anyio.sleep_forever()

    cube, _ = await stage.expired(on_session_expired=never, timeout=2.0)
    began = anyio.current_time()

    results = await outcomes([rename(cube)] * 10)

    assert {"RequestTimeoutError"} == {type(one).__name__ for one in results}
    assert anyio.current_time() - began <= 3.1
