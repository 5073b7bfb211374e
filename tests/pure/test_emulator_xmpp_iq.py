"""Requests: ping, features, activity, contacts, privacy (§12 to §14)."""

import pytest

from .xmpp_stage import Device, XmppStage, condition, only, stream_error, tags

LAST = '<query xmlns="jabber:iq:last"/>'
PRIVACY = '<query xmlns="jabber:iq:privacy">{}</query>'
FULL = "<message/><presence-in/><presence-out/><iq/>"


@pytest.fixture
def stage() -> XmppStage:
    return XmppStage()


def seconds(answer: object) -> str:
    return only(answer.elements, "query").get("seconds")  # type: ignore[attr-defined]


def test_the_server_answers_a_ping(stage: XmppStage) -> None:
    answer = stage.device("owner").iq('<ping xmlns="urn:xmpp:ping"/>', "get")

    assert ("result", "q", "localhost", []) == (
        answer.get("type"),
        answer.get("id"),
        answer.get("from"),
        answer.elements,
    )


def test_the_server_pings(stage: XmppStage) -> None:
    device = stage.device("owner")
    asked = stage.service.xmpp.ping(stage.owner.id)

    (ping,) = device.take()
    device.say(f'<iq type="result" id="{ping.get("id")}" to="localhost"/>')

    assert (1, ["ping"], "get", 1) == (
        asked,
        tags(ping.elements),
        ping.get("type"),
        device.session.pongs,
    )


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<iq type="get" id="1"><vcard xmlns="x"/></iq>', ("503", "service-unavailable")),
        ('<iq type="get" id="1"/>', ("400", "bad-request")),
        ('<iq type="odd" id="1"><ping xmlns="urn:xmpp:ping"/></iq>', ("400", "bad-request")),
        ('<iq type="get"><ping xmlns="urn:xmpp:ping"/></iq>', ("400", "bad-request")),
    ],
)
def test_other_requests_are_refused(stage: XmppStage, xml: str, expected: tuple[str, str]) -> None:
    assert expected == condition(stage.device("owner").ask(xml))


def test_what_is_no_stanza_ends_the_stream(stage: XmppStage) -> None:
    assert "unsupported-stanza-type" == stream_error(stage.device("owner").say("<hello/>"))


def test_features_are_told(stage: XmppStage) -> None:
    device = stage.device("owner")
    info = device.iq('<query xmlns="http://jabber.org/protocol/disco#info"/>', "get")
    rooms = device.iq(
        '<query xmlns="http://jabber.org/protocol/disco#info"/>', "get", to="muc.localhost"
    )
    items = device.iq('<query xmlns="http://jabber.org/protocol/disco#items"/>', "get")

    features = {one.get("var") for one in only(info.elements, "query").all("feature")}
    assert {"urn:xmpp:carbons:2", "urn:xmpp:ping", "jabber:iq:privacy"} <= features
    assert "conference" == only(rooms.elements, "query").elements[0].get("category")
    assert "muc.localhost" == only(items.elements, "query").elements[0].get("jid")


def test_the_old_session_request_is_answered(stage: XmppStage) -> None:
    session = '<session xmlns="urn:ietf:params:xml:ns:xmpp-session"/>'

    assert "result" == stage.device("owner").iq(session).get("type")


def test_last_activity_is_0_for_who_is_there(stage: XmppStage) -> None:
    asker, other = stage.device("owner"), stage.device("member")
    now = asker.iq(LAST, "get", to=stage.bare("member"))
    stage.service.xmpp.lost(other.line)
    gone = asker.iq(LAST, "get", to=stage.bare("member"))
    stage.service.clock.advance(90)
    later = asker.iq(LAST, "get", to=stage.bare("member"))

    assert (stage.bare("member"), ["0", "1", "90"]) == (
        now.get("from"),
        [seconds(one) for one in (now, gone, later)],
    )


def test_nobody_has_no_last_activity(stage: XmppStage) -> None:
    answer = stage.device("owner").iq(LAST, "get", to="999999-774@localhost")

    assert ("404", "item-not-found") == condition(answer)


def test_activity_is_told_to_who_subscribed(stage: XmppStage) -> None:
    watcher = stage.device("owner")
    status = "https://connectycube.com/protocol/status_streaming"
    subscribe = f'<subscribe xmlns="{status}" user_jid="{stage.bare("member")}" enable="{{}}"/>'
    assert "result" == watcher.iq(subscribe.format("true")).get("type")

    other = stage.device("member")
    stage.service.xmpp.lost(other.line)

    assert [("iq", stage.bare("member"), "0"), ("iq", stage.bare("member"), "1")] == [
        (one.name, one.get("from"), seconds(one)) for one in watcher.take()
    ]
    watcher.iq(subscribe.format("false"))
    stage.device("member", "phone")
    assert [] == watcher.take()


