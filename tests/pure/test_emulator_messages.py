"""Listing and counting the messages of the emulator's dialogs: C14 to C16."""

from typing import Any

import pytest

from connectycube.emulator.chat_records import Dialog, DialogType

from .chat_stage import NO_ID, NOT_FOUND, NOT_PERMITTED, ChatStage


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


@pytest.fixture
def group(stage: ChatStage) -> Dialog:
    """Three messages of the owner, ten seconds apart."""
    dialog = stage.dialog()
    for text in ("one", "two, with image", "three"):
        attachments = [{"type": "image", "id": "7"}] if "image" in text else []
        stage.world.add_message(dialog, stage.owner, text, attachments=attachments)
        stage.service.clock.advance(10)
    return dialog


def texts(stage: ChatStage, dialog: Dialog, query: str = "", *, by: str = "member") -> Any:
    whole = f"chat_dialog_id={dialog.id}&{query}"
    status, page = stage.send(stage.who(by), "GET", "/chat/Message", query=whole)
    return [one["message"] for one in page["items"]] if status == 200 else (status, page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["one", "two, with image", "three"]),
        ("sort_asc=date_sent", ["one", "two, with image", "three"]),
        ("sort_desc=date_sent", ["three", "two, with image", "one"]),
        ("limit=1&skip=1", ["two, with image"]),
        ("sort_desc=date_sent&limit=1", ["three"]),
        ("message=three", ["three"]),
        ("message[ctn]=t", ["two, with image", "three"]),
        ("message%5Bctn%5D=%2C%20with", ["two, with image"]),
        ("attachments.type=image", ["two, with image"]),
        ("attachments.type[ne]=image", ["one", "three"]),
        ("date_sent[gt]=1718010000", ["two, with image", "three"]),
        ("date_sent[gte]=1718010010&date_sent[lt]=1718010020", ["two, with image"]),
        ("updated_at[lte]=2024-06-10T09:00:10Z", ["one", "two, with image"]),
        ("sender_id[in]=1001,%209", ["one", "two, with image", "three"]),
        ("sender_id[nin]=1001", []),
        ("recipient_id=0", ["one", "two, with image", "three"]),
    ],
)
def test_messages_are_filtered_sorted_and_paged(
    stage: ChatStage, group: Dialog, query: str, found: list[str]
) -> None:
    """The oldest come first unless asked otherwise; each documented field can filter."""
    assert found == texts(stage, group, query)


def test_messages_of_one_second_are_turned_round_too(stage: ChatStage) -> None:
    """The newest first holds within a second as well."""
    dialog = stage.dialog()
    for text in ("a", "b", "c"):
        stage.world.add_message(dialog, stage.owner, text)

    assert ["c", "b", "a"] == texts(stage, dialog, "sort_desc=date_sent")


@pytest.mark.parametrize(
    "query", ["colour=red", "message[like]=t", "sort_asc=colour", "date_sent[gt]=soon"]
)
def test_unfit_filter_is_refused(stage: ChatStage, group: Dialog, query: str) -> None:
    """A field or operator that there is not is 422."""
    assert 422 == texts(stage, group, query)[0]


def test_page_tells_its_window_and_no_total(stage: ChatStage, group: Dialog) -> None:
    """This list has no number of all entries."""
    whole = f"chat_dialog_id={group.id}&limit=2&skip=1"
    _, page = stage.send(stage.member, "GET", "/chat/Message.json", query=whole)

    assert {"skip": 1, "limit": 2, "items": page["items"]} == page


