"""Deleting dialogs of the emulator, their history, coming and going."""

from typing import Any

import pytest

from connectycube.emulator.chat_records import DialogType

from .chat_stage import (
    BROADCAST,
    GROUP,
    NO_ID,
    NOT_FOUND,
    NOT_PERMITTED,
    PRIVATE,
    PUBLIC,
    ChatStage,
    roles_in,
)


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


@pytest.mark.parametrize(
    ("kind", "role"),
    [(kind, role) for kind in (BROADCAST, GROUP, PRIVATE, PUBLIC) for role in roles_in(kind)],
)
def test_owner_deletes_for_everybody(stage: ChatStage, kind: DialogType, role: str) -> None:
    """Force takes dialog and messages away from all, or is 403."""
    dialog = stage.dialog(kind)
    message = stage.world.add_message(dialog, stage.owner, "Hello")

    answer = stage.send(
        stage.who(role), "DELETE", f"/chat/Dialog/{dialog.id}.json", query="force=1"
    )

    if role == "owner":
        assert (200, None) == answer
        assert (None, None) == (stage.chat.dialog(dialog.id), stage.chat.message(message.id))
    else:
        assert NOT_PERMITTED == answer
        assert dialog is stage.chat.dialog(dialog.id)


@pytest.mark.parametrize("kind", [BROADCAST, GROUP, PRIVATE, PUBLIC])
def test_anybody_deletes_for_oneself(stage: ChatStage, kind: DialogType) -> None:
    """The dialog leaves the caller's list alone, and is not found there a second time."""
    dialog = stage.dialog(kind)
    path = f"/chat/Dialog/{dialog.id}"

    assert (200, None) == stage.send(stage.member, "DELETE", path)
    assert NOT_FOUND == stage.send(stage.member, "DELETE", path)
    assert ([], [dialog.id]) == (stage.listed(stage.member), stage.listed(stage.owner))


def test_new_message_brings_a_private_dialog_back(stage: ChatStage) -> None:
    """Deleting a private dialog for oneself does not block the other one."""
    dialog = stage.dialog(PRIVATE)
    stage.send(stage.member, "DELETE", f"/chat/Dialog/{dialog.id}")

    stage.world.add_message(dialog, stage.owner, "Still there?")

    assert [dialog.id] == stage.listed(stage.member)


@pytest.mark.parametrize("separator", [",", ", ", "%2C"])
def test_several_are_deleted_one_by_one(stage: ChatStage, separator: str) -> None:
    """The answer tells what became of each."""
    own, foreign, gone = stage.dialog(), stage.dialog(), stage.dialog()
    stage.chat.remove_occupants(foreign, [stage.member.id])
    stage.chat.hide_dialog(gone, stage.member.id)
    ids = separator.join((own.id, foreign.id, gone.id, NO_ID, own.id))

    status, answer = stage.send(stage.member, "DELETE", f"/chat/Dialog/{ids}")

    assert status == 200
    assert {
        "SuccessfullyDeleted": {"ids": [own.id]},
        "NotFound": {"ids": [gone.id, NO_ID]},
        "WrongPermissions": {"ids": [foreign.id]},
    } == answer
    assert {stage.member.id} == own.hidden_for


@pytest.mark.parametrize("content", [b"force=1", b'{"force": 1}', b'{"force": true}'])
def test_force_comes_in_a_body_too(stage: ChatStage, content: bytes) -> None:
    """Without the right to, the id is among those of wrong permissions."""
    own, other = stage.dialog(), stage.world.add_dialog(stage.admin, occupants_ids=[1001])
    path = f"/chat/Dialog/{own.id},{other.id}"

    _, answer = stage.send_raw(stage.owner, "DELETE", path, content)

    assert ([own.id], [other.id]) == (
        answer["SuccessfullyDeleted"]["ids"],
        answer["WrongPermissions"]["ids"],
    )
    assert [other] == stage.chat.dialogs


def test_private_dialog_that_was_deleted_for_all_is_made_anew(stage: ChatStage) -> None:
    """Its id and its messages do not come back."""
    dialog = stage.dialog(PRIVATE)
    stage.send(stage.owner, "DELETE", f"/chat/Dialog/{dialog.id}", query="force=1")

    assert stage.dialog(PRIVATE).id != dialog.id


# History.


def test_history_is_cleared_for_the_caller(stage: ChatStage) -> None:
    """The others keep it, and later messages are there for all."""
    dialog = stage.dialog()
    stage.world.add_message(dialog, stage.owner, "Hello")

    answer = stage.send(stage.member, "DELETE", f"/chat/Dialog/clearHistory/{dialog.id}")
    later = stage.world.add_message(dialog, stage.owner, "Ahoy")

    assert (200, None) == answer
    assert [later] == stage.chat.messages_of(dialog, stage.member.id)
    assert ["Hello", "Ahoy"] == [one.text for one in stage.chat.messages_of(dialog, stage.admin.id)]


