"""A form with one file, of known length, without holding the file."""

import secrets
from collections.abc import Mapping

import attrs

from connectycube.errors import InvalidInputError
from connectycube.fields import header_text
from connectycube.values import frozen


@frozen
class Form:
    """
    What stands before and after the file in a `multipart/form-data` body.

    The file is the last part: an object store reads nothing behind it.
    """

    content_type: str
    head: bytes = attrs.field(repr=False)
    tail: bytes = attrs.field(repr=False)


def form(
    fields: Mapping[str, str], *, filename: str, content_type: str, boundary: str | None = None
) -> Form:
    """
    Write the fields and the header of the part `file` (RFC 7578).

    Raises:
        InvalidInputError: the content type is none and could be more than one header, or a text
            has no UTF-8 form.
    """
    check_content_type(content_type)
    mark = boundary or secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{_quoted(filename)}"\r\nContent-Type: {content_type}\r\n\r\n'
    )
    try:
        head = "".join(parts).encode()
    except UnicodeEncodeError:
        raise InvalidInputError("a form cannot hold lone surrogates") from None
    tail = f"\r\n--{mark}--\r\n".encode()
    return Form(content_type=f"multipart/form-data; boundary={mark}", head=head, tail=tail)


def check_content_type(value: object) -> None:
    """
    Refuse what is no media type.

    Raises:
        InvalidInputError: it has no slash, or is no printable ASCII.
    """
    if "/" not in header_text(value, "content_type"):
        raise InvalidInputError("content_type is a media type, such as image/png")


def _quoted(text: str) -> str:
    # As browsers do: these three would end the header or the name.
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
