"""Talking from the shell, against an emulator whose chat is found by itself."""

import json
import subprocess
import time
from collections.abc import Callable

import anyio
import attrs
import pytest

from connectycube import Block, ConnectyCube, LoginPassword

from .cli_stage import USER_PASSWORD, Crew
from .stage import PATIENCE

LINES = pytest.mark.parametrize("line", [(), ("--websocket",)], ids=["tcp", "websocket"])


@pytest.fixture
def jonas(crew: Crew) -> Crew:
    """Let jonas sign in too, by a profile of his own."""
    crew.shell.login("jonas", "--profile", "jonas", password=USER_PASSWORD)
    return crew


def until(holds: Callable[[], object], process: "subprocess.Popen[str] | None" = None) -> None:
    """Wait for what happens in the emulator's thread, which has no event of ours to set."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if process is not None and process.poll() is not None:
            pytest.fail(f"ended early: {process.communicate()}")
        assert time.monotonic() < end
        time.sleep(0.001)


def is_listening(crew: Crew) -> Callable[[], object]:
    """Say whether somebody is in the chat, and has read the history that it began with."""
    return lambda: (
        crew.emulator.service.xmpp.sessions
        and any(one.path == "/chat/Message" for one in crew.emulator.requests)
    )


@LINES
def test_what_is_sent_is_in_the_history(crew: Crew, line: tuple[str, ...]) -> None:
    """A message to a group and one to a user are done when the service has them."""
    group, user = crew.id_of("dialogs", "crew"), crew.id_of("users", "jonas")

    to_group = crew.shell("send", group, "Ahoy", *line, "--json")
    to_user = crew.shell("send", user, "-", *line, "--json", given="From a pipe\n")

    assert (0, 0) == (to_group.status, to_user.status), to_group.stderr + to_user.stderr
    told = crew.shell("messages", group, "--json").json[-1]
    assert ("Ahoy", to_group.json["message_id"]) == (told["text"], told["id"])
    private = crew.shell("messages", crew.id_of("dialogs", "two"), "--json").json[-1]
    assert ("From a pipe", to_user.json["message_id"]) == (private["text"], private["id"])


def test_nothing_cannot_be_sent(crew: Crew) -> None:
    """An empty message, and one to nobody, are wrong calls."""
    assert 2 == crew.shell("send", crew.id_of("users", "jonas"), "").status
    assert 2 == crew.shell("send", "somebody", "Ahoy").status
    assert 4 == crew.shell("send", "0" * 24, "Ahoy").status


def test_a_message_that_comes_back_is_5(jonas: Crew) -> None:
    """Whoever blocks the sender refuses what they send."""
    mara, shell = jonas.id_of("users", "mara"), jonas.shell
    _block(jonas, by="jonas", whom=mara)

    done = shell("send", jonas.id_of("users", "jonas"), "Ahoy")

    assert 5 == done.status
    assert "connectycube send: refused: " in done.stderr


def _block(crew: Crew, *, by: str, whom: str) -> None:
    """Let one user block another."""
    emulator = crew.emulator

    async def block() -> None:
        async with (
            ConnectyCube(
                emulator.app_id,
                emulator.auth_key,
                auth=LoginPassword(by, USER_PASSWORD),
                base_url=emulator.base_url,
                hosts=emulator.hosts,
            ) as cube,
            cube.chat.connect() as chat,
        ):
            await chat.privacy.set("blocked", [Block(user_id=int(whom))])
            await chat.privacy.set_default("blocked")

    anyio.run(block)


@LINES
def test_tail_follows_a_dialog(jonas: Crew, line: tuple[str, ...]) -> None:
    """What was said before, then what is said, a line of JSON each; elsewhere is not here."""
    group, mara = jonas.id_of("dialogs", "crew"), jonas.id_of("users", "mara")
    with jonas.shell.process("tail", group, "--json", "--count", "2", *line) as process:
        until(is_listening(jonas), process)
        jonas.shell("send", mara, "Not here", "--profile", "jonas")
        jonas.shell("send", group, "One", "--profile", "jonas")
        jonas.shell("send", group, "Two", "--profile", "jonas")
        stdout, stderr = process.communicate(timeout=60)

    lines = [json.loads(one) for one in stdout.splitlines()]
    assert (0, "") == (process.returncode, stderr)
    assert ["History", "History", "MessageReceived", "MessageReceived"] == [
        one["event"] for one in lines
    ]
    assert ["Cast off at six", "Aye"] == [one["message"]["text"] for one in lines[:2]]
    assert ["One", "Two"] == [one["message"]["body"] for one in lines[2:]]


def test_tail_follows_one_person(jonas: Crew) -> None:
    """By a user's id, or that of the dialog with them: what the two of them say."""
    mara, group = jonas.id_of("users", "mara"), jonas.id_of("dialogs", "crew")
    for place in (jonas.id_of("users", "jonas"), jonas.id_of("dialogs", "two")):
        jonas.emulator.requests.clear()
        with jonas.shell.process("tail", place, "--count", "1", "--lines", "1") as process:
            until(is_listening(jonas), process)
            jonas.shell("send", group, "Not here", "--profile", "jonas")
            jonas.shell("send", mara, "Between us", "--profile", "jonas")
            stdout, _ = process.communicate(timeout=60)

        assert stdout.splitlines()[-1].endswith("  jonas: Between us")
        assert "Not here" not in stdout


