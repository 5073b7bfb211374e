"""Sending over HTTP in the emulator: C17, C21 and C25."""

from typing import Any

import pytest

from connectycube.emulator.chat_records import DialogType, Message

from .chat_stage import NO_ID, NOT_FOUND, ChatStage


@pytest.fixture
def stage() -> ChatStage:
    return ChatStage()


def create(stage: ChatStage, by: str = "owner", **body: Any) -> tuple[int, Any]:
    return stage.send(stage.who(by), "POST", "/chat/Message", body)


def stored(stage: ChatStage, answer: Any) -> Message:
    message = stage.chat.message(answer["_id"])
    assert message is not None
    return message


@pytest.mark.parametrize(
    ("kind", "by", "status"),
    [
        (DialogType.GROUP, "member", 201),
        (DialogType.GROUP, "stranger", 403),
        (DialogType.PRIVATE, "member", 201),
        (DialogType.PRIVATE, "admin", 403),
        (DialogType.PUBLIC, "member", 201),
        (DialogType.PUBLIC, "stranger", 403),
        (DialogType.BROADCAST, "owner", 201),
        (DialogType.BROADCAST, "admin", 201),
        (DialogType.BROADCAST, "member", 403),
        (DialogType.MEETING, "member", 201),
    ],
)
def test_members_send_and_a_broadcast_hears_its_admins_alone(
    stage: ChatStage, kind: DialogType, by: str, status: int
) -> None:
    """Whoever may not send changes nothing."""
    dialog = stage.dialog(kind)
    answered, _ = create(stage, by, chat_dialog_id=dialog.id, message="hello")

    assert status == answered
    assert int(status == 201) == len(stage.chat.messages_of(dialog))


def test_message_is_the_dialogs_last_and_unread_by_the_others(stage: ChatStage) -> None:
    """The sender has read it, and comes first among its readers."""
    dialog = stage.dialog()
    _, shown = create(stage, chat_dialog_id=dialog.id, message="hello")
    own = [stage.owner.id]

    assert (own, own, 0, 1718010000) == (
        shown["read_ids"],
        shown["delivered_ids"],
        shown["recipient_id"],
        shown["date_sent"],
    )
    assert stored(stage, shown) is stage.chat.last_message(dialog)
    assert [0, 1] == [
        stage.chat.unread_count(dialog, user.id) for user in (stage.owner, stage.member)
    ]


def test_recipient_finds_or_makes_the_private_dialog(stage: ChatStage) -> None:
    """Two messages to one user are in one dialog, and so is the answer."""
    answers = [
        create(stage, "owner", recipient_id=stage.stranger.id, message="1")[1],
        create(stage, "owner", recipient_id=str(stage.stranger.id), message="2")[1],
        create(stage, "stranger", recipient_id=stage.owner.id, message="3")[1],
    ]
    dialog = stage.chat.dialog(answers[0]["chat_dialog_id"])

    assert dialog is not None
    assert (DialogType.PRIVATE, 3) == (dialog.type, len(stage.chat.messages_of(dialog)))
    assert [stage.stranger.id, stage.stranger.id, stage.owner.id] == [
        one["recipient_id"] for one in answers
    ]


def test_dialog_wins_over_recipient(stage: ChatStage) -> None:
    """Where both are named the message goes into the dialog."""
    dialog = stage.dialog()
    _, shown = create(stage, chat_dialog_id=dialog.id, recipient_id=stage.stranger.id)

    assert (dialog.id, 0) == (shown["chat_dialog_id"], shown["recipient_id"])
    assert [dialog] == stage.chat.dialogs


def test_attachments_and_parameters_are_kept(stage: ChatStage) -> None:
    """Attachments come back as a list; what the service says of a message nobody else may."""
    dialog = stage.dialog()
    own: dict[str, Any] = {"country": "LV", "flags": {"a": True, "n": None}, "score": 1.5}
    status, shown = create(
        stage,
        chat_dialog_id=dialog.id,
        attachments={"3": {"type": "image", "id": "7"}, "7": {"type": "place"}},
        **own,
        _id=NO_ID,
        sender_id=1,
        read_ids=[1],
        date_sent=1,
        send_to_chat=0,
        markable=1,
    )

    assert (201, [{"type": "image", "id": "7"}, {"type": "place"}]) == (
        status,
        shown["attachments"],
    )
    assert own == stored(stage, shown).params
    assert own == {name: shown[name] for name in own}
    assert (stage.owner.id, 1718010000) == (shown["sender_id"], shown["date_sent"])
    assert shown.keys().isdisjoint({"send_to_chat", "markable"})


def test_form_bodies_are_read_too(stage: ChatStage) -> None:
    """Older SDKs send bracket keys."""
    dialog = stage.dialog()
    form = f"chat_dialog_id={dialog.id}&message=hi+there&attachments[0][type]=image&send_to_chat=1"
    _, shown = stage.send_raw(stage.owner, "POST", "/chat/Message", form.encode())

    assert ("hi there", [{"type": "image"}]) == (shown["message"], shown["attachments"])
    assert 1 == len(stage.chat.deliveries)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({}, (422, {"errors": {"base": ["chat_dialog_id or recipient_id is required"]}})),
        ({"chat_dialog_id": NO_ID}, NOT_FOUND),
        ({"recipient_id": "soon"}, (422, {"errors": {"recipient_id": ["is not a number"]}})),
        ({"recipient_id": True}, (422, {"errors": {"recipient_id": ["is not a number"]}})),
        ({"recipient_id": "9" * 30}, (422, {"errors": {"recipient_id": ["is invalid"]}})),
        ({"recipient_id": 1001}, (422, {"errors": {"recipient_id": ["is invalid"]}})),
        ({"recipient_id": 2, "message": 7}, (422, {"errors": {"message": ["must be a string"]}})),
        (
            {"recipient_id": 2, "attachments": ["x"]},
            (422, {"errors": {"attachments": ["is invalid"]}}),
        ),
    ],
)
def test_unfit_message_is_refused(stage: ChatStage, body: Any, answer: Any) -> None:
    """Nothing is stored, and no dialog is made, for a message that is refused."""
    assert answer == create(stage, **body)
    assert [] == stage.chat.dialogs


