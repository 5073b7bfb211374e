"""
One XML element, from text and to text.

Namespaces are read with prefixes and written without: the official SDK matches names as they are
spelled. What a stream must not hold (RFC 6120, 11.1) is refused, and so is what grows too large.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final
from xml.parsers import expat

import attrs

from connectycube.errors import InvalidInputError

CLIENT: Final = "jabber:client"
STREAMS: Final = "http://etherx.jabber.org/streams"
# Characters of a frame. Servers let half a megabyte through, and may spell each character of it in
# six: a message that ended the stream at every delivery would do so for ever.
LARGEST: Final = 1 << 22
# Bytes of one of ours. Past this, servers in the field end the whole stream.
LARGEST_SENT: Final = 1 << 18
DEEPEST: Final = 32
MOST: Final = 100_000  # elements of a frame
MOST_PREFIXES: Final = 50
# What the header of a stream declares; a frame that was cut out of it does not repeat that.
_HEADER: Final = {
    "": CLIENT,
    "stream": STREAMS,
    "xml": "http://www.w3.org/XML/1998/namespace",
}
# Servers are known to look for the attribute itself on this one, inherited or not.
_SPELLED_OUT: Final = "extraParams"
# Compiled when first needed, as everywhere here. XML 1.0, 2.2: what no document can carry.
_UNCARRIED: Final = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
# A reader turns bare white space of an attribute into blanks.
_IN_ATTRIBUTE: Final = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\r": "&#13;",
        "\n": "&#10;",
        "\t": "&#9;",
    }
)


class UnreadableFrameError(Exception):
    """Text is not one element that a stream may hold; what it says never shows its content."""


@attrs.define(eq=True)
class Element:
    """
    One element with all it holds.

    Attributes:
        text: its own text in one piece, wherever its children stood between.
    """

    name: str
    namespace: str = CLIENT
    attributes: dict[str, str] = attrs.field(factory=dict[str, str])
    children: "list[Element]" = attrs.field(factory=list["Element"])
    text: str = ""

    def get(self, attribute: str) -> str:
        """Return an attribute, or nothing where it is missing."""
        return self.attributes.get(attribute, "")

    def child(self, name: str, namespace: str = CLIENT) -> "Element | None":
        """Return the first child of that name."""
        for child in self.children:  # most often there is none, and what is shortest is fastest
            if child.name == name and child.namespace == namespace:
                return child
        return None

    def each(self, name: str, namespace: str = CLIENT) -> "Iterator[Element]":
        """Give the children of that name."""
        return (
            child for child in self.children if child.name == name and child.namespace == namespace
        )

    def named(self, name: str) -> "Element | None":
        """Return the first child of that name, whatever its namespace."""
        return next((child for child in self.children if child.name == name), None)

    def text_of(self, name: str) -> str | None:
        """Return the text of a child, or `None` where there is none."""
        found = self.child(name)
        return None if found is None else found.text


def parse(frame: str) -> Element:
    """
    Read the text of one element.

    Raises:
        UnreadableFrameError: it is none, or holds what it must not.
    """
    if len(frame) > LARGEST:
        raise UnreadableFrameError("the frame is too large")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.CommentHandler = _refuse
    parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(frame, True)
    except expat.ExpatError as error:
        raise UnreadableFrameError(expat.ErrorString(error.code) or "no XML") from None
    except UnicodeError:
        raise UnreadableFrameError("the frame holds half a character") from None
    if builder.root is None:  # pragma: no cover - expat has no document without an element
        raise UnreadableFrameError("the frame is empty")
    return builder.root


def write(element: Element) -> str:
    """
    Return the element as text, without prefixes.

    Text that XML cannot carry is left out: control characters, halves of characters.

    Raises:
        InvalidInputError: an element or an attribute has a name that is none in XML.
    """
    pieces: list[str] = []
    _write(element, "", pieces)
    return "".join(pieces)


def carried(text: str) -> str:
    """Return what XML can carry of a text."""
    return text if text.isprintable() else re.sub(_UNCARRIED, "", text)


@lru_cache(maxsize=1024)
def checked_name(name: str) -> str:
    """
    Return the name of an element or an attribute as it is.

    Raises:
        InvalidInputError: it is none in XML, or begins as those that XML keeps for itself.
    """
    if re.fullmatch(r"[^\W\d][\w.-]*", name) and not name.lower().startswith("xml"):
        try:
            # Servers read names by the older rules of XML, which no short pattern tells.
            expat.ParserCreate().Parse(f"<{name}/>", True)
        except (expat.ExpatError, UnicodeError):
            pass
        else:
            return name
    raise InvalidInputError(
        f"{name!r} is no name in XML: a letter or _, then letters, digits, - or ."
    )


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._scopes: list[dict[str, str]] = [_HEADER]
        self._texts: list[list[str] | None] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEEPEST:
            raise UnreadableFrameError("the frame is nested too deeply")
        self._count += 1
        if self._count > MOST:
            raise UnreadableFrameError("the frame holds too many elements")
        scope = self._scopes[-1]
        declarations = [key for key in attributes if key == "xmlns" or key.startswith("xmlns:")]
        if declarations:
            scope = {**scope, **{key[6:]: attributes.pop(key) for key in declarations}}
            if len(scope) > MOST_PREFIXES:
                raise UnreadableFrameError("the frame declares too many prefixes")
        prefix, _, local = name.rpartition(":")
        namespace = scope.get(prefix)
        if namespace is None:
            raise UnreadableFrameError("the frame uses a prefix that it does not declare")
        element = Element(local, namespace, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._scopes.append(scope)
        self._texts.append(None)

    def end(self, _name: str) -> None:
        element, texts = self._open.pop(), self._texts.pop()
        if texts is not None:
            # Joined once: text that is added to again and again takes ever longer.
            element.text = "".join(texts)
        self._scopes.pop()

    def text(self, text: str) -> None:
        texts = self._texts[-1]
        if texts is None:
            self._texts[-1] = [text]
        else:
            texts.append(text)


def _refuse(*_: Any) -> None:
    raise UnreadableFrameError("the frame holds more than elements and text")


def _write(element: Element, around: str, pieces: list[str]) -> None:
    name = checked_name(element.name)
    pieces.append(f"<{name}")
    if element.namespace != around or name == _SPELLED_OUT:
        pieces.append(f' xmlns="{carried(element.namespace).translate(_IN_ATTRIBUTE)}"')
    for key, value in element.attributes.items():
        pieces.append(f' {checked_name(key)}="{carried(value).translate(_IN_ATTRIBUTE)}"')
    text = carried(element.text).translate(_IN_TEXT) if element.text else ""
    if not text and not element.children:
        pieces.append("/>")
        return
    pieces.append(f">{text}")
    for child in element.children:
        _write(child, element.namespace, pieces)
    pieces.append(f"</{name}>")
