"""Messages between users: what arrives where, and what REST knows of it (§4 to §6, §8, §9)."""

from typing import Literal

import pytest

from .chat_stage import BROADCAST, GROUP, PRIVATE
from .xmpp_stage import ID, XmppStage, condition, extra, only, tags

SAVED = (
    '<extraParams xmlns="jabber:client"><save_to_history>1</save_to_history>{more}</extraParams>'
)
MARKERS = "urn:xmpp:chat-markers:0"


@pytest.fixture
def stage() -> XmppStage:
    return XmppStage()


def chat(stage: XmppStage, to: str, inner: str, kind: str = "chat", message_id: str = ID) -> str:
    return f'<message type="{kind}" id="{message_id}" to="{stage.bare(to)}">{inner}</message>'


def body(text: str = "hello", *, more: str = "") -> str:
    return f"<body>{text}</body>{SAVED.format(more=more)}"


def test_a_message_reaches_every_device_and_not_its_sender(stage: XmppStage) -> None:
    sender, phone, desk = (
        stage.device("owner"),
        stage.device("member", "phone"),
        stage.device("member"),
    )

    assert [] == sender.say(chat(stage, "member", "<body>hello</body>"))

    for device in (phone, desk):
        (message,) = device.take()
        assert ("chat", ID, sender.address) == (
            message.get("type"),
            message.get("id"),
            message.get("from"),
        )
        assert device.address == message.get("to")
        assert "hello" == only(message.elements, "body").text


def test_the_service_adds_dialog_and_date(stage: XmppStage) -> None:
    """The private dialog comes into being with the first message, saved or not."""
    sender, reader = stage.device("owner"), stage.device("member")
    sender.say(chat(stage, "member", "<body>hello</body>"))

    (dialog,) = stage.chat.dialogs
    moment = str(int(stage.world.now().timestamp()))
    assert {"dialog_id": dialog.id, "date_sent": moment} == extra(reader.take()[0])
    assert (PRIVATE, []) == (dialog.type, stage.chat.messages_of(dialog))


def test_what_the_sender_says_of_dialog_and_date_stays(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    sender.say(chat(stage, "member", body(more="<date_sent>5</date_sent><dialog_id>x</dialog_id>")))

    expected = {"save_to_history": "1", "date_sent": "5", "dialog_id": "x"}
    assert expected == extra(reader.take()[0])


def test_a_saved_message_is_in_the_history(stage: XmppStage) -> None:
    more = (
        "<date_sent>1717999000000</date_sent><mood>good</mood><card><number>7</number></card>"
        '<attachment type="image" id="17" size="5"/><silent>1</silent>'
    )
    stage.device("owner").say(chat(stage, "member", body("hi &amp; ho", more=more)))

    status, answer = stage.send(
        stage.member, "GET", "/chat/Message", query=f"chat_dialog_id={stage.chat.dialogs[0].id}"
    )

    (message,) = answer["items"]
    assert (200, ID, "hi & ho", 1717999000) == (
        status,
        message["_id"],
        message["message"],
        message["date_sent"],
    )
    assert ("good", {"number": "7"}) == (message["mood"], message["card"])
    assert [{"type": "image", "id": "17", "size": "5"}] == message["attachments"]
    assert not {"silent", "save_to_history", "dialog_id"} & set(message)


def test_unread_and_last_message_are_shared_with_rest(stage: XmppStage) -> None:
    stage.device("owner").say(chat(stage, "member", body("latest")))

    dialog = stage.send(stage.member, "GET", "/chat/Dialog")[1]["items"][0]

    assert ("latest", ID, 1) == (
        dialog["last_message"],
        dialog["last_message_id"],
        dialog["unread_messages_count"],
    )


def test_a_message_that_is_sent_again_is_stored_once(stage: XmppStage) -> None:
    sender = stage.device("owner")
    for _ in range(2):
        sender.say(chat(stage, "member", body()))

    assert 1 == len(stage.chat.messages_of(stage.chat.dialogs[0]))


def test_an_id_of_another_form_gets_one_of_the_service(stage: XmppStage) -> None:
    stage.device("owner").say(chat(stage, "member", body(), message_id="mine"))

    (message,) = stage.chat.messages_of(stage.chat.dialogs[0])
    assert "mine" != message.id


def test_a_message_that_destroys_itself_is_not_saved(stage: XmppStage) -> None:
    reader = stage.device("member")
    destroy = '<destroy xmlns="urn:xmpp:message-destroy-after:0" after="5"/>'
    stage.device("owner").say(chat(stage, "member", body() + destroy))

    assert "5" == only(reader.take()[0].elements, "destroy").get("after")
    assert [] == stage.chat.messages_of(stage.chat.dialogs[0])


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        ("received", ("delivered", 1)),
        ("displayed", ("read", 0)),
    ],
)
def test_markers_go_to_the_sender_and_into_the_history(
    stage: XmppStage, child: str, expected: tuple[str, int]
) -> None:
    """A marker shows in the status that REST tells, and reading lowers the unread count."""
    sender, reader = stage.device("owner"), stage.device("member")
    sender.say(chat(stage, "member", body()))
    dialog = stage.chat.dialogs[0]

    marker = f'<{child} xmlns="{MARKERS}" id="{ID}"/>'
    reader.say(chat(stage, "owner", marker, message_id="m"))

    assert ID == only(sender.take()[0].elements, child).get("id")
    assert expected == (
        stage.chat.last_message_status(dialog, stage.owner.id),
        stage.chat.unread_count(dialog, stage.member.id),
    )


