"""The unmodified official JavaScript SDK has messages: the second half of `flows_chat.mjs`."""

from datetime import UTC, datetime

from connectycube.emulator import Emulator
from connectycube.emulator.chat_records import Dialog, DialogType, Message

from .stage import NO_ID, NOT_FOUND, NOT_PERMITTED, People, Run, lines, outcome

NEED_USER = {"code": 403, "info": {"errors": {"base": ["Forbidden. Need user."]}}}


def group_of(emulator: Emulator, people: People) -> Dialog:
    return emulator.world.add_dialog(people.mara, occupants_ids=[people.jonas.id])


def test_write_messages(run: Run, emulator: Emulator, people: People) -> None:
    """Attachments come as a list and stay one; a message to a user makes their dialog."""
    detail = run("writeMessages", **people.given)

    chat, mara, jonas, ida = emulator.world.chat, people.mara, people.jonas, people.ida
    group, pair = chat.dialogs
    [first], [second] = chat.messages_of(group), chat.messages_of(pair)
    attachments = [{"type": "image", "uid": "a-uid"}, {"type": "place", "latitude": 56.9}]
    assert ("Look & see 🎉", attachments) == (first.text, first.attachments)
    assert ({"priority": "high"}, mara.id, 0) == (
        first.params,
        first.sender_id,
        first.recipient_id,
    )
    assert (DialogType.PRIVATE, [mara.id, jonas.id]) == (pair.type, pair.occupants_ids)
    assert ("Hi", jonas.id) == (second.text, second.recipient_id)
    told = detail["first"]
    assert (first.id, group.id, first.text) == (
        told["_id"],
        told["chat_dialog_id"],
        told["message"],
    )
    assert (attachments, "high", [mara.id]) == (
        told["attachments"],
        told["priority"],
        told["read_ids"],
    )
    assert (second.id, pair.id) == (detail["second"]["_id"], detail["second"]["chat_dialog_id"])
    # Only the first was to go out at once.
    [delivery] = chat.deliveries
    assert ("message", first.id, (jonas.id, ida.id)) == (
        delivery.kind,
        delivery.message_id,
        delivery.recipients_ids,
    )
    assert delivery.params["markable"]


def test_read_messages(run: Run, emulator: Emulator, people: People) -> None:
    """To look at messages is to read them, unless one says otherwise."""
    world, mara, jonas = emulator.world, people.mara, people.jonas
    dialog, quiet = group_of(emulator, people), group_of(emulator, people)
    texts = ("the first", "the second", "the third", "the fourth")
    messages = [
        world.add_message(dialog, mara, text, date_sent=1_700_000_000 + number)
        for number, text in enumerate(texts)
    ]
    detail = run(
        "readMessages",
        id=dialog.id,
        asked=[dialog.id, quiet.id],
        first=messages[0].id,
        **people.given,
    )

    def unread(count: int) -> dict[str, int]:
        return {"total": count, dialog.id: count, quiet.id: 0}

    assert {
        "atFirst": unread(4),
        "looked": ["the fourth", "the third"],
        "still": 4,
        "oneRead": "",
        "then": unread(3),
        "read": ["the second"],
        "later": unread(2),
        "allRead": "",
        "atLast": unread(0),
        "counted": {"items": {"count": 4}},
    } == detail
    assert [[mara.id, jonas.id]] * 4 == [message.read_ids for message in messages]
    assert [[mara.id, jonas.id]] * 4 == [message.delivered_ids for message in messages]
    asked = emulator.requests[1]
    assert {"chat_dialog_ids": f"{dialog.id}, {quiet.id}"} == dict(asked.query)
    # Without ids the SDK names none, and all are meant.
    assert "PUT /chat/Message.json" in lines(emulator)


def test_preview_messages(run: Run, emulator: Emulator, people: People) -> None:
    """Who is not in a dialog may look into it where it allows that."""
    world = emulator.world
    dialog = world.add_dialog(people.mara, 4, name="Trends", allow_preview=True)
    message = world.add_message(dialog, people.mara, "Come in")
    detail = run("previewMessages", id=dialog.id, **people.given)

    assert {"texts": ["Come in"], "refused": NOT_PERMITTED} == detail
    assert [people.mara.id] == message.read_ids


