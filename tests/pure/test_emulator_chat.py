"""The state of the emulator's chat, as Python sees it."""

import pytest

from connectycube.emulator.chat_records import DialogType, Role

from .chat_stage import BROADCAST, GROUP, PRIVATE, PUBLIC, ChatStage, roles_in


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


@pytest.mark.parametrize(
    ("kind", "stranger"),
    [(GROUP, Role.NONE), (PRIVATE, Role.NONE), (PUBLIC, Role.NONE), (BROADCAST, Role.MEMBER)],
)
def test_users_have_roles(stage: ChatStage, kind: DialogType, stranger: Role) -> None:
    """Everybody is a member of a broadcast."""
    dialog = stage.dialog(kind)
    roles = [stage.chat.role(dialog, stage.who(name).id) for name in roles_in(kind)]

    assert sorted(roles, reverse=True) == roles
    assert (Role.OWNER, Role.MEMBER) == (roles[0], roles[-1])
    assert stranger == stage.chat.role(dialog, stage.stranger.id)


def test_removed_admin_is_a_member_again(stage: ChatStage) -> None:
    """Losing the office is not leaving."""
    dialog = stage.dialog()

    stage.chat.remove_admins(dialog, [stage.admin.id])

    assert Role.MEMBER == stage.chat.role(dialog, stage.admin.id)


def test_private_dialog_of_two_is_one(stage: ChatStage) -> None:
    """Whoever asks gets the same."""
    first = stage.chat.private_dialog(stage.owner.id, stage.stranger.id)

    assert first is stage.chat.private_dialog(stage.stranger.id, stage.owner.id)
    assert (stage.owner.id, PRIVATE) == (first.owner_id, first.type)


def test_messages_are_in_order_of_their_dates(stage: ChatStage) -> None:
    """Seeded ones may come in any order; those of one second keep theirs."""
    dialog = stage.dialog()
    late = stage.world.add_message(dialog, stage.owner, "c", date_sent=30)
    early = stage.world.add_message(dialog, stage.owner, "a", date_sent=10)
    also_late = stage.world.add_message(dialog, stage.member, "d", date_sent=30)

    assert [early, late, also_late] == stage.chat.messages_of(dialog)
    assert also_late is stage.chat.last_message(dialog)


def test_message_knows_sender_and_recipient(stage: ChatStage) -> None:
    """The sender has it and has read it; only a private dialog has a recipient."""
    private, group = stage.dialog(PRIVATE), stage.dialog()
    to_member = stage.world.add_message(private, stage.owner, "Hello", read_ids=[7, 1001])
    to_all = stage.world.add_message(group, stage.owner, "Hello")

    assert [stage.owner.id, 7] == to_member.read_ids
    assert [stage.owner.id] == to_all.delivered_ids
    assert (stage.member.id, 0) == (to_member.recipient_id, to_all.recipient_id)
    assert int(stage.world.now().timestamp()) == to_all.date_sent


def test_reading_lowers_the_unread_count(stage: ChatStage) -> None:
    """Each user has an own count; a repeat changes nothing; deleted messages do not count."""
    dialog = stage.dialog()
    first, second = (stage.world.add_message(dialog, stage.owner, text) for text in "ab")
    member, admin = stage.member.id, stage.admin.id

    assert (True, False) == tuple(stage.chat.mark_read(first, member) for _ in range(2))
    assert (True, False) == tuple(stage.chat.mark_delivered(second, member) for _ in range(2))
    assert (1, 2, 0) == tuple(
        stage.chat.unread_count(dialog, one) for one in (member, admin, stage.owner.id)
    )
    assert [stage.owner.id, member] == first.delivered_ids
    stage.chat.delete_for(second, member)
    assert stage.chat.unread_count(dialog, member) == 0


def test_edited_message_says_when(stage: ChatStage) -> None:
    """The text is another one, the date it was sent the same."""
    message = stage.world.add_message(stage.dialog(), stage.owner, "Helo")
    stage.service.clock.advance(60)

    stage.chat.edit(message, "Hello")

    assert ("Hello", stage.world.now()) == (message.text, message.edited_at)
    assert 60 == int(message.updated_at.timestamp()) - message.date_sent


def test_reactions_are_kept_in_order_and_vanish_with_the_last(stage: ChatStage) -> None:
    """A user has an emoji once, and may have several."""
    message = stage.world.add_message(stage.dialog(), stage.owner, "Hello")
    chat, owner, member = stage.chat, stage.owner.id, stage.member.id

    added = [chat.react(message, one, emoji) for one, emoji in ((owner, "👍"), (member, "👍"))]
    again = chat.react(message, owner, "👍")
    chat.react(message, owner, "⛵")
    taken = [chat.unreact(message, owner, "⛵") for _ in range(2)]

    assert ([True, True], False, [True, False]) == (added, again, taken)
    assert {"👍": [owner, member]} == message.reactions


def test_deleting_a_message_of_a_deleted_dialog_is_no_error(stage: ChatStage) -> None:
    """Whoever still holds it may come late."""
    dialog = stage.dialog()
    message = stage.world.add_message(dialog, stage.owner, "Hello")
    stage.chat.remove_dialog(dialog)

    stage.chat.delete_for_all(message)

    assert ([], None) == (stage.chat.messages_of(dialog), stage.chat.last_message(dialog))


def test_what_goes_out_is_kept(stage: ChatStage) -> None:
    """A delivery names who gets what from whom."""
    dialog = stage.dialog()
    message = stage.world.add_message(dialog, stage.owner, "Hello")

    delivery = stage.chat.deliver(
        "reaction", stage.owner.id, [1002, 1003], dialog=dialog, message=message, add="👍"
    )

    assert [delivery] == stage.chat.deliveries
    assert (dialog.id, message.id) == (delivery.dialog_id, delivery.message_id)
    assert ((1002, 1003), {"add": "👍"}) == (delivery.recipients_ids, delivery.params)
