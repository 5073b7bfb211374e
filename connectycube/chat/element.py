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
MOST: Final = 100_000  # tags of a frame
MOST_PREFIXES: Final = 50
_LONGEST_QUESTION: Final = 50
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
    # Subscripted types take three times as long to call.
    attributes: dict[str, str] = attrs.field(factory=dict)
    children: "list[Element]" = attrs.field(factory=list)
    text: str = ""

    def get(self, attribute: str) -> str:
        """Return an attribute, or nothing where it is missing."""
        return self.attributes.get(attribute, "")

    def child(self, name: str, namespace: str = CLIENT) -> "Element | None":
        """Return the first child of that name."""
        for child in self.children:
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
        for child in self.children:
            if child.name == name:
                return child
        return None

    def text_of(self, name: str) -> str | None:
        """Return the text of a child, or `None` where there is none."""
        found = self.child(name)
        return None if found is None else found.text


def parse(frame: str) -> Element:
    """
    Read the text of one element.

    What it returns is not to be changed: elements that come again and again are read once.

    Raises:
        UnreadableFrameError: it is none, or holds what it must not.
    """
    is_question = len(frame) <= _LONGEST_QUESTION and frame.startswith("<r ")
    return _question(frame) if is_question else _parsed(frame)


@lru_cache(maxsize=8)
def _question(frame: str) -> Element:
    """Read a question for our count (XEP-0198): a service asks in the same words each time."""
    return _parsed(frame)


def _parsed(frame: str) -> Element:
    if len(frame) > LARGEST:
        raise UnreadableFrameError("the frame is too large")
    if frame.count("<") > MOST:
        raise UnreadableFrameError("the frame holds too many elements")
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
    return _written(element, "")


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
        self._scope = _HEADER  # what prefixes mean here
        self._scopes: list[dict[str, str]] = []  # and around
        self._texts: list[str | list[str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        around = self._open
        if len(around) >= DEEPEST:
            raise UnreadableFrameError("the frame is nested too deeply")
        self._scopes.append(self._scope)
        if attributes:
            self._declare(attributes)
        prefix = ""
        if ":" in name:
            prefix, _, name = name.rpartition(":")
        namespace = self._scope.get(prefix)
        if namespace is None:
            raise UnreadableFrameError("the frame uses a prefix that it does not declare")
        element = Element(name, namespace, attributes, [], "")
        if around:
            around[-1].children.append(element)
        else:
            self.root = element
        around.append(element)
        self._texts.append("")

    def end(self, _name: str) -> None:
        element, text = self._open.pop(), self._texts.pop()
        element.text = text if isinstance(text, str) else "".join(text)
        self._scope = self._scopes.pop()

    def text(self, text: str) -> None:
        before = self._texts[-1]
        if not before:
            self._texts[-1] = text
        elif isinstance(before, str):
            # Joined once: text that is added to again and again takes ever longer.
            self._texts[-1] = [before, text]
        else:
            before.append(text)

    def _declare(self, attributes: dict[str, str]) -> None:
        """Take what declares a prefix from among the attributes."""
        declared = [key for key in attributes if key[:5] == "xmlns" and key[5:6] in {"", ":"}]
        if declared:
            self._scope = {**self._scope, **{key[6:]: attributes.pop(key) for key in declared}}
            if len(self._scope) > MOST_PREFIXES:
                raise UnreadableFrameError("the frame declares too many prefixes")


def _refuse(*_: Any) -> None:
    raise UnreadableFrameError("the frame holds more than elements and text")


def _written(element: Element, around: str) -> str:
    name, namespace = checked_name(element.name), element.namespace
    start = f"<{name}"
    if namespace != around or name == _SPELLED_OUT:
        start += _declaration(namespace)
    for key, value in element.attributes.items():
        start = f'{start} {checked_name(key)}="{_in_attribute(value)}"'
    text = element.text and _in_text(element.text)
    if element.children:
        inner = "".join([_written(child, namespace) for child in element.children])
        return f"{start}>{text}{inner}</{name}>"
    return f"{start}>{text}</{name}>" if text else f"{start}/>"


@lru_cache(maxsize=64)
def _declaration(namespace: str) -> str:
    return f' xmlns="{_in_attribute(namespace)}"'


def _in_text(text: str) -> str:
    if text.isalnum():  # as most are
        return text
    return (
        carried(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\r", "&#13;")
    )


def _in_attribute(text: str) -> str:
    if text.isalnum():
        return text
    # A reader turns bare white space of an attribute into blanks.
    return _in_text(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