def test_message_has_its_members_and_the_users_own_beside(stage: ChatStage) -> None:
    """Custom parameters are flat; reactions are counted, and told apart from one's own."""
    dialog = stage.dialog()
    message = stage.world.add_message(
        dialog,
        stage.owner,
        None,
        params={"country": "LV", "meta": {"bot": True}},
        reactions={"👍": [stage.owner.id, stage.member.id], "⛵": [stage.owner.id]},
    )
    query = f"chat_dialog_id={dialog.id}&mark_as_read=0"
    _, page = stage.send(stage.member, "GET", "/chat/Message", query=query)

    assert [
        {
            "_id": message.id,
            "chat_dialog_id": dialog.id,
            "message": None,
            "sender_id": stage.owner.id,
            "recipient_id": 0,
            "date_sent": 1718010000,
            "created_at": "2024-06-10T09:00:00Z",
            "updated_at": "2024-06-10T09:00:00Z",
            "read_ids": [stage.owner.id],
            "delivered_ids": [stage.owner.id],
            "attachments": [],
            "reactions": {"own": ["👍"], "total": {"👍": 2, "⛵": 1}},
            "views_count": 0,
            "read": 0,
            "country": "LV",
            "meta": {"bot": True},
        }
    ] == page["items"]


@pytest.mark.parametrize(
    ("query", "unread"),
    [("", 0), ("limit=1", 2), ("mark_as_read=1", 0), ("mark_as_read=0", 3), ("count=1", 3)],
)
def test_who_is_shown_a_message_has_read_it(
    stage: ChatStage, group: Dialog, query: str, unread: int
) -> None:
    """Listing marks what it returns as read, unless it is told not to."""
    whole = f"chat_dialog_id={group.id}&{query}"
    stage.send(stage.member, "GET", "/chat/Message", query=whole)

    assert unread == stage.chat.unread_count(group, stage.member.id)
    assert 3 == stage.chat.unread_count(group, stage.admin.id)


@pytest.mark.parametrize(
    ("kind", "views"),
    [(DialogType.GROUP, 0), (DialogType.PUBLIC, 1), (DialogType.BROADCAST, 1)],
)
def test_views_are_counted_where_anybody_may_come(
    stage: ChatStage, kind: DialogType, views: int
) -> None:
    """A reader counts once, and only in public and broadcast dialogs."""
    dialog = stage.dialog(kind)
    message = stage.world.add_message(dialog, stage.owner, "news")
    for _ in range(2):
        texts(stage, dialog)

    assert views == message.views_count


def test_private_message_is_read_when_its_recipient_has_read_it(stage: ChatStage) -> None:
    """The older flag follows the one other reader."""
    dialog = stage.dialog(DialogType.PRIVATE)
    stage.world.add_message(dialog, stage.owner, "hello")
    query = f"chat_dialog_id={dialog.id}"
    flags = [
        stage.send(user, "GET", "/chat/Message", query=query)[1]["items"][0]["read"]
        for user in (stage.owner, stage.member, stage.owner)
    ]

    assert [0, 1, 1] == flags


@pytest.mark.parametrize(
    ("kind", "by", "answer"),
    [
        (DialogType.GROUP, "member", ["news"]),
        (DialogType.GROUP, "stranger", NOT_PERMITTED),
        (DialogType.PRIVATE, "member", ["news"]),
        (DialogType.PRIVATE, "admin", NOT_PERMITTED),
        (DialogType.PUBLIC, "member", ["news"]),
        (DialogType.PUBLIC, "stranger", NOT_PERMITTED),
        (DialogType.BROADCAST, "stranger", ["news"]),
    ],
)
def test_only_members_list_messages(
    stage: ChatStage, kind: DialogType, by: str, answer: Any
) -> None:
    """A foreign dialog is forbidden; a broadcast is everybody's."""
    dialog = stage.dialog(kind)
    stage.world.add_message(dialog, stage.owner, "news")

    assert answer == texts(stage, dialog, by=by)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("", (422, {"errors": {"base": ["chat_dialog_id is required"]}})),
        (f"chat_dialog_id={NO_ID}", NOT_FOUND),
    ],
)
def test_list_needs_a_known_dialog(stage: ChatStage, query: str, answer: Any) -> None:
    """Without a dialog nothing is listed."""
    assert answer == stage.send(stage.owner, "GET", "/chat/Message", query=query)


