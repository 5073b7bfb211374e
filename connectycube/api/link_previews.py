"""
Previews of links: what the page behind one says of itself.

https://developers.connectycube.com/chat-widget/getting-started
"""

from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import attrs

from connectycube._caller import Caller
from connectycube._gateway import noted
from connectycube.codec import decode, encode
from connectycube.endpoint import Endpoint, Needs
from connectycube.errors import (
    ApiError,
    ConnectyCubeError,
    DecodeError,
    InvalidInputError,
    TransportError,
)
from connectycube.http import Headers, HostsLike, Request
from connectycube.models.link_preview import LinkPreview

UNFURL: Final = Endpoint("POST", "/unfurl", LinkPreview, needs=Needs.NOTHING)


@attrs.frozen
class LinkPreviews:
    """Previews of links; `ConnectyCube.link_previews` is one."""

    _caller: Caller
    _hosts: HostsLike

    async def get(self, url: str, *, fallback: bool = False) -> LinkPreview:
        """
        Return what the page behind a link says of itself; it takes no session.

        Nothing of the application or of the session is sent, only the link.

        Args:
            url: an absolute URL of http or https.
            fallback: where there is no preview to be had, return one that shows the page's host.

        Raises:
            InvalidInputError: it is no such URL.
            ApiError: the service could not read the page.
            TransportError: the service gave no usable answer.

        https://developers.connectycube.com/chat-widget/getting-started
        """
        host = _checked_host(url)
        try:
            return await self._unfurl(url)
        except (ApiError, TransportError, DecodeError):
            if not fallback:
                raise
            return LinkPreview(url=url, title=host, description="")

    async def _unfurl(self, url: str) -> LinkPreview:
        gateway = self._caller.gateway
        base_url = self._hosts.link_preview.rstrip("/")
        request = _foreign(encode(gateway.app, base_url, UNFURL, body={"url": url}))
        with self._caller.deadline(UNFURL.label):
            attempt = await gateway.repeat(UNFURL, request)
        try:
            return decode(UNFURL, attempt).value
        except ConnectyCubeError as error:
            noted(error, attempt)
            raise


def _foreign(request: Request) -> Request:
    """Return a request without what only the service's own API should see."""
    kept = {name: value for name, value in request.headers.items() if not name.startswith("CB-")}
    return attrs.evolve(request, headers=Headers(kept))


def _checked_host(url: object) -> str:
    with suppress(ValueError):
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is not None and parts.scheme in ("http", "https") and parts.hostname:
            return parts.hostname
    raise InvalidInputError("a link is an absolute URL of http or https")
