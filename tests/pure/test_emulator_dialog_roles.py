"""Who may do what in a dialog of the emulator, and what changing one does."""

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
    roles_in,
)

WRONG_TYPE = "Updating occupants_ids is possible only for 'group' and 'public' chat dialogs"
PIN = "6666c9f0a4b35e0017f0aff0"
RENAME = {"name": "New"}
DESCRIBE = {"description": "New", "photo": None}
CUSTOMIZE = {"extensions": {"place": "Quay"}, "permissions": {"allow_preview": 1}}
ADD = {"push_all": {"occupants_ids": [1004]}}
REMOVE = {"pull_all": {"occupants_ids": [1002, 1003]}}
PIN_ONE = {"push_all": {"pinned_messages_ids": [PIN]}}
UNPIN = {"pull_all": {"pinned_messages_ids": [PIN]}}
NAME_ADMIN = {"push_all": {"admins_ids": [1003]}}


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


# Kind, change, and who may: the table of roles, row by row.
ALLOWED = [
    (GROUP, RENAME, "owner admin member"),
    (GROUP, DESCRIBE, "owner admin member"),
    (GROUP, CUSTOMIZE, "owner admin member"),
    (GROUP, ADD, "owner admin member"),
    (GROUP, REMOVE, "owner admin"),
    (GROUP, PIN_ONE, "owner admin"),
    (GROUP, UNPIN, "owner admin"),
    (GROUP, NAME_ADMIN, "owner"),
    (PUBLIC, RENAME, "owner admin"),
    (PUBLIC, DESCRIBE, "owner admin"),
    (PUBLIC, CUSTOMIZE, "owner admin"),
    (PUBLIC, ADD, "owner admin"),
    (PUBLIC, REMOVE, "owner admin"),
    (PUBLIC, PIN_ONE, "owner admin"),
    (PUBLIC, NAME_ADMIN, "owner"),
    (BROADCAST, RENAME, "owner admin"),
    (BROADCAST, DESCRIBE, "owner admin"),
    (BROADCAST, CUSTOMIZE, "owner admin"),
    (BROADCAST, PIN_ONE, "owner admin"),
    (BROADCAST, NAME_ADMIN, "owner"),
    (PRIVATE, RENAME, ""),
    (PRIVATE, DESCRIBE, ""),
    (PRIVATE, CUSTOMIZE, "owner member"),
    (PRIVATE, PIN_ONE, ""),
    (PRIVATE, NAME_ADMIN, ""),
    (MEETING, RENAME, "owner admin member"),
    (MEETING, PIN_ONE, "owner admin"),
]


@pytest.mark.parametrize(
    ("kind", "change", "role", "is_allowed"),
    [
        (kind, change, role, role in allowed.split())
        for kind, change, allowed in ALLOWED
        for role in roles_in(kind)
    ],
)
def test_roles_decide_who_changes_what(
    stage: ChatStage, kind: DialogType, change: Any, role: str, *, is_allowed: bool
) -> None:
    """What a role does not allow is 403 and changes nothing."""
    dialog = stage.dialog(kind, pinned_messages_ids=[PIN])
    stage.service.clock.advance(5)

    answer = stage.send(stage.who(role), "PUT", f"/chat/Dialog/{dialog.id}", change)

    if is_allowed:
        assert answer[0] == 200
        assert stage.world.now() == dialog.updated_at
    else:
        assert NOT_PERMITTED == answer
        assert dialog.created_at == dialog.updated_at


@pytest.mark.parametrize("kind", [GROUP, PRIVATE, PUBLIC])
def test_foreign_dialog_is_unknown(stage: ChatStage, kind: DialogType) -> None:
    """A dialog of others, and one that is none, are 404 alike."""
    dialog = stage.dialog(kind)

    for dialog_id in (dialog.id, NO_ID):
        for method, rest, body in (
            ("PUT", "", RENAME),
            ("PUT", "/admins", NAME_ADMIN),
            ("DELETE", "", None),
            ("DELETE", "/subscribe", None),
            ("PUT", "/notifications", {"enabled": 0}),
            ("GET", "/notifications", None),
            ("GET", "/occupants", None),
        ):
            path = f"/chat/Dialog/{dialog_id}{rest}"
            assert NOT_FOUND == stage.send(stage.stranger, method, path, body)
        history = f"/chat/Dialog/clearHistory/{dialog_id}"
        assert NOT_FOUND == stage.send(stage.stranger, "DELETE", history)


def update(stage: ChatStage, dialog_id: str, user: Any = None, **members: Any) -> tuple[int, Any]:
    return stage.send(user or stage.owner, "PUT", f"/chat/Dialog/{dialog_id}", members)


def test_update_shows_the_changed_dialog(stage: ChatStage) -> None:
    """Members are replaced, lists grow and shrink, and numeric strings are ids too."""
    dialog = stage.dialog(pinned_messages_ids=["a" * 24], extensions={"place": "Quay"})

    status, shown = update(
        stage,
        dialog.id,
        name="New",
        photo="x" * 36,
        extensions=None,
        permissions={"allow_preview": False},
        push_all={"occupants_ids": ["1004", 1003], "pinned_messages_ids": [PIN, PIN]},
        pull_all={"occupants_ids": ["1002"], "pinned_messages_ids": ["a" * 24]},
    )

    assert (200, "New", "x" * 36, None) == (
        status,
        shown["name"],
        shown["photo"],
        shown["extensions"],
    )
    assert {"allow_preview": False} == shown["permissions"]
    assert [1001, 1003, 1004] == shown["occupants_ids"]
    assert [PIN] == shown["pinned_messages_ids"]
    assert [] == shown["admins_ids"]  # a removed occupant is no admin either


