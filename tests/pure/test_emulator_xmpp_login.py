"""How a line becomes a device: greeting, password, resource (§2 of the contract)."""

import pytest

from .chat_stage import PRIVATE
from .xmpp_stage import BIND, OPEN, Device, XmppStage, auth, condition, only, stream_error, tags


@pytest.fixture
def stage() -> XmppStage:
    return XmppStage()


def test_a_line_is_greeted_under_the_name_that_it_asks_for(stage: XmppStage) -> None:
    hello, features = stage.wire().say(OPEN.replace("localhost", "chat.example"))

    assert ("open", "chat.example", "1.0") == (hello.name, hello.get("from"), hello.get("version"))
    assert ["mechanisms", "sm"] == tags(features.elements)
    assert ["PLAIN", "ANONYMOUS"] == [one.text for one in features.elements[0].elements]


def test_a_password_opens_the_line(stage: XmppStage) -> None:
    user = stage.world.add_user(login="mar", password="canary-of-mar")
    wire = stage.wire()
    wire.say(OPEN)

    assert ["success"] == tags(wire.say(auth(f"{user.id}-774", "canary-of-mar")))
    assert ["bind", "session", "sm"] == tags(wire.say(OPEN)[1].elements)


@pytest.mark.parametrize("authzid", ["", "{name}@localhost"])
def test_any_live_session_token_of_the_user_opens_the_line(stage: XmppStage, authzid: str) -> None:
    first, _ = (stage.world.open_session(stage.owner, ts=0).token for _ in range(2))
    name = f"{stage.owner.id}-774"
    wire = stage.wire()
    wire.say(OPEN)

    assert ["success"] == tags(wire.say(auth(name, first, authzid.format(name=name))))


@pytest.mark.parametrize(
    ("name", "password", "authzid"),
    [
        ("{owner}-774", "wrong", ""),
        ("{owner}-774", "", ""),
        ("{owner}-774", "{strangers}", ""),
        ("{owner}-775", "{owners}", ""),
        ("owner", "{owners}", ""),
        ("{owner}-774", "{owners}", "{stranger}-774@localhost"),
        ("999999-774", "{owners}", ""),
    ],
)
def test_others_are_refused(stage: XmppStage, name: str, password: str, authzid: str) -> None:
    """Neither a wrong password, nor another's token, name or application opens a line."""
    known = {
        "owner": stage.owner.id,
        "stranger": stage.stranger.id,
        "owners": stage.world.open_session(stage.owner, ts=0).token,
        "strangers": stage.world.open_session(stage.stranger, ts=0).token,
    }
    wire = stage.wire()
    wire.say(OPEN)

    answer = wire.ask(auth(*(one.format(**known) for one in (name, password, authzid))))

    assert ("failure", ["not-authorized"]) == (answer.name, tags(answer.elements))


def test_an_expired_token_opens_nothing(stage: XmppStage) -> None:
    token = stage.world.open_session(stage.owner, ts=0).token
    stage.service.clock.advance(7200)
    wire = stage.wire()
    wire.say(OPEN)

    assert ["failure"] == tags(wire.say(auth(f"{stage.owner.id}-774", token)))


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (auth("1-774", "x", mechanism="SCRAM-SHA-1"), "invalid-mechanism"),
        (auth("1-774", "x", mechanism="ANONYMOUS"), "not-authorized"),
        (auth("1-774", "x").replace("</auth>", "!</auth>"), "incorrect-encoding"),
        (auth("1-774\0more", "x"), "not-authorized"),
    ],
)
def test_odd_logins_are_refused(stage: XmppStage, element: str, expected: str) -> None:
    wire = stage.wire()
    wire.say(OPEN)

    assert [expected] == tags(wire.ask(element).elements)


def test_a_third_wrong_password_ends_the_stream(stage: XmppStage) -> None:
    wire = stage.wire()
    wire.say(OPEN)
    for _ in range(2):
        wire.say(auth("1-774", "wrong"))

    assert "policy-violation" == stream_error(wire.say(auth("1-774", "wrong")))


def test_the_server_chooses_a_resource_where_none_is_asked_for(stage: XmppStage) -> None:
    wire = stage.wire()
    wire.log_in(stage.owner)

    bound = only(wire.ask(f'<iq type="set" id="b1">{BIND}</iq>').elements, "bind")

    address = only(bound.elements, "jid").text
    assert address.startswith(f"{stage.bare('owner')}/{int(stage.world.now().timestamp())}-conn")