@pytest.mark.parametrize("role", roles_in(GROUP))
def test_history_is_cleared_for_all_by_the_owner(stage: ChatStage, role: str) -> None:
    """The same right as deleting the dialog."""
    dialog = stage.dialog()
    message = stage.world.add_message(dialog, stage.member, "Hello")
    dialog.pinned_messages_ids.append(message.id)
    path = f"/chat/Dialog/clearHistory/{dialog.id}"

    answer = stage.send(stage.who(role), "DELETE", path, query="force=1")

    if role == "owner":
        assert (200, None) == answer
        assert ([], []) == (stage.chat.messages_of(dialog), dialog.pinned_messages_ids)
    else:
        assert NOT_PERMITTED == answer
        assert [message] == stage.chat.messages_of(dialog)


# Coming and going.


@pytest.mark.parametrize("spelling", ["Dialog", "dialog"])
def test_public_dialog_is_open(stage: ChatStage, spelling: str) -> None:
    """Anybody comes, twice at will, and goes, once."""
    dialog = stage.dialog(PUBLIC)
    path = f"/chat/{spelling}/{dialog.id}/subscribe"

    counts = [stage.send(stage.stranger, "POST", path)[1]["occupants_count"] for _ in range(2)]
    listed = stage.listed(stage.stranger)
    left = stage.send(stage.stranger, "DELETE", path)

    assert ([4, 4], [dialog.id], (200, None)) == (counts, listed, left)
    assert NOT_FOUND == stage.send(stage.stranger, "DELETE", path)
    assert len(dialog.occupants_ids) == 3


def test_owner_of_a_public_dialog_stays_its_owner_outside(stage: ChatStage) -> None:
    """Unsubscribed, the owner still has the right to delete it, and cannot leave twice."""
    dialog = stage.dialog(PUBLIC)
    path = f"/chat/Dialog/{dialog.id}"
    stage.send(stage.owner, "DELETE", f"{path}/subscribe")

    assert NOT_FOUND == stage.send(stage.owner, "DELETE", f"{path}/subscribe")
    assert (200, None) == stage.send(stage.owner, "DELETE", path, query="force=true")


@pytest.mark.parametrize("kind", [BROADCAST, GROUP, PRIVATE])
def test_other_dialogs_are_not_open(stage: ChatStage, kind: DialogType) -> None:
    """One cannot subscribe to them, unless groups are open by a switch."""
    dialog = stage.dialog(kind)
    path = f"/chat/Dialog/{dialog.id}/subscribe"
    message = "Subscribing is possible only for 'public' chat dialogs"
    refusal = (403, {"errors": {"base": [message]}})

    assert refusal == stage.send(stage.stranger, "POST", path)
    assert refusal == stage.send(stage.member, "DELETE", path)
    stage.service.settings.groups_are_open = True
    assert (200 if kind is GROUP else 403) == stage.send(stage.stranger, "POST", path)[0]


def test_unknown_dialog_cannot_be_subscribed_to(stage: ChatStage) -> None:
    """There is nothing to come to."""
    assert NOT_FOUND == stage.send(stage.owner, "POST", f"/chat/Dialog/{NO_ID}/subscribe")


def test_occupants_come_in_pages_of_flat_users(stage: ChatStage) -> None:
    """Deleted users are still occupants, but cannot be shown."""
    dialog = stage.dialog(PUBLIC)
    path = f"/chat/Dialog/{dialog.id}/occupants"

    _, page = stage.send(stage.member, "GET", path, query="limit=1&skip=1")
    stage.world.remove_user(stage.admin.id)
    _, rest = stage.send(stage.member, "GET", path)

    assert [1002] == [user["id"] for user in page["items"]]
    assert [1001, 1003] == [user["id"] for user in rest["items"]]
    assert [1001, 1002, 1003] == dialog.occupants_ids


@pytest.mark.parametrize(
    ("sent", "kept"), [(0, 0), ("0", 0), (False, 0), (1, 1), ("1", 1), (True, 1)]
)
def test_notifications_are_each_users_own(stage: ChatStage, sent: Any, kept: int) -> None:
    """They are on until turned off, and told as numbers."""
    dialog = stage.dialog()
    dialog.silent_for = {stage.owner.id} if kept else set()
    path = f"/chat/Dialog/{dialog.id}/notifications"

    changed = stage.send(stage.owner, "PUT", path, {"enabled": sent})

    assert (200, {"notifications": {"enabled": kept}}) == changed
    assert changed == stage.send(stage.owner, "GET", path)
    assert (200, {"notifications": {"enabled": 1}}) == stage.send(stage.member, "GET", path)


@pytest.mark.parametrize(
    ("body", "error"),
    [({}, "can't be blank"), ({"enabled": ""}, "can't be blank"), ({"enabled": 2}, "is invalid")],
)
def test_notifications_are_on_or_off(stage: ChatStage, body: Any, error: str) -> None:
    """Nothing else is taken."""
    path = f"/chat/Dialog/{stage.dialog().id}/notifications"

    assert (422, {"errors": {"enabled": [error]}}) == stage.send(stage.owner, "PUT", path, body)
