"""The application is asked for a session when one has expired: once, and believed."""

import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    ExpiredSession,
    ForbiddenError,
    Session,
    SessionExpiredError,
    User,
)

from .stage import END, SIGN_IN, SIM, UPDATE, Hook, Stage, outcomes, rename

pytestmark = pytest.mark.anyio


async def decline(_: ExpiredSession) -> None:
    return None


async def renew(expired: ExpiredSession) -> Session:
    return await expired.renew()


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
    cube, _ = await stage.expired(on_session_expired=Hook(lambda _: stage.elsewhere()))

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
    cube, dead = await stage.expired(on_session_expired=Hook(lambda _: stage.elsewhere(SIM)))

    results = await outcomes([rename(cube)] * 5)

    assert [SessionExpiredError] * 5 == [type(one) for one in results]
    assert [dead.token] * 5 == stage.tokens(UPDATE)


async def test_a_session_without_a_user_is_accepted(stage: Stage) -> None:
    """The service then says what it cannot be used for, and that is the end of it."""
    hook = Hook(lambda _: stage.elsewhere(AppOnly()))
    cube, _ = await stage.expired(on_session_expired=hook)

    with pytest.raises(ForbiddenError, match="Need user"):
        await cube.users.update(full_name="Mar")

    assert len(hook.asked) == 1
    assert stage.count(UPDATE) == 2


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