@pytest.mark.parametrize(
    ("kind", "recipients"),
    [
        (DialogType.GROUP, ["admin", "member"]),
        (DialogType.PRIVATE, ["member"]),
        (DialogType.BROADCAST, ["admin", "member", "stranger"]),
    ],
)
def test_message_goes_out_over_the_chat_on_demand(
    stage: ChatStage, kind: DialogType, recipients: list[str]
) -> None:
    """Without being asked for, nothing is delivered."""
    dialog = stage.dialog(kind)
    create(stage, chat_dialog_id=dialog.id, message="quiet")
    _, shown = create(stage, chat_dialog_id=dialog.id, message="loud", send_to_chat=1, markable=1)

    [delivery] = stage.chat.deliveries
    assert ("message", shown["_id"], dialog.id, {"markable": True}) == (
        delivery.kind,
        delivery.message_id,
        delivery.dialog_id,
        delivery.params,
    )
    assert {stage.who(name).id for name in recipients} == set(delivery.recipients_ids)


def test_deleted_private_dialog_comes_back_with_a_message(stage: ChatStage) -> None:
    """Who had deleted it for themselves sees it again."""
    dialog = stage.dialog(DialogType.PRIVATE)
    stage.chat.hide_dialog(dialog, stage.member.id)
    create(stage, recipient_id=stage.member.id, message="hello")

    assert [dialog.id] == stage.listed(stage.member)


def test_system_message_goes_to_one_user(stage: ChatStage) -> None:
    """Any keys travel, whatever their names, and come back in the answer."""
    params = {"event": "dialog_changed", "dialog": {"id": NO_ID}, "kind": "x", "message_id": "y"}
    body = {"recipientId": stage.stranger.id, **params}
    status, answer = stage.send(stage.owner, "POST", "/chat/Message/system", body)

    [delivery] = stage.chat.deliveries
    assert (
        200,
        {
            "messageId": delivery.message_id,
            "recipientId": stage.stranger.id,
            "extensionParams": params,
        },
    ) == (status, answer)
    assert ("system", stage.owner.id, (stage.stranger.id,), params) == (
        delivery.kind,
        delivery.sender_id,
        delivery.recipients_ids,
        delivery.params,
    )
    assert [] == stage.chat.dialogs


@pytest.mark.parametrize("path", ["/chat/Message/system", "/calls/reject"])
@pytest.mark.parametrize(
    ("recipient", "reason"), [(None, "can't be blank"), ("soon", "is not a number")]
)
def test_signal_needs_a_recipient(stage: ChatStage, path: str, recipient: Any, reason: str) -> None:
    """Nothing goes out to nobody."""
    body = {"recipientId": recipient, "sessionID": "one", "platform": "web"}

    assert (422, {"errors": {"recipientId": [reason]}}) == stage.send(
        stage.owner, "POST", path, body
    )
    assert [] == stage.chat.deliveries


@pytest.mark.parametrize(
    ("platform", "shown"), [("iOS", "iOS"), ("android", "Android"), ("web", "Web")]
)
@pytest.mark.parametrize("user_info", [None, {"busy": True}])
def test_call_is_rejected(stage: ChatStage, platform: str, shown: str, user_info: Any) -> None:
    """The caller hears of it; platforms may be written in any case."""
    body = {"recipientId": 7, "sessionID": "one", "platform": platform}
    if user_info is not None:
        body["userInfo"] = user_info

    assert (200, {}) == stage.send(stage.owner, "POST", "/calls/reject.json", body)
    [delivery] = stage.chat.deliveries
    assert ("reject", (7,), {"sessionID": "one", "platform": shown, "userInfo": user_info}) == (
        delivery.kind,
        delivery.recipients_ids,
        delivery.params,
    )


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"platform": "web"}, "sessionID"),
        ({"sessionID": 5, "platform": "web"}, "sessionID"),
        ({"sessionID": "one"}, "platform"),
        ({"sessionID": "one", "platform": "watch"}, "platform"),
        ({"sessionID": "one", "platform": "web", "userInfo": "busy"}, "userInfo"),
    ],
)
def test_unfit_rejection_is_refused(stage: ChatStage, body: Any, name: str) -> None:
    """A call has a session and a platform."""
    status, answer = stage.send(stage.owner, "POST", "/calls/reject", {"recipientId": 7, **body})

    assert (422, [name]) == (status, list(answer["errors"]))
    assert [] == stage.chat.deliveries


@pytest.mark.parametrize("path", ["/chat/Message", "/chat/Message/system", "/calls/reject"])
def test_sending_needs_a_user(stage: ChatStage, path: str) -> None:
    """An application session sends nothing."""
    refusal = (403, {"errors": {"base": ["Forbidden. Need user."]}})

    assert refusal == stage.send(None, "POST", path, {"recipientId": 7})
