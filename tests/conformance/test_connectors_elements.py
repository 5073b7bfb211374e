"""How elements are cut out of a stream, wherever its pieces end."""

import random
from itertools import pairwise
from typing import Final

import pytest

from connectycube.transports._elements import BadStreamError, ElementCutter

HEADER: Final = (
    b"<?xml version='1.0'?><stream:stream id='1' version='1.0' xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams'>"
)
ELEMENTS: Final = [
    "<stream:features><bind xmlns='urn:x'/></stream:features>",
    "<a/>",
    "<a>/></a>",
    "<a b='>/'>x &amp; é 🐎</a>",
    "<a b=\"/>\" xmlns='u' />",
    "<m  ><![CDATA[</m>]]><m><m/></m ></m\n>",
    "<r\n/>",
    "<a><![CDATA[</a>]]></a>",
    "<a><![CDATA[]]]]><![CDATA[></a><a>]]><a b='&lt;/a>'/><ab/></a>",
    "<a xmlns:a='u'><a:a/><b.a/></a>",
]
STREAM: Final = HEADER + "".join(f"{element} \n" for element in ELEMENTS * 2).encode()


def cut(pieces: list[bytes]) -> list[str]:
    cutter = ElementCutter()
    for piece in pieces:
        cutter.feed(piece)
    return list(cutter.elements)


def test_elements_come_as_they_were_written() -> None:
    assert ELEMENTS * 2 == cut([STREAM])


def test_one_byte_after_the_other_gives_the_same() -> None:
    assert ELEMENTS * 2 == cut([bytes([byte]) for byte in STREAM])


@pytest.mark.parametrize("seed", range(50))
def test_any_pieces_give_the_same(seed: int) -> None:
    places = sorted(random.Random(seed).sample(range(len(STREAM)), 12))  # noqa: S311 - a test
    edges = pairwise([0, *places, len(STREAM)])

    assert ELEMENTS * 2 == cut([STREAM[start:end] for start, end in edges])


def test_an_element_comes_as_soon_as_it_is_whole() -> None:
    """It is not held back until the next one begins."""
    cutter = ElementCutter()
    cutter.feed(HEADER + b"<a>x</a")
    before = len(cutter.elements)
    cutter.feed(b">")

    assert (0, ["<a>x</a>"]) == (before, list(cutter.elements))


def test_white_space_between_elements_keeps_a_line_alive_and_takes_no_memory() -> None:
    cutter = ElementCutter(largest=100)
    cutter.feed(HEADER)
    for _ in range(1000):
        cutter.feed(b" \r\n\t")
    cutter.feed(b"<a/>")

    assert ["<a/>"] == list(cutter.elements)


def test_what_follows_the_end_means_nothing() -> None:
    cutter = ElementCutter()
    cutter.feed(HEADER + b"<a/></stream:stream>")
    cutter.feed(b"<!-- anything -->")
    cutter.feed(b"\xff\x00<<")

    assert (True, ["<a/>"]) == (cutter.ended, list(cutter.elements))


def feed_slowly(cutter: ElementCutter, said: bytes) -> None:
    for at in range(0, len(said), 10):
        cutter.feed(said[at : at + 10])


@pytest.mark.parametrize(
    "said",
    [b"<a>" + b"x" * 200, b"<a b='" + b"x" * 200, b"<a><![CDATA[" + b"x" * 200, b"<a><a>" * 40],
)
def test_what_is_too_large_is_refused_before_it_is_whole(said: bytes) -> None:
    cutter = ElementCutter(largest=100)
    cutter.feed(HEADER)
    with pytest.raises(BadStreamError, match="too large"):
        feed_slowly(cutter, said)


@pytest.mark.parametrize(
    "said", [b"y", b"<a/>y<b/>", b"<a/><![CDATA[y]]><b/>", b"<a/><![CDATA[ ]]>"]
)
def test_text_between_elements_is_refused_at_once(said: bytes) -> None:
    cutter = ElementCutter()
    with pytest.raises(BadStreamError, match="text between elements"):
        cutter.feed(HEADER + said)


@pytest.mark.parametrize(
    "wrong", [b"<b></c>", b"<!-- -->", b"<?x?>", b"<b/><<", b"<b>&x;</b>", b"\xff", b"<b c='<'/>"]
)
def test_what_was_whole_before_a_mistake_is_given(wrong: bytes) -> None:
    """And nothing of what follows it."""
    cutter = ElementCutter()
    with pytest.raises(BadStreamError):
        cutter.feed(HEADER + b"<a/><a>x</a> " + wrong + b"<d/>")
    given = [element for element in cutter.elements if element != "<b/>"]

    assert ["<a/>", "<a>x</a>"] == given


def test_a_large_element_in_small_pieces_is_looked_through_once() -> None:
    """Else whoever writes such would keep everybody else waiting."""
    piece, count = b"x" * 1000, 3000
    cutter = ElementCutter()
    cutter.feed(HEADER + b"<a><b>x</b>")
    looked = []
    for inner in (b"", b"<![CDATA["):
        cutter.feed(inner)
        for _ in range(count // 2):
            cutter.feed(piece)
            looked.append(len(cutter._buffer) - cutter._looked)
    cutter.feed(b"]]></a>")

    assert max(looked) <= len(piece)
    assert 1 == len(cutter.elements)


def test_a_whole_element_is_refused_for_its_size_too() -> None:
    cutter = ElementCutter(largest=100)
    with pytest.raises(BadStreamError, match="too large"):
        cutter.feed(HEADER + b"<a>" + b"x" * 200 + b"</a>")


def test_a_stream_goes_on_under_a_new_parser() -> None:
    """A parser keeps every name it met, so it is replaced; whoever reads notices nothing."""
    cutter = ElementCutter()
    cutter.feed(HEADER)
    first = cutter._parser
    element = f"<a><{'b' * 100}/>{'x' * 900_000}</a>"
    for _ in range(6):
        cutter.feed(element.encode())
    cutter.feed(b"<c/></stream:stream>")

    assert first is not cutter._parser
    assert [*[element] * 6, "<c/>"] == list(cutter.elements)
    assert cutter.ended
