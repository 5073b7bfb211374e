"""Anything at once, at random: what must hold whatever happens."""

from collections import Counter
from random import Random
from typing import Final

import anyio
import pytest

from connectycube import (
    ConnectyCube,
    ExpiredSession,
    LoginPassword,
    NotFoundError,
    RequestTimeoutError,
    Session,
    SessionExpiredError,
    SignedOutError,
    User,
)

from .stage import ASK, AUTH_KEY, END, SIGN_IN, UPDATE, Stage, Together

pytestmark = pytest.mark.anyio

LOGIN: Final = "POST /login"
EXPECTED: Final = (SessionExpiredError, SignedOutError, RequestTimeoutError, NotFoundError)


class Walk:
    """One client, many tasks that do as they like, and a service that forgets."""

    def __init__(self, stage: Stage, number: int, random: Random) -> None:
        self.stage = stage
        self.random = random
        self.name = f"walker-{number}"
        self.auth = LoginPassword(self.name, f"canary-of-{self.name}")
        hook = self.hook if number % 2 else None
        self.cube = stage.client(self.auth, on_session_expired=hook, timeout=20.0)
        self.explicit = 0
        self.outcomes: Counter[str] = Counter()
        self.strangers: list[str] = []

    async def hook(self, expired: ExpiredSession) -> Session | None:
        await anyio.sleep(self.random.uniform(0.0, 0.2))
        return await expired.renew()

    async def elsewhere(self) -> Session:
        self.explicit += 1
        other = ConnectyCube(21, AUTH_KEY, auth=self.auth, transport=self.stage.line)
        return await other.create_session()

    async def step(self) -> None:
        dice = self.random.random()
        if dice < 0.80:
            user = await self.cube.users.update(full_name=self.name)
            self.strangers += [user.login or ""] if user.login != self.name else []
        elif dice < 0.86:
            self.explicit += 1
            await self.cube.create_session()
        elif dice < 0.90:
            await self.cube.destroy_session()
        elif dice < 0.94:
            self.cube.set_session(await self.elsewhere())
        elif dice < 0.97:
            self.explicit += 1
            await self.cube.login(self.auth)
        else:
            await self.cube.get_session()

    async def run(self) -> None:
        for _ in range(25):
            await anyio.sleep(self.random.uniform(0.0, 0.3))
            limit = self.random.choice([0.05, 0.2, 30.0, 30.0, 30.0])
            try:
                with anyio.move_on_after(limit) as scope:
                    await self.step()
                self.outcomes["cancelled" if scope.cancelled_caught else "done"] += 1
            except EXPECTED as error:
                self.outcomes[type(error).__name__] += 1

    async def settle(self) -> User:
        """Sign in and make a call, as if nothing had happened."""
        self.explicit += 1
        await self.cube.create_session()
        return await self.cube.users.update(full_name="at rest")


def never_mixed(stage: Stage, owners: dict[str, str]) -> bool:
    """Say whether each request that has a user's id in its path has a token of that user."""
    ids = {str(user.id): user.login for user in stage.service.world.users}
    return all(
        owners[request.headers["CB-Token"]] == ids[request.url.rpartition("/")[2]]
        for request in stage.line.sent
        if request.label == UPDATE
    )


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 60))]
)
async def test_whatever_happens_at_once_the_client_stays_sound(stage: Stage, seed: int) -> None:
    """No foreign token, no more sign-ins than reasons, everything ends, and the client works."""
    random = Random(seed)  # noqa: S311 - a test must repeat itself
    for label in (UPDATE, SIGN_IN, ASK, END, LOGIN):
        stage.line.delay(label, lambda: random.uniform(0.0, 0.25))
    walks = [Walk(stage, number, random) for number in range(4)]
    opened: dict[str, str] = {}
    expiries = 0
    running = True

    async def note_sessions() -> None:
        while running:
            remember_owners(stage, opened)
            await anyio.sleep(0.01)

    async def forget() -> None:
        nonlocal expiries
        while running:
            await anyio.sleep(random.uniform(0.3, 1.0))
            remember_owners(stage, opened)
            for session in stage.service.world.sessions:
                if random.random() < 0.5:
                    expiries += 1
                    stage.service.world.close_session(session.token)

    with anyio.fail_after(600):
        async with Together() as group:
            group.start_soon(note_sessions)
            group.start_soon(forget)
            async with Together() as tasks:
                for walk in walks:
                    for _ in range(6):
                        tasks.start_soon(walk.run)
            running = False
            group.cancel_scope.cancel()

    walked = sum((walk.outcomes for walk in walks), Counter[str]())
    assert sum(walked.values()) == 4 * 6 * 25
    assert walked["done"] > 200
    assert walked["cancelled"] > 20
    assert [[]] * 4 == [walk.strangers for walk in walks]
    # A login may need a session first; each cancelled worker may hand over once.
    reasons = expiries + walked["cancelled"] + sum(walk.explicit for walk in walks) + len(walks)
    assert stage.count(SIGN_IN) <= reasons
    users = [await walk.settle() for walk in walks]
    remember_owners(stage, opened)
    assert [walk.name for walk in walks] == [user.login for user in users]
    assert len(stage.service.world.users) == 4
    stage.line.sent = [r for r in stage.line.sent if r.headers.get("CB-Token") in opened]
    assert len(stage.line.sent) > 100
    assert never_mixed(stage, opened)


def remember_owners(stage: Stage, owners: dict[str, str]) -> None:
    names = {user.id: user.login or "" for user in stage.service.world.users}
    for session in stage.service.world.sessions:
        if session.user_id is not None:
            owners[session.token] = names[session.user_id]
