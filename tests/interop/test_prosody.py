"""
The scripted conversation through a real XMPP server, on each line of ours.

Prosody serves, by Debian's packages; the emulator behind it says who may sign in.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final, TypeVar

import anyio
import pytest

from connectycube import ExistingSession
from connectycube.chat.connection import Account, ChatConnection
from connectycube.chat.events import Disconnected, MessageReceived, Resumed, Typing
from connectycube.chat.reconnect import Reconnect
from connectycube.emulator import Emulator
from connectycube.errors import ChatClosedError, ChatRefusedError
from connectycube.transports.httpx2 import Httpx2Transport
from tests.chat_script import PATIENCE, Need, Partner, play
from tests.chat_script.lines import Line

from .prosody_server import prosody_server
from .prosody_stage import LINES, ProsodyStage, Scissors
from .stage import APP_ID, People

pytestmark = pytest.mark.anyio

E = TypeVar("E")
HOSTILE: Final = "a\x07b\x00c\x1bd\ud800e\uffffz"
CARRIED: Final = "abcdez"
DIALOG_ID: Final = "65a0b1c2d3e4f5a6b7c8d9e0"
PRIVATE_ID: Final = "65a0b1c2d3e4f5a6b7c8d9ff"
# Habits of the service's own: Prosody knows the standards alone.
LACKING: Final = {Need.UNJOINED, Need.LAST_ACTIVITY, Need.STATUS_STREAMING, Need.MOBILE}


@pytest.fixture(scope="module", params=LINES)
def line(request: pytest.FixtureRequest) -> Line:
    given: Line = request.param
    return given


@pytest.fixture(scope="module")
def anyio_backend(line: Line) -> str:
    return line.backend


@pytest.fixture
async def stage(emulator: Emulator, people: People, line: Line) -> AsyncGenerator[ProsodyStage]:
    with prosody_server(emulator) as server:
        async with aclosing(Httpx2Transport()) as transport:
            yield ProsodyStage(emulator, people, server, line, transport)


async def test_our_client_with_itself(stage: ProsodyStage) -> None:
    """Every step that needs standards alone passes in both directions."""
    people = stage.people
    async with stage.ours(people.mara) as hers, stage.ours(people.jonas) as his:
        failures = await played(stage, hers, his)

    assert {} == failures


async def test_our_client_with_the_official_sdk(
    stage: ProsodyStage, node: str, flows_folder: Path
) -> None:
    """The same with the unmodified SDK at the other end."""
    people = stage.people
    theirs = stage.sdk(people.jonas, node, flows_folder)
    async with stage.ours(people.mara) as hers, theirs as his:
        failures = await played(stage, hers, his)

    assert {} == failures


async def played(stage: ProsodyStage, first: Partner, second: Partner) -> dict[str, str]:
    return await play(
        first,
        second,
        guest=lambda: stage.ours(stage.people.ida),
        dialog_id=DIALOG_ID,
        private_id=PRIVATE_ID,
        without=LACKING,
    )


async def test_a_message_waits_for_whom_it_is_for(stage: ProsodyStage) -> None:
    """Said to somebody who is away, it comes once they are back, and says when that was."""
    mara, jonas = stage.people.mara, stage.people.jonas
    async with stage.talks(mara) as hers:
        sent = (await hers.send(jonas.id, "for later")).message_id
        await hers.ping()
    async with stage.talks(jonas) as his:
        message = (await heard(his, MessageReceived)).message

    assert (sent, mara.id, "for later") == (message.id, message.sender_id, message.body)
    assert message.is_delayed
    assert message.sent_at is not None


async def test_what_xml_cannot_carry_does_not_end_a_stream(stage: ProsodyStage) -> None:
    """A real parser closes the stream at it; so it never gets there."""
    mara, jonas = stage.people.mara, stage.people.jonas
    async with stage.talks(mara) as hers, stage.talks(jonas) as his:
        await hers.send(jonas.id, HOSTILE, extra={"note": HOSTILE})
        hostile = (await heard(his, MessageReceived)).message
        await hers.typing(jonas.id)
        typing = await heard(his, Typing)

    assert CARRIED == hostile.body == hostile.params["note"]
    assert (mara.id, True) == (typing.user_id, typing.is_typing)


async def test_a_server_that_goes_down_ends_the_conversation(stage: ProsodyStage) -> None:
    """Where that is not to be healed."""
    async with stage.talks(stage.people.mara, reconnect=None) as chat:
        stage.server.stop()
        await heard(chat, Disconnected)
        with pytest.raises(ChatClosedError):
            await chat.ping()
        rest = [event async for event in chat]

    assert [] == rest


async def test_a_cut_conversation_goes_on(stage: ProsodyStage) -> None:
    """Nothing is lost and nothing comes twice, whichever end is cut."""
    mara, jonas = stage.people.mara, stage.people.jonas
    quick = Reconnect(base=0.1)
    hers, his = Scissors(stage.connector), Scissors(stage.connector)
    async with (
        stage.talks(mara, connector=hers, reconnect=quick) as speaker,
        stage.talks(jonas, connector=his, reconnect=quick) as listener,
    ):
        await speaker.ping()
        await listener.ping()
        for number in range(30):
            if number % 10 == 5:
                await (his if number == 15 else hers).cut()
            await speaker.send(jonas.id, f"{number}")
        bodies = [(await heard(listener, MessageReceived)).message.body for _ in range(30)]
        told = [await heard(speaker, Resumed) for _ in range(2)]

    assert [f"{number}" for number in range(30)] == bodies
    assert [Resumed()] * 2 == told


async def test_a_session_token_opens_the_chat(stage: ProsodyStage) -> None:
    """The emulator knows whose it is."""
    jonas = stage.people.jonas
    token = stage.emulator.world.open_session(jonas, ts=0).token
    async with stage.client(ExistingSession(token)).chat.connect() as chat:
        await chat.ping()

        assert jonas.id == chat.user_id


async def test_what_does_not_open_it(stage: ProsodyStage) -> None:
    """A wrong password, another user's password or token, another application, nobody."""
    mara, jonas = stage.people.mara, stage.people.jonas
    token = stage.emulator.world.open_session(jonas, ts=0).token
    good = "canary-of-mara"
    refused = [
        (mara.id, APP_ID, "canary-but-wrong"),
        (mara.id, APP_ID, "canary: no token"),
        (mara.id, APP_ID, "canary-of-jonas"),
        (mara.id, APP_ID, token),
        (mara.id, APP_ID + 1, good),
        (mara.id + 1000, APP_ID, good),
    ]
    async with stage.tries(Account(user_id=mara.id, app_id=APP_ID, password=good)) as chat:
        await chat.ping()
    for user_id, app_id, password in refused:
        account = Account(user_id=user_id, app_id=app_id, password=password)
        with pytest.raises(ChatRefusedError) as raised:
            async with stage.tries(account):
                pass

        assert "not-authorized" == raised.value.condition


async def heard(chat: ChatConnection, kind: type[E]) -> E:
    """Take events up to the next of this kind, and return it."""
    with anyio.fail_after(PATIENCE):
        async for event in chat:
            if isinstance(event, kind):
                return event
    raise AssertionError(f"the conversation ended before a {kind.__name__}")
