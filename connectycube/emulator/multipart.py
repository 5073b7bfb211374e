"""Reading a `multipart/form-data` body."""

from __future__ import annotations

import re
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from typing import Any

import attrs

_BOUNDARY = re.compile(
    r'multipart/form-data\s*;.*?boundary=(?:"([^"]+)"|([^\s;,"]+))', re.IGNORECASE
)
_HEADERS = HeaderParser()


class FormError(ValueError):
    """Say that a body is no well-formed form."""


@attrs.frozen(kw_only=True)
class Part:
    """One part of a form, as it was sent."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes = attrs.field(repr=False)

    @property
    def text(self) -> str:
        """Return the content of a field as text."""
        return self.content.decode("utf-8", "replace")


def read_form(content_type: str, body: bytes) -> list[Part]:
    """Return the parts in their order; a body that is not such a form raises `FormError`."""
    found = _BOUNDARY.match(content_type.strip())
    if found is None:
        raise FormError("not multipart/form-data with a boundary")
    delimiter = b"--" + (found[1] or found[2]).encode()
    if not body.startswith(delimiter):
        raise FormError("the body does not begin with its boundary")
    parts: list[Part] = []
    position = len(delimiter)
    while body[position : position + 2] != b"--":
        if body[position : position + 2] != b"\r\n":
            raise FormError("no line end after a boundary")
        head_end = body.find(b"\r\n\r\n", position)
        content_end = body.find(b"\r\n" + delimiter, head_end + 4)
        if head_end < 0 or content_end < 0:
            raise FormError("a part has no end")
        parts.append(_part(body[position + 2 : head_end], body[head_end + 4 : content_end]))
        position = content_end + 2 + len(delimiter)
    return parts


def _part(head: bytes, content: bytes) -> Part:
    headers = _HEADERS.parsestr(head.decode("utf-8", "replace"))
    name = _plain(headers.get_param("name", header="content-disposition"))
    if name is None:
        raise FormError("a part has no name")
    return Part(
        name=name,
        filename=_plain(headers.get_param("filename", header="content-disposition")),
        content_type=headers.get("content-type"),
        content=content,
    )


def _plain(value: Any) -> str | None:
    return None if value is None else collapse_rfc2231_value(value)
