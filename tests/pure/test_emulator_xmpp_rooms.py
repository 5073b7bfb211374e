"""Rooms: joining, leaving, being thrown out, speaking (§4, §11)."""

import pytest

from connectycube.emulator.chat_records import Dialog
from connectycube.emulator.xmpp_xml import Element

from .chat_stage import BROADCAST, GROUP, PRIVATE, PUBLIC
from .xmpp_stage import ID, Device, XmppStage, condition, extra, only, tags

MUC = "http://jabber.org/protocol/muc"
ITEMS = '<query xmlns="http://jabber.org/protocol/disco#items"/>'


class Room:
    """A group of the owner and the member, and its room."""

    def __init__(self, kind: int = GROUP) -> None:
        self.stage = stage = XmppStage()
        self.dialog: Dialog = stage.chat.add_dialog(
            stage.owner.id, kind, occupants_ids=[stage.member.id], admins_ids=[stage.admin.id]
        )
        self.address = f"774_{self.dialog.id}@muc.localhost"

    def place(self, name: str) -> str:
        return f"{self.address}/{self.stage.who(name).id}"

    def join(
        self, device: Device, *, nick: str | None = None, address: str | None = None
    ) -> Element:
        """Ask to join, and return the last that comes."""
        to = f"{address or self.address}/{nick or device.user.id}"
        x = f'<x xmlns="{MUC}"><history maxstanzas="0"/></x>'
        return device.say(f'<presence id="u:join" to="{to}">{x}</presence>')[-1]

    def say(self, device: Device, inner: str = "<body>hello</body>") -> list[Element]:
        return device.say(
            f'<message type="groupchat" id="{ID}" to="{self.address}">{inner}</message>'
        )


@pytest.fixture
def room() -> Room:
    return Room()


def statuses(presence: Element) -> list[str]:
    x = only(presence.elements, "x")
    return [one.get("code") for one in x.all("status")]


def test_who_joins_is_told_so(room: Room) -> None:
    joined = room.join(room.stage.device("owner"))

    assert ("u:join", room.place("owner"), ["100", "110"]) == (
        joined.get("id"),
        joined.get("from"),
        statuses(joined),
    )


def test_who_joins_sees_who_is_there_and_is_seen(room: Room) -> None:
    first, second = room.stage.device("owner"), room.stage.device("member")
    room.join(first)
    x = f'<x xmlns="{MUC}"/>'
    seen = second.say(f'<presence id="j" to="{room.place("member")}">{x}</presence>')

    assert [room.place("owner"), room.place("member")] == [one.get("from") for one in seen]
    (news,) = first.take()
    assert (room.place("member"), []) == (news.get("from"), statuses(news))


def test_a_second_device_of_somebody_there_is_no_news(room: Room) -> None:
    other = room.stage.device("member")
    room.join(other)
    for resource in ("desk", "phone"):
        room.join(room.stage.device("owner", resource))

    assert 1 == len(other.take())


def test_the_room_has_its_address_under_every_name(room: Room) -> None:
    """What REST tells as the address of a room works, whatever domain the stream is of."""
    device = room.stage.device("owner")
    told = room.stage.send(room.stage.owner, "GET", "/chat/Dialog")[1]["items"][0]["xmpp_room_jid"]

    joined = room.join(device, address=told)
    room.say(room.stage.device("member"))

    assert f"{told}/{room.stage.owner.id}" == joined.get("from")
    assert f"{told}/{room.stage.member.id}" == only(device.take(), "message").get("from")


@pytest.mark.parametrize(
    ("who", "nick", "dialog_id", "expected"),
    [
        ("stranger", None, None, ("403", "forbidden")),
        ("owner", None, "6666ffffa4b35e0017f0a999", ("404", "item-not-found")),
        ("owner", "boss", None, ("406", "not-acceptable")),
    ],
)
def test_joining_is_refused_with_a_number_and_a_text(
    room: Room, who: str, nick: str | None, dialog_id: str | None, expected: tuple[str, str]
) -> None:
    address = None if dialog_id is None else f"774_{dialog_id}@muc.localhost"
    answer = room.join(room.stage.device(who), nick=nick, address=address)

    assert ("presence", "error", "u:join") == (answer.name, answer.get("type"), answer.get("id"))
    assert expected == condition(answer)
    assert only(only(answer.elements, "error").elements, "text").text
    assert set() == room.stage.service.xmpp.sessions[0].rooms


