"""Many calls meet an expired session: one sign-in for all of them."""

from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from connectycube import (
    AuthenticationError,
    ConnectError,
    ConnectyCube,
    LoginPassword,
    Session,
    SessionExpiredError,
    TransportError,
    User,
)

from .stage import MAR, SIGN_IN, UPDATE, Stage, outcomes, rename
from .virtual_time import ON_ONE_LOOP

pytestmark = [pytest.mark.anyio, ON_ONE_LOOP]

SIZES = [1, 50, 1_000]


def renames(cube: ConnectyCube, count: int) -> list[Callable[[], Awaitable[User]]]:
    return [rename(cube, f"Mar {number}") for number in range(count)]


def over_two_seconds(stage: Stage, count: int) -> None:
    """Spread the arrival of the first answers evenly over two seconds, in no order."""
    arrivals = [2 * number / count for number in range(count)]
    Random(7).shuffle(arrivals)  # noqa: S311 - a test must repeat itself
    stage.line.delay(UPDATE, lambda: arrivals.pop() if arrivals else 0.0)


def resends(stage: Stage) -> Counter[str]:
    return Counter(str(request.body) for request in stage.line.sent if request.label == UPDATE)


@pytest.mark.parametrize("spread", [False, True], ids=["at once", "over two seconds"])
@pytest.mark.parametrize("count", SIZES)
async def test_an_expired_session_costs_one_sign_in(
    stage: Stage, count: int, *, spread: bool
) -> None:
    """However many calls meet it, and however late their 401s arrive."""
    cube, dead = await stage.expired()
    if spread:
        over_two_seconds(stage, count)

    names = [
        one.full_name if isinstance(one, User) else one
        for one in await outcomes(renames(cube, count))
    ]

    assert [f"Mar {number}" for number in range(count)] == names
    assert stage.count(SIGN_IN) == 1
    assert set(resends(stage).values()) == {2}
    assert {dead.token, stage.live_tokens[0]} == set(stage.tokens(UPDATE))


@pytest.mark.parametrize("spread", [False, True], ids=["at once", "over two seconds"])
@pytest.mark.long
async def test_ten_thousand_calls_cost_one_sign_in(stage: Stage, *, spread: bool) -> None:
    """The number of calls makes no difference."""
    cube, _ = await stage.expired()
    if spread:
        over_two_seconds(stage, 10_000)

    results = await outcomes(renames(cube, 10_000))

    assert [one for one in results if not isinstance(one, User)] == []
    assert stage.count(SIGN_IN) == 1
    assert max(resends(stage).values()) == 2


@pytest.mark.parametrize("count", SIZES)
async def test_the_first_session_costs_one_sign_in(stage: Stage, count: int) -> None:
    """Calls that find no session at all share the making of one, and are sent once."""
    cube = stage.client()

    results = await outcomes(renames(cube, count))

    assert [one for one in results if not isinstance(one, User)] == []
    assert stage.count(SIGN_IN) == 1
    assert set(resends(stage).values()) == {1}


@pytest.mark.parametrize("count", SIZES)
async def test_a_session_known_to_be_over_is_renewed_once_before_anything_is_sent(
    stage: Stage, count: int
) -> None:
    """By the client's own clock nobody has to run into a 401."""
    cube, _ = await stage.signed_in()
    stage.advance(7201)
    stage.line.sent.clear()

    results = await outcomes(renames(cube, count))

    assert [one for one in results if not isinstance(one, User)] == []
    assert stage.count(SIGN_IN) == 1
    assert set(resends(stage).values()) == {1}


@pytest.mark.parametrize("spread", [False, True], ids=["at once", "over two seconds"])
@pytest.mark.parametrize("count", [1, 50, 1_000])
async def test_a_wrong_password_is_tried_once(stage: Stage, count: int, *, spread: bool) -> None:
    """Every call begun before the failure gets it, alike but not the same instance."""
    cube, _ = await stage.expired()
    stage.service.world.change_user(stage.service.world.users[0], {"password": "canary-changed"})
    if spread:
        over_two_seconds(stage, count)

    results = await outcomes(renames(cube, count))

    assert [AuthenticationError] * count == [type(one) for one in results]
    assert {("POST /session: 401 Invalid password",)} == {
        one.args for one in results if isinstance(one, Exception)
    }
    assert count == len({id(one) for one in results})
    assert stage.count(SIGN_IN) == 1
    assert stage.count(UPDATE) == count


class PhoneDeadError(Exception):
    """What an application's own strategy raises."""


class OwnStrategy:
    """A strategy of the application's own, which fails in its own way, once it has served."""

    identity = "own"

    def __init__(self) -> None:
        self.runs = 0

    async def credentials(self, previous: Session | None, /) -> Session:
        self.runs += 1
        if previous is None:
            return Session.from_token("canary-token", user_id=1)
        try:
            raise OSError("no signal")
        except OSError as error:
            raise PhoneDeadError("dead", 3) from error

    async def chat_password(self, session: Session, /) -> str:
        return session.token


