"""A hook or secret that answers after the application has decided otherwise."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from connectycube import (
    ConnectyCube,
    ExpiredSession,
    LoginPassword,
    Session,
    SignedOutError,
)

from .stage import MAR, SIGN_IN, Stage, Together, begin, rename

pytestmark = pytest.mark.anyio


async def slow_secret(gate: anyio.Event, reached: anyio.Event) -> str:
    reached.set()
    await gate.wait()
    return "canary-of-mar"


async def signs_out(cube: ConnectyCube, _: Stage) -> None:
    await cube.destroy_session()


async def deletes_the_account(cube: ConnectyCube, stage: Stage) -> None:
    cube.set_session(await stage.elsewhere(MAR))
    await cube.users.delete()


@pytest.mark.parametrize("decide", [signs_out, deletes_the_account])
async def test_a_renewal_that_has_not_signed_in_yet_never_does(
    stage: Stage, decide: Callable[[ConnectyCube, Stage], Awaitable[None]]
) -> None:
    """A password that arrives after the client signed out is not sent: it could create anew."""
    opened, reached = anyio.Event(), anyio.Event()
    cube, dead = await stage.expired()
    await cube.create_session(LoginPassword("mar", given := Given()))
    given.gates = opened, reached
    stage.expire()
    stage.line.sent.clear()
    async with Together() as group:
        call = begin(group, rename(cube))
        await reached.wait()
        await decide(cube, stage)
        before, sign_ins = stage.logins, stage.count(SIGN_IN)
        opened.set()

    assert isinstance(call.error, SignedOutError)
    assert sign_ins == stage.count(SIGN_IN)
    assert before == stage.logins
    assert dead.token not in stage.live_tokens


class Given:
    """A secret that is there at once, until it is made to wait."""

    gates: tuple[anyio.Event, anyio.Event] | None = None

    async def __call__(self) -> str:
        return await slow_secret(*self.gates) if self.gates else "canary-of-mar"


async def by_create_session(cube: ConnectyCube, _: ExpiredSession) -> Session:
    return await cube.create_session()


async def by_renew(_: ConnectyCube, expired: ExpiredSession) -> Session:
    return await expired.renew()


@pytest.mark.parametrize("answer", [by_create_session, by_renew])
@pytest.mark.parametrize("decide", [signs_out, deletes_the_account])
async def test_a_hook_that_is_overtaken_cannot_sign_in_again(
    stage: Stage,
    decide: Callable[[ConnectyCube, Stage], Awaitable[None]],
    answer: Callable[[ConnectyCube, ExpiredSession], Awaitable[Session]],
) -> None:
    """Its renewal is void once the client signed out: nothing signs in by itself, or creates."""
    opened, reached = anyio.Event(), anyio.Event()
    clients: list[ConnectyCube] = []

    async def hook(expired: ExpiredSession) -> Session:
        reached.set()
        await opened.wait()
        return await answer(clients[0], expired)

    cube, _ = await stage.expired(on_session_expired=hook)
    clients.append(cube)
    async with Together() as group:
        call = begin(group, rename(cube))
        await reached.wait()
        await decide(cube, stage)
        before, sign_ins = stage.logins, stage.count(SIGN_IN)
        opened.set()

    assert isinstance(call.error, SignedOutError)
    assert cube.session is None
    assert sign_ins == stage.count(SIGN_IN)
    assert before == stage.logins
    assert stage.live_tokens == []


async def test_a_hook_that_is_overtaken_does_not_replace_the_chosen_session(stage: Stage) -> None:
    """`set_session` while the hook thinks is the last word, also against its create_session."""
    opened, reached = anyio.Event(), anyio.Event()
    clients: list[ConnectyCube] = []

    async def hook(_: ExpiredSession) -> Session:
        reached.set()
        await opened.wait()
        return await clients[0].create_session()

    cube, _ = await stage.expired(on_session_expired=hook)
    clients.append(cube)
    chosen = await stage.elsewhere(MAR)
    async with Together() as group:
        begin(group, rename(cube))
        await reached.wait()
        cube.set_session(chosen)
        opened.set()

    assert cube.session is not None
    assert chosen.token == cube.session.token
