"""Summaries: one for all who ask, kept until a message is new, edited or deleted."""

from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from connectycube import ForbiddenError, InvalidInputError, LoginPassword, NotFoundError, Session
from connectycube.assist import Summaries, mask_private, rewrite
from connectycube.auth.existing import ExistingSession
from connectycube.emulator.chat_records import Message

from .assist_stage import DIALOG, HISTORY, LOOK, AssistStage, More
from .stage import ASK, FIND, SIGN_IN, Together, begin, outcomes

pytestmark = pytest.mark.anyio

FRESH = [DIALOG, HISTORY, FIND]


@pytest.fixture
def stage() -> AssistStage:
    return AssistStage()


async def test_twenty_clicks_make_one_call_of_the_model(stage: AssistStage) -> None:
    """And one history, which stays unread."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    stage.model.before = partial(anyio.sleep, 3)

    results = await outcomes([partial(summaries.get, stage.dialog.id)] * 20)

    assert ["summary 1"] * 20 == results
    assert 1 == len(stage.model.prompts)
    assert [SIGN_IN, *FRESH] == stage.labels
    assert 1 == stage.unread


async def test_a_pause_gathers_clicks_that_come_one_by_one(stage: AssistStage) -> None:
    """With `debounce` nothing is sent before the clicking ends."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client(), debounce=0.5)
    async with Together() as group:
        for _ in range(20):
            begin(group, partial(summaries.get, stage.dialog.id))
            await anyio.sleep(0.4)
            assert [] == stage.labels

    assert 1 == len(stage.model.prompts)


async def test_the_model_gets_instructions_and_masked_lines(stage: AssistStage) -> None:
    """Nothing that the redactor hides is in the prompt."""
    stage.say("I am sim@example.org, card 4111 1111 1111 1111")
    stage.say("Call +371 20000001", by=stage.mar.id)
    summaries = stage.summaries(stage.client())

    await summaries.get(stage.dialog.id, instructions="Auf Deutsch, bitte:")

    [prompt] = stage.model.prompts
    assert ["sim: I am [e-mail], card [card]", "Mar Sim (me): Call [phone]"] == stage.model.lines
    assert prompt.startswith("Auf Deutsch, bitte:\n\n")
    assert not [one for one in ("sim@", "4111", "20000001") if one in prompt]


async def test_a_kept_summary_costs_a_look_for_changes(stage: AssistStage) -> None:
    """No history, no model: what changed since, and whether all of it is still there."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    await summaries.get(stage.dialog.id)
    stage.sent_by()

    assert "summary 1" == await summaries.get(stage.dialog.id)
    assert LOOK == stage.sent_by()
    assert (1, 1) == (len(stage.model.prompts), stage.unread)


Change = Callable[[AssistStage, list[Message]], object]
CHANGES: dict[str, Change] = {
    "a new one": lambda stage, _: stage.say("new"),
    "a new one, late": lambda stage, said: stage.say("late", date_sent=said[0].date_sent - 60),
    "the newest edited": lambda stage, said: stage.edit(said[-1], "edited"),
    "the oldest edited": lambda stage, said: stage.edit(said[0], "edited"),
    "edited at once": lambda stage, said: stage.service.world.chat.edit(said[-1], "edited"),
    "the newest deleted": lambda stage, said: stage.service.world.chat.delete_for_all(said[-1]),
    "the oldest deleted": lambda stage, said: stage.service.world.chat.delete_for_all(said[0]),
    "deleted for me": lambda stage, said: stage.service.world.chat.delete_for(
        said[1], stage.mar.id
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("written", [3, 150])
async def test_a_change_makes_it_anew_once(
    stage: AssistStage, change: Change, written: int
) -> None:
    """A new, an edited and a deleted message are noticed, and summarised once."""
    said = [stage.say(f"{number}") for number in range(written)]
    summaries = stage.summaries(stage.client(), max_messages=200)
    await summaries.get(stage.dialog.id)

    change(stage, said)

    assert "summary 2" == await summaries.get(stage.dialog.id)
    stage.sent_by()
    assert "summary 2" == await summaries.get(stage.dialog.id)
    assert [HISTORY] * (2 if written == 3 else 3) == stage.sent_by()
    assert 2 == len(stage.model.prompts)


async def test_a_cleared_history_is_nothing_to_summarise(stage: AssistStage) -> None:
    """Where no message is the model is not asked."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    await summaries.get(stage.dialog.id)

    stage.service.world.chat.clear_history(stage.dialog, stage.mar.id)

    assert "" == await summaries.get(stage.dialog.id)
    stage.say("Hello again")
    assert "summary 2" == await summaries.get(stage.dialog.id)
    assert ["sim: Hello again"] == stage.model.lines


