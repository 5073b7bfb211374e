"""Many identities in one process: no request ever carries another one's token."""

from random import Random

import anyio
import pytest

from connectycube import AppOnly, ConnectyCube, LoginPassword, User

from .stage import AUTH_KEY, MAR, SIGN_IN, SIM, UPDATE, Stage, Together, outcomes, rename, token_of

pytestmark = pytest.mark.anyio


def identity(number: int) -> LoginPassword:
    return LoginPassword(f"user-{number}", f"canary-of-user-{number}")


def wrong_tokens(stage: Stage, owners: dict[str, int | None]) -> list[str]:
    """Return the calls whose path names another user than their token's."""
    return [
        request.label
        for request in stage.line.sent
        if request.label == UPDATE
        and str(owners[request.headers["CB-Token"]]) != request.url.rpartition("/")[2]
    ]


async def test_many_identities_over_one_line_never_mix(stage: Stage) -> None:
    """Each call of each identity carries a token of that identity, through every renewal."""
    random = Random(11)  # noqa: S311 - a test must repeat itself
    root = stage.client(AppOnly())
    cubes = [root.with_auth(identity(number)) for number in range(25)]
    stage.line.delay(UPDATE, lambda: random.uniform(0.0, 0.1))
    stage.line.delay(SIGN_IN, lambda: random.uniform(0.0, 0.1))
    owners: dict[str, int | None] = {}
    answered: list[tuple[str | None, str]] = []

    async def work(number: int) -> None:
        for turn in range(10):
            await anyio.sleep(random.random())
            user = await cubes[number].users.update(full_name=f"user-{number}.{turn}")
            answered.append((user.login, str(user.full_name).partition(".")[0]))

    async def trouble() -> None:
        for _ in range(6):
            await anyio.sleep(0.7)  # no call is under way for long enough to meet two
            sessions = stage.service.world.sessions
            owners.update({one.token: one.user_id for one in sessions})
            for one in random.sample(sessions, len(sessions) // 2):
                stage.service.world.close_session(one.token)

    async with Together() as group:
        group.start_soon(trouble)
        for number in range(25):
            for _ in range(3):
                group.start_soon(work, number)

    owners.update({one.token: one.user_id for one in stage.service.world.sessions})
    assert [] == wrong_tokens(stage, owners)
    assert [] == [pair for pair in answered if pair[0] != pair[1]]
    assert len(answered) == 25 * 3 * 10
    assert stage.count(SIGN_IN) == len(owners) > 50
    assert len(stage.service.world.users) == 25


async def test_two_clients_keep_apart(stage: Stage) -> None:
    """Signing out of one leaves the other alone; so does a renewal."""
    one, other = stage.client(MAR), stage.client(SIM)
    mine, sims = await one.create_session(), await other.create_session()

    await one.destroy_session()
    user = await other.users.update(full_name="Sim")

    assert sims.user_id == user.id
    assert mine.token not in stage.live_tokens
    assert [sims.token] == stage.tokens(UPDATE)


async def test_another_identity_does_not_inherit_the_session(stage: Stage) -> None:
    """`with_auth` shares the line and nothing else, not even for the same identity."""
    cube, session = await stage.signed_in()
    same, sim = cube.with_auth(MAR), cube.with_auth(SIM)

    assert [None, None] == [token_of(same), token_of(sim)]
    await same.users.update(full_name="Mar")
    assert same.session is not None
    assert session.token != same.session.token
    assert session.user_id == same.session.user_id


async def test_closing_another_identity_leaves_the_line_open(stage: Stage) -> None:
    """Who opened the line closes it."""
    cube, _ = await stage.signed_in()

    async with cube.with_auth(SIM) as sim:
        await sim.users.update(full_name="Sim")

    assert (await cube.users.update(full_name="Mar")).full_name == "Mar"


async def test_each_identity_of_a_crowd_signs_in_once(stage: Stage) -> None:
    """A client is cheap: a thousand identities cost a thousand sign-ins, and no more."""
    root = ConnectyCube(21, AUTH_KEY, transport=stage.line)
    cubes = [root.with_auth(identity(number)) for number in range(300)]

    results = await outcomes([rename(cube) for cube in cubes for _ in range(3)])

    assert {User} == {type(one) for one in results}
    assert stage.count(SIGN_IN) == 300
    assert len(stage.service.world.users) == 300
    assert (
        wrong_tokens(stage, {one.token: one.user_id for one in stage.service.world.sessions}) == []
    )