@pytest.mark.parametrize("spread", [False, True], ids=["at once", "over two seconds"])
async def test_what_a_strategy_raises_reaches_every_waiter(stage: Stage, *, spread: bool) -> None:
    """An error of any kind is an outcome: type, arguments and cause arrive, once per call."""
    strategy = OwnStrategy()
    cube = stage.client(strategy)
    if spread:
        over_two_seconds(stage, 50)

    results = await outcomes(renames(cube, 50))

    assert [PhoneDeadError] * 50 == [type(one) for one in results]
    errors = [one for one in results if isinstance(one, PhoneDeadError)]
    assert {("dead", 3)} == {one.args for one in errors}
    assert {OSError} == {type(one.__cause__) for one in errors}
    assert len({id(one) for one in errors}) == 50
    assert max(depth(one) for one in errors) < 20
    assert strategy.runs == 2  # for the first session, and in vain for the next


def depth(error: BaseException) -> int:
    """Count the frames that an error has gathered."""
    frames, trace = 0, error.__traceback__
    while trace is not None:
        frames, trace = frames + 1, trace.tb_next
    return frames


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (ConnectError("refused"), ConnectError),
        (TransportError("reset"), TransportError),
    ],
)
async def test_a_sign_in_that_got_no_answer_is_shared_too(
    stage: Stage, trouble: TransportError, kind: type[TransportError]
) -> None:
    """Trouble on the line is an outcome like any other: no stampede at a service that is down."""
    cube, _ = await stage.expired()
    stage.line.fail(SIGN_IN, trouble)

    results = await outcomes(renames(cube, 50))

    assert [kind] * 50 == [type(one) for one in results]
    assert stage.count(SIGN_IN) == 1


async def test_only_calls_begun_after_a_failure_try_again(stage: Stage) -> None:
    """A 401 that arrives after the next success still brings the failure of its own token."""
    cube, _ = await stage.expired()
    late = stage.line.hold(UPDATE, answered=True)
    user = stage.service.world.users[0]
    stage.service.world.change_user(user, {"password": "canary-changed"})

    async def straggler() -> User:
        return await cube.users.update(full_name="Late")

    async def others() -> User:
        await late.reached()
        failed = await outcomes([rename(cube)])
        stage.service.world.change_user(user, {"password": "canary-of-mar"})
        renewed = await cube.users.update(full_name="Begun afterwards")
        late.open()
        assert [AuthenticationError] == [type(one) for one in failed]
        return renewed

    straggling, renewed = await outcomes([straggler, others])

    assert isinstance(straggling, AuthenticationError)
    assert isinstance(renewed, User)
    assert renewed.full_name == "Begun afterwards"
    assert stage.count(SIGN_IN) == 2


async def test_a_late_401_of_a_renewed_session_finds_the_new_one(stage: Stage) -> None:
    """A late answer to an old token neither hurts the new session nor costs another sign-in."""
    cube, dead = await stage.expired()
    late = stage.line.hold(UPDATE, answered=True)

    async def others() -> User:
        await late.reached()
        user = await cube.users.update(full_name="First")
        late.open()
        return user

    results = await outcomes([rename(cube, "Late"), others])

    assert ["Late", "First"] == [getattr(one, "full_name", one) for one in results]
    assert stage.count(SIGN_IN) == 1
    new = stage.live_tokens[0]
    assert [dead.token, dead.token, new, new] == stage.tokens(UPDATE)


async def test_a_resource_that_always_says_expired_ends_after_one_resend(stage: Stage) -> None:
    """A broken server costs one sign-in for each wave of calls, and the error arrives."""
    cube, _ = await stage.signed_in()
    stage.service.faults.status(401, method="PUT", path="/users/*", times=None)
    stage.line.sent.clear()

    results = await outcomes(renames(cube, 50))

    assert [SessionExpiredError] * 50 == [type(one) for one in results]
    assert stage.count(SIGN_IN) == 1
    assert set(resends(stage).values()) == {2}


async def test_a_resend_is_the_same_request_but_for_its_token(stage: Stage) -> None:
    """Method, address and body stay; so do all headers but one."""
    cube, dead = await stage.expired(LoginPassword("nia", "canary-of-nia"))

    await cube.users.update(full_name="Nia", tags=["diver"])

    first, again = (request for request in stage.line.sent if request.label == UPDATE)
    assert (first.method, first.url, first.body) == (again.method, again.url, again.body)
    assert {**first.headers, "CB-Token": stage.live_tokens[0]} == dict(again.headers)
    assert dead.token == first.headers["CB-Token"]


async def test_two_clients_of_one_user_renew_each_for_itself(stage: Stage) -> None:
    """Sessions are a client's own, even where the identity is the same."""
    one, _ = await stage.expired(MAR)
    other = one.with_auth(MAR)
    await other.create_session()
    stage.expire()
    stage.line.sent.clear()

    results = await outcomes([*renames(one, 20), *renames(other, 20)])

    assert [one for one in results if not isinstance(one, User)] == []
    assert stage.count(SIGN_IN) == 2