async def test_being_read_changes_nothing(stage: AssistStage) -> None:
    """That a message was read, or got a reaction, is no reason to ask the model or to fetch."""
    said = [stage.say(f"{number}") for number in range(3)]
    summaries = stage.summaries(stage.client())
    await summaries.get(stage.dialog.id)
    stage.sent_by()
    chat = stage.service.world.chat

    stage.advance(60)
    for message in said:
        chat.mark_read(message, stage.mar.id)
        chat.react(message, stage.mar.id, "\N{ANCHOR}")

    for _ in range(2):
        assert "summary 1" == await summaries.get(stage.dialog.id)
        assert LOOK == stage.sent_by()


async def test_where_all_may_have_changed_the_history_tells(stage: AssistStage) -> None:
    """A full page of changes hides others; the model is asked only if the talk reads otherwise."""
    said = [stage.say(f"{number}") for number in range(120)]
    summaries = stage.summaries(stage.client(), max_messages=200)
    await summaries.get(stage.dialog.id)
    stage.advance(60)
    for message in said:
        stage.service.world.chat.mark_read(message, stage.mar.id)
    stage.sent_by()

    assert "summary 1" == await summaries.get(stage.dialog.id)
    assert [HISTORY, DIALOG, HISTORY, HISTORY, FIND] == stage.sent_by()
    assert 1 == len(stage.model.prompts)


@pytest.mark.parametrize("limit", [More(max_messages=2), More(max_chars=2)])
async def test_what_is_older_than_the_window_does_not_matter(
    stage: AssistStage, limit: More
) -> None:
    """Its changes are no reason to do anything; what moves into the window is."""
    said = [stage.say(f"{number}") for number in range(5)]
    summaries = stage.summaries(stage.client(), **limit)
    await summaries.get(stage.dialog.id)
    stage.sent_by()
    stage.edit(said[0], "x")
    stage.service.world.chat.delete_for_all(said[1])

    assert "summary 1" == await summaries.get(stage.dialog.id)
    assert LOOK == stage.sent_by()
    stage.service.world.chat.delete_for_all(said[4])
    assert "summary 2" == await summaries.get(stage.dialog.id)
    assert ["sim: 2", "sim: 3"] == stage.model.lines


async def test_days_leave_older_messages_out(stage: AssistStage) -> None:
    """Days are whole ones of UTC, so that one summary serves for a day."""
    day = 24 * 60 * 60
    midnight = int(stage.clock.wall) // day * day
    stage.say("the day before", date_sent=midnight - day - 1)
    stage.say("yesterday", date_sent=midnight - day)
    stage.say("today", date_sent=midnight + 1)
    summaries = stage.summaries(stage.client())

    await summaries.get(stage.dialog.id, days=1)
    assert ["sim: yesterday", "sim: today"] == stage.model.lines
    await summaries.get(stage.dialog.id)
    assert 3 == len(stage.model.lines)
    stage.clock.advance(midnight + day - 1 - stage.clock.wall)
    await summaries.get(stage.dialog.id, days=1)
    assert 2 == len(stage.model.prompts)
    stage.clock.advance(1)
    await summaries.get(stage.dialog.id, days=1)
    assert ["sim: today"] == stage.model.lines


async def test_each_kind_of_summary_is_kept_for_itself(stage: AssistStage) -> None:
    """Another dialog, language or number of days is another summary."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    for _ in range(2):
        assert "summary 1" == await summaries.get(stage.dialog.id)
        assert "summary 2" == await summaries.get(stage.dialog.id, instructions="Briefly:")

    stage.dialog = stage.group()
    stage.say("Elsewhere")
    assert "summary 3" == await summaries.get(stage.dialog.id)


async def test_the_summary_unasked_for_longest_goes_first(stage: AssistStage) -> None:
    """Only so many are kept."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client(), keep=2)

    for instructions in ("a", "b", "a", "c", "a", "b"):
        await summaries.get(stage.dialog.id, instructions=instructions)

    asked = [prompt.partition("\n")[0] for prompt in stage.model.prompts]
    assert ["a", "b", "c", "b"] == asked


