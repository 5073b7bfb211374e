"""
The live service, and a switch that keeps programs away from it.

Where the environment says `CONNECTYCUBE_LIVE=no`, transports and connectors of this package refuse
whatever leads to `connectycube.com`, before they open a connection. The pytest plugin says so for
the time of a test run. It is looked at for each such request, and for no other.
"""

import os
from typing import Final
from urllib.parse import urlsplit

from connectycube.errors import InvalidInputError

VARIABLE: Final = "CONNECTYCUBE_LIVE"
DOMAIN: Final = "connectycube.com"
_NO: Final = ("0", "false", "no", "off")


def refuse_live(url: str, label: str) -> None:
    """
    Refuse a URL of the live service where it is not to be reached.

    A transport of one's own may ask this too, first of all in its `send`.

    Args:
        url: an absolute URL.
        label: what it is wanted for, as in `Request.label`.

    Raises:
        InvalidInputError: it leads to the live service, and `CONNECTYCUBE_LIVE` says `no`.
    """
    if DOMAIN in url.lower() and is_live(urlsplit(url).hostname) and not may_reach_live():
        raise InvalidInputError(
            f"{label}: this leads to the live service at {urlsplit(url).hostname}, which"
            f" {VARIABLE}={os.environ[VARIABLE]} forbids. Give the client the emulator's base_url"
            " and hosts; or, in a test that means it, mark it with @pytest.mark.connectycube_live"
        )


def is_live(host: str | None) -> bool:
    """Say whether a host is one of ConnectyCube's own."""
    name = (host or "").rstrip(".").lower()
    return name == DOMAIN or name.endswith(f".{DOMAIN}")


def may_reach_live() -> bool:
    """Say what the environment says; without a word of it everything may be reached."""
    return os.environ.get(VARIABLE, "").strip().lower() not in _NO