@pytest.mark.parametrize("kind", [PRIVATE, BROADCAST])
@pytest.mark.parametrize("way", ["push_all", "pull_all"])
def test_occupants_change_in_groups_and_public_dialogs_only(
    stage: ChatStage, kind: DialogType, way: str
) -> None:
    """Elsewhere the service has a text of its own."""
    dialog = stage.dialog(kind)

    answer = update(stage, dialog.id, **{way: {"occupants_ids": [1004]}})

    assert (403, {"errors": {"base": [WRONG_TYPE]}}) == answer


@pytest.mark.parametrize("kind", [GROUP, PUBLIC])
def test_anybody_may_leave(stage: ChatStage, kind: DialogType) -> None:
    """Removing oneself needs no role; afterwards the dialog is foreign."""
    dialog = stage.dialog(kind)
    leaving = {"pull_all": {"occupants_ids": [stage.member.id]}}

    assert update(stage, dialog.id, stage.member, **leaving)[0] == 200
    assert NOT_FOUND == update(stage, dialog.id, stage.member, **leaving)
    assert stage.member.id not in dialog.occupants_ids


def test_owner_who_left_a_group_has_no_say(stage: ChatStage) -> None:
    """Who is not in a group is nothing in it."""
    dialog = stage.dialog()
    update(stage, dialog.id, pull_all={"occupants_ids": [stage.owner.id]})

    assert NOT_FOUND == update(stage, dialog.id, name="New")


def test_added_occupant_finds_a_deleted_dialog_again(stage: ChatStage) -> None:
    """Who deleted a group and is added to it has it on the list."""
    dialog = stage.dialog()
    stage.chat.hide_dialog(dialog, stage.member.id)

    update(stage, dialog.id, push_all={"occupants_ids": [stage.member.id]})

    assert [dialog.id] == stage.listed(stage.member)


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({}, {"base": ["Nothing to update"]}),
        ({"nonsense": 1}, {"base": ["Nothing to update"]}),
        ({"name": ""}, {"name": ["can't be blank"]}),
        ({"name": None}, {"name": ["can't be blank"]}),
        ({"description": 5}, {"description": ["must be a string"]}),
        ({"push_all": {"occupants_ids": ["x"]}}, {"occupants_ids": ["is invalid"]}),
        (
            {"push_all": {"admins_ids": [1003, 1004, 1005, 1006, 1007]}},
            {"base": ["A dialog has at most 5 admins"]},
        ),
    ],
)
def test_unfit_update_is_refused(stage: ChatStage, members: Any, errors: Any) -> None:
    """Nothing is changed then."""
    dialog = stage.dialog()

    assert (422, {"errors": errors}) == update(stage, dialog.id, **members)
    assert ("Crew", [1002]) == (dialog.name, dialog.admins_ids)


def test_update_without_members_may_be_let_through(stage: ChatStage) -> None:
    """That at least one is needed is inferred."""
    stage.service.settings.refuse_empty_updates = False
    dialog = stage.dialog()

    assert update(stage, dialog.id)[0] == 200


# Admins.


@pytest.mark.parametrize(
    ("kind", "role"),
    [(kind, role) for kind in (BROADCAST, GROUP, PUBLIC, PRIVATE) for role in roles_in(kind)],
)
def test_owner_names_admins(stage: ChatStage, kind: DialogType, role: str) -> None:
    """Nobody else does, and a private dialog has none."""
    dialog = stage.dialog(kind)
    path = f"/chat/Dialog/{dialog.id}/admins"

    answer = stage.send(
        stage.who(role), "PUT", path, {"push_all": {"admins_ids": [stage.stranger.id]}}
    )

    if role == "owner" and kind is not PRIVATE:
        assert (200, [1002, 1004]) == (answer[0], answer[1]["admins_ids"])
        assert (kind is not BROADCAST) == (stage.stranger.id in dialog.occupants_ids)
    else:
        assert NOT_PERMITTED == answer


def test_admins_come_in_a_form_and_go_by_pull(stage: ChatStage) -> None:
    """The documentation's brackets are a form; five is the limit after the removal."""
    dialog = stage.dialog()
    path = f"/chat/Dialog/{dialog.id}/admins.json"
    form = b"push_all[admins_ids][]=1003&push_all[admins_ids][]=1004"
    both = {"push_all": {"admins_ids": [5, 6, 7, 8, 9]}, "pull_all": {"admins_ids": [1002]}}

    _, shown = stage.send_raw(stage.owner, "PUT", path, form)
    too_many = stage.send(stage.owner, "PUT", path, both)
    both["pull_all"]["admins_ids"] += [1003, 1004]
    enough = stage.send(stage.owner, "PUT", path, both)

    assert [1002, 1003, 1004] == shown["admins_ids"]
    assert too_many[0] == 422
    assert (200, [5, 6, 7, 8, 9]) == (enough[0], enough[1]["admins_ids"])


def test_admins_must_be_given(stage: ChatStage) -> None:
    """The operation changes nothing else."""
    dialog = stage.dialog()
    path = f"/chat/Dialog/{dialog.id}/admins"

    answer = stage.send(stage.owner, "PUT", path, {"push_all": {"occupants_ids": [1004]}})

    assert (422, {"errors": {"admins_ids": ["can't be blank"]}}) == answer
    assert stage.stranger.id not in dialog.occupants_ids
