"""Elements of the emulator's chat: read without mercy, written without prefixes."""

import random

import pytest

from connectycube.emulator.xmpp_xml import (
    DEEPEST,
    LARGEST,
    Element,
    Reader,
    StreamFault,
    make,
    parse,
)

from .xmpp_stage import XmppStage, stream_error

HEADER = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='x' version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>"
ENTITIES = '<!DOCTYPE m [<!ENTITY a "aaaa">]><m>&a;</m>'


def fed(*pieces: bytes) -> tuple[list[Element], str | None]:
    """Return what a stream of these pieces holds, and what ends it."""
    reader = Reader()
    found: list[Element] = []
    for piece in pieces:
        elements, fault = reader.feed(piece)
        found += elements
        if fault is not None:
            return found, fault.condition
    return found, None


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (ENTITIES, "restricted-xml"),
        ("<!DOCTYPE m SYSTEM 'http://x/y'><m/>", "restricted-xml"),
        ("<m><!-- a --></m>", "restricted-xml"),
        ("<m><?do it?></m>", "restricted-xml"),
        ("<m>&undefined;</m>", "not-well-formed"),
        ("<m>", "not-well-formed"),
        ("<m/><m/>", "not-well-formed"),
        ("", "not-well-formed"),
        ("text", "not-well-formed"),
        ("<m a='1' a='2'/>", "not-well-formed"),
        ("<p:m/>", "not-well-formed"),
        ("<m>\x07</m>", "not-well-formed"),
        ("<m>\ud800</m>", "not-well-formed"),
        ("<m>" * (DEEPEST + 1) + "</m>" * (DEEPEST + 1), "policy-violation"),
        (f"<m>{'a' * LARGEST}</m>", "policy-violation"),
    ],
)
def test_what_is_not_read(frame: str, expected: str) -> None:
    with pytest.raises(StreamFault) as caught:
        parse(frame)

    assert expected == caught.value.condition


def test_names_are_known_by_their_namespaces() -> None:
    element = parse('<a:m xmlns:a="ns:a" xml:lang="de" b="1"><c xmlns="ns:c"/>x<d/>y</a:m>')

    assert ("m", "ns:a", {"xml:lang": "de", "b": "1"}) == (
        element.name,
        element.xmlns,
        element.attributes,
    )
    assert [("c", "ns:c"), ("d", "")] == [(one.name, one.xmlns) for one in element.elements]
    assert "xy" == element.text


def test_an_attribute_of_another_namespace_cannot_pose_as_one_of_ours() -> None:
    element = parse('<m xmlns:p="evil" p:xmlns="jabber:server" p:to="a" to="b"/>')

    assert {"to": "b"} == element.attributes


def test_nothing_is_written_with_a_prefix() -> None:
    element = make(
        "m", "a", {"b": "<\"'&\n", "c": None}, make("n", None, None, "<x>"), make("o", "b")
    )

    text = str(element)

    assert '<m xmlns="a" b="&lt;&quot;\'&amp;&#10;"><n>&lt;x&gt;</n><o xmlns="b"/></m>' == text
    assert "<\"'&\n" == parse(text).get("b")


def test_what_xml_cannot_carry_is_left_out() -> None:
    assert "<m>a\U0001f600</m>" == str(make("m", None, None, "\x00a\x1f\ud800\uffff\U0001f600"))


def test_reprs_show_no_content() -> None:
    shown = repr(make("auth", "ns", {"token": "canary"}, "canary"))

    assert "canary" not in shown


def test_a_stream_is_cut_into_elements_wherever_it_is_broken() -> None:
    text = HEADER + b" <a x='\xc3\xa9'/>\n<b><c>\xf0\x9f\x98\x80</c></b></stream:stream>"
    whole = fed(text)
    single = fed(*(text[at : at + 1] for at in range(len(text))))

    assert whole == single
    assert (["open", "a", "b", "close"], None) == ([one.name for one in whole[0]], whole[1])
    assert "x" == whole[0][0].get("to")


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (b"<a/>text<b/>", (["open", "a"], "bad-format")),
        (b"<a/><!-- c --><b/>", (["open", "a"], "restricted-xml")),
        (b"<a/></b>", (["open", "a"], "not-well-formed")),
        (b"<a>" + b"x" * (LARGEST + 1), (["open"], "policy-violation")),
        (
            b"<a/>" * 10 + b"<a>" + b"x" * LARGEST + b"</a>",
            (["open"] + ["a"] * 10, "policy-violation"),
        ),
    ],
)
def test_what_came_before_a_fault_is_read(rest: bytes, expected: tuple[list[str], str]) -> None:
    found, condition = fed(HEADER + rest)

    assert expected == ([one.name for one in found], condition)


def test_many_small_elements_are_not_too_large() -> None:
    """The limit is for one element, not for all that one piece brings."""
    one = b"<a>" + b"x" * 1000 + b"</a>"

    assert (1001, None) == (len((got := fed(HEADER + one * 1000))[0]), got[1])


@pytest.mark.parametrize("head", [b"<stream/>", b"<a xmlns='b'>", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_stream_is_refused(head: bytes) -> None:
    assert fed(head)[1] in ("invalid-namespace", "not-well-formed")


def test_white_space_may_keep_a_line_alive_for_long() -> None:
    assert None is fed(HEADER, *([b" " * 1000] * (LARGEST // 500)))[1]


def test_an_unreadable_frame_ends_the_stream() -> None:
    stage = XmppStage()
    device = stage.device("owner")
    stage.service.xmpp.fail(device.line, StreamFault("not-well-formed"))

    assert "not-well-formed" == stream_error(device.take())
    assert not stage.owner.is_online


def test_no_frame_crashes_the_chat() -> None:
    """Frames put together at random are answered, or end their stream in order."""
    dice = random.Random(8)  # noqa: S311 - no secret hangs on it
    names = ["message", "iq", "presence", "query", "body", "x", "item", "extraParams", "replace"]
    names += ["enable", "r", "a", "resume", "open", "close", "list", "bind", "ping", "attachment"]
    spaces = ["jabber:client", "jabber:iq:privacy", "jabber:iq:roster", "urn:xmpp:sm:3", "", "x"]
    spaces += [
        "urn:xmpp:message-correct:0",
        "urn:ietf:params:xml:ns:xmpp-framing",
        "jabber:iq:last",
    ]
    values = [
        "",
        "get",
        "set",
        "chat",
        "groupchat",
        "error",
        "1",
        "-1",
        "9" * 40,
        "\u0663",
        "a@b/c",
    ]
    values += ["1001-774@localhost", "774_x@muc.localhost/1", "muc.localhost", "@", "/", "true"]
    keys = ["type", "to", "id", "from", "h", "name", "value", "order", "action", "jid", "enable"]

    def grown(depth: int) -> Element:
        children = [grown(depth - 1) for _ in range(dice.randrange(3) if depth else 0)]
        named = {dice.choice(keys): dice.choice(values) for _ in range(dice.randrange(5))}
        return make(dice.choice(names), dice.choice(spaces), named, dice.choice(values), *children)

    stage = XmppStage()
    device = stage.device("owner")
    for _ in range(2000):
        element = grown(3)
        stage.service.xmpp.receive(device.line, parse(str(element)))
        if device.line.is_closed:
            assert "close" == device.take()[-1].name
            device = stage.device("owner")

    assert "result" == device.iq('<ping xmlns="urn:xmpp:ping"/>', "get").get("type")
