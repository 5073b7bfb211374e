"""Stream management: counting, asking, resuming (§10)."""

import pytest

from connectycube.emulator.xmpp_acks import Acks
from connectycube.emulator.xmpp_xml import make

from .xmpp_stage import Device, Wire, XmppStage, only, stream_error, tags

SM = "urn:xmpp:sm:3"
ENABLE = f'<enable xmlns="{SM}" resume="true"/>'
ASK = f'<r xmlns="{SM}"/>'


@pytest.fixture
def stage() -> XmppStage:
    return XmppStage()


def write(stage: XmppStage, sender: Device, *texts: str) -> None:
    to = stage.bare("member")
    for text in texts:
        sender.say(f'<message type="chat" id="{text}" to="{to}"><body>{text}</body></message>')


def resume(stage: XmppStage, previous: str, h: int = 0, who: str = "member") -> Wire:
    wire = stage.wire()
    wire.log_in(stage.who(who))
    wire.stage.service.xmpp.receive(wire.line, make("resume", SM, {"previd": previous, "h": h}))
    return wire


def test_the_server_says_what_it_has(stage: XmppStage) -> None:
    """Stanzas count from the moment of enabling; what only manages the stream does not."""
    device = stage.device("owner")
    enabled = device.ask(f'<enable xmlns="{SM}"/>')
    device.iq('<ping xmlns="urn:xmpp:ping"/>', "get")
    write(stage, device, "a")

    assert ("enabled", {}) == (enabled.name, enabled.attributes)
    assert ("a", "2") == ((answer := device.ask(ASK)).name, answer.get("h"))


def test_the_server_asks_now_and_then(stage: XmppStage) -> None:
    reader, sender = stage.device("member"), stage.device("owner")
    reader.say(ENABLE)
    write(stage, sender, *"abcde")

    assert [*["message"] * 5, "r"] == tags(reader.take())
    reader.say(f'<a xmlns="{SM}" h="5"/>')
    assert [] == list((reader.session.acks or Acks()).unconfirmed)


@pytest.mark.parametrize("h", ["1", "-1", "x", ""])
def test_a_client_cannot_have_what_was_not_sent(stage: XmppStage, h: str) -> None:
    device = stage.device("owner")
    device.say(ENABLE)

    expected = "undefined-condition" if h == "1" else "bad-format"
    assert expected == stream_error(device.say(f'<a xmlns="{SM}" h="{h}"/>'))


def test_what_was_lost_on_the_way_comes_after_resuming(stage: XmppStage) -> None:
    reader, sender = stage.device("member"), stage.device("owner")
    previous = reader.ask(ENABLE).get("id")
    write(stage, sender, "had", "lost")
    stage.service.xmpp.lost(reader.line)
    write(stage, sender, "missed")

    back = resume(stage, previous, h=1)

    resumed, *messages = back.take()
    assert ("resumed", previous, "0") == (resumed.name, resumed.get("previd"), resumed.get("h"))
    assert ["lost", "missed"] == [one.get("id") for one in messages]
    assert stage.member.is_online


def test_a_room_is_kept_across_a_cut(stage: XmppStage) -> None:
    dialog = stage.chat.add_dialog(stage.owner.id, 2, occupants_ids=[stage.member.id])
    reader = stage.device("member")
    reader.say(f'<presence to="774_{dialog.id}@muc.localhost/{stage.member.id}"/>')
    previous = reader.ask(ENABLE).get("id")
    stage.service.xmpp.lost(reader.line)

    assert dialog.id in (resume(stage, previous).line.session or reader.session).rooms


def test_a_line_that_seems_alive_gives_way(stage: XmppStage) -> None:
    reader = stage.device("member")
    previous = reader.ask(ENABLE).get("id")

    assert ["resumed"] == tags(resume(stage, previous).take())
    assert "conflict" == stream_error(reader.take())
    assert 1 == len(stage.service.xmpp.sessions)


@pytest.mark.parametrize("why", ["unknown", "another", "late", "switched off", "not asked"])
def test_resuming_is_refused(stage: XmppStage, why: str) -> None:
    """The line may still be bound anew, and what was not confirmed waits for the new device."""
    reader, sender = stage.device("member"), stage.device("owner")
    enable = ENABLE.replace(' resume="true"', "") if why == "not asked" else ENABLE
    previous = reader.ask(enable).get("id")
    write(stage, sender, "lost")
    stage.service.xmpp.lost(reader.line)
    if why == "late":
        stage.service.clock.advance(300)
    stage.service.settings.sm_resume = why != "switched off"
    wire = resume(
        stage,
        "unknown" if why == "unknown" else previous,
        who="owner" if why == "another" else "member",
    )

    (failed,) = wire.take()
    assert ("failed", ["item-not-found"]) == (failed.name, tags(failed.elements))
    bind = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'
    assert "result" == wire.ask(f'<iq type="set" id="b">{bind}</iq>').get("type")


