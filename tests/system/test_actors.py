"""Actors: other people in a test, who can be awaited from any event loop."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import anyio
import pytest
from anyio.abc import TaskStatus

from connectycube import MessageReceived, Typing
from connectycube.emulator import Emulator
from connectycube.errors import ConnectyCubeError
from connectycube.testing import StagedEmulator

pytestmark = pytest.mark.anyio
SEED: Final[dict[str, Any]] = {
    "users": [
        {"key": "captain", "login": "mara", "password": "canary-of-mara"},
        {"login": "jonas", "password": "canary-of-jonas", "email": "jonas@example.org"},
        {"login": "pat", "password": "canary-of-pat"},
    ],
    "dialogs": [
        {"name": "Crew", "type": "group", "owner": "mara", "occupants": ["jonas", "pat"]},
        {"key": "two", "type": "private", "owner": "mara", "occupants": ["jonas"]},
    ],
}


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    backend: str = request.param
    return backend


@pytest.fixture
def emulator() -> Iterator[StagedEmulator]:
    with StagedEmulator(seed=SEED) as emulator:
        yield emulator
    assert not [one for one in threading.enumerate() if "portal" in one.name.lower()]


def devices(emulator: Emulator) -> int:
    return sum(one.line is not None for one in emulator.service.xmpp.sessions)


async def failure(awaited: Any) -> str:
    with pytest.raises(AssertionError) as failed:
        await awaited
    return str(failed.value)


async def test_actors_talk(emulator: StagedEmulator) -> None:
    """What one sends another sees, in person and in a group, and none of it is a request."""
    mara, jonas, pat = [await emulator.actor(name) for name in ("captain", "jonas", "pat")]

    sent = await mara.send(jonas, "Cast off at six?")
    heard = await jonas.sees("Cast off at six?", sender=mara)
    await jonas.reply(heard, "Aye")
    await mara.sees("Aye", sender=jonas.id)
    await pat.send("Crew", "Who brings the rope?")

    assert (sent, mara.id, 1001) == (heard.id, heard.sender_id, mara.id)
    for one in (mara, jonas):
        assert (await one.sees("Who brings the rope?")).is_group
    assert [] == emulator.requests
    assert ("captain", 3) == (mara.login, devices(emulator))


async def test_whoever_is_unknown_gets_an_account(emulator: StagedEmulator) -> None:
    writer = await emulator.actor("writer")

    assert "writer" == emulator.world.users[-1].login
    assert writer.id == emulator.world.users[-1].id


@pytest.mark.parametrize(
    "to", ["jonas", "jonas@example.org", "two", 1002, "the user", "the dialog", "its id"]
)
async def test_a_message_goes_to_whoever_is_meant(emulator: StagedEmulator, to: Any) -> None:
    """A user or a dialog, the thing itself, its id, or a name of it."""
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")
    dialog = next(one for one in emulator.world.chat.dialogs if one.name is None)
    user = await emulator.client("mara").users.get_by_login("jonas")
    meant: dict[Any, Any] = {"the user": user, "the dialog": dialog, "its id": dialog.id}

    await mara.send(meant.get(to, to), "Hello")
    await jonas.sees("Hello", sender=mara)

    assert [dialog.id] == [one.dialog_id for one in jonas.messages]


async def test_a_private_dialog_of_the_client_s_will_do(emulator: StagedEmulator) -> None:
    mara, pat = await emulator.actor("mara"), await emulator.actor("pat")
    dialog = await emulator.client("mara").chat.dialogs.create_private(pat.id)

    await mara.send(dialog, "Hello")

    assert dialog.id == (await pat.sees("Hello")).dialog_id


async def test_nobody_is_refused(emulator: StagedEmulator) -> None:
    mara = await emulator.actor("mara")

    with pytest.raises(LookupError, match="there is no user and no dialog 'nobody'"):
        await mara.send("nobody", "Hello")


async def test_when_send_returns_the_service_has_the_message(emulator: StagedEmulator) -> None:
    """So a test may look into the history at once."""
    mara = await emulator.actor("mara")

    sent = await mara.send("Crew", "Hello")

    message = emulator.world.chat.message(sent)
    assert message is not None
    assert "Hello" == message.text


async def test_each_message_is_seen_once_and_in_any_order(emulator: StagedEmulator) -> None:
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")
    for text in ("one", "two", "one"):
        await mara.send(jonas, text)

    await jonas.sees("two")
    await jonas.sees("one")
    await jonas.sees(re.compile("^o"))

    assert "jonas saw no 'one' within 0.01 s" in await failure(jonas.sees("one", timeout=0.01))
    assert ["one", "two", "one"] == [one.body for one in jonas.messages]


async def test_one_s_own_words_are_not_seen(emulator: StagedEmulator) -> None:
    """A room sends them back to whoever said them."""
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")

    await mara.send("Crew", "Hello")
    await jonas.sees("Hello")
    await mara.notices(MessageReceived)

    assert [] == mara.messages
    await failure(mara.sees("Hello", timeout=0))


async def test_seeing_waits_for_what_is_still_to_come(emulator: StagedEmulator) -> None:
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(jonas.sees, "later")
        await mara.send(jonas, "sooner")
        await mara.send(jonas, "later")


async def test_what_was_not_seen_is_told_with_what_was(emulator: StagedEmulator) -> None:
    """The failure names the nearest message, and who wrote what."""
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")
    await mara.send(jonas, "Cast off at seven")
    await jonas.sees("Cast off at seven")

    assert (
        "jonas saw no 'Cast off at six' within 0.01 s; the nearest was 'Cast off at seven';"
        " messages that came, seen or not: 'Cast off at seven' from mara"
    ) == await failure(jonas.sees("Cast off at six", timeout=0.01))
    assert (
        "jonas saw no a match of '^x' within 0.01 s;"
        " messages that came, seen or not: 'Cast off at seven' from mara"
    ) == await failure(jonas.sees(re.compile("^x"), timeout=0.01))


async def test_other_events_are_noticed(emulator: StagedEmulator) -> None:
    """Anything that a conversation can do an actor can do."""
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")

    await mara.do(lambda chat: chat.typing(jonas.id))
    await mara.do(lambda chat: chat.typing(jonas.id, active=False))

    stopped = await jonas.notices(Typing, lambda one: not one.is_typing)
    began = await jonas.notices(Typing)
    assert (False, True) == (stopped.is_typing, began.is_typing)
    assert [began, stopped] == jonas.events
    assert "jonas noticed no Typing within 0.01 s; what came, seen or not: Typing, Typing" == (
        await failure(jonas.notices(Typing, timeout=0.01))
    )


async def test_who_left_keeps_what_came(emulator: StagedEmulator) -> None:
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")
    await mara.send(jonas, "Hello")
    await jonas.notices(MessageReceived)

    await jonas.leave()
    await jonas.leave()

    assert 1 == devices(emulator)
    assert ["Hello"] == [one.body for one in jonas.messages]
    assert "jonas is offline" in await failure(jonas.sees("Hi"))  # at once: nothing can come
    with pytest.raises(RuntimeError, match="jonas is not online"):
        await jonas.send(mara, "Hi")


async def test_a_skipped_time_does_not_end_an_actor(emulator: StagedEmulator) -> None:
    """Sessions expire, and actors are there all the same."""
    mara = await emulator.actor("mara")
    emulator.clock.advance(24 * 60 * 60)
    jonas = await emulator.actor("jonas")

    await jonas.send(mara, "Hello")
    await mara.sees("Hello")


async def test_who_cannot_come_says_why(emulator: StagedEmulator) -> None:
    """The error is that of the chat, where the actor was awaited, and nobody stays behind."""
    emulator.chat_faults.refuse()

    with pytest.raises(ConnectyCubeError):
        await emulator.actor("mara")

    emulator.chat_faults.clear()
    assert 0 == devices(emulator)
    await emulator.actor("mara")


async def test_a_cancelled_wait_takes_nothing(emulator: StagedEmulator) -> None:
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")

    with anyio.move_on_after(0.05) as waiting:
        await jonas.sees("Hello", timeout=60)
    await mara.send(jonas, "Hello")

    assert waiting.cancelled_caught
    await jonas.sees("Hello")


async def test_a_reset_sends_everybody_home(emulator: StagedEmulator) -> None:
    mara = await emulator.actor("mara")

    emulator.reset()

    assert 0 == devices(emulator)
    with pytest.raises(RuntimeError, match="mara is not online"):
        await mara.send("jonas", "Hello")
    again = await emulator.actor("mara")
    await again.send("jonas", "Hello")


async def test_an_actor_that_was_given_up_goes_home_too(emulator: StagedEmulator) -> None:
    """Also one whose beginning was cancelled."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await emulator.actor("mara")

    emulator.dismiss_actors()

    assert 0 == devices(emulator)


