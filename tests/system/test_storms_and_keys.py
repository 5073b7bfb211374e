"""A thousand who want the same dialog, and a key that stays where it belongs."""

import logging
import random
import traceback

import anyio
import pytest

from connectycube import ConnectyCube, NotFoundError
from connectycube.transports.logging import LoggingTransport

from .refusals import NOBODY, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both, without a transport of either."""
    return str(request.param)


def creations(stage: Stage) -> int:
    return sum(
        one.method == "POST" and one.path == "/chat/Dialog" for one in stage.service.requests
    )


async def ask(cube: ConnectyCube, user_id: int, found: list[str], patience: float) -> None:
    with anyio.move_on_after(patience):
        found.append((await cube.chat.dialogs.create_private(user_id)).id)


async def test_a_thousand_at_once_make_one_dialog() -> None:
    """By one request for all of them."""
    stage = Stage()
    cube, found = stage.client("stranger"), list[str]()

    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(ask, cube, stage.ids["admin"], found, 600)

    assert [1000, 1, 1] == [len(found), len(set(found)), creations(stage)]


@pytest.mark.parametrize("seed", range(10))
async def test_those_who_leave_take_nobody_along(seed: int) -> None:
    """Whoever they are: those who stay get the dialog, which is one."""
    dice, stage = random.Random(seed), Stage()  # noqa: S311 - no secret
    cube, found = stage.client("stranger"), list[str]()
    await cube.create_session()
    patience = [dice.choice([0, dice.random() / 500, 600]) for _ in range(200)]

    async with anyio.create_task_group() as tasks:
        for one in patience:
            tasks.start_soon(ask, cube, stage.ids["admin"], found, one)

    assert len(found) >= patience.count(600)
    assert 1 == len(set(found))


async def test_the_administrators_key_is_seen_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """Not in a log, an error or a repr; it travels without a token, and no token with it."""
    stage = Stage()
    stage.transport = LoggingTransport(stage.transport)  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    admin, cube, key = stage.admin(), stage.client("owner"), stage.service.admin_key
    with caplog.at_level(logging.DEBUG):
        await cube.chat.dialogs.find()
        await admin.find_dialogs()
        with pytest.raises(NotFoundError) as caught:
            await admin.update_dialog(NOBODY, name="x")

    told = "".join(traceback.format_exception(caught.value))
    caller = admin._caller
    shown = [caplog.text, told, *map(repr, (caught.value, admin, caller, caller.gateway))]
    assert [] == [one for one in shown if key in one]
    for one in stage.service.requests:
        is_admin = one.path.startswith("/admin/")
        assert is_admin == ("CB-Administration-API-Key" in one.headers)
        assert not (is_admin and "CB-Token" in one.headers)