def test_what_nobody_confirmed_waits_after_the_end(stage: XmppStage) -> None:
    reader, sender = stage.device("member"), stage.device("owner")
    reader.say(ENABLE)
    write(stage, sender, "lost")
    stage.service.xmpp.lost(reader.line)
    stage.service.clock.advance(300)
    stage.service.xmpp.settle()
    offline = stage.member.is_online

    back = stage.device("member", is_there=False).say("<presence/>")

    assert (False, "lost") == (offline, only(back, "message").get("id"))


def test_enabling_has_its_time(stage: XmppStage) -> None:
    """Not before a device is bound, and once."""
    wire = stage.wire()
    wire.log_in(stage.member)
    early = wire.ask(ENABLE)
    device = stage.device("owner")
    device.say(ENABLE)

    assert ["failed", "failed"] == [early.name, device.ask(ENABLE).name]


def test_counters_begin_again_after_the_largest() -> None:
    acks = Acks(received=2**32 - 1, confirmed=2**32 - 1)
    acks.note_received()
    for _ in range(2):
        acks.keep(make("message"), None)
    acks.confirm("0")

    assert (0, 0, 1) == (acks.received, acks.confirmed, len(acks.unconfirmed))


def test_without_management_its_elements_end_the_stream(stage: XmppStage) -> None:
    assert "unsupported-stanza-type" == stream_error(stage.device("owner").say(ASK))


# Scripted trouble.


def test_a_cut_leaves_no_word(stage: XmppStage) -> None:
    device = stage.device("owner")
    stage.service.xmpp.faults.cut(stage.owner.id)

    assert ([], True, True) == (device.take(), device.line.is_closed, device.line.is_cut)
    assert not stage.owner.is_online


def test_a_cut_can_wait_for_a_stanza(stage: XmppStage) -> None:
    """The stanza that it strikes is not read."""
    sender, reader = stage.device("owner"), stage.device("member")
    stage.service.xmpp.faults.cut(stage.owner.id, after=1)
    write(stage, sender, "a", "b")

    assert ["a"] == [one.get("id") for one in reader.take()]
    assert sender.line.is_cut


def test_a_line_that_hangs_carries_nothing_and_can_be_resumed(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    previous = reader.ask(ENABLE).get("id")
    stage.service.xmpp.faults.hang(stage.member.id)
    write(stage, sender, "a")

    assert [] == reader.say('<iq type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>')
    assert ["resumed", "message"] == tags(resume(stage, previous).take())


def test_acknowledgements_can_be_lost(stage: XmppStage) -> None:
    device = stage.device("owner")
    device.say(ENABLE)
    stage.service.xmpp.faults.lose_acks(stage.owner.id)

    assert ([], ["a"]) == (device.say(ASK), tags(device.say(ASK)))


def test_messages_can_come_twice_and_out_of_order(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    faults = stage.service.xmpp.faults
    faults.duplicate(stage.member.id)
    write(stage, sender, "a", "b")
    faults.reorder(stage.member.id)
    write(stage, sender, "c", "d", "e")

    assert ["a", "a", "b", "d", "c", "e"] == [one.get("id") for one in reader.take()]


def test_streams_can_end_with_an_error(stage: XmppStage) -> None:
    first, second = stage.device("owner"), stage.device("member")
    previous = first.ask(ENABLE).get("id")
    stage.service.xmpp.faults.end_stream("resource-constraint", "busy", user_id=stage.owner.id)

    assert "resource-constraint" == stream_error(first.take())
    assert ["resumed"] == tags(resume(stage, previous, who="owner").take())
    assert [] == second.take()


def test_a_shutdown_forgets_who_was_there(stage: XmppStage) -> None:
    device = stage.device("owner")
    device.say(ENABLE)
    stage.service.xmpp.faults.shut_down()

    assert "system-shutdown" == stream_error(device.take())
    assert [] == stage.service.xmpp.sessions


def test_new_lines_can_be_refused(stage: XmppStage) -> None:
    stage.service.xmpp.faults.refuse(1)
    first, second = stage.wire(), stage.wire()
    for wire in (first, second):
        stage.service.xmpp.receive(wire.line, make("open", "urn:ietf:params:xml:ns:xmpp-framing"))

    assert (True, False) == (first.line.is_cut, second.line.is_cut)


def test_a_reset_forgets_faults(stage: XmppStage) -> None:
    stage.service.xmpp.faults.refuse()
    stage.service.reset()
    wire = stage.wire()
    wire.say('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="x"/>')

    assert not wire.line.is_cut
