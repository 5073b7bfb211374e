"""Reading a `multipart/form-data` body."""

from __future__ import annotations

import re
from collections.abc import Generator
from email.parser import HeaderParser
from io import BytesIO
from typing import TypeAlias

import attrs

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;.*?boundary=(?:"([^"]+)"|([^\s;,"]+))', re.IGNORECASE
)
# As browsers write them: a backslash is one, and a quote comes as %22.
_PARAMETER = re.compile(r';\s*([\w*-]+)=(?:"([^"]*)"|([^\s;"]*))')
_HEADERS = HeaderParser()
_STEP = 256 * 1024

Chunk: TypeAlias = bytes | memoryview


class FormError(ValueError):
    """Say that a body is no well-formed form."""


@attrs.frozen(kw_only=True)
class Part:
    """One part of a form, as it was sent."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes = attrs.field(repr=False)
    size: int = attrs.field(default=attrs.Factory(lambda part: len(part.content), takes_self=True))
    """Bytes that were sent, also where a record keeps none of them."""

    @property
    def text(self) -> str:
        """Return the content of a field as text."""
        return self.content.decode("utf-8", "replace")


def read_form(content_type: str, body: bytes) -> list[Part]:
    """Return the parts in their order; a body that is not such a form raises `FormError`."""
    reader = FormReader(content_type)
    whole = memoryview(body)
    for at in range(0, len(body), _STEP):
        reader.feed(whole[at : at + _STEP])
    return reader.close()


class FormReader:
    """Read a form as it comes, so that a large file is held once, as one piece."""

    def __init__(self, content_type: str) -> None:
        self._parts: list[Part] = []
        self._trouble: str | None = "a part has no end"
        self._reading: Generator[None, Chunk, None] | None = None
        found = _BOUNDARY.match(content_type.strip())
        if found is None:
            self._trouble = "not multipart/form-data with a boundary"
            return
        self._reading = _read(b"\r\n--" + (found[1] or found[2]).encode(), self._parts)
        next(self._reading)

    def feed(self, chunk: Chunk) -> None:
        """Take what came next; whatever is wrong with it is told by `close`."""
        if self._reading is None:
            return
        try:
            self._reading.send(chunk)
        except StopIteration:
            self._reading = self._trouble = None
        except FormError as error:
            self._reading, self._trouble = None, str(error)

    def close(self) -> list[Part]:
        """Return the parts in their order; raises `FormError`."""
        if self._trouble is not None:
            raise FormError(self._trouble)
        return self._parts


def _read(delimiter: bytes, parts: list[Part]) -> Generator[None, Chunk, None]:
    # As if a line ended before the body: so the first boundary is like all others.
    held = bytearray(b"\r\n")
    size = len(delimiter)
    while True:
        while len(held) < size + 2:
            held += yield
        if not held.startswith(delimiter):
            raise FormError("the body does not begin with its boundary")
        if held[size : size + 2] == b"--":
            return
        if held[size : size + 2] != b"\r\n":
            raise FormError("no line end after a boundary")
        while (head_end := held.find(b"\r\n\r\n", size)) < 0:
            held += yield
        head = bytes(held[size + 2 : head_end])
        del held[: head_end + 4]
        content = BytesIO()
        while (end := held.find(delimiter)) < 0:
            settled = max(len(held) - size + 1, 0)  # the rest may be the begin of a boundary
            content.write(held[:settled])
            del held[:settled]
            held += yield
        content.write(held[:end])
        del held[:end]
        # Unlike read(), this copies nothing.
        parts.append(_part(head, content.getvalue()))


def _part(head: bytes, content: bytes) -> Part:
    headers = _HEADERS.parsestr(head.decode("utf-8", "replace"))
    words = {
        found[1].lower(): found[3] if found[2] is None else found[2]
        for found in _PARAMETER.finditer(headers.get("content-disposition", ""))
    }
    if "name" not in words:
        raise FormError("a part has no name")
    return Part(
        name=words["name"],
        filename=words.get("filename"),
        content_type=headers.get("content-type"),
        content=content,
    )