def test_tail_goes_on_behind_a_cut(jonas: Crew) -> None:
    """A line that breaks is opened anew, and what was said meanwhile comes all the same."""
    group = jonas.id_of("dialogs", "crew")
    with jonas.shell.process("tail", group, "--json", "--count", "2") as process:
        until(is_listening(jonas), process)
        jonas.shell("send", group, "Before", "--profile", "jonas")
        jonas.emulator.chat_faults.cut(int(jonas.id_of("users", "mara")))
        jonas.shell("send", group, "Behind", "--profile", "jonas")
        stdout, stderr = process.communicate(timeout=60)

    lines = [json.loads(one) for one in stdout.splitlines()]
    assert (0, "") == (process.returncode, stderr)
    assert ["Before", "Behind"] == [
        one["message"]["body"] for one in lines if one["event"] == "MessageReceived"
    ]
    assert "Disconnected" in [one["event"] for one in lines]


def test_tail_tells_of_all_else_on_request(jonas: Crew) -> None:
    """`--events` shows marks; `--mark-read` makes them."""
    mara = jonas.id_of("users", "mara")
    listen = ("tail", mara, "--json", "--events", "--profile", "jonas")
    with (
        jonas.shell.process(*listen) as watching,
        jonas.shell.process(
            "tail", jonas.id_of("users", "jonas"), "--mark-read", "--count", "1"
        ) as reading,
    ):
        until(lambda: len(jonas.emulator.service.xmpp.sessions) == 2, reading)
        jonas.shell("send", mara, "Ahoy", "--profile", "jonas")
        reading.communicate(timeout=60)
        kinds: list[str] = []
        assert watching.stdout is not None
        while "Read" not in kinds:
            kinds.append(json.loads(watching.stdout.readline())["event"])
        watching.terminate()
        watching.communicate(timeout=60)

    assert "Delivered" in kinds


def test_a_chat_is_not_guessed(crew: Crew) -> None:
    """A service that is no emulator does not say where its chat is, so no password goes there."""
    place = f"{crew.emulator.base_url}/elsewhere"

    done = crew.shell(
        "send", "1002", "Ahoy", CONNECTYCUBE_BASE_URL=place, CONNECTYCUBE_TOKEN="canary-token"
    )

    assert 2 == done.status
    assert (
        f"the service is at {place}: where is its chat? Set CONNECTYCUBE_CHAT_HOST" in done.stderr
    )


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"chat": "chat.example:5222"},
        {"chat_websocket": "ws://chat.example/"},
        {"chat": "127.0.0.1@chat.example"},
    ],
)
def test_a_chat_of_another_machine_is_not_believed(crew: Crew, elsewhere: dict[str, str]) -> None:
    """Whoever listens on this machine must not lead passwords away from it."""
    crew.emulator.service.hosts = attrs.evolve(crew.emulator.hosts, **elsewhere)

    done = crew.shell("send", crew.id_of("users", "jonas"), "Ahoy")

    assert 2 == done.status
    assert "where is its chat?" in done.stderr


def test_a_chat_that_is_named_is_the_one(crew: Crew) -> None:
    """`CONNECTYCUBE_CHAT_HOST` wins over what an emulator says."""
    done = crew.shell(
        "send", crew.id_of("users", "jonas"), "Ahoy", CONNECTYCUBE_CHAT_HOST="127.0.0.1:1"
    )

    assert 7 == done.status
    assert "127.0.0.1:1" in done.stderr