def test_a_stranger_marks_nothing(stage: XmppStage) -> None:
    stage.device("owner").say(chat(stage, "member", body()))
    stage.device("stranger").say(
        chat(stage, "owner", f'<displayed xmlns="{MARKERS}" id="{ID}"/>', message_id="m")
    )

    assert [stage.owner.id] == stage.chat.messages_of(stage.chat.dialogs[0])[0].read_ids


@pytest.mark.parametrize("state", ["composing", "paused"])
def test_typing_is_passed_on_and_makes_no_dialog(stage: XmppStage, state: str) -> None:
    reader = stage.device("member")
    inner = f'<{state} xmlns="http://jabber.org/protocol/chatstates"/>'
    stage.device("owner").say(chat(stage, "member", inner))

    assert [state] == tags(reader.take()[0].elements)
    assert [] == stage.chat.dialogs


def test_an_edit_changes_the_history(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    sender.say(chat(stage, "member", body("old")))
    reader.take()

    replace = f'<replace xmlns="urn:xmpp:message-correct:0" id="{ID}" last="true"/>'
    sender.say(chat(stage, "member", "<body>new</body>" + replace, message_id="e"))

    assert ID == only(reader.take()[0].elements, "replace").get("id")
    (message,) = stage.chat.messages_of(stage.chat.dialogs[0])
    assert ("new", True) == (message.text, message.edited_at is not None)


def test_a_deletion_takes_the_message_from_the_history(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    sender.say(chat(stage, "member", body()))
    reader.take()

    remove = f'<remove xmlns="urn:xmpp:message-delete:0" id="{ID}"/>'
    sender.say(chat(stage, "member", remove, message_id="d"))

    assert ID == only(reader.take()[0].elements, "remove").get("id")
    assert [] == stage.chat.messages_of(stage.chat.dialogs[0])


@pytest.mark.parametrize(
    "inner",
    [
        f'<body>forged</body><replace xmlns="urn:xmpp:message-correct:0" id="{ID}" last="true"/>',
        f'<remove xmlns="urn:xmpp:message-delete:0" id="{ID}"/>',
    ],
)
def test_nobody_changes_what_another_has_written(stage: XmppStage, inner: str) -> None:
    sender, other = stage.device("owner"), stage.device("member")
    sender.say(chat(stage, "member", body("mine")))
    other.take()

    assert ("403", "forbidden") == condition(other.say(chat(stage, "owner", inner))[0])
    assert [] == sender.take()
    assert "mine" == stage.chat.messages_of(stage.chat.dialogs[0])[0].text


def test_a_system_message_and_a_call_signal_pass_as_they_are(stage: XmppStage) -> None:
    reader = stage.device("member")
    inner = (
        '<extraParams xmlns="jabber:client"><moduleIdentifier>WebRTCVideoChat</moduleIdentifier>'
        "<iceCandidates><iceCandidate><sdpMid>0</sdpMid></iceCandidate></iceCandidates></extraParams>"
    )
    stage.device("owner").say(chat(stage, "member", inner, kind="headline"))

    (message,) = reader.take()
    assert ("headline", [inner]) == (message.get("type"), [str(one) for one in message.elements])
    assert [] == stage.chat.dialogs


def test_a_message_waits_for_who_is_not_there(stage: XmppStage) -> None:
    stage.device("owner").say(chat(stage, "member", "<body>hello</body>"))
    stage.service.clock.advance(60)

    reader = stage.device("member", is_there=False)
    message = reader.say("<presence/>")[1]

    assert "2024-06-10T09:00:00Z" == only(message.elements, "delay").get("stamp")
    assert [] == stage.device("member", "phone").take()


def test_typing_waits_for_nobody(stage: XmppStage) -> None:
    inner = '<composing xmlns="http://jabber.org/protocol/chatstates"/>'
    stage.device("owner").say(chat(stage, "member", inner))

    assert ["presence"] == tags(stage.device("member", is_there=False).say("<presence/>"))


def test_without_offline_storage_nothing_waits(stage: XmppStage) -> None:
    stage.service.settings.offline_storage = False
    stage.device("owner").say(chat(stage, "member", "<body>hello</body>"))

    assert ["presence"] == tags(stage.device("member", is_there=False).say("<presence/>"))


@pytest.mark.parametrize(
    "to", ["999999-774@localhost", "1-1@localhost", "localhost", "x@localhost"]
)
def test_a_message_to_nobody_comes_back(stage: XmppStage, to: str) -> None:
    answer = stage.device("owner").ask(
        f'<message type="chat" id="1" to="{to}"><body>a</body></message>'
    )

    assert ("503", "service-unavailable") == condition(answer)
    assert ("1", to) == (answer.get("id"), answer.get("from"))
    assert "Service not available." == only(only(answer.elements, "error").elements, "text").text


def test_an_error_is_never_answered(stage: XmppStage) -> None:
    assert [] == stage.device("owner").say('<message type="error" to="999999-774@localhost"/>')


def test_a_message_may_go_to_one_device(stage: XmppStage) -> None:
    desk, phone = stage.device("member"), stage.device("member", "phone")
    stage.device("owner").say(
        f'<message type="chat" id="1" to="{phone.address}"><body>a</body></message>'
    )

    assert (0, 1) == (len(desk.take()), len(phone.take()))


def test_carbons_show_the_other_devices_what_was_sent_and_received(stage: XmppStage) -> None:
    first, second, other = (
        stage.device("owner"),
        stage.device("owner", "phone"),
        stage.device("member"),
    )
    second.iq('<enable xmlns="urn:xmpp:carbons:2"/>')

    first.say(chat(stage, "member", "<body>out</body>"))
    (sent,) = second.take()
    other.say(f'<message type="chat" id="2" to="{first.address}"><body>in</body></message>')
    (received,) = second.take()

    for carbon, direction, text in ((sent, "sent", "out"), (received, "received", "in")):
        assert stage.bare("owner") == carbon.get("from")
        inner = only(
            only(only(carbon.elements, direction).elements, "forwarded").elements, "message"
        )
        assert text == only(inner.elements, "body").text
    second.iq('<disable xmlns="urn:xmpp:carbons:2"/>')
    first.say(chat(stage, "member", "<body>out</body>"))
    assert [] == second.take()


def test_a_headline_has_no_carbons(stage: XmppStage) -> None:
    first, second = stage.device("owner"), stage.device("owner", "phone")
    second.iq('<enable xmlns="urn:xmpp:carbons:2"/>')
    first.say(chat(stage, "member", "<body>x</body>", kind="headline"))

    assert [] == second.take()


def test_nobody_writes_in_anothers_name(stage: XmppStage) -> None:
    reader = stage.device("member")
    sender = stage.device("stranger")
    sender.say(
        f'<message from="{stage.bare("owner")}" to="{stage.bare("member")}" type="chat">'
        "<body>a</body></message>"
    )

    assert sender.address == reader.take()[0].get("from")


# What calls over HTTP send.


def test_a_message_over_http_is_delivered(stage: XmppStage) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, GROUP, occupants_ids=[stage.member.id])
    reader, sender = stage.device("member"), stage.device("owner")
    given = {
        "chat_dialog_id": dialog.id,
        "message": "by \x07 HTTP",
        "send_to_chat": 1,
        "markable": 1,
        "attachments": [{"type": "image", "id": 7, "no name": 1, "xmlns": "x", "url": None}],
        "mood": "good",
        "not a name": "x",
        "deep": {"er": 1},
    }
    created = stage.send(stage.owner, "POST", "/chat/Message", given)[1]

    (message,) = reader.take()
    assert ("groupchat", created["_id"]) == (message.get("type"), message.get("id"))
    assert f"774_{dialog.id}@muc.localhost/{stage.owner.id}" == message.get("from")
    assert ["body", "extraParams", "markable"] == tags(message.elements)
    assert "by  HTTP" == message.elements[0].text
    params = extra(message)
    assert ("good", dialog.id, "1") == (
        params["mood"],
        params["dialog_id"],
        params["save_to_history"],
    )
    assert "1" == message.elements[1].all("deep")[0].elements[0].text
    assert {"type": "image", "id": "7"} == message.elements[1].all("attachment")[0].attributes
    assert [] == sender.take()


def test_a_private_message_over_http_waits(stage: XmppStage) -> None:
    given = {"recipient_id": stage.member.id, "message": "hello", "send_to_chat": 1}
    stage.send(stage.owner, "POST", "/chat/Message", given)
    reader = stage.device("member", is_there=False)

    message = reader.say("<presence/>")[1]

    assert ("chat", stage.bare("owner")) == (message.get("type"), message.get("from"))


def test_a_broadcast_over_http_reaches_everybody(stage: XmppStage) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, BROADCAST, name="news")
    reader = stage.device("stranger")
    given = {"chat_dialog_id": dialog.id, "message": "hear", "send_to_chat": 1}
    stage.send(stage.owner, "POST", "/chat/Message", given)

    assert ["message"] == tags(reader.take())


