"""A verify URL, really asked: beside the server the only place where the emulator goes outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_ANSWER = 1_000_000


def _check_url(_instance: object, _attribute: object, url: Any) -> None:
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("a verify URL is http or https")


@attrs.frozen
class HttpVerify:
    """
    Ask a URL by GET, with the mapped parameters in its query.

    It blocks for up to `timeout` seconds at each step of the exchange, follows no redirect and
    knows no proxy. A line that fails raises `OSError`.
    """

    url: str = attrs.field(validator=_check_url, repr=False)
    timeout: float = attrs.field(
        default=5.0, kw_only=True, validator=attrs.validators.instance_of((int, float))
    )

    def __call__(self, parameters: Mapping[str, str], /) -> tuple[int, Any]:
        """Return the status and the JSON of the answer, or its text where it is none."""
        joiner = "&" if urlsplit(self.url).query else "?"
        url = f"{self.url}{joiner}{urlencode(parameters)}"
        # Only what the check above allows can be here: http and https.
        request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - checked
        try:
            with _opener().open(request, timeout=self.timeout) as response:
                return response.status, _content(response.read(_LONGEST_ANSWER))
        except HTTPError as error:
            with error:
                return error.code, _content(error.read(_LONGEST_ANSWER))


def _opener() -> OpenerDirector:
    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    return opener


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