def test_who_leaves_is_told_so_and_the_others_too(room: Room) -> None:
    leaver, other = room.stage.device("owner"), room.stage.device("member")
    room.join(leaver)
    room.join(other)
    leaver.take()

    gone = leaver.ask(f'<presence type="unavailable" id="l" to="{room.place("owner")}"/>')

    assert ("unavailable", "l", ["110"]) == (gone.get("type"), gone.get("id"), statuses(gone))
    (news,) = other.take()
    assert (room.place("owner"), "unavailable", []) == (
        news.get("from"),
        news.get("type"),
        statuses(news),
    )


@pytest.mark.parametrize("how", ["unavailable", "lost"])
def test_who_goes_leaves_the_rooms(room: Room, how: str) -> None:
    leaver, other = room.stage.device("owner"), room.stage.device("member")
    room.join(leaver)
    room.join(other)
    if how == "lost":
        room.stage.service.xmpp.lost(leaver.line)
    else:
        leaver.say('<presence type="unavailable"/>')

    assert "unavailable" == other.take()[-1].get("type")


def test_who_is_taken_out_of_the_dialog_is_kicked(room: Room) -> None:
    kicked, other = room.stage.device("member"), room.stage.device("owner")
    room.join(kicked)
    room.join(other)
    kicked.take()
    body = {"pull_all": {"occupants_ids": [room.stage.member.id]}}
    assert (
        200 == room.stage.send(room.stage.admin, "PUT", f"/chat/Dialog/{room.dialog.id}", body)[0]
    )

    (presence,) = kicked.take()
    item = only(only(presence.elements, "x").elements, "item")
    assert ("unavailable", ["301"]) == (presence.get("type"), statuses(presence))
    assert room.stage.bare("admin") == item.elements[0].get("jid")
    assert [(room.place("member"), [])] == [
        (one.get("from"), statuses(one)) for one in other.take()
    ]


def test_who_leaves_the_dialog_is_not_kicked(room: Room) -> None:
    leaver = room.stage.device("member")
    room.join(leaver)
    room.stage.send(room.stage.member, "DELETE", f"/chat/Dialog/{room.dialog.id}")
    body = {"pull_all": {"occupants_ids": [room.stage.member.id]}}
    room.stage.send(room.stage.member, "PUT", f"/chat/Dialog/{room.dialog.id}", body)

    (presence,) = leaver.take()
    assert ["110"] == statuses(presence)


def test_the_online_users_are_those_who_joined(room: Room) -> None:
    asker = room.stage.device("owner")
    room.join(asker)
    room.stage.device("member")

    answer = asker.iq(ITEMS, "get", to=room.address)

    items = only(answer.elements, "query").elements
    assert [room.place("owner")] == [one.get("jid") for one in items]
    stranger = room.stage.device("stranger")
    assert ("403", "forbidden") == condition(stranger.iq(ITEMS, "get", to=room.address))


def test_everybody_in_the_dialog_hears_joined_or_not(room: Room) -> None:
    """The sender hears it too; the history has it, with dialog and date."""
    sender, quiet = room.stage.device("owner"), room.stage.device("member")
    stranger = room.stage.device("stranger")
    saved = "<extraParams><save_to_history>1</save_to_history></extraParams>"

    (echo,) = room.say(sender, "<body>hello</body>" + saved)

    (heard,) = quiet.take()
    for message in (echo, heard):
        assert ("groupchat", ID) == (message.get("type"), message.get("id"))
        assert room.place("owner") == message.get("from")
        assert (room.dialog.id, True) == (
            extra(message)["dialog_id"],
            extra(message)["date_sent"].isdigit(),
        )
    assert [] == stranger.take()
    assert [ID] == [one.id for one in room.stage.chat.messages_of(room.dialog)]


def test_a_service_may_want_everybody_to_join(room: Room) -> None:
    room.stage.service.settings.groupchat_without_join = False
    sender, quiet = room.stage.device("owner"), room.stage.device("member")

    assert ("406", "not-acceptable") == condition(room.say(sender)[0])
    room.join(sender)
    assert ["message"] == tags(room.say(sender))
    assert [] == quiet.take()