@pytest.mark.parametrize("kind", [PRIVATE, GROUP])
def test_reactions_are_told_to_the_others(stage: XmppStage, kind: int) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, kind, occupants_ids=[stage.member.id])
    message = stage.chat.add_message(dialog, stage.owner.id, "hello")
    reader = stage.device("owner")
    path = f"/chat/Message/{message.id}/reactions"
    stage.send(stage.member, "PUT", path, {"add": "👍"})
    stage.send(stage.member, "PUT", path, {"remove": "👍", "add": "👀"})

    first, second = reader.take()

    reactions = only(first.elements, "reactions")
    assert (str(stage.member.id), message.id) == (
        reactions.get("user_id"),
        reactions.get("message_id"),
    )
    assert {"type": "👍", "add": "true"} == reactions.elements[0].attributes
    assert [{"type": "👀", "add": "true"}, {"type": "👍", "remove": "true"}] == [
        one.attributes for one in only(second.elements, "reactions").elements
    ]
    assert {"dialog_id": dialog.id} == extra(first)


@pytest.mark.parametrize("kind", [PRIVATE, GROUP])
def test_a_forced_deletion_is_told_to_the_others(stage: XmppStage, kind: int) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, kind, occupants_ids=[stage.member.id])
    message = stage.chat.add_message(dialog, stage.owner.id, "hello")
    reader = stage.device("member")
    stage.send(stage.owner, "DELETE", f"/chat/Message/{message.id}", query="force=1")

    (removal,) = reader.take()
    assert message.id == only(removal.elements, "remove").get("id")
    assert {"dialog_id": dialog.id} == extra(removal)


