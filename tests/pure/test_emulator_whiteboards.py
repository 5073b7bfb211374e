"""Whiteboards of the emulator."""

from typing import Any

import pytest

from connectycube.emulator.chat_records import DialogType

from .chat_stage import (
    BROADCAST,
    GROUP,
    MEETING,
    NO_ID,
    NOT_FOUND,
    NOT_PERMITTED,
    PRIVATE,
    PUBLIC,
    ChatStage,
)

BLANK = ["can't be blank"]


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


def create(stage: ChatStage, user: Any, **members: Any) -> tuple[int, Any]:
    return stage.send(user, "POST", "/whiteboards", members)


@pytest.mark.parametrize("kind", [GROUP, PRIVATE, MEETING])
def test_members_create_and_see_whiteboards(stage: ChatStage, kind: DialogType) -> None:
    """Whoever is in the dialog may; moments have milliseconds."""
    dialog = stage.dialog(kind)

    status, board = create(stage, stage.member, name="Chart", chat_dialog_id=dialog.id)
    query = f"chat_dialog_id={dialog.id}"
    listed = stage.send(stage.owner, "GET", "/whiteboards.json", query=query)

    assert (201, "Chart", dialog.id, stage.member.id) == (
        status,
        board["name"],
        board["chat_dialog_id"],
        board["user_id"],
    )
    assert board["created_at"] == "2024-06-10T09:00:00.000Z"
    assert (200, [board]) == listed


@pytest.mark.parametrize("kind", [BROADCAST, PUBLIC])
def test_other_dialogs_have_no_whiteboards(stage: ChatStage, kind: DialogType) -> None:
    """They are for groups, private dialogs and the chats of meetings."""
    dialog = stage.dialog(kind)

    answer = create(stage, stage.owner, name="Chart", chat_dialog_id=dialog.id)

    assert (422, {"errors": {"chat_dialog_id": ["is invalid"]}}) == answer


def test_a_dialog_has_three_whiteboards_at_most(stage: ChatStage) -> None:
    """Another dialog has its own three, and a deleted one makes room."""
    first, second = stage.dialog(), stage.dialog()
    boards = [
        create(stage, stage.owner, name="Chart", chat_dialog_id=first.id)[1] for _ in range(3)
    ]

    fourth = create(stage, stage.member, name="Fourth", chat_dialog_id=first.id)
    elsewhere, _ = create(stage, stage.owner, name="Chart", chat_dialog_id=second.id)
    deleted = stage.send(stage.owner, "DELETE", f"/whiteboards/{boards[0]['_id']}")

    assert (422, {"errors": {"base": ["Maximum number of whiteboards reached"]}}) == fourth
    assert (201, (200, None)) == (elsewhere, deleted)
    assert create(stage, stage.member, name="Fourth", chat_dialog_id=first.id)[0] == 201


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({}, {"name": BLANK, "chat_dialog_id": BLANK}),
        ({"name": "Chart"}, {"chat_dialog_id": BLANK}),
        ({"name": 5, "chat_dialog_id": NO_ID}, {"name": ["must be a string"]}),
    ],
)
def test_name_and_dialog_are_needed(stage: ChatStage, members: Any, errors: Any) -> None:
    """Both must be there."""
    assert (422, {"errors": errors}) == create(stage, stage.owner, **members)


def test_list_needs_a_dialog(stage: ChatStage) -> None:
    """There is no list of all."""
    answer = stage.send(stage.owner, "GET", "/whiteboards")

    assert (422, {"errors": {"chat_dialog_id": BLANK}}) == answer


def test_strangers_neither_create_nor_see(stage: ChatStage) -> None:
    """A dialog of others is 403, and one that is none 404."""
    dialog = stage.dialog()

    for dialog_id, answer in ((dialog.id, NOT_PERMITTED), (NO_ID, NOT_FOUND)):
        query = f"chat_dialog_id={dialog_id}"
        assert answer == create(stage, stage.stranger, name="Chart", chat_dialog_id=dialog_id)
        assert answer == stage.send(stage.stranger, "GET", "/whiteboards", query=query)


def test_creator_renames_and_deletes(stage: ChatStage) -> None:
    """Nobody else may, not even the owner of the dialog."""
    dialog = stage.dialog()
    _, board = create(stage, stage.member, name="Chart", chat_dialog_id=dialog.id)
    path = f"/whiteboards/{board['_id']}"
    stage.service.clock.advance(1.25)

    assert NOT_PERMITTED == stage.send(stage.owner, "PUT", path, {"name": "Mine"})
    assert NOT_PERMITTED == stage.send(stage.owner, "DELETE", path)
    renamed = {**board, "name": "Map", "updated_at": "2024-06-10T09:00:01.250Z"}
    assert (200, renamed) == stage.send(stage.member, "PUT", path, {"name": "Map"})
    assert (422, {"errors": {"name": BLANK}}) == stage.send(stage.member, "PUT", path, {})
    assert (200, None) == stage.send(stage.member, "DELETE", path)
    assert NOT_FOUND == stage.send(stage.member, "DELETE", path)


def test_reset_forgets_whiteboards(stage: ChatStage) -> None:
    """They go with everything else."""
    dialog = stage.dialog()
    create(stage, stage.owner, name="Chart", chat_dialog_id=dialog.id)

    stage.service.reset()

    assert stage.world.whiteboards.of_dialog(dialog.id) == []
