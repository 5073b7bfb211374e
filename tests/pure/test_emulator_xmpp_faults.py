"""Trouble of the chat that comes by chance, lasts, or strikes the whole service."""

from typing import Any

import pytest

from connectycube.emulator.xmpp_chances import Struck
from connectycube.emulator.xmpp_xml import Element, make

from .xmpp_stage import BIND, OPEN, Device, Wire, XmppStage, auth, only, stream_error, tags

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


def resume(stage: XmppStage, previous: str, who: str = "member") -> list[Element]:
    wire = stage.wire()
    wire.log_in(stage.who(who))
    wire.stage.service.xmpp.receive(wire.line, make("resume", SM, {"previd": previous, "h": 0}))
    return wire.take()


def ids(elements: list[Element]) -> list[str]:
    return [one.get("id") for one in elements if one.name == "message"]


def gone(stage: XmppStage, device: Device) -> str:
    """Let a device be lost, and return what it is resumed by."""
    previous = device.ask(ENABLE).get("id")
    stage.service.xmpp.lost(device.line)
    return previous


# By chance.


def struck(seed: int) -> list[str]:
    """Send a hundred messages, each twice by a chance of one in ten; return which were."""
    stage = XmppStage()
    faults = stage.service.xmpp.faults
    faults.seed(seed)
    faults.duplicate(probability=0.1)
    sender, reader = stage.device("owner"), stage.device("member")
    write(stage, sender, *map(str, range(100)))
    came = ids(reader.take())
    return sorted({one for one in came if came.count(one) == 2})


def test_a_seed_decides_what_chance_does() -> None:
    first = struck(1)

    assert 2 <= len(first) <= 25
    assert first == struck(1)
    assert first != struck(2)