async def test_actors_speak_while_the_test_s_own_loop_is_busy(emulator: StagedEmulator) -> None:
    """They live elsewhere: a plain function that blocks does not hold them up."""
    mara, jonas = await emulator.actor("mara"), await emulator.actor("jonas")
    done = threading.Event()

    def heard() -> None:
        anyio.run(jonas.sees, "Hello")
        done.set()

    waiting = threading.Thread(target=heard)
    waiting.start()
    await mara.send(jonas, "Hello")
    assert done.wait(30)
    waiting.join()


# -- clients


async def test_a_client_is_whoever_it_is_named_for(emulator: StagedEmulator) -> None:
    """By login, e-mail or key; nobody in particular is `tester`."""
    names = ("mara", "captain", "jonas@example.org", "new one")
    for name, user_id in zip(names, (1001, 1001, 1002, 1004), strict=True):
        assert user_id == (await emulator.client(name).get_session()).user_id

    tester = (await emulator.client().get_session()).user_id
    assert ("tester", tester) == (emulator.world.users[-1].login, emulator.world.users[-1].id)


async def test_time_passes_for_a_client_and_the_emulator_alike(emulator: StagedEmulator) -> None:
    """What the clock skips is known to the client: it renews without being told."""
    cube = emulator.client("mara")
    session = await cube.create_session()

    emulator.clock.advance(3 * 60 * 60)
    await cube.users.get_by_login("jonas")

    assert session.token != (cube.session and cube.session.token)
    emulator.calls("POST", "/session").times(2)
    emulator.calls("GET", "/users/v2").once()


