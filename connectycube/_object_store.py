"""
The object store, which keeps the content of files and is not the service.

No header of ours goes there, and content goes there and comes from it by https alone.
"""

import re
from contextlib import suppress
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from connectycube._gateway import Gateway, noted
from connectycube.codec import load
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import TransportError, api_error
from connectycube.retry import Attempt

UPLOAD_CONTENT: Final = Endpoint("POST", "(object store)", type(None), needs=Needs.NOTHING)
FETCH_CONTENT: Final = Endpoint("GET", "(object store)", type(None), needs=Needs.NOTHING)

_CODE: Final = re.compile(r"<Code>([^<]*)</Code>")
_MESSAGE: Final = re.compile(r"<Message>([^<]*)</Message>")


def checked_url(url: str, gateway: Gateway, endpoint: Endpoint[Any]) -> SplitResult:
    """
    Return a URL that content may go to: https, or http where the service itself is local.

    Raises:
        TransportError: the service, or a store, named something else.
    """
    local = gateway.base_url.startswith("http://")
    with suppress(ValueError):
        parts = urlsplit(url)
        allowed = parts.scheme == "https" or (local and parts.scheme == "http")
        if allowed and parts.hostname and parts.port != 0:
            return parts
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
