"""Changing, deleting and reacting to messages of the emulator: C18 to C20, C22 and C23."""

from typing import Any

import pytest

from connectycube.emulator.chat_records import Dialog, DialogType, Message

from .chat_stage import NO_ID, NOT_FOUND, NOT_PERMITTED, ChatStage

DONE = (200, None)
BOTH = {"read": 1, "delivered": 1}


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


def filled(
    stage: ChatStage, kind: DialogType = DialogType.GROUP, count: int = 1
) -> tuple[Dialog, list[Message]]:
    """Make a dialog with messages of its owner."""
    dialog = stage.dialog(kind)
    return dialog, [
        stage.world.add_message(dialog, stage.owner, f"text {number}") for number in range(count)
    ]


def update(
    stage: ChatStage, dialog: Dialog, ids: str = "", *, by: str = "member", **body: Any
) -> tuple[int, Any]:
    path = f"/chat/Message/{ids}" if ids else "/chat/Message.json"
    return stage.send(stage.who(by), "PUT", path, {"chat_dialog_id": dialog.id, **body})


@pytest.mark.parametrize(
    ("body", "read", "delivered"),
    [
        ({"read": 1}, True, True),
        ({"read": "1"}, True, True),
        ({"delivered": 1}, False, True),
        ({"delivered": True, "read": 0}, False, True),
        (BOTH, True, True),
    ],
)
def test_messages_are_marked(stage: ChatStage, body: Any, *, read: bool, delivered: bool) -> None:
    """The named messages are, once however often it is said; reading implies having got."""
    dialog, messages = filled(stage, count=3)
    ids = ",".join(message.id for message in messages[:2])
    for _ in range(2):
        assert DONE == update(stage, dialog, ids, **body)

    member, own = stage.member.id, stage.owner.id
    for message in messages[:2]:
        assert ([own, member] if read else [own]) == message.read_ids
        assert ([own, member] if delivered else [own]) == message.delivered_ids
    assert [own] == messages[2].delivered_ids


def test_all_messages_of_a_dialog_are_marked_without_ids(stage: ChatStage) -> None:
    """A text that comes along is not written into all of them."""
    dialog, messages = filled(stage, count=3)

    assert DONE == update(stage, dialog, read=1, message="all the same")
    assert DONE == update(stage, dialog, read=1)
    assert 0 == stage.chat.unread_count(dialog, stage.member.id)
    assert "text 0" == messages[0].text


def test_own_text_is_edited(stage: ChatStage) -> None:
    """An edit is dated; nobody has to read the message again."""
    dialog, [message] = filled(stage)
    stage.service.clock.advance(60)

    assert DONE == update(stage, dialog, message.id, by="owner", message="corrected")
    assert ("corrected", stage.world.now(), stage.world.now()) == (
        message.text,
        message.edited_at,
        message.updated_at,
    )


@pytest.mark.parametrize("by", ["member", "admin"])
def test_foreign_text_is_not_edited(stage: ChatStage, by: str) -> None:
    """Not even by admins, and then nothing is marked either."""
    dialog, [message] = filled(stage)

    assert NOT_PERMITTED == update(stage, dialog, message.id, by=by, message="mine", read=1)
    assert ("text 0", [stage.owner.id]) == (message.text, message.read_ids)


def test_several_are_edited_only_if_all_are_own(stage: ChatStage) -> None:
    """One foreign text spoils the call."""
    dialog, [message] = filled(stage)
    other = stage.world.add_message(dialog, stage.member, "theirs")
    ids = f"{message.id},{other.id}"

    assert NOT_PERMITTED == update(stage, dialog, ids, by="owner", message="same")
    assert ("text 0", "theirs") == (message.text, other.text)


def test_unknown_ids_among_known_ones_are_passed_over(stage: ChatStage) -> None:
    """Only an update that meets no message at all is 404."""
    dialog, [message] = filled(stage)

    assert DONE == update(stage, dialog, f"{NO_ID},{message.id}", read=1)
    assert NOT_FOUND == update(stage, dialog, NO_ID, read=1)
    assert NOT_FOUND == update(stage, stage.dialog(), message.id, read=1)
    assert NOT_FOUND == update(stage, stage.dialog(), read=1)


def test_deleted_message_is_not_updated(stage: ChatStage) -> None:
    """What vanished for a user is not there for an update."""
    dialog, [message] = filled(stage)
    stage.chat.delete_for(message, stage.member.id)

    assert NOT_FOUND == update(stage, dialog, message.id, read=1)


