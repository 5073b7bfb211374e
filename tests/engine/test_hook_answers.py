"""What a hook or a strategy may answer, and what becomes of an answer that is none."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connectycube import (
    Credentials,
    ExpiredSession,
    InvalidInputError,
    Session,
    SessionExpiredError,
    SignedOutError,
)

from .stage import ASK, MAR, SIGN_IN, UPDATE, Stage, outcomes, rename

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("answer", [True, "canary-token", Credentials()])
async def test_a_hook_that_answers_with_something_else_is_told(stage: Stage, answer: Any) -> None:
    """Only a session or `None` is an answer; anything else is the application's mistake."""

    async def hook(_: ExpiredSession) -> Any:
        return answer

    cube, _ = await stage.expired(on_session_expired=hook)

    results = await outcomes([rename(cube)] * 3)

    assert [InvalidInputError] * 3 == [type(one) for one in results]
    assert stage.count(SIGN_IN) == 0


class Careless:
    """A strategy that produces what is none."""

    identity = "mar"

    async def credentials(self, _previous: Session | None, /) -> Any:
        return {"login": "mar"}

    async def chat_password(self, _session: Session, /) -> str:
        return "canary"


async def test_a_strategy_that_produces_something_else_is_told(stage: Stage) -> None:
    """The same for what a strategy produces, on every way to it."""
    cube = stage.client(Careless())

    calls: list[Callable[[], Awaitable[Any]]] = [
        rename(cube),
        cube.create_session,
        lambda: cube.login(Careless()),
    ]
    results = await outcomes(calls)

    assert [InvalidInputError] * 3 == [type(one) for one in results]
    assert stage.labels == []


async def test_a_session_that_only_looks_old_is_sent_where_its_hook_declines(stage: Stage) -> None:
    """Our clock may be wrong: nothing is lost by asking the service, which still knows it."""
    asked = 0

    async def decline(_: ExpiredSession) -> None:
        nonlocal asked
        asked += 1

    cube, session = await stage.signed_in(on_session_expired=decline)
    stage.clock.advance(7201)
    stage.line.sent.clear()

    user = await cube.users.update(full_name="Mar")

    assert session.user_id == user.id
    assert asked == 1
    assert [session.token] == stage.tokens(UPDATE)


async def test_a_session_that_is_old_indeed_costs_its_hook_one_question(stage: Stage) -> None:
    """Declined ahead of time and refused by the service is one expiry, not two."""
    asked = 0

    async def decline(_: ExpiredSession) -> None:
        nonlocal asked
        asked += 1

    cube, _ = await stage.signed_in(on_session_expired=decline)
    stage.advance(7201)

    [result] = await outcomes([rename(cube)])

    assert isinstance(result, SessionExpiredError)
    assert asked == 1


async def test_an_expired_session_is_reported_as_often_as_it_is_asked_for(stage: Stage) -> None:
    """`get_session` never renews, not even after it has reported the end once."""
    cube, _ = await stage.expired()

    results = await outcomes([cube.get_session])
    results += await outcomes([cube.get_session])

    assert [SessionExpiredError] * 2 == [type(one) for one in results]
    assert [ASK] == stage.labels


async def test_a_renew_kept_for_later_does_nothing(stage: Stage) -> None:
    """`expired.renew` is for its own renewal: afterwards it would make a session for nobody."""
    kept: list[ExpiredSession] = []

    async def hook(expired: ExpiredSession) -> Session:
        kept.append(expired)
        return await expired.renew()

    cube, _ = await stage.expired(on_session_expired=hook)
    await cube.users.update(full_name="Mar")
    stage.line.sent.clear()

    with pytest.raises(SignedOutError):
        await kept[0].renew()

    assert stage.labels == []


async def test_an_overtaken_hook_cannot_bring_a_session_back_by_hand(stage: Stage) -> None:
    """After `destroy_session` its `set_session` is as void as its `create_session`."""
    elsewhere = await stage.client(MAR).create_session()
    refused: list[Exception] = []

    async def hook(_: ExpiredSession) -> None:
        await destroy_from_outside()
        try:
            cube.set_session(elsewhere)
        except SignedOutError as error:
            refused.append(error)

    cube, _ = await stage.expired(on_session_expired=hook)

    async def destroy_from_outside() -> None:
        # Not what the hook does, but what happens elsewhere while it runs.
        cube._sessions._state.sign_out()

    [result] = await outcomes([rename(cube)])

    assert isinstance(result, SignedOutError)
    assert len(refused) == 1
    assert cube.session is None
