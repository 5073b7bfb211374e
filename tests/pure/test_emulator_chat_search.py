"""Searching the emulator's chat: C24."""

from typing import Any
from urllib.parse import urlencode

import pytest

from connectycube.emulator.chat_records import DialogType

from .chat_stage import ChatStage


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


def found(
    stage: ChatStage, by: str = "member", **parameters: Any
) -> tuple[list[Any], list[Any], list[Any]]:
    query = urlencode({"search_text": "Sailing", **parameters})
    status, answer = stage.send(stage.who(by), "GET", "/chat/search.json", query=query)
    assert status == 200, answer
    results = answer["results"]
    return (
        [one["name"] for one in results["dialogs"]],
        [one["message"] for one in results["messages"]],
        results["users"],
    )


def test_names_of_dialogs_and_texts_of_messages_are_searched(stage: ChatStage) -> None:
    """Case counts; the newest message comes first; nobody is ever found."""
    trip = stage.dialog(name="Sailing trip")
    crew = stage.dialog(name="sailing crew")
    for dialog, text in [(trip, "Sailing on Saturday?"), (crew, "No Sailing"), (crew, "sailing")]:
        stage.world.add_message(dialog, stage.owner, text)
        stage.service.clock.advance(10)
    stage.world.add_message(crew, stage.owner, None)

    assert (["Sailing trip"], ["No Sailing", "Sailing on Saturday?"], []) == found(stage)


def test_only_ones_own_dialogs_are_searched(stage: ChatStage) -> None:
    """Foreign and deleted things are not found; broadcasts are."""
    group = stage.dialog(name="Sailing trip")
    news = stage.dialog(DialogType.BROADCAST, name="Sailing news")
    for dialog in (group, news):
        stage.world.add_message(dialog, stage.owner, f"{dialog.name}!")
    [message] = stage.chat.messages_of(group)
    stage.chat.delete_for(message, stage.admin.id)

    assert (["Sailing news"], ["Sailing news!"], []) == found(stage, "stranger")
    assert (["Sailing trip", "Sailing news"], ["Sailing news!"], []) == found(stage, "admin")


def test_search_in_some_dialogs(stage: ChatStage) -> None:
    """Ids narrow both lists, and a foreign one finds nothing."""
    one, two = stage.dialog(name="Sailing 1"), stage.dialog(name="Sailing 2")
    for dialog in (one, two):
        stage.world.add_message(dialog, stage.owner, f"{dialog.name}!")

    assert (["Sailing 2"], ["Sailing 2!"], []) == found(stage, chat_dialog_ids=two.id)
    assert ([], [], []) == found(stage, "stranger", chat_dialog_ids=two.id)


def test_dates_bound_the_messages(stage: ChatStage) -> None:
    """The start is the newest moment and the end the oldest."""
    dialog = stage.dialog()
    for day in range(3):
        stage.world.add_message(dialog, stage.owner, f"Sailing {day}")
        stage.service.clock.advance(86400)
    bounds = {"start_date": "2024-06-11T09:00:00Z", "end_date": "2024-06-10T09:00:01Z"}

    assert ([], ["Sailing 1"], []) == found(stage, **bounds)


def test_limit_holds_for_each_list(stage: ChatStage) -> None:
    """A limit of one brings one of each."""
    for number in range(2):
        dialog = stage.dialog(name=f"Sailing {number}")
        stage.world.add_message(dialog, stage.owner, f"Sailing {number}!")
        stage.service.clock.advance(1)

    assert (["Sailing 0"], ["Sailing 1!"], []) == found(stage, limit=1)


def test_search_beyond_the_rules_is_refused(stage: ChatStage) -> None:
    """Four characters are too few."""
    refusal = {"search_text": ["is too short (minimum is 5 characters)"]}

    assert (422, {"errors": refusal}) == stage.send(
        stage.owner, "GET", "/chat/search", query="search_text=Sail"
    )