@pytest.mark.parametrize("ids", ["", NO_ID])
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"read": 1}, (422, {"errors": {"base": ["chat_dialog_id is required"]}})),
        ({"read": 1, "chat_dialog_id": NO_ID}, NOT_FOUND),
    ],
)
def test_update_needs_a_known_dialog(stage: ChatStage, ids: str, body: Any, answer: Any) -> None:
    """With and without ids the dialog is named in the body."""
    path = f"/chat/Message/{ids}" if ids else "/chat/Message"

    assert answer == stage.send(stage.owner, "PUT", path, body)


def test_update_by_a_stranger_is_forbidden(stage: ChatStage) -> None:
    """A foreign dialog is not marked."""
    dialog, [message] = filled(stage)

    assert NOT_PERMITTED == update(stage, dialog, message.id, by="stranger", read=1)
    assert NOT_PERMITTED == update(stage, dialog, by="stranger", read=1)


@pytest.mark.parametrize("body", [{}, {"read": 0}, {"message": 5}])
def test_update_that_says_nothing_fit_is_refused(stage: ChatStage, body: Any) -> None:
    """One of the flags, or a text, must be there."""
    dialog, [message] = filled(stage)

    assert 422 == update(stage, dialog, message.id, by="owner", **body)[0]


@pytest.mark.parametrize("body", [{}, {"delivered": "0"}, {"message": "same"}])
def test_update_of_all_needs_a_flag(stage: ChatStage, body: Any) -> None:
    """A text alone is nothing to say of a whole dialog."""
    dialog, [message] = filled(stage)

    assert 422 == update(stage, dialog, by="owner", **body)[0]
    assert "text 0" == message.text


def delete(stage: ChatStage, by: str, ids: str, query: str = "") -> dict[str, list[str]]:
    """Delete, and return the lists that are not empty."""
    status, answer = stage.send(stage.who(by), "DELETE", f"/chat/Message/{ids}", query=query)
    assert status == 200, answer
    assert {"SuccessfullyDeleted", "NotFound", "WrongPermissions"} == answer.keys()
    return {name: lists["ids"] for name, lists in answer.items() if lists["ids"]}


@pytest.mark.parametrize(
    ("kind", "by", "force", "outcome"),
    [
        (DialogType.GROUP, "member", 0, "SuccessfullyDeleted"),
        (DialogType.GROUP, "member", 1, "WrongPermissions"),
        (DialogType.GROUP, "owner", 1, "SuccessfullyDeleted"),
        (DialogType.GROUP, "admin", 1, "SuccessfullyDeleted"),
        (DialogType.GROUP, "stranger", 0, "WrongPermissions"),
        (DialogType.GROUP, "stranger", 1, "WrongPermissions"),
        (DialogType.PRIVATE, "member", 0, "SuccessfullyDeleted"),
        (DialogType.PRIVATE, "member", 1, "WrongPermissions"),
        (DialogType.PRIVATE, "owner", 1, "SuccessfullyDeleted"),
        (DialogType.PUBLIC, "member", 1, "WrongPermissions"),
        (DialogType.PUBLIC, "admin", 1, "SuccessfullyDeleted"),
        (DialogType.BROADCAST, "member", 0, "WrongPermissions"),
        (DialogType.BROADCAST, "admin", 0, "SuccessfullyDeleted"),
        (DialogType.BROADCAST, "admin", 1, "SuccessfullyDeleted"),
    ],
)
def test_roles_say_who_deletes_the_owners_message(
    stage: ChatStage, kind: DialogType, by: str, force: int, outcome: str
) -> None:
    """For oneself members may; for all the author may, and admins but in private dialogs."""
    dialog, [message] = filled(stage, kind)

    assert {outcome: [message.id]} == delete(stage, by, message.id, f"force={force}")
    is_left = outcome == "WrongPermissions" or not force
    assert ([message] if is_left else []) == stage.chat.messages_of(dialog)


def test_owner_of_a_private_dialog_does_not_delete_the_others_message(stage: ChatStage) -> None:
    """In a private dialog each deletes only what they wrote, for both."""
    dialog = stage.dialog(DialogType.PRIVATE)
    message = stage.world.add_message(dialog, stage.member, "mine")

    assert {"WrongPermissions": [message.id]} == delete(stage, "owner", message.id, "force=1")
    assert {"SuccessfullyDeleted": [message.id]} == delete(stage, "member", message.id, "force=1")


def test_each_of_many_has_its_outcome(stage: ChatStage) -> None:
    """Each id is answered once; a part that fails does not undo the rest."""
    dialog, [message] = filled(stage)
    own = stage.world.add_message(dialog, stage.member, "mine")
    ids = f"{own.id}, {NO_ID},{message.id},{own.id}".replace(" ", "%20")

    assert {
        "SuccessfullyDeleted": [own.id],
        "NotFound": [NO_ID],
        "WrongPermissions": [message.id],
    } == delete(stage, "member", ids, "force=1")