def test_change_messages(run: Run, emulator: Emulator, people: People) -> None:
    """Texts are their sender's; a deletion tells what became of each, as text to the SDK."""
    world, mara, jonas = emulator.world, people.mara, people.jonas
    dialog = world.add_dialog(jonas, occupants_ids=[mara.id])
    edited, gone, gone_too, hidden = (world.add_message(dialog, mara, "Good") for _ in range(4))
    foreign = world.add_message(dialog, jonas, "Hers")
    ids = [message.id for message in (edited, gone, gone_too, hidden, foreign)]
    detail = run("changeMessages", id=dialog.id, ids=ids, nobodys=NO_ID, **people.given)

    assert {
        "edited": "",
        "refused": NOT_PERMITTED,
        "unknown": NOT_FOUND,
        "forced": outcome(deleted=[gone.id, gone_too.id]),
        "hidden": outcome(deleted=[hidden.id]),
        "mixed": outcome(unknown=[NO_ID], foreign=[foreign.id]),
    } == detail
    assert [edited, hidden, foreign] == world.chat.messages_of(dialog)
    assert [edited, foreign] == world.chat.messages_of(dialog, mara.id)
    assert ["Better", "Good", "Hers"] == [one.text for one in (edited, hidden, foreign)]
    assert edited.edited_at is not None
    removed = [one.message_id for one in world.chat.deliveries if one.kind == "removal"]
    assert [gone.id, gone_too.id] == removed


def test_react(run: Run, emulator: Emulator, people: People) -> None:
    """Reactions are added, taken back and exchanged; a message shows one's own and how many."""
    dialog = group_of(emulator, people)
    message = emulator.world.add_message(dialog, people.mara, "We won")
    detail = run("react", id=dialog.id, message=message.id, **people.given)

    mara, jonas = people.mara.id, people.jonas.id
    assert {
        "answers": ["", ""],
        "who": {"🎉": [mara, jonas], "👍": [mara]},
        "shown": {"own": ["🎉"], "total": {"🎉": 2, "👍": 1}},
    } == detail
    assert {"🎉": [mara, jonas], "👍": [mara]} == message.reactions
    assert 6 == lines(emulator).count(f"PUT /chat/Message/{message.id}/reactions.json")


def test_send_system(run: Run, emulator: Emulator, people: People) -> None:
    """A system message goes out and is in no dialog."""
    detail = run("sendSystem", **people.given)

    [delivery] = emulator.world.chat.deliveries
    params = {"notification": "busy", "details": {"until": "noon"}}
    assert {
        "messageId": delivery.message_id,
        "recipientId": people.jonas.id,
        "extensionParams": params,
    } == detail
    assert ("system", people.mara.id, (people.jonas.id,), params) == (
        delivery.kind,
        delivery.sender_id,
        delivery.recipients_ids,
        delivery.params,
    )
    assert [] == emulator.world.chat.dialogs


def test_search_chat(run: Run, emulator: Emulator, people: People) -> None:
    """A search goes by names and texts, upper and lower case apart, and counts back in time."""
    world, mara = emulator.world, people.mara
    named = world.add_dialog(mara, name="Lorem", occupants_ids=[people.ida.id])
    other = group_of(emulator, people)
    foreign = world.add_dialog(people.ida, name="Lorem too", occupants_ids=[])
    since, until = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)

    def add(dialog: Dialog, text: str, moment: datetime) -> Message:
        return world.add_message(dialog, mara, text, date_sent=int(moment.timestamp()))

    add(named, "Lorem ipsum", since.replace(day=20))
    add(other, "dolor Lorem", until.replace(day=20))
    add(other, "lorem in small letters", until)
    add(foreign, "Lorem elsewhere", until)
    detail = run(
        "searchChat",
        ids=[other.id, foreign.id],
        since=since.isoformat(),
        until=until.isoformat(),
        **people.given,
    )

    too_short = detail.pop("tooShort")
    assert {
        "everywhere": [["Lorem"], ["dolor Lorem", "Lorem ipsum"], []],
        "somewhere": [[], ["dolor Lorem"], []],
        "before": [["Lorem"], ["Lorem ipsum"], []],
    } == detail
    assert 422 == too_short["code"]
    sent = emulator.requests[3].query
    assert "2024-06-01T00:00:00.000Z" == sent["start_date"]
    assert "2024-05-01T00:00:00.000Z" == sent["end_date"]


def test_nothing_without_a_user(run: Run, emulator: Emulator) -> None:
    """An application session has no dialogs; the SDK reads this error out of a text as well."""
    detail = run("refuseWithoutUser", nobodys=NO_ID)

    assert [NEED_USER, NEED_USER] == detail
    assert [None] == [session.user_id for session in emulator.world.sessions]
