"""Elements of the chat: read without mercy, written without prefixes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

import attrs

from .xmpp_namespaces import FRAMING, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEEPEST: Final = 24
LARGEST: Final = 256 * 1024
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_NOT_CARRIED: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")


class StreamFault(Exception):  # noqa: N818 - it is what ends a stream, and named for that
    """What ends a stream: the condition that the other side is told."""

    def __init__(self, condition: str, text: str | None = None) -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text


@attrs.define
class Element:
    """Hold one element; without a namespace of its own it has its parent's."""

    name: str
    xmlns: str | None = None
    attributes: dict[str, str] = attrs.field(factory=dict[str, str], repr=False)
    children: list[Element | str] = attrs.field(factory=list["Element | str"], repr=False)

    def get(self, name: str) -> str:
        """Return an attribute, empty where there is none."""
        return self.attributes.get(name, "")

    @property
    def text(self) -> str:
        """Return the text that stands in it directly."""
        return "".join(one for one in self.children if isinstance(one, str))

    @property
    def elements(self) -> list[Element]:
        """Return the elements that stand in it directly."""
        return [one for one in self.children if isinstance(one, Element)]

    def all(self, name: str, xmlns: str | None = None) -> list[Element]:
        """Return the children of this name, in any namespace unless one is given."""
        return [one for one in self.elements if one.name == name and xmlns in (None, one.xmlns)]

    def child(self, name: str, xmlns: str | None = None) -> Element | None:
        """Return the first child of this name, in any namespace unless one is given."""
        return next(iter(self.all(name, xmlns)), None)

    def __str__(self) -> str:
        return "".join(_pieces(self, None))


def make(
    name: str,
    xmlns: str | None = None,
    attributes: Mapping[str, object | None] | None = None,
    *children: Element | str,
) -> Element:
    """Make an element; attributes that are None are left out."""
    given = (attributes or {}).items()
    kept = {key: str(value) for key, value in given if value is not None}
    return Element(name, xmlns, kept, list(children))


def is_name(text: str) -> bool:
    """Say whether an element or attribute may be called so; XML keeps some names for itself."""
    return _NAME.fullmatch(text) is not None and not text.lower().startswith("xml")


def parse(frame: str) -> Element:
    """Read a frame, which is one element; a `StreamFault` tells what is wrong with it."""
    reader = Reader(level=0)
    found, fault = reader.feed(frame.encode("utf-8", "surrogatepass"), is_all=True)
    if fault is not None:
        raise fault
    return found[0]


class Reader:
    """
    Cut what comes over a line into elements, which stand so many levels deep.

    At level 1 they stand in a stream, whose begin and end are shown as the elements `open` and
    `close` of a WebSocket.
    """

    def __init__(self, *, level: int = 1) -> None:
        self._level = level
        self._found: list[Element] = []
        self._open: list[Element] = []
        self._depth = 0
        self._bytes = 0
        self._boundary = 0
        self._spelled_out = 0
        self._parser = parser = expat.ParserCreate("UTF-8", " ")
        # A token must not wait in the parser for bytes that may never come.
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.ProcessingInstructionHandler = _refuse
        parser.CommentHandler = _refuse

    def feed(
        self, data: bytes, *, is_all: bool = False
    ) -> tuple[list[Element], StreamFault | None]:
        """Return the elements that are whole now, and what ends the stream behind them."""
        self._bytes += len(data)
        fault: StreamFault | None = None
        try:
            self._parser.Parse(data, is_all)
            if self._bytes - self._boundary > LARGEST:
                raise _too_large()
        except StreamFault as met:
            fault = met
        except expat.ExpatError:
            fault = StreamFault("not-well-formed")
        found, self._found = self._found, []
        return found, fault

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        name, xmlns = _split(full_name)
        self._depth += 1
        if self._depth > DEEPEST:
            raise StreamFault("policy-violation", "too deep")
        # The chat has no attributes with namespaces but those of XML itself; others are dropped.
        known = ((_attribute(key), value) for key, value in attributes.items())
        named = {key: value for key, value in known if key is not None}
        element = Element(name, xmlns, named)
        if self._depth <= self._level:
            if (name, xmlns) != ("stream", STREAMS):
                raise StreamFault("invalid-namespace")
            self._found.append(Element("open", FRAMING, named))
            self._boundary = self._parser.CurrentByteIndex
            return
        if self._open:
            self._note_namespace(xmlns)
            self._open[-1].children.append(element)
        else:
            self._spelled_out = 0
        self._open.append(element)

    def _note_namespace(self, xmlns: str) -> None:
        """Count what a prefix shortens and we write in full, or little would become very much."""
        if xmlns != self._open[-1].xmlns:
            self._spelled_out += len(xmlns)
            if self._spelled_out > LARGEST:
                raise _too_large()

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._depth < self._level:
            self._found.append(Element("close", FRAMING))
            return
        element = self._open.pop()
        if not self._open:
            end = self._parser.CurrentByteIndex
            if end - self._boundary > LARGEST:
                raise _too_large()
            self._boundary = end
            self._found.append(element)

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].children.append(text)
        elif text.strip():
            raise StreamFault("bad-format")
        else:
            # White space between elements keeps a line alive, for as long as somebody likes.
            self._boundary = self._parser.CurrentByteIndex


def _refuse(*_: Any) -> None:
    raise StreamFault("restricted-xml")


def _too_large() -> StreamFault:
    return StreamFault("policy-violation", "too large")


def _split(full_name: str) -> tuple[str, str]:
    xmlns, _, name = full_name.rpartition(" ")
    return name, xmlns


def _attribute(full_name: str) -> str | None:
    name, xmlns = _split(full_name)
    if xmlns == _XML:
        return f"xml:{name}"
    return None if xmlns else name


def _pieces(element: Element, around: str | None) -> Iterator[str]:
    own = around if element.xmlns is None else element.xmlns
    yield f"<{element.name}"
    if own is not None and own != around:
        yield f' xmlns="{_escaped(own)}"'
    for name, value in element.attributes.items():
        yield f' {name}="{_escaped(value)}"'
    if not element.children:
        yield "/>"
        return
    yield ">"
    for child in element.children:
        if isinstance(child, str):
            yield _escaped(child, _IN_TEXT)
        else:
            yield from _pieces(child, own)
    yield f"</{element.name}>"


_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE: Final = _IN_TEXT | str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


def _escaped(text: str, escapes: dict[int, str] = _IN_ATTRIBUTE) -> str:
    # What came in over HTTP may hold what XML cannot: a single such character ends a stream.
    return _NOT_CARRIED.sub("", text).translate(escapes)