@pytest.mark.parametrize("query", ["", "force=1"])
def test_second_deletion_finds_nothing(stage: ChatStage, query: str) -> None:
    """What one has deleted is gone for one."""
    _, [message] = filled(stage)

    assert {"SuccessfullyDeleted": [message.id]} == delete(stage, "owner", message.id, query)
    assert {"NotFound": [message.id]} == delete(stage, "owner", message.id, query)


@pytest.mark.parametrize("body", [b"force=1", b'{"force":1}', b'{"force":true}'])
def test_force_may_come_in_the_body(stage: ChatStage, body: bytes) -> None:
    """Some SDKs send parameters of a deletion so."""
    dialog, [message] = filled(stage)
    stage.send_raw(stage.owner, "DELETE", f"/chat/Message/{message.id}.json", body)

    assert [] == stage.chat.messages_of(dialog)


def test_removal_for_all_goes_out_and_changes_the_last_message(stage: ChatStage) -> None:
    """Those in the chat are told; the dialog's last message is the one before."""
    dialog, [first, last] = filled(stage, count=2)
    delete(stage, "member", last.id)
    assert [] == stage.chat.deliveries

    delete(stage, "admin", last.id, "force=1")

    [delivery] = stage.chat.deliveries
    assert ("removal", last.id, {stage.owner.id, stage.member.id}) == (
        delivery.kind,
        delivery.message_id,
        set(delivery.recipients_ids),
    )
    assert first is stage.chat.last_message(dialog)


def react(stage: ChatStage, message: Message, by: str = "member", **body: Any) -> tuple[int, Any]:
    return stage.send(stage.who(by), "PUT", f"/chat/Message/{message.id}/reactions", body)


def reactions(stage: ChatStage, message: Message, by: str = "member") -> tuple[int, Any]:
    return stage.send(stage.who(by), "GET", f"/chat/Message/{message.id}/reactions.json")


def test_reactions_are_added_and_taken_back(stage: ChatStage) -> None:
    """Each user has an emoji once but may have several; nobody's emoji is not shown."""
    _, [message] = filled(stage)
    owner, member = stage.owner.id, stage.member.id
    for by, body in [
        ("member", {"add": "👍"}),
        ("member", {"add": "👍"}),
        ("member", {"add": "🔥"}),
        ("owner", {"add": "👍"}),
    ]:
        assert DONE == react(stage, message, by, **body)

    assert (200, {"👍": [member, owner], "🔥": [member]}) == reactions(stage, message)
    assert DONE == react(stage, message, add="⛵", remove="🔥")
    assert DONE == react(stage, message, remove="🔥")
    assert (200, {"👍": [member, owner], "⛵": [member]}) == reactions(stage, message)


def test_message_without_reactions_has_an_empty_object(stage: ChatStage) -> None:
    """Nobody reacted: an object without members, not null."""
    _, [message] = filled(stage)

    assert (200, {}) == reactions(stage, message)


def test_reaction_goes_out_when_it_changes_something(stage: ChatStage) -> None:
    """A repeat tells nobody anything."""
    _, [message] = filled(stage)
    for _ in range(2):
        react(stage, message, add="👍", remove="⛵")

    [delivery] = stage.chat.deliveries
    assert ("reaction", stage.member.id, message.id, {"add": "👍"}) == (
        delivery.kind,
        delivery.sender_id,
        delivery.message_id,
        delivery.params,
    )
    assert {stage.owner.id, stage.admin.id} == set(delivery.recipients_ids)


@pytest.mark.parametrize("body", [{}, {"add": ""}, {"add": None, "remove": None}, {"add": 5}])
def test_reaction_needs_an_emoji(stage: ChatStage, body: Any) -> None:
    """One of both must be there, as a text."""
    _, [message] = filled(stage)

    assert 422 == react(stage, message, **body)[0]
    assert {} == message.reactions


def test_reactions_are_for_members(stage: ChatStage) -> None:
    """A stranger neither reacts nor looks."""
    _, [message] = filled(stage)

    assert NOT_PERMITTED == react(stage, message, "stranger", add="👍")
    assert NOT_PERMITTED == reactions(stage, message, "stranger")


def test_reactions_need_a_message(stage: ChatStage) -> None:
    """An unknown message has none, and so has one that the user deleted."""
    _, [message] = filled(stage)
    stage.chat.delete_for(message, stage.member.id)

    assert NOT_FOUND == react(stage, message, add="👍")
    assert NOT_FOUND == reactions(stage, message)
    path = f"/chat/Message/{NO_ID}/reactions"
    assert NOT_FOUND == stage.send(stage.owner, "GET", path)
