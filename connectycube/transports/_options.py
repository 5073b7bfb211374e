"""What the transports of this package have in common: their options, and which can be right."""

from urllib.parse import urlsplit

from connectycube.errors import InvalidInputError


def check_options(*, limit: int, connect_timeout: float, proxy: str | None) -> None:
    """
    Refuse what cannot be right.

    Raises:
        InvalidInputError: a limit or a time that allows nothing, or a proxy that is no HTTP URL.
    """
    # Written so that NaN is refused as well.
    if not (limit >= 1 and connect_timeout > 0):
        raise InvalidInputError("limit and connect_timeout must be positive")
    if proxy is not None and not is_http(proxy):
        raise InvalidInputError("proxy must be an http:// or https:// URL")


def is_http(url: str) -> bool:
    """Say whether it is a URL that HTTP can go to."""
    try:
        parsed = urlsplit(url)
        return parsed.scheme in ("http", "https") and bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        return False