async def test_the_environment_leads_to_it(emulator: StagedEmulator) -> None:
    assert {
        "CONNECTYCUBE_APP_ID": "21",
        "CONNECTYCUBE_AUTH_KEY": emulator.auth_key,
        "CONNECTYCUBE_BASE_URL": emulator.base_url,
    } == emulator.environment


def test_its_repr_shows_its_address(emulator: StagedEmulator) -> None:
    assert f"<StagedEmulator {emulator.base_url}>" == repr(emulator)


# -- what runs while a block does


async def idle(*, task_status: TaskStatus[None], ends: list[str]) -> None:
    task_status.started()
    try:
        await anyio.sleep_forever()
    finally:
        ends.append("ended")


async def test_what_runs_is_ready_in_the_block_and_over_behind_it(
    emulator: StagedEmulator,
) -> None:
    ends: list[str] = []

    async with emulator.running(partial(idle, ends=ends)):
        before = list(ends)

    assert ([], ["ended"]) == (before, ends)


async def test_what_the_block_raises_comes_out_as_it_is(emulator: StagedEmulator) -> None:
    """So that a failed check is told like any other, and in no group."""
    ends: list[str] = []
    mara = await emulator.actor("mara")

    with pytest.raises(AssertionError, match="mara saw no 'Hello'") as failed:
        async with emulator.running(partial(idle, ends=ends)):
            await mara.sees("Hello", timeout=0.01)

    assert ["ended"] == ends
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("is_ready", [False, True])
async def test_what_fails_to_run_comes_out_as_it_is(
    emulator: StagedEmulator,
    is_ready: bool,  # noqa: FBT001 - of a table
) -> None:
    """Before it is ready as well as later, when it cuts the block short."""

    async def fail(*, task_status: TaskStatus[None]) -> None:
        if is_ready:
            task_status.started()
        raise LookupError("no oars")

    with pytest.raises(LookupError, match="no oars"):
        async with emulator.running(fail):
            await anyio.sleep_forever()


async def test_two_failures_are_both_told(emulator: StagedEmulator) -> None:
    async def fail(*, task_status: TaskStatus[None]) -> None:
        task_status.started()
        try:
            await anyio.sleep_forever()
        finally:
            raise LookupError("no oars")

    with pytest.raises(ExceptionGroup) as failed:
        async with emulator.running(fail):
            raise KeyError("no boat")

    assert {LookupError, KeyError} == {type(one) for one in failed.value.exceptions}


async def test_a_cancellation_goes_through(emulator: StagedEmulator) -> None:
    ends: list[str] = []

    with anyio.move_on_after(0.05) as scope:
        async with emulator.running(partial(idle, ends=ends)):
            await anyio.sleep_forever()

    assert scope.cancelled_caught
    assert ["ended"] == ends