async def test_nothing_is_kept_where_nothing_may_be(stage: AssistStage) -> None:
    """`keep=0` is for those who have a cache of their own."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client(), keep=0)

    assert "summary 1" == await summaries.get(stage.dialog.id)
    assert "summary 2" == await summaries.get(stage.dialog.id)


async def test_a_model_that_fails_fails_for_all_and_is_asked_again(stage: AssistStage) -> None:
    """Its error is not swallowed, shared by those who wait, and kept for nobody."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())

    async def fail() -> None:
        await anyio.sleep(1)
        raise LookupError("out of tokens")

    stage.model.before = fail
    results = await outcomes([partial(summaries.get, stage.dialog.id)] * 20)
    assert ["LookupError('out of tokens')"] * 20 == [repr(one) for one in results]
    assert 1 == len(stage.model.prompts)

    stage.model.before = anyio.lowlevel.checkpoint
    assert "summary 2" == await summaries.get(stage.dialog.id)


async def test_an_earlier_summary_survives_a_failure(stage: AssistStage) -> None:
    """Where the model failed for a message that is then deleted, the old one is right again."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    await summaries.get(stage.dialog.id)
    new = stage.say("new")

    async def fail() -> None:
        await anyio.lowlevel.checkpoint()
        raise LookupError

    stage.model.before = fail
    with pytest.raises(LookupError):
        await summaries.get(stage.dialog.id)
    stage.service.world.chat.delete_for_all(new)

    assert "summary 1" == await summaries.get(stage.dialog.id)


async def test_a_cancelled_caller_concerns_itself_alone(stage: AssistStage) -> None:
    """Be it the one who asks the model: the others have its answer."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client(), grace=5)
    stage.model.before = partial(anyio.sleep, 3)
    async with Together() as group:
        callers = [begin(group, partial(summaries.get, stage.dialog.id)) for _ in range(20)]
        await anyio.sleep(1)
        for caller in callers[:3]:
            caller.scope.cancel()

    assert [None] * 3 + ["summary 1"] * 17 == [caller.value for caller in callers]
    assert 1 == len(stage.model.prompts)


async def test_a_model_is_not_left_running_for_nobody(stage: AssistStage) -> None:
    """When everybody is gone the model is cancelled at once, and nothing is kept."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client(), grace=60)
    stage.model.before = partial(anyio.sleep, 100)
    began = anyio.current_time()
    with anyio.move_on_after(1):
        await outcomes([partial(summaries.get, stage.dialog.id)] * 20)
    assert anyio.current_time() - began < 1.1

    stage.model.before = anyio.lowlevel.checkpoint
    assert "summary 2" == await summaries.get(stage.dialog.id)


async def test_what_is_forgotten_is_made_anew(stage: AssistStage) -> None:
    """For changes that the service does not tell, such as another name."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    await summaries.get(stage.dialog.id)
    stage.sim.full_name = "Sim Mar"
    assert "summary 1" == await summaries.get(stage.dialog.id)

    summaries.forget(stage.group().id)
    assert "summary 1" == await summaries.get(stage.dialog.id)
    summaries.forget(stage.dialog.id)
    assert "summary 2" == await summaries.get(stage.dialog.id)
    assert ["Sim Mar: Cast off at six"] == stage.model.lines


async def test_who_asks_after_a_change_waits_for_no_summary_begun_before(
    stage: AssistStage,
) -> None:
    """A summary under way is not what was asked for after `forget`, and is not kept."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    stage.model.before = partial(anyio.sleep, 3)
    async with Together() as group:
        before = begin(group, partial(summaries.get, stage.dialog.id))
        await anyio.sleep(1)
        stage.say("No, at seven")
        summaries.forget(stage.dialog.id)
        after = begin(group, partial(summaries.get, stage.dialog.id))
        await after.done.wait()
        stage.model.before = anyio.lowlevel.checkpoint

    assert ("summary 1", "summary 2") == (before.value, after.value)
    assert "summary 2" == await summaries.get(stage.dialog.id)


async def test_another_user_of_the_client_gets_a_summary_of_their_own(stage: AssistStage) -> None:
    """A summary marks whose messages are the caller's."""
    stage.say("Cast off at six")
    cube = stage.client()
    summaries = stage.summaries(cube)
    await summaries.get(stage.dialog.id)

    await cube.create_session(LoginPassword("sim", "canary-of-sim"))

    assert "summary 2" == await summaries.get(stage.dialog.id)
    assert ["sim (me): Cast off at six"] == stage.model.lines