def test_a_system_message_over_http_is_a_headline(stage: XmppStage) -> None:
    reader = stage.device("member")
    given = {"recipientId": stage.member.id, "step": "two", "more": {"deep": "er"}}
    answer = stage.send(stage.owner, "POST", "/chat/Message/system", given)[1]

    (message,) = reader.take()
    assert ("headline", answer["messageId"], stage.bare("owner")) == (
        message.get("type"),
        message.get("id"),
        message.get("from"),
    )
    assert ("SystemNotifications", "two") == (
        extra(message)["moduleIdentifier"],
        extra(message)["step"],
    )


def test_a_rejected_call_is_a_headline(stage: XmppStage) -> None:
    reader = stage.device("member")
    given = {
        "recipientId": stage.member.id,
        "sessionID": "s1",
        "platform": "ios",
        "userInfo": {"reason": "busy"},
    }
    stage.send(stage.owner, "POST", "/calls/reject", given)

    (message,) = reader.take()
    params = extra(message)
    assert ("headline", "WebRTCVideoChat", "reject", "s1", "iOS") == (
        message.get("type"),
        *(params[name] for name in ("moduleIdentifier", "signalType", "sessionID", "platform")),
    )
    assert "busy" == message.elements[0].all("userInfo")[0].elements[0].text


