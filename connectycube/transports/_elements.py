"""Cuts the whole elements out of an XMPP stream, as text."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
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
_REST: Final = rb"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>"
_TAG: Final = re.compile(b"<" + _REST)
_START_TAG: Final = re.compile(rb"<([^\s/>]++)" + _REST)
# What comes behind an element: blanks, and the next one's tag if that is whole.
_NEXT: Final = re.compile(rb"[ \t\r\n]*+(<([^\s/>!]++)" + _REST + rb")?")
_LITERAL: Final = b"<![CDATA["
_LITERAL_END: Final = b"]]>"
_SLASH: Final = ord("/")
_MARK: Final = ord("!")


class BadStreamError(Exception):
    """
    What arrived is no XMPP stream; the message says what is wrong, and shows none of it.

    Attributes:
        at: before which byte of the stream all was well.
    """

    def __init__(self, reason: str, at: int = 0) -> None:
        super().__init__(reason)
        self.at = at


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
        wrong = self._wrong_in(data)
        if self._header:
            # What was whole before that is given all the same.
            self._cut(len(self._buffer) if wrong is None else wrong.at - self._base)
        if wrong is not None and not self.ended:
            raise wrong
        if len(self._buffer) > self._largest:
            raise BadStreamError("an element is too large")
        if not self._buffer and self._base > _RENEWED_AFTER:
            self._start()

    def _start(self) -> None:
        """Begin with a new parser, inside of the stream where that has begun."""
        # The encoding is XMPP's, whatever a declaration says.
        parser = expat.ParserCreate("utf-8")
        if hasattr(parser, "SetReparseDeferralEnabled"):
            # Else a mistake may not be noticed until more arrives.
            parser.SetReparseDeferralEnabled(False)
        parser.Parse(self._header, False)
        # It tells whether this is XML; ends of elements are found faster without its calls.
        if not self._header:
            parser.StartElementHandler = self._opened
        parser.StartDoctypeDeclHandler = self._refusing("a DTD")
        parser.CommentHandler = self._refusing("a comment")
        parser.ProcessingInstructionHandler = self._refusing("a processing instruction")
        self._parser = parser
        self._buffer = bytearray()
        self._base = len(self._header)  # where in all that was parsed the buffer begins
        self._tags: re.Pattern[bytes] | None = None  # what the end of the open element depends on
        self._depth = 0  # of elements of its name
        self._in_literal = False
        self._looked = 0  # how far, in the buffer

    def _wrong_in(self, data: bytes) -> BadStreamError | None:
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            reason = f"not XML: {expat.ErrorString(error.code)}"
            return BadStreamError(reason, self._parser.CurrentByteIndex)
        except BadStreamError as error:
            return error
        return None

    def _refusing(self, what: str) -> Callable[..., None]:
        def refuse(*_: object) -> None:
            # Asked here: expat goes on to the end of what it was given.
            raise BadStreamError(what, self._parser.CurrentByteIndex)

        return refuse

    def _opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name != _STREAM or any(attributes.get(said) != meant for said, meant in _DECLARED):
            raise BadStreamError("it does not begin as an XMPP stream")
        tag = _START_TAG.match(self._buffer, self._parser.CurrentByteIndex - self._base)
        if tag is None:
            raise BadStreamError("not XML: an odd tag")
        self._parser.StartElementHandler = None
        self._header = tag[0]
        self._skip(tag.end())

    def _cut(self, sound: int) -> None:
        """Cut off what is whole, of so many bytes that are XML."""
        start, end = 0, self._end(sound) if self._tags else 0
        while True:
            if end:
                if end - start > self._largest:
                    raise BadStreamError("an element is too large")
                self.elements.append(self._buffer[start:end].decode())
                start = end
            elif self._tags:
                break
            tag = _NEXT.match(self._buffer, start, sound)
            if tag is None or tag.start(1) < 0:
                start = start if tag is None else tag.end()
                self._look_between(start, sound)
                break
            start, end = tag.start(1), tag.end()
            if self._buffer[end - 2] != _SLASH:
                self._tags, self._depth, self._looked = _tags(tag[2]), 1, end
                end = self._end(sound)
        self._skip(start)

    def _end(self, sound: int) -> int:
        """Return where the element that has begun ends, or 0."""
        while self._tags and (tag := self._next_tag(self._tags, sound)):
            kind, end = self._buffer[tag.start() + 1], tag.end()
            self._looked = end
            if kind == _MARK:
                self._in_literal = True
            elif kind == _SLASH:
                self._depth -= 1
                if not self._depth:
                    self._tags = None
                    return end
            elif self._buffer[end - 2] != _SLASH:
                self._depth += 1
        return 0

    def _look_between(self, start: int, sound: int) -> None:
        """See what stands between elements: the end, or nothing but the beginning of a tag."""
        first = self._buffer[start : min(start + 2, sound)]
        if first[:1] not in b"<" or first == b"<!":
            raise BadStreamError("text between elements")
        if first == b"</":
            self.ended = self._buffer.find(b">", start, sound) >= 0

    def _next_tag(self, tags: re.Pattern[bytes], sound: int) -> re.Match[bytes] | None:
        """Find the next tag that matters; where there is none, note where to go on looking."""
        if self._in_literal:
            end = self._buffer.find(_LITERAL_END, self._looked, sound)
            if end < 0:
                self._looked = max(self._looked, sound + 1 - len(_LITERAL_END))
                return None
            self._in_literal, self._looked = False, end + len(_LITERAL_END)
        tag = tags.search(self._buffer, self._looked, sound)
        if tag is None:
            last = self._buffer.rfind(b"<", self._looked, sound)
            is_whole = last < 0 or _TAG.match(self._buffer, last, sound)
            self._looked = sound if is_whole else last
        return tag

    def _skip(self, count: int) -> None:
        del self._buffer[:count]
        self._base += count
        self._looked -= count


@lru_cache(maxsize=64)
def _tags(name: bytes) -> re.Pattern[bytes]:
    """Return what finds the tags of that name, and where text begins that has tags as text."""
    name = re.escape(name)
    return re.compile(rb"</%b\s*+>|<%b(?=[\s/>])%b|%b" % (name, name, _REST, re.escape(_LITERAL)))


def quoted(text: str) -> str:
    """Spell a text for an attribute between single quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")
