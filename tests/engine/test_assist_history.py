"""The last messages of a dialog, bounded and unread, and the lines that a model may see."""

from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from connectycube import (
    ConnectyCube,
    ForbiddenError,
    InvalidInputError,
    InvalidQueryError,
    NotFoundError,
)
from connectycube.assist import collect_history, collect_senders, format_transcript, mask_private
from connectycube.models.message import Attachment, Message
from connectycube.models.user import User
from connectycube.testing import Reply

from .assist_stage import DIALOG, HISTORY, AssistStage
from .stage import SIGN_IN, SIM
from .wire_stage import Wire

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage() -> AssistStage:
    return AssistStage()


async def texts(cube: ConnectyCube, stage: AssistStage, **options: Any) -> list[str | None]:
    messages = await collect_history(cube, stage.dialog.id, **options)
    return [message.text for message in messages]


@pytest.mark.parametrize(
    ("written", "limit", "pages"), [(3, 100, 1), (250, 200, 2), (250, 201, 3), (250, 300, 3)]
)
async def test_the_last_messages_come_the_oldest_first(
    stage: AssistStage, written: int, limit: int, pages: int
) -> None:
    """One request brings a hundred, and no more are made than the limit needs."""
    for number in range(written):
        stage.say(f"{number}")

    found = await texts(stage.client(), stage, max_messages=limit)

    assert [f"{number}" for number in range(written)][-limit:] == found
    assert [SIGN_IN, DIALOG, *[HISTORY] * pages] == stage.labels


async def test_collecting_leaves_everything_unread(stage: AssistStage) -> None:
    """What a helper looks at nobody has read."""
    for number in range(150):
        stage.say(f"{number}")

    await texts(stage.client(), stage, max_messages=150)

    assert 150 == stage.unread


async def test_there_is_a_limit_by_default(stage: AssistStage) -> None:
    """Nobody sends a model the talk of years by accident."""
    for number in range(120):
        stage.say(f"{number}")

    assert 100 == len(await texts(stage.client(), stage))


async def test_a_limit_of_characters_leaves_older_messages_out(stage: AssistStage) -> None:
    """The newest is there in any case."""
    for text in ("a" * 10, "b" * 10, "c" * 10):
        stage.say(text)
    cube = stage.client()

    assert ["b" * 10, "c" * 10] == await texts(cube, stage, max_chars=20)
    assert ["c" * 10] == await texts(cube, stage, max_chars=19)
    assert ["c" * 10] == await texts(cube, stage, max_chars=1)


async def test_only_messages_since_a_moment(stage: AssistStage) -> None:
    """What was sent in that second counts, what came before it does not."""
    stage.say("before")
    second = stage.say("then")
    stage.say("after")

    since = datetime.fromtimestamp(second.date_sent, UTC)
    assert ["then", "after"] == await texts(stage.client(), stage, since=since)


async def test_what_arrives_meanwhile_hides_nothing(stage: AssistStage) -> None:
    """What pushes others down to the next page is not waited for, and makes none come twice."""
    for number in range(150):
        stage.say(f"{number}")
    cube = stage.client()
    await cube.create_session()
    first, found = stage.line.hold(HISTORY, answered=True), []

    async def collect() -> None:
        found.extend(await texts(cube, stage, max_messages=140))

    async with anyio.create_task_group() as group:
        group.start_soon(collect)
        await first.reached()
        stage.say("new")
        first.open()

    assert [f"{number}" for number in range(150)][10:] == found


async def test_an_encrypted_dialog_is_refused() -> None:
    """Its messages are for those who are in it, whether it is named or given."""
    told = {"_id": "6666c1d2a4b35e0017f0a911", "type": 2, "is_e2ee": True}
    wire = Wire([Reply(200, {"items": [told], "limit": 1, "skip": 0})] * 2)
    dialog = await wire.cube.chat.dialogs.get("6666c1d2a4b35e0017f0a911")

    for named in (dialog, dialog.id):
        with pytest.raises(InvalidInputError, match="encrypted end to end"):
            await collect_history(wire.cube, named)
    assert ["/chat/Dialog"] * 2 == [one.path for one in wire.sent]


async def test_what_the_service_refuses_is_raised(stage: AssistStage) -> None:
    """A dialog of others, or of nobody."""
    chat = stage.service.world.chat
    foreign = chat.add_dialog(stage.sim.id)
    cube = stage.client()

    with pytest.raises(NotFoundError):
        await collect_history(cube, foreign.id)
    with pytest.raises(ForbiddenError):
        await collect_history(cube, await stage.client(SIM).chat.dialogs.get(foreign.id))


@pytest.mark.parametrize("name", ["max_messages", "max_chars"])
@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "9", None])
async def test_limits_that_cannot_be_are_refused(stage: AssistStage, name: str, limit: Any) -> None:
    """There is always a limit."""
    with pytest.raises(InvalidInputError, match=f"{name} must be a whole number"):
        await texts(stage.client(), stage, **{name: limit})
    assert [] == stage.labels


async def test_a_moment_without_a_time_zone_is_refused(stage: AssistStage) -> None:
    """As wherever messages are searched."""
    with pytest.raises(InvalidQueryError):
        await texts(stage.client(), stage, since=datetime(2024, 6, 10))  # noqa: DTZ001 - the case