def test_a_resource_that_is_taken_passes_to_the_newcomer(stage: XmppStage) -> None:
    first = stage.device("owner")
    second = stage.device("owner")

    assert "conflict" == stream_error(first.take())
    assert [second.session] == stage.service.xmpp.sessions


def test_a_message_before_login_is_answered_with_401(stage: XmppStage) -> None:
    wire = stage.wire()
    wire.say(OPEN)

    answer = wire.ask(f'<message type="chat" to="{stage.bare("member")}"><body>a</body></message>')

    assert ("401", "not-authorized") == condition(answer)
    assert "not-authorized" == stream_error(wire.say('<iq type="get" id="1"/>'))


def test_presence_comes_back_and_makes_the_user_online(stage: XmppStage) -> None:
    device = stage.device("owner", is_there=False)
    before = stage.owner.is_online

    echo = device.ask("<presence/>")

    assert (False, True) == (before, stage.owner.is_online)
    assert (device.address, device.address) == (echo.get("from"), echo.get("to"))


@pytest.mark.parametrize("leave", ["close", "unavailable", "lost"])
def test_who_goes_is_offline(stage: XmppStage, leave: str) -> None:
    device = stage.device("owner")
    if leave == "lost":
        stage.service.xmpp.lost(device.line)
    elif leave == "close":
        device.say('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>')
    else:
        device.say('<presence type="unavailable"/>')

    assert not stage.owner.is_online


def test_one_device_of_two_keeps_the_user_online(stage: XmppStage) -> None:
    first, _ = stage.device("owner"), stage.device("owner", "phone")
    stage.service.xmpp.lost(first.line)

    assert stage.owner.is_online


def test_a_removed_user_is_thrown_out(stage: XmppStage) -> None:
    device = stage.device("owner")
    assert 200 == stage.send(stage.owner, "DELETE", f"/users/{stage.owner.id}")[0]

    assert "not-authorized" == stream_error(device.take())


def test_a_reset_ends_every_stream(stage: XmppStage) -> None:
    device = stage.device("owner")
    stage.service.reset()

    assert "system-shutdown" == stream_error(device.take())
    assert [] == stage.service.xmpp.sessions


def test_an_expired_token_does_not_end_a_stream(stage: XmppStage) -> None:
    device = stage.device("owner")
    stage.service.clock.advance(100_000)

    assert "result" == device.iq('<ping xmlns="urn:xmpp:ping"/>', "get").get("type")


def test_messages_wait_until_a_device_is_there(stage: XmppStage) -> None:
    """A bound device that has not said so gets nothing yet."""
    stage.chat.add_dialog(stage.owner.id, PRIVATE, occupants_ids=[stage.member.id])
    reader = stage.device("member", is_there=False)
    stage.device("owner").say(
        f'<message type="chat" to="{stage.bare("member")}" id="1"><body>hi</body></message>'
    )

    assert [] == reader.take()
    assert ["presence", "message"] == tags(reader.say("<presence/>"))


def test_a_device_is_known_by_the_domain_that_it_asked_for(stage: XmppStage) -> None:
    """Clients that call the service by different names hear of each other under their own."""
    near = stage.device("owner")
    far = Device(stage, stage.member)
    far.session.domain = "127.0.0.1"

    near.say(f'<message type="chat" to="{stage.bare("member")}" id="1"><body>hi</body></message>')

    (message,) = far.take()
    assert f"{stage.owner.id}-774@127.0.0.1/desk" == message.get("from")


@pytest.mark.parametrize(
    ("before", "xml", "expected"),
    [
        ("", "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "not-authorized"),
        ("", '<iq type="get" id="1"/>', "not-authorized"),
        (OPEN, OPEN, "invalid-xml"),
    ],
)
def test_steps_out_of_order_end_the_stream(
    stage: XmppStage, before: str, xml: str, expected: str
) -> None:
    wire = stage.wire()
    if before:
        wire.say(before)

    assert expected == stream_error(wire.say(xml))


def test_only_a_bound_device_may_ask_for_more(stage: XmppStage) -> None:
    wire = stage.wire()
    wire.log_in(stage.owner)

    assert "not-authorized" == stream_error(
        wire.say('<iq type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>')
    )


def test_a_resource_has_a_length(stage: XmppStage) -> None:
    wire = stage.wire()
    wire.log_in(stage.owner)
    bind = BIND.replace("/>", f"><resource>{'a' * 256}</resource></bind>")

    assert ("400", "bad-request") == condition(wire.ask(f'<iq type="set" id="b">{bind}</iq>'))


def test_a_stream_is_not_begun_anew_by_a_device(stage: XmppStage) -> None:
    assert "unsupported-stanza-type" == stream_error(stage.device("owner").say(OPEN))