def test_chances_are_counted_before_they_are_taken(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    stage.service.xmpp.faults.duplicate(after=1, probability=1.0, times=2)
    write(stage, sender, *"abcd")

    assert ["a", "b", "b", "c", "c", "d"] == ids(reader.take())


@pytest.mark.parametrize(
    ("chances", "kind"),
    [
        ({"often": 3}, TypeError),
        ({"after": -1}, ValueError),
        ({"times": 0}, ValueError),
        ({"probability": 1.5}, ValueError),
    ],
)
def test_chances_that_cannot_be_meant_are_refused(
    stage: XmppStage, chances: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        stage.service.xmpp.faults.cut(**chances)


def test_what_has_struck_is_told(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    faults = stage.service.xmpp.faults
    faults.duplicate(reader.user.id)
    write(stage, sender, "a")
    faults.reorder(reader.user.id)
    write(stage, sender, "b", "c")
    expected = [
        Struck(kind="duplicate", user_id=reader.user.id, message_ids=("a",)),
        Struck(kind="reorder", user_id=reader.user.id, message_ids=("b", "c")),
    ]

    assert expected == faults.struck
    stage.service.reset()
    assert [] == faults.struck


# Messages that are kept back.


def test_what_nothing_overtakes_goes_a_while_later(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    stage.service.xmpp.faults.reorder(reader.user.id)
    write(stage, sender, "a")

    assert [] == reader.take()
    stage.service.xmpp.settle()
    assert ["a"] == ids(reader.take())


def test_what_is_kept_back_is_not_lost_with_its_device(stage: XmppStage) -> None:
    sender, reader = stage.device("owner"), stage.device("member")
    reader.say(ENABLE)
    stage.service.xmpp.faults.reorder(reader.user.id)
    write(stage, sender, "a")
    stage.service.xmpp.faults.shut_down()

    assert "a" == only(stage.device("member", is_there=False).say("<presence/>"), "message").get(
        "id"
    )


def test_what_goes_to_clients_can_be_delayed(stage: XmppStage) -> None:
    first, second = stage.device("owner"), stage.device("member")
    faults = stage.service.xmpp.faults
    faults.delay(0.5)
    faults.delay(1, up_to=2, user_id=first.user.id)

    assert 1 <= faults.delay_of(first.line) <= 2
    assert 0.5 == faults.delay_of(second.line)
    faults.clear()
    assert 0 == faults.delay_of(first.line)


# Logins and resumptions.


def test_a_right_password_can_be_called_wrong(stage: XmppStage) -> None:
    stage.service.xmpp.faults.refuse_logins(stage.owner.id, times=2)
    wire = stage.wire()
    wire.say(OPEN)
    token = stage.world.open_session(stage.owner, ts=0).token
    answers = [wire.ask(auth(f"{stage.owner.id}-774", token)) for _ in range(3)]

    assert ["failure", "failure", "success"] == tags(answers)
    assert ["not-authorized"] == tags(answers[0].elements)


def test_a_resumption_can_be_refused(stage: XmppStage) -> None:
    """What had arrived is told, and what nobody confirmed waits for the new device."""
    reader, sender = stage.device("member"), stage.device("owner")
    previous = reader.ask(ENABLE).get("id")
    reader.iq('<ping xmlns="urn:xmpp:ping"/>', "get")
    write(stage, sender, "a")
    stage.service.xmpp.lost(reader.line)
    stage.service.xmpp.faults.refuse_resumption(reader.user.id)
    (failed,) = resume(stage, previous)

    assert ("failed", "1", ["item-not-found"]) == (
        failed.name,
        failed.get("h"),
        tags(failed.elements),
    )
    assert ["a"] == ids(stage.device("member", is_there=False).say("<presence/>"))


def test_a_line_gives_way_to_a_resumption_that_is_refused(stage: XmppStage) -> None:
    reader = stage.device("member")
    previous = reader.ask(ENABLE).get("id")
    stage.service.xmpp.faults.refuse_resumption()

    assert ["failed"] == tags(resume(stage, previous))
    assert "conflict" == stream_error(reader.take())


# The whole service.


def test_a_restart_forgets_devices_and_keeps_what_waits(stage: XmppStage) -> None:
    reader, sender = stage.device("member"), stage.device("owner")
    write_to = f'<message type="chat" id="away" to="{stage.bare("admin")}"><body>a</body></message>'
    previous = gone(stage, reader)
    write(stage, sender, "unconfirmed")
    sender.say(write_to)
    stage.service.xmpp.faults.restart()

    assert (True, [], []) == (sender.line.is_cut, sender.take(), stage.service.xmpp.sessions)
    assert ["failed"] == tags(resume(stage, previous))
    assert [] == ids(stage.device("member", is_there=False).say("<presence/>"))
    assert ["away"] == ids(stage.device("admin", is_there=False).say("<presence/>"))


def test_a_shutdown_forgets_who_was_lost(stage: XmppStage) -> None:
    """What they had not confirmed waits for them."""
    reader, sender = stage.device("member"), stage.device("owner")
    previous = gone(stage, reader)
    write(stage, sender, "unconfirmed")
    stage.service.xmpp.faults.shut_down()

    assert ["failed"] == tags(resume(stage, previous))
    assert ["unconfirmed"] == ids(stage.device("member", is_there=False).say("<presence/>"))


# Limits.


def test_only_so_many_lost_devices_are_kept(stage: XmppStage) -> None:
    stage.service.settings.sm_most_lost = 2
    lost = [gone(stage, stage.device("member", resource)) for resource in "abc"]

    assert ["failed", "resumed", "resumed"] == [resume(stage, one)[0].name for one in lost]


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_device_that_confirms_nothing_is_let_go(
    stage: XmppStage,
    is_lost: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    stage.service.settings.sm_queue_size = 6
    reader, sender = stage.device("member"), stage.device("owner")
    previous = reader.ask(ENABLE).get("id")
    write(stage, sender, "a")
    if is_lost:
        stage.service.xmpp.lost(reader.line)
    write(stage, sender, *"bcdef")
    stage.service.xmpp.settle()
    before = len(stage.service.xmpp.sessions)
    write(stage, sender, "g")
    stage.service.xmpp.settle()

    assert (2, 1) == (before, len(stage.service.xmpp.sessions))
    assert is_lost or "policy-violation" == stream_error(reader.take())
    assert ["failed"] == tags(resume(stage, previous))


def test_a_line_that_does_not_answer_is_given_up(stage: XmppStage) -> None:
    """What went into it is there when it is resumed; one that answers goes on."""
    reader, sender = stage.device("member"), stage.device("owner")
    previous = reader.ask(ENABLE).get("id")
    answering = stage.device("member", "answering")
    answering.say(ENABLE)
    write(stage, sender, *"abcde")
    answering.say(f'<a xmlns="{SM}" h="5"/>')
    stage.service.xmpp.settle()
    stage.service.clock.advance(60)
    stage.service.xmpp.settle()

    assert (True, False) == (reader.line.is_cut, answering.line.is_closed)
    assert list("abcde") == ids(resume(stage, previous))


def test_a_silent_line_has_time_again_after_resuming(stage: XmppStage) -> None:
    reader, sender = stage.device("member"), stage.device("owner")
    previous = reader.ask(ENABLE).get("id")
    write(stage, sender, *"abcde")
    stage.service.xmpp.settle()
    wire = Wire(stage)
    wire.log_in(stage.member)
    wire.say(f'<resume xmlns="{SM}" previd="{previous}" h="0"/>')
    stage.service.clock.advance(60)
    stage.service.xmpp.settle()

    assert not wire.line.is_closed
    assert "a" == wire.ask(ASK).name


def test_a_line_can_hang_before_anybody_is_bound(stage: XmppStage) -> None:
    wire = stage.wire()
    wire.log_in(stage.member)
    stage.service.xmpp.faults.hang(stage.member.id)

    assert [] == wire.say(f'<iq type="set" id="b">{BIND}</iq>')
