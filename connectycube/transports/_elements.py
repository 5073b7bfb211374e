"""Cuts the whole elements out of an XMPP stream, as text."""

import re
from collections import deque
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

# More than a server lets anybody say, at its longest spelling; past this the line is of no use.
LARGEST_ELEMENT: Final = 4 * 1024 * 1024
_STREAM: Final = "stream:stream"
# Elements are read by themselves, and then these alone are known.
_DECLARED: Final = (
    ("xmlns", "jabber:client"),
    ("xmlns:stream", "http://etherx.jabber.org/streams"),
)
# A parser remembers each name that it ever met, and names are the choice of whoever writes to us.
_RENEWED_AFTER: Final = 4 * 1024 * 1024
_BLANK: Final = b" \t\r\n"
_START_TAG: Final = re.compile(rb"<[^\s/>]++(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")


class BadStreamError(Exception):
    """What arrived is no XMPP stream; the message says what is wrong, and shows none of it."""


class ElementCutter:
    """
    Takes bytes as they arrive, and gives each element of the stream once it is whole.

    A DTD, a comment or a processing instruction is refused, as are text between elements, and an
    element that is too large. How deep one is nested is not looked at: whoever writes to us chooses
    that, and must not end the stream by it.

    Attributes:
        elements: what is whole; whoever takes it removes it.
        ended: the other end closed the stream.
    """

    def __init__(self, *, largest: int = LARGEST_ELEMENT) -> None:
        self._largest = largest
        self.elements: deque[str] = deque()
        self.ended = False
        self._header = b""
        self._start()

    @property
    def begun(self) -> bool:
        """Whether the other end has opened the stream."""
        return bool(self._header)

    def feed(self, data: bytes) -> None:
        """
        Take what arrived next.

        Raises:
            BadStreamError: this is no stream, or not one that we take.
        """
        if self.ended:
            return  # nothing that follows means anything
        self._buffer += data
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            if not self.ended:
                raise BadStreamError(f"not XML: {expat.ErrorString(error.code)}") from None
        if self._depth == 1:
            self._skip(len(self._buffer) - len(self._buffer.lstrip(_BLANK)))
            if not self._buffer and self._base > _RENEWED_AFTER:
                self._start()
        if len(self._buffer) > self._largest:
            raise BadStreamError("an element is too large")

    def _start(self) -> None:
        """Begin with a new parser, inside of the stream where that has begun."""
        # The encoding is XMPP's, whatever a declaration says.
        parser = expat.ParserCreate("utf-8")
        if hasattr(parser, "SetReparseDeferralEnabled"):
            # Else the end of an element may not be noticed until more arrives.
            parser.SetReparseDeferralEnabled(False)
        parser.Parse(self._header, False)
        parser.StartElementHandler = self._started
        parser.EndElementHandler = self._finished
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.CommentHandler = _refuse_comment
        parser.ProcessingInstructionHandler = _refuse_instruction
        self._parser = parser
        self._depth = 1 if self._header else 0
        self._buffer = bytearray()
        self._base = len(self._header)  # where in all that was parsed the buffer begins

    def _started(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        at = self._parser.CurrentByteIndex - self._base
        if self._depth == 1:
            self._open(name, attributes, at)
        elif self._depth == 2:  # noqa: PLR2004 - an element of the stream itself
            if self._buffer[:at].strip(_BLANK):
                raise BadStreamError("text between elements")
            self._skip(at)

    def _finished(self, _name: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.ended = True
        elif self._depth == 1:
            self._cut(self._parser.CurrentByteIndex - self._base)

    def _open(self, name: str, attributes: Mapping[str, str], at: int) -> None:
        if name != _STREAM or any(attributes.get(said) != meant for said, meant in _DECLARED):
            raise BadStreamError("it does not begin as an XMPP stream")
        self._header = self._start_tag(at)
        self._skip(at + len(self._header))

    def _cut(self, end: int) -> None:
        """Cut off the element whose end tag begins here."""
        tag = self._start_tag(0)
        # Expat tells of `<a/>` when it is past it.
        end = len(tag) if tag.endswith(b"/>") else self._buffer.index(b">", end) + 1
        if end > self._largest:
            raise BadStreamError("an element is too large")
        element = bytes(self._buffer[:end])
        self._skip(end)
        self.elements.append(element.decode())

    def _start_tag(self, at: int) -> bytes:
        found = _START_TAG.match(self._buffer, at)
        if found is None:
            raise BadStreamError("not XML: an odd tag")
        return found[0]

    def _skip(self, count: int) -> None:
        del self._buffer[:count]
        self._base += count


def quoted(text: str) -> str:
    """Spell a text for an attribute between single quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")


def _refuse_doctype(*_: object) -> None:
    raise BadStreamError("a DTD")


def _refuse_comment(*_: object) -> None:
    raise BadStreamError("a comment")


def _refuse_instruction(*_: object) -> None:
    raise BadStreamError("a processing instruction")