@pytest.mark.parametrize(
    ("kind", "who", "expected"),
    [
        (GROUP, "stranger", "forbidden"),
        (GROUP, "member", None),
        (PUBLIC, "stranger", "forbidden"),
        (PUBLIC, "member", None),
        (BROADCAST, "member", "forbidden"),
        (BROADCAST, "admin", None),
        (PRIVATE, "stranger", "forbidden"),
    ],
)
def test_who_may_speak(kind: int, who: str, expected: str | None) -> None:
    stage = XmppStage()
    admins = [] if kind is PRIVATE else [stage.admin.id]
    dialog = stage.chat.add_dialog(
        stage.owner.id, kind, occupants_ids=[stage.member.id], admins_ids=admins
    )

    (answer,) = stage.device(who).say(
        f'<message type="groupchat" to="774_{dialog.id}@muc.localhost"><body>a</body></message>'
    )

    assert expected == (condition(answer)[1] if answer.get("type") == "error" else None)


def test_typing_edits_and_deletions_reach_the_room(room: Room) -> None:
    sender, reader = room.stage.device("owner"), room.stage.device("member")
    saved = "<extraParams><save_to_history>1</save_to_history></extraParams>"
    room.say(sender, "<body>old</body>" + saved)
    room.say(sender, '<composing xmlns="http://jabber.org/protocol/chatstates"/>')
    replace = f'<replace xmlns="urn:xmpp:message-correct:0" id="{ID}" last="true"/>'
    room.say(sender, "<body>new</body>" + replace)
    texts = [one.text for one in room.stage.chat.messages_of(room.dialog)]
    room.say(sender, f'<remove xmlns="urn:xmpp:message-delete:0" id="{ID}"/>')

    _, typing, edit, removal = reader.take()
    assert ["composing"] == tags(typing.elements)
    assert ["body", "replace", "extraParams"] == tags(edit.elements)
    assert ["remove", "extraParams"] == tags(removal.elements)
    assert (["new"], []) == (texts, room.stage.chat.messages_of(room.dialog))


def test_an_admin_deletes_what_others_wrote(room: Room) -> None:
    saved = "<extraParams><save_to_history>1</save_to_history></extraParams>"
    room.say(room.stage.device("member"), "<body>old</body>" + saved)
    room.say(room.stage.device("admin"), f'<remove xmlns="urn:xmpp:message-delete:0" id="{ID}"/>')

    assert [] == room.stage.chat.messages_of(room.dialog)


def test_no_room_and_nobody_within_one(room: Room) -> None:
    device = room.stage.device("owner")
    nowhere = device.ask(
        '<message type="groupchat" to="774_x@muc.localhost"><body>a</body></message>'
    )
    aside = device.ask(f'<message type="chat" to="{room.place("member")}"><body>a</body></message>')

    assert ("404", "item-not-found") == condition(nowhere)
    assert ("503", "service-unavailable") == condition(aside)


def test_a_room_sends_no_subject_and_no_history(room: Room) -> None:
    room.say(room.stage.device("member"))
    joiner = room.stage.device("owner")
    room.join(joiner)

    assert [] == joiner.take()


def test_a_stranger_who_leaves_is_no_news(room: Room) -> None:
    """Whoever was not in a room is answered, and nobody there hears of it."""
    occupant, stranger = room.stage.device("owner"), room.stage.device("stranger")
    room.join(occupant)

    gone = stranger.ask(f'<presence type="unavailable" to="{room.place("stranger")}"/>')

    assert (["110"], []) == (statuses(gone), occupant.take())


def test_a_dialog_that_is_gone_has_no_room_any_more(room: Room) -> None:
    device = room.stage.device("member")
    room.join(device)
    path = f"/chat/Dialog/{room.dialog.id}"
    room.stage.send(room.stage.owner, "DELETE", path, query="force=1")

    assert ["301"] == statuses(device.take()[0])
    assert "item-not-found" == condition(device.iq(ITEMS, "get", to=room.address))[1]


@pytest.mark.parametrize("name", ["owner", "member"])
def test_a_room_tells_what_it_is(room: Room, name: str) -> None:
    info = '<query xmlns="http://jabber.org/protocol/disco#info"/>'
    answer = room.stage.device(name).iq(info, "get", to=room.address)

    identity, *features = only(answer.elements, "query").elements
    assert ("conference", True) == (
        identity.get("category"),
        MUC in {one.get("var") for one in features},
    )