def test_application_session_is_refused(stage: ChatStage, group: Dialog) -> None:
    """Messages are for users alone."""
    query = f"chat_dialog_id={group.id}"
    refusal = (403, {"errors": {"base": ["Forbidden. Need user."]}})

    assert refusal == stage.send(None, "GET", "/chat/Message", query=query)


@pytest.mark.parametrize("by", ["stranger", "member"])
def test_preview_shows_the_last_twenty_and_marks_nothing(stage: ChatStage, by: str) -> None:
    """Window and order of a preview are fixed; whoever looks has read nothing."""
    dialog = stage.dialog(allow_preview=True)
    for number in range(25):
        stage.world.add_message(dialog, stage.owner, str(number))
    query = f"chat_dialog_id={dialog.id}&preview=1&limit=2&skip=3&sort_desc=date_sent"
    _, page = stage.send(stage.who(by), "GET", "/chat/Message", query=query)

    assert [str(number) for number in range(5, 25)] == [one["message"] for one in page["items"]]
    assert (0, 20) == (page["skip"], page["limit"])
    assert 25 == stage.chat.unread_count(dialog, stage.who(by).id)


def test_preview_needs_the_permission_of_the_dialog(stage: ChatStage) -> None:
    """Without it strangers see nothing, and members their list as ever."""
    dialog = stage.dialog()
    stage.world.add_message(dialog, stage.owner, "news")

    assert NOT_PERMITTED == texts(stage, dialog, "preview=1", by="stranger")
    assert ["news"] == texts(stage, dialog, "preview=1")


@pytest.mark.parametrize(("query", "count"), [("", 3), ("message[ctn]=t", 2), ("limit=1", 3)])
def test_messages_are_counted(stage: ChatStage, group: Dialog, query: str, count: int) -> None:
    """Filters hold for the number too, a window does not."""
    whole = f"chat_dialog_id={group.id}&count=1&{query}"

    assert (200, {"items": {"count": count}}) == stage.send(
        stage.member, "GET", "/chat/Message", query=whole
    )


def test_deleted_message_is_gone_for_who_deleted_it(stage: ChatStage, group: Dialog) -> None:
    """Neither the list nor the number of unread messages knows it any more."""
    stage.chat.delete_for(stage.chat.messages_of(group)[0], stage.member.id)

    assert 2 == stage.chat.unread_count(group, stage.member.id)
    assert ["two, with image", "three"] == texts(stage, group)
    assert ["one", "two, with image", "three"] == texts(stage, group, by="admin")


def test_unread_messages_are_counted_for_groups_and_private_dialogs(stage: ChatStage) -> None:
    """The total is over all of them; single numbers come for the dialogs that are asked for."""
    kinds = (DialogType.GROUP, DialogType.PRIVATE, DialogType.PUBLIC, DialogType.BROADCAST)
    dialogs = [stage.dialog(kind) for kind in kinds]
    for dialog in dialogs:
        stage.world.add_message(dialog, stage.owner, "news")
    group, private = (dialog.id for dialog in dialogs[:2])
    every = ", ".join([dialog.id for dialog in dialogs] + [NO_ID])

    def unread(query: str = "") -> Any:
        return stage.send(stage.member, "GET", "/chat/Message/unread", query=query)

    assert (200, {"total": 2}) == unread()
    assert (200, {"total": 2, private: 1}) == unread(f"chat_dialog_ids={private}")
    assert (200, {"total": 2, group: 1, private: 1}) == unread(f"chat_dialog_ids={every}")
    assert (200, {"total": 2}) == unread(f"dialogs_ids[]={group}")


def test_nothing_unread_is_zero(stage: ChatStage) -> None:
    """A dialog of one's own without news is shown, a foreign one is not."""
    dialog = stage.dialog()
    query = f"chat_dialog_ids={dialog.id}"

    assert (200, {"total": 0, dialog.id: 0}) == stage.send(
        stage.member, "GET", "/chat/Message/unread", query=query
    )
    assert (200, {"total": 0}) == stage.send(
        stage.stranger, "GET", "/chat/Message/unread", query=query
    )
