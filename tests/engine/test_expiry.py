"""How the end of a session is known, whatever the clocks say."""

from datetime import UTC, datetime, timedelta

import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    ExistingSession,
    ForbiddenError,
    Guest,
    Session,
    SessionExpiredError,
    UnauthorizedError,
)
from connectycube.emulator.refusals import ErrorShape

from .stage import ASK, AUTH_KEY, MAR, SIGN_IN, UPDATE, Stage, outcomes, rename

pytestmark = pytest.mark.anyio

DAY = 86_400.0
SHAPES: list[ErrorShape] = ["base", "list", "legacy"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_an_expired_session_is_recognised_in_every_shape(
    stage: Stage, shape: ErrorShape
) -> None:
    """The text says it, however it is wrapped."""
    cube, _ = await stage.expired()
    stage.service.settings.error_shape = shape

    user = await cube.users.update(full_name="Mar Sim")

    assert user.full_name == "Mar Sim"
    assert [UPDATE, SIGN_IN, UPDATE] == stage.labels


@pytest.mark.parametrize(
    "body",
    [
        {"errors": ["Token is required"]},
        {"errors": ["Unauthorized"]},
        {"errors": {"base": ["Required session does not exist yet"]}},
        "Required session",
        b"",
    ],
)
async def test_any_other_401_is_not_renewed(
    stage: Stage, body: bytes | str | dict[str, object]
) -> None:
    """A refusal is the caller's to handle; a sign-in would not change it."""
    cube, _ = await stage.signed_in()
    stage.service.faults.status(401, body=body, method="PUT")
    stage.line.sent.clear()

    [result] = await outcomes([rename(cube)])

    assert type(result) is UnauthorizedError
    assert [UPDATE] == stage.labels


async def test_each_answer_moves_the_end_on(stage: Stage) -> None:
    """Two hours from the last request, by the clock that counts."""
    cube, _ = await stage.signed_in()
    for _ in range(3):
        stage.advance(7000)
        await cube.users.update(full_name="Mar")

    assert stage.count(SIGN_IN) == 1
    assert cube.session is not None
    left = cube.session.expires_at
    assert left is not None
    assert datetime.fromtimestamp(stage.clock.wall, UTC) + timedelta(hours=2) == left


@pytest.mark.parametrize(("later", "sign_ins"), [(7000, 1), (7201, 2)])
@pytest.mark.parametrize("wrong", [0, DAY, -DAY])
@pytest.mark.parametrize("whose", ["client", "service"])
async def test_a_clock_that_is_wrong_makes_no_difference(
    stage: Stage, later: float, sign_ins: int, wrong: float, whose: str
) -> None:
    """A machine whose date is off by a day signs in as often as any other, and never too late."""
    if whose == "client":
        stage.clock.wall += wrong
    else:
        stage.service.clock.advance(wrong)
    cube, _ = await stage.signed_in()
    await cube.users.update(full_name="Mar")
    stage.advance(later)
    stage.line.sent.clear()

    results = await outcomes([rename(cube)] * 20)

    assert [one for one in results if isinstance(one, Exception)] == []
    assert sign_ins - 1 == stage.count(SIGN_IN)
    assert stage.count(UPDATE) == 20


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_date_that_is_set_while_a_session_lives_ends_nothing(
    stage: Stage, jump: float
) -> None:
    """Lifetimes are counted on the clock that nobody sets."""
    cube, _ = await stage.signed_in()
    stage.clock.wall += jump

    await cube.users.update(full_name="Mar")

    assert stage.labels == [SIGN_IN, UPDATE]


async def test_a_service_that_forgets_early_is_believed(stage: Stage) -> None:
    """Our own clock is a hint; the 401 counts."""
    cube, _ = await stage.signed_in()
    stage.service.clock.advance(7201)
    stage.line.sent.clear()

    await cube.users.update(full_name="Mar")

    assert [UPDATE, SIGN_IN, UPDATE] == stage.labels


async def test_a_session_that_cannot_be_renewed_is_sent_although_it_looks_old(
    stage: Stage,
) -> None:
    """The service may still know it: staleness must not lose a guest."""
    cube, session = await stage.signed_in(Guest("Gil"))
    stage.clock.advance(DAY * 2)  # the client's clock runs ahead

    user = await cube.users.update(full_name="Gil")

    assert session.user_id == user.id
    assert stage.count(SIGN_IN) == 1


@pytest.mark.parametrize("auth", [Guest("Gil"), Guest()])
async def test_a_guest_whose_day_is_over_is_refused_and_not_replaced(
    stage: Stage, auth: Guest
) -> None:
    """A new session would be another user."""
    cube, session = await stage.signed_in(auth)
    assert session.user is not None
    assert session.user.is_guest
    stage.advance(DAY + 60)
    stage.line.sent.clear()

    results = await outcomes([rename(cube)] * 10)
    results += await outcomes([rename(cube)])

    assert [SessionExpiredError] * 11 == [type(one) for one in results]
    assert stage.count(SIGN_IN) == 0
    assert stage.logins == []


async def test_a_guest_may_be_asked_for_again(stage: Stage) -> None:
    """An explicit create_session makes a new one."""
    cube, session = await stage.signed_in(Guest("Gil"))
    stage.advance(DAY + 60)
    await outcomes([rename(cube)])

    again = await cube.create_session()

    assert again.user_id not in (None, session.user_id)
    assert again.user_id == (await cube.users.update(full_name="Gil")).id


async def test_an_application_session_is_renewed(stage: Stage) -> None:
    """Nobody is lost by it."""
    cube, _ = await stage.expired(AppOnly())
    user = stage.service.world.add_user(
        login="nia", password="canary-of-nia", email="n@example.com"
    )

    await cube.users.reset_password("n@example.com")

    assert user.email == stage.service.world.mails[0].to
    assert stage.count(SIGN_IN) == 1


async def test_a_set_session_of_a_user_is_not_replaced_by_one_of_the_application(
    stage: Stage,
) -> None:
    """A bare token may be a user's; losing that user silently would be worse than an error."""
    other, mar = await stage.signed_in()
    cube = stage.client(AppOnly())
    cube.set_session(Session.from_token(mar.token))
    stage.expire()
    stage.line.sent.clear()

    [result] = await outcomes([lambda: cube.users.get(1)])

    assert isinstance(result, SessionExpiredError)
    assert stage.count(SIGN_IN) == 0
    assert other is not cube


async def test_an_existing_session_without_renew_is_refused_when_it_ends(stage: Stage) -> None:
    """There is nothing to renew it with, and the error says how its end was noticed."""
    _, mar = await stage.signed_in()
    cube = stage.client(ExistingSession(mar.token))
    await cube.users.update(full_name="Mar")
    stage.expire()
    stage.line.sent.clear()

    results = await outcomes([rename(cube)] * 10)

    assert [SessionExpiredError] * 10 == [type(one) for one in results]
    assert stage.count(SIGN_IN) == 0
    causes = {str(one.__cause__) for one in results if isinstance(one, Exception)}
    assert {"PUT /users/{user_id}: 401 Required session does not exist"} == causes


async def test_an_existing_session_is_renewed_by_its_callable(stage: Stage) -> None:
    """Once for all, and not by a sign-in of ours."""
    _, mar = await stage.signed_in()
    asked = 0

    async def renew() -> Session:
        nonlocal asked
        asked += 1
        other = ConnectyCube(21, AUTH_KEY, auth=MAR, transport=stage.line)
        return await other.create_session()

    cube = stage.client(ExistingSession(mar, renew=renew))
    await cube.users.update(full_name="Mar")
    stage.expire()
    stage.line.sent.clear()

    results = await outcomes([rename(cube)] * 20)

    assert [one for one in results if isinstance(one, Exception)] == []
    assert asked == 1
    assert stage.count(SIGN_IN) == 1


async def test_a_bare_token_learns_whose_it_is_once(stage: Stage) -> None:
    """Where the own id is needed the service is asked, one time."""
    _, mar = await stage.signed_in()
    cube = stage.client()
    cube.set_session(Session.from_token(mar.token))
    stage.line.sent.clear()

    first = await cube.users.update(full_name="Mar")
    await cube.users.update(full_name="Mar Sim")

    assert mar.user_id == first.id
    assert [ASK, UPDATE, UPDATE] == stage.labels
    assert cube.session is not None
    assert mar.user_id == cube.session.user_id


async def test_a_bare_token_of_the_application_has_no_profile(stage: Stage) -> None:
    """The service is asked once, and then nothing is sent that it would refuse."""
    _, session = await stage.signed_in(AppOnly())
    cube = stage.client(AppOnly())
    cube.set_session(Session.from_token(session.token))
    stage.line.sent.clear()

    for _ in range(2):
        with pytest.raises(ForbiddenError, match="Need user"):
            await cube.users.update(full_name="Nobody")

    assert stage.labels == [ASK]


async def test_a_restored_session_goes_on_where_it_was(stage: Stage) -> None:
    """What to_dict gave is all that another process needs."""
    _, mar = await stage.signed_in()
    cube = stage.client()
    cube.set_session(Session.from_dict(mar.to_dict()))
    stage.line.sent.clear()

    user = await cube.users.update(full_name="Mar")

    assert mar.user_id == user.id
    assert stage.labels == [UPDATE]


async def test_a_restored_session_is_tried_even_when_it_looks_old(stage: Stage) -> None:
    """The service is believed about its end, not the date that was written down."""
    _, mar = await stage.signed_in()
    cube = stage.client()
    past = datetime(2001, 1, 1, tzinfo=UTC)
    cube.set_session(Session.from_token(mar.token, mar.user_id, past))
    stage.line.sent.clear()

    await cube.users.update(full_name="Mar")

    assert [UPDATE] == stage.labels
