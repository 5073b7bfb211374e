"""Elements are read with prefixes, written without, and hostile ones are refused."""

import pytest

from connectycube.chat.element import (
    CLIENT,
    DEEPEST,
    LARGEST,
    MOST,
    MOST_PREFIXES,
    STREAMS,
    Element,
    UnreadableFrameError,
    carried,
    checked_name,
    parse,
    write,
)
from connectycube.errors import InvalidInputError


@pytest.mark.parametrize(
    ("frame", "element"),
    [
        ("<a/>", Element("a", CLIENT)),
        ('<a xmlns="urn:x" b="1"/>', Element("a", "urn:x", {"b": "1"})),
        ("<a>x &amp; &lt;y&gt; &#228;</a>", Element("a", text="x & <y> ä")),
        ("<a>x<b/>y</a>", Element("a", children=[Element("b")], text="xy")),
        ("<stream:features/>", Element("features", STREAMS)),
        ('<p:a xmlns:p="urn:x"><b/></p:a>', Element("a", "urn:x", {}, [Element("b")])),
        ('<a xml:lang="en"/>', Element("a", attributes={"xml:lang": "en"})),
        ("<?xml version='1.0'?><a/>", Element("a")),
        ("<a><![CDATA[<b/>]]></a>", Element("a", text="<b/>")),
    ],
)
def test_what_a_frame_is(frame: str, element: Element) -> None:
    """Prefixes are resolved; a stream's header stands behind each frame."""
    assert element == parse(frame)


BOMB = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>'


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>text",
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        BOMB,
        "<a>&undefined;</a>",
        "<!-- no --><a/>",
        "<a><!-- no --></a>",
        "<?pi no?><a/>",
        "<a><?pi no?></a>",
        "<unknown:a/>",
        "<a>\x07</a>",
        "<a>\x00</a>",
        "<a>&#7;</a>",
        "<a>\ud800</a>",
        "<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1),
        f"<a>{'x' * LARGEST}</a>",
        f"<a>{'<b/>' * MOST}</a>",
        "<a " + " ".join(f"xmlns:p{n}='x'" for n in range(MOST_PREFIXES)) + "/>",
        "<a b='1' b='2'/>",
    ],
)
def test_what_is_refused(frame: str) -> None:
    """No declarations, comments, instructions, bombs, or what is no single element."""
    with pytest.raises(UnreadableFrameError):
        parse(frame)


@pytest.mark.parametrize(
    ("element", "frame"),
    [
        (Element("a"), '<a xmlns="jabber:client"/>'),
        (
            Element("a", "urn:x", {"b": '<&">\n\t'}),
            '<a xmlns="urn:x" b="&lt;&amp;&quot;&gt;&#10;&#9;"/>',
        ),
        (Element("a", text="<&>\r\n"), '<a xmlns="jabber:client">&lt;&amp;&gt;&#13;\n</a>'),
        (
            Element("a", children=[Element("b"), Element("c", "urn:x")]),
            '<a xmlns="jabber:client"><b/><c xmlns="urn:x"/></a>',
        ),
        (
            Element("a", children=[Element("extraParams", text="x")]),
            '<a xmlns="jabber:client"><extraParams xmlns="jabber:client">x</extraParams></a>',
        ),
        (Element("a", text="x\x07\x0by\ud800z\ufffe"), '<a xmlns="jabber:client">xyz</a>'),
        (Element("a", attributes={"b": "\x00c"}), '<a xmlns="jabber:client" b="c"/>'),
    ],
)
def test_how_an_element_is_written(element: Element, frame: str) -> None:
    """Without prefixes, and without anything that XML cannot carry."""
    assert frame == write(element)


@pytest.mark.parametrize(
    "text", ["plain", "tab\tnew\nline", "🎉 ä ﷺ", "\r\n", " lead and trail ", "\u2028\x85"]
)
def test_what_comes_back(text: str) -> None:
    """What is written reads as it was, in text and in attributes."""
    element = Element("a", attributes={"b": text}, text=text)

    assert element == parse(write(element))


def test_every_character_is_written_safely() -> None:
    """Whatever the text, the frame can be read, and holds all that XML carries."""
    for start in range(0, 0x110000, 0x1000):
        text = "".join(map(chr, range(start, start + 0x1000)))
        element = Element("a", attributes={"b": text}, text=text)
        read = parse(write(element))

        assert (carried(text), carried(text)) == (read.text, read.get("b"))


@pytest.mark.parametrize("name", ["a", "_x", "äöü", "a-b.c_9", "A" * 300, "имя"])
def test_a_name(name: str) -> None:
    """Letters of any script, then digits too."""
    assert name == checked_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "0",
        "9a",
        "-a",
        ".a",
        "a b",
        "a:b",
        "a<",
        'a="1"',
        "a/",
        "a\n",
        "xmlns",
        "XML",
        "xmlA",
        "²",
        "a\ud800",
        "\U0001d49c",
        "a\x00",
    ],
)
def test_no_name(name: str) -> None:
    """What a server could choke on is refused, before anything is queued."""
    with pytest.raises(InvalidInputError):
        checked_name(name)


def test_a_name_that_is_none_is_never_written() -> None:
    """Elements and attributes alike."""
    for element in (Element("a b"), Element("a", attributes={"b c": "1"})):
        with pytest.raises(InvalidInputError):
            write(element)
