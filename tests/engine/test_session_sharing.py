"""Clients that share a store: one session for all who are the same, and none for anybody else."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
import anyio.lowlevel
import pytest

from connectycube import (
    AppOnly,
    AuthenticationError,
    AuthStrategy,
    ConnectyCube,
    CustomIdentity,
    EmailPassword,
    Guest,
    LoginPassword,
    Session,
    SessionEvent,
    SessionStore,
    SignedOutError,
)
from connectycube.stores.memory import MemoryStore
from connectycube.testing import EmulatorTransport

pytestmark = pytest.mark.anyio

MAR = LoginPassword("cubeuser", "awesomepwd")


class Fleet:
    """Clients as if each were a process of its own, over one service and one store."""

    def __init__(self, store: SessionStore | None = None) -> None:
        self.transport = EmulatorTransport()
        self.service = self.transport.service
        self.store = MemoryStore() if store is None else store

    def client(self, auth: AuthStrategy = MAR, **options: object) -> ConnectyCube:
        return ConnectyCube(
            21,
            "emulator-auth-key",
            auth=auth,
            base_url="http://localhost",
            transport=self.transport,
            store=self.store,
            **options,  # type: ignore[arg-type]  # as its caller gives them
        )

    @property
    def logins(self) -> int:
        return sum((one.method, one.path) == ("POST", "/session") for one in self.service.requests)


async def use(cube: ConnectyCube) -> str:
    await cube.users.find(login="cubeuser")
    assert cube.session is not None
    return cube.session.token


async def together(*clients: ConnectyCube) -> set[str]:
    tokens: set[str] = set()

    async def one(cube: ConnectyCube) -> None:
        tokens.add(await use(cube))

    async with anyio.create_task_group() as group:
        for cube in clients:
            group.start_soon(one, cube)
    return tokens


@pytest.mark.parametrize("auth", [MAR, AppOnly(), EmailPassword("mar@example.com", "awesomepwd")])
async def test_a_fleet_signs_in_once(auth: AuthStrategy) -> None:
    """And renews once, whoever meets the end first."""
    fleet = Fleet()
    fleet.service.world.add_user(login="mar", email="mar@example.com", password="awesomepwd")
    clients = [fleet.client(auth) for _ in range(8)]
    tokens: set[str] = set()

    async def session(cube: ConnectyCube) -> None:
        tokens.add((await cube.get_session()).token)

    async with anyio.create_task_group() as group:
        for cube in clients:
            group.start_soon(session, cube)

    assert 1 == len(tokens) == fleet.logins


async def test_one_expiry_is_one_renewal_for_the_fleet() -> None:
    fleet = Fleet()
    clients = [fleet.client() for _ in range(8)]
    [first] = await together(*clients)
    for _ in range(3):
        fleet.service.clock.advance(3 * 60 * 60)
        before = fleet.logins
        [again] = await together(*clients)

        assert first != again
        assert 1 == fleet.logins - before
        first = again


@pytest.mark.parametrize(
    "auth",
    [
        LoginPassword("cubeuser", "another-pwd"),
        LoginPassword("cubeuser2", "awesomepwd"),
        EmailPassword("cubeuser@example.com", "awesomepwd"),
        AppOnly(),
    ],
)
async def test_nobody_is_handed_the_session_of_somebody_else(auth: AuthStrategy) -> None:
    """Naming a user without their password least of all."""
    fleet = Fleet()
    token = await use(fleet.client())
    fleet.service.settings.create_users = False
    other = fleet.client(auth)
    with suppress(AuthenticationError):
        await other.get_session()

    assert isinstance(auth, AppOnly) == (other.session is not None)
    assert other.session is None or token != other.session.token
    assert 2 == fleet.logins


async def test_other_applications_and_services_are_apart() -> None:
    fleet = Fleet()
    token = await use(fleet.client())
    keys = set(fleet.store._sessions)  # type: ignore[attr-defined]  # a MemoryStore
    elsewhere = ConnectyCube(
        21,
        "emulator-auth-key",
        auth=MAR,
        base_url="http://127.0.0.1",
        transport=fleet.transport,
        store=fleet.store,
    )

    assert token != await use(elsewhere)
    assert 1 == len(keys)
    assert 2 == len(fleet.store._sessions)  # type: ignore[attr-defined]  # a MemoryStore
    assert not any("cubeuser" in key or "awesomepwd" in key for key in keys)


@pytest.mark.parametrize("auth", [Guest(), CustomIdentity("token-of-mar")])
async def test_what_has_no_identity_is_not_kept(auth: AuthStrategy) -> None:
    store = MemoryStore()
    fleet = Fleet(store)
    with suppress(AuthenticationError):
        await fleet.client(auth).create_session()

    assert {} == store._sessions


async def test_what_is_ended_is_forgotten() -> None:
    """By destroying, by logging out, by deleting the user: nobody continues it."""
    store = MemoryStore()
    fleet = Fleet(store)
    cube = fleet.client()
    for end in (cube.destroy_session, cube.logout, cube.users.delete):
        await cube.create_session(MAR)
        assert 1 == len(store._sessions)
        await end()

        assert {} == store._sessions


async def test_a_changed_password_is_another_key() -> None:
    """Whoever knows the old one finds nothing under it."""
    store = MemoryStore()
    fleet = Fleet(store)
    cube = fleet.client()
    await use(cube)
    await cube.users.update(password="a-new-password", old_password="awesomepwd")

    assert {} == store._sessions
    with pytest.raises(AuthenticationError):
        await use(fleet.client())


async def test_a_dead_session_is_found_once_and_removed() -> None:
    """However old it looks it is tried; refused, it is replaced for everybody."""
    store = MemoryStore()
    fleet = Fleet(store)
    old = await use(fleet.client())
    fleet.service.clock.advance(24 * 60 * 60)
    late = fleet.client()
    new = await use(late)

    assert old != new
    assert [new] == [one.token for one in store._sessions.values()]
    assert 2 == fleet.logins


async def test_create_session_always_asks_the_service() -> None:
    """And what it got is there for the others."""
    fleet = Fleet()
    old = await use(fleet.client())
    fresh = await fleet.client().create_session()

    assert old != fresh.token
    assert fresh.token == await use(fleet.client())


async def test_a_refused_password_is_tried_by_each_client_once() -> None:
    """A lease that brought nothing goes to the next, who may know better."""
    fleet = Fleet()
    await use(fleet.client())
    wrong = LoginPassword("cubeuser", "not-that-one")
    refused: list[str] = []

    async def one(cube: ConnectyCube) -> None:
        with pytest.raises(AuthenticationError):
            await use(cube)
        refused.append("")

    async with anyio.create_task_group() as group:
        for cube in [fleet.client(wrong) for _ in range(3)]:
            for _ in range(20):
                group.start_soon(one, cube)

    assert 60 == len(refused)
    assert 1 + 3 == fleet.logins


class DownStore(MemoryStore):
    """A store that raises, or hangs, while it is down."""

    def __init__(self, *, hangs: bool) -> None:
        super().__init__()
        self.is_down = True
        self._hangs = hangs

    async def _fail(self) -> None:
        if self.is_down and self._hangs:
            await anyio.sleep_forever()
        if self.is_down:
            raise ConnectionRefusedError("canary-store is down")

    async def load(self, key: str, /) -> Session | None:
        await self._fail()
        return await super().load(key)

    async def save(self, key: str, session: Session, /) -> None:
        await self._fail()
        await super().save(key, session)

    async def delete(self, key: str, token: str, /) -> None:
        await self._fail()
        await super().delete(key, token)

    @asynccontextmanager
    async def lease(self, key: str, /, *, seconds: float) -> AsyncGenerator[bool]:
        await self._fail()
        async with super().lease(key, seconds=seconds) as mine:
            yield mine


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_store_that_is_down_is_done_without(
    caplog: pytest.LogCaptureFixture, *, hangs: bool
) -> None:
    """Each client signs in for itself, and says so once; once it is back all is as before."""
    store = DownStore(hangs=hangs)
    fleet = Fleet(store)
    with caplog.at_level(logging.WARNING):
        cube = fleet.client()
        await use(cube)
        fleet.service.clock.advance(3 * 60 * 60)
        await use(cube)
        await cube.destroy_session()

    warnings = [one.getMessage() for one in caplog.records if "store" in one.getMessage()]
    assert 1 == len(warnings)
    assert "canary" not in warnings[0]

    store.is_down = False
    first, second = fleet.client(), fleet.client()
    assert await use(first) == await use(second)


async def test_a_holder_that_hangs_holds_up_the_others_for_a_bounded_time() -> None:
    """Its lease ends, and somebody else signs in."""
    store = MemoryStore()
    fleet = Fleet(store)
    fleet.service.faults.hang(method="POST", path="/session")
    done: list[float] = []

    async def one(cube: ConnectyCube, *, wait: float) -> None:
        await anyio.sleep(wait)
        await use(cube)
        done.append(anyio.current_time())

    began = anyio.current_time()
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: one(fleet.client(timeout=200.0), wait=0.0))
        group.start_soon(lambda: one(fleet.client(timeout=200.0), wait=0.1))

    assert 2 == len(done)
    assert 60 > max(done) - began


async def test_signing_out_while_it_is_kept_leaves_nothing_behind() -> None:
    store = MemoryStore()
    fleet = Fleet(store)
    cube = fleet.client()
    async with anyio.create_task_group() as group:
        group.start_soon(cube.create_session)
        await anyio.lowlevel.checkpoint()
        await cube.destroy_session()
        group.cancel_scope.cancel()

    assert {} == store._sessions
    assert cube.session is None


def told(cube: ConnectyCube) -> list[str]:
    events: list[str] = []
    cube.on_session(lambda event: events.append(event.kind))
    return events


async def test_observers_see_a_session_live_and_die() -> None:
    """Created, expired, renewed, destroyed; restored where a store had it."""
    fleet = Fleet()
    cube, late = fleet.client(), fleet.client()
    events, others = told(cube), told(late)
    await use(cube)
    await use(late)
    fleet.service.clock.advance(3 * 60 * 60)
    await use(cube)
    await use(late)
    await cube.destroy_session()
    cube.set_session(Session.from_token("canary-elsewhere"))
    await cube.create_session()
    await cube.login(MAR)

    assert [
        "created",
        "expired",
        "renewed",
        "destroyed",
        "restored",
        "created",
        "created",
    ] == events
    assert ["restored", "expired", "restored"] == others


async def test_an_observer_has_no_say(caplog: pytest.LogCaptureFixture) -> None:
    """What it raises is logged without its words; the others are told, and the call goes on."""
    fleet = Fleet()
    cube = fleet.client()
    seen: list[SessionEvent] = []

    def bad(_event: SessionEvent) -> None:
        raise RuntimeError("canary-observer")

    cube.on_session(bad)
    remove = cube.on_session(seen.append)
    cube.with_options(timeout=5).on_session(seen.append)
    await use(cube)

    assert ["created", "created"] == [event.kind for event in seen]
    assert cube.session is not None
    assert cube.session.token == seen[0].session.token
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text

    remove()
    remove()
    await cube.destroy_session()
    assert 3 == len(seen)
    with pytest.raises(SignedOutError):
        await use(cube)


async def test_other_identities_have_observers_of_their_own() -> None:
    fleet = Fleet()
    cube = fleet.client()
    events = told(cube)
    await use(cube.with_auth(LoginPassword("another", "awesomepwd")))

    assert [] == events