@pytest.mark.parametrize("is_last", [True, False])
def test_an_edit_that_the_service_tells(stage: XmppStage, *, is_last: bool) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, GROUP, occupants_ids=[stage.member.id])
    message = stage.chat.add_message(dialog, stage.owner.id, "new", id=ID)
    if not is_last:
        stage.chat.add_message(dialog, stage.owner.id, "newer")
    reader = stage.device("member")
    stage.chat.deliver("edit", stage.owner.id, [stage.member.id], dialog=dialog, message=message)
    stage.service.xmpp.settle()

    (edit,) = reader.take()
    replace = only(edit.elements, "replace")
    assert ("new", ID, "true" if is_last else "false") == (
        only(edit.elements, "body").text,
        replace.get("id"),
        replace.get("last"),
    )


@pytest.mark.parametrize("kind", ["message", "edit"])
def test_what_is_deleted_meanwhile_is_not_delivered(
    stage: XmppStage, kind: Literal["message", "edit"]
) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, GROUP, occupants_ids=[stage.member.id])
    reader = stage.device("member")
    stage.chat.deliver(kind, stage.owner.id, [stage.member.id], dialog=dialog, message_id=ID)
    stage.service.xmpp.settle()

    assert [] == reader.take()


def test_a_blocked_sender_is_not_heard_over_http_either(stage: XmppStage) -> None:
    reader = stage.device("member")
    item = f'<item type="jid" value="{stage.bare("owner")}" action="deny" order="1"/>'
    privacy = '<query xmlns="jabber:iq:privacy">{}</query>'
    reader.iq(privacy.format(f'<list name="l">{item}</list>'))
    reader.iq(privacy.format('<default name="l"/>'))
    given = {"recipientId": stage.member.id, "step": "two"}
    stage.send(stage.owner, "POST", "/chat/Message/system", given)

    assert [] == reader.take()


def test_a_message_to_oneself_reaches_the_other_devices(stage: XmppStage) -> None:
    first, second = stage.device("owner"), stage.device("owner", "phone")

    assert [] == first.say(chat(stage, "owner", body()))
    assert (1, []) == (len(second.take()), stage.chat.dialogs)
