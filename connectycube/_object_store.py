"""
The object store, which keeps the content of files and is not the service.

No header of ours goes there, and content goes there and comes from it by https alone.
"""

import re
from contextlib import suppress
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from connectycube._gateway import Gateway, noted
from connectycube.addresses import is_private
from connectycube.codec import load
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import TransportError, api_error
from connectycube.retry import Attempt

UPLOAD_CONTENT: Final = Endpoint("POST", "(object store)", type(None), needs=Needs.NOTHING)
FETCH_CONTENT: Final = Endpoint("GET", "(object store)", type(None), needs=Needs.NOTHING)

_CODE: Final = re.compile(r"<Code>([^<]*)</Code>")
# What some programs drop from a URL, or read as a slash, a dot or a digit.
_UNSAFE: Final = re.compile(r"[^\x21-\x7e]|\\")
_MESSAGE: Final = re.compile(r"<Message>([^<]*)</Message>")


def checked_url(url: str, gateway: Gateway, endpoint: Endpoint[Any]) -> SplitResult:
    """
    Return a URL that content may go to: https, and out in the open.

    Where the service itself is on this machine or in a private network, so may its store be.
    A name is not looked up: it may lead to a private address and pass.

    Raises:
        TransportError: the service, or a store, named something else.
    """
    base = urlsplit(gateway.base_url)
    with suppress(ValueError):
        parts = urlsplit(url)
        schemes = ("https", "http") if base.scheme == "http" else ("https",)
        named = parts.hostname and parts.port != 0 and parts.username is None
        if parts.scheme in schemes and named and not (_UNSAFE.search(url) or "%" in parts.netloc):
            if not is_private(parts.hostname or "") or is_private(base.hostname or ""):
                return parts
            raise TransportError(f"{endpoint.label}: the service names a private address")
    raise TransportError(f"{endpoint.label}: the service names no https URL for the content")


def failure(endpoint: Endpoint[Any], attempt: Attempt) -> Exception:
    """Return what went wrong: on the line, or in the words of the store or of the service."""
    if attempt.error is not None:
        return noted(attempt.error, attempt)
    text = attempt.body.decode(errors="replace")
    found = [pattern.search(text) for pattern in (_CODE, _MESSAGE)]
    told = ": ".join(match[1] for match in found if match)
    body = load(attempt.body)
    error = api_error(endpoint.label, attempt.status, {"errors": [told]} if told else body)
    error.raw = text if told else error.raw
    return noted(error, attempt)