def test_an_application_may_go_to_the_background(stage: XmppStage) -> None:
    device = stage.device("owner")
    mobile = '<mobile xmlns="http://tigase.org/protocol/mobile#v2" enable="{}"/>'
    states = []
    for enable in ("true", "false"):
        assert "result" == device.iq(mobile.format(enable)).get("type")
        states.append(device.session.is_inactive)

    assert [True, False] == states


@pytest.mark.parametrize(
    ("payload", "kind", "to", "expected"),
    [
        ('<ping xmlns="urn:xmpp:ping"/>', "get", "1002-774@localhost", "service-unavailable"),
        (
            '<query xmlns="http://jabber.org/protocol/disco#info"/>',
            "get",
            "774_x@muc.localhost",
            "item-not-found",
        ),
        (
            '<query xmlns="http://jabber.org/protocol/disco#info"/>',
            "get",
            "1002-774@localhost",
            "service-unavailable",
        ),
        (
            '<subscribe xmlns="https://connectycube.com/protocol/status_streaming" enable="true"/>',
            "set",
            "localhost",
            "item-not-found",
        ),
    ],
)
def test_what_is_not_there_is_not_answered(
    stage: XmppStage, payload: str, kind: str, to: str, expected: str
) -> None:
    assert expected == condition(stage.device("owner").iq(payload, kind, to=to))[1]


# Contacts.

ROSTER = '<query xmlns="jabber:iq:roster">{}</query>'


def contacts(device: Device) -> list[dict[str, str]]:
    answer = device.iq(ROSTER.format(""), "get")
    return [one.attributes for one in only(answer.elements, "query").elements]


def test_contacts_are_kept(stage: XmppStage) -> None:
    device = stage.device("owner")
    jid = stage.bare("member")
    empty = contacts(device)
    device.iq(ROSTER.format(f'<item jid="{jid}" name="Mar"/>'))
    one = contacts(device)
    device.iq(ROSTER.format(f'<item jid="{jid}" subscription="remove"/>'))

    assert ([], [{"jid": jid, "subscription": "none", "name": "Mar"}], []) == (
        empty,
        one,
        contacts(device),
    )
    again = device.iq(ROSTER.format(f'<item jid="{jid}" subscription="remove"/>'))
    assert ("404", "item-not-found") == condition(again)
    assert ("400", "bad-request") == condition(device.iq(ROSTER.format("")))


def test_a_contact_is_asked_and_confirms(stage: XmppStage) -> None:
    asker, asked = stage.device("owner"), stage.device("member")
    asker.say(f'<presence type="subscribe" to="{stage.bare("member")}"/>')
    (request,) = asked.take()
    waiting = contacts(asker)
    asked.say(f'<presence type="subscribed" to="{stage.bare("owner")}"/>')
    (answer,) = asker.take()

    assert ("subscribe", stage.bare("owner")) == (request.get("type"), request.get("from"))
    assert ("subscribed", stage.bare("member")) == (answer.get("type"), answer.get("from"))
    assert ["subscribe"] == [one["ask"] for one in waiting]
    assert ["to"] == [one["subscription"] for one in contacts(asker)]
    asked.say(f'<presence type="subscribe" to="{stage.bare("owner")}"/>')
    asker.say(f'<presence type="subscribed" to="{stage.bare("member")}"/>')
    asker.take()
    assert ["both"] == [one["subscription"] for one in contacts(asker)]


def test_nobody_can_be_a_contact_who_is_not(stage: XmppStage) -> None:
    answer = stage.device("owner").ask('<presence type="subscribe" to="999999-774@localhost"/>')

    assert ("503", "service-unavailable") == condition(answer)


# Privacy.


def items(user_id: int, inner: str = FULL, action: str = "deny") -> str:
    """Return the two rules that the contract has for a user."""
    head = f'type="jid" action="{action}"'
    user, place = f"{user_id}-774@localhost", f"muc.localhost/{user_id}"
    return (
        f'<item {head} order="1" value="{user}">{inner}</item>'
        f'<item {head} order="2" value="{place}">{inner}</item>'
    )