async def test_senders_are_looked_up_a_hundred_at_once(stage: AssistStage) -> None:
    """Each once; who is gone is not among them."""
    people = [stage.service.world.add_user(login=f"user{number}") for number in range(150)]
    messages = [Message(id=f"{one.id:024x}", sender_id=one.id) for one in [*people, people[0]]]
    messages += [Message(id="0" * 24), Message(id="1" * 24, sender_id=999_999_999)]
    cube = stage.client()

    found = await collect_senders(cube, messages)

    assert {one.id: one.login for one in people} == {
        number: user.login for number, user in found.items()
    }
    assert [SIGN_IN, "GET /users/v2", "GET /users/v2"] == stage.labels
    assert {} == await collect_senders(cube, [])


# -- transcripts

WHEN = datetime(2024, 6, 10, 9, 34, 21, tzinfo=UTC)
PEOPLE = {
    7: User(id=7, login="mar", full_name="Mar Sim"),
    8: User(id=8, login="jonas@example.org"),
    9: User(id=9),
}


def said(text: str | None, sender: int | None = 7, **members: Any) -> Message:
    return Message(id="6" * 24, text=text, sender_id=sender, date_sent=WHEN, **members)


def shown(*messages: Message, me: int | None = 7) -> list[str]:
    transcript = format_transcript(messages, PEOPLE, redact=mask_private, current_user_id=me)
    return [line.removeprefix("2024-06-10 09:34 ") for line in transcript.split("\n")]


def test_a_line_says_when_who_and_what() -> None:
    """Full name, else login, else unknown; one's own messages are marked."""
    lines = shown(said("Hello"), said("Hi", 8), said("Ho", 9), said("Hm", 10), said("So", None))

    assert ["Mar Sim (me): Hello", "[e-mail]: Hi", "unknown: Ho"] == lines[:3]
    assert ["unknown: Hm", "unknown: So"] == lines[3:]
    assert ["Mar Sim: Hello"] == shown(said("Hello"), me=None)
    assert "Mar Sim: No date" == format_transcript(
        [Message(id="6" * 24, text="No date", sender_id=7)], PEOPLE, redact=mask_private
    )


def test_of_an_attachment_only_type_and_name_are_there() -> None:
    """No link, no id, no place leads to it."""
    image = Attachment(
        type="image", name="map.png", uid="CANARYUID", url="https://x/canary", id="5"
    )
    place = Attachment(type="place", latitude=56.9, longitude=24.1)
    lines = shown(said("Look", attachments=[image, place]), said(None, attachments=[Attachment()]))

    assert ["Mar Sim (me): Look [image: map.png] [place]", "Mar Sim (me): [file]"] == lines


def test_what_says_nothing_is_left_out() -> None:
    """An empty message is no line."""
    assert ["Mar Sim (me): Hello"] == shown(said(None), said(""), said(" \n"), said("Hello"))


@pytest.mark.parametrize("gap", ["\n", "\r\n", "\u2028", "\x0b", "\x85"])
def test_a_message_is_one_line(gap: str) -> None:
    """A text cannot pass for the words of somebody else."""
    assert ["Mar Sim (me): one Jonas: two"] == shown(said(f"one{gap}Jonas: two"))


def test_a_number_is_hidden_whatever_stands_within_it() -> None:
    """Characters that nobody sees, and breaks of lines, do not let it through."""
    lines = shown(said("call +371\u200b2000\u00ad0001"), said("4111\n1111\n1111\n1111"))

    assert ["Mar Sim (me): call [phone]", "Mar Sim (me): [card]"] == lines


def test_everything_goes_through_the_redactor() -> None:
    """Names, texts, and what attachments are called: there is no other way out."""
    asked: list[str] = []

    def redact(text: str) -> str:
        asked.append(text)
        return "#"

    attachment = Attachment(type="image", name="canary.png")
    line = format_transcript(
        [said("canary", attachments=[attachment])], PEOPLE, redact=redact, current_user_id=7
    )

    assert "2024-06-10 09:34 # (me): # [#]" == line
    assert ["canary", "image: canary.png", "Mar Sim"] == asked


@pytest.mark.parametrize("redact", [None, "mask", True])
def test_there_is_no_transcript_without_a_redactor(redact: Any) -> None:
    """It is not optional."""
    with pytest.raises(InvalidInputError, match="redact must be a function"):
        format_transcript([said("Hello")], PEOPLE, redact=redact)


def test_a_redactor_that_returns_no_text_is_refused() -> None:
    """A function that edits in place, or forgets to return, hides nothing."""
    nothing: Any = lambda _text: None  # noqa: E731 - typed as what it is not
    with pytest.raises(InvalidInputError, match="must return a text"):
        format_transcript([said("Hello")], PEOPLE, redact=nothing)


def test_what_a_redactor_raises_is_raised() -> None:
    """Better no transcript than one with secrets."""

    def fail(_text: str) -> str:
        raise LookupError("no dictionary")

    with pytest.raises(LookupError, match="no dictionary"):
        format_transcript([said("Hello")], PEOPLE, redact=fail)
