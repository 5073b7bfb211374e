"""The plugin's fixtures at home: a story of each, told as a user would tell it."""

from typing import Any, Final

import pytest

from connectycube import (
    ConnectyCube,
    LoginPassword,
    MessageReceived,
    NotFoundError,
    where,
)
from connectycube.testing import EmulatorTransport, StagedEmulator

PASSWORD: Final = "canary-of-pat"
CREW: Final[dict[str, Any]] = {
    "users": [
        {"login": "mara", "password": "canary-of-mara", "tags": ["crew"]},
        {"login": "jonas", "password": "canary-of-jonas", "tags": ["crew"]},
    ],
    "dialogs": [{"name": "Crew", "type": "group", "owner": "mara", "occupants": ["jonas"]}],
}
pytestmark = [pytest.mark.anyio, pytest.mark.connectycube(seed=CREW, user="mara")]


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    backend: str = request.param
    return backend


async def test_a_search(
    connectycube_client: ConnectyCube, connectycube_emulator: StagedEmulator
) -> None:
    """What was asked is checked by its query, and who asked."""
    page = await connectycube_client.users.find(tags=where.in_(["crew"]), limit=5)

    assert ["mara", "jonas"] == [one.login for one in page.items]
    connectycube_emulator.calls("GET", "/users/v2", user="mara", query={"limit": 5}).once()


async def test_a_failure(
    connectycube_client: ConnectyCube, connectycube_emulator: StagedEmulator
) -> None:
    """A scripted fault meets the call, which is made once more."""
    connectycube_emulator.faults.status(500, method="PUT")

    await connectycube_client.users.update(full_name="Mara Sim")

    failed, repeated = connectycube_emulator.calls("PUT", "/users/{user_id}", user="mara").times(2)
    assert ("status", None) == (failed.fault, repeated.fault)
    assert "Mara Sim" == connectycube_emulator.world.users[0].full_name


async def test_a_file(
    connectycube_client: ConnectyCube, connectycube_emulator: StagedEmulator
) -> None:
    """The object store is reached in process too, and its calls are told apart."""
    blob = await connectycube_client.storage.upload(b"North is up", name="map.txt")

    assert b"North is up" == await connectycube_client.storage.download(blob.uid)
    connectycube_emulator.calls("POST", origin="store").once()
    connectycube_emulator.calls("POST", "/blobs").once()
    connectycube_emulator.calls("POST", "/blobs/{blob_id}/complete", user="mara").never()


async def test_a_message_in_real_time(
    connectycube_client: ConnectyCube, connectycube_emulator: StagedEmulator
) -> None:
    """The client talks with an actor, in the dialog of the seed."""
    jonas = await connectycube_emulator.actor("jonas")
    async with connectycube_client.chat.connect() as mara:
        await mara.send(str(connectycube_emulator.seeded["dialogs"]["Crew"]), "Cast off at six")
        await jonas.reply(await jonas.sees("Cast off at six"), "Aye")
        async for event in mara:
            if isinstance(event, MessageReceived) and event.user_id == jonas.id:
                assert "Aye" == event.message.body
                break


@pytest.mark.connectycube(seed=None, user="pat")
async def test_an_empty_world(connectycube_client: ConnectyCube) -> None:
    """Whoever is the client is there, and nobody else."""
    with pytest.raises(NotFoundError):
        await connectycube_client.users.get_by_login("mara")

    assert "pat" == (await connectycube_client.users.get_by_login("pat")).login


async def test_the_environment(
    connectycube_environment: dict[str, str], connectycube_emulator: StagedEmulator
) -> None:
    """A client that asks the environment is led here."""
    line = EmulatorTransport(connectycube_emulator.service)
    async with ConnectyCube.from_env(auth=LoginPassword("pat", PASSWORD), transport=line) as cube:
        await cube.create_session()

    assert connectycube_emulator.environment == connectycube_environment
    line.calls("POST", "/session", json={"application_id": 21}).once()
