"""A third implementation talks with our client, over our emulator: slixmpp."""

import pytest

from tests.chat_script import OurPartner, Partner, play

from .stage import LINES, Line, Person, Stage, on

pytest.importorskip("slixmpp", reason="slixmpp is not installed")

from .slixmpp_partner import SlixmppPartner, SlixmppSettings

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=on(line for line in LINES if line.backend == "asyncio"))
def line(request: pytest.FixtureRequest) -> Line:
    """Choose a line of our client's; slixmpp itself knows TCP and asyncio alone."""
    given: Line = request.param
    return given


def slixmpp(stage: Stage, person: Person, password: str | None = None) -> SlixmppPartner:
    token = stage.emulator.world.open_session(person.user, ts=0).token
    settings = SlixmppSettings(
        port=stage.emulator.chat_port,
        app_id=stage.emulator.app_id,
        user_id=person.id,
        password=password or token,
    )
    return SlixmppPartner(settings)


def ours(person: Person) -> OurPartner:
    return OurPartner(person.talks)


async def played(stage: Stage, first: Partner, second: Partner) -> dict[str, str]:
    dialogs = stage.mar.cube.chat.dialogs
    group = await dialogs.create_group("talk", [stage.sim.id, stage.pat.id])
    private = await dialogs.create_private(stage.sim.id)
    return await play(
        first,
        second,
        guest=lambda: ours(stage.pat),
        dialog_id=group.id,
        private_id=private.id,
    )


async def test_our_client_with_slixmpp(stage: Stage) -> None:
    """Every step of the script passes in both directions."""
    async with ours(stage.mar) as hers, slixmpp(stage, stage.sim) as his:
        failures = await played(stage, hers, his)

    assert {} == failures


async def test_slixmpp_with_itself(stage: Stage) -> None:
    """It needs nothing of our client's from the emulator."""
    async with slixmpp(stage, stage.mar) as hers, slixmpp(stage, stage.sim, "canary-of-sim") as his:
        failures = await played(stage, hers, his)

    assert {} == failures