async def test_nobody_reads_on_who_has_left(stage: AssistStage) -> None:
    """A kept summary is given to those alone who may read the messages."""
    stage.say("Cast off at six")
    summaries = stage.summaries(stage.client())
    await summaries.get(stage.dialog.id)

    stage.service.world.chat.remove_occupants(stage.dialog, [stage.mar.id])

    with pytest.raises(ForbiddenError):
        await summaries.get(stage.dialog.id)


async def test_a_bare_token_knows_whose_messages_are_its_own(stage: AssistStage) -> None:
    """The service is asked who the user is, once."""
    stage.say("Cast off at six", by=stage.mar.id)
    session = await stage.elsewhere()
    stage.sent_by()
    cube = stage.client(ExistingSession(Session.from_token(session.token)))
    summaries = stage.summaries(cube)

    await summaries.get(stage.dialog.id)
    assert [*FRESH, ASK] == stage.sent_by()
    assert ["Mar Sim (me): Cast off at six"] == stage.model.lines
    await summaries.get(stage.dialog.id)
    assert LOOK == stage.sent_by()


async def test_what_cannot_be_is_refused(stage: AssistStage) -> None:
    """Options, dialogs, days, and a model that returns no text."""
    stage.say("Cast off at six")
    cube = stage.client()
    summaries = stage.summaries(cube)
    nothing: Any = None
    wrong = (More(max_messages=0), More(max_chars=0), More(keep=-1), More(redact=nothing))
    for options in wrong:
        with pytest.raises(InvalidInputError):
            stage.summaries(cube, **options)
    no_days: list[Any] = [-1, 1.5, True]
    for days in no_days:
        with pytest.raises(InvalidInputError, match="days"):
            await summaries.get(stage.dialog.id, days=days)
    with pytest.raises(InvalidInputError):
        await summaries.get("crew")
    with pytest.raises(NotFoundError):
        await summaries.get("6" * 24)

    async def silent(_prompt: str) -> Any:
        await anyio.lowlevel.checkpoint()

    with pytest.raises(InvalidInputError, match="the model must return a text"):
        await Summaries(cube, silent, redact=mask_private).get(stage.dialog.id)


def test_a_model_with_a_key_is_shown_nowhere(stage: AssistStage) -> None:
    """A partial function shows its arguments, and they may be secrets."""

    async def model(prompt: str, key: str) -> str:
        await anyio.lowlevel.checkpoint()
        return prompt + key

    summaries = Summaries(stage.client(), partial(model, key="canary"), redact=mask_private)

    assert "canary" not in repr(summaries) + str(summaries)


# -- drafts


async def test_a_draft_is_rewritten_in_a_tone(stage: AssistStage) -> None:
    """The model sees the tone and the redacted draft; its answer comes trimmed."""

    async def model(prompt: str) -> str:
        await stage.model(prompt)
        return "\n Wonderful! \n"

    text = await rewrite("  ok,\nsim@example.org ", "positive", model, redact=mask_private)

    assert "Wonderful!" == text
    [prompt] = stage.model.prompts
    assert prompt.endswith("\n\nok, [e-mail]")
    assert " a positive tone" in prompt


@pytest.mark.parametrize("draft", ["", " \n "])
async def test_an_empty_draft_asks_nobody(stage: AssistStage, draft: str) -> None:
    """There is nothing to rewrite."""
    assert "" == await rewrite(draft, "positive", stage.model, redact=mask_private)
    assert [] == stage.model.prompts


async def test_a_draft_needs_a_tone_and_a_redactor(stage: AssistStage) -> None:
    """Without them the model is not asked."""
    nothing: Any = None
    with pytest.raises(InvalidInputError, match="tone"):
        await rewrite("ok", " ", stage.model, redact=mask_private)
    with pytest.raises(InvalidInputError, match="redact"):
        await rewrite("ok", "positive", stage.model, redact=nothing)
    assert [] == stage.model.prompts
