"""What a hook or a secret may do on the client that waits for it."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from connectycube import (
    AppOnly,
    ConnectyCube,
    EmailPassword,
    ExpiredSession,
    LoginPassword,
    Session,
    SignedOutError,
    User,
)

from .stage import MAR, SIGN_IN, SIM, Stage, Together, outcomes, rename

pytestmark = pytest.mark.anyio

Call = Callable[[ConnectyCube], Awaitable[Any]]
CALLS: dict[str, Call] = {
    "users.get": lambda cube: cube.users.get(1),
    "users.update": lambda cube: cube.users.update(full_name="Inside"),
    "users.delete": lambda cube: cube.users.delete(),
    "get_session": lambda cube: cube.get_session(),
    "login": lambda cube: cube.login(MAR),
    "logout": lambda cube: cube.logout(),
    "reset_password": lambda cube: cube.users.reset_password("mar@example.com"),
    "a view's call": lambda cube: cube.with_options(timeout=9).users.get(1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_any_other_call_in_a_hook_raises_at_once(stage: Stage, call: Call) -> None:
    """It would wait for itself; it says so instead, and nothing is sent."""
    clients: list[ConnectyCube] = []
    errors: list[BaseException] = []

    async def hook(expired: ExpiredSession) -> Session:
        began, sent = anyio.current_time(), len(stage.line.sent)
        try:
            await call(clients[0])
        except SignedOutError as error:
            errors.append(error)
        assert began == anyio.current_time()
        assert sent == len(stage.line.sent)
        return await expired.renew()

    cube, _ = await stage.expired(on_session_expired=hook)
    clients.append(cube)

    results = await outcomes([rename(cube)] * 5)

    assert {User} == {type(one) for one in results}
    assert len(errors) == 1
    assert "itself" in str(errors[0])


async def test_the_error_of_a_call_in_a_hook_is_the_hook_s_own(stage: Stage) -> None:
    """Not caught there, it reaches every waiter."""
    clients: list[ConnectyCube] = []

    async def hook(_: ExpiredSession) -> Session | None:
        await clients[0].users.get(1)
        return None

    cube, _ = await stage.expired(on_session_expired=hook)
    clients.append(cube)

    results = await outcomes([rename(cube)] * 5)

    assert [SignedOutError] * 5 == [type(one) for one in results]


async def test_a_task_of_the_hook_s_own_counts_as_inside(stage: Stage) -> None:
    """The mark goes with the context, so a child task cannot wait for its parent either."""
    clients: list[ConnectyCube] = []
    inside: list[Any] = []

    async def hook(expired: ExpiredSession) -> Session:
        inside.extend(await outcomes([lambda: clients[0].users.get(1)]))
        return await expired.renew()

    cube, _ = await stage.expired(on_session_expired=hook)
    clients.append(cube)

    await cube.users.update(full_name="Mar")

    assert [SignedOutError] == [type(one) for one in inside]


async def test_another_client_may_be_used_in_a_hook(stage: Stage) -> None:
    """Only the client that waits is barred; its siblings have sessions of their own."""
    helpers: list[ConnectyCube] = []

    async def hook(expired: ExpiredSession) -> Session:
        await helpers[0].users.update(full_name="Helper")
        return await expired.renew()

    cube, _ = await stage.expired(on_session_expired=hook)
    helpers.append(cube.with_auth(SIM))

    user = await cube.users.update(full_name="Mar")

    assert user.full_name == "Mar"
    assert stage.logins == ["mar", "sim"]


async def test_after_a_hook_is_done_its_tasks_may_call(stage: Stage) -> None:
    """The bar holds as long as the renewal, not for every task that it once started."""
    clients: list[ConnectyCube] = []
    after: list[User] = []

    async with Together() as group:

        async def later(done: anyio.Event) -> None:
            await done.wait()
            after.append(await clients[0].users.update(full_name="Later"))

        done = anyio.Event()

        async def hook(expired: ExpiredSession) -> Session:
            group.start_soon(later, done)
            return await expired.renew()

        cube, _ = await stage.expired(on_session_expired=hook)
        clients.append(cube)
        await cube.users.update(full_name="Mar")
        done.set()

    assert [user.full_name for user in after] == ["Later"]


class Asking:
    """A secret that makes a call on its own client once the client has been given."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.cube: ConnectyCube | None = None
        self.errors: list[Exception] = []

    async def __call__(self) -> str:
        cube, self.cube = self.cube, None
        if cube is not None:
            try:
                await self._call(cube)
            except SignedOutError as error:
                self.errors.append(error)
        return "canary-of-mar"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
@pytest.mark.parametrize("kind", ["login", "email"])
async def test_a_secret_that_calls_its_own_client_gets_an_error(
    stage: Stage, call: Call, kind: str
) -> None:
    """A callable asked during a renewal is inside it, like a hook."""
    secret = Asking(call)
    auth = (
        LoginPassword("mar", secret) if kind == "login" else EmailPassword("m@example.com", secret)
    )
    cube, _ = await stage.expired(auth)
    secret.cube = cube

    results = await outcomes([rename(cube)] * 5)

    assert {User} == {type(one) for one in results}
    assert len(secret.errors) == 1
    assert stage.count(SIGN_IN) == 1


async def test_a_secret_may_make_an_application_session_on_another_client(stage: Stage) -> None:
    """A password that a service of one's own gives out may need a client to ask with."""
    secret = Asking(lambda cube: cube.with_auth(AppOnly()).create_session())
    cube, _ = await stage.expired(LoginPassword("mar", secret))
    secret.cube = cube

    user = await cube.users.update(full_name="Mar")

    assert user.login == "mar"
    assert secret.errors == []


async def test_signing_out_in_a_hook_is_final(stage: Stage) -> None:
    """A hook may end it all: everybody learns that, and nobody is signed in afterwards."""
    clients: list[ConnectyCube] = []

    async def hook(_: ExpiredSession) -> None:
        await clients[0].destroy_session()

    cube, _ = await stage.expired(on_session_expired=hook)
    clients.append(cube)

    results = await outcomes([rename(cube)] * 5)
    results += await outcomes([rename(cube)])

    assert [SignedOutError] * 6 == [type(one) for one in results]
    assert stage.count(SIGN_IN) == 0


async def test_signing_out_and_in_again_in_a_hook_works(stage: Stage) -> None:
    """What the hook itself decides is not taken for an interruption."""
    clients: list[ConnectyCube] = []

    async def hook(_: ExpiredSession) -> Session:
        await clients[0].destroy_session()
        return await clients[0].create_session()

    cube, _ = await stage.expired(on_session_expired=hook)
    clients.append(cube)

    results = await outcomes([rename(cube)] * 5)

    assert {User} == {type(one) for one in results}
    assert stage.count(SIGN_IN) == 1
    assert len(stage.live_tokens) == 1