def block(device: Device, rules: str) -> None:
    device.iq(PRIVACY.format(f'<list name="l">{rules}</list>'))
    device.iq(PRIVACY.format('<default name="l"/>'))


def write(device: Device, to: str) -> list[object]:
    return [*device.say(f'<message type="chat" id="1" to="{to}"><body>a</body></message>')]


def test_lists_are_written_and_read(stage: XmppStage) -> None:
    device = stage.device("owner")
    block(device, items(7))

    names = device.iq(PRIVACY.format(""), "get").elements[0]
    content = device.iq(PRIVACY.format('<list name="l"/>'), "get").elements[0].elements[0]

    assert [("default", "l"), ("list", "l")] == [
        (one.name, one.get("name")) for one in names.elements
    ]
    assert ["7-774@localhost", "muc.localhost/7"] == [one.get("value") for one in content.elements]
    assert ["message", "presence-in", "presence-out", "iq"] == tags(content.elements[0].elements)


def test_a_list_is_removed_once_it_is_no_default(stage: XmppStage) -> None:
    device = stage.device("owner")
    block(device, items(7))
    removal = PRIVACY.format('<list name="l"/>')

    used = device.iq(removal)
    device.iq(PRIVACY.format("<default/>"))
    free = device.iq(removal)

    assert (("409", "conflict"), "result") == (condition(used), free.get("type"))
    assert ("404", "item-not-found") == condition(device.iq(removal, "get"))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('<default name="none"/>', ("404", "item-not-found")),
        ('<list name="none"/>', ("404", "item-not-found")),
        ("", ("400", "bad-request")),
        ("<odd/>", ("400", "bad-request")),
        (
            '<list name="l"><item type="group" value="x" action="deny" order="1"/></list>',
            ("400", "bad-request"),
        ),
    ],
)
def test_bad_lists_are_refused(stage: XmppStage, payload: str, expected: tuple[str, str]) -> None:
    assert expected == condition(stage.device("owner").iq(PRIVACY.format(payload)))


def test_a_blocked_sender_is_told(stage: XmppStage) -> None:
    """The blocker may still write to the blocked one."""
    blocker, sender = stage.device("owner"), stage.device("member")
    block(blocker, items(stage.member.id))

    (answer,) = sender.say(
        f'<message type="chat" id="1" to="{stage.bare("owner")}"><body>a</body></message>'
    )

    assert ("error", "1", ("503", "service-unavailable")) == (
        answer.get("type"),
        answer.get("id"),
        condition(answer),
    )
    assert ([], []) == (blocker.take(), write(blocker, stage.bare("member")))
    assert 1 == len(sender.take())


def test_a_blocked_user_cannot_see_when_the_other_was_there(stage: XmppStage) -> None:
    blocker, other = stage.device("owner"), stage.device("member")
    block(blocker, items(stage.member.id))

    answer = other.iq(LAST, "get", to=stage.bare("owner"))

    assert ("503", "service-unavailable") == condition(answer)


def test_a_mutual_block_works_both_ways(stage: XmppStage) -> None:
    blocker, other = stage.device("owner"), stage.device("member")
    block(blocker, items(stage.member.id, ""))

    assert (1, 1) == (
        len(write(other, stage.bare("owner"))),
        len(write(blocker, stage.bare("member"))),
    )
    assert [] == other.take()


def test_an_allowed_user_is_not_blocked(stage: XmppStage) -> None:
    blocker, other = stage.device("owner"), stage.device("member")
    block(blocker, items(stage.member.id, action="allow") + items(stage.member.id))

    assert [] == write(other, stage.bare("owner"))


def test_a_blocked_voice_is_not_heard_in_a_group(stage: XmppStage) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, 2, occupants_ids=[stage.member.id])
    blocker, sender = stage.device("owner"), stage.device("member")
    block(blocker, items(stage.member.id))

    echo = sender.say(
        f'<message type="groupchat" to="774_{dialog.id}@muc.localhost"><body>a</body></message>'
    )

    assert (["message"], []) == (tags(echo), blocker.take())


def test_an_active_list_counts_for_its_device(stage: XmppStage) -> None:
    blocker, other = stage.device("owner"), stage.device("member")
    blocker.iq(PRIVACY.format(f'<list name="l">{items(stage.member.id)}</list>'))
    before = write(other, stage.bare("owner"))
    blocker.take()
    blocker.iq(PRIVACY.format('<active name="l"/>'))

    assert (0, 1) == (len(before), len(write(other, stage.bare("owner"))))
